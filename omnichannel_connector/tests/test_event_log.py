from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ..models import omnichannel_event_log
from .common import OmnichannelCase, instagram_item


@tagged("-at_install", "post_install")
class TestEventLog(OmnichannelCase):
    """Administrators find events, have them processed again, and old ones go."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(
            cls.env, "administrator", "omnichannel_connector.omnichannel_group_administrator"
        )

    def _drain(self):
        self.env["omnichannel.event"].search([]).write({"received_at": "2026-01-01 00:00:00"})
        for shard in range(4):
            self._run_cron(f"ir_cron_omnichannel_event_{shard}")

    def test_replaying_changes_nothing_where_all_is_there(self):
        conversation = self._receive_instagram("Hello")
        before = (self._texts(conversation), conversation.last_message_at, conversation.lead_id)
        event = self.env["omnichannel.event"].search([])

        event.with_user(self.administrator).action_replay()
        self.assertEqual(event.state, "new")
        self._drain()

        self.assertEqual(event.state, "done")
        after = (self._texts(conversation), conversation.last_message_at, conversation.lead_id)
        self.assertEqual(after, before)

    def test_each_button_takes_its_events_only(self):
        done = self._store_instagram(instagram_item("One", mid="mid.1"))
        done._process()
        failed = self._store_instagram(instagram_item("Two", mid="mid.2"))
        failed.write({"state": "failed", "error": "Traceback"})

        with self.assertRaises(UserError):
            done.action_retry()
        with self.assertRaises(UserError):
            failed.action_replay()
        (done | failed).with_user(self.administrator).action_retry()

        self.assertEqual((done.state, failed.state, failed.error), ("done", "new", False))

    def test_only_administrators_process_again(self):
        event = self._store_instagram(instagram_item("One"))
        event._process()

        for action in ("action_retry", "action_replay"):
            with self.assertRaises(AccessError):
                getattr(event.with_user(self.agent), action)()

    def test_events_are_found_by_what_is_in_them(self):
        lamp = self._store_instagram(instagram_item("The 100% lamp", mid="mid.1"))
        self._store_instagram(instagram_item("The 100 lamps", mid="mid.2"))

        found = self.env["omnichannel.event"].search([("payload_search", "ilike", "100% lamp")])

        self.assertEqual(found, lamp)

    # === PURGE === #

    def _age(self, events, days):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE omnichannel_event SET received_at = received_at - %s WHERE id = ANY(%s)",
            [timedelta(days=days), events.ids],
        )
        self.env.invalidate_all()

    def test_old_processed_events_go_and_nothing_else(self):
        conversation = self._receive_instagram("Hello", mid="mid.old")
        old = self.env["omnichannel.event"].search([])
        self._receive_instagram("Hello again", mid="mid.young")
        failed = self._store_instagram(instagram_item("Failed", mid="mid.failed"))
        failed.state = "failed"
        waiting = self._store_instagram(instagram_item("Waiting", mid="mid.waiting"))
        self._age(old | failed | waiting, 91)

        self._run_cron("ir_cron_omnichannel_purge")

        self.assertFalse(old.exists())
        self.assertTrue(failed.exists() and waiting.exists())
        self.assertEqual(self._texts(conversation), ["Hello", "Hello again"])

    def test_what_waited_in_vain_for_its_message_goes_too(self):
        early = self._store_instagram(instagram_item("Of an erased person", mid="mid.early"))
        young = self._store_instagram(instagram_item("Its message may come", mid="mid.young"))
        (early | young).state = "early"
        self._age(early, 91)

        self._run_cron("ir_cron_omnichannel_purge")

        self.assertEqual((early | young).exists(), young)

    def test_the_source_of_a_mail_goes_with_its_event(self):
        event = self._store_instagram(instagram_item("Mail"))
        attachment = self.env["ir.attachment"].create(
            {"name": "message.eml", "res_model": "omnichannel.event", "res_id": event.id}
        )
        event.state = "done"
        self._age(event, 91)

        self._run_cron("ir_cron_omnichannel_purge")

        self.assertFalse(attachment.exists())

    def test_many_events_go_in_batches(self):
        for number in range(5):
            self._store_instagram(instagram_item(f"Text {number}", mid=f"mid.{number}"))
        events = self.env["omnichannel.event"].search([])
        events.state = "done"
        self._age(events, 91)

        with patch.object(omnichannel_event_log, "PURGE_SIZE", 2):
            self._run_cron("ir_cron_omnichannel_purge")

        self.assertFalse(events.exists())

    def test_the_age_is_a_setting_with_a_floor(self):
        settings = self.env["res.config.settings"]
        self.assertEqual(settings.create({}).omnichannel_event_days, 90)
        settings.create({"omnichannel_event_days": 30}).execute()
        self.assertEqual(self.env["omnichannel.event"]._days_kept(), 30)

        with self.assertRaises(ValidationError):
            settings.create({"omnichannel_event_days": 1})
        for text, days in (("1", 14), ("nonsense", 90)):
            self.env["ir.config_parameter"].set_param(omnichannel_event_log.DAYS_PARAMETER, text)
            self.assertEqual(self.env["omnichannel.event"]._days_kept(), days)
