import logging

from odoo import models

from ..channels.events import RawEvent
from .omnichannel_account import LIVECHAT

_logger = logging.getLogger(__name__)

VISITOR = "visitor"


def visitor_address(guest, partner):
    """Return the address of who chats: of a login its person's, else that of the browser."""
    if partner:
        return f"partner:{partner.id}"
    return f"guest:{guest.id}" if guest else ""


class DiscussChannel(models.Model):
    """The bridge for Odoo's live chat: what is written there enters at the door of all channels.

    The chat keeps its own channel, in which the visitor sees nothing but the chat. Works with and
    without the app Live Chat, and nothing in here may ever break a visitor's chat.
    """

    _inherit = "discuss.channel"

    def _message_post_after_hook(self, message, msg_vals):
        result = super()._message_post_after_hook(message, msg_vals)
        if self.channel_type == LIVECHAT and message.message_type == "comment":
            self._omnichannel_take_chat("message", message)
        return result

    def _omnichannel_take_chat(self, what, message):
        """Store what happened in a live chat as an event, in the transaction in which it happens.

        `what` is "message" for a new one. Raises nothing: a fault of ours is logged, rolled back
        and never reaches who chats.
        """
        # what Odoo has not written yet shall neither fail in our name nor be rolled back with us;
        # a savepoint that flushes would forget the notifications that wait for the commit
        self.env.flush_all()
        try:
            with self.env.cr.savepoint(flush=False):
                # sudo: visitors have no rights on anything of ours
                self.sudo()._omnichannel_store_chat(what, message.sudo())
        except Exception:
            _logger.exception("Live chat %s: a %s was not taken over", self.id, what)

    def _omnichannel_store_chat(self, what, message):
        """Store an event of the visitor. Writes by raw SQL alone, see the caller."""
        account = self._omnichannel_chat_account()
        visitor = self._omnichannel_visitor(message) or self._omnichannel_visitor()
        if account and visitor:
            news = self._omnichannel_news(what, message)
            events = [self._omnichannel_chat_event(what, one, visitor) for one in news]
            self.env["omnichannel.event"]._store(account.id, events)

    def _omnichannel_news(self, what, message):
        """Return the messages to take over now that this happened to one, oldest first.

        Who only opened the chat is no customer: what a chatbot or colleague says to them waits
        until they write.
        """
        count = sum(self._omnichannel_members("visitor").mapped("message_count"))
        if what == "message" and self._omnichannel_visitor(message):
            earlier = self.message_ids.sorted("id") if count <= 1 else message.browse()
            earlier = earlier.filtered(lambda one: one.id < message.id)
            return [*earlier.filtered(self._omnichannel_is_answer), message]
        is_shown = self._omnichannel_visitor(message) or self._omnichannel_is_answer(message)
        return [message] if count and is_shown else []

    def _omnichannel_chat_event(self, what, message, visitor, is_recovered=False):
        is_echo = not self._omnichannel_visitor(message)
        return RawEvent(
            key=self._omnichannel_chat_key(what, message, is_echo),
            customer=self._omnichannel_visitor(message) or visitor,
            # no copy of the text: who deletes it there, or asks for it to be erased, is obeyed
            payload={
                "what": what,
                "mail_message_id": message.id,
                "visitor": self._omnichannel_visitor(message) or visitor,
                "is_echo": is_echo,
                "recovered": is_recovered,
            },
        )

    def _omnichannel_chat_key(self, what, message, is_echo):
        return f"{'echo' if is_echo else what}:{message.id}"

    def _omnichannel_chat_account(self):
        """Return the account of a live chat: that of its live chat channel, else one for all."""
        names = [str(self.livechat_channel_id.id), "", False]
        accounts = self.env["omnichannel.account"].search(
            [("channel", "=", LIVECHAT), ("external_id", "in", names)]
        )
        return accounts.sorted(lambda account: (not account.external_id, account.id))[:1]

    def _omnichannel_members(self, kind):
        """Return who took part in a chat: agent, visitor or bot; also who left (member history)."""
        history = self.livechat_channel_member_history_ids
        return history.filtered(lambda member: member.livechat_member_type == kind)

    def _omnichannel_visitor(self, message=None):
        """Return the address of the visitor of a chat, or of a message if the visitor wrote it.

        Where several are in it, the chat is of who wrote last: with a login, signed by the website,
        or of a browser.
        """
        visitors = self._omnichannel_members("visitor")
        guests, partners = visitors.guest_id, visitors.partner_id
        if not message and guests and partners:
            # Odoo lets somebody who logs in into what this browser chatted before, unasked
            message = self._omnichannel_last_said(guests, partners)
        if message:
            guests &= message.author_guest_id
            partners &= message.author_id
        return visitor_address(guests[-1:], partners[-1:] or self._omnichannel_signed(guests))

    def _omnichannel_last_said(self, guests, partners):
        """Return the last message of any of these visitors."""
        return self.env["mail.message"].search(
            [
                ("model", "=", self._name),
                ("res_id", "=", self.id),
                ("message_type", "=", "comment"),
                "|",
                ("author_guest_id", "in", guests.ids),
                ("author_id", "in", partners.ids),
            ],
            order="id desc",
            limit=1,
        )

    def _omnichannel_is_answer(self, message):
        """Tell whether a message is meant for the visitor, by a colleague or a chatbot of ours."""
        bots = self._omnichannel_members("bot").partner_id
        is_ours = message.author_id in bots or message.author_id._omnichannel_staff()
        is_inside = message.is_internal or message.subtype_id.internal
        is_by_visitor = self._omnichannel_visitor(message)
        is_said = message.message_type == "comment" and not is_inside and not is_by_visitor
        return bool(is_ours and is_said)
