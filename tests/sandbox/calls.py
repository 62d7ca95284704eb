"""The telephone network: who calls whom, and what a tester does with calls that are going on."""

import threading

from .accounts import TwilioAccount
from .call_flow import CallFlow
from .call_gate import ACTIONS, Gate
from .call_wire import CallWire, new_call_sid
from .models import Call, Customer
from .state import State
from .web import ControlError

OUTCOMES = ("answered", "no-answer", "busy", "failed", "hangup")
PLAN = {
    "outcome",
    "seconds",
    "voicemail",
    "record",
    "transcribe",
    "transcript",
    "ended_by",
    "hangup_status",
    "recording_status",
    "transcription_status",
}


class Calls:
    """Starts calls and keeps those that are going on."""

    def __init__(self, state: State, wire: CallWire):
        self._state = state
        self._wire = wire
        self._flows: dict[str, CallFlow] = {}

    # === STARTING === #

    def customer_calls(
        self, account: TwilioAccount, customer: Customer, spec: dict, sync: bool
    ) -> dict:
        """Call one of our numbers as the customer; with `sync` until somebody has to act.

        `spec`: number (ours), anonymous (true, or what the network shows instead of the number),
        steps (auto, manual), ring (seconds that it rings in auto), extra (more parameters), and
        the plan of `CallFlow`.
        """
        number = spec.get("number") or (account.numbers[0] if account.numbers else "")
        if number not in account.numbers:
            raise ControlError(f"the account has no number {number}", 404)
        anonymous = spec.get("anonymous", False)
        if anonymous is False and not customer.number:
            raise ControlError("this customer has no phone number", 409)
        shown = "anonymous" if anonymous is True else anonymous
        call = self._state.add_call(
            Call(
                id=new_call_sid(),
                account=account.id,
                customer=customer.id,
                direction="inbound",
                sender=customer.number if anonymous is False else shown,
                recipient=number,
                at=self._state.now(),
                callback=account.url_of(number, "status_callback"),
                events=["completed"],
                extra=dict(spec.get("extra") or {}),
            )
        )
        flow = self._flow(account, call, spec)
        return self._start(flow, call, sync, flow.run_inbound)

    def business_calls(self, account: TwilioAccount, call: Call, url: str, twiml: str):
        """Let a call that our client ordered ring at the customer's, in the background."""
        customer = self._state.customers[call.customer]
        flow = self._flow(account, call, dict(customer.call_outcome))
        self._start(flow, call, False, lambda: flow.run_outbound(url, twiml))

    def _flow(self, account: TwilioAccount, call: Call, spec: dict) -> CallFlow:
        plan = {name: spec[name] for name in PLAN & set(spec)}
        if plan.get("outcome", "answered") not in OUTCOMES:
            raise ControlError(f"outcome is one of {', '.join(OUTCOMES)}")
        gate = Gate(spec.get("steps") == "manual", float(spec.get("ring", 0)))
        flow = CallFlow(self._wire, account, call, plan, gate)
        with self._state.lock:
            self._flows[call.id] = flow
        return flow

    def _start(self, flow: CallFlow, call: Call, sync: bool, run) -> dict:
        threading.Thread(target=run, daemon=True).start()
        if sync:
            flow.gate.settle()
        return {"call": self.public(call), "webhook": flow.first}

    # === STEPS === #

    def act(self, key: str, action: str, seconds: float | None = None, sync: bool = True) -> dict:
        """Answer, decline, hang up, ... and wait for what comes of it."""
        call = self.find(key)
        call = self.find(call.parent) if call.parent else call
        flow = self._flows[call.id]
        if flow.gate.is_manual:
            flow.gate.settle()
        if not flow.gate.act(action, seconds):
            possible = ", ".join(ACTIONS.get(flow.gate.phase, ())) or "nothing"
            raise ControlError(f"the call is {flow.gate.phase}: {possible} is possible", 409)
        if sync:
            flow.gate.settle()
        return {"call": self.public(call)}

    def cancel(self, call: Call, status: str):
        """End a call that is going on, because our client wants it."""
        flow = self._flows.get(call.id)
        if flow is not None:
            flow.cancel(status)

    def close(self):
        """End all calls."""
        with self._state.lock:
            flows, self._flows = self._flows, {}
        for flow in flows.values():
            flow.gate.close()

    # === LOOKING === #

    def find(self, key: str) -> Call:
        """Return the call with that sid, or tell the tester that there is none."""
        with self._state.lock:
            if key in self._state.calls:
                return self._state.calls[key]
        raise ControlError(f"no call {key}", 404)

    def of(self, customer: str = "") -> list[dict]:
        """Return the calls (not their legs) of a customer or of all, oldest first."""
        with self._state.lock:
            calls = [call for call in self._state.calls.values() if not call.parent]
        return [self.public(call) for call in calls if customer in ("", call.customer)]

    def public(self, call: Call) -> dict:
        """Return a call with its legs, its recordings and the phase in which it is."""
        with self._state.lock:
            legs = [leg.public() for leg in self._state.calls.values() if leg.parent == call.id]
            kept = [one for one in self._state.recordings.values() if one.call == call.id]
        flow = self._flows.get(call.id)
        return {
            **call.public(),
            "legs": legs,
            "recordings": [one.public() for one in kept],
            "phase": flow.gate.phase if flow else "over",
        }
