import random
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ..models import omnichannel_import
from .common import ANA_NUMBER, OmnichannelCase

ADMINISTRATOR = "omnichannel_connector.omnichannel_group_administrator"


@tagged("-at_install", "post_install")
class TestImport(OmnichannelCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.runs = cls.env["omnichannel.import"]
        cls.runs.search([]).state = "done"
        # only the contacts of a test have addresses
        cls.env.cr.execute("UPDATE res_partner SET email = NULL, phone = NULL")
        cls.env.cr.execute("UPDATE res_partner SET email_normalized = NULL")
        cls.env.invalidate_all()

    def _contacts(self, *vals_list):
        """Create contacts as they were before the app was there."""
        partners = self.env["res.partner"].with_context(omnichannel_skip_sync=True)
        return partners.create([{"name": "Ana", **vals} for vals in vals_list])

    def _work(self, run):
        """Let the scheduled action work on a run until it's through."""
        for _call in range(2):  # what changed meanwhile is compared in a call of its own
            self._run_cron("ir_cron_omnichannel_import")
        return run

    def _import(self):
        return self._work(self.runs.create({}))

    def _rows(self):
        self.env.flush_all()
        return self.env.execute_query(SQL("SELECT * FROM omnichannel_identity ORDER BY id"))

    def test_addresses_of_existing_contacts_become_identities(self):
        ana, bob = self._contacts(
            {"email": "Ana <ANA@Example.com>", "phone": "+1 (202) 555-0123"}, {"name": "No address"}
        )

        run = self._import()

        found = {(i.kind, i.value) for i in ana.omnichannel_identity_ids}
        self.assertEqual(found, {("email", "ana@example.com"), ("phone", ANA_NUMBER)})
        self.assertFalse(bob.omnichannel_identity_ids)
        self.assertEqual(run.state, "done")
        self.assertEqual((run.total_count, run.done_count, run.created_count), (1, 1, 2))
        self.assertEqual(run.progress, 100)
        self.assertTrue(run.started_at and run.finished_at)

    def test_contacts_of_the_meantime_count_among_all(self):
        self._contacts({"email": "ana@example.com"})
        run = self.runs.create({})
        run._note_start()
        self._contacts({"email": "bob@example.com"})

        self._work(run)

        self.assertEqual((run.total_count, run.done_count), (2, 2))

    def test_the_sender_of_the_next_message_is_recognized(self):
        ana = self._contacts({"phone": ANA_NUMBER})
        self._import()

        self.assertEqual(self._receive_sms("Hello").partner_id, ana)

    def test_an_address_on_two_contacts_matches_neither(self):
        contacts = self._contacts({"phone": ANA_NUMBER}, {"phone": "+1 202-555-0123"})

        run = self._import()

        identity = self._identity("phone", ANA_NUMBER)
        self.assertTrue(identity.is_shared)
        self.assertFalse(identity.partner_id)
        self.assertEqual((run.created_count, run.shared_count), (1, 1))
        self.assertNotIn(self._receive_sms("Who am I?").partner_id, contacts)

    def test_owners_in_different_batches_share_an_address_too(self):
        self._contacts(
            {"email": "x@example.com"}, {"phone": ANA_NUMBER}, {"email": "x@example.com"}
        )

        with patch.object(omnichannel_import, "BATCH_SIZE", 1):
            run = self._import()

        identity = self._identity("email", "x@example.com")
        self.assertTrue(identity.is_shared)
        self.assertFalse(identity.partner_id)
        self.assertEqual((run.done_count, run.shared_count), (3, 1))

    def test_a_contact_steals_no_conversation_of_somebody_who_wrote_before(self):
        conversation = self._receive_sms("Hello", sid="SM1")
        self._contacts({"name": "Impostor", "phone": ANA_NUMBER})

        self._import()

        self.assertEqual(self._receive_sms("Again", sid="SM2"), conversation)
        self.assertTrue(self._identity("phone", ANA_NUMBER).is_shared)

    def test_what_a_person_linked_stays_where_it_is(self):
        ana, bob = self._contacts({"email": "ana@example.com"}, {"email": "bob@example.com"})
        self._import()
        self._identity("email", "ana@example.com")._link(bob, "staff")

        self._import()

        identity = self._identity("email", "ana@example.com")
        self.assertEqual((identity.partner_id, identity.home_partner_id), (bob, ana))

    def test_a_second_run_changes_nothing(self):
        self._contacts(
            {"email": "a@example.com", "phone": ANA_NUMBER},
            {"email": "a@example.com"},
            {"email": "b@example.com"},
        )
        self._import()
        before = self._rows()

        run = self._import()

        self.assertEqual(self._rows(), before)
        self.assertEqual((run.done_count, run.created_count, run.shared_count), (3, 0, 0))

    def test_any_mixture_becomes_what_contacts_make_of_it_one_by_one(self):
        dice = random.Random(1)  # noqa: S311
        other = self.env["res.company"].create({"name": "Other"})
        emails = [f"{name}@{host}.com" for name in ("ana", "bob") for host in "abcde"]
        emails += [f"info@{host}.com" for host in range(30)]
        numbers = [f"+1202555012{digit}" for digit in range(8)]
        vals_list = [
            {
                "email": dice.choice([*emails, "no-reply@a.com", "what@", False]),
                "phone": dice.choice([*numbers, "911", "ext. 4", False]),
                "is_company": dice.random() < 0.3,
                "company_id": dice.choice([False, False, self.env.company.id, other.id]),
                "active": dice.random() < 0.9,
            }
            for _contact in range(90)
        ]
        first, second, third = (self._contacts(*vals_list[at::3]) for at in range(3))
        partners = first | second | third
        self.env["omnichannel.identity"].search([]).unlink()
        for partner in first | second:
            self.env["omnichannel.identity"]._sync_partners(partner)
        # what these had is out of date, and what they have now is others', too
        self.env.flush_all()
        query = "UPDATE res_partner SET email_normalized = %s WHERE id IN %s"
        self.env.cr.execute(query, (emails[0], tuple(first[:7].ids)))
        self.env.invalidate_all()

        run = self.runs.create({})
        with patch.object(omnichannel_import, "BATCH_SIZE", 7):
            while not run.scanned_at:  # all of these count as changed meanwhile: not the end of it
                run._import_batch()

        imported = self._who_has_what(partners)
        self.env["omnichannel.identity"].search([]).unlink()
        for partner in partners.filtered("active"):
            self.env["omnichannel.identity"]._sync_partners(partner)
        self.assertEqual(imported, self._who_has_what(partners))
        self.assertGreater(len(imported), 30)

    def _who_has_what(self, partners):
        identities = self.env["omnichannel.identity"].search([])
        self.assertLessEqual(identities.partner_id | identities.candidate_ids, partners)
        return {
            identity._record_key(): (
                identity.partner_id,
                identity.is_shared,
                identity.candidate_ids,
                identity.match_key,
            )
            for identity in identities
        }

    def test_archived_contacts_are_left_out(self):
        self._contacts({"email": "ana@example.com", "active": False})

        self._import()

        self.assertFalse(self._identity("email", "ana@example.com"))

    def test_unusable_addresses_are_counted_with_the_reason(self):
        self._contacts({"email": "nobody", "phone": "ext. 12"}, {"email": "ana@", "phone": ""})

        run = self._import()

        self.assertFalse(self.env["omnichannel.identity"].search([]))
        self.assertEqual(run.skipped, {"email": 2, "phone": 1})
        self.assertEqual(run.skipped_count, 3)
        self.assertIn("unusable e-mail address: 2", run.skipped_reasons)

    def test_a_run_that_was_cut_off_goes_on_where_it_was(self):
        contacts = self._contacts(*({"email": f"c{n}@example.com"} for n in range(5)))
        batch = type(self.runs)._import_batch
        calls = []

        def fail_at_the_third(run):
            calls.append(run.last_partner_id)
            if len(calls) == 3:
                batch(run)
                raise MemoryError
            return batch(run)

        run = self.runs.create({})
        with (
            patch.object(omnichannel_import, "BATCH_SIZE", 2),
            patch.object(type(self.runs), "_import_batch", fail_at_the_third),
            self.assertLogs("odoo.addons.omnichannel_connector.models.omnichannel_import", "ERROR"),
        ):
            self._run_cron("ir_cron_omnichannel_import")
        self.assertEqual((run.state, run.done_count), ("failed", 4))
        self.assertIn("MemoryError", run.error)
        self.assertEqual(run.last_partner_id, contacts[3].id)

        run.action_resume()
        self._work(run)

        self.assertEqual((run.state, run.done_count, run.created_count), ("done", 5, 5))
        self.assertFalse(run.error)
        self.assertEqual(len(contacts.omnichannel_identity_ids), 5)

    def test_a_paused_run_waits_for_a_person(self):
        ana = self._contacts({"email": "ana@example.com"})
        run = self.runs.create({})
        run.action_pause()

        self._work(run)

        self.assertEqual((run.state, run.done_count), ("paused", 0))
        run.action_resume()
        self._work(run)
        self.assertEqual(run.state, "done")
        self.assertTrue(ana.omnichannel_identity_ids)

    def test_a_pause_stops_a_run_before_its_next_batch(self):
        self._contacts(*({"email": f"c{n}@example.com"} for n in range(3)))
        batch = type(self.runs)._import_batch

        def pause_after_the_first(run):
            result = batch(run)
            run.action_pause()
            return result

        with (
            patch.object(omnichannel_import, "BATCH_SIZE", 1),
            patch.object(type(self.runs), "_import_batch", pause_after_the_first),
        ):
            run = self._import()

        self.assertEqual((run.state, run.done_count), ("paused", 1))

    def test_one_run_at_a_time(self):
        administrator = new_test_user(self.env, "boss", ADMINISTRATOR)
        runs = self.runs.with_user(administrator)

        first, second = runs.action_start(), runs.action_start()

        self.assertEqual(first["res_id"], second["res_id"])
        with (
            self.assertRaises(UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.runs.create({})
        self._work(self.runs)
        self.assertNotEqual(runs.action_start()["res_id"], first["res_id"])

    def test_a_run_is_not_done_while_an_older_transaction_may_write(self):
        run = self.runs.create({})

        with (
            patch.object(type(self.runs), "_has_older_writers", side_effect=[True, False]) as asked,
            patch.object(omnichannel_import, "WRITERS_PAUSE", 0.001),
        ):
            self._run_cron("ir_cron_omnichannel_import")
            self.assertEqual((run.state, run.is_checking), ("running", False))
            self._run_cron("ir_cron_omnichannel_import")

        self.assertEqual(asked.call_count, 2)
        self.assertEqual(run.state, "done")

    def test_agents_see_no_imports(self):
        with self.assertRaises(AccessError):
            self.runs.with_user(self.agent).search([])
        with self.assertRaises(AccessError):
            self.runs.with_user(self.agent).action_start()

    def test_the_settings_tell_how_far_it_is(self):
        self._contacts({"email": "ana@example.com"})
        settings = self.env["res.config.settings"].create({})
        run = self.runs.create({})
        self.assertEqual(settings.omnichannel_import_note, "Waiting, 0 %")

        self._work(run)

        settings.invalidate_recordset()
        self.assertEqual(settings.omnichannel_import_note, "Done, 100 %")

    def test_an_import_is_queued_with_the_installation(self):
        data = self.env["ir.model.data"].search([("name", "=", "omnichannel_import_first")])
        self.assertEqual(data.model, "omnichannel.import")
