"""Calls per second, really counted, where a test switches the limit on."""

import threading
import time
from collections import deque

from .state import State


class RateLimits:
    """Counts accepted calls in the second that has just passed. Real time, not the sandbox's."""

    def __init__(self, state: State):
        self._state = state
        self._lock = threading.Lock()
        self._calls: dict[str, deque[float]] = {}
        self._blocked: dict[str, float] = {}

    def takes(self, key: str, rate: float) -> bool:
        """Count a call and tell whether it is within the limit. `rate` 0 = no limit.

        After one call too many all are refused for `rate_block` seconds, and each of those
        makes it longer, as calling on while limited does at Meta.
        """
        if not rate:
            return True
        now = time.monotonic()
        with self._lock:
            calls = self._calls.setdefault(key, deque())
            while calls and calls[0] <= now - 1:
                calls.popleft()
            if now >= self._blocked.get(key, 0) and len(calls) < rate:
                calls.append(now)
                return True
            self._blocked[key] = now + self._state.settings.rate_block
        self._state.log.add("rate_limited", key=key, rate=rate)
        return False
