import json
import logging
import time
import traceback
import zlib
from dataclasses import dataclass
from datetime import timedelta, timezone

from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.tools import SQL

from ..channels.base import ChannelAdapter
from ..channels.events import InboundEvent, Kind
from .timing import CONFLICTS, MAX_TRIES, pause_before

_logger = logging.getLogger(__name__)

# One scheduled action for each shard. Odoo runs one scheduled action in one worker at a time, so
# the events of one customer are never processed in parallel.
SHARDS = 4
BATCH_SIZE = 200
# Providers deliver what a customer types quickly in parallel and in any order. An event waits
# this long for its siblings, so that they are shown in the order in which they were written.
SETTLE_ALONE = timedelta(milliseconds=250)
SETTLE_BURST = timedelta(milliseconds=1200)
SETTLE_LONGEST = timedelta(seconds=4)
# Waking the scheduler opens a connection of its own: it costs more than storing an event.
NOTIFY_PAUSE = SETTLE_ALONE.total_seconds() * 0.8
_notified_for = {}  # database -> when the event was stored for which it was woken last


@dataclass(slots=True)
class Incoming:
    """An event on its way to the thread: the stored row, its account and what it says."""

    event: models.Model
    account: models.Model
    inbound: InboundEvent
    adapter: ChannelAdapter | None = None
    mail: dict | None = None  # the parsed e-mail, for the e-mail channel
    is_automatic: bool = False  # an out-of-office note and the like
    is_stranger: bool = False
    identity: models.Model | None = None
    conversation: models.Model | None = None


class OmnichannelEvent(models.Model):
    """What a provider told us, raw, stored before anything is done with it."""

    _name = "omnichannel.event"
    _description = "Provider Event"
    _order = "id desc"
    _rec_name = "key"

    account_id = fields.Many2one("omnichannel.account", required=True, ondelete="cascade")
    channel = fields.Selection(related="account_id.channel")
    key = fields.Char(required=True, readonly=True, help="The provider's name of this event.")
    customer = fields.Char(readonly=True, help="Events of one customer are processed in order.")
    shard = fields.Integer(required=True, readonly=True)
    payload = fields.Json(readonly=True)
    payload_text = fields.Text("Payload (readable)", compute="_compute_payload_text")
    state = fields.Selection(
        [("new", "Waiting"), ("done", "Processed"), ("failed", "Failed")],
        required=True,
        default="new",
        readonly=True,
        index=True,
    )
    kind = fields.Char("Meaning", readonly=True, help="What the event was understood as.")
    error = fields.Text("Traceback", readonly=True)
    received_at = fields.Datetime("Received", readonly=True, required=True)
    processed_at = fields.Datetime("Processed", readonly=True)

    _key_unique = models.UniqueIndex("(account_id, key)")
    _pending_idx = models.Index("(shard, id) WHERE state = 'new'")
    _failed_idx = models.Index("(account_id) WHERE state = 'failed'")
    _account_received_idx = models.Index("(account_id, received_at)")

    @api.depends("payload")
    def _compute_payload_text(self):
        for event in self:
            event.payload_text = json.dumps(event.payload, indent=2, ensure_ascii=False)

    # === STORE === #

    @api.model
    def _shard_of(self, account_id, customer):
        return zlib.crc32(f"{account_id}:{customer}".encode()) % SHARDS

    @api.model
    def _store(self, account_id, raw_events, error=None):
        """Store events, wake their processors, return those that are new. Safe to run twice.

        `raw_events` are channels.events.RawEvent. An event that is stored already changes
        nothing, however it was batched then. With `error` they are stored as failed. Raw SQL: the
        webhook has to answer within milliseconds and ON CONFLICT decides about repetitions.
        """
        if not raw_events:
            return self.browse()
        state = "failed" if error else "new"
        rows = [
            SQL(
                "(%s, %s, %s, %s, %s::jsonb, %s, %s)",
                account_id,
                raw.key,
                raw.customer,
                self._shard_of(account_id, raw.customer),
                Json(raw.payload),
                state,
                error,
            )
            for raw in raw_events
        ]
        stored = self.env.execute_query(
            SQL(
                """
                WITH stored AS (
                    INSERT INTO omnichannel_event
                           (account_id, key, customer, shard, payload, state, error, received_at,
                            create_date)
                    SELECT row.*, clock_timestamp() AT TIME ZONE 'UTC',
                           clock_timestamp() AT TIME ZONE 'UTC'
                      FROM (VALUES %s)
                        AS row (account_id, key, customer, shard, payload, state, error)
                        ON CONFLICT (account_id, key) DO NOTHING
                 RETURNING id, shard, state
                ), woken AS (
                    INSERT INTO ir_cron_trigger (cron_id, call_at)
                    SELECT DISTINCT processor.cron_id,
                           date_trunc('second', now() AT TIME ZONE 'UTC')
                      FROM stored
                      JOIN (VALUES %s) AS processor (shard, cron_id) USING (shard)
                     WHERE stored.state = 'new'
                )
                SELECT id FROM stored
                """,
                SQL(", ").join(rows),
                SQL(", ").join(SQL("(%s, %s)", *pair) for pair in self._processor_ids()),
            )
        )
        if stored and not error:
            stored_at = time.monotonic()
            self.env.cr.postcommit.add(lambda: self._notify(stored_at))
        return self.browse([row[0] for row in stored])

    @api.model
    def _processor_ids(self):
        """Return [(shard, id of its scheduled action)]."""
        find = self.env["ir.model.data"]._xmlid_to_res_id
        name = "omnichannel_connector.ir_cron_omnichannel_event_%s"
        return [(shard, find(name % shard)) for shard in range(SHARDS)]

    @api.model
    def _notify(self, stored_at):
        """Wake the scheduler after a commit, unless this process did so a moment ago.

        The trigger is in the table in any case. What that moment's processor was woken for
        settles at least until SETTLE_ALONE after it was stored, and then the processor looks for
        the events of other shards too (`_wake_others`): it finds these.
        """
        database = self.env.cr.dbname
        if time.monotonic() - _notified_for.get(database, -1) < NOTIFY_PAUSE:
            return
        _notified_for[database] = stored_at
        self.env["ir.cron"]._notifydb()

    # === PROCESS === #

    @api.model
    def _cron_process(self, shard):
        """Process the waiting events of a shard until none is left or Odoo wants the worker back.

        Commits after each batch. Events that fail are kept with their traceback and block
        nothing but themselves, so the scheduled action itself succeeds.
        """
        while True:
            events, pause = self._next_batch(shard)
            if events:
                events._process_batch()
            elif pause:
                # nothing to do yet but wait for the siblings of a fresh event; ends the
                # transaction first, so that no snapshot and no lock is held meanwhile
                self.env.cr.commit()  # pylint: disable=invalid-commit
                time.sleep(pause)
            remaining = self._count_waiting(shard)
            time_left = self.env["ir.cron"]._commit_progress(len(events), remaining=remaining)
            self._wake_others(shard)
            if not remaining or not time_left:
                break

    @api.model
    def _wake_others(self, shard):
        """Wake the scheduler for events of other shards, whose own call was saved (`_notify`)."""
        waiting = self.env.execute_query(
            SQL(
                "SELECT 1 FROM omnichannel_event WHERE state = 'new' AND shard <> %s LIMIT 1", shard
            )
        )
        if waiting:
            self.env["ir.cron"]._notifydb()

    @api.model
    def _count_waiting(self, shard):
        """Return how many events wait, counted up to one batch beyond what fits in one."""
        return len(
            self.env.execute_query(
                SQL(
                    "SELECT 1 FROM omnichannel_event WHERE state = 'new' AND shard = %s LIMIT %s",
                    shard,
                    2 * BATCH_SIZE,
                )
            )
        )

    @api.model
    def _next_batch(self, shard):
        """Return (settled events, seconds to wait for unsettled ones when there are no others)."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, account_id, customer,
                       clock_timestamp() AT TIME ZONE 'UTC' - received_at
                  FROM omnichannel_event
                 WHERE state = 'new' AND shard = %s
              ORDER BY id
                 LIMIT %s
                """,
                shard,
                BATCH_SIZE,
            )
        )
        ages = {}
        for _id, account_id, customer, age in rows:
            ages.setdefault((account_id, customer), []).append(age)
        waits = {key: self._settle_wait(customer_ages) for key, customer_ages in ages.items()}
        ready = [row[0] for row in rows if waits[row[1], row[2]] <= 0]
        pause = 0 if ready else min(waits.values(), default=0)
        return self.browse(ready), pause

    def _settle_wait(self, ages):
        """Return the seconds until events of one customer, this long stored, may be processed."""
        quiet = SETTLE_BURST if len(ages) > 1 else SETTLE_ALONE
        wait = min(quiet - min(ages), SETTLE_LONGEST - max(ages))
        return max(wait.total_seconds(), 0)

    def _process_batch(self):
        """Process these events of one shard: in bulk, else customer by customer, else one by one.

        Commits. What conflicts with other transactions every time stays waiting.
        """
        if self._try_process():
            return
        groups = {}
        for event in self:
            groups.setdefault((event.account_id.id, event.customer), []).append(event.id)
        for event_ids in groups.values():
            events = self.browse(event_ids)
            if len(groups) > 1 and events._try_process():
                continue
            for event in events:
                event._try_process(keep_failure=True)

    def _try_process(self, keep_failure=False):
        """Process in one transaction and commit. Return whether that worked.

        Conflicts with other transactions are repeated, other errors are rolled back; with
        `keep_failure` the error is kept on the event.
        """
        for attempt in range(MAX_TRIES):
            try:
                self._process()
                self.env.flush_all()
                self.env["ir.cron"]._commit_progress()
            except CONFLICTS:
                self._rollback()
                pause_before(attempt)
            except Exception:  # noqa: BLE001  a poison event must not stop its siblings
                error = traceback.format_exc()
                self._rollback()
                if keep_failure:
                    self._keep_failure(error)
                return False
            else:
                return True
        _logger.warning("Events %s conflict with other transactions and wait", self.ids)
        return False

    def _rollback(self):
        self.env.cr.rollback()
        self.env.invalidate_all(flush=False)

    def _keep_failure(self, error):
        _logger.error("Event %s failed; it is kept and can be retried", self.id)
        self.write({"state": "failed", "error": error})
        self.env["ir.cron"]._commit_progress()

    def _process(self):
        """Give these events their effect. Does not commit; running it again changes nothing."""
        batch = self._parse()
        # Odoo shows messages in the order of their ids: within a batch that is provider time
        batch.sort(key=lambda incoming: (incoming.inbound.occurred_at, incoming.event.id))
        messages = [i for i in batch if i.inbound.kind in (Kind.MESSAGE, Kind.POSTBACK)]
        self.env["omnichannel.conversation"]._receive(messages)
        # after the messages, because these are about messages
        self.env["omnichannel.delivery"]._receive_statuses(
            [i for i in batch if i.inbound.kind in (Kind.STATUS, Kind.READ)]
        )
        self.env["omnichannel.identity"]._receive_profiles(
            [i for i in batch if i.inbound.kind is Kind.PROFILE]
        )
        self._finish(batch)

    def _parse(self):
        adapters = {}
        batch = []
        for event in self.filtered(lambda event: event.state != "done"):
            account = event.account_id
            if account.is_native:
                batch.append(self.env["mail.thread"]._omnichannel_parse(event))
                continue
            if account not in adapters:
                adapters[account] = account._adapter()
            inbound = self._parse_payload(event, adapters[account])
            batch.append(Incoming(event, account, inbound, adapters[account]))
        return batch

    def _parse_payload(self, event, adapter):
        profile = event.payload.get("profile")
        if profile is None:
            return adapter.parse(event.payload)
        return InboundEvent(
            kind=Kind.PROFILE,
            occurred_at=event.received_at.replace(tzinfo=timezone.utc),
            identity=event.customer,
            profile_name=profile["name"],
            username=profile["username"],
        )

    def _finish(self, batch):
        kinds = {}
        for incoming in batch:
            kinds.setdefault(incoming.inbound.kind, []).append(incoming.event.id)
        for kind, event_ids in kinds.items():
            self.browse(event_ids).write(
                {
                    "state": "done",
                    "kind": kind.value,
                    "error": False,
                    "processed_at": fields.Datetime.now(),
                }
            )

    # === RETRY === #

    def action_retry(self):
        """Process failed events again, for instance after the cause was removed."""
        failed = self.filtered(lambda event: event.state == "failed")
        # sudo: administrators read events, only the processor writes them
        failed.sudo().write({"state": "new", "error": False})
        for shard in set(failed.mapped("shard")):
            self._processor(shard).sudo()._trigger()

    @api.model
    def _processor(self, shard):
        return self.env.ref(f"omnichannel_connector.ir_cron_omnichannel_event_{shard}")
