import logging
import uuid
from datetime import timedelta

from odoo import models

from ..channels.events import Action

_logger = logging.getLogger(__name__)

TYPING_PAUSE = timedelta(seconds=7)  # the web client tells it every eight
SIGNALS = {"reaction": Action.REACT, "seen": Action.SEEN, "typing": Action.TYPING}


class OmnichannelConversation(models.Model):
    """What we tell a customer besides messages: a reaction, that we read, that we type."""

    _inherit = "omnichannel.conversation"

    def _queue_signal(self, kind, message, reaction=""):
        """Queue a reaction, `seen` or `typing` about a message of the customer.

        Return the delivery, empty where the channel has no such thing. What waits still of the
        same kind about the same message is replaced. Only a customer's message has signals: a
        note never leads to one.
        """
        # sudo: who may read the conversation may read it aloud; the hooks checked the rest
        message_sudo = message.sudo()
        deliveries_sudo = self.env["omnichannel.delivery"].sudo()
        account_sudo = message_sudo.account_id
        if (
            message_sudo.direction != "inbound"
            or account_sudo.state != "connected"
            or SIGNALS[kind] not in account_sudo._actions()
            or not (message_sudo.external_id or kind == "typing")
        ):
            return deliveries_sudo
        same = [("message_id", "=", message_sudo.id), ("kind", "=", kind)]
        deliveries_sudo.search([*same, ("state", "=", "queued")])._withdraw()
        delivery_sudo = deliveries_sudo.create(
            {
                "uuid": str(uuid.uuid4()),
                "kind": kind,
                "message_id": message_sudo.id,
                "target_external_id": message_sudo.external_id,
                "reaction": reaction,
            }
        )
        self.env.ref("omnichannel_connector.ir_cron_omnichannel_delivery").sudo()._trigger()
        return delivery_sudo

    def notify_typing(self, key):
        """Show the customer that somebody types, on the channel of a choice that is open.

        For the web client. At most once in seven seconds. Return whether it was queued.
        """
        self.ensure_one()
        self.check_access("write")
        choice = self._find_choice(key)
        if not choice or choice.reason or choice.comment:
            return False
        since = self.env.cr.now() - TYPING_PAUSE
        # sudo: agents read deliveries of their conversations only, as it happens
        deliveries_sudo = self.env["omnichannel.delivery"].sudo()
        recent = [("kind", "=", "typing"), ("create_date", ">", since)]
        if deliveries_sudo.search_count([("conversation_id", "=", self.id), *recent], limit=1):
            return False
        return bool(self._queue_signal("typing", self._last_from(choice.account, choice.identity)))

    def _note_seen_by(self, mail_message_id):
        """Tell customers that their messages up to this one were read here, each once."""
        for identity, account in self._recent_senders():
            message = self._last_from(account, identity, mail_message_id)
            done = self.env["omnichannel.delivery"].search_count(
                [
                    ("identity_id", "=", identity.id),
                    ("kind", "=", "seen"),
                    ("state", "not in", ("failed", "canceled")),
                    ("message_id", ">=", message.id),
                ],
                limit=1,
            )
            if message and not done:
                self._queue_signal("seen", message)

    def _recent_senders(self):
        """Return {(identity, account)} whom it can be told that we read: the last one to write."""
        message = self.env["omnichannel.message"].search(
            [("conversation_id", "=", self.id), ("direction", "=", "inbound")],
            order="id desc",
            limit=1,
        )
        is_able = message and Action.SEEN in message.account_id._actions()
        return {(message.identity_id, message.account_id)} if is_able else set()

    def _last_from(self, account, identity, until=None):
        """Return the customer's last message from an address, at most the mail.message `until`."""
        domain = [
            ("conversation_id", "=", self.id),
            ("account_id", "=", account.id),
            ("identity_id", "=", identity.id),
            ("direction", "=", "inbound"),
        ]
        if until:
            domain.append(("mail_message_id", "<=", until))
        return self.env["omnichannel.message"].sudo().search(domain, order="id desc", limit=1)


class OmnichannelMessage(models.Model):
    _inherit = "omnichannel.message"

    def _queue_reaction(self):
        """Bring the provider's reaction in step with Odoo's.

        There our side has one reaction, here each colleague may have several: the last counts.
        """
        reactions = self.env["mail.message.reaction"].search(
            [
                ("message_id", "=", self.mail_message_id.id),
                ("partner_id.user_ids.share", "=", False),
            ],
            order="id",
        )
        latest = reactions[-1:].content or ""
        deliveries = self.delivery_ids.filtered(lambda d: d.kind == "reaction")
        shown = deliveries.filtered(lambda d: d.state not in ("failed", "canceled"))
        if latest != (shown.sorted("id")[-1:].reaction or ""):
            self.conversation_id._queue_signal("reaction", self, latest)


class OmnichannelIdentity(models.Model):
    _inherit = "omnichannel.identity"

    def _note_alias(self, account, value):
        """Note a second address of this customer: behind a comment there may be another one.

        One that belongs to another customer already stays theirs: a person decides.
        """
        value = account._adapter_class()(account._settings(), None).normalize(value)
        key = (self.kind, self.scope, value)
        found = self._find(account.company_id, [key]).get(key)
        if found and found.partner_id and found.partner_id != self.partner_id:
            _logger.warning("Identity %s belongs to another customer than %s", found.id, self.id)
        elif found:
            found.partner_id = self.partner_id
        elif value != self.value:
            self.create(
                {
                    "kind": self.kind,
                    "scope": self.scope,
                    "value": value,
                    "username": self.username,
                    "partner_id": self.partner_id.id,
                    "account_id": account.id,
                }
            )
