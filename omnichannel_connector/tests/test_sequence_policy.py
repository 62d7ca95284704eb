from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import SQL

from .sequence_common import SequenceCase, utc

DAY, NIGHT = "2031-01-06 15:00", "2031-01-07 03:00"  # 10:00 and 22:00 in New York
MORNING = "2031-01-07 13:00"  # 8:00 there
GERMAN = "+4915112345678"


@tagged("-at_install", "post_install")
class TestSequencePolicy(SequenceCase):
    """At which hours a follow-up may leave, and what is written down about it."""

    # name, what the sequence wants, what is known of the customer, now, when it is sent
    TABLE = (
        ("by day", {}, {}, DAY, DAY),
        ("by night", {}, {}, NIGHT, MORNING),
        ("night, but no quiet hours", {"quiet_for": "never"}, {}, NIGHT, NIGHT),
        ("quiet hours without an end", {"quiet_to": 21.0}, {}, NIGHT, NIGHT),
        ("summer time", {}, {}, "2031-07-07 03:00", "2031-07-07 12:00"),
        # the night in which clocks go forward
        ("spring", {}, {}, "2031-03-09 03:00", "2031-03-09 12:00"),
        ("another place", {}, {"number": GERMAN}, NIGHT, "2031-01-07 07:00"),
        ("what stands on the record", {}, {"tz": "America/New_York"}, NIGHT, MORNING),
        # somebody in Berlin made the record: the number knows better
        ("a doubtful record", {}, {"tz": "Europe/Berlin"}, "2031-01-06 08:00", "2031-01-06 13:00"),
        ("and late", {}, {"tz": "Europe/Berlin"}, "2031-01-06 20:30", "2031-01-06 20:30"),
    )

    def test_when_it_is_sent(self):
        for name, wants, known, now, sent in self.TABLE:
            with self.subTest(name):
                self.sequence.write({"quiet_for": "pushes", "quiet_to": 8.0, **wants})
                enrollment = self._enroll(self._quiet_customer(now, **known), now)
                self.assertEqual(enrollment.next_run_at, utc(sent))

                self._follow_up(now)
                self.assertEqual(enrollment.state, "done" if now == sent else "active")
                self._follow_up(sent)

                self.assertEqual(self._outcomes(enrollment)[-1], "sent")

    def test_service_by_email_is_not_quiet_and_marketing_is(self):
        hours = self.sequence._hours

        self.assertTrue(hours("email").is_always)
        for channel in ("sms", "instagram", "whatsapp"):
            self.assertEqual(hours(channel).quiet, (1260, 480))
        self.sequence.purpose = "marketing"
        self.assertTrue(hours("email").quiet)
        self.sequence.write({"purpose": "service", "quiet_for": "always"})
        self.assertTrue(hours("email").quiet)

    def test_what_waits_is_written_down_once(self):
        enrollment = self._enroll(self._quiet_customer(NIGHT), NIGHT)

        for now in (NIGHT, "2031-01-07 05:00", "2031-01-07 12:59"):
            self._follow_up(now)

        decision = enrollment.decision_ids
        self.assertEqual((decision.outcome, decision.rule), ("moved", "hours"))
        self.assertEqual(decision.until, utc(MORNING))
        self.assertIn("22:00 in America/New York (the phone number)", decision.reason)
        self.assertIn("Quiet hours are from 21:00 to 8:00", decision.reason)
        self._follow_up(MORNING)
        self.assertEqual(self._outcomes(enrollment), ["moved", "sent"])
        self.assertIn("8:00 in America/New York", enrollment.decision_ids[0].explanation)
        self.assertIn("template “Still there?”", enrollment.decision_ids[0].explanation)

    def test_it_is_asked_again_before_it_is_sent(self):
        """Planned for the day; the scheduled action comes in the night only."""
        enrollment = self._enroll(self._quiet_customer(DAY), DAY)

        self._follow_up(NIGHT)

        self.assertEqual(enrollment.next_run_at, utc(MORNING))
        self.assertEqual(self._outcomes(enrollment), ["moved"])

    def test_the_message_tells_why_then(self):
        conversation = self._quiet_customer(NIGHT)
        enrollment = self._enroll(conversation, NIGHT)
        self._follow_up(MORNING)

        why = conversation.message_ids[:1].with_user(self.agent).get_why()
        told = "\n".join(why["sections"][0]["lines"])

        self.assertEqual(enrollment.state, "done")
        self.assertIn("It had to wait on", told)
        self.assertIn("It is a good time there: 08:00 in America/New York", told)

    def test_who_may_not_see_the_customer_learns_nothing_of_the_decisions(self):
        conversation = self._quiet_customer(NIGHT)
        self._enroll(conversation, NIGHT)
        conversation.user_id = new_test_user(
            self.env, "colleague", "omnichannel_connector.omnichannel_group_agent"
        )

        decisions = self.env["omnichannel.decision"].with_user(self.agent)

        self.assertFalse(decisions.search([("conversation_id", "=", conversation.id)]))

    # === WHERE THE CUSTOMER IS === #

    def _zones(self, partner):
        candidates = partner._omnichannel_zones(self.env.company)
        return [(candidate.name, candidate.source) for candidate in candidates]

    def test_who_logged_in_told_the_zone(self):
        partner = self._quiet_customer(DAY).partner_id
        user = new_test_user(self.env, "ana", "base.group_portal", partner_id=partner.id)
        partner.tz = "Asia/Tokyo"
        self.assertEqual(self._zones(partner), [("America/New_York", "number")])

        user.with_user(user)._update_last_login()
        self.env.invalidate_all()

        self.assertEqual(self._zones(partner), [("Asia/Tokyo", "own")])

    def test_without_a_hint_it_is_our_own(self):
        self.env.company.resource_calendar_id.tz = "Europe/Lisbon"
        partner = self._receive_instagram("Hello").partner_id
        partner.tz = False

        self.assertEqual(self._zones(partner), [("Europe/Lisbon", "company")])

        partner.country_id = self.env.ref("base.jp")
        self.assertEqual(self._zones(partner), [("Asia/Tokyo", "country")])

    # === HOURS OF A CALENDAR === #

    def _calendar(self, lines, **values):
        return self.env["resource.calendar"].create(
            {
                "name": "Shop",
                "tz": "Europe/Berlin",
                "attendance_ids": [
                    (0, 0, {"name": day, "dayofweek": day, "hour_from": start, "hour_to": end})
                    for day, start, end in lines
                ],
                **values,
            }
        )

    def test_the_hours_of_a_calendar_hold_on_the_customers_clock(self):
        self.sequence.calendar_id = self._calendar([("0", 9, 12), ("2", 9, 12)])
        enrollment = self._enroll(self._quiet_customer("2031-01-06 17:00"), "2031-01-06 17:00")

        self.assertEqual(enrollment.next_run_at, utc("2031-01-08 14:00"))  # Wednesday

    def test_public_holidays_are_days_off_there_too(self):
        self.sequence.calendar_id = self._calendar([("0", 9, 12), ("2", 9, 12)])
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.sequence.calendar_id.id,
                "date_from": "2031-01-07 23:00:00",  # in Berlin the whole Wednesday
                "date_to": "2031-01-08 22:59:59",
            }
        )
        enrollment = self._enroll(self._quiet_customer("2031-01-06 17:00"), "2031-01-06 17:00")

        self.assertEqual(enrollment.next_run_at, utc("2031-01-13 14:00"))

    def test_hours_that_never_open_are_refused(self):
        calendar = self._calendar([("0", 22, 23)])

        with self.assertRaisesRegex(ValidationError, "Nothing could ever be sent"):
            self.sequence.calendar_id = calendar

    def test_a_step_whose_channel_would_never_be_open_is_refused(self):
        sequence = self._sequence("Late", (), state="draft")
        sequence.calendar_id = self._calendar([("0", 22, 23)])

        with self.assertRaisesRegex(ValidationError, "Nothing could ever be sent"):
            self.env["omnichannel.step"].create(
                {
                    "sequence_id": sequence.id,
                    "channel": "sms",
                    "template_id": self.template.id,
                }
            )

    def test_the_hours_of_another_company_are_refused(self):
        company = self.env["res.company"].create({"name": "Other"})
        calendar = self._calendar([("0", 9, 12)], company_id=company.id)

        with self.assertRaises(UserError):
            self.sequence.calendar_id = calendar

    def test_for_places_without_a_common_hour_the_surest_counts(self):
        self.sequence.calendar_id = self._calendar([("0", 9, 12), ("1", 9, 12)])
        japan = self.env.ref("base.jp")
        conversation = self._quiet_customer("2031-01-06 18:00", country_id=japan.id)
        enrollment = self._enroll(conversation, "2031-01-06 18:00")

        self.assertEqual(enrollment.next_run_at, utc("2031-01-07 14:00"))
        reason = enrollment.decision_ids.reason
        self.assertIn("13:00 in America/New York (the phone number)", reason)
        self.assertIn("No time is allowed in all 2 possible time zones", reason)
        self._follow_up("2031-01-07 14:00")

        self.assertEqual(self._outcomes(enrollment), ["moved", "sent"])

    def test_what_is_never_open_any_more_is_skipped(self):
        """The hours of a calendar may go after they were chosen."""
        self.sequence.calendar_id = self._calendar([("0", 9, 12)])
        self.sequence.calendar_id.attendance_ids.hour_to = 9
        enrollment = self._enroll(self._quiet_customer(DAY), DAY)

        self._follow_up(DAY)

        self.assertEqual(enrollment.state, "done")
        self.assertEqual(self._outcomes(enrollment), ["skipped"])
        self.assertIn("There is no time at which this may be sent", enrollment.decision_ids.reason)

    # === DELAYS === #

    def test_when_the_next_step_is_due(self):
        for delay, now, due in (
            ((90, "minutes"), DAY, "2031-01-06 16:30"),
            ((1, "months"), "2031-01-31 15:00", "2031-02-28 15:00"),
            # the same time on the wall in New York, whose clocks change in between
            ((1, "days"), "2031-03-08 15:00", "2031-03-09 14:00"),
            ((24, "hours"), "2031-03-08 15:00", "2031-03-09 15:00"),
            # our calendar works Monday to Friday, 8-12 and 13-17 in Berlin
            ((2, "days", "work"), "2031-01-10 15:00", "2031-01-14 15:00"),
            ((4, "hours", "work"), "2031-01-10 14:00", "2031-01-13 09:00"),
        ):
            with self.subTest(delay):
                self.env.company.resource_calendar_id.tz = "Europe/Berlin"
                sequence = self._sequence("Later", [delay], quiet_for="never")
                enrollment = self._enroll(self._quiet_customer(now), now, sequence)
                self.assertEqual(enrollment.next_run_at, utc(due))

    def test_a_silence_may_be_counted_in_months(self):
        self.sequence.write({"trigger_number": 1, "trigger_unit": "months"})

        with freeze_time("2031-03-31 12:00:00"):
            self.assertEqual(self.sequence._due_before(), utc("2031-02-28 12:00"))

    def test_weeks_are_not_counted_in_working_time(self):
        with self.assertRaisesRegex(ValidationError, "minutes, hours or days"):
            self._sequence("Later", [(1, "weeks", "work")])

    # === UPGRADE === #

    def test_sequences_from_before_go_on_as_they_were(self):
        self.env.flush_all()
        query = SQL("ALTER TABLE omnichannel_sequence ALTER quiet_for DROP NOT NULL")
        self.env.cr.execute(query)
        columns = ("quiet_for", "cap_number", "distance_hours", "reenroll", "priority")
        for column in columns:
            name = SQL.identifier(column)
            self.env.cr.execute(
                SQL("ALTER TABLE omnichannel_sequence ALTER %s DROP NOT NULL", name)
            )
            self.env.cr.execute(SQL("UPDATE omnichannel_sequence SET %s = NULL", name))
            self.env["omnichannel.sequence"]._init_column(column)
        self.env.invalidate_all()

        sequence = self.sequence
        self.assertEqual([sequence[column] for column in columns], ["never", 0, 0, "always", "0"])

    def test_triggered_enrollments_are_planned_one_by_one(self):
        with freeze_time(f"{NIGHT}:00"):
            self.sequence.action_start()
        self._quiet_customer("2031-01-07 03:04")
        self._quiet_customer("2031-01-07 03:04", number=GERMAN)
        self.sequence.scanned_until = utc("2031-01-01 00:00")

        self._follow_up("2031-01-07 03:05")

        runs = set(self.sequence.enrollment_ids.mapped("next_run_at"))
        self.assertEqual(runs, {utc(MORNING), utc("2031-01-07 07:00")})
