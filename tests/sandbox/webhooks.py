"""Outgoing webhooks: delivery in the background, retries, and the faults on the way."""

import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl, urldefrag

import requests

from .faults import Fault, Faults
from .hooks import Hook, Result, broken_signature, failed, merged, twilio_retries
from .log import Log
from .schedule import Schedule
from .state import State
from .web import ControlError

_logger = logging.getLogger(__name__)
LONGEST_BODY = 10_000  # of an answer: TwiML has to be complete


class Webhooks:
    """Sends hooks in order per account (`webhook_workers` 1), each in a daemon thread."""

    def __init__(self, state: State, log: Log, faults: Faults):
        self._state = state
        self._log = log
        self._faults = faults
        self._changed = self._lock = threading.Condition()
        self._numbers = itertools.count(1)
        self._held: list[Hook] = []
        self._known: dict[int, Hook] = {}
        self._lanes: dict[str, queue.SimpleQueue] = {}
        self._unfinished: dict[int, Hook] = {}  # by identity: copies have the same number
        self._tasks = 0  # that wait in a lane or run
        self._schedule = Schedule()
        self._closed = threading.Event()

    def send(self, hook: Hook, sync: bool = False) -> Result | None:
        """Deliver a hook; with `sync` wait for the first attempt and return its result."""
        if not hook.url:
            return self.skip(hook, "no callback is set")
        hook = self._number(hook)
        fault = self._faults.take(hook.provider, f"webhook.{hook.event}")
        if fault is None:
            return self._submit(hook, sync)
        return getattr(self, f"_fault_{fault.action}")(fault, hook, sync)

    def ask(self, hook: Hook) -> Result:
        """Deliver a hook whose answer matters, with all retries; return the last result."""
        result = self.send(hook, sync=True)
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed.is_set() or id(hook) not in self._unfinished
            )
        return hook.result or result

    def skip(self, hook: Hook, reason: str) -> Result:
        """Note that the provider does not even try."""
        result = {"status": None, "body": "", "content_type": "", "error": f"skipped: {reason}"}
        self._note(hook, result)
        return result

    def run(self, account: str, task: Callable[[], object]):
        """Run a task in the account's lane, behind the webhooks that wait there."""
        with self._lock:
            self._tasks += 1
            lane = self._lanes.get(account)
            if lane is None:
                lane = self._lanes[account] = queue.SimpleQueue()
                for _number in range(self._state.settings.webhook_workers):
                    threading.Thread(target=self._work, args=(lane,), daemon=True).start()
        lane.put(task)

    def held(self) -> list[dict]:
        """Return the hooks that a fault keeps back."""
        with self._lock:
            return [hook.public() for hook in self._held]

    def pending(self) -> int:
        """Return how many hooks and tasks wait for their delivery, a retry or their turn."""
        with self._lock:
            return len(self._unfinished) + self._tasks

    def wait_idle(self, timeout: float = 10.0) -> bool:
        """Wait until nothing is pending; tell whether it came to that. Held hooks don't count."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._unfinished and not self._tasks, timeout)

    def release(self, order: str = "sent", batch: bool = False, sync: bool = False) -> list[Result]:
        """Deliver what is held back, as sent or in "reverse", or as one batch per account."""
        with self._lock:
            hooks, self._held = self._held, []
        if order == "reverse":
            hooks.reverse()
        if batch:
            hooks = [self._number(hook) for hook in merged(hooks)]
        return [{**hook.public(), "result": self._submit(hook, sync)} for hook in hooks]

    def resend(self, number: int, sync: bool = True) -> Result | None:
        """Deliver an old hook once more, byte for byte."""
        with self._lock:
            hook = self._known.get(number)
        if hook is None:
            raise ControlError(f"no webhook {number}", 404)
        return self._submit(replace(hook, attempt=0), sync)

    def clear(self):
        """Forget held hooks and retries."""
        with self._lock:
            self._held.clear()
            self._known.clear()
            self._unfinished.clear()
            self._changed.notify_all()
        self._schedule.clear()

    def close(self):
        """Stop the threads; what waits is not delivered any more."""
        self._closed.set()
        self.clear()
        self._schedule.close()
        with self._lock:
            lanes, self._lanes = self._lanes, {}
        for lane in lanes.values():
            for _number in range(self._state.settings.webhook_workers):
                lane.put(None)

    # === FAULTS === #

    def _fault_drop(self, fault: Fault, hook: Hook, sync: bool):
        if not fault.params.get("silent"):
            self._mark(hook, {"error": "lost on the way"})
        self._log.add("webhook_dropped", **hook.public())
        return {"dropped": True}

    def _fault_hold(self, fault: Fault, hook: Hook, sync: bool):
        with self._lock:
            self._held.append(hook)
        self._mark(hook, {"error": "held back"})
        self._log.add("webhook_held", **hook.public())
        return {"held": True}

    def _fault_reorder(self, fault: Fault, hook: Hook, sync: bool):
        with self._lock:
            fault.group.append(hook)
            complete = len(fault.group) == fault.params["size"]
        self._mark(hook, {"error": "held back"})
        self._log.add("webhook_held", **hook.public())
        if complete:
            for kept in reversed(fault.group):
                self._submit(kept, sync=False)
        return {"held": True}

    def _fault_duplicate(self, fault: Fault, hook: Hook, sync: bool):
        result = self._submit(hook, sync)
        for _copy in range(int(fault.params.get("copies", 1))):
            self._submit(replace(hook), sync)
        return result

    def _fault_delay(self, fault: Fault, hook: Hook, sync: bool):
        if sync:
            fault.pause(default=1)
            return self._submit(hook, sync)
        self._begin(hook)
        self._later(float(fault.params.get("seconds", 1)), hook)
        return None

    def _fault_bad_signature(self, fault: Fault, hook: Hook, sync: bool):
        return self._submit(replace(hook, headers=broken_signature(hook.headers)), sync)

    # === DELIVERY === #

    def _number(self, hook: Hook) -> Hook:
        with self._lock:
            hook.id = next(self._numbers)
            self._known[hook.id] = hook
        return hook

    def _begin(self, hook: Hook):
        with self._lock:
            self._unfinished[id(hook)] = hook

    def _finish(self, hook: Hook):
        with self._changed:
            self._unfinished.pop(id(hook), None)
            self._changed.notify_all()

    def _submit(self, hook: Hook, sync: bool) -> Result | None:
        self._begin(hook)
        if sync:
            return self._attempt(hook)
        self.run(hook.account, lambda: self._attempt(hook))
        return None

    def _work(self, lane: queue.SimpleQueue):
        while (task := lane.get()) is not None and not self._closed.is_set():
            try:
                task()
            except Exception:
                _logger.exception("a task failed; the lane goes on")
            finally:
                with self._changed:
                    self._tasks -= 1
                    self._changed.notify_all()

    def _later(self, seconds: float, hook: Hook):
        self._schedule.after(seconds, lambda: self.run(hook.account, lambda: self._attempt(hook)))

    def _attempt(self, hook: Hook) -> Result | None:
        if id(hook) not in self._unfinished:
            return None  # a reset has forgotten it meanwhile
        hook.attempt += 1
        started = time.monotonic()
        hook.started = hook.started or started
        result = self._post(hook)
        result["seconds"] = round(time.monotonic() - started, 3)
        pause = self._pause(hook, result)
        result["retried"] = pause is not None
        hook.result = result
        self._note(hook, result)
        if pause is None or self._closed.is_set():
            self._finish(hook)
        else:
            self._later(pause, hook)
        return result

    def _post(self, hook: Hook) -> Result:
        url, fragment = urldefrag(hook.url)
        try:
            with requests.Session() as session:
                session.trust_env = False  # no proxy stands before a loopback address
                response = session.request(
                    hook.method,
                    url,
                    data=hook.body,
                    headers=hook.headers,
                    timeout=self._timeout(fragment),
                    allow_redirects=False,
                )
        except requests.ConnectTimeout as error:
            return failed("connect", error)
        except requests.Timeout as error:
            return failed("timeout", error)
        except requests.RequestException as error:
            return failed("connect", error)
        return {
            "status": response.status_code,
            "body": response.text[:LONGEST_BODY],
            "content_type": response.headers.get("content-type", ""),
            "error": "",
        }

    def _timeout(self, fragment: str) -> tuple[float, float]:
        options = dict(parse_qsl(fragment))
        read = self._state.settings.webhook_timeout
        if options.get("rt", "").isdigit():
            read = int(options["rt"]) / 1000
        return min(5, read), read

    def _note(self, hook: Hook, result: Result):
        self._mark(hook, result)
        self._log.add("webhook", **hook.public(), **result)

    def _mark(self, hook: Hook, result: Result):
        """Leave the result with the message, where the page shows it."""
        shown = {name: result.get(name) for name in ("status", "error", "retried")}
        for part in hook.parts or [hook]:
            message = self._state.messages.get(part.message)
            if message is not None:
                with self._state.lock:
                    mark = {"event": part.event, "attempt": hook.attempt, **shown}
                    message.webhooks.append(mark)

    # === RETRIES === #

    def _pause(self, hook: Hook, result: Result) -> float | None:
        """Return after how many seconds the provider tries again, None = never.

        `webhook_patience` goes before the provider's own rules: for tests that stop and start the
        other side and want to know that nothing that was told in the end got lost there.
        """
        settings = self._state.settings
        if 200 <= (result["status"] or 0) < 300:
            return None
        if time.monotonic() - hook.started < settings.webhook_patience:
            return settings.webhook_pause
        if hook.provider == "twilio":
            return 0 if hook.attempt <= twilio_retries(hook.url, result) else None
        pauses = settings.instagram_retries
        return None if hook.attempt > len(pauses) else pauses[hook.attempt - 1]
