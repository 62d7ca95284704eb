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


def pytest_xdist_make_scheduler(config, log):
    """Deal the tests as tests.tooling.dealer says when there are several workers."""
    from tests.tooling.dealer import Dealer

    return Dealer(config, log)


def pytest_terminal_summary(terminalreporter):
    """Say how many tests of the addon ran, which are one of pytest's."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            terminalreporter.write_line(f"{name}: {value}")
