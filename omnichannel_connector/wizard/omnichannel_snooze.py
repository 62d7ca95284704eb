from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError


class OmnichannelSnooze(models.TransientModel):
    """Until when conversations are put off."""

    _name = "omnichannel.snooze"
    _inherit = "omnichannel.named.records"
    _description = "Snooze Conversations"

    conversation_ids = fields.Many2many(
        "omnichannel.conversation",
        required=True,
        default=lambda self: self._default_conversations(),
    )
    choice = fields.Selection(
        [
            ("hour", "In an hour"),
            ("hours", "In three hours"),
            ("tomorrow", "Tomorrow morning"),
            ("monday", "Next Monday morning"),
            ("custom", "Another time"),
        ],
        string="Until",
        required=True,
        default="tomorrow",
    )
    until = fields.Datetime("Comes Back", compute="_compute_until", store=True, readonly=False)

    @api.model
    def _default_conversations(self):
        is_list = self.env.context.get("active_model") == "omnichannel.conversation"
        return self.env.context.get("active_ids") if is_list else False

    @api.depends("choice")
    def _compute_until(self):
        """Mornings are those of the user's time zone."""
        now = fields.Datetime.now()
        conversations = self.env["omnichannel.conversation"]
        today = fields.Datetime.context_timestamp(self, now).date()
        moments = {
            "hour": now + timedelta(hours=1),
            "hours": now + timedelta(hours=3),
            "tomorrow": conversations._tomorrow_morning(),
            "monday": conversations._tomorrow_morning(days=7 - today.weekday()),
        }
        for wizard in self:
            wizard.until = moments.get(wizard.choice) or wizard.until or moments["tomorrow"]

    def action_snooze(self):
        """Put the conversations off, as far as the user may write them."""
        self.ensure_one()
        if not self.until:
            raise UserError(self.env._("Choose when it shall come back."))
        self.conversation_ids.action_snooze(self.until)
        return {"type": "ir.actions.act_window_close"}
