from odoo import api, fields, models


class OmnichannelIdentity(models.Model):
    """What Odoo's own merge of customers does to addresses: they keep their rows and journals."""

    _inherit = "omnichannel.identity"

    @api.model
    def _keep_merged(self, src_partners):
        """Keep addresses of records that go: Odoo keeps one phone number and one e-mail address.

        Not what was only linked to them: without the link it is no merged record's. Called before
        Odoo moves its references.
        """
        theirs = fields.Domain("partner_id", "in", src_partners.ids)
        theirs |= fields.Domain("home_partner_id", "in", src_partners.ids)
        recorded = self.search(theirs & fields.Domain("source", "=", "record"))
        recorded.filtered(lambda i: i[i._owner_field()] & src_partners).source = "merged"

    @api.model
    def _settle_merged(self, src_partners, partner):
        """Give a merged customer the addresses that only the merged records shared.

        Called after Odoo moved its references, and before it deletes the other records.
        """
        shared = self.search([("candidate_ids", "in", partner.ids), ("is_shared", "=", True)])
        shared = shared.filtered(lambda i: i.candidate_ids <= src_partners | partner)
        # who wrote from a linked one gets a record of their own when the link is undone
        taken = shared.filtered(lambda i: i._links_in_force()) & shared._proven()
        for identity in shared - taken:
            name = identity._owner_field()
            if not identity[name]:
                identity.write({"is_shared": False, name: partner.id})

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
