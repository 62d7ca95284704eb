from odoo import fields, models


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "omnichannel.named.records"]

    omnichannel_conversation_id = fields.Many2one(
        "omnichannel.conversation",
        "Conversation",
        index="btree_not_null",
        readonly=True,
        copy=False,
    )

    def action_open_conversation(self):
        """Open the customer's thread: the one that the lead came from, else that of its contact."""
        self.ensure_one()
        conversation = self.omnichannel_conversation_id
        if conversation:
            return conversation.action_open_in_discuss()
        return self.env["omnichannel.conversation"].open_from(self._name, self.id)
