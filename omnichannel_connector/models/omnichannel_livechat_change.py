import time

from odoo import api, models

from ..channels.events import Kind
from .omnichannel_account import LIVECHAT
from .omnichannel_livechat import VISITOR, visitor_address
from .timing import to_naive_utc

LOGIN_SCORE = 90  # what it says that a browser's chat was continued by a login


class DiscussChannel(models.Model):
    """What becomes of a live chat and of its messages: edited, taken back, ended."""

    _inherit = "discuss.channel"

    def _message_update_content(self, message, /, **kwargs):
        result = super()._message_update_content(message, **kwargs)
        if self.channel_type == LIVECHAT and message.message_type == "comment":
            self._omnichannel_take_chat("edit", message)
        return result

    def write(self, vals):
        """Write; take note of chats that end, whoever ends them and however."""
        ending = self.browse()
        if vals.get("livechat_end_dt"):
            ending = self.filtered(lambda c: c.channel_type == LIVECHAT and not c.livechat_end_dt)
        result = super().write(vals)
        for chat in ending:
            chat._omnichannel_take_chat("end", self.env["mail.message"])
        return result

    def _omnichannel_chat_key(self, what, message, is_echo):
        if what == "message":
            return super()._omnichannel_chat_key(what, message, is_echo)
        # may happen again, and nobody ever tells it twice
        return f"{what}:{message.id or self.id}:{time.time_ns()}"


class OmnichannelEvent(models.Model):
    _inherit = "omnichannel.event"

    def _chat_kind(self, message):
        what = self.payload.get("what")
        if what == "end":
            return Kind.HANDOVER
        if what == "edit" and message:
            return Kind.UNSEND if message._filter_empty() else Kind.EDIT
        return super()._chat_kind(message)


class OmnichannelConversation(models.Model):
    _inherit = "omnichannel.conversation"

    def _show_notice(self, item):
        """Say that a live chat is over; composers look up then which ways are left."""
        if item.account.channel != LIVECHAT:
            return super()._show_notice(item)
        moment = to_naive_utc(item.inbound.occurred_at)
        return self._post_notice(self.env._("The live chat has ended."), moment)

    @api.model
    def _follow_wishes(self, items, messages):
        result = super()._follow_wishes(items, messages)
        for item in items:
            if item.chat_message and not item.inbound.is_echo:
                self._suggest_login(item)
        return result

    def _suggest_login(self, item):
        """Suggest that who chatted before they logged in is the same person.

        No more than that: somebody else may have left their chat in this browser.
        """
        chat = self.env["discuss.channel"].browse(item.chat_message.res_id)
        if not item.chat_message.author_id:
            return
        guests = chat.livechat_channel_member_history_ids.guest_id
        keys = [(VISITOR, "", visitor_address(guest, None)) for guest in guests]
        found = self.env["omnichannel.identity"]._find(item.account.company_id, keys)
        for identity in found.values():
            if identity.partner_id != item.identity.partner_id:
                self.env["omnichannel.suggestion"]._propose(
                    identity, item.identity.partner_id, "login", LOGIN_SCORE
                )


class OmnichannelSuggestion(models.Model):
    _inherit = "omnichannel.suggestion"

    @api.model
    def _reason_words(self):
        login = self.env._("the same live chat went on with that customer's login")
        return {**super()._reason_words(), "login": login}
