from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..channels.errors import AccountError
from ..channels.events import Action, SendResult
from ..channels.instagram import InstagramAdapter
from .delivery_common import DeliveryCase


@tagged("-at_install", "post_install")
class TestDeliverySignal(DeliveryCase):
    """Reactions, seen and typing; late answers, comments and inline replies."""

    def _send(self, outcome=None):
        """Run the queue and return the OutboundMessages that it sends."""
        made = []

        def send(_adapter, outbound):
            made.append(outbound)
            if outcome:
                raise outcome
            return SendResult(f"mid.{outbound.uuid}")

        with patch.object(InstagramAdapter, "send", send):
            self._send_queue()
        return made

    def _last(self, conversation):
        return conversation.message_ids.filtered(lambda m: m.direction == "inbound").sorted("id")[
            -1:
        ]

    def _react(self, message, content, action="add"):
        message.mail_message_id.with_user(self.agent).sudo()._message_reaction(
            content, action, self.agent.partner_id, self.env["mail.guest"]
        )

    # === REACTIONS === #

    def test_an_agents_reaction_reaches_the_customer_and_can_be_taken_back(self):
        message = self._last(self._receive_instagram("Hello"))

        self._react(message, "❤️")
        (sent,) = self._send()
        self._react(message, "❤️", "remove")
        (taken_back,) = self._send()

        self.assertEqual((sent.action, sent.target_id), (Action.REACT, "mid.1"))
        self.assertEqual((sent.reaction, taken_back.reaction), ("❤️", ""))
        self.assertEqual(message.state, "received")

    def test_only_the_last_of_several_reactions_is_sent(self):
        message = self._last(self._receive_instagram("Hello"))

        self._react(message, "❤️")
        self._react(message, "😂")

        self.assertEqual([call.reaction for call in self._send()], ["😂"])

    def test_a_reaction_to_a_note_or_to_our_own_message_stays_inside(self):
        conversation = self._receive_instagram("Hello")
        own = self._answer(conversation, "instagram")
        self._send()
        note = conversation.channel_id.message_post(body="Note", message_type="comment")

        for mail_message in (own.mail_message_id, note):
            mail_message.with_user(self.agent).sudo()._message_reaction(
                "❤️", "add", self.agent.partner_id, self.env["mail.guest"]
            )

        self.assertFalse(self._send())

    def test_a_channel_without_reactions_gets_none(self):
        message = self._last(self._receive_sms("Hello"))

        self._react(message, "❤️")

        self.assertFalse(message.delivery_ids)

    def test_a_signal_that_is_refused_pauses_no_account_and_is_given_up(self):
        message = self._last(self._receive_instagram("Hello"))
        self._react(message, "❤️")

        self._send(AccountError("no permission", "10"))

        self.assertEqual((self.instagram.state, message.state), ("connected", "received"))
        self.assertEqual(message.delivery_ids.state, "failed")

    # === SEEN AND TYPING === #

    def test_reading_is_told_once_about_the_last_message(self):
        conversation = self._receive_instagram("One", mid="mid.1", at=self._ago(minutes=2))
        self._receive_instagram("Two", mid="mid.2")
        conversation.user_id = self.agent
        newest = self._last(conversation).mail_message_id
        member = self.env["discuss.channel.member"].search(
            [
                ("channel_id", "=", conversation.channel_id.id),
                ("partner_id", "=", self.agent.partner_id.id),
            ]
        )

        member.with_user(self.agent)._mark_as_read(newest.id)
        member.with_user(self.agent)._mark_as_read(newest.id)

        self.assertEqual([(c.action, c.target_id) for c in self._send()], [(Action.SEEN, "mid.2")])

    def test_typing_is_told_at_most_once_in_ten_seconds_and_never_late(self):
        conversation = self._receive_instagram("Hello").with_user(self.agent)

        self.assertTrue(conversation.notify_typing("instagram"))
        self.assertFalse(conversation.notify_typing("instagram"))
        typing = self.env["omnichannel.delivery"].search([("kind", "=", "typing")])
        self.env.cr.execute(
            "UPDATE omnichannel_delivery SET create_date = create_date - interval '20 seconds'"
        )
        typing.invalidate_recordset()

        self.assertFalse(self._send())
        self.assertEqual(typing.state, "canceled")

    def test_a_signal_waits_for_no_message_and_holds_up_none(self):
        conversation = self._receive_instagram("Hello")
        waiting = self._answer(conversation, "instagram")
        waiting.delivery_ids.state = "sending"
        self._react(self._last(conversation), "❤️")

        self.assertEqual([call.action for call in self._send()], [Action.REACT])

    # === LATE ANSWERS === #

    def test_a_person_may_answer_for_a_week_and_an_automation_for_a_day(self):
        conversation = self._receive_instagram("Hello", at=self._ago(days=3))
        row = conversation.get_send_choices()[0]
        self.assertEqual((row["isLate"], row["reason"]), (True, ""))
        self.assertIn("too long ago", conversation._send_choices(is_human=False)[0].reason)

        self._answer(conversation, "instagram")
        (call,) = self._send()

        self.assertTrue(call.is_late and call.is_human)

    def test_an_answer_in_time_is_not_late(self):
        self._answer(self._receive_instagram("Hello"), "instagram")

        (call,) = self._send()

        self.assertFalse(call.is_late)

    # === INLINE REPLIES === #

    def test_a_reply_quotes_the_message_that_it_answers(self):
        conversation = self._receive_instagram("Hello")
        quoted = self._last(conversation).mail_message_id

        self._answer(conversation, "instagram", parent_id=quoted.id)

        self.assertEqual([call.reply_to for call in self._send()], ["mid.1"])

    # === COMMENTS === #

    def _comment(self):
        """Return a conversation whose only message is a public comment."""
        conversation = self._receive_instagram("Nice!", mid="comment.1")
        message = self._last(conversation)
        message.is_comment = True
        message.identity_id.last_inbound_at = False
        self.env.flush_all()  # an expected error rolls back
        return conversation, message

    def test_a_comment_is_answered_in_private_once(self):
        conversation, comment = self._comment()
        row = conversation.get_send_choices()[0]
        self.assertEqual((row["commentId"], row["reason"]), (comment.id, ""))

        answer = self._answer(conversation, "instagram")
        (call,) = self._send()

        self.assertEqual((call.comment_id, answer.comment_id), ("comment.1", comment))
        self.assertIn("direct message", conversation.get_send_choices()[0]["reason"])

    def test_a_comment_takes_one_text_without_files(self):
        conversation, _comment = self._comment()
        picture = self.env["ir.attachment"].create({"name": "a.png", "mimetype": "image/png"})

        for values in ({"body": "word " * 500}, {"attachment_ids": picture.ids}):
            with self.assertRaisesRegex(UserError, "one short text"), self.env.cr.savepoint():
                self._answer(conversation, "instagram", **values)

    def test_the_address_behind_a_comment_becomes_the_customers(self):
        conversation, _comment = self._comment()
        self._answer(conversation, "instagram")

        with patch.object(
            InstagramAdapter, "send", lambda *_: SendResult("mid.x", recipient="900000000000077")
        ):
            self._send_queue()

        identity = self._identity("instagram", "900000000000077")
        self.assertEqual(identity.partner_id, conversation.partner_id)

    # === LIMITS === #

    def test_a_file_that_the_channel_does_not_take_is_refused_by_name(self):
        conversation = self._receive_instagram("Hello")
        program = self.env["ir.attachment"].create(
            {"name": "a.exe", "raw": b"MZ", "mimetype": "application/x-msdownload"}
        )

        with self.assertRaisesRegex(UserError, "a.exe"):
            self._answer(conversation, "instagram", attachment_ids=program.ids)

    def test_a_text_is_measured_as_the_channel_counts(self):
        conversation = self._receive_instagram("Hello")

        size = conversation.measure("instagram", "é" * 600)

        self.assertEqual((size["used"], size["unit"], size["parts"]), (1200, "bytes", 2))
