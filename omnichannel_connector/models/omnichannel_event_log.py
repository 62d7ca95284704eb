import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

DAYS_PARAMETER = "omnichannel_connector.event_days"
DAYS = 90
FEWEST_DAYS = 14  # more than gap repair looks back: what was purged must not come again
PURGE_SIZE = 1000


class OmnichannelEvent(models.Model):
    """The event log: find an event, process it again, forget old ones."""

    _inherit = "omnichannel.event"

    is_recovered = fields.Boolean(
        "Recovered",
        compute="_compute_is_recovered",
        search="_search_is_recovered",
        help="The provider's webhook never told this; we found it when we asked.",
    )
    payload_search = fields.Char(
        "Payload contains", compute="_compute_payload_search", search="_search_payload"
    )

    _recovered_idx = models.Index("(account_id) WHERE payload->>'recovered' = 'true'")
    _purge_idx = models.Index("(received_at) WHERE state IN ('done', 'early')")

    @api.depends("payload")
    def _compute_is_recovered(self):
        for event in self:
            event.is_recovered = bool((event.payload or {}).get("recovered"))

    def _search_is_recovered(self, operator, value):
        if operator not in ("in", "not in"):
            return NotImplemented
        is_wanted = (True in value) == (operator == "in")
        condition = "%s->>'recovered' = 'true'" if is_wanted else "%s->>'recovered' IS NULL"
        return fields.Domain.custom(
            to_sql=lambda model, alias, query: SQL(condition, SQL.identifier(alias, "payload"))
        )

    def _compute_payload_search(self):
        self.payload_search = False

    def _search_payload(self, operator, value):
        """Find a text anywhere in the payloads. Reads them all: meant with other conditions."""
        if operator not in ("ilike", "like", "="):
            return NotImplemented
        pattern = "%" + value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        return fields.Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s::text ILIKE %s", SQL.identifier(alias, "payload"), pattern
            )
        )

    # === AGAIN === #

    def action_retry(self):
        """Process failed events again, for instance after the cause was removed."""
        self.check_access("read")
        failed = self.filtered(lambda event: event.state == "failed")
        if not failed:
            raise UserError(self.env._("None of these events failed."))
        return failed._process_again()

    def action_replay(self):
        """Process events again that were processed. Changes nothing where all is there.

        For what a bug or a deleted record took out of the thread.
        """
        self.check_access("read")
        done = self.filtered(lambda event: event.state == "done")
        if not done:
            raise UserError(self.env._("None of these events was processed yet."))
        return done._process_again()

    def _process_again(self):
        # sudo: administrators read events, only the processor writes them
        self.sudo().write({"state": "new", "error": False})
        for shard in set(self.mapped("shard")):
            self._processor(shard).sudo()._trigger()
        # sudo: as above; an account that was red because of these is green a moment later
        health_sudo = self.env.ref("omnichannel_connector.ir_cron_omnichannel_health").sudo()
        health_sudo._trigger(at=fields.Datetime.now() + timedelta(minutes=1))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("%(count)s events are processed again.", count=len(self)),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _processor(self, shard):
        return self.env.ref(f"omnichannel_connector.ir_cron_omnichannel_event_{shard}")

    # === PURGE === #

    @api.model
    def _days_kept(self):
        # sudo: a number that is no secret, in a table that few may read
        text = self.env["ir.config_parameter"].sudo().get_param(DAYS_PARAMETER, DAYS)
        return max(int(text), FEWEST_DAYS) if str(text).isdigit() else DAYS

    @api.model
    def _cron_purge(self):
        """Delete processed events that are older than the set age, with their e-mails' sources.

        Also what waited all that time for a message that never came: it was deleted, or a person
        was erased. In batches with a commit each; goes on where it stopped. What failed or is
        still to be processed stays, and so does everything that was made from the events.
        """
        limit = fields.Datetime.now() - timedelta(days=self._days_kept())
        domain = [("state", "in", ("done", "early")), ("received_at", "<", limit)]
        while True:
            old = self.search(domain, order="received_at", limit=PURGE_SIZE)
            old.unlink()  # takes the attachments of an event along
            remaining = self.search_count(domain, limit=PURGE_SIZE)
            time_left = self.env["ir.cron"]._commit_progress(len(old), remaining=remaining)
            if not remaining or not time_left:
                break
