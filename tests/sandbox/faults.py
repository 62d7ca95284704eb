"""Injected faults: what the next API calls and webhooks suffer."""

import itertools
import threading
from collections.abc import Callable
from typing import Protocol

from .log import Log
from .web import Answer, ControlError

API_ACTIONS = {
    "delay",  # answer late
    "hang",  # process; the answer comes `seconds` later, or never (`late` false)
    "echo_first",  # process; deliver its webhooks before the answer
    "rate_limit",  # 429 with the provider's hints, not processed
    "error",  # the provider's own error (`code`, `subcode`, `status`), not processed
    "error_before",  # 500, not processed
    "error_after",  # 500 although processed
    "reset_before",  # TCP reset, not processed
    "reset_after",  # TCP reset although processed
    "slow_body",  # processed; the answer trickles in for `seconds`
    "invalid_json",  # processed; 200 with half an answer
}
WEBHOOK_ACTIONS = {
    "duplicate",  # deliver `copies` more times
    "reorder",  # keep `size` webhooks, then deliver them in reverse
    "hold",  # keep until POST /control/webhooks/release
    "drop",  # never deliver
    "delay",  # deliver `seconds` later
    "bad_signature",  # deliver with a wrong signature
}
MAIL_ACTIONS = {
    "reject",  # 550, for good
    "temporary",  # 451, try again later
    "delay",  # answer late
}
ACTIONS = API_ACTIONS | WEBHOOK_ACTIONS | MAIL_ACTIONS


class Provider(Protocol):
    """What a provider must know to suffer: its own forms of failure."""

    code: str

    def rate_limited(self, params: dict) -> Answer: ...

    def failure(self, params: dict) -> Answer: ...

    def server_error(self) -> Answer: ...


class Fault:
    """One fault. `remaining` None = always."""

    def __init__(self, number: int, spec: dict):
        self.id = number
        self.provider = spec.pop("provider", "*")
        self.call = spec.pop("call", "smtp" if self.provider == "email" else "*")
        self.action = spec.pop("action", "")
        times = spec.pop("times", 1)
        self.remaining = None if times == "always" else times
        self.params = spec
        self.group: list = []  # webhooks that a reorder has collected
        self._released = threading.Event()
        self._check()

    def _check(self):
        if self.provider == "email" and self.call != "smtp":
            raise ControlError("e-mail knows one call: smtp")
        actions = actions_of(self.call)
        if self.action not in actions:
            known = ", ".join(sorted(actions))
            raise ControlError(f"unknown action {self.action!r} for {self.call!r}: use {known}")
        if self.action == "reorder":
            self.remaining = int(self.params.setdefault("size", 2))
        if self.remaining is not None and (
            not isinstance(self.remaining, int) or self.remaining < 1
        ):
            raise ControlError("times is a number above 0, or 'always'")

    def fits(self, provider: str, call: str) -> bool:
        """Tell whether this fault is for that call. "webhook" means every kind of webhook."""
        if self.provider not in ("*", provider):
            return False
        if self.call == "*":
            return not call.startswith("webhook") and call != "smtp"
        return call == self.call or (self.call == "webhook" and call.startswith("webhook."))

    def pause(self, default: float):
        """Wait for the fault's `seconds`, or until somebody removes the fault."""
        self._released.wait(float(self.params.get("seconds", default)))

    def release(self):
        """Let everybody go who waits in this fault."""
        self._released.set()

    def public(self) -> dict:
        """Return what the control API tells about it."""
        return {
            "id": self.id,
            "provider": self.provider,
            "call": self.call,
            "action": self.action,
            "remaining": "always" if self.remaining is None else self.remaining,
            **self.params,
        }


def actions_of(call: str) -> set[str]:
    """Return what can go wrong with a call."""
    if call == "smtp":
        return MAIL_ACTIONS
    return WEBHOOK_ACTIONS if call.startswith("webhook") else API_ACTIONS


class Faults:
    """The faults that wait for their call, oldest first. Thread-safe."""

    def __init__(self, log: Log):
        self._log = log
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._waiting: list[Fault] = []
        self._seen: list[Fault] = []  # also used-up ones: somebody may still hang in them

    def add(self, **spec) -> Fault:
        """Arm a fault: provider, call, action, times (1, N or "always") and its parameters."""
        with self._lock:
            fault = Fault(next(self._numbers), spec)
            self._waiting.append(fault)
            self._seen.append(fault)
        self._log.add("fault_armed", fault=fault.public())
        return fault

    def take(self, provider: str, call: str) -> Fault | None:
        """Return the fault that this call suffers and count it, or None."""
        with self._lock:
            fault = next((f for f in self._waiting if f.fits(provider, call)), None)
            if fault is None:
                return None
            if fault.remaining is not None:
                fault.remaining -= 1
                if fault.remaining == 0:
                    self._waiting.remove(fault)
        self._log.add("fault", provider=provider, call=call, action=fault.action, fault=fault.id)
        return fault

    def active(self) -> list[dict]:
        """Return the faults that still wait for a call."""
        with self._lock:
            return [fault.public() for fault in self._waiting]

    def remove(self, number: int | None = None) -> int:
        """Remove one fault or all, and release the calls that hang in them."""
        with self._lock:
            removed = [f for f in self._seen if number in (None, f.id)]
            self._waiting = [f for f in self._waiting if f not in removed]
            self._seen = [f for f in self._seen if f not in removed]
        for fault in removed:
            fault.release()
        if removed:
            self._log.add("fault_removed", faults=[fault.id for fault in removed])
        return len(removed)


def suffer(fault: Fault | None, provider: Provider, process: Callable[[], Answer]) -> Answer:
    """Run an API call under a fault and return the answer that the client shall see."""
    if fault is None:
        return process()
    return _SUFFER[fault.action](fault, provider, process)


def _delay(fault, provider, process):
    fault.pause(default=1)
    return process()


def _hang(fault, provider, process):
    answer = _run_after(process())
    fault.pause(default=60)
    if not fault.params.get("late"):
        answer.transport = "close"
    return answer


def _echo_first(fault, provider, process):
    return _run_after(process(), sync=True)


def _rate_limit(fault, provider, process):
    return provider.rate_limited(fault.params)


def _error(fault, provider, process):
    return provider.failure(fault.params)


def _error_before(fault, provider, process):
    return provider.server_error()


def _error_after(fault, provider, process):
    answer = provider.server_error()
    answer.after = process().after
    return answer


def _reset_before(fault, provider, process):
    return Answer(transport="reset")


def _reset_after(fault, provider, process):
    answer = process()
    answer.transport = "reset"
    return answer


def _slow_body(fault, provider, process):
    answer = process()
    answer.slow = float(fault.params.get("seconds", 5))
    return answer


def _invalid_json(fault, provider, process):
    answer = process()
    answer.body = answer.body[: len(answer.body) // 2]
    return answer


def _run_after(answer: Answer, **options) -> Answer:
    for task in answer.after:
        task(**options)
    answer.after = []
    return answer


_SUFFER = {
    "delay": _delay,
    "hang": _hang,
    "echo_first": _echo_first,
    "rate_limit": _rate_limit,
    "error": _error,
    "error_before": _error_before,
    "error_after": _error_after,
    "reset_before": _reset_before,
    "reset_after": _reset_after,
    "slow_body": _slow_body,
    "invalid_json": _invalid_json,
}
