"""Where a call waits for what people do: at once as planned, or step by step by hand."""

import threading
import time

# What may happen in each phase of a call.
ACTIONS = {
    "ringing": {
        "answer": "answered",
        "decline": "busy",
        "timeout": "no-answer",
        "fail": "failed",
        "hangup": "hangup",  # of the caller
    },
    "talking": {"hangup": "hangup", "end": "end"},  # end: the called one hangs up
    "recording": {"hangup": "hangup"},
}


class Gate:
    """One call's gate. Without `is_manual` nobody waits longer than `ring` seconds."""

    def __init__(self, is_manual: bool, ring: float = 0):
        self.is_manual = is_manual
        self._ring = ring
        self._changed = threading.Condition()
        self._outcome: str | None = None
        self._is_closed = False
        self.phase = "starting"
        self.seconds: float | None = None  # how long the phase lasted, when somebody said it

    def wait(self, phase: str, planned: str) -> str:
        """Return what happens in this phase, the plan unless it is done by hand."""
        with self._changed:
            self.phase, self._outcome = phase, None
            self._changed.notify_all()
            pause = None if self.is_manual else (self._ring if phase == "ringing" else 0)
            self._changed.wait_for(lambda: self._outcome or self._is_closed, pause)
            outcome = self._outcome or ("hangup" if self._is_closed else planned)
            self.phase = "busy"
        return outcome

    def act(self, action: str, seconds: float | None = None) -> bool:
        """Do something in the present phase; tell whether that is possible."""
        with self._changed:
            outcome = ACTIONS.get(self.phase, {}).get(action)
            if outcome is None:
                return False
            self._outcome, self.seconds = outcome, seconds
            self.phase = "busy"
            self._changed.notify_all()
        return True

    def finish(self):
        """Note that the call is over."""
        with self._changed:
            self.phase = "over"
            self._changed.notify_all()

    def close(self):
        """Let the call end at once, whatever it waits for."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def settle(self, timeout: float = 30) -> str:
        """Wait until the call waits for somebody or is over; return the phase."""
        deadline = time.monotonic() + timeout
        with self._changed:
            resting = {"over", *ACTIONS} if self.is_manual else {"over"}
            self._changed.wait_for(lambda: self.phase in resting, deadline - time.monotonic())
            return self.phase
