"""A customer of whom there is something in every table."""

from odoo import fields

from ..models.omnichannel_consent import BOTH
from .common import ANA_NUMBER, OUR_NUMBER

SECRET_TEXT = "my cat is called Mitzi"


class PersonMixin:
    """For cases that inherit OmnichannelMixin, too."""

    def _ana(self):
        """Return a customer with all that a customer may have, in one thread."""
        conversation = self._receive_instagram(SECRET_TEXT)
        ana = conversation.partner_id
        number = self.env["omnichannel.identity"].create(
            {"kind": "phone", "value": ANA_NUMBER, "partner_id": ana.id}
        )
        self._receive_sms(SECRET_TEXT + " (SMS)")
        self._answer(conversation)
        conversation.channel_id.message_post(body="A note: likes cats", message_type="comment")
        self._store_sms(
            {"MessageSid": "SM900", "MessageStatus": "delivered", "To": ANA_NUMBER}
            | {"From": OUR_NUMBER, "AccountSid": self.sms.external_id},
            key="status:SM900:delivered",
        )
        self._consents(number, conversation)
        self._follow_up(conversation)
        self._file(conversation)
        return ana

    def _answer(self, conversation):
        conversation.channel_id.message_post(
            body="Hello Mitzi", message_type="comment", omnichannel_key="sms"
        )
        conversation.message_ids.delivery_ids._move("sent", external_id="SM900")

    def _consents(self, number, conversation):
        self.env["omnichannel.consent"]._record(
            number, "sms", BOTH, "refused", "keyword", words="STOP please"
        )
        other = self.env["res.partner"].create({"name": "Somebody else"})
        self.env["omnichannel.suggestion"]._propose(number, other, "name", 30)
        instagram = conversation.partner_id.omnichannel_identity_ids - number
        instagram._link(other, "staff", "a mistake")
        instagram.link_ids._undo()

    def _follow_up(self, conversation):
        sequence = self.env["omnichannel.sequence"].create({"name": "Nurture"})
        enrollment = self.env["omnichannel.enrollment"].create(
            {"sequence_id": sequence.id, "conversation_id": conversation.id}
        )
        enrollment._decide("skipped", "no cat")
        message = conversation.message_ids.filtered(lambda m: m.channel == "instagram")
        self.env["omnichannel.call"].create(
            {
                "message_id": message[:1].id,
                "state": "ended",
                "started_at": fields.Datetime.now(),
                "transcript": "Mitzi said meow",
                "recording_url": "https://provider.example.com/1",
            }
        )

    def _file(self, conversation):
        message = conversation.message_ids[:1]
        attachment = self.env["ir.attachment"].create(
            {
                "name": "cat.txt",
                "raw": b"a picture of Mitzi",
                "res_model": "discuss.channel",
                "res_id": conversation.channel_id.id,
            }
        )
        message.mail_message_id.attachment_ids = attachment
        self.env["omnichannel.media"].create(
            {"message_id": message.id, "position": 0, "kind": "file", "state": "done"}
            | {"attachment_id": attachment.id}
        )
