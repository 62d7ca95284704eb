from odoo import api, models


class OmnichannelIdentity(models.Model):
    """What Odoo's own merge of customers does to addresses: they keep their rows and journals."""

    _inherit = "omnichannel.identity"

    @api.model
    def _settle_merged(self, partner):
        """Give a merged customer the addresses that only the merged records shared."""
        shared = self.search(
            [
                ("candidate_ids", "in", partner.ids),
                ("is_shared", "=", True),
                ("partner_id", "=", False),
            ]
        )
        for identity in shared.filtered(lambda i: i.candidate_ids == partner):
            identity.write({"is_shared": False, "partner_id": partner.id})

    @api.model
    def _taken_in(self, partner, company):
        """Return which of a customer's addresses can't change to a company.

        There is the same address already, of another customer or of the same one.
        """
        own = self.search(
            ["|", ("partner_id", "=", partner.id), ("home_partner_id", "=", partner.id)]
        ).filtered(lambda i: i.trust != "claimed" and i.company_id != company)
        there = self.search(
            [
                ("value", "in", own.mapped("value")),
                ("company_id", "=", company.id),
                ("trust", "!=", "claimed"),
            ]
        )
        seen = {(i.kind, i.scope, i.value) for i in there}
        taken = self.browse()
        for identity in own:
            key = (identity.kind, identity.scope, identity.value)
            if key in seen:
                taken |= identity
            seen.add(key)
        return taken
