"""At which hours of the day something may be sent, on the clock of where the customer is."""

import functools
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, timezone

from .check import Check
from .zones import by_source, possible

DAY = timedelta(days=1)
MINUTES_A_DAY = 24 * 60
STEP = timedelta(days=2)  # how much is looked at in one go
HORIZON = timedelta(days=400)  # what does not open within a year and a bit never does
# How much longer to wait for a moment that is allowed wherever the customer may be
PATIENCE = timedelta(days=7)
# From this on a clock shows what it shows: the smallest change of an offset is a second
PRECISION = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of a wall clock at which sending is allowed, wherever that clock hangs.

    `weeks`: one week, or two that alternate, of seven days (Monday first) of (from, to) in minutes
    after midnight; empty: any time. `quiet`: (from, to) in minutes, over midnight when `to` is
    earlier. `closed`: (from, to) as naive datetimes: days off, on that clock.
    """

    weeks: tuple = ()
    quiet: tuple | None = None
    closed: tuple = field(default=())

    @property
    def is_always(self):
        return not (self.weeks or self.quiet or self.closed)

    def on(self, day):
        """Return [(from, to)] of a date, as naive datetimes."""
        spans = [(0, MINUTES_A_DAY)]
        if self.weeks:
            # the same count of weeks as Odoo's calendars of two weeks
            week = self.weeks[(day.toordinal() - 1) // 7 % len(self.weeks)]
            spans = list(week[day.weekday()])
        midnight = datetime.combine(day, time())
        spans = [
            (midnight + timedelta(minutes=start), midnight + timedelta(minutes=end))
            for start, end in _without(spans, self._quiet_spans())
        ]
        return _without(spans, self.closed)

    def _quiet_spans(self):
        if not self.quiet:
            return []
        start, end = self.quiet
        return [(start, end)] if start < end else [(0, end), (start, MINUTES_A_DAY)]


def check_hours(hours, candidates, moment):
    """Return the Check of a moment: it has to be allowed wherever the customer may be.

    Where no such moment comes soon, only the strongest source counts of those that have one.
    """
    at, counted = find_opening(hours, candidates, moment)
    return Check(
        "hours",
        moment,
        at,
        {
            "zones": [[candidate.name, candidate.source] for candidate in counted],
            "local": [
                moment.astimezone(candidate.zone).strftime("%Y-%m-%d %H:%M")
                for candidate in counted
            ],
            # how many zones there are without a common moment, when not all of them count
            "without_common": 0 if counted == possible(candidates) else len(possible(candidates)),
            "quiet": list(hours.quiet) if hours.quiet else None,
            "weeks": [[[list(span) for span in day] for day in week] for week in hours.weeks],
        },
    )


def find_opening(hours, candidates, moment):
    """Return the first allowed moment, None if none comes, and the candidates that count."""
    everywhere = possible(candidates)
    # how long it takes in one place: that hours are closed for long says nothing about places
    somewhere = next_open(hours, (everywhere[0].zone,), moment)
    if somewhere:
        until = somewhere + PATIENCE
        for group in (everywhere, *by_source(candidates)):
            at = next_open(hours, tuple(candidate.zone for candidate in group), moment, until)
            if at:
                return at, group
    return None, everywhere


def is_open(hours, zones, moment):
    """Tell whether a moment is allowed in all zones."""
    walls = [moment.astimezone(zone).replace(tzinfo=None) for zone in zones]
    return all(any(a <= wall < b for a, b in hours.on(wall.date())) for wall in walls)


@functools.lru_cache(maxsize=1024)
def next_open(hours, zones, moment, until=None):
    """Return the first moment that is allowed in all zones, or None.

    Not before `moment`, and not (much) after `until`. Many customers ask for the same.
    """
    moment = moment.astimezone(timezone.utc)
    if hours.is_always or is_open(hours, zones, moment):
        return moment
    since = moment
    while since < (until or moment + HORIZON):
        spans = [(since, since + STEP)]
        for zone in zones:
            spans = _both(spans, _open_spans(hours, zone, since, since + STEP))
        if spans:
            return spans[0][0]
        since += STEP
    return None


def _open_spans(hours, zone, since, until):
    """Return [(from, to)] in UTC of what is allowed in a zone.

    Piece by piece between the changes of its clocks: within one, the wall runs with the world.
    """
    spans = []
    for start, end, offset in _pieces(zone, since, until):
        first, last = ((moment + offset).replace(tzinfo=None) for moment in (start, end))
        day = first.date()
        while day <= last.date():
            walls = _both(hours.on(day), [(first, last)])
            spans += [
                tuple(wall.replace(tzinfo=timezone.utc) - offset for wall in span) for span in walls
            ]
            day += DAY
    return spans


def _pieces(zone, since, until):
    """Yield (from, to, offset): the times between the changes of a zone's clocks."""
    start = moment = since
    offset = _offset(zone, start)
    while moment < until:
        later = min(moment + DAY, until)
        if _offset(zone, later) != offset:
            change = _change(zone, moment, later)
            yield start, change, offset
            start, offset = change, _offset(zone, change)
            later = change
        moment = later
    if start < until:
        yield start, until, offset


def _change(zone, before, after):
    """Return when clocks change between two moments."""
    offset = _offset(zone, before)
    while after - before > PRECISION:
        middle = before + (after - before) / 2
        if _offset(zone, middle) == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def _offset(zone, moment):
    return moment.astimezone(zone).utcoffset()


def _both(one, other):
    """Return what lies in both lists of spans, in order."""
    spans = [(max(a, c), min(b, d)) for a, b in one for c, d in other]
    return sorted((start, end) for start, end in spans if start < end)


def _without(spans, holes):
    """Return spans without what lies in the holes."""
    for start, end in holes:
        spans = [
            piece
            for a, b in spans
            for piece in ((a, min(b, start)), (max(a, end), b))
            if piece[0] < piece[1]
        ]
    return list(spans)
