"""Make `omnichannel_connector.channels` importable where there is no Odoo.

Importing it the normal way runs the addon's `__init__`, which imports odoo. A stand-in for the
package, with the same path and no code, lets Python find the `channels` folder and nothing more.
"""

import sys
from pathlib import Path
from types import ModuleType

ADDON = Path(__file__).resolve().parents[1] / "omnichannel_connector"

if ADDON.name not in sys.modules:
    package = ModuleType(ADDON.name)
    package.__path__ = [str(ADDON)]
    sys.modules[ADDON.name] = package
