"""The live chat where its app is not installed. With it: tests/e2e/test_livechat.py."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..channels.events import RawEvent
from .common import OmnichannelCase


@tagged("-at_install", "post_install")
class TestLivechatWithoutItsApp(OmnichannelCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.env["omnichannel.account"].create(
            {"name": "Website", "channel": "livechat"}
        )
        cls.identity = cls.env["omnichannel.identity"].create(
            {
                "kind": "visitor",
                "value": "guest:7",
                "partner_id": cls.env["res.partner"].create({"name": "Visitor 7"}).id,
            }
        )

    def setUp(self):
        super().setUp()
        if "livechat_channel_id" in self.env["discuss.channel"]._fields:
            self.skipTest("Live Chat is installed")

    def test_connecting_names_the_app_that_is_missing(self):
        with self.assertRaisesRegex(UserError, "the app Live Chat"):
            self.account.action_connect()

    def test_its_set_up_guide_speaks_of_the_app(self):
        self.assertIn("Live Chat", self.account.setup_guide)
        self.assertNotIn("webhook", self.account.setup_guide.lower())

    def test_a_visitor_of_former_times_is_shown_and_not_written_to(self):
        self.account.state = "connected"
        conversation = self.env["omnichannel.conversation"].create(
            {"partner_id": self.identity.partner_id.id}
        )

        (choice,) = conversation.get_send_choices()

        self.assertEqual(choice["address"], "Website visitor 7")
        self.assertEqual(choice["reason"], "The visitor has left the chat.")

    def test_an_event_whose_message_is_gone_changes_nothing(self):
        payload = {"what": "message", "mail_message_id": 0, "visitor": "guest:7", "is_echo": False}
        raw = RawEvent(key="message:0", customer="guest:7", payload=payload)
        event = self.env["omnichannel.event"]._store(self.account.id, [raw])

        event._process()

        self.assertEqual((event.state, event.kind), ("done", "ignored"))
        self.assertFalse(self.identity.partner_id.omnichannel_conversation_ids)
