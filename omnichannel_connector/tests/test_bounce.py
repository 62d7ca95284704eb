from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCommon

from .common import ANA_NUMBER, OmnichannelMixin
from .delivery_common import DeliveryCase, created
from .test_email import MAIL as MAIL_SOURCE

REPORT = """From: MAILER-DAEMON@example.com
To: {bounce}
Subject: Undelivered Mail Returned to Sender
Message-ID: <report-{number}@example.com>
Date: Sat, 21 Nov 2026 10:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I could not deliver your message.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.com

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {reason}

--b
Content-Type: text/rfc822-headers

Message-ID: {message_id}
Subject: Re: Blue lamp

--b--
"""
GATEWAY_LOGGER = "odoo.addons.omnichannel_connector.models.mail_thread_bounce"


@tagged("-at_install", "post_install")
class TestBounce(OmnichannelMixin, MailCommon):
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
        self._deliver(self._inbound())
        self.identity = self._identity("email", "ana@example.com")
        self.conversation = self.identity.partner_id.omnichannel_conversation_ids
        with self.mock_mail_gateway():
            self.message = self.conversation.channel_id.message_post(
                body="Yes", message_type="comment", omnichannel_key="email"
            )
            self.env["mail.mail"].search([("mail_message_id", "=", self.message.id)]).send()

    def _inbound(self, message_id="<one@example.com>"):
        return MAIL_SOURCE.format(
            sender="Ana <ana@example.com>",
            domain=self.alias_domain,
            subject="Blue lamp",
            message_id=message_id,
            headers="",
            body="Is it dimmable?",
        )

    def _deliver(self, raw):
        root = self.env.ref("base.user_root")
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            self.env["mail.thread"].with_user(root).message_process(
                None, raw.replace("\n", "\r\n").encode()
            )
        self.env["omnichannel.event"].search([("state", "=", "new")])._process()

    def _bounce(self, number=1, **values):
        values = {
            "bounce": f"bounce@{self.alias_domain}",
            "number": number,
            "address": "ana@example.com",
            "action": "failed",
            "status": "5.1.1",
            "reason": "550 5.1.1 No such user",
            "message_id": self.message.message_id,
            **values,
        }
        self._deliver(REPORT.format(**values))

    def test_a_dead_mailbox_is_noted_with_the_servers_words(self):
        self._bounce()

        self.assertEqual(self.identity.validity, "bounced")
        self.assertIn("No such user", self.identity.validity_reason)
        sent = self.message.omnichannel_message_ids
        self.assertEqual(sent.state, "failed")
        self.assertIn("No such user", sent.error)

    def test_a_person_is_warned_and_an_automation_stopped(self):
        self._bounce()

        choice = self.conversation.get_send_choices()[0]
        self.assertFalse(choice["reason"])
        self.assertIn("No such user", choice["warning"])
        automatic = self.conversation._send_choices(is_human=False)[0]
        self.assertIn("No such user", automatic.reason)

    def test_what_says_nothing_about_the_address_changes_nothing(self):
        for number, values in enumerate(
            (
                {"status": "4.4.1", "action": "delayed"},
                {"status": "4.2.2"},
                {"status": "5.2.2"},
                {"status": "5.7.1"},
                {"action": "delivered", "status": "2.0.0"},
            )
        ):
            self._bounce(number, **values)

        self.assertEqual(self.identity.validity, "valid")

    def test_a_report_about_a_mail_that_nobody_sent_changes_nothing(self):
        self._bounce(message_id="<guessed@example.com>")

        self.assertEqual(self.identity.validity, "valid")

    def test_who_got_a_mail_can_not_report_the_address_of_another(self):
        victim = self.env["res.partner"].create({"name": "Bob", "email": "bob@example.com"})

        self._bounce(address="bob@example.com")

        self.assertEqual(victim.omnichannel_identity_ids.validity, "valid")

    def test_a_mail_from_the_address_proves_that_it_works(self):
        self._bounce()
        later = fields.Datetime.now() + timedelta(seconds=2)
        self.identity.validity_at = fields.Datetime.to_datetime("2026-11-20 10:00:00")

        with patch.object(fields.Datetime, "now", lambda: later):
            self._deliver(self._inbound("<two@example.com>"))

        self.assertEqual(self.identity.validity, "valid")
        self.assertFalse(self.identity.validity_reason)

    @mute_logger(GATEWAY_LOGGER)
    def test_a_report_that_can_not_be_noted_loses_no_mail(self):
        threads = type(self.env["mail.thread"])

        with patch.object(threads, "_omnichannel_note_bounce", side_effect=ZeroDivisionError):
            self._bounce()

        self.assertEqual(self.identity.partner_id.message_bounce, 1)


@tagged("-at_install", "post_install")
class TestUnreachable(DeliveryCase):
    def _fail(self, number, code):
        conversation = self._identity("phone", ANA_NUMBER).partner_id.omnichannel_conversation_ids
        message = self._answer(conversation, body=f"Try {number}")
        self._send_queue(created(f"SM90{number}"))
        self._status(message.delivery_ids, "undelivered", f"SM90{number}", ErrorCode=code)

    def setUp(self):
        super().setUp()
        self._receive_sms("Hello")
        self.identity = self._identity("phone", ANA_NUMBER)

    def test_a_landline_is_unreachable_at_once(self):
        self._fail(1, "30006")

        self.assertEqual(self.identity.validity, "unreachable")
        self.assertIn("30006", self.identity.validity_reason)

    def test_a_phone_that_is_off_is_unreachable_when_it_stays_off(self):
        self._fail(1, "30003")
        self._fail(2, "30003")
        self.assertEqual(self.identity.validity, "valid")

        self._fail(3, "30003")

        self.assertEqual(self.identity.validity, "unreachable")

    def test_another_failure_says_nothing_about_the_number(self):
        for number in range(1, 4):
            self._fail(number, "30007")

        self.assertEqual(self.identity.validity, "valid")

    def test_a_message_from_the_number_proves_that_it_works(self):
        self._fail(1, "30005")
        self.identity.validity_at = fields.Datetime.subtract(fields.Datetime.now(), hours=1)

        self._receive_sms("I am back", sid="SM2")

        self.assertEqual(self.identity.validity, "valid")
