"""The record of everything that happened, in order, on which tests and the page wait."""

import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime, timezone

KEEP = 200_000  # crash tests look back over many rounds

Entry = dict


class Log:
    """Append-only entries, numbered from 1. Thread-safe; numbers survive a reset."""

    def __init__(self):
        self._entries: deque[Entry] = deque(maxlen=KEEP)
        self._of_kind: dict[str, deque[Entry]] = {}
        self._changed = threading.Condition()
        self._last = 0
        self._closed = False

    @property
    def last(self) -> int:
        """Return the number of the newest entry."""
        return self._last

    def add(self, kind: str, **values) -> Entry:
        """Append an entry and wake everybody who waits."""
        at = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        with self._changed:
            self._last += 1
            entry = {"n": self._last, "at": at, "kind": kind, **values}
            self._entries.append(entry)
            self._of_kind.setdefault(kind, deque(maxlen=KEEP)).append(entry)
            self._changed.notify_all()
        return entry

    def entries(self, after: int = 0, **match) -> list[Entry]:
        """Return the entries behind number `after` whose values equal `match`, oldest first."""
        return self.select(lambda entry: matches(entry, match), after, match.get("kind"))

    def select(
        self, wanted: Callable[[Entry], bool], after: int = 0, kind: str | None = None
    ) -> list[Entry]:
        """Return the entries behind number `after` that `wanted` accepts, oldest first.

        With a `kind` only the entries of that kind are looked at.
        """
        found = []
        with self._changed:
            entries = self._entries if kind is None else self._of_kind.get(kind, ())
            for entry in reversed(entries):
                if entry["n"] <= after:
                    break
                if wanted(entry):
                    found.append(entry)
        return found[::-1]

    def wait(self, count: int = 1, after: int = 0, timeout: float = 10.0, **match) -> list[Entry]:
        """Return once `count` entries match. After `timeout` return those that there are."""
        kind = match.get("kind")
        return self.wait_for(lambda entry: matches(entry, match), count, after, timeout, kind)

    def wait_for(
        self,
        wanted: Callable[[Entry], bool],
        count: int = 1,
        after: int = 0,
        timeout: float = 10.0,
        kind: str | None = None,
    ) -> list[Entry]:
        """Like `wait`, with a function instead of values. Each entry is looked at once."""
        deadline = time.monotonic() + timeout
        found: list[Entry] = []
        with self._changed:
            while True:
                found += self.select(wanted, after, kind)
                after = max(after, self._last)
                left = deadline - time.monotonic()
                if len(found) >= count or left <= 0 or self._closed:
                    return found
                self._changed.wait(left)

    def clear(self):
        """Forget all entries; go on counting, so that waiters miss nothing."""
        with self._changed:
            self._entries.clear()
            self._of_kind.clear()

    def close(self):
        """Let everybody who waits go."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


def matches(entry: Entry, match: dict) -> bool:
    """Tell whether the entry has all these values. Numbers and texts compare as texts."""
    return all(str(entry.get(name)) == str(value) for name, value in match.items())
