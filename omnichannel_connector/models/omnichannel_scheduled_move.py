from odoo import models


class OmnichannelScheduled(models.Model):
    """Messages that are to leave later stay with their address, whosever it becomes."""

    _inherit = "omnichannel.scheduled"

    def unlink(self):
        """Delete these, and addresses of nobody that were only kept for them."""
        identities = self.identity_id
        result = super().unlink()
        identities.exists()._forget_nobodys()
        return result


class OmnichannelIdentity(models.Model):
    _inherit = "omnichannel.identity"

    def _forget_nobodys(self):
        """Delete those of nobody to which nothing refers."""
        nobodys = self.filtered(
            lambda i: not i.partner_id and not i.home_partner_id and not i.candidate_ids
        )
        nobodys -= nobodys._proven()
        (nobodys - nobodys._referred_to()).unlink()
