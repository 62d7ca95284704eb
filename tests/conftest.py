"""Make `omnichannel_connector.channels` importable where there is no Odoo.

Importing it the normal way runs the addon's `__init__`, which imports odoo. A stand-in for the
package, with the same path and no code, lets Python find the `channels` folder and nothing more.

Also says which tests stay together when a whole run is spread over two workers.
"""

import sys
from pathlib import Path
from types import ModuleType

import pytest

ADDON = Path(__file__).resolve().parents[1] / "omnichannel_connector"

if ADDON.name not in sys.modules:
    package = ModuleType(ADDON.name)
    package.__path__ = [str(ADDON)]
    sys.modules[ADDON.name] = package


# Folders whose tests share one Odoo server; elsewhere those of a file stay together.
TOGETHER = ("e2e", "crash")


def pytest_collection_modifyitems(items):
    """Group the tests for `--dist loadgroup`: a worker takes a whole group at a time."""
    for item in items:
        folder = item.path.parent.name
        group = folder if folder in TOGETHER else f"{folder}/{item.path.stem}"
        item.add_marker(pytest.mark.xdist_group(group))
