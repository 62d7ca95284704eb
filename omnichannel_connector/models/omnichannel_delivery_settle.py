import logging
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..channels.errors import (
    AccountError,
    NotSent,
    OptedOut,
    RateLimited,
    Rejected,
    SendError,
)
from ..channels.events import (
    Action,
    OutboundMedia,
    OutboundMessage,
    OutboundPart,
    Status,
)
from .omnichannel_delivery_call import Call
from .omnichannel_throttle import growing_pause
from .timing import commit_repeatedly, rollback

_logger = logging.getLogger(__name__)

MAX_REFUSALS = 8  # of one delivery, by a provider that works; an outage costs none
BACK_OFF = timedelta(seconds=15)
LONGEST_BACK_OFF = timedelta(hours=1)
MAX_SIGNAL_ATTEMPTS = 2
TYPING_LIFE = timedelta(seconds=15)
ACTIONS = {
    "message": Action.MESSAGE,
    "reaction": Action.REACT,
    "seen": Action.SEEN,
    "typing": Action.TYPING,
    "verification": Action.MESSAGE,
}


def _may_fail(outcome):
    """Tell whether a delivery may be over with this outcome, without having reached anybody."""
    if isinstance(outcome, SendError):
        is_refusal = isinstance(outcome, NotSent) and not isinstance(outcome, RateLimited)
        return isinstance(outcome, Rejected) or bool(is_refusal and outcome.code)
    return getattr(outcome, "status", None) is Status.FAILED


class OmnichannelDelivery(models.Model):
    """What a provider call is made of, and what follows from its outcome."""

    _inherit = "omnichannel.delivery"

    # === BEFORE THE CALL === #

    def _prepare_calls(self):
        """Return the Call of each of these, canceling what may not leave any more."""
        jobs = []
        refusals = self._refusals()
        for delivery in self:
            reason, is_late = delivery._check_passage(refusals.get(delivery, ""))
            if reason:
                delivery._move("canceled", error=reason)
            else:
                jobs.append(delivery._prepare_call(is_late=is_late))
        return jobs

    def _prepare_call(self, is_late=False, since=None):
        account = self.account_id
        return Call(
            delivery_id=self.id,
            account_id=account.id,
            adapter_class=account._adapter_class(),
            settings=account._settings(),
            outbound=self._prepare_outbound(is_late),
            since=since,
        )

    def _prepare_outbound(self, is_late):
        is_message = not self._is_signal()
        target = self.target_external_id or ""
        return OutboundMessage(
            uuid=self.uuid,
            to=self.identity_id.value,
            part=OutboundPart(self.text or "", OutboundMedia(**self.media) if self.media else None),
            reply_to=target if is_message else "",
            is_human=self._is_human(),
            is_late=is_late,
            action=ACTIONS[self.kind],
            target_id="" if is_message else target,
            reaction=self.reaction or "",
            comment_id=self.message_id.comment_id.external_id or "" if is_message else "",
        )

    def _is_human(self):
        # only people make signals; the message that one hangs on is the customer's
        return self.kind != "message" or self.message_id.origin == "agent"

    def _check_passage(self, refusal):
        """Return (why this may not be sent any more or nothing, whether only a person may).

        Consent and windows may have changed since it was queued: `refusal` is what the customer
        said meanwhile (`_refusals`).
        """
        if self.kind == "typing" and self.create_date < fields.Datetime.now() - TYPING_LIFE:
            return self.env._("Too late to be of use."), False
        is_human = self._is_human()
        if refusal:
            return refusal, False
        comment = self.message_id.comment_id if self.kind == "message" else None
        if comment:
            is_open = comment._is_comment_open()
            return "" if is_open else self.env._("Closed: the comment is too long ago."), False
        if self.identity_id.is_standby and not is_human:
            return self.env._("Another app answers this customer now."), False
        is_open, is_late = self.account_id._passage(self.identity_id, is_human)
        if is_open:
            return "", is_late
        return self.identity_id._closed_reason(), False

    # === AFTER THE CALL === #

    @api.model
    def _settle_one_by_one(self, done):
        """Write down what came of these calls, each for itself, after that failed for all. Commits.

        What can't be written down at all becomes unknown when its lease ends.
        """
        for result in done:
            try:
                commit_repeatedly(self.env, lambda result=result: self._settle([result]), 1)
            except Exception:
                rollback(self.env)
                _logger.exception("Delivery %s: its outcome was not stored", result[0].delivery_id)

    @api.model
    def _settle(self, done):
        """Write down what came of these calls: [(Call, outcome)]."""
        if not done:
            return
        outcomes = {call.delivery_id: outcome for call, outcome in done}
        by_account = defaultdict(list)
        for call, outcome in done:
            # a signal is not worth pausing an account for, but it counts against a limit
            is_message = call.outbound.action is Action.MESSAGE
            if is_message or isinstance(outcome, RateLimited):
                by_account[call.account_id].append(outcome)
        blocked = {
            account_id: self.env["omnichannel.throttle"]._note_outcomes(account_id, results)
            for account_id, results in by_account.items()
        }
        deliveries = self.browse(outcomes).exists()
        self._lock_for({d: "failed" for d in deliveries if _may_fail(outcomes[d.id])})
        deliveries._take_external_ids(outcomes)
        for delivery in deliveries:
            delivery._take_outcome(outcomes[delivery.id], blocked.get(delivery.account_id.id))
        deliveries.message_id._update_state()
        sent = deliveries.filtered("external_id").grouped("account_id")
        for account, found in sent.items():
            self.env["omnichannel.event"]._wake_early(account.id, found.mapped("external_id"))

    def _take_outcome(self, outcome, blocked_until):
        """Write down one outcome: a SendResult or one of the send errors."""
        if self._is_signal():
            self._take_signal_outcome(outcome)
        elif not isinstance(outcome, SendError):
            self._take_result(outcome)
        elif isinstance(outcome, Rejected):
            if isinstance(outcome, OptedOut):
                self._note_refusal(outcome)
            self._move("failed", error=outcome.text, code=outcome.code)
        elif isinstance(outcome, AccountError):
            self._flag_account(outcome)
            self._requeue(outcome, fields.Datetime.now())
        elif isinstance(outcome, NotSent):
            self._retry(outcome, blocked_until)
        else:
            self._move("unknown", error=outcome.text, code=outcome.code)

    def _take_result(self, result):
        self._move(result.status.value, external_id=result.external_id)
        if result.recipient and result.recipient != self.identity_id.value:
            self.identity_id._note_alias(self.account_id, result.recipient)

    def _take_signal_outcome(self, outcome):
        """Signals are niceties: none of them pauses an account or bothers a person."""
        if not isinstance(outcome, SendError):
            self._move("sent")
            return
        is_final = isinstance(outcome, (Rejected, AccountError)) or self.kind == "typing"
        if is_final or self.attempts >= MAX_SIGNAL_ATTEMPTS:
            self._move("failed", error=outcome.text, code=outcome.code)
        else:
            self._requeue(outcome, fields.Datetime.now() + BACK_OFF)

    def _flag_account(self, outcome):
        if self.account_id.state == "connected":
            self.account_id._flag_error(outcome.text)

    def _retry(self, outcome, blocked_until):
        """Queue again what was certainly not sent, or give up.

        Only what the provider could not take counts against a delivery: neither an outage nor a
        rate limit is its fault, and both end.
        """
        now = fields.Datetime.now()
        pause = timedelta(seconds=outcome.retry_after or 0)
        if isinstance(outcome, RateLimited) or not outcome.code:
            own_pause = timedelta(0) if isinstance(outcome, RateLimited) else BACK_OFF
            self._requeue(outcome, max(blocked_until or now, now + max(pause, own_pause)))
            return
        self.refusals += 1
        if self.refusals >= MAX_REFUSALS:
            self._move("failed", error=outcome.text, code=outcome.code)
            return
        own_pause = growing_pause(self.refusals - 1, BACK_OFF, LONGEST_BACK_OFF)
        self._requeue(outcome, now + max(pause, own_pause))

    def _requeue(self, outcome, moment):
        if self.state != "sending":
            return
        self.write(
            {
                "state": "queued",
                "lease_until": False,
                "next_attempt_at": moment,
                "error": outcome.text,
                "error_code": outcome.code,
            }
        )

    # === EXTERNAL IDS === #

    def _take_external_ids(self, outcomes):
        """Take the ids that the provider gave to these calls: {delivery id: outcome}.

        Others may have them by guess: an echo that came first was matched by its text, or shown
        as an answer from the provider's app. The answer to the call is proof, so they give it
        back; this is the one case in which a state goes backwards.
        """
        owners = {}
        for delivery in self.filtered(lambda delivery: not delivery._is_signal()):
            external_id = getattr(outcomes[delivery.id], "external_id", "")
            if external_id and delivery.external_id != external_id:
                owners[delivery.account_id.id, external_id] = delivery
        holders = self.env["omnichannel.message"]._find_holders(owners)
        for key, holder in holders:
            holder._give_back(owners[key])
        for (_account_id, external_id), delivery in owners.items():
            delivery.external_id = external_id

    def _give_back(self, owner):
        """Let go of an external id that was guessed to be this one's."""
        state = self.state
        self.write({"external_id": False, **self._prepare_state("unknown")})
        self.flush_recordset()
        self.message_id._update_state()
        if state in ("delivered", "read"):
            owner._move(state)


class OmnichannelMessage(models.Model):
    _inherit = "omnichannel.message"

    @api.model
    def _find_holders(self, keys):
        """Return [((account id, external id), delivery)] of the deliveries that have these ids.

        Messages that show them as answers from the provider's app are removed.
        """
        if not keys:
            return []
        self.env.flush_all()
        query = SQL(
            """
            SELECT account_id, external_id, id, FALSE FROM omnichannel_delivery
             WHERE (account_id, external_id) IN %(keys)s
             UNION ALL
            SELECT account_id, external_id, id, TRUE FROM omnichannel_message
             WHERE (account_id, external_id) IN %(keys)s AND origin = 'app'
            """,
            keys=tuple(keys),
        )
        rows = self.env.execute_query(query)
        copies = self.browse([row[2] for row in rows if row[3]])
        copies.mail_message_id.unlink()
        deliveries = self.env["omnichannel.delivery"]
        return [((row[0], row[1]), deliveries.browse(row[2])) for row in rows if not row[3]]
