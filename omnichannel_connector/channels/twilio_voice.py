"""Phone calls through Twilio: who called, who took it, what was said.

https://www.twilio.com/docs/voice/twiml
"""

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
from .twilio_call_form import (
    CALL_STATUSES,
    NOT_BEGUN,
    RINGING,
    UNANSWERED,
    CallForm,
    recording_params,
    row_params,
)
from .twilio_setup import NumberUse
from .twiml import NOTHING, REFUSE, forward, voicemail

ANONYMOUS = "anonymous"
SPEAKERS = {"inbound_track": "◂", "outbound_track": "▸"}  # the customer, our side

# What our TwiML makes Twilio say with a callback: which one it is, and of which number of ours
# when a webhook address serves several.
PART, NUMBER = "part", "number"
DIAL, LEG, VOICEMAIL = "dial", "leg", "voicemail"


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
    needs_order = False  # whoever answers has to see it while it rings
    can_list = True
    optional_settings = frozenset({"forward_to", "greeting"})
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
        form = CallForm(payload["params"])
        ours = payload["query"].get(NUMBER) or self._sides(form)[1]
        return RawEvent(form.key, form.root, payload, (ours,) if ours else ())

    def parse(self, payload: Mapping) -> InboundEvent:
        form, query = CallForm(payload.get("params") or {}), payload.get("query") or {}
        occurred_at = parse_time(form["Timestamp"]) or received_at(payload)
        read = next((read for name, read in self._READERS.items() if name in form), None)
        facts = read(self, form, query) if read and form["CallSid"] else Kind.UNKNOWN
        if isinstance(facts, Kind):
            return InboundEvent(facts, occurred_at)
        return InboundEvent(
            Kind.CALL,
            occurred_at,
            identity=self._identity(form),
            is_recovered=bool(payload.get("recovered")),
            call=Call(form.root, is_outbound=self._is_outbound(form), **facts),
        )

    def _progress(self, form: CallForm, query: Mapping) -> dict[str, Any] | Kind:
        """Read how far a leg of a call is."""
        status = form.status
        if status not in CALL_STATUSES:
            return Kind.UNKNOWN
        if form.is_leg:
            return self._leg(form)
        if status in RINGING:
            return {"state": CallState.RINGING}
        if status in UNANSWERED:
            return {"state": CallState.MISSED}
        if self._is_outbound(form):
            state = CallState.ENDED if status == "completed" else CallState.ANSWERED
            return {"state": state, "seconds": form.seconds("CallDuration")}
        return self._caller_leg(form)

    def _leg(self, form: CallForm) -> dict[str, Any]:
        """Read the leg to a number of ours. That it was not taken there says nothing yet."""
        if form.status in RINGING:
            return {"state": CallState.RINGING}
        seconds = form.seconds("CallDuration")
        if form.status in UNANSWERED or seconds == 0:
            return {}
        return {
            "state": CallState.ENDED if form.status == "completed" else CallState.ANSWERED,
            "answered_by": self.normalize(form.called) or form["CallSid"],
            "seconds": seconds,
        }

    def _caller_leg(self, form: CallForm) -> dict[str, Any]:
        """Read the leg of a caller, which our TwiML answers: it completes in any case.

        So it is a missed call until another event knows who took it. Only where calls are taken
        elsewhere, and we are told about them, does the leg count by itself.
        """
        if form.status != "completed":
            return {}
        seconds = form.seconds("CallDuration")
        if self.account.forward_to or self.account.greeting or not seconds:
            return {"state": CallState.MISSED}
        return {"state": CallState.ENDED, "seconds": seconds}

    def _dial(self, form: CallForm, query: Mapping) -> dict[str, Any]:
        """Read what came of putting a call through."""
        if form["DialCallStatus"].lower() not in ("completed", "answered"):
            return {**form.recording, "state": CallState.MISSED}
        taker = self.normalize(self.account.forward_to)
        return {
            **form.recording,
            "state": CallState.ENDED,
            "answered_by": taker or form["DialCallSid"] or form["CallSid"],
            "seconds": form.seconds("DialCallDuration"),
        }

    def _recording(self, form: CallForm, query: Mapping) -> dict[str, Any] | Kind:
        """Read a recording. Who speaks to our machine has missed us."""
        if form["RecordingStatus"].lower() not in ("", "completed"):
            return Kind.IGNORED
        is_voicemail = form["RecordingSource"] == "RecordVerb" or query.get(PART) == VOICEMAIL
        return {**form.recording, **({"state": CallState.MISSED} if is_voicemail else {})}

    def _transcription(self, form: CallForm, query: Mapping) -> dict[str, Any] | Kind:
        """Read a transcript: whole, or the final words of one piece while the call goes on."""
        if "TranscriptionEvent" not in form:
            text = " ".join(form["TranscriptionText"].split())
        elif form["Final"].lower() == "true":
            try:
                text = clean(scalar(json.loads(form["TranscriptionData"])["transcript"]))
            except (ValueError, TypeError, KeyError, RecursionError):
                return Kind.UNKNOWN
            speaker = SPEAKERS.get(form["Track"], "")
            text = text and transcript_line(form["SequenceId"], speaker, text)
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

    def _sides(self, form: CallForm) -> tuple[str | None, str]:
        """Return the numbers of the customer and of ours; (None, "") where neither is told.

        On the second leg of a call the customer's number may stand on either side.
        """
        if form.is_leg or not (form.caller or form.called or form["Direction"]):
            return None, ""
        sides = form.caller, form.called
        return sides[::-1] if self._is_outbound(form) else sides

    def _is_outbound(self, form: CallForm) -> bool:
        """Tell whether we called. Without a direction: whether the caller is our number."""
        if form.is_leg:
            return False
        if "Direction" in form:
            return form["Direction"].startswith("outbound")
        return bool(form.caller) and self._is_own(form.caller)

    def _is_own(self, number: str) -> bool:
        return self.normalize(number) == self.normalize(self.account.sender)

    def _identity(self, form: CallForm) -> str:
        """Return the customer's number, ANONYMOUS when it is hidden or none, "" when not told."""
        number = self._sides(form)[0]
        if number is None:
            return ""
        # `sip:..` and `client:..` are names that anybody can take
        return ANONYMOUS if is_anonymous_caller(number) or ":" in number else self.normalize(number)

    # === ANSWER === #

    def acknowledgement(self, request: WebhookRequest) -> tuple[str, str]:
        """Tell Twilio what to do with the call: put it through, take a message, or nothing."""
        form, number = CallForm(parameters(request)), self.account.forward_to.strip()
        part, answer = request.query.get(PART, ""), NOTHING
        if form.is_new and not part and number:
            answer = forward(number, self._callback(form, DIAL), self._callback(form, LEG))
        elif form.is_new and not part:
            answer = self._voicemail(form) or REFUSE
        elif part == DIAL and form["DialCallStatus"].lower() in UNANSWERED:
            answer = self._voicemail(form) or NOTHING
        return answer, "text/xml"

    def _voicemail(self, form: CallForm) -> str:
        greeting = self.account.greeting.strip()
        return greeting and voicemail(greeting, self._callback(form, VOICEMAIL))

    def _callback(self, form: CallForm, part: str) -> str:
        """Return the address of a callback. It names our number where that is not the account's."""
        is_own = not form.called or self._is_own(form.called)
        query = {PART: part} if is_own else {PART: part, NUMBER: form.called}
        return f"{self.account.webhook_url}?{urlencode(query)}"

    # === OUTBOUND === #

    def parts(self, text: str, media: tuple[OutboundMedia, ...] = ()) -> list[OutboundPart]:
        return []

    def send(self, message: OutboundMessage) -> SendResult:
        raise Rejected("Nothing can be sent through this channel.")

    # === REPAIR === #

    def list_since(self, since: datetime) -> Iterator[RawEvent]:
        """Yield how far the calls of the account's number are, and what was recorded.

        Legs come with the calls they belong to, whatever their numbers are.
        """
        since -= CLOCK_MARGIN
        rows = list(self.rows("Calls", {"PageSize": "200"}, since))
        forms = [CallForm(row_params(row)) for row in rows]
        ours = {form.root for form in forms if self._is_own(self._sides(form)[1])}
        roots = {form["CallSid"]: form.root for form in forms if form.root in ours}
        for row, form in zip(rows, forms, strict=True):
            if form["CallSid"] in roots and form.status in CALL_STATUSES - NOT_BEGUN:
                yield self._raw_event(recovered(row_params(row), None))
        if roots:
            yield from self._recordings(roots, since)

    def _recordings(self, roots: Mapping[str, str], since: datetime) -> Iterator[RawEvent]:
        """Yield the recordings of these calls, {id of a leg: id of the customer's call}."""
        for row in self.rows("Recordings", {}, since):
            root, sid = roots.get(scalar(row.get("call_sid"))), scalar(row.get("sid"))
            if root and sid and row.get("status") == "completed":
                url = self.api_url(self.account.external_id, "Recordings", sid)
                params = recording_params(row, root, url)
                yield self._raw_event(recovered(params, parse_time(row.get("date_created"))))
