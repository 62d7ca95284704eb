import logging
import traceback
from functools import partial

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools.mail import unfold_references

from ..channels.addresses import normalize_email
from ..channels.events import RawEvent
from ..channels.mail_automatic import addresses, sender
from ..channels.mail_repair import message_id, read
from .mail_source import Source, headers_of, inline, message_bytes, without_tag
from .timing import CONFLICTS

_logger = logging.getLogger(__name__)

# Where servers on the way write to whom a mail was really delivered. Odoo reads Delivered-To only.
ENVELOPES = ("X-Original-To", "Envelope-To", "X-Envelope-To", "X-Forwarded-To")
RECIPIENTS = ("To", "Cc", "Delivered-To", "Resent-To", "Resent-Cc", *ENVELOPES)


class MailThread(models.AbstractModel):
    """The door for e-mail. Whatever goes wrong behind it, mail to our accounts is kept.

    Odoo takes a mail whose processing raises for handled and deletes it at the server. So what is
    ours is stored as it came, before anything else happens to it.
    """

    _inherit = "mail.thread"

    @api.model
    def message_process(
        self,
        model,
        message,
        custom_values=None,
        save_original=False,
        strip_attachments=False,
        thread_id=None,
    ):
        """Let Odoo route a mail. When that fails, keep it if it is for one of our accounts.

        Raise AccessError for portal users: what comes in here is believed to be a customer's.
        """
        if self.env.user.share and not self.env.su:
            raise AccessError(self.env._("Only people of the company can hand in e-mails."))
        source = Source(message_bytes(message))
        gateway = self.with_context(omnichannel_source=source)
        process = partial(
            super(MailThread, gateway).message_process,
            model,
            custom_values=custom_values,
            save_original=save_original,
            strip_attachments=strip_attachments,
            thread_id=thread_id,
        )
        try:
            return self._omnichannel_attempt(process, source)
        except CONFLICTS:
            # whoever called tries again; fetching from a server does not
            if self.env.context.get("fetchmail_cron_running"):
                self._omnichannel_keep_apart(source.raw)
            raise
        except Exception:
            error = traceback.format_exc()
            if source.is_routed:
                # another document's part of this mail failed: that one is Odoo's to report
                self._omnichannel_keep_apart(source.raw, None if source.is_taken else error)
                raise
            if not self._omnichannel_keep(source.raw, error):
                raise
            return False

    def _omnichannel_attempt(self, process, source):
        """Process a mail, once more as far as it can be repaired when Odoo can't read it."""
        try:
            with self.env.cr.savepoint():
                return process(message=source.raw)
        except (LookupError, ValueError, TypeError, AttributeError):
            if source.is_routed:
                raise
        with self.env.cr.savepoint():
            return process(message=read(source.raw).as_bytes())

    @api.model
    def message_route(self, message, message_dict, *args, **kwargs):
        """Store what is for our accounts; return the other routes, as if ours had not been.

        Before Odoo looks for loops: it would drop what a customer writes after 20 mails. Nobody
        answers here by himself to what a machine wrote, so ours can't loop.
        """
        source = self.env.context.get("omnichannel_source") or Source(message.as_bytes())
        source.is_routed = True
        self._omnichannel_find_recipients_safely(message, message_dict)
        routes = super().message_route(message, message_dict, *args, **kwargs)
        ours = [route for route in routes if self._omnichannel_is_ours(route)]
        if not ours:
            return routes
        try:
            with self.env.cr.savepoint():
                self._omnichannel_take(message, message_dict, ours)
        except CONFLICTS:
            raise
        except Exception:
            if not self._omnichannel_keep(source.raw, traceback.format_exc()):
                raise
        source.is_taken = True
        return [route for route in routes if route not in ours]

    def _omnichannel_is_ours(self, route):
        """Tell whether a route leads to an account or into the thread of a conversation."""
        model, thread_id, *_rest = route
        if model == "omnichannel.conversation":
            return True
        # sudo: the gateway runs as whoever fetches mail
        stream_sudo = self.env["discuss.channel"].sudo()
        return model == "discuss.channel" and bool(
            thread_id and stream_sudo.browse(thread_id).omnichannel_conversation_id
        )

    # === WHOSE IT IS === #

    def _omnichannel_find_recipients_safely(self, message, message_dict):
        try:
            with self.env.cr.savepoint():
                self._omnichannel_find_recipients(message, message_dict)
        except CONFLICTS:
            raise
        except Exception:  # a help for some mails must not stop all
            _logger.exception("The recipients of a mail could not be looked at")

    def _omnichannel_find_recipients(self, message, message_dict):
        """Let Odoo find our accounts behind tags (hello+order7@) and headers it does not read."""
        told = {address: without_tag(address) for address in addresses(message, *RECIPIENTS)}
        ours = set(self._omnichannel_accounts_of(told.values()).mapped("alias_email"))
        known = {address.lower() for address in addresses(message, "To", "Cc", "Delivered-To")}
        wanted = {plain for plain in told.values() if plain in ours and plain not in known}
        written_to = set(map(without_tag, addresses(message, "To")))
        is_at_document = self._omnichannel_is_at_document(message_dict)
        # what is in Odoo's `to` takes an answer away from the document that it answers
        self._omnichannel_add(message_dict, "to", wanted & written_to if is_at_document else wanted)
        self._omnichannel_add(message_dict, "recipients", wanted)

    def _omnichannel_add(self, message_dict, name, wanted):
        message_dict[name] = ",".join(filter(None, (message_dict[name], *sorted(wanted))))

    def _omnichannel_is_at_document(self, message_dict):
        """Tell whether a mail answers what stands elsewhere than in a conversation."""
        told = message_dict["references"] or message_dict["in_reply_to"]
        # sudo: the gateway runs as whoever fetches mail
        answered_sudo = self.env["mail.message"].sudo()
        # the newest, as Odoo does
        answered_sudo = answered_sudo.search(
            [("message_id", "in", unfold_references(told)[-32:])], limit=1, order="id desc"
        )
        return bool(answered_sudo.res_id) and answered_sudo.model != "discuss.channel"

    def _omnichannel_accounts_of(self, recipients):
        """Return the e-mail accounts with these addresses, in the order of the addresses."""
        wanted = list(dict.fromkeys(map(without_tag, recipients)))
        domain = Domain("channel", "=", "email") & Domain("alias_id.alias_full_name", "in", wanted)
        # sudo: the gateway runs as whoever fetches mail; an archived account still gets mail
        accounts_sudo = self.env["omnichannel.account"].sudo().with_context(active_test=False)
        accounts_sudo = accounts_sudo.search(domain)
        return accounts_sudo.sorted(lambda account: wanted.index(account.alias_id.alias_full_name))

    def _omnichannel_account(self, message_dict, route):
        """Return the account that a route of ours belongs to, if any.

        New mail comes to the account's alias. An answer that was not sent there is known by the
        thread it refers to; whose conversation it belongs to is decided by who wrote it, because
        anybody may know a Message-Id.
        """
        model, thread_id, custom_values, _user_id, _alias = route
        # sudo: the gateway runs as whoever fetches mail
        accounts_sudo = self.env["omnichannel.account"].sudo()
        if model == "omnichannel.conversation":
            return accounts_sudo.browse((custom_values or {}).get("account_id")).exists()
        conversation_sudo = (
            self.env["discuss.channel"].sudo().browse(thread_id).omnichannel_conversation_id
        )
        parent_sudo = self.env["mail.message"].sudo().browse(message_dict.get("parent_id"))
        return parent_sudo.omnichannel_message_ids.account_id.filtered(
            lambda account: account.channel == "email"
        ) or accounts_sudo.search(
            [("channel", "=", "email"), ("company_id", "=", conversation_sudo.company_id.id)],
            limit=1,
        )

    # === STORE === #

    def _omnichannel_take(self, message, message_dict, routes):
        """Store a mail once for each company that it is for: there it is one message.

        Raise ValueError when a route leads to no account.
        """
        accounts_sudo = self.env["omnichannel.account"].sudo()
        for route in routes:
            account_sudo = self._omnichannel_account(message_dict, route)
            if not account_sudo:
                raise ValueError("An e-mail came for an account that does not exist")
            accounts_sudo |= account_sudo
        # the first that it is addressed to, whichever mailbox this copy came through
        order = self._omnichannel_accounts_of(addresses(message, *RECIPIENTS))
        accounts_sudo = (order & accounts_sudo) | accounts_sudo
        source = self.env.context.get("omnichannel_source") or Source(message.as_bytes())
        for of_company in accounts_sudo.grouped("company_id").values():
            self._omnichannel_store(of_company[0], source.raw)

    def _omnichannel_store(self, account_sudo, raw):
        """Store a mail as an event. One that came already, to any address, changes nothing."""
        payload = self._omnichannel_put_away(raw)
        event_sudo = self._omnichannel_note(account_sudo, raw, payload)
        attachment_sudo = self.env["ir.attachment"].sudo().browse(payload.get("attachment_id"))
        if event_sudo:
            attachment_sudo.res_id = event_sudo.id
        else:
            attachment_sudo.unlink()

    def _omnichannel_note(self, account_sudo, raw, payload, error=None):
        """Insert the event of a mail unless it is there. Return it, or none. See `_store`."""
        message = headers_of(raw)
        address = normalize_email(sender(message)[1])
        event = RawEvent(
            key=f"mail-{account_sudo.company_id.id}:{message_id(raw, message)}",
            customer=address,
            payload={"from": address, **payload},
        )
        # sudo: the gateway runs as whoever fetches mail
        return self.env["omnichannel.event"].sudo()._store(account_sudo.id, [event], error)

    def _omnichannel_put_away(self, raw):
        """Return where the bytes of a mail are: in a file, or right here when that fails."""
        values = {
            "name": "message.eml",
            "raw": raw,
            "mimetype": "message/rfc822",
            "res_model": "omnichannel.event",
        }
        try:
            with self.env.cr.savepoint():
                # sudo: the gateway runs as whoever fetches mail
                return {"attachment_id": self.env["ir.attachment"].sudo().create(values).id}
        except CONFLICTS:
            raise
        except Exception:  # the mail is worth more than a tidy place
            _logger.exception("A mail could not be stored as a file")
            return inline(raw)

    def _omnichannel_keep(self, raw, error):
        """Store a mail that failed for each company of ours that it is for. Return whether any.

        Relies on nothing that was found out about the mail before.
        """
        accounts_sudo = self._omnichannel_addressees(raw)
        for of_company in accounts_sudo.grouped("company_id").values():
            self._omnichannel_note(of_company[0], raw, inline(raw), error)
        if accounts_sudo:
            _logger.error("A mail failed; it is kept as an event and can be retried")
        return bool(accounts_sudo)

    def _omnichannel_keep_apart(self, raw, error=None):
        """Keep a mail for our accounts although this transaction is going to be rolled back."""
        with self.env.registry.cursor() as cr:
            gateway = self.with_env(self.env(cr=cr))
            for of_company in gateway._omnichannel_addressees(raw).grouped("company_id").values():
                gateway._omnichannel_note(of_company[0], raw, inline(raw), error)

    def _omnichannel_addressees(self, raw):
        """Return the accounts that a mail is for, as far as it can be read at all."""
        message = headers_of(raw)
        accounts_sudo = self._omnichannel_accounts_of(addresses(message, *RECIPIENTS))
        if accounts_sudo:
            return accounts_sudo
        told = " ".join(str(message.get(name) or "") for name in ("References", "In-Reply-To"))
        # sudo: the gateway runs as whoever fetches mail
        answered_sudo = (
            self.env["omnichannel.message"]
            .sudo()
            .search([("channel", "=", "email"), ("mail_message_id.message_id", "in", told.split())])
        )
        return answered_sudo.account_id
