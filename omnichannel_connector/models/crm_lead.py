from odoo import fields, models


class CrmLead(models.Model):
    _inherit = "crm.lead"

    omnichannel_conversation_id = fields.Many2one(
        "omnichannel.conversation",
        "Conversation",
        index="btree_not_null",
        readonly=True,
        copy=False,
    )

    def action_open_conversation(self):
        """Open the customer's thread."""
        self.ensure_one()
        return self.omnichannel_conversation_id.action_open_in_discuss()
