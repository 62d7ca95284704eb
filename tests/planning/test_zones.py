"""In which zone a customer may be, and the source of each."""

from datetime import datetime, timezone

import pytest

from omnichannel_connector.planning.zones import find_candidates, find_zone

NOW = datetime(2026, 1, 15, 12, tzinfo=timezone.utc)
GERMAN, NEW_YORKER = "+4915112345678", "+12125550123"
TOLL_FREE = "+18005550100"
RUSSIAN = "+79161234567"

# what is known, the zones (None: several), their sources
TABLE = [
    ({"own": "Asia/Tokyo", "numbers": [GERMAN]}, ["Asia/Tokyo"], {"own"}),
    ({"numbers": [GERMAN]}, ["Europe/Berlin"], {"number"}),
    ({"numbers": [GERMAN, GERMAN]}, ["Europe/Berlin"], {"number"}),
    (
        {"numbers": [GERMAN, NEW_YORKER]},
        ["Europe/Berlin", "America/New_York", "UTC"],
        {"number", "unknown"},
    ),
    ({"numbers": ["nonsense"], "company": "Europe/Lisbon"}, ["Europe/Lisbon"], {"company"}),
    # a number of nowhere in particular
    ({"numbers": ["+12345"], "company": "Europe/Lisbon"}, ["Europe/Lisbon"], {"company"}),
    ({"country": "DE"}, ["Europe/Berlin", "Europe/Busingen"], {"country"}),
    # where several are possible our own comes last: it counts when they have no common hour
    (
        {"country": "pt", "company": "Europe/Berlin"},
        ["Europe/Lisbon", "Atlantic/Madeira", "Atlantic/Azores", "Europe/Berlin"],
        {"country", "company"},
    ),
    ({"country": "XX"}, ["UTC"], {"unknown"}),
    # the country narrows what a number leaves open, and a number what a country does
    ({"numbers": [TOLL_FREE], "country": "JM"}, None, {"number_and_country"}),
    ({"numbers": [NEW_YORKER], "country": "US"}, ["America/New_York"], {"number_and_country"}),
    # they contradict each other: both
    ({"numbers": [NEW_YORKER], "country": "DE"}, None, {"number", "country", "unknown"}),
    # what stands on the record may be the zone of who typed it: it loses against all else
    ({"record": "Europe/Berlin"}, ["Europe/Berlin"], {"record"}),
    ({"record": "America/Denver", "country": "US"}, ["America/Denver"], {"record"}),
    ({"record": "Europe/Paris", "numbers": [NEW_YORKER]}, ["America/New_York"], {"number"}),
    ({"record": "Europe/Paris", "country": "JP"}, ["Asia/Tokyo"], {"country"}),
    ({"record": "Mars/Phobos", "company": "Europe/Lisbon"}, ["Europe/Lisbon"], {"company"}),
    ({"company": "nonsense"}, ["UTC"], {"unknown"}),
    ({}, ["UTC"], {"unknown"}),
]


@pytest.mark.parametrize(("known", "names", "sources"), TABLE)
def test_where_a_customer_may_be(known, names, sources):
    found = find_candidates(NOW, **known)
    assert {candidate.source for candidate in found} == sources
    if names:
        assert [candidate.name for candidate in found] == names


def test_a_country_with_many_zones_has_many_candidates():
    assert len(find_candidates(NOW, numbers=[RUSSIAN])) > 5
    assert len(find_candidates(NOW, numbers=[TOLL_FREE])) > 20
    assert len(find_candidates(NOW, country="US")) > 20


def test_a_number_of_many_places_leaves_those_in_the_country():
    found = find_candidates(NOW, numbers=[TOLL_FREE], country="JM")
    offsets = {NOW.astimezone(candidate.zone).utcoffset() for candidate in found}
    assert {offset.total_seconds() / 3600 for offset in offsets} == {-5}


@pytest.mark.parametrize("name", ["", None, "nonsense", "../../etc/passwd", "Europe"])
def test_what_is_no_zone(name):
    assert find_zone(name) is None
