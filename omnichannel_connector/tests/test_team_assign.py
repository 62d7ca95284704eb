from collections import Counter

from odoo.tests import new_test_user, tagged

from .team_common import TeamCase
from .test_call import CallMixin


@tagged("-at_install", "post_install")
class TestTeamAssign(TeamCase):
    """Who gets a customer who writes and is nobody's."""

    def _automatic(self, assignment="round_robin", **values):
        self.support.write({"assignment": assignment, **values})

    def _agents(self, conversations):
        return [conversation.user_id for conversation in conversations]

    def test_by_hand_nobody_gets_anybody(self):
        self._be("online", self.bo, self.cy)

        conversation = self._receive_sms("Hello")
        self._attend()

        self.assertFalse(conversation.user_id)
        self.assertFalse(conversation.is_looking)

    def test_in_turn_everybody_online_gets_as_many(self):
        self._automatic()
        self._be("online", self.bo, self.cy)

        conversations = self._customers(6)
        self._attend()

        agents = self._agents(conversations)
        self.assertEqual(agents, [self.bo, self.cy] * 3)
        members = conversations[0].channel_id.channel_member_ids
        self.assertEqual(members.partner_id, self.bo.partner_id)

    def test_the_turn_goes_on_where_it_stopped(self):
        self._automatic()
        self._be("online", self.bo, self.cy)
        self._customers(1)
        self._attend()

        conversation = self._customers(1, start=200)[0]
        self._attend()

        self.assertEqual(conversation.user_id, self.cy)

    def test_the_least_loaded_get_what_comes(self):
        self._automatic("least_loaded")
        self._be("online", self.bo, self.cy)
        for conversation in self._customers(2, start=300):
            conversation.user_id = self.bo

        conversations = self._customers(4)
        self._attend()

        self.assertEqual(Counter(self._agents(conversations)), {self.cy: 3, self.bo: 1})

    def test_only_who_is_online_gets_somebody(self):
        for status in ("away", "offline"):
            with self.subTest(status=status):
                self._automatic()
                self._be(status, self.bo)
                self._be("online", self.cy, self.stranger)

                conversations = self._customers(2, start=100 if status == "away" else 200)
                self._attend()

                self.assertEqual(self._agents(conversations), [self.cy] * 2)

    def test_who_is_busy_on_purpose_is_spared(self):
        self._automatic()
        self._be("online", self.bo, self.cy)
        self.bo.manual_im_status = "busy"

        conversations = self._customers(2)
        self._attend()

        self.assertEqual(self._agents(conversations), [self.cy] * 2)

    def test_a_member_without_the_right_to_answer_gets_nobody(self):
        self._automatic()
        self._be("online", self.bo, self.cy)
        self.bo.group_ids = self.env.ref("base.group_user")

        conversations = self._customers(2)
        self._attend()

        self.assertEqual(self._agents(conversations), [self.cy] * 2)

    def test_while_nobody_is_online_it_stays_in_the_box_until_somebody_comes(self):
        self._automatic()
        conversation = self._receive_sms("Hello")
        self._attend()
        self.assertFalse(conversation.user_id)
        cron = self.env.ref("omnichannel_connector.ir_cron_omnichannel_team")
        triggers = [("cron_id", "=", cron.id)]
        self.env["ir.cron.trigger"].search(triggers).unlink()

        self._be("online", self.cy)

        self.assertTrue(self.env["ir.cron.trigger"].search(triggers))
        self._attend()
        self.assertEqual(conversation.user_id, self.cy)

    def test_who_comes_online_wakes_nobody_when_nothing_waits(self):
        cron = self.env.ref("omnichannel_connector.ir_cron_omnichannel_team")
        triggers = [("cron_id", "=", cron.id)]
        self.env["ir.cron.trigger"].search(triggers).unlink()

        self._be("online", self.cy)

        self.assertFalse(self.env["ir.cron.trigger"].search(triggers))

    def test_whoever_waits_longest_is_first(self):
        self._automatic()
        late, early = self._customers(2)
        late.last_inbound_at, early.last_inbound_at = "2030-01-01 10:00:00", "2030-01-01 09:00:00"
        self._be("online", self.bo, self.cy)

        self._attend()

        self.assertEqual((early.user_id, late.user_id), (self.bo, self.cy))

    def test_outside_working_hours_nobody_gets_anybody(self):
        closed = self.env["resource.calendar"].create({"name": "Never", "attendance_ids": [(5,)]})
        self._automatic(calendar_id=closed.id)
        self._be("online", self.bo, self.cy)
        conversation = self._receive_sms("Hello")

        self._attend()
        self.assertFalse(conversation.user_id)

        self.support.calendar_id = False
        self._attend()
        self.assertEqual(conversation.user_id, self.bo)

    def test_what_somebody_answered_meanwhile_is_theirs(self):
        self._automatic()
        conversation = self._receive_sms("Hello")
        conversation.channel_id.with_user(self.agent).message_post(
            body="Hi", message_type="comment", omnichannel_key="sms"
        )
        self._be("online", self.bo)

        self._attend()

        self.assertEqual(conversation.user_id, self.agent)

    def test_what_is_released_by_hand_stays_until_the_customer_writes(self):
        self._automatic()
        self._be("online", self.bo)
        conversation = self._receive_sms("Hello")
        self._attend()

        conversation.with_user(self.bo).action_unassign()
        self._attend()
        self.assertFalse(conversation.user_id)

        self._receive_sms("Hello?", sid="SM2")
        self._attend()
        self.assertEqual(conversation.user_id, self.bo)

    def test_an_answer_in_the_providers_app_wants_no_agent(self):
        self.sales.assignment = "round_robin"
        self._be("online", self.agent)

        conversation = self._receive_instagram("Hello", echo=True)
        self._attend()

        self.assertFalse(conversation.user_id)

    def test_a_team_that_begins_to_assign_begins_with_what_waits(self):
        conversation = self._receive_sms("Hello")
        self._be("online", self.bo)

        self.support.assignment = "round_robin"
        self._attend()

        self.assertEqual(conversation.user_id, self.bo)

    def test_what_is_moved_to_a_team_that_assigns_is_assigned(self):
        self._automatic()
        self._be("online", self.cy)
        conversation = self._receive_instagram("Hello")

        conversation.team_id = self.support
        self._attend()

        self.assertEqual(conversation.user_id, self.cy)


@tagged("-at_install", "post_install")
class TestTeamCall(CallMixin, TeamCase):
    """A call comes to the team of its account; who was not answered wants an agent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_voice()
        cls.voice.team_id = cls.support
        cls.support.assignment = "round_robin"

    def setUp(self):
        super().setUp()
        self._be("online", self.bo)

    def test_a_missed_call_gets_an_agent(self):
        conversation = self._receive_call(state="missed").conversation_id

        self._attend()

        self.assertEqual(conversation.team_id, self.support)
        self.assertEqual(conversation.user_id, self.bo)

    def test_an_answered_call_gets_none(self):
        conversation = self._receive_call(state="ringing").conversation_id
        self._receive_call(identity="", state="ended", seconds=30)

        self._attend()

        self.assertFalse(conversation.user_id)
        self.assertFalse(conversation.is_looking)


@tagged("-at_install", "post_install")
class TestTeamReassign(TeamCase):
    """A customer who writes while their agent is away gets somebody who is there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.support.write({"assignment": "round_robin", "is_reassigning": True})

    def setUp(self):
        super().setUp()
        self.conversation = self._receive_sms("Hello")
        self.conversation.user_id = self.bo

    def _write_again(self):
        self._receive_sms("Hello?", sid="SM2")
        self._attend()

    def test_somebody_online_takes_over_and_the_thread_says_why(self):
        self._be("away", self.bo)
        self._be("online", self.cy)

        self._write_again()

        self.assertEqual(self.conversation.user_id, self.cy)
        lines = self._lines(self.conversation)
        self.assertIn("Bo was not there when the customer wrote: Cy has it now.", lines)
        self.assertFalse(self.env["omnichannel.delivery"].search([]))

    def test_who_is_there_keeps_it(self):
        self._be("online", self.bo, self.cy)

        self._write_again()

        self.assertEqual(self.conversation.user_id, self.bo)

    def test_while_nobody_else_is_there_it_stays(self):
        self._be("away", self.bo)
        self._write_again()
        self.assertEqual(self.conversation.user_id, self.bo)
        self.assertFalse(self.conversation.is_looking)

        self._be("online", self.cy)
        self._attend()
        self.assertEqual(self.conversation.user_id, self.bo)

    def test_an_archived_agent_is_followed_by_the_first_who_comes(self):
        self.bo.active = False
        self._write_again()
        self.assertTrue(self.conversation.is_looking)

        self._be("online", self.cy)
        self._attend()

        self.assertEqual(self.conversation.user_id, self.cy)

    def test_what_an_archived_agent_had_is_nobodys_and_looks_for_somebody(self):
        snoozed = self._customers(1)[0]
        snoozed.write({"user_id": self.bo.id, "state": "snoozed"})
        theirs = self._customers(1, start=200)[0]
        theirs.user_id = self.cy
        self.support.is_reassigning = False
        administrator = new_test_user(self.env, "hr", "base.group_erp_manager")
        self.env.flush_all()

        self.bo.with_user(administrator).active = False

        self.assertFalse((self.conversation | snoozed).user_id)
        self.assertEqual(theirs.user_id, self.cy)
        self.assertFalse(self.conversation.channel_id.channel_member_ids)
        self._be("online", self.cy)
        self._attend()
        self.assertEqual(self.conversation.user_id, self.cy)

    def test_who_answers_no_customers_any_more_keeps_none(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        leavings = {
            "portal": {"group_ids": [(6, 0, self.env.ref("base.group_portal").ids)]},
            "employee": {"group_ids": [(6, 0, self.env.ref("base.group_user").ids)]},
            "elsewhere": {"company_ids": [(6, 0, elsewhere.ids)], "company_id": elsewhere.id},
        }
        for name, values in leavings.items():
            with self.subTest(name=name):
                user = self._agent(name)
                self.conversation.user_id = user
                user.write(values)
                self.assertFalse(self.conversation.user_id)
                self.assertTrue(self.conversation.is_looking)

    def test_other_changes_of_an_agent_take_nothing_away(self):
        self.bo.write({"active": True, "group_ids": [(4, self.env.ref("base.group_system").id)]})

        self.assertEqual(self.conversation.user_id, self.bo)

    def test_what_a_deleted_agent_had_looks_for_somebody(self):
        user = self._agent("gone")
        self.conversation.user_id = user

        user.unlink()

        self.assertFalse(self.conversation.user_id)
        self.assertTrue(self.conversation.is_looking)

    def test_what_an_archived_agent_had_closed_comes_back_as_nobodys(self):
        self.support.is_reassigning = False
        self.conversation.action_close()
        self.bo.active = False
        self.assertEqual(self.conversation.user_id, self.bo, "who had it stays known")

        self._write_again()

        self.assertEqual(self.conversation.state, "open")
        self.assertFalse(self.conversation.user_id)
        self.assertTrue(self.conversation.is_looking)

    def test_outside_working_hours_it_stays(self):
        self.support.calendar_id = self.env["resource.calendar"].create(
            {"name": "Never", "attendance_ids": [(5,)]}
        )
        self._be("online", self.cy)

        self._write_again()

        self.assertEqual(self.conversation.user_id, self.bo)

    def test_a_team_that_does_not_reassign_leaves_it(self):
        self.support.is_reassigning = False
        self._be("online", self.cy)

        self._write_again()

        self.assertEqual(self.conversation.user_id, self.bo)

    def test_a_team_that_assigns_by_hand_reassigns_all_the_same(self):
        self.support.assignment = "manual"
        self._be("online", self.cy)

        self._write_again()

        self.assertEqual(self.conversation.user_id, self.cy)
