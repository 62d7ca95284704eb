import datetime

from odoo import models
from odoo.tools import html2plaintext

from ..channels.events import InboundEvent, Kind
from .omnichannel_account import LIVECHAT
from .omnichannel_event_process import Incoming


class OmnichannelEvent(models.Model):
    _inherit = "omnichannel.event"

    def _parse_native(self):
        """Return the Incoming of a live chat's message; nothing happens when it is gone."""
        if self.account_id.channel != LIVECHAT:
            return super()._parse_native()
        payload = self.payload  # emptied when the message was taken back
        message = self.env["mail.message"].browse(payload.get("mail_message_id") or ()).exists()
        is_echo = payload.get("is_echo", False)
        inbound = InboundEvent(
            kind=self._chat_kind(message),
            occurred_at=self._chat_time(message).replace(tzinfo=datetime.timezone.utc),
            identity=payload.get("visitor", ""),
            external_id=str(message.id or ""),
            target_id=str(message.id or ""),
            text=html2plaintext(message.body or "", include_references=False).strip(),
            reply_to=str(message.parent_id.id or ""),
            is_echo=is_echo,
            is_recovered=payload.get("recovered", False),
            profile_name="" if is_echo else self._chat_name(message),
        )
        is_bot = is_echo and not message.author_id._omnichannel_staff()
        return Incoming(self, self.account_id, inbound, chat_message=message, is_automatic=is_bot)

    def _chat_time(self, message):
        """Return when it happened: when it was stored, which is finer than Odoo's own date."""
        is_late = message and self.payload.get("recovered")
        return message.date if is_late else self.received_at

    def _chat_kind(self, message):
        """Return what happened. Nothing, when the message is gone."""
        return Kind.MESSAGE if message else Kind.IGNORED

    def _chat_name(self, message):
        """Return what to call a visitor: browsers have no name but the one that Odoo gives all."""
        guest = message.author_guest_id
        return f"{guest.name} {guest.id}" if guest else message.author_id.name or ""


class OmnichannelConversation(models.Model):
    """Messages of live chats in the threads of those who chat."""

    _inherit = "omnichannel.conversation"

    def _prepare_mail_message(self, item, subtype_id):
        values = super()._prepare_mail_message(item, subtype_id)
        if source := item.chat_message:
            # of its own thread, so that whoever may read it there may open its files
            files = source.attachment_ids.copy(
                {"res_model": "discuss.channel", "res_id": self.channel_id.id}
            )
            values["attachment_ids"] = [(6, 0, files.ids)]
            if files and not item.inbound.text:
                values["body"] = ""
            if item.inbound.is_echo and source.author_id:
                values["author_id"] = source.author_id.id
        return values
