from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from odoo import api, fields, models

from ..channels.events import Action
from .omnichannel_consent import SERVICE

EMAIL = "email"
MARGIN = timedelta(seconds=5)  # by which a window has to be open still


@dataclass(frozen=True, slots=True)
class SendChoice:
    """One way to write to a customer now: through which account, to which address.

    `reason` is empty when the way is open, else a sentence that says why it is not. `until` is
    when an open window closes (naive UTC), or None. `is_late`: only a person may still write.
    `comment` is the public comment that is answered in private, with one text. `warning` is why it
    may not arrive, where a person may try all the same.
    """

    channel: str
    account: models.Model
    identity: models.Model
    reason: str = ""
    until: object = None
    is_late: bool = False
    comment: models.Model | None = None
    warning: str = ""

    @property
    def key(self):
        """Return the name by which the web client asks for this choice."""
        return f"{self.account.id}:{self.identity.id}"

    def refused(self, reason):
        """Return this choice, closed for a reason."""
        return replace(self, reason=reason)


class OmnichannelConversation(models.Model):
    """The ways in which a customer can be written to now."""

    _inherit = "omnichannel.conversation"

    def _send_choices(self, is_human=True, purpose=SERVICE):
        """Return every SendChoice of this conversation, open or not, best first.

        Best is where the customer wrote last. `purpose` is what the customer has to allow.
        """
        self.ensure_one()
        # sudo: which accounts and addresses exist is no secret for whoever may answer here
        conversation_sudo = self.sudo()
        accounts = conversation_sudo.env["omnichannel.account"].search(
            [("company_id", "=", self.company_id.id), ("state", "!=", "draft")]
        )
        ways = [
            (account, identity)
            for account in accounts.filtered(lambda a: Action.MESSAGE in a._actions())
            for identity in conversation_sudo._reachable_identities(account)[:1]
        ]
        keys = {(identity, account.channel, purpose) for account, identity in ways}
        refusals = conversation_sudo.env["omnichannel.identity"]._refusals(keys, is_human)
        choices = [
            conversation_sudo._make_choice(
                account, identity, is_human, refusals.get((identity, account.channel, purpose), "")
            )
            for account, identity in ways
        ]
        last = conversation_sudo.last_inbound_identity_id
        return sorted(
            choices,
            key=lambda choice: (
                bool(choice.reason),
                choice.identity != last,
                choice.channel != conversation_sudo.last_channel,
                choice.identity.account_id != choice.account,
                choice.account.id,
            ),
        )

    def _reachable_identities(self, account):
        """Return the customer's addresses that an account can write to, last used first."""
        identities = self.partner_id.omnichannel_identity_ids.filtered(
            lambda identity: identity.trust != "claimed" and account._can_reach(identity)
        )
        return identities.sorted(
            lambda identity: (
                identity == self.last_inbound_identity_id,
                identity.account_id == account,
                identity.last_seen_at or identity.create_date,
            ),
            reverse=True,
        )

    def _make_choice(self, account, identity, is_human, refusal):
        choice = self._make_passage(account, identity, is_human)
        reason, warning = choice.reason, identity._validity_sentence()
        if account.state != "connected":
            reason = self.env._("%(account)s needs attention.", account=account.name)
        elif refusal:
            reason = refusal
        elif warning and not is_human:
            reason = reason or warning
        elif identity.is_standby and not is_human:
            reason = reason or self.env._("Another app answers this customer now.")
        elif identity.is_shared and not identity.last_seen_at:
            reason = reason or self.env._("Several customers share this address.")
        return replace(choice, reason=reason, warning=warning)

    def _make_passage(self, account, identity, is_human):
        """Return the choice as the channel's windows allow it."""
        choice = SendChoice(account.channel, account, identity)
        is_open, is_late = account._passage(identity, is_human)
        if is_open:
            window = account._window(is_late)
            return replace(choice, until=identity._window_until(window), is_late=is_late)
        if is_human and (comment := identity._open_comment(account)):
            return replace(choice, until=comment._comment_until(), comment=comment)
        return replace(
            choice,
            until=identity._window_until(account._window()),
            reason=identity._closed_reason(),
        )

    # === CLIENT === #

    @api.readonly
    def get_send_choices(self):
        """Return what the composer offers, for the web client: a list of dicts, best first.

        `isLate`: only a person may still write, until `until`. `commentId` is the message that is
        answered in private. `limit` is how many `unit`s fit in one piece, 0 for no limit.
        `media` is {content type or its first part: most bytes}, empty when anything goes.
        `subject` is the usual one of an e-mail.
        """
        self.ensure_one()
        self.check_access("read")
        return [self._prepare_choice(choice) for choice in self._send_choices()]

    def _prepare_choice(self, choice):
        account = choice.account
        size = account._size("")
        return {
            "key": choice.key,
            "channel": choice.channel,
            "label": dict(self._get_channels())[choice.channel],
            "account": account.name,
            "address": choice.identity.display_name,
            "reason": choice.reason,
            "warning": choice.warning,
            "until": fields.Datetime.to_string(choice.until) if choice.until else False,
            "isLate": choice.is_late,
            "commentId": choice.comment.id if choice.comment else False,
            "actions": sorted(action.value for action in account._actions()),
            "canReply": not account.is_native and account._adapter_class().can_reply,
            "unit": size["unit"],
            "limit": size["limit"],
            "media": {} if account.is_native else dict(account._adapter_class().limits.media),
            "subject": self._reply_subject() if choice.channel == EMAIL else "",
        }

    @api.readonly
    def measure(self, key, text):
        """Return how long a text is on the channel of a choice: used, limit, unit, parts."""
        self.ensure_one()
        self.check_access("read")
        choice = self._find_choice(key)
        return choice.account._size(text) if choice else {}

    def _find_choice(self, key, is_human=True, purpose=SERVICE):
        """Return the choice that a key or, best first, a channel code names, or None."""
        for choice in self._send_choices(is_human, purpose):
            if str(key) in (choice.channel, choice.key):
                return choice
        return None


class OmnichannelAccount(models.Model):
    """What the channel of an account allows."""

    _inherit = "omnichannel.account"

    def _actions(self):
        """Return what can be done on this channel, nothing when its addon is gone."""
        if self.is_native:
            return frozenset({Action.MESSAGE})
        adapter_class = self._adapter_classes().get(self.channel)
        return adapter_class.actions if adapter_class else frozenset()

    def _window(self, is_late=False):
        """Return how long after the customer's last message we may write, None for ever.

        With `is_late` how long a person may.
        """
        if self.is_native:
            return None
        limits = self._adapter_class().limits
        return limits.human_window if is_late else limits.window

    def _passage(self, identity, is_human):
        """Return (whether an address may be written to now, whether only a person may)."""
        if identity._is_window_open(self._window()):
            return True, False
        late = self._window(is_late=True)
        is_late = bool(is_human and late and identity._is_window_open(late))
        return is_late, is_late

    def _size(self, text):
        """Return how long a text is on this channel, as a dict for the web client."""
        if self.is_native:
            return {"used": len(text), "limit": 0, "unit": "characters", "parts": 1}
        return asdict(self._adapter_class()(self._settings(), None).size(text))


class OmnichannelIdentity(models.Model):
    _inherit = "omnichannel.identity"

    def _closed_reason(self):
        """Return the sentence that says why a window is closed."""
        if self.last_inbound_at:
            return self.env._("Closed: the customer's last message is too long ago.")
        return self.env._("Closed until the customer writes a direct message.")

    def _open_comment(self, account):
        """Return the newest public comment that may still be answered in private, once."""
        messages = self.env["omnichannel.message"]
        window = None if account.is_native else account._adapter_class().limits.comment_window
        if not window:
            return messages
        comments = messages.search(
            [
                ("identity_id", "=", self.id),
                ("account_id", "=", account.id),
                ("is_comment", "=", True),
                ("direction", "=", "inbound"),
                ("retracted_at", "=", False),
                ("occurred_at", ">", fields.Datetime.now() - window),
            ],
            order="occurred_at desc, id desc",
        )
        answers = messages.search(
            [
                ("comment_id", "in", comments.ids),
                ("state", "not in", ("failed", "canceled")),
            ]
        )
        return (comments - answers.comment_id).filtered(lambda c: c._is_comment_open())[:1]


class OmnichannelMessage(models.Model):
    _inherit = "omnichannel.message"

    def _comment_until(self):
        """Return until when this comment may be answered in private (naive UTC), None for ever."""
        window = self.account_id._adapter_class().limits.comment_window
        return window and self.occurred_at + window

    def _is_comment_open(self):
        until = self._comment_until()
        return until is None or until > fields.Datetime.now() + MARGIN
