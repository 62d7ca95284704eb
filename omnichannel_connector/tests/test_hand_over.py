from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .team_common import TeamCase


@tagged("-at_install", "post_install")
class TestHandOver(TeamCase):
    """A customer goes to a colleague or a team, with a word that stays inside."""

    def setUp(self):
        super().setUp()
        self.conversation = self._receive_sms("Hello")
        self.conversation.user_id = self.bo

    def _hand_over(self, by=None, note="She wants a refund.", from_thread=False, **values):
        wizard = (
            self.env["omnichannel.hand.over"]
            .with_user(by or self.bo)
            .with_context(omnichannel_from_thread=from_thread)
            .create({"conversation_id": self.conversation.id, "note": note, **values})
        )
        action = wizard.action_hand_over()
        self.env.invalidate_all()
        return action

    def test_a_colleague_gets_it_with_the_note(self):
        self._hand_over(user_id=self.stranger.id)

        self.assertEqual(self.conversation.user_id, self.stranger)
        note = self.conversation.channel_id.message_ids.sorted("id")[-1]
        self.assertEqual(note.author_id, self.bo.partner_id)
        self.assertIn("Handed over to Other", note.body)
        self.assertIn("She wants a refund.", note.body)
        self.assertTrue(note.subtype_id.internal)

    def test_the_note_reaches_no_customer(self):
        self._hand_over(user_id=self.stranger.id)

        self.assertFalse(self.env["omnichannel.delivery"].search([]))
        self.assertEqual(len(self.conversation.message_ids), 1)
        lines = self.conversation.channel_id.message_ids
        self.assertFalse(self.env["mail.mail"].search([("mail_message_id", "in", lines.ids)]))

    def test_the_note_is_new_to_the_colleague(self):
        self._hand_over(user_id=self.stranger.id)

        member = self.conversation.channel_id.channel_member_ids
        self.assertEqual(member.partner_id, self.stranger.partner_id)
        self.assertTrue(member.message_unread_counter)

    def test_a_note_is_text_and_no_markup(self):
        self._hand_over(user_id=self.stranger.id, note="<img src=x>\nsecond")

        body = self.conversation.channel_id.message_ids.sorted("id")[-1].body
        self.assertIn("&lt;img src=x&gt;<br>second", body)

    def test_a_note_is_not_needed(self):
        self._hand_over(user_id=self.stranger.id, note=False)

        self.assertIn("Handed over to Other", self._lines(self.conversation)[-1])

    def test_a_team_gets_it_into_its_box(self):
        self._hand_over(team_id=self.sales.id)

        self.assertEqual(self.conversation.team_id, self.sales)
        self.assertFalse(self.conversation.user_id)
        self.assertFalse(self.conversation.is_looking)

    def test_a_team_that_assigns_gives_it_to_who_is_online(self):
        self.sales.assignment = "round_robin"
        self._be("online", self.agent)
        self.conversation.waiting_for = "customer"

        self._hand_over(team_id=self.sales.id)
        self._attend()

        self.assertEqual(self.conversation.user_id, self.agent)

    def test_what_was_closed_is_open_for_who_gets_it(self):
        self.conversation.action_close()

        self._hand_over(user_id=self.cy.id)

        self.assertEqual(self.conversation.state, "open")

    def test_who_may_see_nothing_afterwards_is_led_away(self):
        action = self._hand_over(user_id=self.agent.id, team_id=self.sales.id)

        self.assertFalse(self.conversation.with_user(self.bo).has_access("read"))
        self.assertEqual(action["res_model"], "omnichannel.conversation")
        self.assertEqual(action["target"], "main")

    def test_in_the_thread_the_client_looks_for_itself(self):
        action = self._hand_over(from_thread=True, user_id=self.agent.id, team_id=self.sales.id)

        self.assertEqual(action["type"], "ir.actions.act_window_close")

    def test_who_still_sees_it_stays(self):
        action = self._hand_over(user_id=self.cy.id)

        self.assertEqual(action["type"], "ir.actions.act_window_close")

    def test_nobody_hands_over_a_colleagues_customer(self):
        for user in (self.agent, self.stranger):
            with self.assertRaises(AccessError):
                self._hand_over(by=user, user_id=user.id)

    def test_somebody_has_to_be_named_who_can_take_it(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        foreigner = self._agent("fay", company_id=elsewhere.id, company_ids=[elsewhere.id])
        employee = self.env["res.users"].create({"name": "Eve", "login": "eve"})
        theirs = self.env["omnichannel.team"].create({"name": "Theirs", "company_id": elsewhere.id})

        for values in ({}, {"user_id": foreigner.id}, {"user_id": employee.id}):
            with self.assertRaises(UserError):
                self._hand_over(**values)
        with self.assertRaises(UserError):
            self.conversation.with_user(self.bo)._hand_over(self.env["res.users"], theirs)

    def test_the_dialog_offers_colleagues_who_can(self):
        action = self.conversation.with_user(self.bo).action_hand_over()
        wizard = self.env[action["res_model"]].with_user(self.bo).with_context(**action["context"])

        with Form(wizard) as form:
            form.user_id = self.cy

        self.assertIn(self.stranger, form.record.candidate_ids)
        self.assertNotIn(self.bo, form.record.candidate_ids)
        self.assertNotIn(self.env.ref("base.public_user"), form.record.candidate_ids)
