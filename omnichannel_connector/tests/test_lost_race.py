"""A message that gets lost while the customer writes: who waits is told by both."""

from odoo.tests import tagged

from ..channels.errors import Rejected
from .race_common import RaceCase


@tagged("-at_install", "post_install")
class TestLostRace(RaceCase):
    def setUp(self):
        super().setUp()
        conversation = self._conversation(self.one).with_user(self.user_ids[0])
        plan = conversation._plan_send("sms")
        mail_message = conversation._send(plan, "Yes")
        self.delivery_id = mail_message.sudo().omnichannel_message_ids.delivery_ids.id
        self.one.cr.commit()
        self.assertEqual(self._conversation(self.one).waiting_for, "customer")

    def _lose(self, env):
        delivery = env["omnichannel.delivery"].browse(self.delivery_id)
        env["omnichannel.delivery"]._settle([(delivery._prepare_call(), Rejected("No", "21211"))])
        env.flush_all()

    def _begin(self, env):
        self._forget(env)
        self._conversation(env).mapped("name")

    def _assert_waiting(self):
        self._forget(self.one)
        conversation = self._conversation(self.one)
        noted = (conversation.waiting_since, conversation.unread_count)
        self.assertEqual(
            conversation.waiting_since, min(conversation.message_ids.mapped("occurred_at"))
        )
        conversation._derive_clocks()
        self.assertEqual((conversation.waiting_since, conversation.unread_count), noted)

    def test_a_customer_who_writes_meanwhile_is_not_forgotten(self):
        self._begin(self.two)
        self._receive(self.one, "late", -5)
        self.one.cr.commit()

        self._assert_conflict(lambda: self._lose(self.two))
        self._forget(self.two)
        self._lose(self.two)
        self.two.cr.commit()

        self._assert_waiting()

    def test_what_is_written_at_that_moment_knows_that_the_answer_got_lost(self):
        self._begin(self.two)
        self._lose(self.one)
        self.one.cr.commit()

        self._assert_conflict(lambda: self._receive(self.two, "late", -5))
        self._forget(self.two)
        self._receive(self.two, "late", -5)
        self.two.cr.commit()

        self._assert_waiting()

    def test_the_queue_waits_for_who_has_the_conversation_before_it_takes_a_delivery(self):
        self._conversation(self.one)._lock()
        self._begin(self.two)

        self._assert_blocked(lambda: self._lose(self.two))

        delivery = self.one["omnichannel.delivery"].browse(self.delivery_id)
        self.assertEqual(delivery.state, "queued")
