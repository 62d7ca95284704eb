import json
from unittest.mock import MagicMock, patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import OmnichannelCase

AGENT = "omnichannel_connector.omnichannel_group_agent"


@tagged("-at_install", "post_install")
class TestPresence(OmnichannelCase):
    """Who looks at a thread and who writes there, as colleagues get to know it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = new_test_user(cls.env, "colleague", AGENT, name="Agent Bo")

    def _notify(self, conversation, *args, user=None, **kwargs):
        channel = conversation.channel_id.with_user(user or self.agent)
        return channel.notify_omnichannel_presence(*args, **kwargs)

    def _told(self):
        """Return [(bus channel, payload)] of what was told since the last call."""
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].sudo().search([], order="id")
        told = [(json.loads(row.channel), json.loads(row.message)) for row in rows]
        rows.unlink()
        return [
            (channel, message["payload"])
            for channel, message in told
            if message["type"] == "omnichannel/presence"
        ]

    def test_colleagues_hear_who_writes_what(self):
        conversation = self._receive_sms("Hello")
        self._told()

        self._notify(conversation, "typing", way="note", tab="abc")
        self._notify(conversation, "typing", way="sms")
        self._notify(conversation, "viewing", is_new=True)

        (_channel, note), (_channel, sms), (_channel, viewing) = self._told()
        self.assertEqual(note["partner_id"], self.agent.partner_id.id)
        self.assertEqual((note["name"], note["tab"], note["way"]), ("Agent Ada", "abc", "note"))
        self.assertEqual(sms["way_label"], "SMS")
        self.assertEqual((viewing["activity"], viewing["is_new"]), ("viewing", True))

    def test_it_is_told_in_the_part_of_the_thread_that_only_staff_hears(self):
        conversation = self._receive_sms("Hello")
        self._told()

        self._notify(conversation, "viewing")

        ((channel, _payload),) = self._told()
        self.assertEqual(channel[-1], "internal_users")
        self.assertIn(conversation.channel_id.id, channel)

    def test_nothing_is_written_but_the_news_itself(self):
        conversation = self._receive_sms("Hello")
        self.env.flush_all()
        self._told()
        messages = self.env["mail.message"].search_count([])
        deliveries = self.env["omnichannel.delivery"].search_count([])

        self._notify(conversation, "typing", way="sms")

        self.assertEqual(self.env["mail.message"].search_count([]), messages)
        self.assertEqual(self.env["omnichannel.delivery"].search_count([]), deliveries)
        self.assertFalse(conversation.channel_id.channel_member_ids)

    def test_who_may_not_read_the_thread_is_never_shown_there(self):
        conversation = self._receive_sms("Hello")
        conversation.user_id = self.colleague
        employee = new_test_user(self.env, "employee", "base.group_user")
        portal = new_test_user(self.env, "visitor", "base.group_portal")
        self._told()

        for user in (self.agent, employee, portal, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self._notify(conversation, "viewing", user=user)
        self.assertFalse(self._told())

        self._notify(conversation, "viewing", user=self.colleague)
        self.assertTrue(self._told())

    def test_who_may_not_read_the_thread_hears_nothing(self):
        conversation = self._receive_sms("Hello")
        conversation.user_id = self.colleague
        channel = conversation.channel_id
        wanted = f"discuss.channel_{channel.id}"

        def subscribed(user):
            websocket = self.env["ir.websocket"].with_user(user)
            with patch("odoo.addons.bus.models.ir_websocket.wsrequest", MagicMock()):
                channels = websocket._build_bus_channel_list([wanted])
            pairs = [pair for pair in channels if isinstance(pair, tuple)]
            return channel in [pair[0] for pair in pairs if pair[-1] == "internal_users"]

        self.assertFalse(subscribed(self.agent))
        self.assertTrue(subscribed(self.colleague))

    def test_only_what_makes_sense_is_told(self):
        conversation = self._receive_sms("Hello")

        for args in (("dancing",), ("typing", "pigeon")):
            with self.assertRaises(UserError):
                self._notify(conversation, *args)
        other = self.env["discuss.channel"].create({"name": "Staff", "channel_type": "channel"})
        with self.assertRaises(UserError):
            other.notify_omnichannel_presence("viewing")
