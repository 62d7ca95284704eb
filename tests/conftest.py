"""Make `omnichannel_connector.channels` importable where there is no Odoo.

Importing it the normal way runs the addon's `__init__`, which imports odoo. A stand-in for the
package, with the same path and no code, lets Python find the `channels` folder and nothing more.

Also says which tests stay together when a whole run is spread over two workers.
"""

import sys
from pathlib import Path
from types import ModuleType

from xdist.scheduler import LoadScopeScheduling

ADDON = Path(__file__).resolve().parents[1] / "omnichannel_connector"

if ADDON.name not in sys.modules:
    package = ModuleType(ADDON.name)
    package.__path__ = [str(ADDON)]
    sys.modules[ADDON.name] = package


# Folders whose tests share one Odoo server; elsewhere those of a file stay together.
TOGETHER = ("e2e", "crash")


class Dealer(LoadScopeScheduling):
    """Deals the tests out to the workers, a whole group at a time."""

    def _split_scope(self, nodeid):
        path = Path(nodeid.split("::")[0])
        return path.parent.name if path.parent.name in TOGETHER else path.name


def pytest_xdist_make_scheduler(config, log):
    """Let xdist deal by our groups, whatever `--dist` says."""
    return Dealer(config, log)
