"""One call from the first ring to the last callback, as Twilio leads it."""

from functools import partial

from .accounts import TwilioAccount
from .call_gate import Gate
from .call_wire import CallWire
from .models import Call, Recording
from .twiml import TwimlError, Verb, parse

DIAL_TARGETS = ("Number", "Client", "Sip")


class CallFlow:
    """Follows the TwiML that our client answers. Runs in a thread of its own.

    `plan`: outcome (answered, no-answer, busy, failed, hangup), seconds (of talk), voicemail
    (seconds that the caller speaks to a Record), record and transcribe (false = nothing comes of
    it), transcript, ended_by (caller, agent), hangup_status, recording_status,
    transcription_status.
    """

    def __init__(self, wire: CallWire, account: TwilioAccount, call: Call, plan: dict, gate: Gate):
        self._wire = wire
        self._account = account
        self._call = call
        self._plan = plan
        self._late = []  # callbacks that come after the end of the call
        self._is_over = False
        self.gate = gate
        self.first: dict | None = None  # the answer to the webhook that asked for TwiML

    def run_inbound(self):
        """Ring at our number and do what the answer says."""
        try:
            self._wire.change(self._call, "ringing")
            url = self._account.url_of(self._call.recipient, "voice_url")
            self._perform(self._ask("call", url))
            self._end()
        finally:
            self.gate.finish()

    def run_outbound(self, url: str, twiml: str):
        """Ring at the customer's and, when they answer, do what the TwiML says."""
        try:
            for status in ("initiated", "ringing"):
                self._wire.tell(self._account, self._call, status)
            outcome = self.gate.wait("ringing", self._plan.get("outcome", "answered"))
            if outcome == "answered":
                self._wire.tell(self._account, self._call, "in-progress")
                self._perform(self._read(twiml, url) if twiml else self._ask("call", url))
            else:
                gone = self._plan.get("hangup_status", "no-answer")
                self._call.status = gone if outcome == "hangup" else outcome
            self._end()
        finally:
            self.gate.finish()

    # === TWIML === #

    def _ask(self, event: str, url: str, *more: tuple[str, str]) -> list[Verb]:
        """Ask our client what to do next. An error or an empty answer hangs up."""
        result = self._wire.ask(self._account, self._call, event, url, more)
        if self.first is None:
            self.first = result
        if not 200 <= (result.get("status") or 0) < 300:
            error = f"11200: no TwiML, {result.get('error') or result.get('status')}"
            self._wire.note(self._call, "application error", error=error)
            return []
        return self._read(result["body"], url)

    def _read(self, body: str, url: str) -> list[Verb]:
        try:
            return parse(body, url)
        except TwimlError as error:
            self._wire.note(self._call, "application error", error=str(error))
            return []

    def _perform(self, verbs: list[Verb]):
        waiting = list(verbs)
        if not waiting:
            self._pick_up()
        while waiting and not self._is_over:
            verb = waiting.pop(0)
            self._wire.note(self._call, f"TwiML {verb.name}")
            act = getattr(self, f"_do_{verb.name.lower()}", self._do_nothing)
            following = act(verb)
            waiting = waiting if following is None else list(following)

    def cancel(self, status: str):
        """End the call because our client wants it: canceled while it rings, completed later."""
        self._plan["hangup_status"] = status
        self._is_over = True
        self.gate.act("hangup")

    def _pick_up(self):
        if self._call.status == "ringing":
            self._wire.change(self._call, "in-progress")

    def _do_nothing(self, verb: Verb):
        """Speak, play or wait: the caller hears it, nobody is told."""
        self._pick_up()

    def _do_reject(self, verb: Verb):
        is_busy = verb.attributes.get("reason") == "busy"
        self._call.status = "busy" if is_busy else "no-answer"
        self._is_over = True

    def _do_hangup(self, verb: Verb):
        self._pick_up()
        self._is_over = True

    def _do_redirect(self, verb: Verb) -> list[Verb]:
        self._pick_up()
        target = Verb("Redirect", attributes={"url": verb.text}, document=verb.document)
        return self._ask("call", target.url("url"))

    # === DIAL === #

    def _do_dial(self, verb: Verb) -> list[Verb] | None:
        if not verb.is_true("answerOnBridge"):
            self._pick_up()
        legs = self._ring_at(verb)
        outcome = self.gate.wait("ringing", self._plan.get("outcome", "answered"))
        status = self._plan.get("hangup_status", "no-answer") if outcome == "hangup" else outcome
        talked, recording = 0, None
        if outcome == "answered":
            talked = self._talk(legs)
            status = "completed"
            if self._is_recorded(verb):
                recording = self._record(verb, talked, "DialVerb")
        for number, (leg, _noun) in enumerate(legs):
            final = "canceled" if number and outcome == "answered" else status
            self._wire.tell(self._account, leg, final, talked if final == "completed" else 0)
        self._is_over = self._is_over or outcome == "hangup"
        return self._after_dial(verb, legs, status, talked, recording)

    def _is_recorded(self, verb: Verb) -> bool:
        wanted = verb.attributes.get("record", "do-not-record")
        return wanted not in ("do-not-record", "false") and self._plan.get("record") is not False

    def _ring_at(self, verb: Verb) -> list[tuple[Call, Verb]]:
        nouns = [child for child in verb.children if child.name in DIAL_TARGETS]
        if verb.text:
            nouns.insert(0, Verb("Number", verb.text, {}, [], verb.document))
        caller = verb.attributes.get("callerId") or self._call.sender
        legs = [(self._wire.new_leg(self._call, noun, caller), noun) for noun in nouns]
        for status in ("initiated", "ringing"):
            for leg, _noun in legs:
                self._wire.tell(self._account, leg, status)
        return legs

    def _talk(self, legs: list) -> int:
        """Let the first one who rang answer, and return how many seconds they talk."""
        self._pick_up()
        for leg, _noun in legs[:1]:
            self._wire.tell(self._account, leg, "in-progress")
        planned = "end" if self._plan.get("ended_by") == "agent" else "hangup"
        self._is_over = self.gate.wait("talking", planned) == "hangup"
        seconds = self.gate.seconds
        return int(self._plan.get("seconds", 30) if seconds is None else seconds)

    def _after_dial(self, verb, legs, status: str, talked: int, recording) -> list[Verb] | None:
        """Tell how the Dial ended. What comes after it in the document counts without `action`."""
        self._call.seconds += talked
        url = verb.url("action")
        if not url:
            return None
        more = [("DialCallStatus", status), ("DialBridged", "true" if talked else "false")]
        if legs:
            more.append(("DialCallSid", legs[0][0].id))
        if status == "completed":
            more.append(("DialCallDuration", str(talked)))
        if recording:
            more.append(("RecordingUrl", self._wire.recording_url(recording)))
        if self._is_over and self._call.status == "in-progress":
            more.append(("CallStatus", "completed"))
        elif self._is_over:
            more.append(("CallStatus", "no-answer"))
        return self._ask("dial_action", url, *more)

    # === RECORDING === #

    def _do_record(self, verb: Verb) -> list[Verb] | None:
        self._pick_up()
        outcome = self._plan.get("outcome")
        if self._plan.get("record") is False or outcome == "hangup":
            self._is_over = True  # nobody spoke: there is no recording
            return None
        self.gate.wait("recording", "hangup")
        seconds = int(self.gate.seconds or self._plan.get("voicemail", 5))
        self._call.seconds += seconds
        recording = self._record(verb, seconds, "RecordVerb")
        self._is_over = True
        more = [
            ("RecordingUrl", self._wire.recording_url(recording)),
            ("RecordingSid", recording.id),
            ("RecordingDuration", str(seconds)),
            ("Digits", "hangup"),
            ("CallStatus", "completed"),
        ]
        # Without an action Twilio asks the document's own address again.
        return self._ask("record_action", verb.url("action") or verb.document, *more)

    def _record(self, verb: Verb, seconds: int, source: str) -> Recording:
        channels = 2 if "dual" in verb.attributes.get("record", "") else 1
        recording = self._wire.new_recording(self._call, seconds, source, self._plan, channels)
        url, text_url = verb.url("recordingStatusCallback"), verb.url("transcribeCallback")
        if url:
            self._late.append(partial(self._wire.tell_recording, recording, url))
        if text_url and self._plan.get("transcribe") is not False:
            self._late.append(partial(self._wire.tell_transcription, recording, text_url))
        return recording

    # === THE END === #

    def _end(self):
        """End the call and send the callbacks that come then."""
        final = self._call.status
        if final == "in-progress":
            final = "completed"
        elif final in ("ringing", "queued"):
            final = "no-answer"
        if final == "completed":
            self._call.seconds = max(1, self._call.seconds)
        self._wire.tell(self._account, self._call, final, self._call.seconds)
        for task in self._late:
            task(self._account, self._call)
