from odoo import fields, models


class OmnichannelDecision(models.Model):
    """Why a follow-up was sent, or was not: written for every send and every non-send."""

    _name = "omnichannel.decision"
    _description = "Follow-up Decision"
    _order = "id desc"
    _rec_name = "outcome"

    enrollment_id = fields.Many2one(
        "omnichannel.enrollment", required=True, ondelete="cascade", index=True
    )
    conversation_id = fields.Many2one(
        related="enrollment_id.conversation_id", store=True, index=True
    )
    step_id = fields.Many2one("omnichannel.step", ondelete="set null")
    outcome = fields.Selection(
        [("sent", "Sent"), ("skipped", "Skipped"), ("stopped", "Stopped"), ("failed", "Failed")],
        required=True,
    )
    reason = fields.Char()
    decided_at = fields.Datetime("When", required=True, default=fields.Datetime.now)
