"""Odoo's composer for rich text sends an e-mail through the same door as the small one."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.mail.tests.common import MailCommon

from .common import OmnichannelMixin


@tagged("-at_install", "post_install")
class TestFullComposer(OmnichannelMixin, MailCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_accounts()
        cls.email = cls.env["omnichannel.account"].create(
            {"name": "Our Shop", "channel": "email", "alias_name": "hello"}
        )
        cls.email.action_connect()

    def setUp(self):
        super().setUp()
        self.conversation = self._receive_sms("Hello")
        self.conversation.partner_id.write({"name": "Ana", "email": "ana@example.com"})

    def _compose(self, user=None, key="email", seen_ids=None, **values):
        user = user or self.agent
        if seen_ids is None:
            seen_ids = self.conversation.channel_id.message_ids.ids
        values = {"omnichannel_seen_ids": seen_ids, "subject": "Your lamp", **values}
        action = self.conversation.with_user(user).action_compose_email(key, values)
        composer = self.env["mail.compose.message"].with_user(user)
        return composer.with_context(**action["context"]).create({"body": "<p>In <b>blue</b></p>"})

    def _sent(self):
        return self.conversation.message_ids.filtered(lambda m: m.direction == "outbound")

    def test_rich_text_goes_to_the_customers_one_address(self):
        other = self.env["res.partner"].create({"name": "Other", "email": "other@example.com"})
        composer = self._compose()
        composer.partner_ids = other

        with self.mock_mail_gateway(mail_unlink_sent=False):
            composer.action_send_omnichannel()

        mail = self._sent().delivery_ids.mail_id
        self.assertIn("<b>blue</b>", mail.body_html)
        self.assertEqual((mail.subject, mail.email_to), ("Your lamp", '"Ana" <ana@example.com>'))
        self.assertFalse(mail.recipient_ids)
        self.assertEqual(self._sent().mail_message_id.author_id, self.agent.partner_id)
        self.assertFalse(self._new_mails.filtered(lambda m: m != mail))

    def test_what_came_meanwhile_is_shown_before_it_is_sent(self):
        composer = self._compose()
        self._receive_sms("Forget it", sid="SM2")

        action = composer.action_send_omnichannel()

        self.assertEqual(action["res_id"], composer.id)
        self.assertIn("Forget it", composer.omnichannel_news)
        self.assertFalse(self._sent())
        composer.action_send_omnichannel()
        self.assertEqual(len(self._sent()), 1)

    def test_a_way_that_was_closed_meanwhile_is_refused(self):
        composer = self._compose()
        self.email.state = "draft"

        with self.assertRaisesRegex(UserError, "can't be reached that way"):
            composer.action_send_omnichannel()

    def test_without_a_way_nothing_leaves(self):
        with self.assertRaisesRegex(UserError, "from a conversation"):
            self._compose(key=False).action_send_omnichannel()

    def test_who_does_not_see_the_conversation_writes_nothing_there(self):
        self.conversation.user_id = self.agent
        bea = new_test_user(self.env, "bea", "omnichannel_connector.omnichannel_group_agent")

        with self.assertRaises(AccessError):
            self._compose(user=bea)
        forged = {
            "model": "discuss.channel",
            "res_ids": str(self.conversation.channel_id.ids),
            "omnichannel_conversation_id": self.conversation.id,
            "omnichannel_key": self._compose().omnichannel_key,
        }
        composers = self.env["mail.compose.message"]
        with self.assertRaises(AccessError):
            composers.with_user(bea).create(forged)
        composer = composers.create(forged)
        with self.assertRaises(AccessError):
            composer.with_user(bea).action_send_omnichannel()

    def test_the_usual_subject_answers_the_last_mail(self):
        (choice,) = [c for c in self.conversation.get_send_choices() if c["channel"] == "email"]

        self.assertIn("Your conversation with", choice["subject"])
        self.assertEqual(choice["media"], {})

    def test_a_subject_is_one_line(self):
        message = self.conversation.channel_id.message_post(
            body="x",
            message_type="comment",
            omnichannel_key="email",
            omnichannel_subject="Your\r\nBcc: all@example.com",
        )

        self.assertEqual(message.subject, "Your Bcc: all@example.com")
