import datetime

from odoo import api, fields, models
from odoo.tools import formataddr

from ..channels.addresses import normalize_email
from ..channels.events import InboundEvent, Kind
from ..channels.mail_authentication import is_unverified
from ..channels.mail_automatic import (
    addresses,
    is_ambiguous,
    is_automatic,
    is_report,
    sender,
    undecoded,
    wants_no_answer,
)
from ..channels.mail_repair import message_id, read
from .mail_source import source_of, without_tag
from .omnichannel_event_process import Incoming


def answered_id(mail):
    """Return the Message-ID of what an e-mail answers, or an empty string."""
    return mail["in_reply_to"] or (mail["references"].split() or [""])[-1]


def answer_address(bare, address):
    """Return as context where the writer wants to be answered, if that is another address.

    It is shown and never followed: nothing says that it is theirs.
    """
    told = {normalize_email(found) for found in addresses(bare, "Reply-To")} - {"", address}
    return {"answer_to": ", ".join(sorted(told))} if told else {}


def sent_at(message_dict, received_at):
    """Return when an e-mail was sent. A Date from the future, or none, is when it came."""
    date = fields.Datetime.to_datetime(message_dict.get("date"))
    return min(date, received_at) if date else received_at


class MailThread(models.AbstractModel):
    """The bridge for e-mail: it enters at the same door as every other channel."""

    _inherit = "mail.thread"

    @api.model
    def _omnichannel_parse(self, event):
        """Return the Incoming of a stored e-mail. Raise ValueError when nobody is its author."""
        raw = source_of(event)
        message = read(raw)
        bare = undecoded(message)
        name, address = sender(bare)
        address = normalize_email(address)
        if not address:
            raise ValueError("The e-mail has no usable sender address")
        mail = self.message_parse(message)
        mail["message_id"] = message_id(raw, bare)
        mail["email_from"] = formataddr((name, address))
        account = event.account_id
        own = {(account.alias_email or "").lower()} - {""}
        inbound = InboundEvent(
            kind=self._omnichannel_kind(bare, address),
            occurred_at=sent_at(mail, event.received_at).replace(tzinfo=datetime.timezone.utc),
            identity=address,
            external_id=mail["message_id"],
            reply_to=answered_id(mail),
            profile_name=name,
            context=answer_address(bare, address),
        )
        headers = [str(value) for value in message.get_all("Authentication-Results", [])]
        return Incoming(
            event,
            account,
            inbound,
            mail=mail,
            is_automatic=is_automatic(bare, own),
            wants_no_answer=wants_no_answer(bare, own),
            is_unverified=is_ambiguous(bare)
            or is_unverified(headers, address, account.trusted_authserv or ""),
        )

    @api.model
    def _omnichannel_kind(self, message, address):
        """Return what a mail is: from our own addresses and mail servers comes no customer."""
        is_own = bool(self._omnichannel_own_addresses([address]))
        return Kind.IGNORED if is_own or is_report(message) else Kind.MESSAGE

    @api.model
    def _omnichannel_own_addresses(self, recipients):
        """Return which of these addresses are ours: of accounts, other aliases, alias domains."""
        plain = {address: without_tag(address) for address in recipients}
        # sudo: whose aliases these are does not matter here
        aliases_sudo = self.env["mail.alias"].sudo()
        domains_sudo = self.env["mail.alias.domain"].sudo().search([("name", "!=", False)])
        ours = {
            *aliases_sudo.search([("alias_full_name", "in", list(plain.values()))]).mapped(
                "alias_full_name"
            ),
            *domains_sudo.mapped("bounce_email"),
            *domains_sudo.mapped("catchall_email"),
            *domains_sudo.mapped("default_from_email"),
        }
        return {address for address, short in plain.items() if short in ours}
