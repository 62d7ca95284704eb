"""Fixtures of the crash tests: servers that may be killed without disturbing other tests."""

import pytest

from tests.odoo_server import OdooServer
from tests.tooling import databases, postgres
from tests.tooling.fixtures import pytest_runtest_makereport, started

from .own_postgres import OwnPostgres

__all__ = ["odoo", "pytest_runtest_makereport", "sandbox"]


@pytest.fixture(scope="module")
def sandbox():
    """The fake providers, on a free port, with a record of this module alone."""
    from tests.sandbox import Sandbox

    with Sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def database_server():
    """A PostgreSQL of our own, with the template of the addon."""
    postgres.use()
    template = databases.addon_template()
    with OwnPostgres() as server:
        server.load(template)
        server.template = template
        yield server


@pytest.fixture(scope="module")
def odoo(sandbox, database_server):
    """Odoo as in production, on a database server that may be killed."""
    server = OdooServer("crash", workers=2, cron_threads=3, template=database_server.template)
    yield from started(server)
