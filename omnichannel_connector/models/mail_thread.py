import datetime
import email
import email.policy
import email.utils

from odoo import api, fields, models
from odoo.tools import email_normalize

from ..channels.addresses import normalize_email
from ..channels.events import InboundEvent, Kind, RawEvent
from ..channels.mail_authentication import is_unverified
from .omnichannel_event_process import Incoming

# RFC 3834 and what mail programs do instead of it
AUTOMATIC_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Mail-Autoreply", "List-Id")
AUTOMATIC_PRECEDENCES = {"bulk", "junk", "list", "auto_reply"}


def is_automatic(message):
    """Tell whether a machine wrote this e-mail: an out-of-office note, a list, a notice."""
    if (message.get("Auto-Submitted") or "no").strip().lower() != "no":
        return True
    if (message.get("Precedence") or "").strip().lower() in AUTOMATIC_PRECEDENCES:
        return True
    return any(message.get(header) for header in AUTOMATIC_HEADERS)


def sender_address(message_dict):
    """Return the one normalised address that an e-mail came from, or an empty string."""
    return normalize_email(email_normalize(message_dict["email_from"]) or "")


def sent_at(message_dict, received_at):
    """Return when an e-mail was sent. A Date from the future, or none, is when it came."""
    date = fields.Datetime.to_datetime(message_dict.get("date"))
    return min(date, received_at) if date else received_at


class MailThread(models.AbstractModel):
    """The bridge for e-mail: it enters at the same door as every other channel."""

    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Store mail for our accounts as events; leave all other routes to Odoo."""
        others = []
        for route in routes or ():
            account = self._omnichannel_account(message_dict, route)
            if account:
                self._omnichannel_store(account, message, message_dict)
            else:
                others.append(route)
        if routes and not others:
            return False
        return super()._message_route_process(message, message_dict, others)

    def _omnichannel_account(self, message_dict, route):
        """Return the account that a route belongs to, if any.

        New mail comes to the account's alias. An answer that was not sent there is known by the
        thread it refers to; whose conversation it belongs to is decided by who wrote it, because
        anybody may know a Message-Id.
        """
        model, thread_id, custom_values, _user_id, _alias = route
        # sudo: the gateway runs as whoever fetches mail
        accounts_sudo = self.env["omnichannel.account"].sudo()
        if model == "omnichannel.conversation":
            return accounts_sudo.browse((custom_values or {}).get("account_id")).exists()
        if model != "discuss.channel" or not thread_id:
            return accounts_sudo
        conversation_sudo = (
            self.env["discuss.channel"].sudo().browse(thread_id).omnichannel_conversation_id
        )
        if not conversation_sudo:
            return accounts_sudo
        parent = self.env["mail.message"].sudo().browse(message_dict.get("parent_id"))
        return parent.omnichannel_message_ids.account_id.filtered(
            lambda account: account.channel == "email"
        ) or accounts_sudo.search(
            [("channel", "=", "email"), ("company_id", "=", conversation_sudo.company_id.id)],
            limit=1,
        )

    def _omnichannel_store(self, account_sudo, message, message_dict):
        attachment_sudo = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": "message.eml",
                    "raw": message.as_bytes(),
                    "mimetype": "message/rfc822",
                    "res_model": "omnichannel.event",
                }
            )
        )
        sender = sender_address(message_dict)
        raw = RawEvent(
            key=f"mail:{message_dict['message_id']}",
            customer=sender,
            payload={"attachment_id": attachment_sudo.id, "from": sender},
        )
        if event_sudo := self.env["omnichannel.event"].sudo()._store(account_sudo.id, [raw]):
            attachment_sudo.res_id = event_sudo.id
        else:
            attachment_sudo.unlink()

    @api.model
    def _omnichannel_parse(self, event):
        """Return the Incoming of a stored e-mail. Raise ValueError when nobody is its author."""
        attachment = self.env["ir.attachment"].browse(event.payload["attachment_id"])
        message = email.message_from_bytes(attachment.raw, policy=email.policy.SMTP)
        mail = self.message_parse(message)
        sender = sender_address(mail)
        if not sender:
            raise ValueError("The e-mail has no usable sender address")
        name, _address = email.utils.parseaddr(mail["email_from"])
        inbound = InboundEvent(
            kind=Kind.MESSAGE,
            occurred_at=sent_at(mail, event.received_at).replace(tzinfo=datetime.timezone.utc),
            identity=sender,
            external_id=mail["message_id"],
            reply_to=mail["in_reply_to"],
            profile_name=name,
        )
        account = event.account_id
        headers = [str(value) for value in message.get_all("Authentication-Results", [])]
        return Incoming(
            event,
            account,
            inbound,
            mail=mail,
            is_automatic=is_automatic(message),
            is_unverified=is_unverified(headers, sender, account.trusted_authserv or ""),
        )
