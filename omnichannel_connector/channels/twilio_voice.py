"""Phone calls through Twilio: who called, who took it, what was said.

https://www.twilio.com/docs/voice/twiml#request-parameters
https://www.twilio.com/docs/voice/api/call-resource#statuscallbackevent
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from .addresses import is_anonymous_caller
from .base import Limits, WebhookRequest
from .calls import transcript_line
from .errors import PayloadError, Rejected
from .events import (
    Call,
    CallState,
    InboundEvent,
    Kind,
    OutboundMedia,
    OutboundMessage,
    OutboundPart,
    RawEvent,
    SendResult,
)
from .text import clean, scalar
from .twilio import (
    CLOCK_MARGIN,
    TwilioAdapter,
    parameters,
    parse_time,
    received_at,
    recovered,
    stored,
)
from .twilio_setup import NumberUse
from .twiml import NOTHING, REFUSE, forward, voicemail

ANONYMOUS = "anonymous"
NOT_BEGUN = frozenset({"queued", "initiated"})
RINGING = NOT_BEGUN | {"ringing"}
UNANSWERED = frozenset({"busy", "no-answer", "failed", "canceled"})
CALL_STATUSES = RINGING | UNANSWERED | {"in-progress", "answered", "completed"}
SPEAKERS = {"inbound_track": "◂", "outbound_track": "▸"}  # the customer, our side

# What our TwiML makes Twilio say with a callback: which one it is, and of which number of ours
# when a webhook address serves several.
PART, NUMBER = "part", "number"
DIAL, LEG, VOICEMAIL = "dial", "leg", "voicemail"

# {parameter of a webhook: field of a call in the REST API}
ROW_FIELDS = {
    "CallSid": "sid",
    "ParentCallSid": "parent_call_sid",
    "AccountSid": "account_sid",
    "From": "from",
    "To": "to",
    "Direction": "direction",
    "CallStatus": "status",
    "CallDuration": "duration",
}


class TwilioVoiceAdapter(TwilioAdapter):
    """Phone calls through Twilio: it only receives. `sender` is a number.

    An incoming call is put through to `forward_to`; when nobody takes it there, or there is no
    such number, the caller hears `greeting` and may leave a message. Without either the call is
    refused as busy. A call has several events, which `calls.fold` puts together; its legs have
    the caller's call as `customer`, so that all of them are processed in one place.
    """

    code = "voice"
    label = "Phone"
    limits = Limits(rate=20.0)
    actions = frozenset()
    can_list = True
    needs_order = False  # `calls.fold` needs none, and it rings now
    number_use = NumberUse(
        capability="voice",
        urls={"voice_url": "VoiceUrl", "status_callback": "StatusCallback"},
        methods=("VoiceMethod", "StatusCallbackMethod"),
        rivals={"voice_application_sid": "VoiceApplicationSid", "trunk_sid": "TrunkSid"},
    )

    # === INBOUND === #

    def split(self, request: WebhookRequest) -> list[RawEvent]:
        params = parameters(request)
        if not params.get("CallSid"):
            raise PayloadError("parameters are missing: CallSid")
        return [self._raw_event(stored(request, params))]

    def _raw_event(self, payload: Mapping[str, Any]) -> RawEvent:
        params = payload["params"]
        ours = payload["query"].get(NUMBER) or self._sides(params)[1]
        return RawEvent(_key(params), _root(params), payload, (ours,) if ours else ())

    def parse(self, payload: Mapping) -> InboundEvent:
        params, query = payload.get("params") or {}, payload.get("query") or {}
        occurred_at = parse_time(params.get("Timestamp")) or received_at(payload)
        read = next((read for name, read in self._READERS.items() if params.get(name)), None)
        facts = read(self, params, query) if read and params.get("CallSid") else Kind.UNKNOWN
        if isinstance(facts, Kind):
            return InboundEvent(facts, occurred_at)
        return InboundEvent(
            Kind.CALL,
            occurred_at,
            identity=self._identity(params),
            is_recovered=bool(payload.get("recovered")),
            call=Call(_root(params), is_outbound=self._is_outbound(params), **facts),
        )

    def _progress(self, params: Mapping, query: Mapping) -> dict[str, Any] | Kind:
        """Read how far a leg of a call is. One without a status has just begun."""
        status = params.get("CallStatus", "ringing").lower()
        if status not in CALL_STATUSES:
            return Kind.UNKNOWN
        if _is_leg(params):
            return self._leg(status, params)
        if status in RINGING:
            return {"state": CallState.RINGING}
        if status in UNANSWERED:
            return {"state": CallState.MISSED}
        if self._is_outbound(params):
            state = CallState.ENDED if status == "completed" else CallState.ANSWERED
            return {"state": state, "seconds": _seconds(params, "CallDuration")}
        return self._caller_leg(status, params)

    def _leg(self, status: str, params: Mapping) -> dict[str, Any]:
        """Read the leg to a number of ours. That it was not taken there says nothing yet."""
        if status in RINGING:
            return {"state": CallState.RINGING}
        seconds = _seconds(params, "CallDuration")
        if status in UNANSWERED or seconds == 0:
            return {}
        called = _called(params)
        return {
            "state": CallState.ENDED if status == "completed" else CallState.ANSWERED,
            "answered_by": self.normalize(called) if called else params["CallSid"],
            "seconds": seconds,
        }

    def _caller_leg(self, status: str, params: Mapping) -> dict[str, Any]:
        """Read the leg of a caller, which our TwiML answers: it completes in any case.

        So it is a missed call until another event knows who took it. Only where calls are taken
        elsewhere, and we are told about them, does the leg count by itself.
        """
        seconds = _seconds(params, "CallDuration")
        if status != "completed":
            return {}
        if self.account.forward_to or self.account.greeting or not seconds:
            return {"state": CallState.MISSED}
        return {"state": CallState.ENDED, "seconds": seconds}

    def _dial(self, params: Mapping, query: Mapping) -> dict[str, Any]:
        """Read what came of putting a call through."""
        facts = _recorded(params)
        if params["DialCallStatus"].lower() not in ("completed", "answered"):
            return {**facts, "state": CallState.MISSED}
        taker = self.normalize(self.account.forward_to) or params.get("DialCallSid", "")
        return {
            **facts,
            "state": CallState.ENDED,
            "answered_by": taker or params["CallSid"],
            "seconds": _seconds(params, "DialCallDuration"),
        }

    def _recording(self, params: Mapping, query: Mapping) -> dict[str, Any] | Kind:
        """Read a recording. Who speaks to our machine has missed us."""
        if params.get("RecordingStatus", "completed").lower() != "completed":
            return Kind.IGNORED
        is_voicemail = params.get("RecordingSource") == "RecordVerb" or query.get(PART) == VOICEMAIL
        return {**_recorded(params), **({"state": CallState.MISSED} if is_voicemail else {})}

    def _transcription(self, params: Mapping, query: Mapping) -> dict[str, Any] | Kind:
        """Read a transcript: whole, or the final words of one piece while the call goes on."""
        if "TranscriptionEvent" not in params:
            text = " ".join(params.get("TranscriptionText", "").split())
        elif params.get("Final", "").lower() == "true":
            try:
                text = scalar(json.loads(params.get("TranscriptionData", ""))["transcript"])
            except (ValueError, TypeError, KeyError, RecursionError):
                return Kind.UNKNOWN
            speaker = SPEAKERS.get(params.get("Track", ""), "")
            text = text and transcript_line(params.get("SequenceId", ""), speaker, clean(text))
        else:
            return Kind.IGNORED
        return {"transcript": text} if text else Kind.IGNORED

    # {parameter that tells what a callback is about: its reader}, the first one counts
    _READERS: ClassVar = {
        "TranscriptionSid": _transcription,
        "DialCallStatus": _dial,
        "RecordingSid": _recording,
        "RecordingUrl": _recording,
        "CallStatus": _progress,
        "From": _progress,
        "Caller": _progress,
    }

    def _sides(self, params: Mapping) -> tuple[str | None, str]:
        """Return the numbers of the customer and of ours; (None, "") where neither is told.

        On the second leg of a call the customer's number may stand on either side.
        """
        caller, called = _caller(params), _called(params)
        if _is_leg(params) or not (caller or called or params.get("Direction")):
            return None, ""
        return (called, caller) if self._is_outbound(params) else (caller, called)

    def _is_outbound(self, params: Mapping) -> bool:
        """Tell whether we called. Without a direction: whether the caller is our number."""
        if _is_leg(params):
            return False
        if direction := params.get("Direction"):
            return direction.startswith("outbound")
        caller = _caller(params)
        return bool(caller) and self.normalize(caller) == self.normalize(self.account.sender)

    def _identity(self, params: Mapping) -> str:
        """Return the customer's number, ANONYMOUS when it is hidden or none, "" when not told."""
        number = self._sides(params)[0]
        if number is None:
            return ""
        # `sip:..` and `client:..` are names that anybody can take
        return ANONYMOUS if is_anonymous_caller(number) or ":" in number else self.normalize(number)

    # === ANSWER === #

    def acknowledgement(self, request: WebhookRequest) -> tuple[str, str]:
        """Tell Twilio what to do with the call: put it through, take a message, or nothing."""
        params, account = parameters(request), self.account
        result = NOTHING
        if _is_new_call(request.query, params):
            if account.forward_to:
                result = forward(
                    account.forward_to,
                    self._callback(params, DIAL),
                    self._callback(params, LEG),
                )
            else:
                result = self._voicemail(params) or REFUSE
        elif request.query.get(PART) == DIAL and params.get("DialCallStatus") in UNANSWERED:
            result = self._voicemail(params) or NOTHING
        return result, "text/xml"

    def _voicemail(self, params: Mapping) -> str:
        greeting = self.account.greeting.strip()
        return greeting and voicemail(greeting, self._callback(params, VOICEMAIL))

    def _callback(self, params: Mapping, part: str) -> str:
        """Return the address of a callback. It names our number where that is not the account's."""
        called = _called(params)
        is_own = self.normalize(called) == self.normalize(self.account.sender)
        query = {PART: part} if is_own or not called else {PART: part, NUMBER: called}
        return f"{self.account.webhook_url}?{urlencode(query)}"

    # === OUTBOUND === #

    def parts(self, text: str, media: tuple[OutboundMedia, ...] = ()) -> list[OutboundPart]:
        return []

    def send(self, message: OutboundMessage) -> SendResult:
        raise Rejected("Nothing can be sent through this channel.")

    # === REPAIR === #

    def list_since(self, since: datetime) -> Iterator[RawEvent]:
        """Yield how far the calls of the account's number are, legs included, newest first."""
        rows = list(self.rows("Calls", {"PageSize": "200"}, since - CLOCK_MARGIN))
        found = [(recovered(_row_params(row), _began_at(row))) for row in rows]
        sender = self.normalize(self.account.sender)
        roots = {
            payload["params"].get("CallSid")
            for payload in found
            if self.normalize(self._sides(payload["params"])[1]) == sender
        }
        for payload in found:
            has_begun = payload["params"].get("CallStatus") in CALL_STATUSES - NOT_BEGUN
            if has_begun and _root(payload["params"]) in roots - {None}:
                yield self._raw_event(payload)


def _row_params(row: Mapping) -> dict[str, str]:
    """Return a call of the REST API as a status callback tells it."""
    params = {param: scalar(row.get(name)) for param, name in ROW_FIELDS.items()}
    return {**params, "Timestamp": _began_at(row).isoformat()} if _began_at(row) else params


def _began_at(row: Mapping) -> datetime | None:
    return parse_time(row.get("start_time")) or parse_time(row.get("date_created"))


def _root(params: Mapping) -> str:
    """Return the id of the call as the customer knows it."""
    return params.get("ParentCallSid") or params.get("CallSid", "")


def _is_leg(params: Mapping) -> bool:
    return bool(params.get("ParentCallSid"))


def _is_new_call(query: Mapping, params: Mapping) -> bool:
    """Tell whether Twilio asks what to do with a call that just came in."""
    told = ("CallbackSource", "ParentCallSid", "RecordingUrl", "TranscriptionSid", "DialCallStatus")
    return (
        PART not in query
        and params.get("Direction", "inbound") == "inbound"
        and params.get("CallStatus", "ringing").lower() in RINGING
        and not any(params.get(name) for name in told)
    )


def _key(params: Mapping) -> str:
    """Return the key of an event. A leg has each status once, so the status names it."""
    sid = params["CallSid"]
    if transcription := params.get("TranscriptionSid"):
        names = ("TranscriptionEvent", "TranscriptionStatus", "SequenceId")
        return ":".join(("transcription", transcription, *(params.get(n, "") for n in names)))
    if status := params.get("DialCallStatus"):
        return f"dial:{sid}:{params.get('DialCallSid', '')}:{status.lower()}"
    if recording := params.get("RecordingSid") or params.get("RecordingUrl"):
        # the one without a status is the caller's way on from <Record>
        return f"recording:{recording}:{params.get('RecordingStatus', '').lower()}"
    if status := params.get("CallStatus") or (_caller(params) and "ringing"):
        return f"call:{sid}:{status.lower()}"
    return f"other:{sid}:{hashlib.sha256(repr(sorted(params.items())).encode()).hexdigest()}"


def _caller(params: Mapping) -> str:
    return params.get("From") or params.get("Caller", "")


def _called(params: Mapping) -> str:
    return params.get("To") or params.get("Called", "")


def _recorded(params: Mapping) -> dict[str, Any]:
    """Return the recording of which a callback tells. The link needs the account's credentials."""
    url = params.get("RecordingUrl", "")
    if not url:
        return {}
    name = url.rpartition("/")[2]
    return {
        "recording_url": url if "." in name else f"{url}.mp3",
        "recording_seconds": _seconds(params, "RecordingDuration"),
    }


def _seconds(params: Mapping, name: str) -> int | None:
    text = params.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else None
