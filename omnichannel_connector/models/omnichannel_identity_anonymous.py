from odoo import api, models
from odoo.exceptions import UserError, ValidationError

from ..channels.addresses import is_anonymous_caller
from ..channels.events import Kind

# A scope of its own: no number of a customer record, no sender of a text message and no account
# that could answer ever has it.
ANONYMOUS = ("phone", "anonymous", "anonymous")


class OmnichannelIdentity(models.Model):
    """Callers who hide their number are nobody: they share one record, which is no customer."""

    _inherit = "omnichannel.identity"

    def _is_anonymous(self):
        return self.scope == ANONYMOUS[1]

    def _is_stranger(self):
        return not self._is_anonymous() and super()._is_stranger()

    @api.model
    def _resolve(self, company, wanted):
        if ANONYMOUS in wanted and not self._find(company, [ANONYMOUS]):
            self._create_anonymous(company)
        return super()._resolve(company, wanted)

    @api.model
    def _create_anonymous(self, company):
        """Create the record of a company's anonymous callers."""
        kind, scope, value = ANONYMOUS
        partner = self.env["res.partner"].create(
            {"name": self.env._("Anonymous callers"), "company_id": company.id}
        )
        return self.create({"kind": kind, "scope": scope, "value": value, "partner_id": partner.id})


class OmnichannelConversation(models.Model):
    _inherit = "omnichannel.conversation"

    def _identity_key(self, item):
        inbound = item.inbound
        if inbound.kind is Kind.CALL and is_anonymous_caller(inbound.identity):
            return ANONYMOUS
        return super()._identity_key(item)

    @api.model
    def _merge_partners(self, src_partners, dst_partner):
        partners = src_partners | dst_partner
        if any(identity._is_anonymous() for identity in partners.omnichannel_identity_ids):
            raise UserError(
                self.env._(
                    "Anonymous callers are many people: their record can't be merged with another."
                )
            )
        return super()._merge_partners(src_partners, dst_partner)


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.constrains("email", "phone", "company_id")
    def _check_anonymous_callers(self):
        """Keep the record of anonymous callers from becoming a customer's."""
        # sudo: who edits contacts may be no agent and read no identities
        anonymous_sudo = self.sudo().filtered(
            lambda partner: any(i._is_anonymous() for i in partner.omnichannel_identity_ids)
        )
        for partner_sudo in anonymous_sudo:
            if partner_sudo.email or partner_sudo.phone or not partner_sudo.company_id:
                raise ValidationError(
                    self.env._(
                        "This is the record of all anonymous callers of a company. "
                        "Create a customer for the address instead."
                    )
                )
