"""The parameters of Twilio's webhooks about calls.

https://www.twilio.com/docs/voice/twiml#request-parameters
https://www.twilio.com/docs/voice/api/call-resource#statuscallbackevent
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from .text import scalar
from .twilio import event_key, parse_time

NOT_BEGUN = frozenset({"queued", "initiated"})
RINGING = NOT_BEGUN | {"ringing"}
UNANSWERED = frozenset({"busy", "no-answer", "failed", "canceled"})
CALL_STATUSES = RINGING | UNANSWERED | {"in-progress", "answered", "completed"}
# A request with one of these is about a call that goes on already.
LATER = ("CallbackSource", "ParentCallSid", "RecordingUrl", "TranscriptionSid", "DialCallStatus")

# {parameter: field of a call in the REST API}
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
# {parameter: field of a recording in the REST API}
RECORDING_FIELDS = {
    "CallSid": "call_sid",
    "AccountSid": "account_sid",
    "RecordingSid": "sid",
    "RecordingStatus": "status",
    "RecordingDuration": "duration",
    "RecordingSource": "source",
}


class CallForm:
    """The parameters of one webhook, read. What it does not tell is empty."""

    def __init__(self, params: Mapping[str, str]):
        self._params = params

    def __getitem__(self, name: str) -> str:
        return self._params.get(name) or ""

    def __contains__(self, name: str) -> bool:
        return bool(self[name])

    @property
    def root(self) -> str:
        """Return the id of the call as the customer knows it."""
        return self["ParentCallSid"] or self["CallSid"]

    @property
    def is_leg(self) -> bool:
        """Tell whether it is the second leg of a call, the one to a number of ours."""
        return "ParentCallSid" in self

    @property
    def caller(self) -> str:
        return self["From"] or self["Caller"]

    @property
    def called(self) -> str:
        return self["To"] or self["Called"]

    @property
    def status(self) -> str:
        """Return how far the call is. One that names a caller and no status has just begun."""
        return self["CallStatus"].lower() or ("ringing" if self.caller else "")

    @property
    def is_new(self) -> bool:
        """Tell whether Twilio asks what to do with a call that just came in."""
        is_inbound = self["Direction"] in ("", "inbound")
        return is_inbound and self.status in RINGING and not any(name in self for name in LATER)

    @property
    def key(self) -> str:
        """Return the key of the event. A leg has each status once, so the status names it."""
        if "TranscriptionSid" in self:
            names = ("TranscriptionSid", "TranscriptionEvent", "TranscriptionStatus", "SequenceId")
            return event_key("transcription", *(self[name] for name in names))
        if "DialCallStatus" in self:
            return event_key("dial", self["CallSid"], self["DialCallSid"], self["DialCallStatus"])
        if recording := self["RecordingSid"] or self["RecordingUrl"]:
            # the one without a status is the caller's way on from <Record>
            return event_key("recording", recording, self["RecordingStatus"].lower())
        if self.status:
            return event_key("call", self["CallSid"], self.status)
        content = repr(sorted(self._params.items())).encode(errors="replace")
        return event_key("other", self["CallSid"], hashlib.sha256(content).hexdigest())

    @property
    def recording(self) -> dict[str, Any]:
        """Return the recording as fields of `Call`. The link needs the account's credentials."""
        url = self["RecordingUrl"]
        if not url:
            return {}
        name = url.rpartition("/")[2]
        return {
            "recording_url": url if "." in name else f"{url}.mp3",
            "recording_seconds": self.seconds("RecordingDuration"),
        }

    def seconds(self, name: str) -> int | None:
        """Return a parameter as a number of seconds, None when it is none."""
        text = self[name]
        return int(text) if text.isdecimal() and len(text) < 10 else None


def row_params(row: Mapping) -> dict[str, str]:
    """Return a call of the REST API as a status callback tells it."""
    params = {param: scalar(row.get(name)) for param, name in ROW_FIELDS.items()}
    began_at = parse_time(row.get("start_time")) or parse_time(row.get("date_created"))
    return {**params, "Timestamp": began_at.isoformat()} if began_at else params


def recording_params(row: Mapping, root: str, url: str) -> dict[str, str]:
    """Return a recording of the REST API as its callback tells it, for the call `root`."""
    params = {param: scalar(row.get(name)) for param, name in RECORDING_FIELDS.items()}
    is_leg = params["CallSid"] != root
    return {**params, "RecordingUrl": url, "ParentCallSid": root if is_leg else ""}
