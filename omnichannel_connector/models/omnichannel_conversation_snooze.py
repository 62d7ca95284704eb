from datetime import datetime, time, timedelta, timezone

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError

from .timing import commit_repeatedly, to_naive_utc

BATCH_SIZE = 100
MORNING = time(9)


class OmnichannelConversation(models.Model):
    """Conversations that are put off until a moment, or until the customer writes."""

    _inherit = "omnichannel.conversation"

    snoozed_until = fields.Datetime(readonly=True)

    _snooze_idx = models.Index("(snoozed_until) WHERE state = 'snoozed'")

    def action_snooze(self, until=None):
        """Put these off until a moment (UTC, a datetime or Odoo's text). Nothing else changes.

        They keep their assignee. Without a moment until tomorrow morning. Raise UserError for a
        moment that is over.
        """
        until = fields.Datetime.to_datetime(until) or self._tomorrow_morning()
        if until <= fields.Datetime.now():
            raise UserError(self.env._("Choose a moment that is still to come."))
        self.write({"state": "snoozed", "snoozed_until": until})

    def action_wake(self):
        """End the snooze."""
        self.filtered(lambda c: c.state == "snoozed").action_reopen()

    @api.model
    def _tomorrow_morning(self, days=1):
        """Return nine o'clock of a coming day where the user is, in UTC."""
        zone = pytz.timezone(self.env.context.get("tz") or self.env.user.tz or "UTC")
        day = datetime.now(timezone.utc).astimezone(zone).date() + timedelta(days=days)
        return to_naive_utc(zone.localize(datetime.combine(day, MORNING)))

    def write(self, vals):
        """Write, so that what is snoozed has an end, and what is not has none.

        A card that is dragged to the snoozed ones comes back tomorrow morning.
        """
        if "state" not in vals:
            return super().write(vals)
        if vals["state"] != "snoozed":
            kept = {} if self._is_by_link(vals) else {"snoozed_until": False}
            return super().write({**vals, **kept})
        until = vals.get("snoozed_until") or self[:1].snoozed_until or self._tomorrow_morning()
        result = super().write({**vals, "snoozed_until": until, "resume_state": False})
        cron = self.env.ref("omnichannel_connector.ir_cron_omnichannel_wake")
        cron.sudo()._trigger(at=until)  # sudo: agents snooze, and may not wake schedulers
        return result

    # === WAKE === #

    @api.model
    def _cron_wake(self):
        """Wake what was put off until now. Commits batch by batch."""
        while self._search_due():
            if not commit_repeatedly(self.env, self._wake_due):
                break

    @api.model
    def _search_due(self):
        return self.search(
            [("state", "=", "snoozed"), ("snoozed_until", "<=", fields.Datetime.now())],
            order="snoozed_until, id",
            limit=BATCH_SIZE,
        )

    @api.model
    def _wake_due(self):
        """Wake a batch. Locks their rows: who changes one of them meanwhile makes us repeat."""
        due = self._search_due()
        due._lock()
        due.write({"state": "open"})
        due._remind()

    def _remind(self):
        """Tell the assignees that it is time: a note in the thread, which is unread for them."""
        author = self.env.ref("base.partner_root")
        for conversation in self.filtered(lambda c: c.user_id and c.channel_id):
            user = conversation.user_id
            conversation.channel_id.with_context(lang=user.lang).message_post(
                body=conversation.with_context(lang=user.lang).env._(
                    "It is time: this conversation was snoozed until now."
                ),
                author_id=author.id,
                message_type="comment",
            )
