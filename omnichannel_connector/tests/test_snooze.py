from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .race_common import TwoTransactions
from .waiting_common import WaitingCase


@tagged("-at_install", "post_install")
class TestSnooze(WaitingCase):
    def _snoozed(self, until=120):
        conversation = self._says(0)
        conversation.user_id = self.agent
        with self._freeze(1):
            conversation.with_user(self.agent).action_snooze(self._at(until))
        return conversation

    def _wake(self, minutes):
        with self._freeze(minutes):
            self._run_cron("ir_cron_omnichannel_wake")

    def test_it_is_out_of_sight_and_stays_the_agents(self):
        conversation = self._snoozed()

        self.assertEqual((conversation.state, conversation.user_id), ("snoozed", self.agent))
        self.assertEqual(conversation.snoozed_until, self._at(120))
        self.assertFalse(conversation.channel_id.channel_member_ids)
        self.assertEqual(conversation.waiting_since, self._at(0))

    def test_the_cron_is_called_for_the_moment(self):
        self._snoozed()

        triggers = self.env["ir.cron.trigger"].search(
            [("call_at", "=", fields.Datetime.to_string(self._at(120)))]
        )

        cron = self.env.ref("omnichannel_connector.ir_cron_omnichannel_wake")
        self.assertEqual(triggers.cron_id, cron)

    def test_it_wakes_at_its_moment_and_is_unread_for_the_agent(self):
        conversation = self._snoozed()

        self._wake(119)
        self.assertEqual(conversation.state, "snoozed")

        self._wake(120)
        self.assertEqual((conversation.state, conversation.snoozed_until), ("open", False))
        member = conversation.channel_id.channel_member_ids
        self.assertEqual(member.partner_id, self.agent.partner_id)
        self.assertEqual(member.message_unread_counter, 2, "the customer's and the note")
        self.assertIn("snoozed", self._texts(conversation)[-1])
        self.assertEqual(len(conversation.message_ids), 1, "nothing of it reaches the customer")

    def test_a_customer_who_writes_wakes_it(self):
        conversation = self._snoozed()

        self._says(5)

        self.assertEqual((conversation.state, conversation.snoozed_until), ("open", False))

    def test_an_automatic_reply_does_not(self):
        conversation = self._snoozed()

        self._says(5, is_automatic=True)

        self.assertEqual(conversation.state, "snoozed")

    def test_waking_by_hand(self):
        conversation = self._snoozed()

        conversation.with_user(self.agent).action_wake()

        self.assertEqual((conversation.state, conversation.snoozed_until), ("open", False))

    def test_closing_ends_it(self):
        conversation = self._snoozed()

        conversation.with_user(self.agent).action_close()
        self._wake(120)

        self.assertEqual((conversation.state, conversation.snoozed_until), ("closed", False))

    def test_a_link_that_is_undone_leaves_it_snoozed_until_then(self):
        conversation = self._snoozed()
        bob = self.env["res.partner"].create({"name": "Bob"})

        links = conversation.identity_ids._link(bob, "staff")
        self.assertEqual(conversation.state, "closed")
        bob.omnichannel_conversation_ids.action_close()
        links._undo()

        self.assertEqual(conversation.state, "snoozed")
        self.assertEqual(conversation.snoozed_until, self._at(120))

    def test_a_moment_that_is_over_is_refused(self):
        conversation = self._says(0)

        with self._freeze(10), self.assertRaises(UserError):
            conversation.action_snooze(self._at(9))

    def test_a_card_that_is_dragged_to_the_snoozed_comes_back_tomorrow(self):
        conversation = self._says(0)
        conversation.user_id = self.agent
        self.agent.tz = "Europe/Berlin"

        with self._freeze(0):
            conversation.with_user(self.agent).write({"state": "snoozed"})

        self.assertEqual(str(conversation.snoozed_until), "2031-01-07 08:00:00")

    def test_only_who_may_write_it_snoozes(self):
        other = new_test_user(self.env, "o", "omnichannel_connector.omnichannel_group_agent")
        conversation = self._says(0)
        conversation.user_id = self.agent

        with self._freeze(1), self.assertRaises(AccessError):
            conversation.with_user(other).action_snooze(self._at(60))

    # === THE DIALOG === #

    def _dialog(self, choice, tz="America/New_York", at=0):
        conversation = self._says(0)
        conversation.user_id = self.agent
        self.agent.tz = tz
        with self._freeze(at):
            wizard = (
                self.env["omnichannel.snooze"]
                .with_user(self.agent)
                .with_context(
                    active_model="omnichannel.conversation", active_ids=conversation.ids, tz=tz
                )
            )
            form = Form(wizard)
            form.choice = choice
            form.save().action_snooze()
        return conversation.snoozed_until

    def test_in_hours(self):
        self.assertEqual(self._dialog("hour"), self._at(60))
        self.assertEqual(self._dialog("hours"), self._at(180))

    def test_tomorrow_is_the_agents_morning(self):
        # it is 3:00 on Monday in New York
        self.assertEqual(str(self._dialog("tomorrow")), "2031-01-07 14:00:00")
        # it is 22:00 of Sunday in Honolulu
        self.assertEqual(str(self._dialog("tomorrow", "Pacific/Honolulu")), "2031-01-06 19:00:00")

    def test_next_monday(self):
        self.assertEqual(str(self._dialog("monday")), "2031-01-13 14:00:00")
        # a Sunday there: the next day
        self.assertEqual(str(self._dialog("monday", "Pacific/Honolulu")), "2031-01-06 19:00:00")

    def test_the_morning_after_clocks_changed(self):
        # New York leaves winter time on 9 March 2031
        days = 24 * 60 * 61
        self.assertEqual(str(self._dialog("tomorrow", at=days)), "2031-03-09 13:00:00")


@tagged("-at_install", "post_install")
class TestWakeRace(TwoTransactions):
    """Two real transactions at one snoozed conversation."""

    def setUp(self):
        super().setUp()
        self.partner = self.one["res.partner"].create({"name": "Snoozed in a race"})
        self.conversation = self.one["omnichannel.conversation"].create(
            {
                "partner_id": self.partner.id,
                "state": "snoozed",
                "snoozed_until": fields.Datetime.now() - timedelta(minutes=1),
            }
        )
        self.one.cr.commit()

    def _remove(self, env):
        self.conversation.unlink()
        self.partner.unlink()

    def test_who_closes_it_at_that_moment_is_not_overruled(self):
        """The cron saw it snoozed; meanwhile somebody closed it."""
        waking = self.two["omnichannel.conversation"]
        self.assertIn(self.conversation.id, waking._search_due().ids)
        self.conversation.action_close()
        self.one.cr.commit()

        self._assert_conflict(waking._wake_due)
        self._forget(self.two)
        waking._wake_due()
        self.two.cr.commit()

        self._forget(self.one)
        self.assertEqual(self.conversation.state, "closed")
