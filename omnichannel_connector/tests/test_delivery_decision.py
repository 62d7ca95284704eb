from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..channels.errors import NotSent
from ..channels.events import SendResult
from ..channels.twilio_sms import TwilioSmsAdapter
from .delivery_common import CREATED, TIMEOUT, DeliveryCase, created

BAD_NUMBER = (400, {"code": 21211, "message": "The 'To' number is not valid."})


@tagged("-at_install", "post_install")
class TestDeliveryDecision(DeliveryCase):
    """What becomes of a message whose outcome is unknown: look-ups, then a person."""

    def _unknown(self):
        message = self._answer(self._receive_sms("Hello"))
        self._send_queue(TIMEOUT())
        self.assertEqual(message.state, "unknown")
        return message

    def _look_up(self, *found):
        """Let a look-up be due now and find these."""
        deliveries = self.env["omnichannel.delivery"].search([("look_up_at", "!=", False)])
        deliveries.look_up_at = fields.Datetime.now() - timedelta(seconds=1)
        asked = []

        def look_up(_adapter, outbound, since):
            asked.append((outbound, since))
            if found and isinstance(found[0], Exception):
                raise found[0]
            return list(found)

        with patch.object(TwilioSmsAdapter, "look_up", look_up):
            self._run_cron("ir_cron_omnichannel_reconcile")
        return asked

    # === LOOK-UPS === #

    def test_a_look_up_that_finds_it_resolves_it(self):
        message = self._unknown()

        (asked,) = self._look_up(SendResult("SM77"))

        self.assertEqual((message.state, message.delivery_ids.external_id), ("sent", "SM77"))
        self.assertEqual(asked[0].part.text, "Here we are")

    def test_a_look_up_takes_no_id_that_is_anothers(self):
        sent = self._answer(self._receive_sms("Hello", sid="SM5"))
        self._send_queue(created("SM76"))
        message = self._unknown()

        self._look_up(SendResult("SM76"), SendResult("SM77"))

        self.assertEqual(message.delivery_ids.external_id, "SM77")
        self.assertEqual(sent.delivery_ids.external_id, "SM76")

    def test_what_the_provider_has_no_record_of_is_said_and_left_to_a_person(self):
        message = self._unknown()

        asked = [self._look_up() for _time in range(6)]

        self.assertEqual([len(calls) for calls in asked], [1, 1, 1, 1, 0, 0])
        self.assertEqual(message.state, "unknown")
        self.assertTrue(message.delivery_ids.is_confirmed_missing)
        self.assertIn("no record", message.error)

    def test_a_look_up_without_an_answer_says_nothing(self):
        message = self._unknown()

        for _time in range(6):
            self._look_up(NotSent("down"))

        self.assertFalse(message.delivery_ids.is_confirmed_missing)
        self.assertTrue(message.delivery_ids.look_up_at)

    def test_a_callback_resolves_what_a_look_up_did_not_find(self):
        message = self._unknown()
        for _time in range(4):
            self._look_up()

        self._status(message.delivery_ids, "delivered")

        self.assertEqual(message.state, "delivered")
        self.assertFalse(message.delivery_ids.is_confirmed_missing)

    # === SENDING AGAIN === #

    def test_a_person_sends_it_again_as_a_new_attempt(self):
        message = self._unknown()
        old = message.delivery_ids

        message.with_user(self.agent).action_resend()

        new = message.delivery_ids - old
        self.assertEqual((message.state, old.state, new.state), ("queued", "unknown", "queued"))
        self.assertNotEqual(new.uuid, old.uuid)
        self._send_queue(CREATED)
        self.assertEqual(message.state, "sent")

    def test_the_first_attempt_that_arrives_after_all_withdraws_the_second(self):
        message = self._unknown()
        old = message.delivery_ids
        message.with_user(self.agent).action_resend()

        self._status(old, "delivered")

        self.assertEqual(message.state, "delivered")
        self.assertFalse(self._send_queue())

    def test_a_message_that_arrived_twice_says_so(self):
        message = self._unknown()
        old = message.delivery_ids
        message.with_user(self.agent).action_resend()
        self._send_queue(CREATED)

        self._status(old, "delivered", sid="SM899")

        self.assertEqual(message.state, "sent")
        self.assertIn("twice", message.error)

    def test_a_failed_message_can_be_sent_again_and_one_that_left_can_not(self):
        message = self._answer(self._receive_sms("Hello"))
        self._send_queue(BAD_NUMBER)
        message.with_user(self.agent).action_resend()
        self._send_queue(CREATED)
        self.assertEqual(message.state, "sent")

        with self.assertRaises(UserError):
            message.with_user(self.agent).action_resend()

    def test_nothing_is_sent_again_to_who_opted_out_meanwhile(self):
        message = self._unknown()
        self._receive_sms("STOP", sid="SM2", OptOutType="STOP")

        with self.assertRaisesRegex(UserError, "Refused by SMS"):
            message.with_user(self.agent).action_resend()

    # === GIVING UP AND CANCELING === #

    def test_what_was_given_up_still_shows_that_it_arrived(self):
        message = self._unknown()
        message.with_user(self.agent).action_discard()
        self.assertEqual(message.state, "canceled")

        self._status(message.delivery_ids, "sent")

        self.assertEqual(message.state, "sent")

    def test_what_waits_can_be_canceled_and_what_is_being_sent_can_not(self):
        conversation = self._receive_sms("Hello")
        waiting, leaving = self._answer(conversation), self._answer(conversation)
        leaving.delivery_ids.state = "sending"

        waiting.with_user(self.agent).action_cancel()

        self.assertEqual(waiting.state, "canceled")
        self.assertIn(self.agent.name, waiting.error)
        with self.assertRaisesRegex(UserError, "too late"):
            leaving.with_user(self.agent).action_cancel()

    def test_an_agent_decides_nothing_in_a_colleagues_conversation(self):
        message = self._unknown()
        colleague = new_test_user(
            self.env, "bea", "omnichannel_connector.omnichannel_group_agent", name="Agent Bea"
        )

        for name in ("action_resend", "action_discard", "action_cancel"):
            with self.assertRaises(AccessError):
                getattr(message.with_user(colleague), name)()

    def test_the_bubble_tells_what_can_be_done(self):
        message = self._answer(self._receive_sms("Hello"))
        value = message._to_store_value()
        self.assertEqual((value["canResend"], value["canCancel"]), (False, True))

        self._send_queue(TIMEOUT())

        value = message._to_store_value()
        self.assertEqual((value["canResend"], value["canCancel"]), (True, False))
