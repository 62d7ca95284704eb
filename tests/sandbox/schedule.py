"""Tasks that run later: one thread, however many of them wait."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable

Task = Callable[[], object]


class Schedule:
    """Runs each task once when its time comes. Tasks are short: they only put work in a lane."""

    def __init__(self):
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        self._waiting: list[tuple[float, int, Task]] = []
        self._thread: threading.Thread | None = None
        self._closed = False

    def after(self, seconds: float, task: Task):
        """Run the task so many seconds from now."""
        with self._changed:
            heapq.heappush(self._waiting, (time.monotonic() + seconds, next(self._numbers), task))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            self._changed.notify()

    def clear(self):
        """Forget what waits."""
        with self._changed:
            self._waiting.clear()

    def close(self):
        """Run nothing any more."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _run(self):
        while (task := self._next()) is not None:
            task()

    def _next(self) -> Task | None:
        with self._changed:
            while not self._closed:
                if not self._waiting:
                    self._changed.wait()
                elif (left := self._waiting[0][0] - time.monotonic()) > 0:
                    self._changed.wait(left)
                else:
                    return heapq.heappop(self._waiting)[2]
        return None
