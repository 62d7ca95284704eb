from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, float_round

from ..planning.hours import Hours, next_open
from ..planning.policy import Policy
from ..planning.zones import find_zone
from .omnichannel_consent import MARKETING
from .omnichannel_conversation_choice import EMAIL
from .timing import aware, utc_now
from .working_time import holidays

# What sequences get that ran before there was a policy: they go on as they were.
BEFORE_POLICY = {"quiet_for": "never", "cap_number": 0, "distance_hours": 0}
MIDNIGHT = 24


def minutes(hours):
    """Return an hour of the day, 13.5, as minutes after midnight."""
    return int(float_round(hours * 60, precision_digits=0))


class OmnichannelSequence(models.Model):
    """When a sequence may write, how often, and to whom first."""

    _inherit = "omnichannel.sequence"
    _check_company_auto = True

    quiet_for = fields.Selection(
        [
            ("pushes", "Whatever makes a phone ring, and marketing"),
            ("always", "Every message"),
            ("never", "Nothing"),
        ],
        "Quiet Hours For",
        required=True,
        default="pushes",
        help="SMS, WhatsApp and Instagram make a phone ring, e-mail does not.",
    )
    quiet_from = fields.Float("Quiet From", required=True, default=21.0)
    quiet_to = fields.Float("Quiet Until", required=True, default=8.0)
    calendar_id = fields.Many2one(
        "resource.calendar",
        "Only During",
        check_company=True,
        help="Send only in these hours, on the customer's own clock. Its public holidays are days "
        "off. Empty: on any day.",
    )
    cap_number = fields.Integer(
        "At Most",
        default=3,
        help="Follow-ups that one customer gets, of all sequences together. 0: no limit.",
    )
    cap_days = fields.Integer("In Days", required=True, default=7)
    distance_hours = fields.Integer(
        "Distance to Other Sequences",
        default=24,
        help="Hours between a follow-up of another sequence and one of this. 0: none.",
    )
    priority = fields.Selection(
        [("0", "Normal"), ("1", "Important"), ("2", "Very important")],
        required=True,
        default="0",
        help="When two sequences want to write to one customer, the more important goes first.",
    )
    hourly_limit = fields.Integer(
        "Messages an Hour",
        help="At most so many follow-ups an hour leave through one account. 0: no limit.",
    )
    jitter_minutes = fields.Integer(
        "Spread Over", help="Minutes over which messages that are due together are spread."
    )
    reenroll = fields.Selection(
        [("always", "Whenever it applies"), ("after", "After a while"), ("never", "Never")],
        "Enroll Again",
        required=True,
        default="always",
        help="Whether a customer who went through this sequence may come into it once more.",
    )
    reenroll_days = fields.Integer("Not Before", required=True, default=30)

    _policy_numbers = models.Constraint(
        "CHECK(cap_number >= 0 AND distance_hours >= 0 AND hourly_limit >= 0"
        " AND jitter_minutes >= 0 AND cap_days > 0 AND reenroll_days > 0)",
        "A number of the sending rules is too low.",
    )
    _policy_numbers_bounded = models.Constraint(
        "CHECK(cap_days <= 20000 AND distance_hours <= 20000 AND jitter_minutes <= 20000"
        " AND reenroll_days <= 20000)",
        "A time of the sending rules is too long: 20000 is the most.",
    )
    _quiet_hours = models.Constraint(
        "CHECK(quiet_from >= 0 AND quiet_from < 24 AND quiet_to >= 0 AND quiet_to < 24)",
        "Quiet hours are hours of the day, from 0:00 to 23:59.",
    )

    def _init_column(self, column_name):
        """Give sequences that exist already what leaves them as they were, not the default."""
        if column_name not in BEFORE_POLICY:
            return super()._init_column(column_name)
        name = SQL.identifier(column_name)
        value = BEFORE_POLICY[column_name]
        query = SQL("UPDATE omnichannel_sequence SET %s = %s WHERE %s IS NULL", name, value, name)
        return self.env.cr.execute(query)

    @api.constrains("quiet_for", "quiet_from", "quiet_to", "calendar_id", "purpose")
    def _check_ever_open(self):
        """Refuse hours in which nothing could ever be sent."""
        now = aware(utc_now())
        for sequence in self:
            channels = [EMAIL, *sequence.step_ids.mapped("channel")]
            for hours in {sequence._hours(channel) for channel in channels}:
                if not next_open(hours, (find_zone("UTC"),), now):
                    raise ValidationError(
                        self.env._(
                            "Nothing could ever be sent: the quiet hours cover all the time in "
                            "which sending is allowed. Change one of them."
                        )
                    )

    # === FOR THE PLANNER === #

    def _policy(self, channel):
        """Return the planner's Policy for messages of a channel."""
        self.ensure_one()
        return Policy(
            hours=self._hours(channel),
            cap_count=self.cap_number,
            cap_period=timedelta(days=self.cap_days),
            distance=timedelta(hours=self.distance_hours),
            per_hour=self.hourly_limit,
            priority=int(self.priority),
        )

    def _hours(self, channel):
        """Return the planner's Hours for messages of a channel."""
        quiet = None
        if self._is_quiet(channel) and self.quiet_from != self.quiet_to:
            quiet = (minutes(self.quiet_from), minutes(self.quiet_to))
        # sudo: when a company works is no secret, and holidays are behind other rights
        calendar_sudo = self.sudo().calendar_id
        if not calendar_sudo:
            return Hours(quiet=quiet)
        return Hours(
            calendar_sudo._omnichannel_weeks(),
            quiet,
            calendar_sudo._omnichannel_days_off(self.company_id),
        )

    def _is_quiet(self, channel):
        """Tell whether the quiet hours hold for messages of a channel."""
        if self.quiet_for == "pushes":
            return self.purpose == MARKETING or channel != EMAIL
        return self.quiet_for == "always"


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def _omnichannel_weeks(self):
        """Return the calendar as the planner's Hours have it: (from, to) of each day, in minutes.

        A calendar of flexible hours says nothing about which: then any time is one.
        """
        if self.flexible_hours:
            return ()
        weeks = []
        for week in ("0", "1") if self.two_weeks_calendar else (False,):
            lines = self.attendance_ids.filtered(
                lambda line, week=week: line._is_work_period() and line.week_type == week
            )
            days = [
                tuple(
                    sorted(
                        (minutes(line.hour_from), minutes(min(line.hour_to, MIDNIGHT)))
                        for line in lines
                        if line.dayofweek == str(day)
                    )
                )
                for day in range(7)
            ]
            weeks.append(tuple(days))
        return tuple(weeks)

    def _omnichannel_days_off(self, company):
        """Return the public holidays from now on, as naive times of the calendar's own clock."""
        zone = find_zone(self.tz) or find_zone("UTC")
        leaves = self.env["resource.calendar.leaves"].search(
            [
                ("resource_id", "=", False),
                ("calendar_id", "in", [False, self.id]),
                ("date_to", ">=", utc_now() - timedelta(days=1)),
                *holidays(company),
            ]
        )
        # one that ends at 23:59:59 has no second left
        return tuple(
            (
                aware(leave.date_from).astimezone(zone).replace(tzinfo=None),
                aware(leave.date_to).astimezone(zone).replace(tzinfo=None) + timedelta(seconds=1),
            )
            for leave in leaves.sorted("date_from")
        )
