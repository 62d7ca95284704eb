from odoo import models

from .omnichannel_consent import MARKETING


class OmnichannelEnrollment(models.Model):
    """Marketing waits while nobody has decided whether the customer asked to stop."""

    _inherit = "omnichannel.enrollment"

    def _find_hold(self):
        if self._is_consent_open():
            reason = self.env._("The customer seems to have asked to stop. Decide that first.")
            return "consent", reason, {}
        return super()._find_hold()

    def _is_consent_open(self):
        if self.sequence_id.purpose != MARKETING:
            return False
        held = self.partner_id.omnichannel_identity_ids._held_channels()
        return self.step_id.channel in {channel for _identity, channel in held}
