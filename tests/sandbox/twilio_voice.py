"""Twilio's REST API for calls and recordings."""

import io
import math
import wave
from functools import partial

from .accounts import TwilioAccount
from .call_wire import new_call_sid
from .calls import Calls
from .models import Call, Recording
from .state import State
from .twilio_read import VERSION, TwilioError, in_times, not_found, paged, rfc2822
from .twilio_wire import E164, is_url, owner_of
from .web import Answer, Request, json_answer

ROUTES = [
    ("POST", r"/Calls\.json", "create_call"),
    ("GET", r"/Calls\.json", "list_calls"),
    ("GET", r"/Calls/(?P<sid>\w+)\.json", "get_call"),
    ("POST", r"/Calls/(?P<sid>\w+)\.json", "update_call"),
    ("GET", r"/Calls/(?P<sid>\w+)/Recordings\.json", "recordings"),
    ("GET", r"/Recordings\.json", "recordings"),
    ("GET", r"/Recordings/(?P<sid>\w+)\.json", "recording_info"),
    ("DELETE", r"/Recordings/(?P<sid>\w+)(?:\.json)?", "delete_recording"),
    ("GET", r"/Recordings/(?P<sid>\w+)(?P<kind>\.mp3|\.wav|)", "recording"),
]
ENDED = ("completed", "busy", "no-answer", "failed", "canceled")


class Voice:
    """The calls of an authenticated account."""

    def __init__(self, state: State, calls: Calls):
        self._state = state
        self._calls = calls

    # === CALLS === #

    def create_call(self, account: TwilioAccount, request: Request) -> Answer:
        params = request.form()
        one = dict(reversed(params))  # the first value of each name
        check_call(account, one)
        events = [value for name, value in params if name == "StatusCallbackEvent"]
        call = self._state.add_call(
            Call(
                id=new_call_sid(),
                account=account.id,
                customer=owner_of(self._state, one["To"]).id,
                direction="outbound-api",
                sender=one["From"],
                recipient=one["To"],
                at=self._state.now(),
                callback=one.get("StatusCallback", ""),
                events=events or ["completed"],
            )
        )
        answer = json_answer(call_resource(call), 201)
        url, twiml = one.get("Url", ""), one.get("Twiml", "")
        answer.after = [partial(self._ring, account, call, url, twiml)]
        return answer

    def _ring(self, account, call: Call, url: str, twiml: str, sync: bool = False):
        self._calls.business_calls(account, call, url, twiml)

    def list_calls(self, account: TwilioAccount, request: Request) -> Answer:
        with self._state.lock:
            calls = [call for call in self._state.calls.values() if call.account == account.id]
        found = [call for call in reversed(calls) if fits(call, request)]
        return json_answer(paged("calls", found, request, call_resource))

    def get_call(self, account: TwilioAccount, request: Request, sid: str) -> Answer:
        return json_answer(call_resource(self._call(account, request, sid)))

    def update_call(self, account: TwilioAccount, request: Request, sid: str) -> Answer:
        call = self._call(account, request, sid)
        status = dict(request.form()).get("Status", "")
        if status not in ("completed", "canceled"):
            raise TwilioError(21218, f"Invalid Status: {status}")
        if call.status in ENDED:
            raise TwilioError(21220, "Call is not in-progress. Cannot redirect.")
        self._calls.cancel(call, status)
        return json_answer(call_resource(call))

    def _call(self, account: TwilioAccount, request: Request, sid: str) -> Call:
        call = self._state.calls.get(sid)
        if call is None or call.account != account.id:
            raise not_found(request)
        return call

    # === RECORDINGS === #

    def recordings(self, account: TwilioAccount, request: Request, sid: str = "") -> Answer:
        if sid:
            self._call(account, request, sid)
        with self._state.lock:
            kept = [one for one in self._state.recordings.values() if one.account == account.id]
        found = [one for one in reversed(kept) if sid in ("", one.call)]
        return json_answer(paged("recordings", found, request, recording_resource))

    def recording_info(self, account: TwilioAccount, request: Request, sid: str) -> Answer:
        return json_answer(recording_resource(self._recording(account, request, sid)))

    def recording(self, account, request: Request, sid: str, kind: str) -> Answer:
        seconds = self._recording(account, request, sid).seconds
        if kind == ".mp3":
            return Answer(200, silent_mp3(seconds), "audio/mpeg")
        return Answer(200, silent_wav(seconds), "audio/x-wav")

    def delete_recording(self, account: TwilioAccount, request: Request, sid: str) -> Answer:
        found = self._recording(account, request, sid)
        with self._state.lock:
            self._state.recordings.pop(found.id, None)
        return Answer(204)

    def _recording(self, account: TwilioAccount, request: Request, sid: str) -> Recording:
        recording = self._state.recordings.get(sid)
        if recording is None or recording.account != account.id:
            raise not_found(request)
        return recording


def check_call(account: TwilioAccount, params: dict):
    """Refuse what can't be called."""
    if not params.get("To"):
        raise TwilioError(21201, "No 'To' number is specified")
    if not E164.fullmatch(params["To"]):
        raise TwilioError(21211, f"Invalid 'To' Phone Number: {params['To']}")
    if params.get("From") not in account.numbers:
        raise TwilioError(21210, f"'From' phone number {params.get('From')} is not verified")
    if not params.get("Twiml") and not is_url(params.get("Url", "")):
        raise TwilioError(21205, "Url parameter is required.")


def fits(call: Call, request: Request) -> bool:
    """Tell whether a call passes the filters of a list call."""
    values = {
        "To": call.recipient,
        "From": call.sender,
        "Status": call.status,
        "ParentCallSid": call.parent,
    }
    if any(request.arg(name) not in ("", value) for name, value in values.items()):
        return False
    return in_times(call.at, request, "StartTime")


def call_resource(call: Call) -> dict:
    """Return a call as the API shows it."""
    has_ended = call.status in ENDED
    uri = f"/{VERSION}/Accounts/{call.account}/Calls/{call.id}"
    return {
        "sid": call.id,
        "account_sid": call.account,
        "api_version": VERSION,
        "parent_call_sid": call.parent or None,
        "from": call.sender,
        "to": call.recipient,
        "status": call.status,
        "direction": call.direction,
        "date_created": rfc2822(call.at),
        "start_time": rfc2822(call.at),
        "end_time": rfc2822(call.ended_at) if call.ended_at else None,
        "duration": str(call.seconds) if has_ended else None,
        "answered_by": None,
        "price": None,
        "price_unit": "USD",
        "subresource_uris": {"recordings": f"{uri}/Recordings.json"},
        "uri": f"{uri}.json",
    }


def recording_resource(recording: Recording) -> dict:
    """Return a recording as the API shows it."""
    return {
        "sid": recording.id,
        "account_sid": recording.account,
        "call_sid": recording.call,
        "api_version": VERSION,
        "channels": recording.channels,
        "date_created": rfc2822(recording.at),
        "duration": str(recording.seconds),
        "source": recording.source,
        "status": recording.status,
        "uri": f"/{VERSION}/Accounts/{recording.account}/Recordings/{recording.id}.json",
    }


def silent_wav(seconds: int) -> bytes:
    """Return a recording in which nothing is heard."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * 8000 * seconds))
    return buffer.getvalue()


def silent_mp3(seconds: int) -> bytes:
    """Return the same as MP3: frames of 128 kbit/s at 44.1 kHz, all zero."""
    frame = b"\xff\xfb\x90\x00" + bytes(413)
    return frame * math.ceil(seconds * 44100 / 1152)
