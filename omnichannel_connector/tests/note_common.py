"""A customer whom everything could reach, and what says that nothing did."""

from unittest.mock import Mock, patch

from odoo.tests import HttpCase, new_test_user

from odoo.addons.mail.tests.common import MailCommon

from .common import ANA_NUMBER, OmnichannelMixin

CUSTOMER_MAIL = "ana@example.com"


class NoteCase(OmnichannelMixin, HttpCase, MailCommon):
    """Ana has a phone, a mailbox, an Instagram account and a portal login, and wrote by all."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_accounts()
        cls.email = cls.env["omnichannel.account"].create(
            {"name": "Our Shop", "channel": "email", "alias_name": "hello"}
        )
        cls.email.action_connect()
        cls.portal = new_test_user(
            cls.env, "portal_ana", "base.group_portal", email=CUSTOMER_MAIL, name="Ana Silva"
        )
        cls.ana = cls.portal.partner_id
        cls.ana.phone = ANA_NUMBER
        cls.colleague = new_test_user(
            cls.env,
            "colleague",
            "omnichannel_connector.omnichannel_group_agent",
            email="colleague@example.com",
            notification_type="email",
        )
        cls.agent.email = "ada@example.com"

    def setUp(self):
        super().setUp()
        self.conversation = self._receive_sms("Hello")
        self._receive_mail()
        self.assertEqual(self.conversation.partner_id, self.ana)
        self.assertEqual(
            {choice["channel"] for choice in self.conversation.get_send_choices()},
            {"sms", "email"},
        )
        self.conversation.user_id = self.agent
        self.channel = self.conversation.channel_id.with_user(self.agent)
        self.partner_ids = self.ana.ids
        self.env.flush_all()
        self.before = {model: self._all(model) for model in self._watched()}
        self.last_bus_id = self.env["bus.bus"].sudo()._bus_last_id()

    def _receive_mail(self):
        raw = (
            f"From: Ana Silva <{CUSTOMER_MAIL}>\r\nTo: hello@{self.alias_domain}\r\n"
            "Subject: Blue lamp\r\nMessage-ID: <one@example.com>\r\n"
            "Content-Type: text/plain\r\n\r\nIs it dimmable?\r\n"
        )
        root = self.env.ref("base.user_root")
        self.env["mail.thread"].with_user(root).message_process(None, raw.encode())
        self.env["omnichannel.event"].search([("state", "=", "new")])._process()

    # === WHAT NOTHING MAY REACH === #

    def _watched(self):
        return (
            "omnichannel.delivery",
            "omnichannel.message",
            "mail.mail",
            "mail.notification",
            "mail.push",
            "sms.sms",
        )

    def _all(self, model):
        return self.env[model].sudo().search([])

    def _new(self, model):
        return self._all(model) - self.before[model]

    def _posted(self, text):
        """Return what of a text stands anywhere."""
        return self.env["mail.message"].sudo().search([("body", "ilike", text)])

    def assertStayedInside(self, text):
        """Fail when anybody but staff was sent, told of, or may read what has this text."""
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(self._new("omnichannel.delivery"), "a delivery was made")
        self.assertFalse(self._new("omnichannel.message"), "it became a customer's message")
        self.assertFalse(self._new("sms.sms"), "an SMS was made")
        for mail in self._new("mail.mail"):
            outsiders = mail.recipient_ids - self.agent.partner_id - self.colleague.partner_id
            self.assertFalse(outsiders, "a mail goes to a customer")
            self.assertFalse(mail.email_to or mail.email_cc, "a mail goes to an address")
        told = self._new("mail.notification")
        self.assertNotIn(self.ana, told.res_partner_id, "the customer was notified")
        self.assertFalse(told.filtered("mail_email_address"), "an address was notified")
        self.assertNotIn(self.ana, self._new("mail.push").mail_push_device_id.partner_id)
        self.assertNotIn(text, self._heard_outside(), "it is on the bus of a visitor or customer")
        for user in (self.portal, self.env.ref("base.public_user")):
            domain = [("body", "ilike", text)]
            readable = self.env["mail.message"].with_user(user).search(domain)
            self.assertFalse(readable, f"{user.login} may read it")

    def _heard_outside(self):
        """Return all that was pushed where a customer or a visitor may listen."""
        news = self.env["bus.bus"].sudo().search([("id", ">", self.last_bus_id)])
        heard = []
        for user in (self.portal, self.env.ref("base.public_user")):
            names = self._listens(user)
            heard += [row.message for row in news if row.channel in names]
        return "\n".join(heard)

    def _listens(self, user):
        """Return the bus channels of a user who asks for all that there are."""
        from odoo.addons.bus.models import ir_websocket
        from odoo.addons.bus.models.bus import channel_with_db, json_dump

        everything = self.env["discuss.channel"].sudo().with_context(active_test=False).search([])
        asked = [f"discuss.channel_{channel.id}" for channel in everything]
        with patch.object(ir_websocket, "wsrequest", Mock()) as wsrequest:
            wsrequest.session.uid = user.id if user._is_public() is False else None
            granted = self.env["ir.websocket"].with_user(user)._build_bus_channel_list(asked)
        return {json_dump(channel_with_db(self.env.cr.dbname, channel)) for channel in granted}
