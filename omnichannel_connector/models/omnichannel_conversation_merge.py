from odoo import api, models


class OmnichannelConversation(models.Model):
    """What Odoo's own merge of customers does to conversations."""

    _inherit = "omnichannel.conversation"

    @api.model
    def _merge_partners(self, src_partners, dst_partner):
        """Leave at most one conversation in each company to customers who become one.

        Every message keeps its identity, time and place in the order of arrival. Locks the
        conversations.
        """
        conversations = self.search([("partner_id", "in", (src_partners | dst_partner).ids)])
        conversations._lock()
        for same_company in conversations.grouped("company_id").values():
            target = same_company.filtered(lambda c: c.partner_id == dst_partner)[:1]
            target = target or same_company[:1]
            if len(same_company) > 1:
                (same_company - target)._merge_into(target)
        # now, for the streams' rules and names; Odoo's SQL would move the same rows
        self.flush_model()

    @api.model
    def _settle_merged(self, partner):
        """Bring conversations in step with the addresses that a merged customer has now.

        Called after Odoo moved its references.
        """
        conversations = self.search([("partner_id", "=", partner.id)])
        conversations._settle_belongings()
        conversations._push_moved()

    def _merge_into(self, target):
        (self | target)._ensure_channels()
        self.enrollment_ids.filtered(lambda e: e.state == "active")._stop("human")
        self.enrollment_ids.conversation_id = target
        self.scheduled_ids._move_to(target)
        self._move_messages(target)
        self._merge_belongings(target)
        target.write(self._prepare_merged(target))
        target._derive_clocks()
        self.env["crm.lead"].with_context(active_test=False).search(
            [("omnichannel_conversation_id", "in", self.ids)]
        ).omnichannel_conversation_id = target
        channels = self.channel_id
        self.unlink()
        channels.unlink()

    def _prepare_merged(self, target):
        """Return what the one conversation takes over: it is open when any of them was."""
        both = target | self
        is_open = any(conversation._own_state() == "open" for conversation in both)
        state = "open" if is_open else target._own_state()
        values = {"lead_id": both.lead_id[:1].id, "user_id": both.user_id[:1].id}
        if target.moved_to_id - self:
            return {**values, "resume_state": state}
        if target.is_customer_archived:
            target.partner_id.active = True
        return {
            **values,
            "state": state,
            "moved_to_id": False,
            "resume_state": False,
            "is_customer_archived": False,
        }

    def _merge_belongings(self, target):
        """Keep in mind what went along with links; what is at home now went nowhere."""
        belongings = self.env["omnichannel.belonging"]
        belongings.search([("home_id", "in", self.ids)]).home_id = target
        belongings.search([("place_id", "in", self.ids)]).place_id = target
        belongings.search([("home_id", "=", target.id), ("place_id", "=", target.id)]).unlink()
        self.search([("moved_to_id", "in", self.ids)]).moved_to_id = target

    def _move_messages(self, target):
        """Move the streams' messages, notes included, with their files."""
        of_streams = [("res_id", "in", self.channel_id.ids)]
        self.env["mail.message"].search(
            [("model", "=", "discuss.channel"), *of_streams]
        ).res_id = target.channel_id.id
        self.env["ir.attachment"].search(
            [("res_model", "=", "discuss.channel"), *of_streams]
        ).res_id = target.channel_id.id
        self.message_ids.conversation_id = target
