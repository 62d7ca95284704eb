import random
from dataclasses import dataclass
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..channels.errors import (
    AccountError,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    SendError,
)

BREAK_AFTER = 3  # failures in a row after which an account is tried with one call at a time
FIRST_PAUSE = timedelta(seconds=5)  # doubled each time
LONGEST_PAUSE = timedelta(minutes=5)
# https://developers.facebook.com/docs/graph-api/overview/rate-limiting: going on at the limit
# makes the block longer
HIGH_USAGE, FULL_USAGE = 0.8, 0.95
SLOW_DOWN = 0.25
USAGE_PAUSE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast an account may be called now.

    `tokens` calls at once, then one each `1 / rate` seconds; `wait` is how many seconds until the
    next may be made. `is_broken`: it failed repeatedly, one call at a time shows whether it works.
    """

    account_id: int
    rate: float
    tokens: float
    wait: float
    is_broken: bool

    def wait_after(self, count):
        """Return the seconds until the next call after so many, 0 when it may be made at once."""
        return self.wait or max(0.0, (1 - self.tokens + count) / self.rate)


class OmnichannelAccount(models.Model):
    _inherit = "omnichannel.account"

    rate_limit = fields.Float(
        "Messages per Second",
        help="How many calls a second the provider takes. Empty: what is usual for the channel.",
    )

    def action_connect(self):
        """A person says that it works now: try at once."""
        result = super().action_connect()
        # sudo: nobody may write throttles but this code
        self.env["omnichannel.throttle"].sudo().search([("account_id", "in", self.ids)]).unlink()
        return result


class OmnichannelThrottle(models.Model):
    """How fast an account may call its provider: a token bucket and a circuit breaker.

    In the database, so that it survives restarts and is the same on every node. One row for each
    account that was ever sent from. Raw SQL: it is read and written with every batch.
    """

    _name = "omnichannel.throttle"
    _description = "Sending Pace"
    _rec_name = "account_id"
    _log_access = False

    account_id = fields.Many2one("omnichannel.account", required=True, ondelete="cascade")
    tokens = fields.Float(readonly=True, help="Calls that may be made at once.")
    refilled_at = fields.Datetime(readonly=True)
    blocked_until = fields.Datetime(readonly=True)
    usage = fields.Float(readonly=True, help="The part of the allowed calls that is used up.")
    failures = fields.Integer(
        readonly=True, help="How many times in a row the provider did not work."
    )

    _account_unique = models.UniqueIndex("(account_id)")

    # === BEFORE A CALL === #

    @api.model
    def _paces(self, moment):
        """Return the Pace of each account that has something queued and may send, at a moment."""
        classes = self.env["omnichannel.account"]._adapter_classes()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT a.id, a.channel, a.rate_limit, t.tokens, t.refilled_at, t.blocked_until,
                       t.usage, t.failures
                  FROM omnichannel_account a
             LEFT JOIN omnichannel_throttle t ON t.account_id = a.id
                 WHERE a.state = 'connected' AND a.active AND a.channel = ANY(%s)
                   AND EXISTS (SELECT 1 FROM omnichannel_delivery d
                                WHERE d.account_id = a.id AND d.state = 'queued'
                                  AND d.mail_id IS NULL)
              ORDER BY a.id
                """,
                list(classes),
            )
        )
        return [
            self._pace(moment, account_id, limit or classes[channel].limits.rate, *row)
            for account_id, channel, limit, *row in rows
        ]

    @api.model
    def _pace(self, moment, account_id, rate, tokens, refilled_at, blocked_until, usage, failures):
        if (usage or 0) >= HIGH_USAGE:
            rate *= SLOW_DOWN
        bucket = max(1.0, rate)
        if refilled_at:
            elapsed = max((moment - refilled_at).total_seconds(), 0)
            tokens = min(bucket, tokens + elapsed * rate)
        else:
            tokens = bucket
        wait = max(0.0, (1 - tokens) / rate)
        if blocked_until and blocked_until > moment:
            wait = max(wait, (blocked_until - moment).total_seconds())
        return Pace(account_id, rate, tokens, wait, (failures or 0) >= BREAK_AFTER)

    @api.model
    def _take(self, moment, pace, count):
        """Take the tokens of so many calls."""
        self.env.execute_query(
            SQL(
                """
                INSERT INTO omnichannel_throttle (account_id, tokens, refilled_at)
                VALUES (%(account_id)s, %(tokens)s, %(moment)s)
                    ON CONFLICT (account_id) DO UPDATE
                   SET tokens = excluded.tokens, refilled_at = excluded.refilled_at
             RETURNING id
                """,
                account_id=pace.account_id,
                tokens=pace.tokens - count,
                moment=moment,
            )
        )

    # === AFTER A CALL === #

    @api.model
    def _note_outcomes(self, account_id, outcomes):
        """Learn from the outcomes of an account's calls how fast it may go on.

        Return until when it is blocked, or None. Any answer shows that the provider works; calls
        that were under way when the account was blocked say nothing new.
        """
        throttle = self.search([("account_id", "=", account_id)]) or self.create(
            {"account_id": account_id}
        )
        throttle.invalidate_recordset()
        for outcome in outcomes:
            throttle._note(outcome)
        return throttle.blocked_until if throttle._is_blocked() else None

    def _is_blocked(self):
        return bool(self.blocked_until) and self.blocked_until > fields.Datetime.now()

    def _note(self, outcome):
        if isinstance(outcome, RateLimited):
            self._block(outcome.retry_after)
        elif is_outage(outcome):
            self._note_outage()
        elif not isinstance(outcome, AccountError):
            self._note_answer(0.0 if isinstance(outcome, SendError) else outcome.usage)

    def _note_outage(self):
        if self.failures + 1 >= BREAK_AFTER:
            self._block()
        else:
            self.failures += 1

    def _block(self, seconds=None):
        """Pause the account as long as its provider asks for, else longer each time."""
        pause = timedelta(seconds=seconds or 0)
        if not self._is_blocked():
            self.failures += 1
            pause = max(pause, growing_pause(self.failures - BREAK_AFTER))
        until = fields.Datetime.now() + pause
        if not self.blocked_until or until > self.blocked_until:
            self.blocked_until = until

    def _note_answer(self, usage):
        values = {}
        if self.failures:
            values.update(failures=0, blocked_until=False)
        if abs(self.usage - usage) > 0.001:
            values["usage"] = usage
        if usage >= FULL_USAGE:
            values["blocked_until"] = fields.Datetime.now() + USAGE_PAUSE
        if values:
            self.write(values)


def is_outage(outcome):
    """Tell whether an outcome shows that the provider did not work, whatever was sent.

    A refusal with the provider's own code is about the message.
    """
    if isinstance(outcome, OutcomeUnknown):
        return outcome.code != "internal"
    return isinstance(outcome, NotSent) and not outcome.code


def growing_pause(repetition, first=FIRST_PAUSE, longest=LONGEST_PAUSE):
    """Return a pause that doubles with each repetition, with a little chance in it.

    The chance keeps what failed together from being tried again together.
    """
    pause = min(first * 2 ** max(0, min(repetition, 16)), longest)
    return pause * random.uniform(0.9, 1.1)  # noqa: S311
