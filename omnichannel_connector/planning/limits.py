"""How much one person, or one account, gets at most, and which follow-up goes first."""

from datetime import timedelta

from .check import Check

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def check_cap(rule, sent, count, period, moment):
    """Return the Check of "at most `count` in any `period`", of which `sent` went already.

    With a count of one it is the least distance between two.
    """
    recent = sorted(at for at in sent if moment - period < at)
    values = {
        "count": count,
        "hours": period / HOUR,
        "sent": len(recent),
        "last": recent[-1].isoformat() if recent else None,
    }
    if len(recent) < count:
        return Check(rule, moment, moment, values)
    # when so many have grown old that one more is allowed
    return Check(rule, moment, recent[-count] + period, values)


def check_throttle(full_since, per_hour, moment, last_planned=None):
    """Return the Check of "at most so many an hour through this account".

    `full_since` is when the first of the last `per_hour` went, None when fewer went within the
    hour. `last_planned` is for when the last in line is planned: who waits gets a place behind it,
    so that a crowd is looked at once and not again every hour.
    """
    values = {"count": per_hour}
    if full_since is None or full_since <= moment - HOUR:
        return Check("throttle", moment, moment, values)
    slot = full_since + HOUR
    if last_planned:
        slot = max(slot, last_planned + HOUR / per_hour)
    return Check("throttle", moment, slot, values)


def check_priority(priority, others, distance, moment):
    """Return the Check of "what is more important goes first".

    `others` are (priority, due, name) of the same person's other follow-ups. One that is due within
    the least distance, and more important, goes before; this one keeps its distance to it.
    """
    first = [other for other in others if other[0] > priority and other[1] <= moment + distance]
    if not first:
        return Check("priority", moment, moment, {"priority": priority})
    _, due, name = max(first, key=lambda other: other[1])
    values = {"priority": priority, "behind": name, "due": due.isoformat()}
    return Check("priority", moment, max(due, moment) + max(distance, MINUTE), values)
