from odoo import models

from .omnichannel_account import LIVECHAT
from .omnichannel_conversation_choice import SendChoice
from .omnichannel_livechat import VISITOR


class OmnichannelConversation(models.Model):
    """When a visitor of the website can be written to: in an open chat, by a person."""

    _inherit = "omnichannel.conversation"

    def _make_passage(self, account, identity, is_human):
        if account.channel != LIVECHAT or is_human:
            return super()._make_passage(account, identity, is_human)
        reason = self.env._("Only people write in a live chat.")
        return SendChoice(account.channel, account, identity, reason)


class OmnichannelAccount(models.Model):
    _inherit = "omnichannel.account"

    def _passage(self, identity, is_human):
        if self.channel != LIVECHAT:
            return super()._passage(identity, is_human)
        return bool(is_human and identity._open_chat(self)), False


class OmnichannelIdentity(models.Model):
    _inherit = "omnichannel.identity"

    def _messaging_channels(self):
        return [LIVECHAT] if self.kind == VISITOR else super()._messaging_channels()

    def _closed_reason(self):
        if self.kind == VISITOR:
            return self.env._("The visitor has left the chat.")
        return super()._closed_reason()

    def _open_chat(self, account):
        """Return the live chat (discuss.channel, as superuser) in which an account reaches them.

        Empty when it was ended, or the app Live Chat is gone.
        """
        self.ensure_one()
        # sudo: who answers customers need not be an operator of live chats
        channels_sudo = self.env["discuss.channel"].sudo()
        if self.kind != VISITOR or "livechat_end_dt" not in channels_sudo._fields:
            return channels_sudo
        name, _colon, number = self.value.partition(":")
        members_sudo = self.env["im_livechat.channel.member.history"].sudo()
        members_sudo = members_sudo.search(
            [
                (f"{name}_id", "=", int(number)),
                ("livechat_member_type", "=", "visitor"),
                ("channel_id.livechat_end_dt", "=", False),
            ],
            order="id desc",
        )
        return members_sudo.channel_id.filtered(
            lambda channel: channel._omnichannel_chat_account() == account
        )[:1]
