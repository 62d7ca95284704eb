from collections import defaultdict

from odoo import models
from odoo.fields import Domain

LEAD_FIELDS = {"email": "email_normalized", "phone": "phone_sanitized"}


class OmnichannelConversation(models.Model):
    """A stranger may be whom an open lead is about."""

    _inherit = "omnichannel.conversation"

    def _ensure_leads(self, items):
        """Attach the open leads that have the addresses of these strangers; make the others."""
        self._attach_open_leads(
            [
                item
                for item in items
                if item.is_stranger and not item.inbound.is_echo and not item.conversation.lead_id
            ]
        )
        return super()._ensure_leads(items)

    def _attach_open_leads(self, items):
        """Give strangers the newest open lead with their address that has no customer yet."""
        candidates = self._find_open_leads([item.identity for item in items])
        taken = self.env["crm.lead"]
        for item in items:
            if item.conversation.lead_id:
                continue
            address = (item.identity.kind, item.identity.value)
            own = item.conversation.company_id
            leads = candidates[address].filtered(
                lambda lead, own=own: lead.company_id in (own, own.browse())
            )
            if lead := (leads - taken).sorted("id")[-1:]:
                taken |= lead
                item.conversation._attach_lead(lead)

    def _find_open_leads(self, identities):
        """Return {(kind, value): open leads without a customer}, one query for all."""
        values = defaultdict(set)
        for identity in identities:
            if identity.kind in LEAD_FIELDS and not identity.scope:
                values[identity.kind].add(identity.value)
        found = defaultdict(self.env["crm.lead"].sudo().browse)
        if not values:
            return found
        addresses = Domain.OR(
            Domain(LEAD_FIELDS[kind], "in", list(of_kind)) for kind, of_kind in values.items()
        )
        # sudo: a customer's message finds its lead, whoever may see it
        leads_sudo = self.env["crm.lead"].sudo()
        is_open = Domain([("partner_id", "=", False), ("won_status", "=", "pending")])
        if "origin_channel_id" in leads_sudo._fields:
            # what a visitor typed to a chatbot says nothing about whose address it is
            is_open &= Domain("origin_channel_id", "=", False)
        for lead_sudo in leads_sudo.search(is_open & addresses):
            for kind, name in LEAD_FIELDS.items():
                found[kind, lead_sudo[name]] |= lead_sudo
        return found

    def _attach_lead(self, lead):
        """Make a lead that nobody was known for this customer's."""
        self.ensure_one()
        partner, identity = self.partner_id, self.partner_id.omnichannel_identity_ids[:1]
        is_unnamed = partner.name == identity._stranger_name(identity.kind, identity.value)
        if is_unnamed and lead.contact_name:
            partner.name = lead.contact_name
        lead.write({"partner_id": partner.id, "omnichannel_conversation_id": self.id})
        self.lead_id = lead
