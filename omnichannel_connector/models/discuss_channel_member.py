from odoo import models

from .discuss_channel import is_omnichannel


class DiscussChannelMember(models.Model):
    _inherit = "discuss.channel.member"

    def _set_last_seen_message(self, message, notify=True):
        """Tell the customer that somebody here has read their message."""
        result = super()._set_last_seen_message(message, notify=notify)
        if is_omnichannel(self.channel_id) and self.is_self and self.env.user._is_internal():
            # sudo: members see their channel, its conversation may be of an unselected company
            self.channel_id.sudo().omnichannel_conversation_id._note_seen_by(message.id)
        return result
