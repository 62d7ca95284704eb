from datetime import timedelta
from unittest.mock import patch

import requests

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ANA_NUMBER, OmnichannelCase, instagram_item, sms_params

CREATED = (201, {"sid": "SM900", "status": "queued", "num_segments": "1"})
SENT = (200, {"recipient_id": "900000000000001", "message_id": "mid.sent"})
DELIVERY_LOGGER = "odoo.addons.omnichannel_connector.models.omnichannel_delivery_call"


@tagged("-at_install", "post_install")
class TestOutbound(OmnichannelCase):
    def _answer(self, conversation, key="sms", body="Here we are"):
        return (
            conversation.channel_id.with_user(self.agent)
            .sudo()
            .message_post(body=body, message_type="comment", omnichannel_key=key)
            .omnichannel_message_ids
        )

    def _send_queue(self, *answers):
        with self._provider(*answers) as made:
            self._run_cron("ir_cron_omnichannel_delivery")
        return made

    # === CHOICES === #

    def test_the_best_choice_is_where_the_customer_wrote_last(self):
        conversation = self._receive_instagram("One", at=self._ago(minutes=2))
        conversation.partner_id.phone = ANA_NUMBER
        self.assertEqual(conversation.get_send_choices()[0]["channel"], "instagram")

        self._receive_sms("Two")

        self.assertEqual(conversation.get_send_choices()[0]["channel"], "sms")

    def test_instagram_closes_a_week_after_the_customers_last_message(self):
        conversation = self._receive_instagram("Hello", at=self._ago(days=8))

        choice = conversation.get_send_choices()[0]
        self.assertIn("too long ago", choice["reason"])
        with self.assertRaisesRegex(UserError, "too long ago"):
            self._answer(conversation, "instagram")

    def test_an_echo_does_not_reopen_the_window(self):
        conversation = self._receive_instagram("Hello", mid="mid.1", at=self._ago(days=8))
        self._receive_instagram("From the app", mid="mid.2", echo=True)

        self.assertTrue(conversation.get_send_choices()[0]["reason"])

    def test_a_customer_who_opted_out_gets_nothing(self):
        conversation = self._receive_sms("STOP", OptOutType="STOP")

        with self.assertRaisesRegex(UserError, "Refused by SMS .*“STOP”"):
            self._answer(conversation)

    def test_a_way_that_does_not_exist_is_refused(self):
        conversation = self._receive_sms("Hello")

        for key in ("instagram", "email", "pigeon", "999:999", f"{self.instagram.id}:1"):
            with self.assertRaises(UserError):
                self._answer(conversation, key)

    # === NOTES === #

    def setUp(self):
        super().setUp()
        self.old_mails = self.env["mail.mail"].search([])

    def _assert_nothing_leaves(self):
        self.assertFalse(self.env["omnichannel.delivery"].search([]))
        self.assertFalse(self.env["mail.mail"].search([]) - self.old_mails)
        self.assertFalse(self.env["sms.sms"].search([("body", "ilike", "Secret")]))

    def test_a_note_stays_inside(self):
        conversation = self._receive_sms("Hello")

        note = conversation.channel_id.message_post(body="He is rude", message_type="comment")

        self.assertEqual(note.subtype_id, self.env.ref("mail.mt_note"))
        self.assertFalse(note.omnichannel_message_ids)
        self._assert_nothing_leaves()

    def test_no_odd_argument_turns_a_note_into_a_message(self):
        conversation = self._receive_sms("Hello")
        channel = conversation.channel_id
        odd = [
            {"omnichannel_key": ""},
            {"omnichannel_key": False},
            {"omnichannel_key": None},
            {"subtype_xmlid": "mail.mt_comment"},
            {"subtype_id": self.env.ref("mail.mt_comment").id},
            {"partner_ids": conversation.partner_id.ids},
            {"message_type": "notification"},
            {"message_type": "email_outgoing"},
            {"message_type": "auto_comment"},
        ]
        for values in odd:
            channel.message_post(**{"body": "Secret", "message_type": "comment", **values})

        forged = {"conversation": conversation.id, "choice": {"channel": "sms"}}
        channel.with_context(omnichannel_plan=forged).message_post(
            body="Secret", message_type="comment"
        )

        self._assert_nothing_leaves()

    def test_what_left_can_not_be_changed_and_a_note_can(self):
        conversation = self._receive_sms("Hello")
        sent = self._answer(conversation).mail_message_id
        note = conversation.channel_id.message_post(body="Note", message_type="comment")

        conversation.channel_id._check_can_update_message_content(note)
        with self.assertRaises(UserError):
            conversation.channel_id._check_can_update_message_content(sent)

    # === SENDING === #

    def test_nothing_is_sent_before_the_commit(self):
        conversation = self._receive_sms("Hello")

        with self._provider() as made:
            message = self._answer(conversation)

        self.assertFalse(made)
        self.assertEqual(message.state, "queued")
        self.assertEqual(conversation.waiting_for, "customer")

    def test_an_answer_makes_the_conversation_the_agents(self):
        conversation = self._receive_sms("Hello")

        self._answer(conversation)

        self.assertEqual(conversation.user_id, self.agent)

    def test_an_sms_goes_to_twilio_with_our_uuid(self):
        message = self._answer(self._receive_sms("Hello"))

        (request,) = self._send_queue(CREATED)

        sent = request.body.read().decode()
        self.assertIn("/Messages.json", request.url)
        self.assertIn("Body=Here+we+are", sent)
        self.assertIn(message.delivery_ids.uuid, sent)
        self.assertEqual((message.state, message.delivery_ids.external_id), ("sent", "SM900"))

    def test_an_instagram_answer_goes_to_the_customers_id(self):
        message = self._answer(self._receive_instagram("Hello"), "instagram")

        (request,) = self._send_queue(SENT)

        self.assertIn(b"900000000000001", request.body.read())
        self.assertEqual((message.state, message.delivery_ids.external_id), ("sent", "mid.sent"))

    def test_a_long_text_leaves_in_parts_and_in_order(self):
        message = self._answer(self._receive_instagram("Hello"), "instagram", "word " * 500)
        answers = [(200, {"message_id": f"mid.{number}"}) for number in range(3)]

        made = self._send_queue(*answers)

        self.assertEqual(len(made), 3)
        self.assertEqual(
            message.delivery_ids.sorted("position").mapped("external_id"),
            ["mid.0", "mid.1", "mid.2"],
        )

    def test_an_empty_message_is_refused(self):
        conversation = self._receive_sms("Hello")

        with self.assertRaises(UserError):
            self._answer(conversation, body="")

    def test_consent_is_asked_again_when_the_message_leaves(self):
        conversation = self._receive_sms("Hello", sid="SM1")
        message = self._answer(conversation)
        self._receive_sms("STOP", sid="SM2", OptOutType="STOP")

        made = self._send_queue()

        self.assertFalse(made)
        self.assertEqual(message.state, "canceled")

    def test_a_canceled_message_does_not_hold_up_the_queue(self):
        stopped = self._receive_sms("Hello", sender="+12025550111", sid="SM1")
        canceled = self._answer(stopped)
        self._receive_sms("STOP", sender="+12025550111", sid="SM2", OptOutType="STOP")
        waiting = self._answer(self._receive_sms("Hello", sid="SM3"))

        made = self._send_queue(CREATED)

        self.assertEqual((canceled.state, waiting.state), ("canceled", "sent"))
        self.assertEqual(len(made), 1)

    def test_a_channel_whose_addon_is_gone_does_not_hold_up_the_queue(self):
        orphan = self._answer(self._receive_instagram("Hello"), "instagram")
        waiting = self._answer(self._receive_sms("Hello"))
        accounts = type(self.env["omnichannel.account"])
        classes = self.env["omnichannel.account"]._adapter_classes()

        with patch.object(accounts, "_adapter_classes", lambda _self: {"sms": classes["sms"]}):
            self._send_queue(CREATED)

        self.assertEqual((orphan.state, waiting.state), ("queued", "sent"))

    # === ERRORS === #

    def test_a_refused_connection_is_tried_again_later(self):
        message = self._answer(self._receive_sms("Hello"))

        self._send_queue(requests.exceptions.ConnectTimeout())

        delivery = message.delivery_ids
        self.assertEqual(delivery.state, "queued")
        self.assertGreater(delivery.next_attempt_at, fields.Datetime.now())
        delivery.next_attempt_at = False
        self._send_queue(CREATED)
        self.assertEqual(message.state, "sent")

    def test_a_timeout_is_never_sent_again_by_itself(self):
        message = self._answer(self._receive_sms("Hello"))

        self._send_queue(requests.exceptions.ReadTimeout())
        self.assertEqual(message.state, "unknown")

        self.assertFalse(self._send_queue())

    def test_a_rate_limit_waits_as_long_as_the_provider_says(self):
        message = self._answer(self._receive_sms("Hello"))

        self._send_queue((429, {"code": 20429, "message": "Too many"}, {"Retry-After": "120"}))

        pause = message.delivery_ids.next_attempt_at - fields.Datetime.now()
        self.assertGreater(pause, timedelta(seconds=100))

    def test_a_refused_number_fails_with_the_providers_words(self):
        message = self._answer(self._receive_sms("Hello"))

        self._send_queue((400, {"code": 21211, "message": "The 'To' number is not valid."}))

        self.assertEqual(message.state, "failed")
        self.assertIn("not valid", message.error)

    def test_an_opted_out_number_is_remembered(self):
        message = self._answer(self._receive_sms("Hello"))

        self._send_queue((400, {"code": 21610, "message": "Unsubscribed recipient"}))

        self.assertEqual(message.state, "failed")
        self.assertTrue(message.identity_id._refusal("sms", "service"))

    def test_a_dead_token_pauses_the_account_and_keeps_the_queue(self):
        message = self._answer(self._receive_sms("Hello"))

        self._send_queue((401, {"code": 20003, "message": "Authenticate"}))
        self.assertEqual((self.sms.state, message.state), ("error", "queued"))
        self.assertFalse(self._send_queue(), "a paused account sends nothing")

        self.sms.action_connect()
        self.env["omnichannel.delivery"].search([]).next_attempt_at = False
        self._send_queue(CREATED)
        self.assertEqual(message.state, "sent")

    @mute_logger(DELIVERY_LOGGER)
    def test_a_broken_adapter_leaves_the_outcome_open(self):
        message = self._answer(self._receive_sms("Hello"))

        self._send_queue((201, ["not", "what", "Twilio", "answers"]))

        self.assertEqual(message.state, "unknown")

    def test_a_worker_that_died_while_sending_leaves_unknown(self):
        message = self._answer(self._receive_sms("Hello"))
        message.delivery_ids.write(
            {"state": "sending", "lease_until": fields.Datetime.now() - timedelta(minutes=5)}
        )

        self.assertFalse(self._send_queue())

        self.assertEqual(message.state, "unknown")

    # === STATES === #

    def _status(self, delivery, status, **extra):
        params = sms_params(sid="SM900", MessageStatus=status, To=ANA_NUMBER, **extra)
        event = self._store_sms(params, {"delivery": delivery.uuid}, f"status:SM900:{status}")
        event._process()

    def test_states_move_forward_only(self):
        message = self._answer(self._receive_sms("Hello"))
        self._send_queue(CREATED)

        self._status(message.delivery_ids, "delivered")
        self._status(message.delivery_ids, "sent")

        self.assertEqual(message.state, "delivered")

    def test_a_callback_resolves_an_unknown_outcome(self):
        message = self._answer(self._receive_sms("Hello"))
        self._send_queue(requests.exceptions.ReadTimeout())

        self._status(message.delivery_ids, "delivered")

        self.assertEqual(message.state, "delivered")
        self.assertEqual(message.delivery_ids.external_id, "SM900")

    def test_a_failed_callback_shows_its_code(self):
        message = self._answer(self._receive_sms("Hello"))
        self._send_queue(CREATED)

        self._status(message.delivery_ids, "undelivered", ErrorCode="30005")

        self.assertEqual((message.state, message.delivery_ids.error_code), ("failed", "30005"))

    def _echo(self, mid, text="Here we are"):
        self._store_instagram(instagram_item(text, mid=mid, echo=True))._process()

    def test_the_echo_of_our_own_answer_is_no_second_message(self):
        conversation = self._receive_instagram("Hello")
        self._answer(conversation, "instagram")
        self._send_queue(SENT)

        self._echo("mid.sent")

        self.assertEqual(len(conversation.message_ids), 2)

    def test_an_echo_before_the_answer_of_the_call_is_recognised(self):
        conversation = self._receive_instagram("Hello")
        message = self._answer(conversation, "instagram")
        message.delivery_ids.state = "sending"

        self._echo("mid.sent")

        self.assertEqual(len(conversation.message_ids), 2)
        self.assertEqual((message.state, message.delivery_ids.external_id), ("sent", "mid.sent"))

    def test_an_echo_resolves_an_unknown_outcome(self):
        conversation = self._receive_instagram("Hello")
        message = self._answer(conversation, "instagram")
        self._send_queue(requests.exceptions.ReadTimeout())
        self.assertEqual(message.state, "unknown")

        self._echo("mid.sent")

        self.assertEqual(message.state, "sent")

    def test_a_read_receipt_marks_what_left_before_it(self):
        conversation = self._receive_instagram("Hello")
        message = self._answer(conversation, "instagram")
        self._send_queue(SENT)
        item = instagram_item(mid="mid.read", at=self._ago(seconds=-5))
        item["read"] = {"mid": "mid.sent"}
        event = self._store_instagram(item)
        payload = {**event.payload}
        del payload["item"]["message"]
        event.payload = payload

        event._process()

        self.assertEqual(message.state, "read")
