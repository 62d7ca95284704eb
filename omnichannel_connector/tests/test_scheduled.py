"""Messages that are to leave later: through the same checks, in their author's name, once."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..models.omnichannel_conversation_seen import UnseenMessages
from .delivery_common import CREATED, DeliveryCase

GROUP = "omnichannel_connector.omnichannel_group_"
LOGGER = "odoo.addons.omnichannel_connector.models.omnichannel_scheduled"


@tagged("-at_install", "post_install")
class TestScheduled(DeliveryCase):
    def setUp(self):
        super().setUp()
        self.conversation = self._receive_sms("Hello")
        self.conversation.partner_id.name = "Ana"

    def _schedule(self, conversation=None, user=None, key="sms", body="Good morning", **values):
        conversation = (conversation or self.conversation).with_user(user or self.agent)
        moment = fields.Datetime.to_string(fields.Datetime.now() + timedelta(hours=2))
        scheduled_id = conversation.schedule_message(key, body, values.pop("at", moment), **values)
        return self.env["omnichannel.scheduled"].browse(scheduled_id)

    def _run_due(self, scheduled):
        """Let its moment come."""
        scheduled.scheduled_at = fields.Datetime.now() - timedelta(seconds=1)
        self._run_cron("ir_cron_omnichannel_scheduled")

    def _texts_of(self, direction):
        messages = self.conversation.message_ids.filtered(lambda m: m.direction == direction)
        return messages.sorted("id").mapped("mail_message_id.preview")

    # === AT ITS MOMENT === #

    def test_nothing_leaves_before_its_moment(self):
        self._schedule()

        self._run_cron("ir_cron_omnichannel_scheduled")

        self.assertEqual(self._texts_of("outbound"), [])

    def test_it_leaves_at_its_moment_in_its_authors_name(self):
        scheduled = self._schedule()

        self._run_due(scheduled)

        self.assertFalse(scheduled.exists())
        message = self.conversation.message_ids.sorted("id")[-1]
        self.assertEqual(message.mail_message_id.author_id, self.agent.partner_id)
        self.assertEqual((message.origin, message.state), ("agent", "queued"))
        self.assertEqual(self.conversation.user_id, self.agent)
        self.assertEqual(len(self._send_queue(CREATED)), 1)

    def test_it_leaves_once_however_often_the_queue_runs(self):
        scheduled = self._schedule()
        self._run_due(scheduled)

        self._run_cron("ir_cron_omnichannel_scheduled")

        self.assertEqual(self._texts_of("outbound"), ["Good morning"])

    def test_odoo_is_asked_to_run_at_its_moment(self):
        scheduled = self._schedule()

        cron = self.env.ref("omnichannel_connector.ir_cron_omnichannel_scheduled")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertIn(scheduled.scheduled_at, triggers.mapped("call_at"))

    def test_files_leave_with_it(self):
        file = (
            self.env["ir.attachment"]
            .with_user(self.agent)
            .create({"name": "a.png", "raw": b"\x89PNG\r\n\x1a\n", "mimetype": "image/png"})
        )
        scheduled = self._schedule(
            attachment_ids=file.ids, attachment_tokens=[file.sudo()._get_ownership_token()]
        )
        self.assertEqual((file.res_model, file.res_id), (scheduled._name, scheduled.id))

        self._run_due(scheduled)

        self.assertEqual(
            self.conversation.message_ids.sorted("id")[-1].mail_message_id.attachment_ids, file
        )

    def test_a_crash_half_way_leaves_it_as_it_was(self):
        scheduled = self._schedule()
        scheduled_class = self.env.registry["omnichannel.scheduled"]

        def crash(_self):
            raise RuntimeError("the server dies")

        with patch.object(scheduled_class, "_vanish", crash), mute_logger(LOGGER):
            self._run_due(scheduled)

        self.assertTrue(scheduled.exists())
        self.assertEqual(self._texts_of("outbound"), [])

    # === HELD BACK === #

    def _assert_held_back(self, scheduled, pattern):
        self.assertEqual(scheduled.state, "held_back")
        self.assertRegex(scheduled.reason, pattern)
        self.assertEqual(self._texts_of("outbound"), [])
        self.assertFalse(self.conversation.partner_id.activity_ids)
        activity = self.conversation.activity_ids
        self.assertEqual(activity.user_id, scheduled.user_id)
        self.assertRegex(str(activity.note), pattern)

    def test_a_customer_who_wrote_meanwhile_is_read_first(self):
        scheduled = self._schedule()
        self._receive_sms("Forget it, I was told already", sid="SM2")

        self._run_due(scheduled)

        self._assert_held_back(scheduled, "New message from Ana by SMS meanwhile")

    def test_what_an_agent_had_not_seen_when_scheduling_is_shown_at_once(self):
        with self.assertRaises(UnseenMessages):
            self._schedule(seen_ids=[])

    def test_consent_is_asked_for_at_its_moment(self):
        scheduled = self._schedule()
        self._receive_sms("STOP", sid="SM2", OptOutType="STOP")
        scheduled.seen_ids = self.conversation.channel_id.message_ids.ids

        self._run_due(scheduled)

        self._assert_held_back(scheduled, "Refused")

    def test_who_lost_the_conversation_sends_nothing_there(self):
        scheduled = self._schedule()
        self.conversation.user_id = new_test_user(self.env, "bea", f"{GROUP}agent")

        with mute_logger("odoo.addons.base.models.ir_rule"):
            self._run_due(scheduled)

        self.assertEqual(scheduled.state, "held_back")
        self.assertEqual(self._texts_of("outbound"), [])

    def test_one_that_breaks_stops_no_other(self):
        broken, other = self._schedule(), self._schedule(body="Other")
        broken.seen_ids = {"odd": 1}
        broken.account_id = self.instagram
        broken.scheduled_at = fields.Datetime.now() - timedelta(minutes=1)

        with mute_logger(LOGGER):
            self._run_due(other)

        self.assertEqual(broken.state, "held_back")
        self.assertEqual(self._texts_of("outbound"), ["Other"])

    def test_a_decision_ends_the_authors_to_do(self):
        scheduled = self._schedule()
        self._receive_sms("Wait", sid="SM2")
        self._run_due(scheduled)

        scheduled.with_user(self.agent).action_discard()

        self.assertFalse(self.conversation.activity_ids)

    def test_the_to_do_is_in_its_authors_menu_and_opens_the_conversation(self):
        scheduled = self._schedule()
        self._receive_sms("Wait", sid="SM2")

        self._run_due(scheduled)

        groups = self.env["res.users"].with_user(self.agent)._get_activity_groups()
        counts = {group["model"]: group["total_count"] for group in groups}
        self.assertEqual(counts, {"omnichannel.conversation": 1})
        opened = self.conversation.activity_ids.with_user(self.agent).action_open_document()
        self.assertEqual(
            (opened["res_model"], opened["res_id"]), (self.conversation._name, self.conversation.id)
        )

    def test_who_does_not_see_the_conversation_does_not_see_the_to_do(self):
        scheduled = self._schedule()
        self._receive_sms("A secret", sid="SM2")
        self._run_due(scheduled)
        self.env.company.omnichannel_is_team_private = True
        self.conversation.team_id = self.env["omnichannel.team"].create(
            {"name": "Private", "member_ids": self.agent.ids}
        )
        partner, activity = self.conversation.partner_id, self.conversation.activity_ids
        self.assertTrue(activity)

        for login, groups in (
            ("employee", "base.group_user,base.group_partner_manager"),
            ("other", f"{GROUP}agent"),
        ):
            user = new_test_user(self.env, login, groups)
            self.assertTrue(partner.with_user(user).has_access("read"))
            self.assertFalse(partner.with_user(user).activity_ids)
            self.assertFalse(self.env["mail.activity"].with_user(user).search([]) & activity)
            self.assertFalse(activity.with_user(user).has_access("read"))
        self.assertFalse(partner.message_follower_ids)

    def test_who_has_the_conversation_now_decides_for_who_lost_it(self):
        scheduled = self._schedule()
        bea = new_test_user(self.env, "bea", f"{GROUP}agent")
        self.conversation.user_id = bea

        with mute_logger("odoo.addons.base.models.ir_rule"):
            self._run_due(scheduled)

        self.assertEqual(self.conversation.activity_ids.user_id, bea)
        scheduled.with_user(bea).action_discard()
        self.assertFalse(self.conversation.activity_ids)

    # === PLANNING === #

    def test_a_moment_at_which_the_window_is_closed_is_refused(self):
        conversation = self._receive_instagram("Hello")

        in_days = fields.Datetime.now() + timedelta(days=8)
        with self.assertRaisesRegex(UserError, "is open until"):
            self._schedule(conversation, key="instagram", at=in_days)

        later = fields.Datetime.now() + timedelta(days=3)  # a person may still write then
        self.assertTrue(self._schedule(conversation, key="instagram", at=later))

    def test_the_past_and_nothing_can_not_be_scheduled(self):
        past = fields.Datetime.now() - timedelta(minutes=1)

        with self.assertRaisesRegex(UserError, "in the future"):
            self._schedule(at=past)
        with self.assertRaisesRegex(UserError, "Write something"):
            self._schedule(body="<p><br></p>")

    def test_nobody_schedules_a_strangers_files(self):
        file = self.env["ir.attachment"].create({"name": "salaries.txt", "raw": b"Secret"})

        with self.assertRaisesRegex(UserError, "no rights"):
            self._schedule(attachment_ids=file.ids, attachment_tokens=["guessed"])

    # === DECISIONS === #

    def test_send_now_sends_in_the_name_of_who_decides(self):
        scheduled = self._schedule()
        bea = new_test_user(self.env, "bea", f"{GROUP}supervisor")

        scheduled.with_user(bea).action_send_now(self.conversation.channel_id.message_ids.ids)

        self.assertFalse(scheduled.exists())
        message = self.conversation.message_ids.sorted("id")[-1]
        self.assertEqual(message.mail_message_id.author_id, bea.partner_id)

    def test_taking_it_back_gives_everything_to_the_composer(self):
        scheduled = self._schedule(body="<p>Good <b>morning</b></p>")

        draft = scheduled.with_user(self.agent).action_take_back()

        self.assertIn("<b>morning</b>", draft["body"])
        self.assertEqual(draft["key"], self.conversation.get_send_choices()[0]["key"])
        self.assertFalse(scheduled.exists())

    def test_what_is_gone_can_not_be_decided_again(self):
        scheduled = self._schedule().with_user(self.agent)
        scheduled.action_discard()

        for method in ("action_send_now", "action_take_back", "action_discard"):
            with self.assertRaisesRegex(UserError, "already"):
                getattr(scheduled, method)()

    # === RIGHTS === #

    def test_who_does_not_see_a_conversation_neither_sees_nor_touches_what_is_scheduled(self):
        scheduled = self._schedule()
        self.conversation.user_id = self.agent
        bea = new_test_user(self.env, "bea", f"{GROUP}agent")

        self.assertFalse(self.env["omnichannel.scheduled"].with_user(bea).search([]))
        with self.assertRaises(AccessError):
            self.conversation.with_user(bea).get_scheduled()
        with self.assertRaises(AccessError):
            self._schedule(user=bea)
        for method in ("action_send_now", "action_take_back", "action_discard"):
            with self.assertRaises(AccessError):
                getattr(scheduled.with_user(bea), method)()
        with self.assertRaises(AccessError):
            scheduled.with_user(self.agent).write({"body": "Forged"})

    def test_who_sees_the_conversation_sees_what_is_scheduled(self):
        self._schedule(body="<p>Good morning</p>")

        (shown,) = self.conversation.with_user(self.agent).get_scheduled()

        self.assertEqual(shown["preview"], "Good morning")
        self.assertEqual((shown["author"], shown["state"]), ("Agent Ada", "waiting"))
