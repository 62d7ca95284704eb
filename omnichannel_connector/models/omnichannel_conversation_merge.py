from odoo import api, models


class OmnichannelConversation(models.Model):
    _inherit = "omnichannel.conversation"

    @api.model
    def _merge_partners(self, src_partners, dst_partner):
        """Leave at most one conversation in each company to customers who become one.

        Every message keeps its identity, time and place in the order of arrival. Locks the
        conversations.
        """
        conversations = self.search([("partner_id", "in", (src_partners | dst_partner).ids)])
        for same_company in conversations.grouped("company_id").values():
            target = same_company.filtered(lambda c: c.partner_id == dst_partner)[:1]
            target = target or same_company[:1]
            if len(same_company) > 1:
                (same_company - target)._merge_into(target)
        # now, for the streams' rules and names; Odoo's SQL would move the same rows
        self.flush_model()

    def _merge_into(self, target):
        (self | target)._lock()
        (self | target)._ensure_channels()
        self.enrollment_ids.filtered(lambda e: e.state == "active")._stop("human")
        self.enrollment_ids.conversation_id = target
        self._move_messages(target)
        newest = (self | target).sorted("last_message_at", reverse=True)[:1]
        target.write(
            {
                "waiting_for": newest.waiting_for,
                "last_channel": newest.last_channel,
                "last_inbound_identity_id": newest.last_inbound_identity_id.id,
                "lead_id": (target | self).lead_id[:1].id,
                **{name: self._latest(target, name) for name in self._clocks()},
            }
        )
        self.env["crm.lead"].search(
            [("omnichannel_conversation_id", "in", self.ids)]
        ).omnichannel_conversation_id = target
        channels = self.channel_id
        self.unlink()
        channels.unlink()
        target._push_header()

    def _clocks(self):
        return "last_message_at", "last_inbound_at", "last_outbound_at"

    def _latest(self, target, name):
        moments = [moment for moment in (self | target).mapped(name) if moment]
        return max(moments, default=False)

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
