"""Fixtures of the end-to-end tests: a multi-worker Odoo and the fake providers."""

import pytest

from tests.livechat import MODULES
from tests.odoo_server import OdooServer
from tests.tooling.fixtures import (
    agent,
    live_chat,
    pytest_runtest_makereport,
    sandbox,
    shop,
    started,
)

__all__ = ["agent", "live_chat", "odoo", "pytest_runtest_makereport", "sandbox", "shop"]


@pytest.fixture(scope="session")
def odoo(sandbox):
    """Odoo as in production: workers, cron processes, a database of its own."""
    smtp = ["--smtp=127.0.0.1", f"--smtp-port={sandbox.smtp_port}"]
    yield from started(OdooServer("e2e", workers=2, cron_threads=4, options=smtp))


@pytest.fixture(scope="session")
def livechat_odoo(sandbox):
    """Odoo with the app Live Chat."""
    smtp = ["--smtp=127.0.0.1", f"--smtp-port={sandbox.smtp_port}"]
    server = OdooServer("livechat", cron_threads=4, modules=MODULES, options=smtp)
    yield from started(server)
