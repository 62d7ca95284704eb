from odoo import api, fields, models


class OmnichannelHandOver(models.TransientModel):
    """Somebody gives a customer to a colleague or a team, and says what they should know."""

    _name = "omnichannel.hand.over"
    _inherit = "omnichannel.named.records"
    _description = "Hand Over"

    conversation_id = fields.Many2one("omnichannel.conversation", required=True, readonly=True)
    company_id = fields.Many2one(related="conversation_id.company_id")
    candidate_ids = fields.Many2many("res.users", compute="_compute_candidate_ids")
    user_id = fields.Many2one("res.users", "Colleague", domain="[('id', 'in', candidate_ids)]")
    team_id = fields.Many2one(
        "omnichannel.team", "Team", domain="[('company_id', '=', company_id)]"
    )
    note = fields.Text(help="An internal note in the thread. The customer never sees it.")

    @api.depends("conversation_id")
    def _compute_candidate_ids(self):
        for wizard in self:
            able = wizard.conversation_id and wizard.conversation_id._possible_agents()
            wizard.candidate_ids = able.sudo(False) - self.env.user if able else False

    def action_hand_over(self):
        """Hand over. Return the action that leaves what the user may not see any more."""
        self.ensure_one()
        conversation = self.conversation_id
        conversation._hand_over(self.user_id, self.team_id, self.note)
        if self.env.context.get("omnichannel_from_thread") or conversation.has_access("read"):
            return {"type": "ir.actions.act_window_close"}
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "omnichannel_connector.omnichannel_conversation_action"
        )
        return {**action, "target": "main"}
