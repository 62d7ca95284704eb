import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..channels.errors import (
    AccountError,
    NotSent,
    OptedOut,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    SendError,
)
from ..channels.events import (
    OptOut,
    OutboundMedia,
    OutboundMessage,
    OutboundPart,
)
from .timing import commit_repeatedly

_logger = logging.getLogger(__name__)

STATES = [
    ("queued", "Queued"),
    ("sending", "Sending"),
    ("sent", "Sent"),
    ("delivered", "Delivered"),
    ("read", "Read"),
    ("unknown", "Unknown"),
    ("failed", "Failed"),
    ("canceled", "Canceled"),
]
# States move forward only, whatever the order in which the provider tells them. A failure beats
# everything but a proof of delivery; `unknown` is no knowledge and gives way to any.
RANK = {
    "queued": 0,
    "sending": 1,
    "unknown": 2,
    "sent": 3,
    "failed": 4,
    "canceled": 4,
    "delivered": 5,
    "read": 6,
}
CLAIM_SIZE = 1  # a crash leaves no more than this in doubt
LEASE = timedelta(seconds=60)  # longer than the longest HTTP attempt
MAX_ATTEMPTS = 8
BACK_OFF = timedelta(seconds=15)


class OmnichannelDelivery(models.Model):
    """One provider call for an outbound message."""

    _name = "omnichannel.delivery"
    _description = "Delivery"
    _order = "id"
    _rec_name = "uuid"

    uuid = fields.Char("UUID", required=True, readonly=True)
    message_id = fields.Many2one(
        "omnichannel.message", required=True, readonly=True, ondelete="cascade", index=True
    )
    conversation_id = fields.Many2one(
        related="message_id.conversation_id", store=True, index=True, readonly=True
    )
    account_id = fields.Many2one(related="message_id.account_id", store=True, readonly=True)
    identity_id = fields.Many2one(
        related="message_id.identity_id", store=True, index=True, readonly=True
    )
    position = fields.Integer(readonly=True)
    text = fields.Text(readonly=True)
    media = fields.Json(readonly=True)
    mail_id = fields.Many2one(
        "mail.mail", readonly=True, ondelete="set null", index="btree_not_null"
    )
    state = fields.Selection(STATES, required=True, default="queued", readonly=True)
    external_id = fields.Char("Provider's ID", readonly=True)
    attempts = fields.Integer(readonly=True)
    next_attempt_at = fields.Datetime("Next Attempt", readonly=True)
    lease_until = fields.Datetime(readonly=True)
    error_code = fields.Char(readonly=True)
    error = fields.Char(readonly=True)
    sent_at = fields.Datetime("Sent", readonly=True)

    _uuid_unique = models.Constraint("UNIQUE(uuid)", "A delivery is unique.")
    _external_unique = models.UniqueIndex("(account_id, external_id) WHERE external_id IS NOT NULL")
    _queue_idx = models.Index("(id) WHERE state = 'queued' AND mail_id IS NULL")
    _lease_idx = models.Index("(lease_until) WHERE state = 'sending'")

    # === QUEUE === #

    @api.model
    def _cron_process_queue(self):
        """Send what is queued. Commits before and after each provider call."""
        self._expire_leases()
        while True:
            claimed, jobs = self._claim()
            for delivery, adapter, outbound in jobs:
                delivery._attempt(adapter, outbound)
            time_left = self.env["ir.cron"]._commit_progress(len(claimed), remaining=len(claimed))
            if not claimed or not time_left:
                break
        self._schedule_next()

    @api.model
    def _claim(self):
        """Mark the next deliveries as being sent, commit, return (them, the calls to make).

        At most one of each conversation, so that its messages leave in order; skips what another
        worker has locked and accounts that are paused or whose channel is gone. Everything that
        the call needs is read here: no transaction is open while the provider is called.
        """
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE omnichannel_delivery
                   SET state = 'sending', attempts = COALESCE(attempts, 0) + 1,
                       lease_until = now() AT TIME ZONE 'UTC' + %s
                 WHERE id IN (
                    SELECT d.id
                      FROM omnichannel_delivery d
                      JOIN omnichannel_account a ON a.id = d.account_id
                     WHERE d.state = 'queued' AND d.mail_id IS NULL
                       AND (d.next_attempt_at IS NULL
                            OR d.next_attempt_at <= now() AT TIME ZONE 'UTC')
                       AND a.state = 'connected' AND a.active AND a.channel = ANY(%s)
                       AND NOT EXISTS (
                            SELECT 1 FROM omnichannel_delivery earlier
                             WHERE earlier.conversation_id = d.conversation_id
                               AND earlier.id < d.id
                               AND earlier.mail_id IS NULL
                               AND earlier.state IN ('queued', 'sending'))
                  ORDER BY d.id
                     LIMIT %s
                       FOR UPDATE OF d SKIP LOCKED)
             RETURNING id
                """,
                LEASE,
                list(self.env["omnichannel.account"]._adapter_classes()),
                CLAIM_SIZE,
            )
        )
        deliveries = self.browse([row[0] for row in rows])
        deliveries.invalidate_recordset()
        jobs = deliveries._prepare_calls()
        deliveries.message_id._update_state()
        self.env["ir.cron"]._commit_progress()
        return deliveries, jobs

    def _prepare_calls(self):
        """Return [(delivery, adapter, OutboundMessage)], canceling what may not leave any more."""
        jobs = []
        for delivery in self:
            if reason := delivery._refusal():
                delivery._advance("canceled", error=reason)
                continue
            part = OutboundPart(
                delivery.text or "", OutboundMedia(**delivery.media) if delivery.media else None
            )
            outbound = OutboundMessage(
                uuid=delivery.uuid,
                to=delivery.identity_id.value,
                part=part,
                is_human=delivery.message_id.origin == "agent",
            )
            jobs.append((delivery, delivery.account_id._adapter(), outbound))
        return jobs

    def _refusal(self):
        """Return why this may not be sent any more, or nothing. Consent may have changed."""
        is_human = self.message_id.origin == "agent"
        if self.identity_id._is_opted_out(is_human):
            return self.env._("The customer asked for no messages here.")
        if not self.identity_id._is_window_open(self.account_id._window()):
            return self.env._("Closed: the customer's last message is too long ago.")
        return ""

    def _attempt(self, adapter, outbound):
        """Make one provider call outside of any transaction and commit what came of it."""
        try:
            result = adapter.send(outbound)
        except SendError as error:
            outcome = error
        except Exception:  # a bug in an adapter: the call may have been made
            _logger.exception("Delivery %s: the adapter failed", self.id)
            outcome = OutcomeUnknown("internal error")
        else:
            outcome = result
        commit_repeatedly(self.env, lambda: self._settle(outcome))

    def _settle(self, outcome):
        """Write down the outcome of a call: a SendResult or one of the send errors."""
        # its echo or status callback may have been processed meanwhile
        self.invalidate_recordset()
        if not isinstance(outcome, SendError):
            self._advance("sent", external_id=outcome.external_id)
        elif isinstance(outcome, OptedOut):
            self.identity_id._note_opt_out(OptOut.STOP)
            self._advance("failed", error=outcome.text, code=outcome.code)
        elif isinstance(outcome, Rejected):
            self._advance("failed", error=outcome.text, code=outcome.code)
        elif isinstance(outcome, AccountError):
            self.account_id._flag_error(outcome.text)
            self._requeue(outcome, timedelta(0))
        elif isinstance(outcome, NotSent):
            self._retry(outcome)
        else:
            self._advance("unknown", error=outcome.text, code=outcome.code)

    def _retry(self, outcome):
        """Queue again what was certainly not sent, later each time, or give up."""
        if self.attempts >= MAX_ATTEMPTS and not isinstance(outcome, RateLimited):
            self._advance("failed", error=outcome.text, code=outcome.code)
            return
        pause = BACK_OFF * 2 ** min(self.attempts - 1, 8)
        if outcome.retry_after:
            pause = max(pause, timedelta(seconds=outcome.retry_after))
        self._requeue(outcome, pause)

    def _requeue(self, outcome, pause):
        if self.state != "sending":
            return
        self.write(
            {
                "state": "queued",
                "lease_until": False,
                "next_attempt_at": fields.Datetime.now() + pause,
                "error": outcome.text,
                "error_code": outcome.code,
            }
        )
        self.message_id._update_state()

    @api.model
    def _expire_leases(self):
        """Give up on calls whose worker died: whether they were made is unknown.

        The status callback or the echo tells it later; only a person may send again.
        """
        expired = self.search(
            [("state", "=", "sending"), ("lease_until", "<", fields.Datetime.now())]
        )
        for delivery in expired:
            delivery._advance("unknown", error=self.env._("The server stopped while sending."))
        self.env["ir.cron"]._commit_progress()

    @api.model
    def _schedule_next(self):
        """Have the queue looked at again when the next postponed delivery is due."""
        upcoming = self.search(
            [("state", "=", "queued"), ("next_attempt_at", ">", fields.Datetime.now())],
            order="next_attempt_at",
            limit=1,
        )
        if upcoming:
            cron = self.env.ref("omnichannel_connector.ir_cron_omnichannel_delivery")
            cron._trigger(at=upcoming.next_attempt_at)

    # === STATES === #

    def _advance(self, state, external_id=None, error=None, code=None, moment=None):
        """Move to a state, unless that would be backwards. The only way a state changes."""
        self.ensure_one()
        values = {}
        if external_id and not self.external_id:
            values["external_id"] = external_id
        if RANK[state] > RANK[self.state]:
            values.update(state=state, lease_until=False, error=error, error_code=code)
            if state == "sent":
                values["sent_at"] = moment or fields.Datetime.now()
        if values:
            self.write(values)
            self.message_id._update_state()
