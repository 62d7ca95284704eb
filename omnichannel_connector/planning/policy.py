"""All rules together: may this follow-up be sent now, and if not, when."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .check import Decision
from .hours import Hours, check_hours, find_opening
from .limits import check_cap, check_priority, check_throttle

NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a sequence wants. A count of 0 or an empty period is no limit."""

    hours: Hours = Hours()
    cap_count: int = 0
    cap_period: timedelta = NOTHING
    distance: timedelta = NOTHING
    per_hour: int = 0
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a customer and an account when it is asked.

    `sent` is when follow-ups went to this person; `sent_by_others` are those of other sequences:
    how far apart the steps of one are, it says itself. `others`: see `check_priority`; `full_since`
    and `last_planned`: see `check_throttle`.
    """

    candidates: tuple
    sent: tuple[datetime, ...] = ()
    sent_by_others: tuple[datetime, ...] = ()
    full_since: datetime | None = None
    others: tuple = ()
    last_planned: datetime | None = None


def plan(policy, candidates, moment, spread=NOTHING):
    """Return the Decision for when a step that is due at a moment is to run.

    Only the hours: what else may be in the way is not known before. Also what may run then is
    spread; `waits_for` tells whether the hours are why it is later.
    """
    check = check_hours(policy.hours, candidates, moment)
    decision = _decide(policy, candidates, moment, (check,), spread)
    if decision.is_allowed and _is_open(policy, candidates, moment + spread):
        return replace(decision, at=moment + spread)
    return decision


def check_now(policy, facts, moment, spread=NOTHING):
    """Return the Decision for sending now. What it looked at is on its checks, refused or not."""
    checks = [check_hours(policy.hours, facts.candidates, moment)]
    if policy.cap_count and policy.cap_period:
        checks.append(check_cap("cap", facts.sent, policy.cap_count, policy.cap_period, moment))
    if policy.distance:
        checks.append(check_cap("distance", facts.sent_by_others, 1, policy.distance, moment))
    if facts.others:
        checks.append(check_priority(policy.priority, facts.others, policy.distance, moment))
    if policy.per_hour:
        checks.append(check_throttle(facts.full_since, policy.per_hour, moment, facts.last_planned))
    return _decide(policy, facts.candidates, moment, tuple(checks), spread)


def _decide(policy, candidates, moment, checks, spread):
    """Return the Decision: the first moment that the hours allow when the other rules do.

    Who has to wait is spread, as far as the hours allow, so that not all come at once then. Who
    stands in line is not: there everybody has their own moment.
    """
    if any(check.next_at is None for check in checks):
        return Decision(moment, None, checks)
    earliest = max(check.next_at for check in checks)
    decision = Decision(moment, find_opening(policy.hours, candidates, earliest)[0], checks)
    if decision.at is None or decision.is_allowed or decision.is_in_line:
        return decision
    if _is_open(policy, candidates, decision.at + spread):
        return replace(decision, at=decision.at + spread)
    return decision


def _is_open(policy, candidates, moment):
    return find_opening(policy.hours, candidates, moment)[0] == moment
