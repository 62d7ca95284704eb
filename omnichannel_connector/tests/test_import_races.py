from contextlib import contextmanager

from psycopg2.errors import SerializationFailure, UniqueViolation

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

OLD, NEW = "race-old@example.com", "race-new@example.com"
NUMBER = "+12025550187"
OURS = "+15005550199"
ACCOUNT = "AC-races"
MARK = "omnichannel races"


@tagged("-at_install", "post_install")
class TestImportRaces(BaseCase):
    """Import, inbound messages and people who edit contacts, in transactions that really commit.

    In each test a transaction has taken its look at the database before another one commits; the
    database then refuses it, and its caller repeats it (commit_repeatedly, the event processor,
    Odoo's own retrying of requests).
    """

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.addCleanup(self._tidy_up)
        with self._transaction() as env:
            values = {"name": MARK, "channel": "sms", "external_id": ACCOUNT, "sender": OURS}
            self.account_id = env["omnichannel.account"].create(values).id

    def _tidy_up(self):
        with self._transaction() as env:
            identities = env["omnichannel.identity"].search([("value", "in", (OLD, NEW, NUMBER))])
            partners = identities.partner_id | env["res.partner"].search([("ref", "=", MARK)])
            identities.unlink()
            partners.unlink()
            env["omnichannel.account"].search([("external_id", "=", ACCOUNT)]).unlink()
            env["omnichannel.import"].search([("error", "=", MARK)]).unlink()

    @contextmanager
    def _transaction(self):
        """Yield an environment in a transaction of its own, which is committed in the end."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    def _look(self, env):
        """Let a transaction take its look at the database, which it then keeps."""
        env.cr.execute("SELECT 1 FROM res_partner LIMIT 1")

    def _contact(self, **values):
        """Create a contact as it was before the app was there; return its id."""
        with self._transaction() as env:
            partners = env["res.partner"].with_context(omnichannel_skip_sync=True)
            return partners.create({"name": "Ana", "ref": MARK, **values}).id

    def _write(self, env, partner_id, **values):
        env["res.partner"].browse(partner_id).write(values)
        env.flush_all()

    def _create(self, env, **values):
        partner = env["res.partner"].create({"name": "Bob", "ref": MARK, **values})
        env.flush_all()
        return partner.id

    def _run(self, partner_id):
        """Begin a run that comes to this contact next; return its id."""
        with self._transaction() as env:
            run = env["omnichannel.import"].create({"error": MARK, "state": "done"})
            run._note_start()
            run.last_partner_id = partner_id - 1
            return run.id

    def _import(self, env, run_id):
        run = env["omnichannel.import"].browse(run_id)
        run._import_batch()
        env.flush_all()
        return run

    def _resolve(self, env):
        """Return whose the number is when a message comes from it."""
        key = ("phone", "", NUMBER)
        wanted = {key: {"account_id": self.account_id}}
        found = env["omnichannel.identity"]._resolve(env.ref("base.main_company"), wanted)
        env.flush_all()
        return found[key].partner_id.id

    def _assert_refused(self, env, action, *args, **kwargs):
        with (
            self.assertRaises((SerializationFailure, UniqueViolation)),
            mute_logger("odoo.sql_db"),
        ):
            action(env, *args, **kwargs)
        env.cr.rollback()
        env.invalidate_all(flush=False)

    def _owners(self, value):
        """Return [(partner id, is shared)] of an address."""
        with self._transaction() as env:
            found = env["omnichannel.identity"].search([("value", "=", value)])
            return [(identity.partner_id.id, identity.is_shared) for identity in found]

    # === IMPORT AND A PERSON === #

    def test_an_address_that_changes_while_its_batch_is_read_is_not_imported(self):
        ana = self._contact(email=OLD)
        run = self._run(ana)
        with self._transaction() as importer:
            self._look(importer)
            with self._transaction() as person:
                self._write(person, ana, email=NEW)

            self._assert_refused(importer, self._import, run)
            self._import(importer, run)

        self.assertEqual(self._owners(OLD), [])
        self.assertEqual(self._owners(NEW), [(ana, False)])

    def test_an_address_that_changes_after_its_batch_in_an_older_transaction_is_forgotten(self):
        """The person's transaction does not see the imported identity, so it can't drop it."""
        ana = self._contact(email=OLD)
        run_id = self._run(ana)
        with self._transaction() as importer, self._transaction() as person:
            self._look(person)
            run = self._import(importer, run_id)
            importer.cr.commit()
            self.assertIsNone(run._end_scan())
            importer.cr.commit()
            self._write(person, ana, email=NEW)
            self.assertTrue(run._end_scan(), "it waits for the person")
            importer.cr.commit()
            person.cr.commit()

            self.assertEqual(run._end_scan(), 0)
            importer.cr.commit()
            self.assertEqual(run._check_batch(), 0)

        self.assertEqual(self._owners(OLD), [])
        self.assertEqual(self._owners(NEW), [(ana, False)])

    def test_a_contact_that_is_created_during_its_number_s_import_shares_it(self):
        ana = self._contact(phone=NUMBER)
        run = self._run(ana)
        with self._transaction() as person:
            self._look(person)
            with self._transaction() as importer:
                self._import(importer, run)

            self._assert_refused(person, self._create, phone=NUMBER)
            self._create(person, phone=NUMBER)

        self.assertEqual(self._owners(NUMBER), [(False, True)])

    def test_an_imported_number_that_a_new_contact_took_meanwhile_is_shared(self):
        ana = self._contact(phone=NUMBER)
        run = self._run(ana)
        with self._transaction() as importer:
            self._look(importer)
            with self._transaction() as person:
                self._create(person, phone=NUMBER)

            self._assert_refused(importer, self._import, run)
            self._import(importer, run)

        self.assertEqual(self._owners(NUMBER), [(False, True)])

    # === IMPORT AND A MESSAGE === #

    def test_a_message_during_the_import_of_its_sender_finds_the_contact(self):
        ana = self._contact(phone=NUMBER)
        run = self._run(ana)
        with self._transaction() as processor:
            self._look(processor)
            with self._transaction() as importer:
                self._import(importer, run)

            self._assert_refused(processor, self._resolve)
            self.assertEqual(self._resolve(processor), ana)

        self.assertEqual(self._owners(NUMBER), [(ana, False)])

    def test_an_import_during_a_strangers_first_message_leaves_it_the_number(self):
        ana = self._contact(phone=NUMBER)
        run = self._run(ana)
        with self._transaction() as importer:
            self._look(importer)
            with self._transaction() as processor:
                stranger = self._resolve(processor)
                identity = processor["omnichannel.identity"].search([("value", "=", NUMBER)])
                identity.last_seen_at = "2026-01-01"

            self._assert_refused(importer, self._import, run)
            self._import(importer, run)

        self.assertNotEqual(stranger, ana)
        self.assertEqual(self._owners(NUMBER), [(stranger, True)])

    # === A PERSON AND A MESSAGE, A PERSON AND A PERSON === #

    def test_a_message_while_its_sender_is_created_finds_the_contact(self):
        with self._transaction() as processor:
            self._look(processor)
            with self._transaction() as person:
                bob = self._create(person, phone=NUMBER)

            self._assert_refused(processor, self._resolve)
            self.assertEqual(self._resolve(processor), bob)

        self.assertEqual(self._owners(NUMBER), [(bob, False)])

    def test_a_contact_that_is_created_during_a_first_message_steals_nothing(self):
        with self._transaction() as person:
            self._look(person)
            with self._transaction() as processor:
                stranger = self._resolve(processor)
                identity = processor["omnichannel.identity"].search([("value", "=", NUMBER)])
                identity.last_seen_at = "2026-01-01"

            self._assert_refused(person, self._create, phone=NUMBER)
            self._create(person, phone=NUMBER)

        self.assertEqual(self._owners(NUMBER), [(stranger, True)])

    def test_two_people_who_enter_one_number_at_once_share_it(self):
        with self._transaction() as late:
            self._look(late)
            with self._transaction() as early:
                self._create(early, phone=NUMBER)

            self._assert_refused(late, self._create, phone=NUMBER)
            self._create(late, phone=NUMBER)

        self.assertEqual(self._owners(NUMBER), [(False, True)])

    def test_a_number_that_is_removed_during_a_message_stays_with_who_wrote(self):
        ana = self._contact(phone=NUMBER)
        with self._transaction() as importer:
            self._import(importer, self._run(ana))
        with self._transaction() as person:
            self._look(person)
            with self._transaction() as processor:
                self._resolve(processor)
                identity = processor["omnichannel.identity"].search([("value", "=", NUMBER)])
                identity.last_seen_at = "2026-01-01"

            self._assert_refused(person, self._write, ana, phone=False)
            self._write(person, ana, phone=False)

        self.assertEqual(self._owners(NUMBER), [(ana, False)])
