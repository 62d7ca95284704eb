from odoo import models
from odoo.exceptions import UserError

# Addresses that prove nothing about who uses them: they are never linked to a customer.
UNPROVEN_SCOPES = ("anonymous", "unverified")


class OmnichannelIdentity(models.Model):
    """Whose an address is: of the customer of its newest link in force, else of its home."""

    _inherit = "omnichannel.identity"

    # === LINK === #

    def _link(self, partner, reason, evidence=""):
        """Say that these identities belong to a customer; return the links.

        Moves exactly the messages that came or went through them. Can be undone by
        `omnichannel.link._undo`. Addresses that these customers only typed stay with who typed
        them. Raise UserError for what can't be linked. Locks the
        conversations. The caller has checked the rights and is superuser.
        """
        self = self.filtered(lambda identity: identity.partner_id != partner)
        self = self.filtered(lambda identity: not identity._is_typed()) or self
        if not self:
            return self.env["omnichannel.link"]
        self._check_link(partner)
        self._lock_conversations(partner)
        counts = self._count_messages()
        links = self.env["omnichannel.link"].create(
            [
                {
                    "identity_id": identity.id,
                    "from_partner_id": identity.partner_id.id,
                    "to_partner_id": partner.id,
                    "reason": reason,
                    "evidence": evidence,
                    "former_trust": identity._trust_without_links(),
                    "message_count": counts.get(identity, 0),
                }
                for identity in self
            ]
        )
        for identity in self:
            if identity._links_in_force() <= links:
                identity.home_partner_id = identity.partner_id
        if reason == "staff":
            self.trust = "confirmed"
        self._settle_owner(is_link=True)
        return links

    def _is_typed(self):
        """Tell whether this address is only known from what its customer typed."""
        return self.trust == "claimed" and not self.scope

    def _links_in_force(self):
        return self.link_ids.filtered(lambda link: link.state == "linked")

    def _trust_without_links(self):
        """Return how sure we were of this address before anybody linked it."""
        return self._links_in_force().sorted("id")[:1].former_trust or self.trust

    def _count_messages(self):
        groups = self.env["omnichannel.message"]._read_group(
            [("identity_id", "in", self.ids)], ["identity_id"], ["__count"]
        )
        return dict(groups)

    # === REFUSALS === #

    def _check_link(self, partner):
        """Raise UserError, with what to do instead, when these can't belong to a customer."""
        if not partner.active:
            raise UserError(
                self.env._("%(name)s is archived. Restore the record first.", name=partner.name)
            )
        if partner.omnichannel_identity_ids.filtered(lambda i: i._is_anonymous()):
            raise UserError(self.env._("Anonymous callers are many people, and no customer."))
        for identity in self:
            identity._check_linkable()
            identity._check_link_company(partner)

    def _check_linkable(self):
        if self.scope in UNPROVEN_SCOPES:
            raise UserError(
                self.env._(
                    "Nobody knows who is behind %(address)s: it can't be linked to a customer.",
                    address=self.display_name,
                )
            )
        if self._is_typed():
            raise UserError(
                self.env._(
                    "%(address)s was only typed in a message. Verify it first, or link the address "
                    "that the message came from.",
                    address=self.display_name,
                )
            )

    def _check_link_company(self, partner):
        """Raise UserError when the customer is another company's than what was written."""
        companies = (
            self.company_id
            | self.env["omnichannel.conversation"]
            .union(*(conversation for conversation, _count in self._conversation_counts()))
            .company_id
        )
        if partner.company_id and companies - partner.company_id:
            raise UserError(
                self.env._(
                    "%(name)s is a customer of %(company)s only, and %(address)s has to do with "
                    "%(others)s. Choose a record that all of them share.",
                    name=partner.name,
                    company=partner.company_id.name,
                    address=self.display_name,
                    others=", ".join((companies - partner.company_id).mapped("name")),
                )
            )

    def _conversation_counts(self):
        """Return [(conversation, number of messages)] of these identities."""
        return self.env["omnichannel.message"]._read_group(
            [("identity_id", "in", self.ids)], ["conversation_id"], ["__count"]
        )

    # === RIGHTS === #

    def _check_may_move(self, partners):
        """Raise AccessError unless the user may write the conversations of both sides.

        Those are where the messages of these identities are, and those of `partners`.
        """
        self.check_access("read")
        # sudo: to ask for each of them whether the user may
        self_sudo = self.sudo()
        both = self_sudo.partner_id | partners.sudo()
        conversations_sudo = self_sudo.env["omnichannel.conversation"].search(
            [("partner_id", "in", both.ids)]
        )
        for conversation, _count in self_sudo._conversation_counts():
            conversations_sudo |= conversation
        conversations_sudo.sudo(False).check_access("write")

    # === SETTLE === #

    def _settle_owner(self, is_link=False):
        """Bring owner and messages of these identities in step with the links in force.

        Locks the conversations of all who are concerned, then the identities; shows the change to
        those who look. `is_link`: this is for a new link, and none is taken back.
        """
        owners = {identity: identity._owner() for identity in self}
        moving = self.filtered(lambda identity: owners[identity] != identity.partner_id)
        partners = moving.partner_id.union(*owners.values(), self.home_partner_id)
        conversations = self._lock_conversations(partners)
        for identity in moving:
            identity.partner_id = owners[identity]
        for identity in self.filtered(lambda identity: not identity._links_in_force()):
            identity.home_partner_id = False
        self.flush_recordset()  # a message that is being written through them makes us repeat
        placed = moving._place(is_link)
        changed = placed | (conversations | placed)._settle_belongings()
        placed._close_empty()
        self._settle_suggestions(partners)
        changed._push_moved()

    def _lock_conversations(self, partners):
        """Lock and return the conversations between which anything of these may have to move.

        Before the first of our own rows is written: a message locks in the same order.
        """
        partners |= self.partner_id | self.home_partner_id | self.link_ids.to_partner_id
        partners |= self.search([("home_partner_id", "in", partners.ids)]).link_ids.to_partner_id
        conversations = self.env["omnichannel.conversation"].search(
            [("partner_id", "in", partners.ids)]
        )
        # whose address it was may have changed on the records since they went there
        conversations |= conversations.search([("moved_to_id", "in", conversations.ids)])
        conversations._lock()
        return conversations

    def _owner(self):
        """Return whose this identity is by the links in force: a new stranger's, if need be."""
        in_force = self._links_in_force()
        if in_force:
            return in_force.sorted("id")[-1:].to_partner_id
        if self.home_partner_id or not self.last_seen_at:
            return self.home_partner_id
        return self._create_homes()[self]

    def _place(self, is_link=False):
        """Bring the messages of these identities to the conversations of their customers.

        Return the conversations that they were in and went to.
        """
        conversations = touched = self.env["omnichannel.conversation"]
        pairs = []
        messages = self.env["omnichannel.message"].search([("identity_id", "in", self.ids)])
        groups = messages.grouped(lambda m: (m.conversation_id, m.identity_id.partner_id))
        for (source, partner), moving in groups.items():
            target = conversations._for_partners(source.company_id, partner)[partner]
            if target != source:
                moving._move_to(target)
                pairs.append((source, target))
                touched |= source | target
        touched._derive_clocks()
        for source, target in pairs:
            target._take_over_from(source, is_link)
        return touched

    # === TRAFFIC === #

    def _note_alias(self, account, value):
        """Note a second address of this customer; it follows the links of the first."""
        super()._note_alias(account, value)
        newest = self._links_in_force().sorted("id")[-1:]
        if not newest:
            return
        value = account._adapter_class()(account._settings(), None).normalize(value)
        key = (self.kind, self.scope, value)
        alias = self._find(account.company_id, [key]).get(key)
        if alias and not alias.link_ids and alias.partner_id == self.partner_id:
            alias.home_partner_id = self.home_partner_id
            newest.copy(
                {
                    "identity_id": alias.id,
                    "from_partner_id": self.home_partner_id.id,
                    "former_trust": alias.trust,
                    "message_count": 0,
                }
            )

    def _take_profile(self, inbound):
        """Write down a profile, also for the stranger who has this address without links."""
        result = super()._take_profile(inbound)
        name = inbound.profile_name or inbound.username
        if name and self.home_partner_id.name == self._stranger_name(self.kind, self.value):
            self.home_partner_id.name = name
        return result
