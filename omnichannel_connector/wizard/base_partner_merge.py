from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Make one conversation of the customers' before Odoo moves the rest.

        Odoo moves references by SQL. It does not see the unique index on a customer's
        conversation and would fail on it.
        """
        # sudo: the wizard checked that the user may merge; conversations follow the customer
        self.env["omnichannel.conversation"].sudo()._merge_partners(src_partners, dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)
