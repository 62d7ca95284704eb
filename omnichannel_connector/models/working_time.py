"""Working time of calendars, for many moments at once."""

from datetime import timedelta

from .timing import aware, to_naive_utc

WINDOW = timedelta(days=14)


def holidays(company):
    """Return the domain of the public holidays of a company; Odoo asks for everybody's."""
    return [("time_type", "=", "leave"), ("company_id", "in", [False, *company.ids])]


class WorkingTime:
    """Adds and counts minutes of working time. Moments are as Odoo stores them: naive, UTC.

    Reads each calendar once a week of moments, however many they are. Without a calendar the clock
    of the wall counts. A calendar's hours are in its own time zone, also when clocks change. Public
    holidays are those of `company`, else of the calendar's: companies may share a calendar.
    """

    def __init__(self):
        self._spans = {}

    def add(self, calendar, since, minutes, company=None):
        """Return the moment when so many minutes of work have passed, or None if it never comes."""
        if not calendar:
            return since + timedelta(minutes=minutes)
        left = timedelta(minutes=minutes)
        for start, stop in self._weeks(calendar, since, company):
            start = max(start, since)
            if stop - start >= left:
                return start + left
            left -= max(stop - start, timedelta(0))
        due = _calendar(calendar, company).plan_hours(
            minutes / 60,
            aware(since),
            compute_leaves=True,
            domain=holidays(company or calendar.company_id),
        )
        return to_naive_utc(due) if due else None

    def between(self, calendar, since, until, company=None):
        """Return the minutes of work between two moments."""
        if until <= since:
            return 0.0
        if not calendar:
            return (until - since).total_seconds() / 60
        return 60 * _calendar(calendar, company).get_work_hours_count(
            aware(since), aware(until), domain=holidays(company or calendar.company_id)
        )

    def _weeks(self, calendar, since, company):
        """Return [(start, end)] of the work in the week of a moment and the one after it."""
        monday = since.date() - timedelta(days=since.weekday())
        company = company or calendar.company_id
        key = calendar.id, company.id, monday
        if key not in self._spans:
            start = aware(since.replace(hour=0, minute=0, second=0, microsecond=0))
            start -= timedelta(days=since.weekday())
            spans = _calendar(calendar, company)._work_intervals_batch(
                start, start + WINDOW, domain=holidays(company)
            )[False]
            self._spans[key] = [(to_naive_utc(span[0]), to_naive_utc(span[1])) for span in spans]
        return self._spans[key]


def _calendar(calendar, company):
    """Return a calendar as a company sees it, or its own company."""
    return calendar.with_company(company or calendar.company_id)
