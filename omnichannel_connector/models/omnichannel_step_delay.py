from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..planning.delays import ELAPSED, add_delay, add_work, add_working_days
from ..planning.zones import find_zone
from .working_time import holidays

# how far ahead to look for working time: first as far as it usually is
HORIZONS = (timedelta(days=31), timedelta(days=400))


class OmnichannelStep(models.Model):
    """How long a step waits: by the clock, or counting working time only."""

    _inherit = "omnichannel.step"

    delay_kind = fields.Selection(
        [("clock", "By the clock"), ("work", "Working time only")],
        "Counting",
        required=True,
        default="clock",
        help="Working time is that of the sequence's hours, else of the company's.",
    )

    _delay_not_negative = models.Constraint(
        "CHECK(delay_number >= 0)", "A step can't wait less than no time."
    )
    # so many months from now is still a date
    _delay_bounded = models.Constraint(
        "CHECK(delay_number <= 20000)", "A step waits up to 20000. Choose a longer unit."
    )

    @api.constrains("delay_kind", "delay_unit")
    def _check_delay_kind(self):
        for step in self:
            if step.delay_kind == "work" and step.delay_unit in ("weeks", "months"):
                raise ValidationError(
                    self.env._("Working time is counted in minutes, hours or days.")
                )

    @api.constrains("channel")
    def _check_ever_open(self):
        """Refuse a channel whose quiet hours leave no time to send."""
        self.sequence_id._check_ever_open()

    def _due_at(self, since, zones):
        """Return when this step is due after a moment (both aware), None if that never comes."""
        self.ensure_one()
        if self.delay_kind == "clock":
            return add_delay(since, self.delay_number, self.delay_unit, zones)
        for horizon in HORIZONS:
            due = self._due_in(since, self._working_intervals(since, since + horizon))
            if due:
                return due
        return None

    def _due_in(self, since, intervals):
        if self.delay_unit in ELAPSED:
            duration = timedelta(**{self.delay_unit: self.delay_number})
            return add_work(since, duration, intervals)
        zone = find_zone(self._working_calendar().tz) or find_zone("UTC")
        return add_working_days(since, self.delay_number, intervals, zone)

    def _working_calendar(self):
        # sudo: when a company works is no secret
        sequence_sudo = self.sudo().sequence_id
        return sequence_sudo.calendar_id or sequence_sudo.company_id.resource_calendar_id

    def _working_intervals(self, since, until):
        """Return [(from, to)] of the working time between two moments; all of it if none is set."""
        calendar_sudo = self._working_calendar()
        if not calendar_sudo:
            return [(since, until)]
        work = calendar_sudo._work_intervals_batch(
            since, until, domain=holidays(self.sudo().sequence_id.company_id)
        )
        return [(start, end) for start, end, _rows in work[False]]

    def _is_delay_plain(self):
        """Tell whether this delay is the same for everybody, wherever they are."""
        return self.delay_kind == "clock" and (not self.delay_number or self.delay_unit in ELAPSED)
