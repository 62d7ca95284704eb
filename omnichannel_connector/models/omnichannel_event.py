import json
import time
import zlib
from datetime import timedelta

from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.tools import SQL

# One scheduled action for each shard. Odoo runs one scheduled action in one worker at a time, so
# the events of one customer are never processed in parallel.
SHARDS = 4
# Providers deliver what a customer types quickly in parallel and in any order. An event waits
# this long for its siblings, so that they are shown in the order in which they were written.
SETTLE_ALONE = timedelta(milliseconds=120)
# Waking the scheduler opens a connection of its own: it costs more than storing an event.
NOTIFY_PAUSE = SETTLE_ALONE.total_seconds() * 0.8
_notified_for = {}  # database -> when the event was stored for which it was woken last


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
        [
            ("new", "Waiting"),
            ("early", "Ahead of its message"),
            ("done", "Processed"),
            ("failed", "Failed"),
        ],
        required=True,
        default="new",
        readonly=True,
    )
    target = fields.Char(
        "About", readonly=True, help="The provider's ID of the message that has not come yet."
    )
    kind = fields.Char("Meaning", readonly=True, help="What the event was understood as.")
    error = fields.Text("Traceback", readonly=True)
    received_at = fields.Datetime("Received", readonly=True, required=True)
    processed_at = fields.Datetime("Processed", readonly=True)

    _key_unique = models.UniqueIndex("(account_id, key)")
    # one e-mail to several addresses of a company is one message there; its key names the company
    _mail_unique = models.UniqueIndex("(key) WHERE key LIKE 'mail-%'")
    _pending_idx = models.Index("(shard, id) WHERE state = 'new'")
    _early_idx = models.Index("(account_id, target) WHERE state = 'early'")
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
    def _store(self, account_id, raw_events, error=None, is_urgent=False):
        """Store events, wake their processors, return those that are new. Safe to run twice.

        `raw_events` are channels.events.RawEvent. An event that is stored already changes
        nothing, however it was batched then. With `error` they are stored as failed. `is_urgent`
        is for channels whose events wait for no siblings. Raw SQL: the webhook has to answer
        within milliseconds and ON CONFLICT decides about repetitions.
        """
        if not raw_events:
            return self.browse()
        rows = [self._prepare_row(account_id, raw, error) for raw in raw_events]
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
                        ON CONFLICT DO NOTHING
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
            self.env.cr.postcommit.add(lambda: self._notify(stored_at, is_urgent))
        return self.browse([row[0] for row in stored])

    def _prepare_row(self, account_id, raw, error):
        return SQL(
            "(%s, %s, %s, %s, %s::jsonb, %s, %s)",
            account_id,
            raw.key,
            raw.customer,
            self._shard_of(account_id, raw.customer),
            Json(raw.payload),
            "failed" if error else "new",
            error,
        )

    @api.model
    def _processor_ids(self):
        """Return [(shard, id of its scheduled action)]."""
        find = self.env["ir.model.data"]._xmlid_to_res_id
        name = "omnichannel_connector.ir_cron_omnichannel_event_%s"
        return [(shard, find(name % shard)) for shard in range(SHARDS)]

    @api.model
    def _notify(self, stored_at, is_urgent=False):
        """Wake the scheduler after a commit, unless this process did so a moment ago.

        The trigger is in the table in any case. What that moment's processor was woken for
        settles at least until SETTLE_ALONE after it was stored, and then the processor looks for
        the events of other shards too (`_wake_others`): it finds these. An urgent event does not
        settle, so it neither relies on another one's call nor saves one.
        """
        if is_urgent:
            self.env["ir.cron"]._notifydb()
            return
        database = self.env.cr.dbname
        if time.monotonic() - _notified_for.get(database, -1) < NOTIFY_PAUSE:
            return
        _notified_for[database] = stored_at
        self.env["ir.cron"]._notifydb()
