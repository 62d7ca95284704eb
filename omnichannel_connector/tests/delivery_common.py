"""What the tests of the delivery queue share."""

import requests

from odoo import fields

from .common import OmnichannelCase, sms_params

CREATED = (201, {"sid": "SM900", "status": "queued", "num_segments": "1"})
SENT = (200, {"recipient_id": "900000000000001", "message_id": "mid.sent"})
TIMEOUT = requests.exceptions.ReadTimeout
REFUSED = requests.exceptions.ConnectTimeout
CALL_LOGGER = "odoo.addons.omnichannel_connector.models.omnichannel_delivery_call"


def created(sid):
    """Return Twilio's answer to a message that it took."""
    return 201, {"sid": sid, "status": "queued", "num_segments": "1"}


class DeliveryCase(OmnichannelCase):
    def _answer(self, conversation, key="sms", body="Here we are", **values):
        return (
            conversation.channel_id.with_user(self.agent)
            .sudo()
            .message_post(body=body, message_type="comment", omnichannel_key=key, **values)
            .omnichannel_message_ids
        )

    def _send_queue(self, *answers):
        """Run the queue; make everything due that waits for its next attempt."""
        self.env["omnichannel.delivery"].search([]).next_attempt_at = False
        with self._provider(*answers) as made:
            self._run_cron("ir_cron_omnichannel_delivery")
        return made

    def _unblock(self):
        """Let the pause of every account be over."""
        past = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
        self.env["omnichannel.throttle"].search([]).blocked_until = past

    def _customers(self, count):
        """Return the conversations of so many customers who write by SMS."""
        return [
            self._receive_sms("Hello", sender=f"+1202555{number:04d}", sid=f"SMc{number}")
            for number in range(100, 100 + count)
        ]

    def _status(self, delivery, status, sid="SM900", **extra):
        params = sms_params(sid=sid, MessageStatus=status, To=delivery.identity_id.value, **extra)
        event = self._store_sms(params, {"delivery": delivery.uuid}, f"status:{sid}:{status}")
        event._process()
