from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .sequence_common import SequenceCase, utc

NOON = "2031-01-06 17:00"  # in New York


@tagged("-at_install", "post_install")
class TestSequenceLimits(SequenceCase):
    """How much one customer gets, which sequence goes first, and what comes before all of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._sequence("Other", distance_hours=0, cap_number=0)

    def _sent_before(self, conversation, *moments):
        """Let another sequence have written at these moments."""
        for moment in moments:
            enrollment = self._enroll(conversation, moment, self.other)
            self._follow_up(moment)
            self.assertEqual(enrollment.decision_ids[:1].outcome, "sent")
            enrollment.state = "done"

    def _try(self, conversation, now):
        enrollment = self._enroll(conversation, now)
        self._follow_up(now)
        return enrollment

    def test_a_customer_gets_no_more_than_the_cap(self):
        self.sequence.write({"cap_number": 2, "cap_days": 7, "distance_hours": 0})
        conversation = self._quiet_customer("2031-01-02 17:00")
        self._sent_before(conversation, "2031-01-02 17:00", "2031-01-04 18:00")

        enrollment = self._try(conversation, NOON)

        self.assertEqual(enrollment.decision_ids.rule, "cap")
        self.assertIn("had 2 follow-ups in 7 days", enrollment.decision_ids.reason)
        self.assertEqual(enrollment.next_run_at.replace(second=0), utc("2031-01-09 17:00"))
        self._follow_up("2031-01-09 17:01")
        self.assertEqual(self._outcomes(enrollment), ["moved", "sent"])

    def test_what_did_not_arrive_does_not_count(self):
        self.sequence.write({"cap_number": 1, "distance_hours": 24})
        conversation = self._quiet_customer("2031-01-05 18:00")
        self._sent_before(conversation, "2031-01-05 18:00")
        conversation.message_ids[0].state = "failed"

        enrollment = self._try(conversation, NOON)

        self.assertEqual(self._outcomes(enrollment), ["sent"])

    def test_two_sequences_keep_their_distance(self):
        conversation = self._quiet_customer("2031-01-06 13:30")
        self._sent_before(conversation, "2031-01-06 13:30")

        enrollment = self._try(conversation, NOON)

        self.assertEqual(enrollment.decision_ids.rule, "distance")
        self.assertEqual(enrollment.next_run_at.replace(second=0), utc("2031-01-07 13:30"))

    def test_after_the_distance_comes_the_night(self):
        conversation = self._quiet_customer("2031-01-06 17:30")
        self.other.quiet_for = "never"
        self._sent_before(conversation, "2031-01-06 03:00")

        self.sequence.distance_hours = 28
        enrollment = self._try(conversation, NOON)

        self.assertEqual(enrollment.next_run_at, utc("2031-01-07 13:00"))

    def test_the_steps_of_one_sequence_need_no_distance(self):
        sequence = self._sequence("Two", [(0, "hours"), (2, "hours")])
        conversation = self._quiet_customer(NOON)
        enrollment = self._enroll(conversation, NOON, sequence)

        self._follow_up(NOON)
        self._follow_up("2031-01-06 19:00")

        self.assertEqual(self._outcomes(enrollment), ["sent", "sent"])

    def test_the_more_important_goes_first(self):
        cart = self._sequence("Cart", priority="2")
        conversation = self._quiet_customer(NOON)
        later = self._enroll(conversation, NOON)
        first = self._enroll(conversation, NOON, cart)

        self._follow_up(NOON)

        self.assertEqual(self._outcomes(first), ["sent"])
        self.assertEqual(later.decision_ids.rule, "priority")
        self.assertIn("“Cart” is more important", later.decision_ids.reason)
        self.assertEqual(later.next_run_at.replace(second=0), utc("2031-01-07 17:00"))

    def test_an_account_sends_no_more_an_hour(self):
        self.sequence.hourly_limit = 1
        enrollments = [self._enroll(self._quiet_customer(NOON), NOON) for _ in range(3)]

        self._follow_up(NOON)

        waits = [e.next_run_at.replace(second=0) for e in enrollments if e.state == "active"]
        self.assertEqual(waits, [utc("2031-01-06 18:00"), utc("2031-01-06 19:00")])
        self._follow_up("2031-01-06 18:01")
        self._follow_up("2031-01-06 19:02")
        self.assertEqual([e.state for e in enrollments], ["done"] * 3)
        self.assertEqual([len(e.decision_ids) for e in enrollments], [1, 2, 2])

    def test_who_waits_for_the_morning_holds_up_nobody_who_is_awake(self):
        self.sequence.hourly_limit = 1
        evening = "2031-01-06 19:50"  # 20:50 in Berlin, afternoon in New York
        numbers = (None, "+4915112345678", None)
        first, in_berlin, awake = [
            self._enroll(self._quiet_customer(evening, number=number), evening)
            for number in numbers
        ]

        self._follow_up(evening)

        self.assertEqual(first.state, "done")
        self.assertEqual(in_berlin.next_run_at, utc("2031-01-07 07:00"))
        self.assertEqual(awake.next_run_at.replace(second=0), utc("2031-01-06 20:50"))

    def test_each_sequence_has_its_own_line(self):
        self.sequence.hourly_limit = 1
        quick = self._sequence("Quick", hourly_limit=2)
        slow = [self._enroll(self._quiet_customer(NOON), NOON) for _ in range(4)]
        self._follow_up(NOON)
        self.assertEqual(slow[-1].next_run_at.replace(second=0), utc("2031-01-06 20:00"))
        enrollments = [self._enroll(self._quiet_customer(NOON), NOON, quick) for _ in range(2)]

        self._follow_up(NOON)

        self.assertEqual(enrollments[0].state, "done")
        self.assertEqual(enrollments[1].next_run_at.replace(second=0), utc("2031-01-06 18:00"))

    def test_what_is_due_together_is_spread(self):
        self.sequence.jitter_minutes = 60
        enrollments = [self._enroll(self._quiet_customer(NOON), NOON) for _ in range(4)]

        delays = [e.next_run_at - utc(NOON) for e in enrollments]

        self.assertEqual(len(set(delays)), 4)
        self.assertLess(max(delays), timedelta(hours=1))
        self.assertFalse(enrollments[0].decision_ids)

    def test_coming_in_again(self):
        for reenroll, days_later, expected in (
            ("always", 2, 2),
            ("never", 400, 1),
            ("after", 29, 1),
            ("after", 31, 2),
        ):
            with self.subTest(f"{reenroll}, {days_later} days later"):
                sequence = self._sequence("Again", reenroll=reenroll, reenroll_days=30)
                conversation = self._quiet_customer(NOON)
                sequence.scanned_until = utc("2031-01-01 00:00")
                self._follow_up(NOON)
                sequence.enrollment_ids.state = "done"
                again = utc(NOON) + timedelta(days=days_later)
                sequence.scanned_until = again - timedelta(days=2)
                conversation.last_outbound_at = again - timedelta(hours=25)

                self._follow_up(str(again)[:16])

                self.assertEqual(len(sequence.enrollment_ids), expected)
                sequence.state = "draft"

    # === HOLD === #

    def test_it_waits_while_the_customer_waits_for_us(self):
        conversation = self._quiet_customer(NOON)
        conversation.waiting_since = utc(NOON)
        enrollment = self._enroll(conversation, NOON)

        for now in (NOON, "2031-01-06 18:00", "2031-01-06 19:00"):
            self._follow_up(now)

        self.assertEqual(self._outcomes(enrollment), ["held"])
        self.assertIn("waits for an answer of ours", enrollment.decision_ids.reason)
        self.assertEqual(enrollment.next_run_at, utc("2031-01-06 20:00"))
        conversation.waiting_since = False
        self._follow_up("2031-01-06 20:00")
        self.assertEqual(self._outcomes(enrollment), ["held", "sent"])

    def test_who_may_not_be_written_to_is_skipped_whatever_the_time(self):
        conversation = self._quiet_customer(NOON)
        enrollment = self._enroll(conversation, NOON)
        self.env["phone.blacklist"]._add([conversation.partner_id.phone])

        self._follow_up("2031-01-07 04:00")

        self.assertEqual(self._outcomes(enrollment), ["skipped"])

    def test_what_is_held_keeps_nothing_else_back(self):
        conversation = self._quiet_customer(NOON)
        sale = self._sequence("Sale", priority="2", purpose="marketing")
        held = self._enroll(conversation, NOON, sale)
        message = conversation.message_ids[-1:]
        self.env["omnichannel.consent.proposal"].create(
            {
                "message_id": message.id,
                "identity_id": conversation.partner_id.omnichannel_identity_ids.filtered(
                    lambda identity: identity.kind == "phone"
                ).id,
                "channel": "sms",
                "wants": "stop",
            }
        )
        enrollment = self._enroll(conversation, NOON)

        self._follow_up(NOON)

        self.assertEqual(self._outcomes(held), ["held"])
        self.assertEqual(self._outcomes(enrollment), ["sent"])

    # === BROKEN SEQUENCES === #

    def _silent_since(self, sequences):
        sequences.scanned_until = utc("2031-01-01 00:00")
        return self._quiet_customer(NOON)

    def test_the_last_step_of_a_running_sequence_can_not_go(self):
        step = self.sequence.step_ids
        with self.assertRaisesRegex(ValidationError, "needs a step"):
            self.sequence.step_ids = [Command.delete(step.id)]

    def test_a_step_may_be_replaced_while_the_sequence_runs(self):
        step = self.sequence.step_ids
        values = {"channel": "sms", "template_id": self.template.id}

        self.sequence.step_ids = [Command.delete(step.id), Command.create(values)]

        self.assertEqual(len(self.sequence.step_ids), 1)

    def test_a_sequence_that_lost_its_steps_enrolls_nobody_and_stops_no_other(self):
        self._silent_since(self.sequence + self.other)
        self.sequence.step_ids.unlink()

        self._follow_up(NOON)

        self.assertFalse(self.sequence.enrollment_ids)
        self.assertEqual(self.other.enrollment_ids.state, "done")

    @mute_logger("odoo.addons.omnichannel_connector.models.omnichannel_sequence")
    def test_a_sequence_that_breaks_stops_no_other(self):
        self._silent_since(self.sequence + self.other)
        broken, enroll = self.sequence, type(self.sequence)._enroll_silent

        def enroll_silent(sequence):
            enroll(sequence)
            if sequence == broken:
                raise ZeroDivisionError

        with patch.object(type(broken), "_enroll_silent", enroll_silent):
            self._follow_up(NOON)

        self.assertFalse(broken.enrollment_ids)
        self.assertEqual(broken.scanned_until, utc("2031-01-01 00:00"))
        self.assertEqual(self.other.enrollment_ids.state, "done")

    def test_numbers_that_lead_out_of_the_calendar_are_refused(self):
        step = self.sequence.step_ids
        for record, name in (
            *((self.sequence, name) for name in ("cap_days", "distance_hours", "jitter_minutes")),
            *((self.sequence, "trigger_number"), (self.sequence, "reenroll_days")),
            (step, "delay_number"),
        ):
            with self.subTest(name), mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
                record[name] = 999999
                record.flush_recordset()

    def test_numbers_below_zero_are_refused(self):
        for name in ("cap_number", "distance_hours", "hourly_limit", "jitter_minutes"):
            with self.subTest(name), mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
                self.sequence[name] = -1
                self.sequence.flush_recordset()
