from odoo import models


class OmnichannelMessage(models.Model):
    """How messages come into another conversation: with everything that hangs on them."""

    _inherit = "omnichannel.message"

    def _move_to(self, conversation):
        """Put these messages into another conversation of the same company.

        Each keeps its identity, its time and its place in the order of arrival. Its author and
        its reactions become those of the identity's customer; what one of us logged stays theirs.
        The caller locks the conversations.
        """
        conversation._ensure_channels()
        former = self.conversation_id.partner_id
        self.conversation_id = conversation
        self.mail_message_id._omnichannel_move_to(conversation.channel_id)
        for partner, messages in self.grouped(lambda m: m.identity_id.partner_id).items():
            inbound = messages.filtered(
                lambda message: message.direction == "inbound" and not message.call_ids.outcome
            )
            inbound.mail_message_id.author_id = partner
            messages._move_reactions(former, partner)

    def _move_reactions(self, former, partner):
        self.env["mail.message.reaction"].search(
            [
                ("message_id", "in", self.mail_message_id.ids),
                ("partner_id", "in", (former - partner).ids),
            ]
        ).partner_id = partner


class MailMessage(models.Model):
    _inherit = "mail.message"

    def _omnichannel_move_to(self, channel):
        """Put these messages, and the files that belong to the stream, into another stream."""
        files = self.attachment_ids.filtered(lambda file: file.res_model == "discuss.channel")
        self.res_id = channel.id
        files.res_id = channel.id
