from ast import literal_eval
from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import OmnichannelCase

ENROLLMENT_LOGGER = "odoo.addons.omnichannel_connector.models.omnichannel_enrollment"


@tagged("-at_install", "post_install")
class TestSequence(OmnichannelCase):
    """ "Instagram silent for 24 h after our answer: write an e-mail"."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        domain = cls.env["mail.alias.domain"].create({"name": "shop.example.com"})
        cls.env.company.alias_domain_id = domain
        cls.email = cls.env["omnichannel.account"].create(
            {"name": "Our Shop", "channel": "email", "alias_name": "hello"}
        )
        cls.email.action_connect()
        cls.sequence = cls.env.ref("omnichannel_connector.omnichannel_sequence_quiet_instagram")
        # what these tests are about goes at any time of the day
        cls.sequence.quiet_for = "never"
        cls.sequence.action_start()
        cls.sequence.scanned_until = fields.Datetime.now() - timedelta(days=10)

    def _silent_conversation(self, hours=25):
        conversation = self._receive_instagram("Is the blue one in stock?", at=self._ago(hours=30))
        conversation.partner_id.email = "ana@example.com"
        self._receive_instagram("Yes!", mid="mid.2", at=self._ago(hours=hours), echo=True)
        return conversation

    def _follow_up(self):
        self._run_cron("ir_cron_omnichannel_enrollment")

    def _mails(self):
        return self.env["omnichannel.delivery"].search([]).mail_id

    def test_a_quiet_customer_gets_an_email_that_quotes_them(self):
        conversation = self._silent_conversation()

        self._follow_up()

        mail = self._mails()
        self.assertEqual(len(mail), 1)
        self.assertIn("ana@example.com", mail.email_to)
        self.assertIn("Is the blue one in stock?", mail.body_html)
        self.assertIn("Instagram", mail.subject)
        self.assertIn("hello@shop.example.com", mail.reply_to)
        self.assertIn("auto-generated", mail.headers)
        sent = conversation.message_ids[0]
        self.assertEqual((sent.channel, sent.origin), ("email", "sequence"))

    def test_every_send_leaves_a_decision(self):
        self._silent_conversation()

        self._follow_up()

        enrollment = self.sequence.enrollment_ids
        self.assertEqual(enrollment.state, "done")
        self.assertEqual(enrollment.decision_ids.mapped("outcome"), ["sent"])

    def test_a_non_send_leaves_its_reason(self):
        conversation = self._silent_conversation()
        conversation.partner_id.email = False

        self._follow_up()

        decision = self.sequence.enrollment_ids.decision_ids
        self.assertEqual(decision.outcome, "skipped")
        self.assertIn("can't be reached", decision.reason)
        self.assertFalse(self._mails())

    def test_who_is_not_silent_long_enough_is_left_alone(self):
        self._silent_conversation(hours=23)

        self._follow_up()

        self.assertFalse(self.sequence.enrollment_ids)

    def test_who_waits_for_us_is_left_alone(self):
        self._receive_instagram("Anybody there?", at=self._ago(hours=30))

        self._follow_up()

        self.assertFalse(self.sequence.enrollment_ids)

    def test_a_second_run_sends_nothing_twice(self):
        self._silent_conversation()

        for _ in range(3):
            self._follow_up()

        self.assertEqual(len(self._mails()), 1)
        self.assertEqual(len(self.sequence.enrollment_ids), 1)

    def test_a_follow_up_does_not_trigger_the_next_one(self):
        conversation = self._silent_conversation()
        self._follow_up()
        clock = conversation.last_outbound_at

        self.assertLess(clock, fields.Datetime.now() - timedelta(hours=24))

    def _enroll_without_running(self):
        conversation = self._silent_conversation()
        self.sequence._enroll_silent()
        enrollment = self.sequence.enrollment_ids
        enrollment.next_run_at = fields.Datetime.now() - timedelta(minutes=1)
        return conversation, enrollment

    def test_a_reply_on_any_channel_stops_it(self):
        conversation, enrollment = self._enroll_without_running()
        conversation.partner_id.phone = "+12025550123"

        self._receive_sms("I am here")
        self._follow_up()

        self.assertEqual((enrollment.state, enrollment.stop_reason), ("stopped", "replied"))
        self.assertFalse(self._mails())

    def test_a_persons_answer_stops_it(self):
        conversation, enrollment = self._enroll_without_running()
        conversation.partner_id.phone = "+12025550123"

        conversation.channel_id.message_post(
            body="Still there?", message_type="comment", omnichannel_key="sms"
        )

        self.assertEqual((enrollment.state, enrollment.stop_reason), ("stopped", "human"))

    def test_an_unsubscribed_address_gets_no_follow_up(self):
        self._silent_conversation()
        self.env["mail.blacklist"]._add("ana@example.com")

        self._follow_up()

        self.assertFalse(self._mails())
        self.assertEqual(self.sequence.enrollment_ids.decision_ids.outcome, "skipped")

    # === CONSENT === #

    def _agree(self, conversation):
        identity = conversation.partner_id.omnichannel_identity_ids.filtered(
            lambda identity: identity.kind == "email"
        )
        self.env["omnichannel.consent"]._record(
            identity, "email", ("marketing",), "granted", "page"
        )
        return identity

    def test_marketing_goes_to_nobody_who_did_not_agree(self):
        self.sequence.purpose = "marketing"
        self._silent_conversation()

        self._follow_up()

        self.assertFalse(self._mails())
        self.assertIn("Never agreed", self.sequence.enrollment_ids.decision_ids.reason)

    def test_marketing_goes_to_who_agreed(self):
        self.sequence.purpose = "marketing"
        self._agree(self._silent_conversation())

        self._follow_up()

        self.assertEqual(len(self._mails()), 1)

    def test_marketing_waits_while_a_wish_to_stop_is_undecided(self):
        self.sequence.purpose = "marketing"
        conversation = self._silent_conversation()
        self._agree(conversation)
        proposal = self.env["omnichannel.consent.proposal"].create(
            {
                "message_id": conversation.message_ids[-1:].id,
                "identity_id": conversation.message_ids[-1:].identity_id.id,
                "channel": "email",
                "wants": "stop",
            }
        )
        for _ in range(2):
            self._follow_up()
            self.sequence.enrollment_ids.next_run_at = fields.Datetime.now()
        enrollment = self.sequence.enrollment_ids
        self.assertEqual(enrollment.state, "active")
        self.assertEqual(enrollment.decision_ids.mapped("outcome"), ["held"])

        proposal.action_ignore()
        self._follow_up()

        self.assertEqual(len(self._mails()), 1)

    def test_a_follow_up_can_be_unsubscribed_from_at_one_click(self):
        self._silent_conversation()

        self._follow_up()

        headers = literal_eval(self._mails().headers)
        self.assertRegex(
            headers["List-Unsubscribe"],
            r"^<https://odoo\.example\.com/omnichannel/unsubscribe/.+>$",
        )
        self.assertEqual(headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")

    def test_a_template_names_the_preference_page_of_the_address(self):
        conversation = self._silent_conversation()
        template = self.sequence.step_ids.template_id
        template.body_html = '<p>Choose: <a t-att-href="object.preference_url">here</a></p>'

        self._follow_up()

        identity = self._identity("email", "ana@example.com")
        self.assertIn(f"/omnichannel/preferences/{identity.id}-", self._mails().body_html)
        self.assertTrue(conversation)

    def test_who_unsubscribes_while_it_waits_gets_no_mail(self):
        conversation = self._silent_conversation()
        self._follow_up()
        mail = self._mails()
        self.env["omnichannel.consent"]._record(
            self._identity("email", "ana@example.com"),
            "email",
            ("service", "marketing"),
            "refused",
            "unsubscribe",
        )

        mail.send()

        self.assertEqual(mail.state, "cancel")
        message = conversation.message_ids[0]
        self.assertEqual(message.state, "canceled")
        self.assertIn("Unsubscribe", message.error)

    def test_starting_reaches_nobody_whose_silence_was_complete_before(self):
        self._silent_conversation()
        self.sequence.action_stop()
        self.sequence.action_start()

        self._follow_up()

        self.assertFalse(self.sequence.enrollment_ids)

    def test_a_customer_is_in_a_sequence_once_at_a_time(self):
        _conversation, enrollment = self._enroll_without_running()

        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.UniqueViolation):
            enrollment.copy({"state": "active"}).flush_recordset()

    @mute_logger(ENROLLMENT_LOGGER)
    def test_a_broken_step_fails_visibly_and_stops_nobody_else(self):
        _conversation, enrollment = self._enroll_without_running()
        enrollments = type(self.env["omnichannel.enrollment"])

        with patch.object(enrollments, "_run_step", side_effect=ZeroDivisionError):
            self._follow_up()

        self.assertEqual(enrollment.state, "failed")
        self.assertIn("ZeroDivisionError", enrollment.error)
        self.assertEqual(enrollment.decision_ids.outcome, "failed")

    def test_an_empty_sequence_can_not_start(self):
        empty = self.env["omnichannel.sequence"].create({"name": "Empty"})

        with self.assertRaises(UserError):
            empty.action_start()
