from odoo import api, models
from odoo.exceptions import ValidationError

from .discuss_channel import is_omnichannel


class DiscussChannelMember(models.Model):
    _inherit = "discuss.channel.member"

    @api.constrains("channel_id", "partner_id", "guest_id")
    def _check_only_staff(self):
        """Keep customers out: a member receives everything, notes included.

        Odoo lets whoever knows a channel's invitation link become a member of it.
        """
        # sudo: who is asked here may be a visitor
        for member_sudo in self.sudo().with_context(active_test=False):
            users_sudo = member_sudo.partner_id.user_ids
            if is_omnichannel(member_sudo.channel_id) and (
                member_sudo.guest_id or not any(user._is_internal() for user in users_sudo)
            ):
                raise ValidationError(
                    self.env._("Only people of the company can join a customer's conversation.")
                )

    def _mark_as_read(self, last_message_id):
        """Note that it was seen, and tell the customer that somebody has read their message."""
        result = super()._mark_as_read(last_message_id)
        if is_omnichannel(self.channel_id) and self.is_self and self.env.user._is_internal():
            # sudo: members see their channel, its conversation may be of an unselected company
            conversation_sudo = self.channel_id.sudo().omnichannel_conversation_id
            conversation_sudo._note_seen_by(last_message_id)
            conversation_sudo._note_seen_until(last_message_id)
        return result
