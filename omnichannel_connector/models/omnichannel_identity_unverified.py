from odoo import api, models
from odoo.exceptions import UserError

# A scope of its own, as anonymous callers have: no customer record, no claim and no account that
# could answer ever has it. Whoever writes under the same wrong name is found again by it.
UNVERIFIED = "unverified"


class OmnichannelIdentity(models.Model):
    """Senders of e-mails that failed authentication: they only say who they are.

    They are strangers, one for each address that they name, and never whose address it is.
    """

    _inherit = "omnichannel.identity"

    def _is_unverified(self):
        return self.scope == UNVERIFIED

    def _is_word_only(self):
        """Tell whether nothing but somebody's word is behind this address."""
        return self.trust == "claimed"

    def _create_strangers(self, unknown):
        found = super()._create_strangers(unknown)
        for (_kind, scope, _value), identity in found.items():
            if scope == UNVERIFIED:
                evidence = self.env._("The mail failed the authentication of its sender.")
                identity.write({"trust": "claimed", "trust_evidence": evidence})
        return found

    def _create_partners(self, unknown):
        """Give a customer record no address that its writer may not have."""
        named = {}
        for (kind, scope, value), hint in unknown.items():
            if scope == UNVERIFIED:
                kind = UNVERIFIED
                name = self.env._("%(address)s (sender not verified)", address=value)
                hint = {**hint, "name": name}
            named[kind, scope, value] = hint
        return super()._create_partners(named)

    def _is_listable(self):
        """Keep the wish to these mails: whose address it is may not have said so."""
        return not self._is_unverified() and super()._is_listable()


class OmnichannelConversation(models.Model):
    _inherit = "omnichannel.conversation"

    def _identity_key(self, item):
        kind, scope, value = super()._identity_key(item)
        return (kind, UNVERIFIED if item.is_unverified else scope, value)

    def _reachable_identities(self, account):
        """Show who can't be answered, and why: see `_make_choice`."""
        found = super()._reachable_identities(account)
        if found:
            return found
        return self.partner_id.omnichannel_identity_ids.filtered(
            lambda identity: identity._is_unverified() and identity.kind == account._identity_kind()
        )

    def _make_choice(self, account, identity, is_human, refusal):
        choice = super()._make_choice(account, identity, is_human, refusal)
        if not identity._is_word_only():
            return choice
        return choice.refused(
            self.env._(
                "The sender could not be verified. An answer may reach somebody who never wrote."
            )
        )

    @api.model
    def _merge_partners(self, src_partners, dst_partner):
        partners = src_partners | dst_partner
        if any(identity._is_unverified() for identity in partners.omnichannel_identity_ids):
            raise UserError(
                self.env._(
                    "The sender of these mails could not be verified: the record can't be merged "
                    "with a customer's."
                )
            )
        return super()._merge_partners(src_partners, dst_partner)
