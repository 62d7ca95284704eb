import threading
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..channels.errors import NotSent, OutcomeUnknown
from ..channels.events import SendResult
from ..channels.instagram import InstagramAdapter
from ..channels.twilio_sms import TwilioSmsAdapter
from ..models import omnichannel_delivery_queue as queue
from .common import ANA_NUMBER
from .delivery_common import REFUSED, TIMEOUT, DeliveryCase, created

LIMITED = (429, {"code": 20429, "message": "Too many"}, {"Retry-After": "120"})


@tagged("-at_install", "post_install")
class TestDeliveryQueue(DeliveryCase):
    # === CONCURRENCY === #

    def test_calls_of_several_customers_are_under_way_at_once(self):
        messages = [self._answer(conversation) for conversation in self._customers(4)]
        everybody = threading.Barrier(4, timeout=20)

        def send(_adapter, outbound):
            everybody.wait()
            return SendResult(f"SM{outbound.to}")

        with patch.object(TwilioSmsAdapter, "send", send):
            self._send_queue()

        self.assertEqual([message.state for message in messages], ["sent"] * 4)

    def test_messages_of_one_customer_leave_one_after_the_other_and_in_order(self):
        conversation = self._receive_sms("Hello")
        for number in range(5):
            self._answer(conversation, body=f"Part {number}")
        texts, under_way = [], []

        def send(_adapter, outbound):
            under_way.append(1)
            texts.append((len(under_way), outbound.part.text))
            under_way.pop()
            return SendResult(f"SM{len(texts)}")

        with patch.object(TwilioSmsAdapter, "send", send):
            self._send_queue()

        self.assertEqual(texts, [(1, f"Part {number}") for number in range(5)])

    def test_an_account_that_hangs_leaves_room_for_the_others(self):
        slow = [
            self._answer(conversation)
            for conversation in self._customers(queue.CALLS_PER_ACCOUNT + 2)
        ]
        other = self._answer(self._receive_instagram("Hello"), "instagram")
        is_other_sent = threading.Event()

        def hang(_adapter, outbound):
            is_other_sent.wait(20)
            return SendResult(f"SM{outbound.to}")

        def send(_adapter, _outbound):
            is_other_sent.set()
            return SendResult("mid.sent")

        with (
            patch.object(TwilioSmsAdapter, "send", hang),
            patch.object(InstagramAdapter, "send", send),
        ):
            self._send_queue()

        self.assertTrue(is_other_sent.is_set())
        self.assertEqual((other.state, {m.state for m in slow}), ("sent", {"sent"}))

    def test_no_account_has_more_calls_under_way_than_its_share(self):
        for conversation in self._customers(queue.CALLS_PER_ACCOUNT + 2):
            self._answer(conversation)
        deliveries = self.env["omnichannel.delivery"]

        with queue.Calls(queue.CALLS) as calls:
            jobs, _pause = deliveries._claim(calls, 10)

        self.assertEqual(len(jobs), queue.CALLS_PER_ACCOUNT)
        self.assertEqual(deliveries.search_count([("state", "=", "sending")]), len(jobs))

    # === RATE LIMITS === #

    def test_an_account_takes_its_rate_and_no_more(self):
        self.sms.rate_limit = 3
        for conversation in self._customers(6):
            self._answer(conversation)
        deliveries = self.env["omnichannel.delivery"]

        with queue.Calls(queue.CALLS) as calls:
            jobs, pause = deliveries._claim(calls, 10)
            again, _pause = deliveries._claim(calls, 10)

        self.assertEqual((len(jobs), len(again)), (3, 0))
        self.assertAlmostEqual(pause, 1 / 3, delta=0.2)

    def test_a_rate_limit_holds_up_the_whole_account_and_costs_no_attempt(self):
        first, second = [self._answer(conversation) for conversation in self._customers(2)]
        self.sms.rate_limit = 0.01  # one at once

        self._send_queue(LIMITED)

        self.assertEqual((first.state, second.state), ("queued", "queued"))
        throttle = self.env["omnichannel.throttle"].search([])
        self.assertGreater(throttle.blocked_until, fields.Datetime.now() + timedelta(seconds=100))
        self.assertFalse(self._send_queue(), "the account is blocked")
        self.assertFalse(first.delivery_ids.refusals)

    def test_an_account_that_used_up_its_calls_pauses(self):
        conversation = self._receive_sms("Hello")
        first, second = self._answer(conversation), self._answer(conversation)

        with patch.object(TwilioSmsAdapter, "send", lambda *_: SendResult("SM1", usage=0.96)):
            self._send_queue()

        self.assertEqual((first.state, second.state), ("sent", "queued"))

    # === OUTAGES === #

    def test_an_outage_costs_no_message_and_ends_in_order(self):
        conversation = self._receive_sms("Hello")
        messages = [self._answer(conversation, body=f"Part {number}") for number in range(3)]

        for _attempt in range(20):
            self._unblock()
            made = self._send_queue(REFUSED())
            self.assertEqual(len(made), 1, "one call shows whether the provider works")
        self._unblock()
        made = self._send_queue(*[created(f"SM{number}") for number in range(3)])

        self.assertEqual([message.state for message in messages], ["sent"] * 3)
        bodies = [request.body.read().decode() for request in made]
        self.assertTrue(all(f"Part+{n}" in body for n, body in enumerate(bodies)), bodies)

    def test_a_provider_that_never_answers_is_not_sent_the_whole_queue(self):
        messages = [
            self._answer(conversation)
            for conversation in self._customers(queue.CALLS_PER_ACCOUNT + 2)
        ]

        def hang(_adapter, _outbound):
            raise OutcomeUnknown("no answer")

        with patch.object(TwilioSmsAdapter, "send", hang):
            self._send_queue()
            self._send_queue()

        states = [message.state for message in messages]
        self.assertLessEqual(states.count("unknown"), queue.CALLS_PER_ACCOUNT)
        self.assertIn("queued", states)

    def test_a_refusal_of_one_message_is_counted_and_final_in_the_end(self):
        message = self._answer(self._receive_sms("Hello"))

        def refuse(_adapter, _outbound):
            raise NotSent("This sender's queue is full.", "21611")

        with patch.object(TwilioSmsAdapter, "send", refuse):
            for _attempt in range(8):
                self.assertEqual(message.state, "queued")
                self._send_queue()

        self.assertEqual(message.state, "failed")

    # === WAKING === #

    def test_the_next_attempt_plans_one_run_however_often_the_queue_runs(self):
        self._answer(self._receive_sms("Hello"))
        cron = self.env.ref("omnichannel_connector.ir_cron_omnichannel_delivery")
        self._send_queue(REFUSED())

        for _run in range(3):
            self._run_cron("ir_cron_omnichannel_delivery")

        later = [("cron_id", "=", cron.id), ("call_at", ">", fields.Datetime.now())]
        self.assertEqual(self.env["ir.cron.trigger"].search_count(later), 1)

    # === SEVERAL CALLS FOR ONE MESSAGE === #

    def test_a_text_with_a_file_keeps_both_ids_and_knows_both_echoes(self):
        conversation = self._receive_instagram("Hello")
        picture = self.env["ir.attachment"].create(
            {"name": "a.png", "raw": b"\x89PNG\r\n\x1a\n", "mimetype": "image/png"}
        )
        message = self._answer(conversation, "instagram", attachment_ids=picture.ids)

        self._send_queue((200, {"message_id": "mid.a"}), (200, {"message_id": "mid.b"}))

        self.assertEqual(message.delivery_ids.mapped("external_id"), ["mid.a", "mid.b"])

    def test_the_answer_to_a_call_beats_what_an_echo_was_taken_for(self):
        conversation = self._receive_sms("Hello")
        first, second = self._answer(conversation), self._answer(conversation)
        self._send_queue(TIMEOUT(), created("SM2"))
        self.assertEqual((first.state, second.state), ("unknown", "sent"))
        first.delivery_ids.write({"external_id": "SM3", "state": "sent"})
        third = self._answer(conversation)

        self._send_queue(created("SM3"))

        self.assertEqual(third.delivery_ids.external_id, "SM3")
        self.assertEqual((first.state, first.delivery_ids.external_id), ("unknown", False))

    def test_a_status_before_its_message_is_known_waits_for_it(self):
        message = self._answer(self._receive_sms("Hello", sender=ANA_NUMBER))
        params = {
            "MessageSid": "SM900",
            "AccountSid": self.sms.external_id,
            "MessageStatus": "delivered",
            "To": ANA_NUMBER,
        }
        event = self._store_sms(params, {"delivery": ""}, "status:SM900:delivered")
        event._process()
        self.assertEqual((event.state, event.target), ("early", "SM900"))

        self._send_queue(created("SM900"))

        self.assertEqual(event.state, "new", "the answer to the call wakes it")
        event._process()
        self.assertEqual(message.state, "delivered")
