"""What a rule found, with the values that it looked at: the raw material of a decision record."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Check:
    """One rule's answer about one moment.

    `next_at` is when the rule allows it: the moment itself where it is allowed, later where it is
    not, None where it never will be. `values` is what the rule looked at, as JSON has it.
    """

    rule: str
    moment: datetime
    next_at: datetime | None
    values: dict = field(default_factory=dict)

    @property
    def is_allowed(self):
        return self.next_at == self.moment

    def to_record(self):
        """Return this as a dict that JSON can hold."""
        return {
            "rule": self.rule,
            "allowed": self.is_allowed,
            "next_at": self.next_at.isoformat() if self.next_at else None,
            "values": self.values,
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """What all rules together say about a moment.

    `at` is the first moment that all of them allow, None when there is none. `waits_for` is the
    check that asks for the longest wait, None when nothing has to wait.
    """

    moment: datetime
    at: datetime | None
    checks: tuple[Check, ...]

    @property
    def is_allowed(self):
        return self.at == self.moment

    @property
    def waits_for(self):
        refused = [check for check in self.checks if not check.is_allowed]
        never = next((check for check in refused if check.next_at is None), None)
        return never or max(refused, key=lambda check: check.next_at, default=None)

    @property
    def is_in_line(self):
        """Tell whether this is a moment in the line of the throttle, and the hours allow it."""
        waits_for = self.waits_for
        return bool(waits_for and waits_for.rule == "throttle" and self.at == waits_for.next_at)

    def to_record(self):
        """Return the checks as JSON can hold them."""
        return [check.to_record() for check in self.checks]
