from datetime import timedelta

from odoo import fields, models

from .omnichannel_consent import MARKETING

HOLD = timedelta(hours=1)


class OmnichannelDecision(models.Model):
    _inherit = "omnichannel.decision"

    outcome = fields.Selection(
        selection_add=[("held", "Held")], ondelete={"held": lambda rows: rows.unlink()}
    )


class OmnichannelEnrollment(models.Model):
    """Marketing waits while nobody has decided whether the customer asked to stop."""

    _inherit = "omnichannel.enrollment"

    def _run_step(self):
        if not self._is_held():
            return super()._run_step()
        if self.decision_ids[:1].outcome != "held":
            self._decide(
                "held",
                self.env._("The customer seems to have asked to stop. Decide that first."),
            )
        return None

    def _go_on(self):
        """Come back to the same step later while it is held."""
        if self.step_id and self._is_held():
            self.next_run_at = fields.Datetime.now() + HOLD
            return None
        return super()._go_on()

    def _is_held(self):
        if self.sequence_id.purpose != MARKETING:
            return False
        held = self.partner_id.omnichannel_identity_ids._held_channels()
        return self.step_id.channel in {channel for _identity, channel in held}
