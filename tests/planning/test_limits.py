"""Caps, distances, throttles, priorities, and all rules together."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnichannel_connector.planning.hours import Hours
from omnichannel_connector.planning.limits import check_cap, check_priority, check_throttle
from omnichannel_connector.planning.policy import Facts, Policy, check_now, plan
from omnichannel_connector.planning.zones import Candidate, find_zone

NOW = datetime(2026, 1, 15, 12, tzinfo=timezone.utc)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
BERLIN = (Candidate("Europe/Berlin", "number"),)
NIGHT = Hours(quiet=(21 * 60, 8 * 60))


@pytest.mark.parametrize(
    ("days_ago", "count", "next_in"),
    [
        ([], 1, 0),
        ([1], 1, 6),
        ([7], 1, 0),  # a week ago to the second is a week ago
        ([8], 1, 0),
        ([6, 1], 2, 1),
        ([6, 1], 3, 0),
        ([6, 5, 4], 2, 2),  # more than allowed went already: until one of the last two is old
        ([6, 5, 4], 1, 3),
    ],
)
def test_cap(days_ago, count, next_in):
    sent = [NOW - DAY * days for days in days_ago]
    check = check_cap("cap", sent, count, WEEK, NOW)
    assert check.next_at == NOW + DAY * next_in
    assert check.is_allowed == (not next_in)
    assert check.values["count"] == count


@settings(deadline=None)
@given(st.lists(st.integers(0, 20 * 24), max_size=12), st.integers(1, 4))
def test_after_the_wait_the_cap_holds(hours_ago, count):
    sent = [NOW - HOUR * hours for hours in hours_ago]
    at = check_cap("cap", sent, count, WEEK, NOW).next_at
    assert check_cap("cap", sent, count, WEEK, at).is_allowed
    assert sum(at - WEEK < moment for moment in sent) < count


def test_throttle_lines_up_who_waits():
    full_since = NOW - timedelta(minutes=50)  # and ten minutes ago the second
    first = check_throttle(full_since, 2, NOW)
    assert first.next_at == NOW + timedelta(minutes=10)
    behind = check_throttle(full_since, 2, NOW, first.next_at)
    assert behind.next_at == first.next_at + HOUR / 2
    assert check_throttle(None, 2, NOW, behind.next_at).is_allowed


@pytest.mark.parametrize(
    ("own", "others", "distance", "next_in"),
    [
        (0, [(1, NOW, "Cart")], DAY, 24),
        (0, [(1, NOW + 5 * HOUR, "Cart")], DAY, 29),
        (0, [(1, NOW + 25 * HOUR, "Cart")], DAY, 0),  # far enough away
        (1, [(1, NOW, "Cart")], DAY, 0),  # who was first goes first
        (2, [(1, NOW, "Cart")], DAY, 0),
        (0, [(1, NOW, "Cart"), (2, NOW + 2 * HOUR, "Bill")], DAY, 26),
        (0, [(1, NOW - HOUR, "Cart")], timedelta(0), 1 / 60),
    ],
)
def test_priority(own, others, distance, next_in):
    check = check_priority(own, others, distance, NOW)
    assert check.next_at == NOW + HOUR * next_in
    if next_in:
        assert check.values["behind"] in ("Cart", "Bill")


def decide(policy, now=NOW, spread=timedelta(0), **facts):
    return check_now(policy, Facts(BERLIN, **facts), now, spread)


def test_nothing_in_the_way():
    decision = decide(Policy(hours=NIGHT, cap_count=2, cap_period=WEEK))
    assert decision.is_allowed
    assert decision.waits_for is None
    assert [check.rule for check in decision.checks] == ["hours", "cap"]


def test_after_the_cap_comes_the_night():
    """One a day, the last at 20:30: that is a day later in the evening, not in the night."""
    late = datetime(2026, 1, 14, 20, 30, tzinfo=timezone.utc)  # 21:30 in Berlin
    decision = decide(Policy(hours=NIGHT, distance=DAY), sent_by_others=(late,))
    assert decision.waits_for.rule == "distance"
    assert decision.at == datetime(2026, 1, 16, 7, tzinfo=timezone.utc)


def test_the_longest_wait_is_the_reason():
    decision = decide(
        Policy(hours=NIGHT, cap_count=1, cap_period=WEEK, per_hour=1),
        sent=(NOW - DAY,),
        full_since=NOW - HOUR / 2,
    )
    assert decision.waits_for.rule == "cap"
    assert {check.rule for check in decision.checks if not check.is_allowed} == {"cap", "throttle"}


def test_who_waits_is_spread_but_not_into_the_night():
    night = datetime(2026, 1, 15, 22, tzinfo=timezone.utc)
    opening = datetime(2026, 1, 16, 7, tzinfo=timezone.utc)
    policy = Policy(hours=NIGHT)
    assert plan(policy, BERLIN, night, timedelta(minutes=20)).at == opening + timedelta(minutes=20)
    assert plan(policy, BERLIN, night, timedelta(hours=14)).at == opening
    at_noon = plan(policy, BERLIN, NOW, timedelta(minutes=20))
    assert at_noon.at == NOW + timedelta(minutes=20)
    assert at_noon.waits_for is None
    assert plan(policy, BERLIN, NOW, timedelta(hours=10)).at == NOW


def test_who_stands_in_line_is_not_spread():
    """The line is spread already; else each would stand so much later than the one before."""
    decision = decide(Policy(hours=NIGHT, per_hour=1), NOW, HOUR / 2, full_since=NOW - HOUR / 2)
    assert decision.is_in_line
    assert decision.at == NOW + HOUR / 2


def test_who_has_to_wait_for_the_morning_leaves_the_line():
    """Whose turn comes in their night would keep the others waiting until morning."""
    evening = datetime(2026, 1, 15, 19, 50, tzinfo=timezone.utc)
    decision = decide(Policy(hours=NIGHT, per_hour=1), evening, full_since=evening - HOUR / 2)
    assert decision.waits_for.rule == "throttle"
    assert decision.at == datetime(2026, 1, 16, 7, tzinfo=timezone.utc)
    assert not decision.is_in_line


def test_what_never_opens_never_comes():
    decision = decide(Policy(hours=Hours(weeks=(((),) * 7,))))
    assert decision.at is None
    assert decision.waits_for.rule == "hours"
    assert decision.to_record()[0]["next_at"] is None


PLACES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Africa/Cairo", "America/St_Johns")
OFFICE = Hours(weeks=((((9 * 60, 17 * 60),),) * 5 + ((), ()),), quiet=(12 * 60, 13 * 60))


def in_office(moment, name):
    """Say it again, without the planner: nine to five but noon, Monday to Friday."""
    wall = moment.astimezone(find_zone(name))
    return wall.weekday() < 5 and wall.hour in (9, 10, 11, 13, 14, 15, 16)


@settings(deadline=None)
@given(
    st.integers(0, 366 * 24 * 60),
    st.lists(st.sampled_from(PLACES), min_size=1, max_size=2, unique=True),
    st.lists(st.integers(0, 10 * 24 * 60), max_size=5),
    st.integers(0, 6 * 60),
)
def test_all_rules_hold_at_the_planned_moment(minutes, places, minutes_ago, spread):
    """Anywhere, on any day of the year: an hour of the office everywhere, and the cap holds."""
    now = NOW + timedelta(minutes=minutes)
    sent = tuple(now - timedelta(minutes=ago) for ago in minutes_ago)
    policy = Policy(hours=OFFICE, cap_count=2, cap_period=WEEK)
    candidates = tuple(Candidate(name, "country") for name in places)
    facts = Facts(candidates, sent=sent)
    at = check_now(policy, facts, now, timedelta(minutes=spread)).at
    if at is None:  # no hour is one of the office in both
        assert len(places) == 2
        return
    assert all(in_office(at, name) for name in places)
    assert sum(at - WEEK < moment for moment in sent) < 2
    assert check_now(policy, facts, at).is_allowed


@settings(deadline=None)
@given(
    st.integers(0, 24 * 60),
    st.lists(st.integers(0, 10 * 24 * 60), max_size=5),
    st.integers(1, 3),
    st.integers(0, 48),
)
def test_what_is_planned_is_allowed_then(minutes, minutes_ago, cap, distance):
    """One look more at the planned moment finds nothing in the way: no busy loop."""
    policy = Policy(hours=NIGHT, cap_count=cap, cap_period=WEEK, distance=timedelta(hours=distance))
    now = NOW + timedelta(minutes=minutes)
    sent = tuple(now - timedelta(minutes=ago) for ago in minutes_ago)
    decision = decide(policy, now, sent=sent, sent_by_others=sent)
    assert decide(policy, decision.at, sent=sent, sent_by_others=sent).is_allowed
