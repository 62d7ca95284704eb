"""What Twilio tells about a call: its webhooks, callbacks, legs and recordings."""

import math
import secrets
from dataclasses import replace
from email.utils import format_datetime

from .accounts import TwilioAccount
from .hooks import Hook, Result
from .models import Call, Recording
from .state import State
from .twilio_events import TwilioEvents
from .twilio_wire import Pairs, place_params
from .twiml import Verb
from .webhooks import Webhooks

EVENT_OF = {"initiated": "initiated", "ringing": "ringing", "in-progress": "answered"}
VERSION = "2010-04-01"


class CallWire:
    """Sends what a `CallFlow` has to tell."""

    def __init__(self, state: State, webhooks: Webhooks, events: TwilioEvents):
        self._state = state
        self._webhooks = webhooks
        self._events = events
        self.base_url = ""

    # === WHAT CHANGES === #

    def note(self, call: Call, change: str, **more):
        """Log that something happened in a call."""
        self._state.log.add(
            "call",
            provider="twilio",
            account=call.account,
            customer=call.customer,
            call=call.id,
            parent=call.parent,
            direction=call.direction,
            status=call.status,
            change=change,
            seconds=call.seconds,
            **more,
        )

    def change(self, call: Call, status: str, seconds: int | None = None):
        """Give a call a status and log it."""
        with self._state.lock:
            call.status = status
            call.seconds = call.seconds if seconds is None else seconds
            if status not in EVENT_OF:
                call.ended_at = self._state.now()
        self.note(call, status)

    def tell(self, account: TwilioAccount, call: Call, status: str, seconds: int | None = None):
        """Change a status and call back whoever wants to know of it."""
        self.change(call, status, seconds)
        event = EVENT_OF.get(status, "completed")
        if not call.callback or event not in call.events:
            return
        now = self._state.now()
        params = [
            *self.params(call),
            ("CallbackSource", "call-progress-events"),
            ("SequenceNumber", str(call.sequence)),
            ("Timestamp", format_datetime(now)),
        ]
        call.sequence += 1
        if event == "completed":
            params.append(("CallDuration", str(call.seconds)))
            params.append(("Duration", str(math.ceil(call.seconds / 60))))  # billed minutes
        self._send(account, call, "call_status", call.callback, params)

    def new_leg(self, parent: Call, noun: Verb, caller: str) -> Call:
        """Return the call to one of the numbers of a Dial."""
        wanted = noun.attributes.get("statusCallbackEvent", "completed")
        leg = Call(
            id=new_call_sid(),
            account=parent.account,
            customer=parent.customer,
            direction="outbound-dial",
            sender=caller,
            recipient=noun.text,
            at=self._state.now(),
            status="queued",
            parent=parent.id,
            callback=noun.url("statusCallback"),
            events=wanted.split(),
        )
        return self._state.add_call(leg)

    # === WEBHOOKS === #

    def params(self, call: Call) -> Pairs:
        """Return what every webhook about a call has."""
        customer = self._state.customers.get(call.customer)
        place = customer.place if customer else {}
        is_inbound = call.direction != "outbound-api"
        pairs = [
            ("CallSid", call.id),
            ("AccountSid", call.account),
            ("From", call.sender),
            ("To", call.recipient),
            ("Caller", call.sender),
            ("Called", call.recipient),
            ("CallStatus", call.status),
            ("Direction", call.direction),
            ("ApiVersion", VERSION),
        ]
        for prefix in ("From", "Caller"):
            pairs += place_params(prefix, place if is_inbound else {})
        for prefix in ("To", "Called"):
            pairs += place_params(prefix, {"country": "US"} if is_inbound else place)
        if call.parent:
            pairs.append(("ParentCallSid", call.parent))
        return pairs + list(call.extra.items())

    def ask(
        self, account: TwilioAccount, call: Call, event: str, url: str, more: tuple = ()
    ) -> Result:
        """Send a webhook whose answer is TwiML; parameters in `more` replace the usual ones."""
        params = list({**dict(self.params(call)), **dict(more)}.items())
        hook = self._hook(account, call, event, url, params)
        return self._webhooks.ask(hook) if url else self._webhooks.skip(hook, "no URL is set")

    def _hook(self, account, call: Call, event: str, url: str, params: Pairs) -> Hook:
        hook = self._events.raw_hook(account, event, params, url)
        return replace(hook, customer=call.customer, message=call.id)

    def _send(self, account, call: Call, event: str, url: str, params: Pairs):
        return self._webhooks.send(self._hook(account, call, event, url, params), sync=True)

    # === RECORDINGS === #

    def new_recording(
        self, call: Call, seconds: int, source: str, plan: dict, channels: int
    ) -> Recording:
        """Keep a recording of a call."""
        recording = Recording(
            id=f"RE{secrets.token_hex(16)}",
            account=call.account,
            call=call.id,
            seconds=seconds,
            source=source,
            channels=channels,
            at=self._state.now(),
            status=plan.get("recording_status", "completed"),
            transcript=plan.get("transcript", "Hello, please call me back."),
            transcription_status=plan.get("transcription_status", "completed"),
        )
        with self._state.lock:
            self._state.recordings[recording.id] = recording
        return recording

    def recording_url(self, recording: Recording) -> str:
        """Return where a recording is; with .mp3 or .wav behind it is in that format."""
        path = f"Accounts/{recording.account}/Recordings/{recording.id}"
        return f"{self.base_url}/twilio/{VERSION}/{path}"

    def tell_recording(self, recording: Recording, url: str, account: TwilioAccount, call: Call):
        """Send the RecordingStatusCallback."""
        params = [
            ("AccountSid", call.account),
            ("CallSid", call.id),
            ("RecordingSid", recording.id),
            ("RecordingUrl", self.recording_url(recording)),
            ("RecordingStatus", recording.status),
            ("RecordingDuration", str(recording.seconds)),
            ("RecordingChannels", str(recording.channels)),
            ("RecordingStartTime", format_datetime(recording.at)),
            ("RecordingSource", recording.source),
            ("RecordingTrack", "both"),
            ("ErrorCode", "0"),
        ]
        self._send(account, call, "recording", url, params)

    def tell_transcription(
        self, recording: Recording, url: str, account: TwilioAccount, call: Call
    ):
        """Send the transcribeCallback."""
        sid = f"TR{recording.id[2:]}"
        is_good = recording.transcription_status == "completed"
        params = [
            *self.params(call),
            ("TranscriptionSid", sid),
            ("TranscriptionStatus", recording.transcription_status),
            ("TranscriptionText", recording.transcript if is_good else ""),
            ("TranscriptionType", "fast"),
            ("TranscriptionUrl", f"{self.recording_url(recording)}/Transcriptions/{sid}"),
            ("RecordingSid", recording.id),
            ("RecordingUrl", self.recording_url(recording)),
        ]
        self._send(account, call, "transcription", url, params)


def new_call_sid() -> str:
    """Return the sid of a new call."""
    return f"CA{secrets.token_hex(16)}"
