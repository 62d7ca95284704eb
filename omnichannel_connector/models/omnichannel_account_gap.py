import logging
from datetime import timedelta, timezone
from itertools import islice

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..channels.errors import AccountError, SendError
from .timing import commit_repeatedly, utc_now

_logger = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=10)  # clocks differ, and what is listed appears with a delay
FARTHEST = timedelta(days=7)  # what is older was seen in the provider's own app
BATCH_SIZE = 100


class OmnichannelAccount(models.Model):
    """Gap repair: ask providers for messages that their webhooks never told."""

    _inherit = "omnichannel.account"

    @api.model
    def _cron_repair_gaps(self):
        """Look for missed messages of all connected accounts. Commits after each batch."""
        for account in self.search([("state", "=", "connected")]):
            if account.can_list:
                account._repair_gap()
        self.env["ir.cron"]._commit_progress(remaining=0)

    def action_repair_gap(self):
        """Have missed messages looked for now, by the scheduled action."""
        self.check_access("write")
        if not any(account.can_list for account in self):
            raise UserError(self.env._("This provider can't be asked for missed messages."))
        # sudo: administrators of the connector need not be administrators of Odoo
        self.env.ref("omnichannel_connector.ir_cron_omnichannel_gap").sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("The provider is asked. What was missed appears soon."),
            },
        }

    def _repair_gap(self):
        """Store what the provider lists and we do not have. Commits; returns how many were new.

        The provider is asked outside of any transaction. Storing again what is there changes
        nothing, so a crash costs nothing but the repetition: `checked_until` moves only after the
        whole list was read.
        """
        self.ensure_one()
        started = utc_now()
        since = max((self.checked_until or started) - OVERLAP, started - FARTHEST)
        adapter, used = self._adapter(), self.access_token
        self.env["ir.cron"]._commit_progress()
        listed = adapter.list_since(since.replace(tzinfo=timezone.utc))
        count = 0
        try:
            while batch := list(islice(listed, BATCH_SIZE)):
                count += self._store_recovered(batch)
        except AccountError as error:
            self._note_refusal(error, used)
            return count
        except SendError as error:
            _logger.warning("Account %s: the list broke off (%s)", self.id, error.code)
            return count
        commit_repeatedly(self.env, lambda: self._move_checked_until(started))
        if count:
            _logger.warning("Account %s: %s events recovered", self.id, count)
        return count

    def _store_recovered(self, batch):
        stored = []

        def store():
            stored[:] = self.env["omnichannel.event"]._store(self.id, batch).ids

        commit_repeatedly(self.env, store)
        return len(stored)

    def _move_checked_until(self, moment):
        self.invalidate_recordset()
        if self.exists() and (not self.checked_until or self.checked_until < moment):
            self.checked_until = moment.replace(microsecond=0)

    def action_open_recovered_events(self):
        """Open the events of this account that its webhook never told."""
        self.ensure_one()
        domain = fields.Domain("account_id", "=", self.id) & fields.Domain(
            "is_recovered", "=", True
        )
        return self._open_events(list(domain))
