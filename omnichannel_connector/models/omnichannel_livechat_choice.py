from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import format_datetime, format_time

from .omnichannel_account import LIVECHAT
from .omnichannel_conversation_choice import SendChoice
from .omnichannel_livechat import VISITOR
from .timing import utc_now

MOST = 20  # chats of one visitor that are looked at: the newest


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
        if self.kind != VISITOR:
            return super()._closed_reason()
        open_sudo = self._chats_as_visitor([("livechat_end_dt", "=", False)])
        if any(chat._omnichannel_visitor() != self.value for chat in open_sudo):
            return self.env._("The visitor is known by now: the chat is in another conversation.")
        chats_sudo = self._chats_as_visitor([("livechat_end_dt", "!=", False)])
        if not chats_sudo:
            return self.env._("The visitor has left the chat.")
        left_at = max(chats_sudo.mapped("livechat_end_dt"))
        return self.env._("The visitor left the chat at %(time)s.", time=self._clock(left_at))

    def _clock(self, moment):
        """Return a moment as the user's clock shows it, with the day unless it is today."""
        zone = self.env.user.tz or "UTC"
        local = fields.Datetime.context_timestamp(self.with_context(tz=zone), moment)
        today = fields.Datetime.context_timestamp(self.with_context(tz=zone), utc_now())
        if local.date() == today.date():
            return format_time(self.env, moment, tz=zone, time_format="short")
        return format_datetime(self.env, moment, tz=zone, dt_format="short")

    def _open_chat(self, account):
        """Return the live chat (discuss.channel, as superuser) in which an account reaches them.

        Empty when it was ended, or the app Live Chat is gone.
        """
        self.ensure_one()
        chats_sudo = self._chats_as_visitor([("livechat_end_dt", "=", False)])
        return chats_sudo.filtered(
            lambda chat: (
                chat._omnichannel_chat_account() == account
                and chat._omnichannel_visitor() == self.value
            )
        )[:1]

    def _chats_as_visitor(self, domain):
        """Return the live chats (discuss.channel, as superuser) with this visitor, newest first."""
        # sudo: who answers customers need not be an operator of live chats
        channels_sudo = self.env["discuss.channel"].sudo()
        if self.kind != VISITOR or "livechat_end_dt" not in channels_sudo._fields:
            return channels_sudo
        name, _colon, number = self.value.partition(":")
        took_part = Domain(
            "livechat_channel_member_history_ids",
            "any",
            [(f"{name}_id", "=", int(number)), ("livechat_member_type", "=", "visitor")],
        )
        if name == "partner":
            took_part |= Domain("omnichannel_visitor_id", "=", int(number))
        return channels_sudo.search(
            Domain("channel_type", "=", LIVECHAT) & Domain(domain) & took_part,
            order="id desc",
            limit=MOST,
        )
