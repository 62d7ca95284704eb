from collections import Counter
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .omnichannel_delivery_call import Calls
from .timing import commit_repeatedly, rollback

CALLS = 24  # provider calls under way at once; a crash leaves no more than these in doubt
CALLS_PER_ACCOUNT = 16  # so that no account takes all of them
CALLS_WHEN_SLOW = 2  # of an account whose provider lets a call hang
LEASE = timedelta(seconds=60)  # longer than the longest HTTP attempt
PATIENCE = 2.0  # seconds that the queue waits for the next call rather than end its run
POLL = 0.25  # seconds after which it looks for new messages while calls are under way


class OmnichannelDelivery(models.Model):
    """The queue: claim, commit, call the providers in parallel, write down, commit.

    One worker runs it at a time, because Odoo runs one scheduled action in one worker. Its main
    thread alone touches the database, its calls run in threads, and no transaction is open while
    it waits for them.
    """

    _inherit = "omnichannel.delivery"

    @api.model
    def _cron_process_queue(self):
        """Send what is queued until nothing is due or Odoo wants the worker back. Commits.

        When time is up it waits for the calls under way; while one of them hangs, other accounts
        go on, because the worker can't do anything else anyway.
        """
        self._expire_leases()
        done, time_left = [], self.env["ir.cron"]._commit_progress()
        with Calls(CALLS) as calls:
            while True:
                pause, time_left = self._take_turn(calls, done, time_left)
                if not calls and (not time_left or pause is None or pause > PATIENCE):
                    break
                done = calls.wait(POLL if pause is None else min(POLL, pause))
                self._show_slow(calls.newly_slow())
        self._schedule_next(pause, is_due=not time_left)

    @api.model
    def _take_turn(self, calls, done, time_left):
        """Write down what has finished, claim what is next, commit, start its calls.

        Return (seconds until there may be more, or None when a call has to finish first or
        nothing waits; seconds that are left to the run).
        """
        claims = [([], None)]

        def work():
            self.env.invalidate_all()  # consent, windows, states may have changed since the commit
            self._settle(done)
            if calls.free:
                claims.append(self._claim(calls, time_left))

        try:
            time_left = commit_repeatedly(self.env, work, len(done))
        except Exception:
            if not done:
                raise
            rollback(self.env)
            self._settle_one_by_one(done)
            return self._take_turn(calls, [], time_left)
        jobs, pause = claims[-1]
        for job in jobs:
            calls.start(job)
        return pause, time_left

    @api.model
    def _show_slow(self, delivery_ids):
        """Show that these are being sent. Commits. Of quick ones only the outcome is shown."""
        if delivery_ids:
            deliveries = self.browse(delivery_ids)
            commit_repeatedly(self.env, lambda: deliveries.message_id._update_state())

    # === CLAIM === #

    @api.model
    def _claim(self, calls, time_left):
        """Mark the next deliveries as being sent.

        Return ([Call], seconds until there may be more, None for never). Everything that the
        calls need is read here: no transaction is open while a provider is called.
        """
        self.env.flush_all()
        moment = self._database_time()
        paces = self.env["omnichannel.throttle"]._paces(moment)
        quotas = self._quotas(paces, calls, time_left)
        deliveries = self._take_next(moment, quotas, calls.free)
        taken = Counter(deliveries.mapped(lambda delivery: delivery.account_id.id))
        for pace in paces:
            if taken[pace.account_id]:
                self.env["omnichannel.throttle"]._take(moment, pace, taken[pace.account_id])
        jobs = deliveries._prepare_calls()
        if len(jobs) < len(deliveries):
            # for once the conversations are locked after the deliveries, which are claimed already;
            # should somebody wait for both the other way round, one of the two is repeated
            deliveries.message_id._update_state()
            return jobs, 0  # some may not leave any more and made room for what waits behind them
        return jobs, self._next_pause(moment, paces, taken)

    def _database_time(self):
        """Return the time of the one clock that all nodes share."""
        return self.env.execute_query(SQL("SELECT clock_timestamp() AT TIME ZONE 'UTC'"))[0][0]

    @api.model
    def _quotas(self, paces, calls, time_left):
        """Return {account id: how many of its deliveries may be claimed now}."""
        running, slow = calls.by_account(), calls.slow_accounts()
        quotas = {}
        for pace in paces:
            most = CALLS_PER_ACCOUNT
            if pace.is_broken:
                most = 1
            elif pace.account_id in slow:
                most = CALLS_WHEN_SLOW if time_left else 0
            if not time_left and not slow:
                most = 0
            quota = min(most - running[pace.account_id], int(pace.tokens))
            if quota > 0 and not pace.wait:
                quotas[pace.account_id] = quota
        return quotas

    @api.model
    def _take_next(self, moment, quotas, limit):
        """Claim up to `limit` due deliveries, fairly between accounts, and return them.

        Of each conversation at most one message at a time, so that they leave in order. A message
        that waits for its next attempt holds up those behind it; one that failed or whose outcome
        is unknown does not, or a conversation would stand still until a person looks.
        """
        if not quotas:
            return self.browse()
        rows = self.env.execute_query(
            SQL(
                """
                WITH quota (account_id, size) AS (VALUES %(quotas)s),
                due AS MATERIALIZED (
                    SELECT found.id
                      FROM quota
                CROSS JOIN LATERAL (
                        SELECT candidate.id, row_number() OVER (ORDER BY candidate.id) AS turn
                          FROM (%(candidates)s) candidate) found
                  ORDER BY found.turn, found.id
                     LIMIT %(limit)s),
                free AS MATERIALIZED (
                    SELECT d.id FROM omnichannel_delivery d JOIN due USING (id)
                     WHERE d.state = 'queued'
                       FOR UPDATE OF d SKIP LOCKED)
                UPDATE omnichannel_delivery d
                   SET state = 'sending', attempts = COALESCE(attempts, 0) + 1,
                       attempted_at = %(moment)s, lease_until = %(lease)s
                  FROM free
                 WHERE d.id = free.id
             RETURNING d.id
                """,
                quotas=SQL(", ").join(SQL("(%s, %s)", *pair) for pair in quotas.items()),
                candidates=self._candidates(moment),
                limit=limit,
                moment=moment,
                lease=moment + LEASE,
            )
        )
        deliveries = self.browse(sorted(row[0] for row in rows))
        deliveries.invalidate_recordset()
        return deliveries

    def _candidates(self, moment):
        """Return the query for the due deliveries of one account, `quota`."""
        return SQL(
            """
            SELECT d.id
              FROM omnichannel_delivery d
             WHERE d.account_id = quota.account_id
               AND d.state = 'queued' AND d.mail_id IS NULL
               AND (d.next_attempt_at IS NULL OR d.next_attempt_at <= %s)
               AND NOT EXISTS (
                    SELECT 1 FROM omnichannel_delivery earlier
                     WHERE earlier.conversation_id = d.conversation_id
                       AND earlier.id < d.id
                       AND earlier.mail_id IS NULL
                       AND earlier.state IN ('queued', 'sending')
                       AND earlier.kind = d.kind
                       AND (d.kind = 'message' OR earlier.message_id = d.message_id))
          ORDER BY d.id
             LIMIT quota.size
            """,
            moment,
        )

    @api.model
    def _next_pause(self, moment, paces, taken):
        """Return the seconds until there is a token or a postponed delivery is due, or None."""
        waits = [pace.wait_after(taken[pace.account_id]) for pace in paces]
        waits = [wait for wait in waits if wait]
        next_attempt = self._next_attempt([pace.account_id for pace in paces if not pace.wait])
        if next_attempt:
            waits.append((next_attempt - moment).total_seconds())
        return max(0.01, min(waits)) if waits else None

    @api.model
    def _next_attempt(self, account_ids):
        """Return when the next postponed delivery of these accounts is due."""
        [[moment]] = self._read_group(
            [
                ("account_id", "in", account_ids),
                ("state", "=", "queued"),
                ("mail_id", "=", False),
                ("next_attempt_at", ">", fields.Datetime.now()),
            ],
            aggregates=["next_attempt_at:min"],
        )
        return moment

    # === AFTERWARDS === #

    @api.model
    def _expire_leases(self):
        """Give up on calls whose worker died: whether they were made is unknown.

        The status callback, the echo or a look-up tells it later; only a person may send again.
        """
        self.env.flush_all()
        expired = self.search(
            [("state", "=", "sending"), ("lease_until", "<", self._database_time())]
        )
        for delivery in expired:
            state = "failed" if delivery._is_signal() else "unknown"
            delivery._move(state, error=self.env._("The server stopped while sending."))
        expired.message_id._update_state()

    @api.model
    def _schedule_next(self, pause, is_due):
        """Have the queue looked at again: now, or in `pause` seconds, None for when it is woken."""
        cron = self.env.ref("omnichannel_connector.ir_cron_omnichannel_delivery")
        if pause is not None and not is_due:
            self._trigger_at(cron, fields.Datetime.now() + timedelta(seconds=pause + 1))
        self.env["ir.cron"]._commit_progress(remaining=int(is_due))

    @api.model
    def _trigger_at(self, cron, moment):
        """Have a scheduled action run at a moment, unless it will run before in any case."""
        planned = self.env["ir.cron.trigger"].search_count(
            [
                ("cron_id", "=", cron.id),
                ("call_at", ">", fields.Datetime.now()),
                ("call_at", "<=", moment),
            ],
            limit=1,
        )
        if not planned:
            cron._trigger(at=moment)
