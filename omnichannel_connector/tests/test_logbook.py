from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, ConcurrencyError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import OmnichannelCase

AGENT = "omnichannel_connector.omnichannel_group_agent"


@tagged("-at_install", "post_install")
class TestLogbook(OmnichannelCase):
    """Calls and visits that people log: entries in the thread that are sent to nobody."""

    def setUp(self):
        super().setUp()
        self.conversation = self._receive_sms("Please call me")
        self.sent = self.env["omnichannel.delivery"].search_count([])

    def _form(self, by=None, partner=None, **values):
        """Fill in the dialog as the web client does; return the wizard."""
        record = partner or self.conversation
        action = record.with_user(by or self.agent).action_log_contact()
        wizard = self.env["omnichannel.log.contact"].with_user(by or self.agent)
        return self._fill(Form(wizard.with_context(**action["context"])), values)

    def _fill(self, form, values):
        for name, value in values.items():
            form[name] = value
        return form.save()

    def _enroll(self):
        sequence = self.env["omnichannel.sequence"].create({"name": "Nudge"})
        return self.env["omnichannel.enrollment"].create(
            {"sequence_id": sequence.id, "conversation_id": self.conversation.id}
        )

    def _last(self, conversation=None):
        return (conversation or self.conversation).message_ids.sorted("id")[-1]

    def test_two_clicks_log_a_call_that_answers_who_waits(self):
        self.assertEqual(self.conversation.waiting_for, "us")

        self._form().action_reached()

        message = self._last()
        self.assertEqual((message.channel, message.direction), ("voice", "outbound"))
        self.assertEqual(message.origin, "agent")
        self.assertEqual(message.mail_message_id.author_id, self.agent.partner_id)
        self.assertEqual(message.identity_id, self._identity("phone", "+12025550123"))
        self.assertFalse(self.conversation.waiting_since)
        self.assertNotEqual(self.conversation.waiting_for, "us")
        self.assertEqual(message.preview, "We called: spoke to them")
        self.assertEqual(self.env["omnichannel.delivery"].search_count([]), self.sent)
        self.assertFalse(
            self.env["mail.mail"].search([("mail_message_id", "=", message.mail_message_id.id)])
        )

    def test_who_was_not_reached_waits_as_before(self):
        since = self.conversation.waiting_since

        self._form().action_nobody()
        self._form(note="Asked to ring back").action_message()

        self.assertEqual(self.conversation.waiting_since, since)
        self.assertEqual(self.conversation.waiting_for, "us")
        self.assertEqual(
            [m.preview for m in self.conversation.message_ids.sorted("id")][1:],
            ["We called: nobody there", "Asked to ring back"],
        )

    def test_a_visit_is_a_channel_of_its_own(self):
        self._form(
            way="visit", is_outbound="theirs", minutes=20, note="Wants the <b>brass</b> one"
        ).action_reached()

        message = self._last()
        self.assertEqual((message.channel, message.direction), ("in_person", "inbound"))
        self.assertEqual(message.preview, "Wants the <b>brass</b> one")
        self.assertEqual(self.conversation.last_channel, "in_person")
        self.assertNotEqual(self.conversation.waiting_for, "us")
        self.assertEqual(self.conversation.unread_count, 0)
        call = message.call_ids._to_store_value()
        self.assertEqual(
            (call["stateLabel"], call["seconds"], call["isVisit"], call["hasNote"]),
            ("They came to us: spoke to them", 1200, True, True),
        )
        self.assertEqual({c["channel"] for c in self.conversation.get_send_choices()}, {"sms"})

    def test_a_call_of_theirs_that_nobody_took_waits_for_us(self):
        self._form().action_reached()
        self.conversation.action_close()

        self._form(is_outbound="theirs").action_nobody()

        self.assertEqual((self.conversation.state, self.conversation.waiting_for), ("open", "us"))

    def test_only_its_author_corrects_it_and_the_clocks_follow(self):
        self._form(note="She agreed").action_reached()
        call = self._last().call_ids
        other = new_test_user(self.env, "other", AGENT, name="Other")
        with self.assertRaises(UserError):
            call.with_user(other).action_correct()
        action = call.with_user(self.agent).action_correct()
        wizard = self.env["omnichannel.log.contact"]

        mine = self._fill(
            Form(wizard.with_user(self.agent).with_context(**action["context"])),
            {"note": "It was the mailbox"},
        )
        stolen = wizard.with_user(other).with_context(**action["context"]).create({})
        with self.assertRaises(UserError):
            stolen.action_message()
        mine.action_message()

        self.assertEqual(len(self.conversation.message_ids), 2)
        self.assertEqual(self._last().preview, "It was the mailbox")
        self.assertEqual(call.outcome, "message")
        self.assertEqual(self.conversation.waiting_for, "us")
        self.assertTrue(self.conversation.waiting_since)

    def test_a_correction_moves_an_entry_in_time_and_keeps_its_next_answer(self):
        before = fields.Datetime.now() - timedelta(hours=2)
        self._form().action_reached()
        call = self._last().call_ids
        action = call.with_user(self.agent).action_correct()
        form = Form(
            self.env["omnichannel.log.contact"]
            .with_user(self.agent)
            .with_context(**action["context"])
        )

        self._fill(form, {"happened_at": before}).action_reached()

        self.assertEqual(call.message_id.occurred_at, before)
        self.assertEqual(self.conversation.waiting_for, "us", "they wrote after it")

    def test_from_the_record_of_somebody_who_never_wrote(self):
        partner = self.env["res.partner"].create({"name": "Walk-in"})

        self._form(partner=partner, way="visit").action_reached()

        conversation = partner.omnichannel_conversation_ids
        self.assertEqual(self._last(conversation).identity_id.kind, "in_person")
        self._form(partner=partner, way="visit").action_reached()
        self.assertEqual(len(conversation.message_ids), 2)
        self.assertEqual(len(partner.omnichannel_identity_ids), 1)

    def test_it_may_plan_what_comes_next(self):
        self._form(activity_type_id=self.env.ref("mail.mail_activity_data_call")).action_nobody()

        (activity,) = self.conversation.activity_ids
        self.assertEqual(activity.user_id, self.agent)
        self.assertGreater(activity.date_deadline, fields.Date.today())

    def test_what_is_still_to_come_is_not_logged(self):
        wizard = self._form(happened_at=fields.Datetime.now() + timedelta(hours=1))

        with self.assertRaisesRegex(UserError, "plan an activity"):
            wizard.action_reached()

    def test_who_may_not_answer_logs_nothing(self):
        stranger = new_test_user(self.env, "stranger", "base.group_user")

        with self.assertRaises(AccessError):
            self.conversation.with_user(stranger).action_log_contact()
        with self.assertRaises(UserError):
            self.conversation.partner_id.with_user(stranger).action_log_contact()

    def test_what_one_of_us_noted_never_leaves_in_a_template(self):
        visit = {"way": "visit", "is_outbound": "theirs", "note": "Haggles, no discount"}
        self._form(**visit).action_reached()
        self.conversation.invalidate_recordset()
        template = self.env.ref("omnichannel_connector.mail_template_quiet_conversation")

        body = template._render_field("body_html", self.conversation.ids)[self.conversation.id]
        ticket = self.conversation.last_inbound_text

        self.assertIn("Please call me", body)
        self.assertNotIn("Haggles", body)
        self.assertEqual(ticket, "Please call me")
        self.assertNotEqual(self.conversation.last_inbound_channel, "In person")

    def test_a_correction_ends_follow_ups_as_well(self):
        enrollment = self._enroll()
        self._form().action_nobody()
        call = self._last().call_ids
        action = call.with_user(self.agent).action_correct()
        wizard = self.env["omnichannel.log.contact"].with_user(self.agent)

        form = Form(wizard.with_context(**action["context"]))
        self._fill(form, {"is_outbound": "theirs"}).action_reached()

        self.assertEqual((enrollment.state, enrollment.stop_reason), ("stopped", "replied"))
        self.assertEqual(
            (call.message_id.direction, call.message_id.origin), ("inbound", "customer")
        )

    def test_what_happened_before_a_follow_up_began_does_not_end_it(self):
        enrollment = self._enroll()

        self._form(happened_at=fields.Datetime.now() - timedelta(days=7)).action_reached()

        self.assertEqual(enrollment.state, "active")

    def test_what_one_of_us_logged_stays_theirs_wherever_the_customer_goes(self):
        self._form(is_outbound="theirs").action_reached()
        message = self._last()
        other = self.env["res.partner"].create({"name": "Real Ana"})

        links = message.identity_id._link(other, "staff")
        self.assertEqual(message.conversation_id.partner_id, other)
        self.assertEqual(message.mail_message_id.author_id, self.agent.partner_id)
        links._undo()

        self.assertEqual(message.mail_message_id.author_id, self.agent.partner_id)

    def test_visits_are_no_account_and_no_way_to_write(self):
        with self.assertRaisesRegex(ValidationError, "need no account"):
            self.env["omnichannel.account"].create({"name": "Door", "channel": "in_person"})
        self.assertNotIn("in_person", dict(self.env["omnichannel.step"]._get_channels()))

    def test_whose_first_call_meets_a_colleagues_tries_again(self):
        accounts = self.env["omnichannel.account"]
        accounts._logbook(self.env.company)

        with (
            patch.object(type(accounts), "search", lambda *args, **kwargs: accounts),
            mute_logger("odoo.sql_db"),
            self.assertRaises(ConcurrencyError),
        ):
            accounts._logbook(self.env.company)

    def test_a_follow_up_ends_when_somebody_spoke_to_them(self):
        enrollment = self._enroll()
        self._form().action_nobody()
        self.assertEqual(enrollment.state, "active")

        self._form().action_reached()

        self.assertEqual((enrollment.state, enrollment.stop_reason), ("stopped", "human"))
