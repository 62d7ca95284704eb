from datetime import datetime
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_bounce import REPORT
from .test_email_cases import EmailGatewayCase

BOB = '"Bob Rossi" <bob@bob.example>'
CLOSED = datetime(2099, 1, 1, 17)  # noqa: DTZ001  naive UTC, as Odoo stores it
ZOE = '"Zoë" <zoe@zoe.example>'


@tagged("-at_install", "post_install")
class TestEmailCc(EmailGatewayCase):
    """The others on an e-mail."""

    def setUp(self):
        super().setUp()
        self._deliver_raw(self.mail_of("cc_others"))
        self.account = self.accounts["hello"]

    def _send(self, **values):
        message = self._post(**values)
        with self.mock_mail_gateway():
            self.env["mail.mail"].search([("mail_message_id", "=", message.id)]).send()
        return self._mails

    def _post(self, **values):
        with self.mock_mail_gateway():
            return self.conversation.channel_id.message_post(
                body="Both of you", message_type="comment", omnichannel_key="email", **values
            )

    def test_they_are_shown(self):
        message = self.conversation.message_ids[:1]

        shown = message._to_store_value()["alsoTo"]

        self.assertIn("bob@bob.example", shown)
        self.assertIn("Zoë", shown)
        choice = self.conversation.get_send_choices()[0]
        self.assertEqual(choice["others"], [BOB, ZOE])
        self.assertFalse(choice["isToAll"])

    def test_they_get_no_answer_unless_somebody_says_so(self):
        (sent,) = self._send()

        self.assertFalse(sent["email_cc"])

    def test_they_get_it_when_its_author_says_so(self):
        (sent,) = self._send(omnichannel_also_to=[BOB])

        self.assertEqual(sent["email_cc"], [BOB])
        self.assertIn("ana@ana.example", sent["email_to"][0])
        self.assertEqual(self.conversation.message_ids[:1].also_to, BOB)

    def test_they_get_it_when_the_account_says_so(self):
        self.account.is_answering_all = True
        self.assertTrue(self.conversation.get_send_choices()[0]["isToAll"])

        (sent,) = self._send()

        self.assertEqual(len(sent["email_cc"]), 2)
        self.assertIn("bob@bob.example", sent["email_cc"][0])

    def test_its_author_may_leave_them_out(self):
        self.account.is_answering_all = True

        (sent,) = self._send(omnichannel_also_to=[])

        self.assertFalse(sent["email_cc"])

    def test_nobody_else_can_be_put_there(self):
        for wrong in (["eve@evil.example"], "bob@bob.example", [BOB + "\nBcc: eve@evil.example"]):
            with self.subTest(wrong), self.assertRaises(UserError):
                self._post(omnichannel_also_to=wrong)

    def test_they_are_forgotten_when_the_customer_leaves_them_out(self):
        self._deliver_raw(self.mail_of("reply_references"))

        self.assertFalse(self.conversation.get_send_choices()[0]["others"])
        with self.assertRaises(UserError):
            self._post(omnichannel_also_to=[BOB])

    def test_being_in_cc_makes_nobody_a_customer(self):
        domain = [("value", "in", ("bob@bob.example", "zoe@zoe.example"))]

        self.assertFalse(self.env["omnichannel.identity"].search(domain))
        self.assertFalse(self.env["res.partner"].search([("email", "ilike", "bob@bob.example")]))

    def test_a_customer_in_cc_gets_no_message_into_their_conversation(self):
        self._deliver_raw(self.mail_of("cc_known_customer"))

        self.assertFalse(self._conversation_of("carl@carl.example").message_ids)

    def test_their_answer_is_their_own_conversation(self):
        self._send(omnichannel_also_to=[BOB])
        before = self.conversation.message_ids
        raw = self.mail_of("cc_customer_answers_all").replace(b"Carl <carl@carl", b"Bob <bob@bob")

        self._deliver_raw(raw)

        self.assertEqual(self.conversation.message_ids, before)
        self.assertEqual(len(self._conversation_of("bob@bob.example").message_ids), 1)

    def test_an_automatic_message_goes_to_the_customer_only(self):
        self.account.is_answering_all = True
        sequence = self.env["omnichannel.sequence"].create({"name": "Remind"})
        enrollment = self.env["omnichannel.enrollment"].create(
            {"sequence_id": sequence.id, "conversation_id": self.conversation.id}
        )

        by_hand = self.conversation._plan_send("email")
        by_itself = self.conversation._plan_send("email", enrollment=enrollment)

        self.assertEqual(len(by_hand.also_to), 2)
        self.assertFalse(by_itself.also_to)

    def test_an_out_of_hours_reply_goes_to_the_customer_only(self):
        self.account.is_answering_all = True
        team = self.env["omnichannel.team"].create(
            {
                "name": "Support",
                "calendar_id": self.env["resource.calendar"].create({"name": "Hours"}).id,
                "closed_reply": "We are closed.",
            }
        )
        self.conversation.team_id = team
        before = self.conversation.message_ids
        with patch.object(type(team), "_closed_since", lambda *args: CLOSED):
            self.conversation.write({"closed_since": CLOSED, "closed_message_id": before[:1].id})
            with self.mock_mail_gateway():
                self.conversation._reply_closed()
                reply = self.conversation.message_ids - before
                mails = self.env["mail.mail"].search(
                    [("mail_message_id", "=", reply.mail_message_id.id)]
                )
                mails.send()

        self.assertFalse(reply.also_to)
        (sent,) = self._mails
        self.assertIn("ana@ana.example", sent["email_to"][0])
        self.assertFalse(sent["email_cc"])

    def test_what_is_sent_later_goes_to_whom_its_author_chose(self):
        moment = "2099-01-01 10:00:00"
        self.account.is_answering_all = True
        for chosen in ([BOB], []):
            with self.subTest(chosen):
                scheduled_id = self.conversation.schedule_message(
                    "email", "<p>Later</p>", moment, also_to=chosen
                )
                scheduled = self.env["omnichannel.scheduled"].browse(scheduled_id)
                self.assertEqual(scheduled.also_to or [], chosen)
                with self.mock_mail_gateway():
                    scheduled._send(self.env.user)

                message = self.conversation.message_ids[:1]
                self.assertEqual(message.also_to or "", ", ".join(chosen))

    def test_odoos_composer_keeps_whom_its_author_chose(self):
        values = {"subject": "Both", "omnichannel_also_to": [BOB]}
        action = self.conversation.action_compose_email("email", values)
        composer = self.env["mail.compose.message"].with_context(**action["context"])
        composer = composer.create({"body": "<p>Both of you</p>", "omnichannel_seen_ids": None})
        composer.omnichannel_seen_ids = self.conversation.channel_id.message_ids.ids
        self.assertEqual(composer.omnichannel_others, BOB)

        with self.mock_mail_gateway():
            composer.action_send_omnichannel()

        self.assertEqual(self.conversation.message_ids[:1].also_to, BOB)

    def test_that_one_of_them_can_not_be_reached_says_nothing_about_the_customer(self):
        self._send(omnichannel_also_to=[BOB])
        ours = self.conversation.message_ids[:1]
        report = REPORT.format(
            bounce="hello@shop.example.com",
            number=1,
            address="bob@bob.example",
            action="failed",
            status="5.1.1",
            reason="no such user",
            message_id=ours.mail_message_id.message_id,
        )

        self._deliver_raw(report.replace("\n", "\r\n").encode())

        self.assertEqual(ours.state, "sent")
        self.assertEqual(ours.identity_id.validity, "valid")
