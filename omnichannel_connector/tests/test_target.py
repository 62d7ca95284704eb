from datetime import datetime

from odoo import fields
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ..models.working_time import WorkingTime
from .race_common import TwoTransactions
from .waiting_common import WaitingCase

TYPE = "omnichannel_connector.mail_activity_type_escalation"


class TargetCase(WaitingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls._calendar("UTC")
        cls.boss = new_test_user(
            cls.env, "boss", "omnichannel_connector.omnichannel_group_supervisor"
        )

    @classmethod
    def _calendar(cls, tz):
        """Return Monday to Friday from nine to five."""
        return cls.env["resource.calendar"].create(
            {
                "name": f"Nine to five in {tz}",
                "tz": tz,
                "attendance_ids": [
                    fields.Command.clear(),
                    *(
                        fields.Command.create(
                            {
                                "name": "Work",
                                "dayofweek": str(day),
                                "hour_from": 9,
                                "hour_to": 17,
                                "day_period": "full_day",
                            }
                        )
                        for day in range(5)
                    ),
                ],
            }
        )

    def _targets(self, first=60, following=30, **values):
        self.team.write(
            {"first_response_minutes": first, "next_response_minutes": following, **values}
        )

    def _waiting(self, minutes=0):
        conversation = self._says(minutes)
        conversation.team_id = self.team
        return conversation


@tagged("-at_install", "post_install")
class TestWorkingTime(TargetCase):
    def _add(self, since, minutes, tz="UTC"):
        calendar = self._calendar(tz)
        moment = datetime.fromisoformat(since)
        return str(WorkingTime().add(calendar, moment, minutes))

    def test_without_a_calendar_the_wall_clock_counts(self):
        empty = self.env["resource.calendar"]
        self.assertEqual(WorkingTime().add(empty, self._at(0), 90), self._at(90))
        self.assertEqual(WorkingTime().between(empty, self._at(0), self._at(90)), 90)

    def test_nights_and_weekends_do_not_count(self):
        self.assertEqual(self._add("2031-01-06 08:00", 60), "2031-01-06 10:00:00")
        self.assertEqual(self._add("2031-01-06 16:30", 60), "2031-01-07 09:30:00")
        self.assertEqual(self._add("2031-01-10 16:30", 60), "2031-01-13 09:30:00")
        self.assertEqual(self._add("2031-01-11 12:00", 60), "2031-01-13 10:00:00")

    def test_hours_are_those_of_the_calendars_zone(self):
        self.assertEqual(
            self._add("2031-01-06 08:00", 60, "America/New_York"), "2031-01-06 15:00:00"
        )
        self.assertEqual(self._add("2031-01-06 23:30", 60, "Asia/Tokyo"), "2031-01-07 01:00:00")

    def test_clocks_that_change_in_between(self):
        # New York: Friday in winter, Monday in summer time
        self.assertEqual(
            self._add("2031-03-07 21:30", 60, "America/New_York"), "2031-03-10 13:30:00"
        )

    def test_a_public_holiday_does_not_count(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.calendar.id,
                "date_from": "2031-01-07 00:00:00",
                "date_to": "2031-01-07 23:59:59",
            }
        )
        moment = datetime.fromisoformat("2031-01-06 16:30")
        due = WorkingTime().add(self.calendar, moment, 60)
        self.assertEqual(str(due), "2031-01-08 09:30:00")

    def test_another_companys_public_holiday_counts_there_only(self):
        here, there = self.env.company, self.env["res.company"].create({"name": "Elsewhere"})
        shared = self.calendar
        shared.company_id = False
        holiday = self.env["resource.calendar.leaves"].create(
            {
                "name": "Their holiday",
                "calendar_id": False,
                "date_from": "2031-01-07 00:00:00",
                "date_to": "2031-01-07 23:59:59",
            }
        )
        holiday.company_id = there
        monday, friday = (datetime.fromisoformat(f"2031-01-{day} 16:30") for day in ("06", "10"))
        clock = WorkingTime()

        for company, due, worked in ((here, "07", 32), (there, "08", 24)):
            self.assertEqual(str(clock.add(shared, monday, 60, company)), f"2031-01-{due} 09:30:00")
            self.assertAlmostEqual(clock.between(shared, monday, friday, company), worked * 60)
        many = 60 * 8 * 15
        self.assertEqual(str(clock.add(shared, monday, many, here)), "2031-01-27 16:30:00")
        self.assertEqual(str(clock.add(shared, monday, many, there)), "2031-01-28 16:30:00")

    def test_more_work_than_two_weeks_have(self):
        self.assertEqual(self._add("2031-01-06 09:00", 60 * 8 * 15), "2031-01-24 17:00:00")

    def test_a_calendar_without_any_hours_has_no_end(self):
        self.calendar.attendance_ids.unlink()
        self.assertIsNone(WorkingTime().add(self.calendar, self._at(0), 10))

    def test_minutes_of_work_between_two_moments(self):
        since = datetime.fromisoformat("2031-01-10 16:30")
        until = datetime.fromisoformat("2031-01-13 09:15")
        self.assertAlmostEqual(WorkingTime().between(self.calendar, since, until), 45)
        self.assertEqual(WorkingTime().between(self.calendar, until, since), 0)


@tagged("-at_install", "post_install")
class TestTarget(TargetCase):
    def test_the_first_answer_and_the_next_have_their_own_targets(self):
        self._targets()
        conversation = self._waiting()
        self.assertEqual(conversation.response_due_at, self._at(60))

        self._answer(conversation, 10)
        self.assertFalse(conversation.response_due_at)

        self._says(20)
        self.assertEqual(conversation.response_due_at, self._at(50))

    def test_a_new_matter_after_closing_has_the_first_target_again(self):
        self._targets()
        conversation = self._waiting()
        self._answer(conversation, 10)
        conversation.action_close()

        self._says(100)

        self.assertEqual(conversation.response_due_at, self._at(160))

    def test_a_second_message_does_not_prolong_it(self):
        self._targets()
        conversation = self._waiting()

        self._says(30)

        self.assertEqual(conversation.response_due_at, self._at(60))

    def test_it_is_in_the_teams_working_time(self):
        self._targets(calendar_id=self.calendar.id)
        self.assertEqual(self._waiting().response_due_at, self._at(120), "they begin at nine")

    def test_new_targets_hold_at_once(self):
        conversation = self._waiting()
        self.assertFalse(conversation.response_due_at)

        self._targets(first=15)
        self.assertEqual(conversation.response_due_at, self._at(15))

        self._targets(first=0)
        self.assertFalse(conversation.response_due_at)

    def test_another_team_has_other_targets(self):
        self._targets()
        conversation = self._waiting()
        quick = self.env["omnichannel.team"].create({"name": "Q", "first_response_minutes": 5})

        conversation.team_id = quick

        self.assertEqual(conversation.response_due_at, self._at(5))

    def test_nothing_is_due_while_it_is_snoozed_or_closed(self):
        self._targets()
        conversation = self._waiting()

        with self._freeze(1):
            conversation.action_snooze(self._at(200))
        self.assertFalse(conversation.response_due_at)

        conversation.action_wake()
        self.assertEqual(conversation.response_due_at, self._at(60))

        conversation.action_close()
        self.assertFalse(conversation.response_due_at)

    def test_a_batch_reads_the_calendar_once(self):
        self._targets(calendar_id=self.calendar.id)
        numbers = [f"+120255503{number:02}" for number in range(20)]
        conversations = self._receive(*(self._item(0, sender=number) for number in numbers))
        calls = []
        model = type(self.calendar)
        original = model._work_intervals_batch
        self.patch(
            model,
            "_work_intervals_batch",
            lambda *args, **kwargs: calls.append(1) or original(*args, **kwargs),
        )

        conversations.team_id = self.team
        self.env.flush_all()

        self.assertEqual(len(calls), 1)
        self.assertEqual(set(conversations.mapped("response_due_at")), {self._at(120)})


@tagged("-at_install", "post_install")
class TestEscalation(TargetCase):
    def setUp(self):
        super().setUp()
        self._targets(escalation_user_id=self.boss.id)

    def _escalate(self, minutes):
        with self._freeze(minutes):
            self._run_cron("ir_cron_omnichannel_escalation")

    def _todos(self, conversation):
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", "omnichannel.conversation"),
                ("res_id", "in", conversation.ids),
                ("activity_type_id", "=", self.env.ref(TYPE).id),
            ]
        )

    def test_one_to_do_for_an_answer_that_is_late(self):
        conversation = self._waiting()

        self._escalate(59)
        self.assertFalse(self._todos(conversation))

        self._escalate(61)
        self._escalate(90)
        self._says(91)
        self._escalate(95)
        self.assertEqual(self._todos(conversation).user_id, self.boss)
        self.assertEqual(len(self._todos(conversation)), 1)
        self.assertFalse(
            self.env["mail.mail"].search([("body_html", "ilike", conversation.partner_id.name)])
        )

    def test_it_is_gone_with_the_answer_and_comes_again_with_the_next_turn(self):
        conversation = self._waiting()
        self._escalate(61)

        self._answer(conversation, 62)
        self.assertFalse(self._todos(conversation))

        self._says(70)
        self._escalate(101)
        self.assertEqual(len(self._todos(conversation)), 1)

    def test_it_is_gone_when_it_is_closed_or_snoozed(self):
        for method, args in (("action_close", ()), ("action_snooze", (self._at(900),))):
            conversation = self._waiting()
            self._escalate(61)
            self.assertTrue(self._todos(conversation))

            with self._freeze(62):
                getattr(conversation, method)(*args)

            self.assertFalse(self._todos(conversation), method)
            conversation.action_close()

    def test_another_team_that_is_late_is_told_as_well(self):
        conversation = self._waiting()
        self._escalate(61)
        other = self.env["omnichannel.team"].create(
            {"name": "O", "first_response_minutes": 120, "escalation_user_id": self.agent.id}
        )

        conversation.team_id = other
        self.assertFalse(self._todos(conversation))
        self._escalate(119)
        self.assertFalse(self._todos(conversation))

        self._escalate(121)
        self.assertEqual(self._todos(conversation).user_id, self.agent)

    def test_the_same_team_again_changes_nothing(self):
        conversation = self._waiting()
        self._escalate(61)
        todo = self._todos(conversation)

        conversation.team_id = self.team

        self.assertEqual(self._todos(conversation), todo)

    def test_more_time_takes_the_to_do_back_until_that_is_over(self):
        conversation = self._waiting()
        self._escalate(61)

        with self._freeze(62):
            self._targets(first=120)
        self.assertFalse(self._todos(conversation))

        self._escalate(121)
        self.assertEqual(len(self._todos(conversation)), 1)

    def test_a_new_target_floods_nobody_with_what_is_late_already(self):
        self._targets(first=0)
        old, recent = self._waiting(0), self._says(100, sender="+12025550188")
        recent.team_id = self.team

        with self._freeze(101):
            self._targets(first=60)
        self._escalate(103)
        self.assertFalse(self._todos(old | recent))
        self.assertEqual(old.response_due_at, self._at(60), "it is overdue in the inbox")

        self._escalate(161)
        self.assertFalse(self._todos(old))
        self.assertEqual(len(self._todos(recent)), 1)

    def test_a_new_target_hides_nothing_that_was_late_by_the_old_one(self):
        conversation = self._waiting()

        with self._freeze(61):
            self._targets(first=30)
        self._escalate(62)

        self.assertEqual(len(self._todos(conversation)), 1)

    def test_what_is_escalated_already_is_not_read_again(self):
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        overdue = self.env["omnichannel.conversation"]
        sql = overdue._search(
            [("response_due_at", "<=", fields.Datetime.now()), ("escalated_at", "=", False)],
            order="response_due_at, id",
            limit=100,
        ).select()

        plan = "\n".join(row[0] for row in self.env.execute_query(SQL("EXPLAIN %s", sql)))

        self.assertIn("conversation_late_idx", plan)
        self.assertNotIn("Filter", plan)

    def test_without_a_name_it_is_the_assignees_else_a_supervisors(self):
        self.team.escalation_user_id = False
        mine = self._waiting()
        mine.user_id = self.agent
        self.team.member_ids |= self.boss
        free = self._says(0, sender="+12025550188")
        free.team_id = self.team

        self._escalate(61)

        self.assertEqual(self._todos(mine).user_id, self.agent)
        self.assertEqual(self._todos(free).user_id, self.boss)

    def test_who_does_it_without_answering_is_left_in_peace(self):
        conversation = self._waiting()
        self._escalate(61)

        self._todos(conversation).with_user(self.boss).action_feedback(feedback="Called him")
        self._escalate(70)

        self.assertFalse(self._todos(conversation))
        self.assertFalse(conversation.message_ids[1:], "what was said is a note")

    def test_the_to_do_goes_with_the_conversation(self):
        conversation = self._waiting()
        self._escalate(61)
        todo = self._todos(conversation)

        conversation.unlink()

        self.assertFalse(todo.exists())


@tagged("-at_install", "post_install")
class TestEscalationRace(TwoTransactions):
    """Two real transactions at one overdue conversation."""

    def setUp(self):
        super().setUp()
        self.team = self.one["omnichannel.team"].create(
            {
                "name": "Race",
                "first_response_minutes": 1,
                "escalation_user_id": self.one.ref("base.user_admin").id,
            }
        )
        self.partner = self.one["res.partner"].create({"name": "Overdue in a race"})
        self.conversation = self.one["omnichannel.conversation"].create(
            {
                "partner_id": self.partner.id,
                "team_id": self.team.id,
                "waiting_since": "2020-01-06 08:00:00",
            }
        )
        self.one.cr.commit()

    def _remove(self, env):
        self.conversation.unlink()
        self.team.unlink()
        self.partner.unlink()

    def test_twins_make_one_to_do(self):
        twin = self.two["omnichannel.conversation"]
        self.assertIn(self.conversation.id, twin._search_overdue().ids)
        self.one["omnichannel.conversation"]._escalate_due()
        self.one.cr.commit()

        self._assert_conflict(twin._escalate_due)
        self._forget(self.two)
        twin._escalate_due()
        self.two.cr.commit()

        self._forget(self.one)
        self.assertEqual(len(self.conversation.activity_ids), 1)
