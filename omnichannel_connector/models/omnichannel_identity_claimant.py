from odoo import api, models

from .omnichannel_suggestion import TYPED_SCORE

OPEN_CLAIMS = [("trust", "=", "claimed"), ("scope", "=", ""), ("claim_state", "=", "open")]


class OmnichannelIdentity(models.Model):
    """Who typed an address may be who has it, whichever of the two came first."""

    _inherit = "omnichannel.identity"

    @api.model_create_multi
    def create(self, vals_list):
        identities = super().create(vals_list)
        identities.sudo()._suggest_claimants()
        return identities

    def _insert_rows(self, rows):
        created = super()._insert_rows(rows)
        # sudo: whoever writes contacts need not be an agent
        self.sudo().browse([row[0] for row in created])._suggest_claimants()
        return created

    def _suggest_claimants(self):
        """Suggest that these new addresses' customers are those who typed them before."""
        owners = self.filtered(lambda identity: identity.trust != "claimed" and not identity.scope)
        if not owners or not self.search_count(OPEN_CLAIMS, limit=1):
            return
        claims = self.search([*OPEN_CLAIMS, ("value", "in", owners.mapped("value"))])
        by_address = claims.grouped(lambda claim: (claim.kind, claim.value))
        for owner in owners:
            for claim in by_address.get((owner.kind, owner.value), ()):
                company = claim.claim_message_id.conversation_id.company_id
                if owner.company_id in (company, company.browse()):
                    claim._suggest_owner(owner)

    def _suggest_owner(self, owner):
        """Suggest that the customer who typed this address is `owner`'s. One of ours is dismissed.

        `owner` is the identity of the address, or none. Agents decide; nothing moves.
        """
        self.ensure_one()
        if owner and owner._is_staff_address():
            self.claim_state = "dismissed"
            return
        source = self.claim_message_id.identity_id
        is_known = owner.partner_id and owner.partner_id != self.partner_id
        if is_known and not owner._is_public() and source and source.trust != "claimed":
            self.env["omnichannel.suggestion"]._propose(
                source, owner.partner_id, "typed", TYPED_SCORE
            )


class OmnichannelSuggestion(models.Model):
    _inherit = "omnichannel.suggestion"

    @api.model
    def _suggest_batch(self, after, last):
        result = super()._suggest_batch(after, last)
        # two workers that met an address at the same moment did not see each other's
        claims = self.env["omnichannel.identity"].search(
            [*OPEN_CLAIMS, ("id", ">", after), ("id", "<=", last)]
        )
        for claim in claims:
            company = claim.claim_message_id.conversation_id.company_id
            claim._suggest_owner(claim._find_owner(company))
        return result
