from odoo import fields, models


class OmnichannelBelonging(models.Model):
    """A note or a lead of a customer whose every address was linked to somebody else.

    It went along to the conversation where the messages are, and finds its way home from there.
    """

    _name = "omnichannel.belonging"
    _description = "What Went Along With a Link"

    home_id = fields.Many2one(
        "omnichannel.conversation", required=True, readonly=True, index=True, ondelete="cascade"
    )
    place_id = fields.Many2one(
        "omnichannel.conversation", required=True, readonly=True, index=True, ondelete="cascade"
    )
    mail_message_id = fields.Many2one("mail.message", "Note", readonly=True, ondelete="cascade")
    lead_id = fields.Many2one("crm.lead", readonly=True, ondelete="cascade")

    _note_unique = models.UniqueIndex("(mail_message_id) WHERE mail_message_id IS NOT NULL")
    _lead_unique = models.UniqueIndex("(lead_id) WHERE lead_id IS NOT NULL")

    def _bring_to(self, conversation):
        """Move these to a conversation. A lead that a person gave to somebody else stays there."""
        for place, belongings in self.grouped("place_id").items():
            if place == conversation:
                continue
            conversation._ensure_channels()
            belongings.mail_message_id._omnichannel_move_to(conversation.channel_id)
            belongings.lead_id._omnichannel_move_to(place, conversation)
            if place.lead_id in belongings.lead_id and place not in belongings.home_id:
                place.lead_id = False
            belongings.place_id = conversation


class CrmLead(models.Model):
    _inherit = "crm.lead"

    def _omnichannel_move_to(self, source, target):
        """Give leads to another customer, with their conversation, unless they changed hands.

        What was written on the lead about the customer stays: Odoo would copy addresses between
        the lead and the other customer's record.
        """
        leads = self.filtered(
            lambda lead: (
                lead.partner_id == source.partner_id
                and lead.omnichannel_conversation_id in (source, source.browse())
            )
        )
        copied = [field for field in leads._fields.values() if field.compute and field.store]
        with self.env.protecting(copied, leads):
            leads.partner_id = target.partner_id
            leads.filtered("omnichannel_conversation_id").omnichannel_conversation_id = target
            leads.flush_recordset()
        if source.lead_id in leads and not target.lead_id:
            target.lead_id = source.lead_id
