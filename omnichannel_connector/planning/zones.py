"""In which time zone a customer may be, and how we know."""

import functools
from dataclasses import dataclass
from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

import phonenumbers
import pytz
from phonenumbers.timezone import time_zones_for_number

HALF_A_YEAR = timedelta(days=182)  # from summer time to winter time

# How a zone is known. The customer's own word comes first.
OWN, RECORD, NUMBER, COUNTRY = "own", "record", "number", "country"
NUMBER_AND_COUNTRY, COMPANY, UNKNOWN = "number_and_country", "company", "unknown"
STRONGEST_FIRST = (OWN, RECORD, NUMBER_AND_COUNTRY, NUMBER, COUNTRY, COMPANY, UNKNOWN)
ABOUT_US = (COMPANY, UNKNOWN)  # these say nothing about the customer


@dataclass(frozen=True, slots=True)
class Candidate:
    """A time zone that may be the customer's, and the source that says so."""

    name: str
    source: str

    @property
    def zone(self):
        return find_zone(self.name)


@functools.lru_cache(maxsize=1024)
def find_zone(name):
    """Return the zone of a name, None when there is no such zone.

    From the database of pytz: Odoo's own, which is there where the system has none.
    """
    try:
        with pytz.open_resource(name or "") as data:
            return ZoneInfo.from_file(data, key=name)
    except (OSError, ValueError):
        return None


def find_candidates(now, *, own="", record="", numbers=(), country="", company=""):
    """Return the zones in which a customer may be, as a tuple of Candidates; never empty.

    `own`: what the customer set. `record`: what stands on their record, which may be the zone of
    whoever typed it: it counts only where number or country do not contradict it. `numbers` in
    E.164. Where several are possible a moment has to be allowed in all of them; after them comes
    what counts when there is no such moment: see `possible`.
    """
    if find_zone(own):
        return (Candidate(own, OWN),)
    placed = _placed(now, numbers, country)
    known = {_signature(candidate.name, now) for candidate in placed}
    if find_zone(record) and (not placed or _signature(record, now) in known):
        return (Candidate(record, RECORD),)
    if len(known) == 1:
        return placed
    if find_zone(company):
        return (*placed, Candidate(company, COMPANY))
    return (*placed, Candidate("UTC", UNKNOWN))


def possible(candidates):
    """Return the candidates that say something about the customer; all where none does."""
    return tuple(c for c in candidates if c.source not in ABOUT_US) or tuple(candidates)


def by_source(candidates):
    """Return the candidates in a tuple for each source, the strongest first."""
    groups = (tuple(c for c in candidates if c.source == source) for source in STRONGEST_FIRST)
    return [group for group in groups if group]


def _placed(now, numbers, country):
    """Return the zones of the customer's numbers and country.

    A number that is used all over a continent says less than the country on the record. A number
    from elsewhere contradicts it: then both count.
    """
    of_numbers = dict.fromkeys(name for number in numbers for name in _of_number(number))
    of_country = _of_country(country)
    if not of_numbers or not of_country:
        return (
            *(Candidate(name, NUMBER) for name in of_numbers),
            *(Candidate(name, COUNTRY) for name in of_country),
        )
    known = {_signature(name, now) for name in of_country}
    common = [name for name in of_numbers if _signature(name, now) in known]
    if common:
        return tuple(Candidate(name, NUMBER_AND_COUNTRY) for name in common)
    return (
        *(Candidate(name, NUMBER) for name in of_numbers),
        *(Candidate(name, COUNTRY) for name in of_country),
    )


@functools.lru_cache(maxsize=4096)
def _of_number(number):
    try:
        names = time_zones_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return ()
    # "Etc/Unknown" is no zone
    return tuple(name for name in names if find_zone(name))


def _of_country(code):
    names = pytz.country_timezones.get((code or "").upper(), ())
    return tuple(name for name in names if find_zone(name))


@functools.lru_cache(maxsize=4096)
def _offsets(name, day):
    zone = find_zone(name)
    return tuple(zone.utcoffset(moment) for moment in (day, day + HALF_A_YEAR))


def _signature(name, now):
    """Return what clocks show there, in summer and in winter: a zone has several names."""
    day = now.astimezone(timezone.utc).replace(tzinfo=None, hour=12, minute=0, second=0)
    return _offsets(name, day.replace(microsecond=0))
