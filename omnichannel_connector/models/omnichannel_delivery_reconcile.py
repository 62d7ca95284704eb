import logging
from datetime import timedelta, timezone

from odoo import api, fields, models

from ..channels.errors import SendError
from .omnichannel_delivery import FIRST_LOOK_UP
from .omnichannel_delivery_call import Calls
from .omnichannel_throttle import growing_pause
from .timing import commit_repeatedly

_logger = logging.getLogger(__name__)

# When the provider is asked, counted from the look-up before.
LOOK_UPS = (FIRST_LOOK_UP, timedelta(seconds=15), timedelta(minutes=1), timedelta(minutes=5))
LOOK_UP_LEASE = timedelta(minutes=2)
RETRY = timedelta(minutes=1)  # when the provider did not answer a look-up
GIVE_UP = timedelta(days=1)  # a provider that does not answer a look-up for so long never will
BATCH_SIZE = 16
PATIENCE = FIRST_LOOK_UP.total_seconds() + 1  # seconds to wait for a look-up that is almost due


class OmnichannelDelivery(models.Model):
    """What became of calls whose outcome is unknown: the provider is asked, if it can tell.

    A status callback or an echo may tell it at any time, too. What the provider has no record of
    stays unknown until a person decides: it may still be on its way there.
    """

    _inherit = "omnichannel.delivery"

    @api.model
    def _wake_reconciliation(self):
        self.env.ref("omnichannel_connector.ir_cron_omnichannel_reconcile").sudo()._trigger()

    @api.model
    def _cron_reconcile(self):
        """Ask the providers about everything unknown that is due. Commits.

        The calls are made in parallel and outside of any transaction.
        """
        self._expire_leases()
        time_left = self.env["ir.cron"]._commit_progress()
        with Calls(BATCH_SIZE) as calls:
            while time_left:
                batch = []
                commit_repeatedly(
                    self.env, lambda batch=batch: batch.append(self._claim_look_ups())
                )
                jobs, pause = batch[-1]
                for job in jobs:
                    calls.start(job)
                if not jobs and (pause is None or pause > PATIENCE):
                    break
                time_left = self._collect(calls, pause)
        self._schedule_reconciliation()

    @api.model
    def _collect(self, calls, pause):
        """Write down all look-ups under way, or wait when there is none. Return the time left."""
        if not calls:
            calls.wait(max(0.1, pause))
        count = 0
        while calls:
            done = calls.wait(PATIENCE)
            count += len(done)
            for call, outcome in done:
                commit_repeatedly(
                    self.env,
                    lambda call=call, outcome=outcome: self.browse(
                        call.delivery_id
                    )._settle_look_up(outcome),
                )
        return self.env["ir.cron"]._commit_progress(count, remaining=0)

    @api.model
    def _claim_look_ups(self):
        """Return ([Call] of the look-ups that are due, seconds until the next one or None)."""
        self.env.invalidate_all()
        moment = self._database_time()
        due = self._search_look_ups([("look_up_at", "<=", moment)], BATCH_SIZE)
        jobs = []
        for delivery in due:
            if delivery.account_id._adapter_class().can_look_up:
                # should this worker die, another asks after a while
                delivery.look_up_at = moment + LOOK_UP_LEASE
                since = delivery.attempted_at or delivery.create_date
                jobs.append(delivery._prepare_call(since=since.replace(tzinfo=timezone.utc)))
            else:
                delivery.look_up_at = False
        following = self._search_look_ups([("look_up_at", ">", moment)], 1)
        pause = following and (following.look_up_at - moment).total_seconds()
        return jobs, 0 if due else pause or None

    @api.model
    def _search_look_ups(self, condition, limit):
        accounts = self.env["omnichannel.account"].search(
            [
                ("state", "=", "connected"),
                ("channel", "in", list(self.env["omnichannel.account"]._adapter_classes())),
            ]
        )
        domain = [("state", "=", "unknown"), ("account_id", "in", accounts.ids), *condition]
        return self.search(domain, order="look_up_at, id", limit=limit)

    def _settle_look_up(self, outcome):
        """Write down what a look-up told: a list of SendResult, oldest first, or a send error."""
        self.env.invalidate_all()
        if not self.exists() or self.state != "unknown":
            return
        if isinstance(outcome, SendError):
            self._postpone_look_up(outcome)
        elif self._has_twin_under_way():
            self.look_up_at = fields.Datetime.now() + FIRST_LOOK_UP
        elif result := self._pick(outcome):
            self._lock_for({self: result.status.value})
            self._move(result.status.value, external_id=result.external_id)
            self.message_id._update_state()
            self.env["omnichannel.event"]._wake_early(self.account_id.id, [result.external_id])
        else:
            self._note_missing()

    def _has_twin_under_way(self):
        """Tell whether the same is being sent to the same customer: what is found may be that."""
        domain = [
            ("identity_id", "=", self.identity_id.id),
            ("kind", "=", "message"),
            ("state", "=", "sending"),
            ("text", "=", self.text),
        ]
        return bool(self.search_count(domain, limit=1))

    def _pick(self, results):
        """Return the first result that is not another message's, or None."""
        account = [("account_id", "=", self.account_id.id)]
        found = [("external_id", "in", [result.external_id for result in results])]
        taken = self.search([*account, *found, ("id", "!=", self.id)]).mapped("external_id")
        taken += self.env["omnichannel.message"].search([*account, *found]).mapped("external_id")
        return next((result for result in results if result.external_id not in taken), None)

    def _note_missing(self):
        """Ask again later, or say that the provider has no record of it."""
        count = self.look_ups + 1
        if count < len(LOOK_UPS):
            self.write({"look_ups": count, "look_up_at": fields.Datetime.now() + LOOK_UPS[count]})
            return
        self.write(
            {
                "look_ups": count,
                "look_up_at": False,
                "is_confirmed_missing": True,
                "error": self.env._("The provider has no record of this message."),
            }
        )
        self.message_id._update_state()

    def _postpone_look_up(self, error):
        """Ask again later: no answer says nothing."""
        _logger.info("Delivery %s: not looked up (%s)", self.id, error.code)
        now = fields.Datetime.now()
        is_hopeless = now - (self.attempted_at or now) > GIVE_UP
        self.look_up_at = False if is_hopeless else now + growing_pause(0, RETRY)

    @api.model
    def _schedule_reconciliation(self):
        upcoming = self._search_look_ups([("look_up_at", "!=", False)], 1)
        if upcoming:
            cron = self.env.ref("omnichannel_connector.ir_cron_omnichannel_reconcile")
            moment = max(upcoming.look_up_at, fields.Datetime.now()) + timedelta(seconds=1)
            self._trigger_at(cron, moment)
        self.env["ir.cron"]._commit_progress(remaining=0)
