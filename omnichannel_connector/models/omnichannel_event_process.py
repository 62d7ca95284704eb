import logging
import time
import traceback
from dataclasses import dataclass
from datetime import timedelta, timezone

from odoo import api, fields, models
from odoo.tools import SQL

from ..channels.base import ChannelAdapter
from ..channels.events import InboundEvent, Kind
from .omnichannel_event import SETTLE_ALONE
from .timing import CONFLICTS, MAX_TRIES, pause_before, rollback

_logger = logging.getLogger(__name__)

BATCH_SIZE = 200
SETTLE_BURST = timedelta(milliseconds=1200)
SETTLE_LONGEST = timedelta(seconds=4)
WAKE_PAUSE = 0.5  # seconds between two looks at whether the other shards have been woken
MESSAGES = (Kind.MESSAGE, Kind.POSTBACK, Kind.COMMENT)
CHANGES = (Kind.REACTION, Kind.EDIT, Kind.UNSEND)


@dataclass(slots=True, eq=False)
class Incoming:
    """An event on its way to the thread: the stored row, its account and what it says."""

    event: models.Model
    account: models.Model
    inbound: InboundEvent
    adapter: ChannelAdapter | None = None
    mail: dict | None = None  # the parsed e-mail, for the e-mail channel
    chat_message: models.Model | None = None  # the mail.message, for the live chat
    is_automatic: bool = False  # an out-of-office note and the like
    wants_no_answer: bool = False  # by a machine of ours; a person may answer
    is_unverified: bool = False  # an e-mail whose sender failed authentication
    is_stranger: bool = False
    identity: models.Model | None = None
    conversation: models.Model | None = None


def _of_kinds(batch, *kinds):
    return [incoming for incoming in batch if incoming.inbound.kind in kinds]


class OmnichannelEvent(models.Model):
    """How stored events get their effect."""

    _inherit = "omnichannel.event"

    @api.model
    def _cron_process(self, shard):
        """Process the waiting events of a shard until none is left or Odoo wants the worker back.

        Commits after each batch. Events that fail are kept with their traceback and block
        nothing but themselves, so the scheduled action itself succeeds.
        """
        woken_at = 0
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
            is_over = not remaining or not time_left
            if is_over or time.monotonic() > woken_at + WAKE_PAUSE:
                self._wake_others(shard)
                woken_at = time.monotonic()
            if is_over:
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
        urgent = self._urgent_accounts({account_id for account_id, _customer in ages})
        waits = {
            key: 0 if key[0] in urgent else self._settle_wait(customer_ages)
            for key, customer_ages in ages.items()
        }
        ready = [row[0] for row in rows if waits[row[1], row[2]] <= 0]
        pause = 0 if ready else min(waits.values(), default=0)
        return self.browse(ready), pause

    @api.model
    def _urgent_accounts(self, account_ids):
        """Return the ids of the accounts whose events wait for no siblings: a call rings now."""
        classes = self.env["omnichannel.account"]._adapter_classes()
        return {
            account.id
            for account in self.env["omnichannel.account"].browse(account_ids)
            if account.channel in classes and not classes[account.channel].needs_order
        }

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
                rollback(self.env)
                pause_before(attempt)
            except Exception:  # noqa: BLE001  a poison event must not stop its siblings
                error = traceback.format_exc()
                rollback(self.env)
                if keep_failure:
                    self._keep_failure(error)
                return False
            else:
                return True
        _logger.warning("Events %s conflict with other transactions and wait", self.ids)
        return False

    def _keep_failure(self, error):
        _logger.error("Event %s failed; it is kept and can be retried", self.id)
        self.write({"state": "failed", "error": error})
        self.env["ir.cron"]._commit_progress()

    def _process(self):
        """Give these events their effect. Does not commit; running it again changes nothing."""
        batch = self._parse()
        # Odoo shows messages in the order of their ids: within a batch that is provider time
        batch.sort(key=lambda incoming: (incoming.inbound.occurred_at, incoming.event.id))
        messages = self.env["omnichannel.conversation"]._receive(_of_kinds(batch, *MESSAGES))
        # after the messages, because these are about messages
        batch += self._take_early(messages)
        early = self.env["omnichannel.message"]._receive_changes(_of_kinds(batch, *CHANGES))
        early += self.env["omnichannel.call"]._receive(_of_kinds(batch, Kind.CALL))
        statuses = _of_kinds(batch, Kind.STATUS, Kind.READ)
        early += self.env["omnichannel.delivery"]._receive_statuses(statuses)
        self.env["omnichannel.conversation"]._receive_notices(
            _of_kinds(batch, Kind.HANDOVER, Kind.REFERRAL)
        )
        self.env["omnichannel.identity"]._receive_profiles(_of_kinds(batch, Kind.PROFILE))
        messages._push_new()  # in the end: what was taken back already is never shown
        self._finish([incoming for incoming in batch if incoming not in early])
        self._wait_for_messages(early)

    @api.model
    def _take_early(self, messages):
        """Return what withdrew these new messages before they came; wake the rest that did."""
        waiting = self._early_for([(m.account_id.id, m.external_id) for m in messages])
        unsends = waiting.filtered(lambda event: event.kind == Kind.UNSEND.value)
        (waiting - unsends)._wake()
        return unsends._parse()

    def _parse(self):
        adapters = {}
        batch = []
        for event in self:
            account = event.account_id
            if account.is_native:
                batch.append(event._parse_native())
                continue
            if account not in adapters:
                adapters[account] = account._adapter()
            inbound = self._parse_payload(event, adapters[account])
            batch.append(Incoming(event, account, inbound, adapters[account]))
        return batch

    def _parse_native(self):
        """Return the Incoming of an event of a channel that Odoo itself carries."""
        self.ensure_one()
        return self.env["mail.thread"]._omnichannel_parse(self)

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
                    "target": False,
                    "processed_at": fields.Datetime.now(),
                }
            )
