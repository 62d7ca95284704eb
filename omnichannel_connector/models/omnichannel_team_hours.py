from datetime import datetime, timedelta, timezone

from odoo import models

from .timing import to_naive_utc, utc_now
from .working_time import holidays

INSTANT = timedelta(seconds=1)
# how far back to look for the end of the last working time: first as far as it usually is
HORIZONS = (timedelta(days=14), timedelta(days=400))
ALWAYS = datetime(1970, 1, 1)  # noqa: DTZ001  naive UTC, as Odoo stores it


class OmnichannelTeam(models.Model):
    """When a team works, as its calendar says in the calendar's own time zone."""

    _inherit = "omnichannel.team"

    def _is_open(self, moment=None):
        """Tell whether the team works at a moment (naive UTC, now by default)."""
        self.ensure_one()
        moment = moment or utc_now()
        return not self.calendar_id or bool(self._work_intervals(moment, moment + INSTANT))

    def _closed_since(self, moment=None):
        """Return when the closed period began in which a moment lies, None while the team works.

        Naive UTC, like `moment`. It names the period: the same for every moment in it.
        """
        self.ensure_one()
        moment = moment or utc_now()
        if self._is_open(moment):
            return None
        for horizon in HORIZONS:
            ends = [end for _start, end, _rows in self._work_intervals(moment - horizon, moment)]
            if ends:
                return to_naive_utc(max(ends)).replace(microsecond=0)
        return ALWAYS

    def _work_intervals(self, start, end):
        # sudo: when a team works is no secret, and holidays are behind other rights
        team_sudo = self.sudo()
        start, end = (moment.replace(tzinfo=timezone.utc) for moment in (start, end))
        domain = holidays(team_sudo.company_id)
        return team_sudo.calendar_id._work_intervals_batch(start, end, domain=domain)[False]
