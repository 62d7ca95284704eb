"""For some seconds who wrote a message can take it back as if it had never been."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.mail.tests.common import MailCommon

from ..models.timing import utc_now
from .common import OmnichannelMixin
from .delivery_common import CREATED, DeliveryCase, created


@tagged("-at_install", "post_install")
class TestUndoSend(DeliveryCase):
    def setUp(self):
        super().setUp()
        self.env.company.omnichannel_undo_seconds = 30
        self.conversation = self._receive_sms("Hello")

    def _hold(self, conversation=None, **values):
        return self._answer(conversation or self.conversation, omnichannel_is_held=True, **values)

    def _undo(self, message, user=None):
        message.with_user(user or self.agent).action_undo()

    def _episode(self):
        return self.env["omnichannel.episode"]._open_of(self.conversation)

    def _end_hold(self, message):
        """Let the time be up in which it can be undone."""
        past = utc_now() - timedelta(seconds=1)
        message.held_until = past
        message.delivery_ids.next_attempt_at = past

    def _run_queue(self, *answers):
        with self._provider(*answers) as made:
            self._run_cron("ir_cron_omnichannel_delivery")
        return made

    def test_a_held_message_does_not_leave(self):
        message = self._hold()

        self.assertFalse(self._run_queue())
        self.assertEqual(message.state, "queued")

    def test_it_leaves_when_the_time_is_up(self):
        message = self._hold()
        self._end_hold(message)

        self.assertEqual(len(self._run_queue(CREATED)), 1)
        self.assertEqual(message.state, "sent")

    def test_odoo_is_asked_to_run_the_queue_when_the_time_is_up(self):
        cron = self.env.ref("omnichannel_connector.ir_cron_omnichannel_delivery")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])

        message = self._hold()

        planned = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]) - triggers
        self.assertEqual(planned.call_at, message.held_until)

    def test_undo_leaves_nothing_behind(self):
        before = self.conversation.read(["waiting_for", "last_message_at", "last_outbound_at"])
        message = self._hold()
        mail_message = message.mail_message_id

        self._undo(message)

        self.assertFalse(message.exists() or mail_message.exists())
        self.assertEqual(
            self.conversation.read(["waiting_for", "last_message_at", "last_outbound_at"]), before
        )
        self.assertFalse(self._run_queue())

    def test_files_go_back_to_the_composer_and_leave_the_thread(self):
        """Nobody else finds what was never sent."""
        file = (
            self.env["ir.attachment"]
            .with_user(self.agent)
            .create(
                {
                    "name": "a.png",
                    "raw": b"\x89PNG\r\n\x1a\n",
                    "res_model": "mail.compose.message",
                    "res_id": 0,
                }
            )
        )
        message = self._hold(attachment_ids=file.ids)
        self.assertEqual(file.res_model, "discuss.channel")

        self._undo(message)

        self.assertEqual((file.res_model, file.res_id), ("mail.compose.message", 0))
        self.assertTrue(file._has_attachments_ownership([]))
        bea = new_test_user(self.env, "bea", "omnichannel_connector.omnichannel_group_supervisor")
        self.assertFalse(file.with_user(bea).has_access("read"))
        again = self._hold(attachment_ids=file.ids)
        self.assertEqual(again.mail_message_id.attachment_ids, file)
        self.assertEqual(file.res_id, self.conversation.channel_id.id)

    def test_who_got_no_answer_waits_for_the_first_one_as_before(self):
        self.conversation.team_id = self.env["omnichannel.team"].create(
            {"name": "Sales", "first_response_minutes": 60, "member_ids": self.agent.ids}
        )
        episode, due = self._episode(), self.conversation.response_due_at
        self.assertTrue(due)
        message = self._hold()
        self.assertEqual((episode.user_id, bool(episode.first_response_at)), (self.agent, True))

        self._undo(message)

        self.assertEqual(self.conversation.response_due_at, due)
        self.assertFalse(episode.first_response_at or episode.user_id)
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT first_response_wall_minutes FROM omnichannel_episode WHERE id = %s", episode.ids
        )
        self.assertEqual(self.env.cr.fetchall(), [(None,)], "it counts in no average")

    def test_the_next_answer_is_the_first_one_then(self):
        message = self._hold()
        second = self._answer(self.conversation)

        self._undo(message)

        episode = self._episode()
        self.assertEqual(episode.first_response_at, second.occurred_at)
        self.assertEqual(episode.user_id, self.agent)

    def test_undo_that_comes_too_late_says_so_and_takes_nothing_back(self):
        message = self._hold(body="word " * 500)
        self.assertGreater(len(message.delivery_ids), 1)
        self._end_hold(message)
        message.delivery_ids[0].state = "sending"

        with self.assertRaisesRegex(UserError, "too late"), self.cr.savepoint():
            self._undo(message)

        self.assertEqual(set(message.delivery_ids[1:].mapped("state")), {"queued"})

    def test_what_was_not_held_can_not_be_undone(self):
        with self.assertRaisesRegex(UserError, "too late"), self.cr.savepoint():
            self._undo(self._answer(self.conversation))

    def test_only_its_author_undoes_it(self):
        bea = new_test_user(self.env, "bea", "omnichannel_connector.omnichannel_group_supervisor")

        with self.assertRaisesRegex(UserError, "Only who wrote it"):
            self._undo(self._hold(), user=bea)

    def test_nothing_is_held_where_the_company_does_not_want_it(self):
        self.env.company.omnichannel_undo_seconds = 0

        message = self._hold()

        self.assertFalse(message.held_until)
        self.assertEqual(len(self._run_queue(CREATED)), 1)

    def test_what_programs_and_follow_ups_send_is_not_held(self):
        self.assertFalse(self._answer(self.conversation).held_until)

    def test_others_customers_do_not_wait_for_a_held_message(self):
        held = self._hold()
        other = self._answer(self._customers(1)[0])

        self.assertEqual(len(self._run_queue(created("SM901"))), 1)
        self.assertEqual((held.state, other.state), ("queued", "sent"))

    def test_what_is_written_after_a_held_message_leaves_after_it(self):
        held, second = self._hold(body="One"), self._answer(self.conversation, body="Two")
        self.assertFalse(self._run_queue())
        self._end_hold(held)

        made = self._run_queue(created("SM901"), created("SM902"))

        texts = [request.body.read().decode() for request in made]
        self.assertIn("One", texts[0])
        self.assertIn("Two", texts[1])
        self.assertEqual((held.state, second.state), ("sent", "sent"))

    def test_the_bubble_says_for_how_long_it_can_be_undone(self):
        message = self._hold()
        self.assertGreater(message._to_store_value()["holdSeconds"], 0)

        self._end_hold(message)

        self.assertEqual(message._to_store_value()["holdSeconds"], 0)

    def test_who_may_not_see_a_message_can_not_undo_or_wake_it(self):
        message = self._hold()
        stranger = new_test_user(self.env, "other", "base.group_user")

        for method in ("action_undo", "wake_held"):
            with self.assertRaises(AccessError):
                getattr(message.with_user(stranger), method)()


@tagged("-at_install", "post_install")
class TestUndoMail(OmnichannelMixin, MailCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_accounts()
        cls.env.company.omnichannel_undo_seconds = 30
        account = cls.env["omnichannel.account"].create(
            {"name": "Our Shop", "channel": "email", "alias_name": "hello"}
        )
        account.action_connect()

    def setUp(self):
        super().setUp()
        self.conversation = self._receive_sms("Hello")
        self.conversation.partner_id.email = "ana@example.com"
        self.message = (
            self.conversation.channel_id.with_user(self.agent)
            .sudo()
            .message_post(
                body="By mail",
                message_type="comment",
                omnichannel_key="email",
                omnichannel_is_held=True,
            )
            .omnichannel_message_ids
        )

    def _process_queue(self):
        with self.mock_mail_gateway(mail_unlink_sent=False):
            self.env["mail.mail"].process_email_queue(self.message.delivery_ids.mail_id.ids)
        return len(self._mails)

    def test_a_held_mail_waits_in_odoos_queue(self):
        self.assertEqual(self._process_queue(), 0)

        self.message.delivery_ids.mail_id.scheduled_date = utc_now() - timedelta(seconds=1)

        self.assertEqual(self._process_queue(), 1)

    def test_an_undone_mail_is_gone(self):
        mail = self.message.delivery_ids.mail_id

        self.message.with_user(self.agent).action_undo()

        self.assertFalse(mail.exists() or self.message.exists())
