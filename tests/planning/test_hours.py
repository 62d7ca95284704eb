"""Send windows, quiet hours and days off, on the clocks of all the places where one may be."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnichannel_connector.planning.hours import Hours, check_hours, is_open, next_open
from omnichannel_connector.planning.zones import Candidate, find_candidates, find_zone

NIGHT = (21 * 60, 8 * 60)
QUIET = Hours(quiet=NIGHT)
NINE_TO_FIVE = ((9 * 60, 17 * 60),)
OFFICE = Hours(weeks=((NINE_TO_FIVE,) * 5 + ((), ()),))
SATURDAY = Hours(weeks=(((),) * 5 + (((10 * 60, 14 * 60),), ()),))
CHRISTMAS = (datetime.fromisoformat("2026-12-25"), datetime.fromisoformat("2026-12-27"))


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def opens(hours, names, moment):
    at = next_open(hours, tuple(find_zone(name) for name in names.split()), utc(moment))
    return at and at.strftime("%Y-%m-%d %H:%M")


# hours, zones, moment (UTC), when it opens (UTC)
TABLE = [
    ("no rule at all", Hours(), "Europe/Berlin", "2026-01-15 02:00", "2026-01-15 02:00"),
    ("in the day", QUIET, "Europe/Berlin", "2026-01-15 12:00", "2026-01-15 12:00"),
    ("quiet begins at 21:00 sharp", QUIET, "Europe/Berlin", "2026-01-15 20:00", "2026-01-16 07:00"),
    ("a minute before", QUIET, "Europe/Berlin", "2026-01-15 19:59", "2026-01-15 19:59"),
    ("quiet ends at 08:00 sharp", QUIET, "Europe/Berlin", "2026-01-15 07:00", "2026-01-15 07:00"),
    ("after midnight", QUIET, "Europe/Berlin", "2026-01-15 02:00", "2026-01-15 07:00"),
    ("in summer", QUIET, "Europe/Berlin", "2026-07-15 02:00", "2026-07-15 06:00"),
    ("far west", QUIET, "America/Los_Angeles", "2026-01-15 12:00", "2026-01-15 16:00"),
    ("quarter of an hour", QUIET, "Asia/Kathmandu", "2026-01-15 20:00", "2026-01-16 02:15"),
    (
        "half an hour of summer",
        QUIET,
        "Australia/Lord_Howe",
        "2026-01-15 12:00",
        "2026-01-15 21:00",
    ),
    ("and of winter", QUIET, "Australia/Lord_Howe", "2026-07-15 12:00", "2026-07-15 21:30"),
    # clocks go forward at 02:00 in the night, and back at 03:00
    ("night of spring", QUIET, "Europe/Berlin", "2026-03-28 22:00", "2026-03-29 06:00"),
    ("night of autumn", QUIET, "Europe/Berlin", "2026-10-24 22:00", "2026-10-25 07:00"),
    # 02:30 does not exist on that day: what begins then begins at 03:00
    (
        *("begins in the hour that is skipped", Hours(weeks=((((150, 300),),) * 7,))),
        *("Europe/Berlin", "2026-03-28 23:30", "2026-03-29 01:00"),
    ),
    # 02:30 comes twice: between 02:00 and 02:30 of the second time it is not open
    (
        *("the hour that comes twice, between", Hours(weeks=((((150, 300),),) * 7,))),
        *("Europe/Berlin", "2026-10-25 01:10", "2026-10-25 01:30"),
    ),
    (
        *("the hour that comes twice, first time", Hours(weeks=((((150, 300),),) * 7,))),
        *("Europe/Berlin", "2026-10-25 00:40", "2026-10-25 00:40"),
    ),
    # clocks jump from 24:00 to 01:00: this midnight does not exist
    (
        *("no midnight in Cairo", Hours(weeks=((((0, 120),),) * 7,))),
        *("Africa/Cairo", "2026-04-23 20:00", "2026-04-23 22:00"),
    ),
    (
        *("no midnight in Santiago", Hours(weeks=((((0, 120),),) * 7,))),
        *("America/Santiago", "2026-09-06 03:30", "2026-09-06 04:00"),
    ),
    # Samoa had no 30 December in 2011
    ("a day that is skipped", QUIET, "Pacific/Apia", "2011-12-30 08:00", "2011-12-30 18:00"),
    ("office, in the evening", OFFICE, "Europe/Berlin", "2026-01-15 18:00", "2026-01-16 08:00"),
    ("office, on Friday evening", OFFICE, "Europe/Berlin", "2026-01-16 18:00", "2026-01-19 08:00"),
    ("only on Saturday", SATURDAY, "Europe/Berlin", "2026-01-17 13:00", "2026-01-24 09:00"),
    (
        *("days off", Hours(quiet=NIGHT, closed=(CHRISTMAS,))),
        *("Europe/Berlin", "2026-12-24 21:00", "2026-12-27 07:00"),
    ),
    # Berlin 07:00-20:00, New York 13:00-02:00
    ("two places", QUIET, "Europe/Berlin America/New_York", "2026-01-15 08:00", "2026-01-15 13:00"),
    ("two, late", QUIET, "Europe/Berlin America/New_York", "2026-01-15 20:00", "2026-01-16 13:00"),
    # never day in both
    ("antipodes", OFFICE, "Pacific/Auckland Europe/Madrid", "2026-01-15 08:00", None),
    ("never", Hours(weeks=(((),) * 7,)), "Europe/Berlin", "2026-01-15 08:00", None),
    (
        *("quiet all the window", Hours(weeks=((((480, 540),),) * 7,), quiet=(420, 600))),
        *("Europe/Berlin", "2026-01-15 08:00", None),
    ),
]


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case[0])
def test_when_it_opens(case):
    _name, hours, zones, moment, expected = case
    assert opens(hours, zones, moment) == expected


def test_weeks_that_alternate_count_as_in_odoo():
    # Odoo: int(math.floor((date.toordinal() - 1) / 7) % 2)
    hours = Hours(weeks=((NINE_TO_FIVE,) + ((),) * 6, ((),) * 7))
    first = opens(hours, "UTC", "2026-01-01 00:00")
    second = opens(hours, "UTC", first[:10] + " 20:00")
    assert utc(second) - utc(first) == timedelta(days=14)
    day = utc(first).date()
    assert (day.weekday(), (day.toordinal() - 1) // 7 % 2) == (0, 0)


def test_the_check_tells_what_it_looked_at():
    check = check_hours(QUIET, [Candidate("Europe/Berlin", "number")], utc("2026-01-15 23:00"))
    assert not check.is_allowed
    assert check.to_record() == {
        "rule": "hours",
        "allowed": False,
        "next_at": "2026-01-16T07:00:00+00:00",
        "values": {
            "zones": [["Europe/Berlin", "number"]],
            "local": ["2026-01-16 00:00"],
            "without_common": 0,
            "quiet": [1260, 480],
            "weeks": [],
        },
    }


ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Africa/Cairo", "America/St_Johns")
YEAR = st.integers(min_value=0, max_value=365 * 24 * 4)
MINUTE = st.integers(min_value=0, max_value=24 * 4 - 1).map(lambda quarter: quarter * 15)


@settings(max_examples=60, deadline=None)
@given(YEAR, st.tuples(MINUTE, MINUTE), st.lists(st.sampled_from(ZONES), min_size=1, max_size=3))
def test_nothing_earlier_is_open(quarter, quiet, names):
    """Against the slow way: look at every quarter of an hour."""
    hours = Hours(quiet=quiet) if quiet[0] != quiet[1] else Hours()
    zones = tuple(find_zone(name) for name in names)
    moment = utc("2026-01-01 00:00") + timedelta(minutes=15 * quarter)
    quarters = (moment + timedelta(minutes=15 * step) for step in range(4 * 24 * 2))
    slow = next((at for at in quarters if is_open(hours, zones, at)), None)
    fast = next_open(hours, zones, moment)
    if slow is None:
        assert fast is None or fast > moment + timedelta(days=1)
    else:
        assert fast == slow


GERMAN, TOLL_FREE, BRITON = "+4915112345678", "+18005550100", "+447911123456"
BERLIN, RUSSIA = "Europe/Berlin", {"country": "RU"}
# what is known, the hours, now (UTC, a Monday), when it opens (UTC), which sources count
DOUBTS = [
    ("a country without a common hour", RUSSIA, OFFICE, "17:00", "07 08:00", {"company"}),
    ("the night of that country", RUSSIA, QUIET, "15:00", "07 06:00", {"country"}),
    ("a number of all America", {"numbers": [TOLL_FREE]}, OFFICE, "03:00", "06 08:00", {"company"}),
    ("number and country differ", {"numbers": [GERMAN], "country": "US"}, OFFICE, "17:00")
    + ("07 08:00", {"number"}),
    ("a record of a colleague", {"numbers": [BRITON], "record": "America/Los_Angeles"}, OFFICE)
    + ("10:00", "06 10:00", {"number"}),
    ("a common hour there is", {"numbers": [GERMAN, "+12125550123"]}, OFFICE, "09:00")
    + ("06 14:00", {"number"}),
    # closed for two weeks is not without a common hour
    ("holidays", {"numbers": [GERMAN, "+12125550123"]}, "closed", "09:00", "20 14:00", {"number"}),
]


@pytest.mark.parametrize("case", DOUBTS, ids=lambda case: case[0])
def test_it_opens_soon_however_much_is_possible(case):
    _name, known, hours, now, expected, sources = case
    if hours == "closed":
        days = (datetime.fromisoformat("2031-01-06"), datetime.fromisoformat("2031-01-20"))
        hours = Hours(weeks=OFFICE.weeks, closed=(days,))
    moment = utc(f"2031-01-06 {now}")
    candidates = find_candidates(moment, **known, company=BERLIN)
    check = check_hours(hours, candidates, moment)
    assert check.next_at == utc(f"2031-01-{expected}")
    assert {source for _zone, source in check.values["zones"]} == sources
    assert bool(check.values["without_common"]) == (sources == {"company"} or "differ" in case[0])
    assert check_hours(hours, candidates, check.next_at).is_allowed


def test_looking_for_a_common_hour_is_cheap():
    """Two hundred customers of one batch, anywhere in America: no half a second for each."""
    moment = utc("2031-01-06 12:00")
    candidates = find_candidates(moment, numbers=[TOLL_FREE], company=BERLIN)
    next_open.cache_clear()
    for _ in range(200):
        check_hours(OFFICE, candidates, moment)
    assert next_open.cache_info().misses < 10
