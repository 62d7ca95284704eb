from odoo import fields, models


class OmnichannelConversation(models.Model):
    """Who waits, since when, and until when we should answer."""

    _inherit = "omnichannel.conversation"

    waiting_since = fields.Datetime(
        readonly=True, help="When the customer wrote first of what nobody has answered yet."
    )
    unread_count = fields.Integer(
        "Unread", readonly=True, help="Messages of the customer that nobody of us has seen."
    )
    response_due_at = fields.Datetime(
        "Answer Due", readonly=True, help="Until when the team wants to have answered."
    )
    snoozed_until = fields.Datetime(readonly=True)

    _inbox_idx = models.Index("(last_message_at DESC, id DESC) WHERE state = 'open'")
    _snooze_idx = models.Index("(snoozed_until) WHERE state = 'snoozed'")
    _due_idx = models.Index("(response_due_at) WHERE response_due_at IS NOT NULL")

    def _to_store_value(self):
        self.ensure_one()
        return {
            **super()._to_store_value(),
            "team_id": self.team_id.id,
            "team_name": self.team_id.name or "",
            "waiting_since": fields.Datetime.to_string(self.waiting_since) or "",
            "unread_count": self.unread_count,
            "response_due_at": fields.Datetime.to_string(self.response_due_at) or "",
            "snoozed_until": fields.Datetime.to_string(self.snoozed_until) or "",
        }
