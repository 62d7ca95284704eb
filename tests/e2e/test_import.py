"""The import of existing contacts, in real scheduled actions: killed, paused and resumed."""

import pytest

from tests.load import people
from tests.odoo_server import OdooServer, wait_for
from tests.tooling.fixtures import started

CONTACTS = 20_000
RUN = """
    SELECT state, COALESCE(done_count, 0), COALESCE(total_count, 0), COALESCE(created_count, 0)
      FROM omnichannel_import
"""
UNKNOWN = """
    SELECT count(*) FROM res_partner partner
     WHERE name LIKE 'Customer %' AND NOT EXISTS (
        SELECT 1 FROM omnichannel_identity identity
         WHERE identity.partner_id = partner.id AND kind = 'phone')
"""
IDENTITIES = "SELECT count(*), count(DISTINCT (kind, value)) FROM omnichannel_identity"


@pytest.fixture(scope="module")
def odoo():
    """Odoo right after the installation, with contacts that were there before."""
    server = OdooServer("import", workers=2, cron_threads=2)
    create = server.create_database

    def create_with_contacts():
        create()
        people.fill(server.db, CONTACTS)

    server.create_database = create_with_contacts
    yield from started(server)


def run_of(odoo):
    return odoo.sql(RUN)[0]


def wait_for_run(odoo, is_reached):
    """Wait until the import is where it should be. Right after a start nothing wakes it but us."""

    def look():
        odoo.wake()
        return is_reached(*run_of(odoo))

    wait_for(look, 120, lambda: f"{run_of(odoo)}")


def test_an_import_that_is_killed_and_paused_goes_on_where_it_was(odoo):
    wait_for_run(odoo, lambda _state, done, *_: done >= 1000)
    odoo.kill()
    done = run_of(odoo)[1]
    odoo.start()
    wait_for_run(odoo, lambda _state, now, *_: now >= done + 1000)
    (run,) = odoo.rpc("omnichannel.import", "search", [[]])
    odoo.rpc("omnichannel.import", "action_pause", [[run]])
    paused = run_of(odoo)
    odoo.restart()
    assert run_of(odoo) == paused
    assert paused[0] == "paused"

    odoo.rpc("omnichannel.import", "action_resume", [[run]])
    wait_for_run(odoo, lambda state, *_: state == "done")

    _state, done, total, created = run_of(odoo)
    assert done == total > CONTACTS
    assert odoo.sql(UNKNOWN) == [(0,)]
    count, distinct = odoo.sql(IDENTITIES)[0]
    assert count == distinct >= created > CONTACTS
