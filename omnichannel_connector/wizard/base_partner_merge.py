from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Make one conversation of the customers' before Odoo moves the rest.

        Odoo moves references by SQL. It does not see the unique indexes of conversations and
        suggestions and would fail on them.
        """
        # sudo: the wizard checked that the user may merge; what is ours follows the customer
        env = self.sudo().env
        env["omnichannel.conversation"]._merge_partners(src_partners, dst_partner)
        env["omnichannel.suggestion"]._merge_partners(src_partners, dst_partner)
        env["omnichannel.identity"]._keep_merged(src_partners)
        self._drop_repeated_reactions(src_partners, dst_partner)
        env.flush_all()
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self.env.invalidate_all()
        env["omnichannel.identity"]._settle_merged(src_partners, dst_partner)
        env["omnichannel.conversation"]._settle_merged(dst_partner)
        return result

    def _drop_repeated_reactions(self, src_partners, dst_partner):
        """Keep one of the same reactions that several of these have on a message.

        A unique index of Odoo's own, which its merge does not see either.
        """
        # sudo: as above
        reactions_sudo = self.env["mail.message.reaction"].sudo()
        both = (src_partners | dst_partner).ids
        found_sudo = reactions_sudo.search([("partner_id", "in", both)], order="id")
        for same_sudo in found_sudo.grouped(lambda r: (r.message_id, r.content)).values():
            same_sudo[1:].unlink()

    def _update_values(self, src_partners, dst_partner):
        """Keep the company of an address that would meet the same one in the new company."""
        # sudo: as above
        identities_sudo = self.env["omnichannel.identity"].sudo()
        company = self._merged_company(src_partners, dst_partner)
        taken_sudo = identities_sudo._taken_in(dst_partner, company)
        company_field = identities_sudo._fields["company_id"]
        with self.env.protecting([company_field], taken_sudo):
            # they stay apart: the merged customer may have the same address in several companies
            dst_apart = dst_partner.with_context(omnichannel_keep_apart=True)
            result = super()._update_values(src_partners, dst_apart)
            self.env.flush_all()
        return result

    def _merged_company(self, src_partners, dst_partner):
        """Return the company that Odoo gives the merged record: its own, else the last other."""
        return dst_partner.company_id or src_partners.filtered("company_id")[-1:].company_id
