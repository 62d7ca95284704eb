"""How long a step waits: by the stopwatch, on the wall, in working time, before a date."""

from datetime import datetime, timedelta, timezone

import pytest

from omnichannel_connector.planning.delays import (
    add_delay,
    add_work,
    add_working_days,
    check_date,
)
from omnichannel_connector.planning.zones import find_zone

BERLIN = "Europe/Berlin"


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


# since (UTC), number, unit, zones, then (UTC)
TABLE = [
    ("2026-01-15 10:00", 0, "days", BERLIN, "2026-01-15 10:00"),
    ("2026-01-15 10:00", 90, "minutes", BERLIN, "2026-01-15 11:30"),
    ("2026-01-15 10:00", 2, "days", BERLIN, "2026-01-17 10:00"),
    ("2026-01-15 10:00", 2, "weeks", BERLIN, "2026-01-29 10:00"),
    # a day is 23 hours in spring, 25 in autumn; 24 hours are 24 hours
    ("2026-03-28 10:00", 1, "days", BERLIN, "2026-03-29 09:00"),
    ("2026-03-28 10:00", 24, "hours", BERLIN, "2026-03-29 10:00"),
    ("2026-10-24 10:00", 1, "days", BERLIN, "2026-10-25 11:00"),
    # 02:30 does not exist on that day: 03:30
    ("2026-03-28 01:30", 1, "days", BERLIN, "2026-03-29 01:30"),
    # the second 02:30 of that night stays the second one
    ("2026-10-25 01:30", 1, "days", BERLIN, "2026-10-26 01:30"),
    ("2026-01-31 10:00", 1, "months", BERLIN, "2026-02-28 10:00"),
    ("2028-01-31 10:00", 1, "months", BERLIN, "2028-02-29 10:00"),
    ("2026-11-30 10:00", 3, "months", BERLIN, "2027-02-28 10:00"),
    ("2026-01-15 10:00", 6, "months", BERLIN, "2026-07-15 09:00"),
    ("2026-01-15 10:00", 24, "months", BERLIN, "2028-01-15 10:00"),
    # a day of the other side of the date line
    ("2026-01-15 10:00", 1, "days", "Pacific/Kiritimati", "2026-01-16 10:00"),
    # clocks changed in one of both: the later
    ("2026-03-28 10:00", 1, "days", f"{BERLIN} Asia/Tokyo", "2026-03-29 10:00"),
]


@pytest.mark.parametrize("case", TABLE, ids=lambda case: " ".join(map(str, case[:3])))
def test_delay_on_the_wall(case):
    since, number, unit, names, then = case
    zones = [find_zone(name) for name in names.split()]
    assert add_delay(utc(since), number, unit, zones) == utc(then)


WORK = [
    (utc("2026-01-15 09:00"), utc("2026-01-15 12:00")),
    (utc("2026-01-15 13:00"), utc("2026-01-15 17:00")),
    (utc("2026-01-16 09:00"), utc("2026-01-16 12:00")),
    (utc("2026-01-19 09:00"), utc("2026-01-19 12:00")),
]


@pytest.mark.parametrize(
    ("since", "hours", "then"),
    [
        ("2026-01-15 10:00", 1, "2026-01-15 11:00"),
        ("2026-01-15 10:00", 2, "2026-01-15 12:00"),
        ("2026-01-15 10:00", 3, "2026-01-15 14:00"),
        ("2026-01-15 16:00", 3, "2026-01-16 11:00"),
        ("2026-01-15 20:00", 0, "2026-01-16 09:00"),
        ("2026-01-15 12:00", 0, "2026-01-15 13:00"),
        ("2026-01-15 10:00", 0, "2026-01-15 10:00"),
        ("2026-01-17 10:00", 3, "2026-01-19 12:00"),
        ("2026-01-17 10:00", 4, None),
    ],
)
def test_working_time(since, hours, then):
    at = add_work(utc(since), timedelta(hours=hours), WORK)
    assert at == (utc(then) if then else None)


@pytest.mark.parametrize(
    ("since", "days", "then"),
    [
        ("2026-01-15 10:00", 0, "2026-01-15 10:00"),
        ("2026-01-15 10:00", 1, "2026-01-16 10:00"),
        ("2026-01-15 10:00", 2, "2026-01-19 10:00"),
        ("2026-01-17 20:00", 1, "2026-01-19 20:00"),
        ("2026-01-15 10:00", 3, None),
    ],
)
def test_working_days(since, days, then):
    at = add_working_days(utc(since), days, WORK, find_zone("UTC"))
    assert at == (utc(then) if then else None)


@pytest.mark.parametrize(
    ("number", "unit", "direction", "now", "due"),
    [
        (2, "hours", "before", "2026-03-29 07:00", "2026-03-29 08:00"),
        (2, "hours", "before", "2026-03-29 08:00", "2026-03-29 08:00"),
        (2, "hours", "before", "2026-03-29 08:01", None),
        (1, "days", "before", "2026-03-01 00:00", "2026-03-28 11:00"),  # noon, as then
        (1, "days", "after", "2026-03-29 08:01", "2026-03-30 10:00"),
        (1, "months", "before", "2026-01-01 00:00", "2026-02-28 11:00"),
    ],
)
def test_before_and_after_a_date(number, unit, direction, now, due):
    anchor = utc("2026-03-29 10:00")
    check = check_date(anchor, number, unit, direction, [find_zone(BERLIN)], utc(now))
    assert check.next_at == (utc(due) if due else None)
    assert check.values["direction"] == direction
