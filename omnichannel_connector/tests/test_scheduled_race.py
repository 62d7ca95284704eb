"""A scheduled message that several want at the same moment leaves once."""

from datetime import datetime, timedelta, timezone

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .race_common import RaceCase


@tagged("-at_install", "post_install")
class TestScheduledRace(RaceCase):
    def setUp(self):
        super().setUp()
        moment = datetime.now(timezone.utc) + timedelta(hours=2)
        conversation = self._conversation(self.one).with_user(self.user_ids[0])
        self.scheduled_id = conversation.schedule_message(
            "sms", "Good morning", fields.Datetime.to_string(moment.replace(tzinfo=None))
        )
        self.one.cr.commit()

    def _scheduled(self, env, agent=None):
        scheduled = env["omnichannel.scheduled"].browse(self.scheduled_id)
        return scheduled.with_user(self.user_ids[agent]) if agent is not None else scheduled

    def _send_now(self, env, agent):
        self._scheduled(env, agent).action_send_now()
        env.flush_all()

    def _begin(self, env):
        """Let a transaction see that it waits."""
        self._forget(env)
        self.assertTrue(self._scheduled(env).exists())

    def _sent(self):
        self._forget(self.one)
        messages = self._conversation(self.one).message_ids
        return messages.filtered(lambda m: m.direction == "outbound")

    def test_of_two_agents_one_sends_it_and_the_other_is_told(self):
        self._begin(self.two)
        self._send_now(self.one, 0)
        self.one.cr.commit()

        self._assert_conflict(lambda: self._send_now(self.two, 1))
        self._forget(self.two)
        with self.assertRaisesRegex(UserError, "already"):
            self._send_now(self.two, 1)

        self.assertEqual(len(self._sent()), 1)

    def test_nobody_touches_what_another_is_sending(self):
        self._begin(self.two)
        self._send_now(self.one, 0)

        self._assert_blocked(lambda: self._scheduled(self.two, 1).action_discard())
        self._forget(self.two)
        self._begin(self.two)
        self._assert_blocked(self._scheduled(self.two)._send_due)

        self.one.cr.commit()
        self.assertEqual(len(self._sent()), 1)

    def test_what_an_agent_discarded_at_its_moment_does_not_leave(self):
        self._begin(self.two)
        self._scheduled(self.one, 0).action_discard()
        self.one.flush_all()
        self.one.cr.commit()

        self._assert_conflict(self._scheduled(self.two)._send_due)
        self._forget(self.two)
        self._scheduled(self.two)._send_due()
        self.two.cr.commit()

        self.assertFalse(self._sent())

    def test_what_left_at_its_moment_is_not_given_back_to_the_composer(self):
        self._begin(self.two)
        self._scheduled(self.one)._send_due()
        self.one.flush_all()
        self.one.cr.commit()

        self._assert_conflict(lambda: self._scheduled(self.two, 0).action_take_back())
        self._forget(self.two)
        with self.assertRaisesRegex(UserError, "already"):
            self._scheduled(self.two, 0).action_take_back()

        self.assertEqual(len(self._sent()), 1)

    def test_what_is_held_back_meanwhile_is_still_theirs_to_send(self):
        self._begin(self.two)
        self._scheduled(self.one)._hold_back("Read first")
        self.one.flush_all()
        self.one.cr.commit()

        self._assert_conflict(lambda: self._send_now(self.two, 1))
        self._forget(self.two)
        self._send_now(self.two, 1)
        self.two.cr.commit()

        self.assertEqual(len(self._sent()), 1)
