"""How long after one moment the next one is."""

import calendar
from datetime import timedelta, timezone

from .check import Check

ELAPSED = ("minutes", "hours")  # a stopwatch; the longer units go by the calendar on the wall
BEFORE, AFTER = "before", "after"


def add_delay(moment, number, unit, zones):
    """Return the moment that is so many minutes, hours, days, weeks or months later.

    From days on the wall clock shows the same time then, also when clocks change in between. With
    several zones the latest: never earlier than was asked for, wherever the customer is.
    """
    if unit in ELAPSED:
        return moment.astimezone(timezone.utc) + timedelta(**{unit: number})
    return max(_add_on_the_wall(moment, number, unit, zone) for zone in zones)


def _add_on_the_wall(moment, number, unit, zone):
    wall = moment.astimezone(zone)
    fold, wall = wall.fold, wall.replace(tzinfo=None)
    if unit == "months":
        wall = _add_months(wall, number)
    else:
        wall += timedelta(**{unit: number})
    # a time that clocks skip comes out as much later as they skip
    return wall.replace(tzinfo=zone, fold=fold).astimezone(timezone.utc)


def _add_months(wall, number):
    """Return the same day of a later month, or that month's last day."""
    years, month = divmod(wall.month - 1 + number, 12)
    year, month = wall.year + years, month + 1
    return wall.replace(
        year=year, month=month, day=min(wall.day, calendar.monthrange(year, month)[1])
    )


def add_work(moment, duration, intervals):
    """Return when so much of the intervals has passed, None when they do not last that long.

    `intervals` are (from, to), in order, of the time that counts. Nothing to wait for is the first
    moment that counts.
    """
    for start, end in intervals:
        start = max(start, moment)
        if start >= end:
            continue
        if start + duration < end or (duration and start + duration == end):
            return (start + duration).astimezone(timezone.utc)
        duration -= end - start
    return None


def add_working_days(moment, number, intervals, zone):
    """Return the same time of day so many days of work later, None when there are fewer."""
    wall = moment.astimezone(zone)
    days = sorted({start.astimezone(zone).date() for start, _end in intervals})
    later = [day for day in days if day > wall.date()]
    if not number:
        return moment.astimezone(timezone.utc)
    if len(later) < number:
        return None
    day = later[number - 1]
    wall = wall.replace(year=day.year, month=day.month, day=day.day)
    return wall.astimezone(timezone.utc)


def check_date(anchor, number, unit, direction, zones, moment):
    """Return the Check of a moment that is so long before or after a date.

    What is over is missed: it is not made up for.
    """
    number = -number if direction == BEFORE else number
    if unit in ELAPSED:
        due = anchor.astimezone(timezone.utc) + timedelta(**{unit: number})
    else:
        due = add_delay(anchor, number, unit, zones)
    values = {"anchor": anchor.isoformat(), "due": due.isoformat(), "direction": direction}
    return Check("date", moment, due if due >= moment else None, values)
