"""A message that failed or was canceled is no answer: the customer waits for us again."""

from unittest.mock import patch

from odoo.tests import tagged

from .common import ANA_NUMBER
from .delivery_common import CREATED, SENT, TIMEOUT, DeliveryCase
from .test_target import TargetCase

REFUSED = (400, {"code": 21211, "message": "Invalid number", "status": 400})
REFUSED_BY_META = (400, {"error": {"message": "No", "code": 100, "type": "OAuthException"}})


@tagged("-at_install", "post_install")
class TestLost(TargetCase, DeliveryCase):
    def _assert_waiting(self, conversation, minutes):
        self.assertEqual(conversation.waiting_for, "us")
        self.assertEqual(conversation.waiting_since, self._at(minutes))
        self._assert_derived(conversation)

    def _assert_answered(self, conversation, minutes):
        self.assertEqual(conversation.waiting_for, "customer")
        self.assertFalse(conversation.waiting_since)
        self.assertEqual(conversation.answered_at, self._at(minutes))
        self._assert_derived(conversation)

    def _episode(self, conversation):
        self.env.flush_all()
        return self.env["omnichannel.episode"].search([("conversation_id", "=", conversation.id)])

    def _fail(self, message):
        message.delivery_ids._advance("failed", error="No")

    # === WHO WAITS === #

    def test_an_answer_that_the_provider_refuses_is_none(self):
        conversation = self._says(0)
        message = self._answer(conversation, 10)
        self._assert_answered(conversation, 10)

        self._send_queue(REFUSED)

        self.assertEqual(message.state, "failed")
        self._assert_waiting(conversation, 0)
        self.assertFalse(conversation.answered_at)
        self.assertFalse(conversation.last_outbound_at)
        self.assertEqual(conversation.unread_count, 0, "who answered had seen it")

    def test_it_counts_again_when_it_is_sent_again(self):
        conversation = self._says(0)
        message = self._answer(conversation, 10)
        self._send_queue(REFUSED)

        message.with_user(self.agent).action_resend()
        self._assert_answered(conversation, 10)
        self._send_queue(REFUSED)
        self._assert_waiting(conversation, 0)

        message.with_user(self.agent).action_resend()
        self._send_queue(CREATED)
        self.assertEqual(message.state, "sent")
        self._assert_answered(conversation, 10)

    def test_one_that_its_author_takes_back_is_none(self):
        conversation = self._says(0)
        message = self._answer(conversation, 10)

        message.with_user(self.agent).action_cancel()

        self._assert_waiting(conversation, 0)

    def test_what_may_have_arrived_is_an_answer_until_a_person_gives_it_up(self):
        conversation = self._says(0)
        message = self._answer(conversation, 10)
        self._send_queue(TIMEOUT())
        self.assertEqual(message.state, "unknown")
        self._assert_answered(conversation, 10)

        message.with_user(self.agent).action_discard()
        self._assert_waiting(conversation, 0)

        self._status(message.delivery_ids, "delivered")
        self._assert_answered(conversation, 10)

    def test_what_the_provider_tells_later_counts(self):
        conversation = self._says(0)
        message = self._answer(conversation, 10)
        self._send_queue(CREATED)

        self._status(message.delivery_ids, "failed", ErrorCode="30003")
        self._assert_waiting(conversation, 0)

        self._status(message.delivery_ids, "delivered")
        self._assert_answered(conversation, 10)

    def test_what_may_not_leave_any_more_is_none(self):
        conversation = self._says(0)
        message = self._answer(conversation, 10)
        self._says(20)
        identity = conversation.identity_ids
        self.env["omnichannel.consent"]._record(
            identity, "sms", ["service", "marketing"], "refused", "keyword"
        )

        self.assertFalse(self._send_queue())

        self.assertEqual(message.state, "canceled")
        self._assert_waiting(conversation, 0)

    def test_one_that_was_written_in_the_providers_app_may_fail_too(self):
        conversation = self._says(0)
        self._says(5, is_echo=True)
        message = conversation.message_ids.filtered(lambda m: m.origin == "app")

        message._advance_foreign("failed")
        self._assert_waiting(conversation, 0)

        message._advance_foreign("delivered")
        self._assert_answered(conversation, 5)

    def test_a_message_of_which_a_part_is_missing_is_none(self):
        conversation = self._receive_instagram("Hello")
        picture = self.env["ir.attachment"].create(
            {"name": "a.png", "raw": b"\x89PNG\r\n\x1a\n", "mimetype": "image/png"}
        )
        message = DeliveryCase._answer(self, conversation, "instagram", attachment_ids=picture.ids)

        self._send_queue(SENT, REFUSED_BY_META)

        self.assertEqual(message.delivery_ids.mapped("state"), ["sent", "failed"])
        self.assertEqual(conversation.waiting_since, conversation.last_inbound_at)
        self._assert_derived(conversation)

    def test_an_earlier_answer_that_arrived_stays_one(self):
        conversation = self._says(0)
        self._answer(conversation, 10)
        self._send_queue(CREATED)

        self._fail(self._answer(conversation, 20))

        self._assert_answered(conversation, 10)

    def test_who_wrote_meanwhile_waits_since_the_first_of_it(self):
        conversation = self._says(0)
        message = self._answer(conversation, 10)
        self._says(20)
        self.assertEqual(conversation.waiting_since, self._at(20))

        self._fail(message)
        self._assert_waiting(conversation, 0)

        message.with_user(self.agent).action_resend()
        self._assert_waiting(conversation, 20)

    def test_a_follow_up_that_failed_was_not_our_turn(self):
        conversation = self._says(0)
        self._answer(conversation, 10)
        self._send_queue(CREATED)
        message = self._answer(conversation, 20)
        message.write({"is_automatic": True, "origin": "sequence"})

        self._fail(message)

        self.assertEqual(conversation.turn_at, self._at(10))
        self._assert_answered(conversation, 10)

    # === WHERE IT SHOWS === #

    def test_the_header_tells_it_live(self):
        conversation = self._says(0)
        message = self._answer(conversation, 10)
        values = []
        self.patch(
            type(conversation), "_push_header", lambda c, *_: values.append(c._to_store_value())
        )

        self._fail(message)

        self.assertEqual(values[-1]["waiting_for"], "us")
        self.assertTrue(values[-1]["waiting_since"])

    def test_who_closed_it_after_the_answer_finds_it_open_again(self):
        conversation = self._says(0)
        message = self._answer(conversation, 10)
        with self._freeze(12):
            conversation.with_user(self.agent).action_close()
        episode = self._episode(conversation)
        self.assertTrue(episode.closed_at)

        self._fail(message)

        self.assertEqual(conversation.state, "open")
        self._assert_waiting(conversation, 0)
        self.assertEqual(self._episode(conversation), episode)
        self.assertFalse(episode.closed_at)
        self.assertFalse(episode.first_response_at)

    def test_what_was_closed_without_an_answer_stays_closed(self):
        conversation = self._says(0)
        message = self._answer(conversation, 10)
        self._says(20)
        with self._freeze(30):
            conversation.with_user(self.agent).action_close()

        self._fail(message)

        self.assertEqual(conversation.state, "closed")
        self.assertFalse(conversation.waiting_since)
        self._assert_derived(conversation)

    def test_it_looks_for_an_agent_again(self):
        self.team.assignment = "round_robin"
        conversation = self._waiting()
        self._says(1, is_echo=True)
        self.assertFalse(conversation.is_looking)

        conversation.message_ids.filtered(lambda m: m.origin == "app")._advance_foreign("failed")

        self.assertTrue(conversation.is_looking)

    # === TARGETS AND EPISODES === #

    def test_the_target_of_a_first_answer_is_due_again(self):
        self._targets(first=60, following=30)
        conversation = self._waiting()
        message = self._answer(conversation, 10)
        self.assertFalse(conversation.response_due_at)

        self._fail(message)

        self.assertEqual(conversation.response_due_at, self._at(60))

    def test_the_first_response_is_the_first_that_left(self):
        conversation = self._waiting()
        lost = self._answer(conversation, 10)
        episode = self._episode(conversation)
        self._fail(lost)
        self.assertFalse(episode.first_response_at)
        self.env.cr.execute(
            "SELECT first_response_minutes FROM omnichannel_episode WHERE id = %s", episode.ids
        )
        self.assertIsNone(self.env.cr.fetchone()[0], "averages leave it out")

        self._answer(conversation, 30)
        self.assertEqual(episode.first_response_at, self._at(30))
        self.assertAlmostEqual(episode.first_response_wall_minutes, 30)

        self._status(lost.delivery_ids, "delivered")
        self.assertEqual(episode.first_response_at, self._at(10))
        self.assertEqual(episode.user_id, self.agent)

    def test_the_report_of_response_times_leaves_out_what_got_lost(self):
        conversation = self._waiting()
        message = self._answer(conversation, 10)
        report = self.env["omnichannel.message.report"].browse(message.id)
        self.assertAlmostEqual(report.response_minutes, 10)

        self._fail(message)
        self.env.flush_all()
        average = report._read_group([("id", "=", message.id)], aggregates=["response_minutes:avg"])

        self.assertFalse(average[0][0])

    # === COST === #

    def test_what_leaves_and_arrives_costs_nothing(self):
        conversation = self._says(0)
        message = self._answer(conversation, 10)
        conversations = type(conversation)
        with (
            patch.object(conversations, "_lock", lambda c: self.assertFalse(c)),
            patch.object(conversations, "_derive_clocks", lambda c: self.assertFalse(c)),
        ):
            self._send_queue(CREATED)
            self._status(message.delivery_ids, "delivered")

        self.assertEqual(message.state, "delivered")

    def test_a_batch_of_failures_locks_all_of_them_at_once_and_first(self):
        numbers = [ANA_NUMBER, "+12025550188"]
        messages = [self._answer(self._says(0, sender=number), 10) for number in numbers]
        conversations = self.env["omnichannel.conversation"].union(
            *(message.conversation_id for message in messages)
        )
        locked = []
        lock = type(conversations)._lock

        def note(records):
            if records:
                locked.append((records.ids, messages[0].delivery_ids.state))
            return lock(records)

        with patch.object(type(conversations), "_lock", note):
            self._send_queue(REFUSED, REFUSED)

        self.assertEqual([message.state for message in messages], ["failed"] * 2)
        self.assertTrue(all(state == "sending" for _ids, state in locked[:1]))
