"""SMS and MMS through Twilio.

https://www.twilio.com/docs/messaging/guides/webhook-request
https://www.twilio.com/docs/messaging/api/message-resource
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from .base import Limits, WebhookRequest
from .errors import AccountError, OutcomeUnknown, PayloadError, Rejected
from .events import (
    InboundEvent,
    Kind,
    MediaRef,
    OptOut,
    OptOutBy,
    OutboundMedia,
    OutboundMessage,
    OutboundPart,
    ProviderError,
    RawEvent,
    SendResult,
    Size,
    Status,
)
from .http import provider_error
from .opt_out import keyword
from .sms_segments import comparable, segments
from .text import clean, cut, scalar, utf16_size
from .twilio import (
    CLOCK_MARGIN,
    TwilioAdapter,
    event_key,
    parameters,
    parse_time,
    received_at,
    recovered,
    stored,
)
from .twilio_errors import DEAD_NUMBERS, OPTED_OUT, SILENT_NUMBERS, rest_error
from .twilio_setup import SERVICE, NumberUse, service_numbers

# The same id; the second and third are older names for the first.
MESSAGE_IDS = ("MessageSid", "SmsMessageSid", "SmsSid")
INBOUND_STATUSES = frozenset({"", "receiving", "received"})
REQUIRED = ("AccountSid", "From", "To")

# https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
STATUSES = {
    "sent": Status.SENT,
    "partially_delivered": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "undelivered": Status.FAILED,
    "failed": Status.FAILED,
    "canceled": Status.FAILED,
}
PENDING_STATUSES = frozenset({"accepted", "scheduled", "queued", "sending"})

# What Twilio itself acts on when the whole message is one of these. YES is not among them, though
# it is Twilio's third word for START: that counts only when the customer had opted out, which
# nobody can see in the message. As a keyword, every answer to "Shall we deliver it?" would be a
# consent. Where Twilio takes it for one, it says so in OptOutType.
# https://help.twilio.com/articles/223134027
KEYWORDS = {
    **dict.fromkeys(
        ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"),
        OptOut.STOP,
    ),
    **dict.fromkeys(("START", "UNSTOP"), OptOut.START),
    **dict.fromkeys(("HELP", "INFO"), OptOut.HELP),
}
# With Advanced Opt-Out Twilio tells what it understood, in any language.
OPT_OUT_TYPES = {"STOP": OptOut.STOP, "START": OptOut.START, "HELP": OptOut.HELP}

MEDIA_KINDS = {"image": "image", "video": "video", "audio": "audio"}  # else "file"

# https://www.twilio.com/docs/messaging/guides/accepted-mime-types
PICTURE_BYTES, FILE_BYTES = 5_000_000, 500_000
MEDIA_BYTES = {
    **dict.fromkeys(("image/jpeg", "image/png", "image/gif"), PICTURE_BYTES),
    **dict.fromkeys(("image", "audio", "video", "application/pdf"), FILE_BYTES),
    **dict.fromkeys(("text/vcard", "text/x-vcard", "text/calendar", "text/csv"), FILE_BYTES),
}

# How long before a gap a message may have been sent whose status callback fell into the gap.
STATUS_DELAY = timedelta(hours=1)
# {parameter of a webhook: field of a message in the REST API}
ROW_FIELDS = {
    "MessageSid": "sid",
    "AccountSid": "account_sid",
    "MessagingServiceSid": "messaging_service_sid",
    "From": "from",
    "To": "to",
    "NumMedia": "num_media",
}


class TwilioSmsAdapter(TwilioAdapter):
    """SMS and MMS through Twilio. `sender` is a number or the SID of a messaging service.

    Text and files are messages of their own, so that each has a status of its own.
    """

    code = "sms"
    label = "SMS"
    # Of calls. Twilio sends at the pace that the sender is allowed and keeps the rest for hours.
    limits = Limits(text_chars=1600, rate=20.0, media=MEDIA_BYTES)
    can_list = True
    can_look_up = True
    dead_codes = DEAD_NUMBERS
    doubtful_codes = SILENT_NUMBERS
    number_use = NumberUse(
        capability="sms",
        urls={"sms_url": "SmsUrl"},
        methods=("SmsMethod",),
        rivals={"sms_application_sid": "SmsApplicationSid"},
    )

    # === INBOUND === #

    def split(self, request: WebhookRequest) -> list[RawEvent]:
        params = parameters(request)
        missing = [name for name in REQUIRED if _is_inbound(params) and not params.get(name)]
        if not _message_id(params) or missing:
            raise PayloadError(f"parameters are missing: {', '.join(missing or MESSAGE_IDS[:1])}")
        return [_raw_event(stored(request, params))]

    def parse(self, payload: Mapping) -> InboundEvent:
        params = payload.get("params") or {}
        occurred_at, is_recovered = received_at(payload), bool(payload.get("recovered"))
        if not _is_inbound(params):
            delivery_uuid = (payload.get("query") or {}).get("delivery", "")
            event = self._parse_status(params, occurred_at, delivery_uuid)
            return replace(event, is_recovered=is_recovered)
        sender = params.get("From", "")
        # `whatsapp:+1..`, `rcs:..`: other channels of Twilio, set to this webhook by mistake.
        if not sender or ":" in sender or not _message_id(params):
            return InboundEvent(Kind.UNKNOWN, occurred_at)
        if sender == self.account.sender:  # a test to oneself, or two systems in a loop
            return InboundEvent(Kind.IGNORED, occurred_at)
        opt_out, opt_out_by = _opt_out(params)
        return InboundEvent(
            Kind.MESSAGE,
            occurred_at,
            identity=self.normalize(sender),
            external_id=_message_id(params),
            text=params.get("Body", ""),
            attachments=_attachments(params),
            reply_to=params.get("OriginalRepliedMessageSid", ""),
            opt_out=opt_out,
            opt_out_by=opt_out_by,
            profile_name=params.get("ProfileName", "").strip(),
            is_recovered=is_recovered,
        )

    def _parse_status(self, params: Mapping, occurred_at: datetime, uuid: str) -> InboundEvent:
        """Translate a status callback.

        A failure because the customer is on Twilio's own opt-out list is reported as their STOP.
        """
        word = _status(params)
        status, code = STATUSES.get(word), params.get("ErrorCode", "")
        kind = Kind.STATUS if status else Kind.UNKNOWN
        is_failed = status is Status.FAILED
        is_stopped = is_failed and code == OPTED_OUT
        return InboundEvent(
            Kind.IGNORED if word in PENDING_STATUSES else kind,
            occurred_at,
            identity=self.normalize(params.get("To", "")),
            target_id=_message_id(params),
            status=status,
            error=ProviderError(code or word, params.get("ErrorMessage", ""))
            if is_failed
            else None,
            opt_out=OptOut.STOP if is_stopped else OptOut.NOTHING,
            opt_out_by=OptOutBy.PROVIDER if is_stopped else OptOutBy.TEXT,
            delivery_uuid=uuid,
        )

    # === OUTBOUND === #

    def size(self, text: str) -> Size:
        """Count the segments that will be billed, over all calls that a long text takes."""
        counts = [segments(part.text) for part in self.parts(text)] or [segments("")]
        return Size(
            used=sum(count.units for count in counts),
            limit=sum(count.capacity for count in counts),
            # the calls of a long text may differ: the dearer encoding is named
            unit=max(count.encoding for count in counts),
            parts=sum(count.count for count in counts),
        )

    def parts(self, text: str, media: tuple[OutboundMedia, ...] = ()) -> list[OutboundPart]:
        texts = cut(text, self.limits.text_chars, utf16_size)
        return [OutboundPart(text=piece) for piece in texts] + [
            OutboundPart(media=item) for item in media
        ]

    def send(self, message: OutboundMessage) -> SendResult:
        """Create one message. There is no idempotency key: callback and look-up reconcile."""
        url = self.api_url(self.account.external_id, "Messages.json")
        answer = self.request("POST", url, self._form(message))
        data = answer.json()
        result = _send_result(data)
        if result.status is Status.FAILED:
            raise rest_error(answer, self.secrets)
        if not result.external_id:
            raise provider_error(OutcomeUnknown, answer, text="The answer names no message.")
        return result

    def _form(self, message: OutboundMessage) -> dict[str, str]:
        account = self.account
        if not account.sender:
            raise AccountError("The account has no sender.")
        sender = "MessagingServiceSid" if account.sender.startswith("MG") else "From"
        form = {"To": message.to, sender: account.sender}
        if message.part.media is None:
            form["Body"] = clean(message.part.text)
        else:
            form["MediaUrl"] = message.part.media.url
        if account.webhook_url:
            query = urlencode({"delivery": message.uuid})
            form["StatusCallback"] = f"{account.webhook_url}?{query}"
        return form

    # === REPAIR === #

    def look_up(self, message: OutboundMessage, since: datetime) -> list[SendResult]:
        """Find our messages to the same number with the same text, or with a file."""
        filters = {"To": message.to, **self._filter("From")}
        wanted = comparable(message.part.text)
        found = [
            _send_result(row)
            for row in self.rows("Messages", filters, since - CLOCK_MARGIN)
            if row.get("direction") == "outbound-api"
            and self.account.sender in (row.get("from"), row.get("messaging_service_sid"))
            and _has_media(row) is (message.part.media is not None)
            and comparable(scalar(row.get("body"))) == wanted
        ]
        return found[::-1]

    def list_since(self, since: datetime) -> Iterator[RawEvent]:
        """Yield what customers wrote and what became of our messages, newest first."""
        is_service = self.account.sender.startswith(SERVICE)
        # what came in names the number, and not always the service
        ours = {self.account.sender, *(service_numbers(self) if is_service else ())}
        for side in ["To"] if is_service else ["To", "From"]:
            for row in self.rows("Messages", self._filter(side), since - STATUS_DELAY):
                number = row.get("to" if row.get("direction") == "inbound" else "from")
                if not ours.isdisjoint((number, row.get("messaging_service_sid"))):
                    yield from self._recovered(row, since - CLOCK_MARGIN)

    def _filter(self, side: str) -> dict[str, str]:
        """Return the filter of a list for our number; for a messaging service there is none."""
        sender = self.account.sender
        return {} if sender.startswith(SERVICE) else {side: sender}

    def _recovered(self, row: Mapping, since: datetime) -> Iterator[RawEvent]:
        """Yield the event that the webhook of a message would have given, if there was one."""
        params = {param: scalar(row.get(name)) for param, name in ROW_FIELDS.items()}
        created = parse_time(row.get("date_created"))
        if row.get("direction") == "inbound":
            if created and created < since:
                return
            params.update(SmsStatus="received", Body=scalar(row.get("body")))
            if _has_media(row):
                params.update(self._media(params["MessageSid"]))
            yield _raw_event(recovered(params, created))
        elif scalar(row.get("status")) in STATUSES:
            error = {"ErrorCode": "error_code", "ErrorMessage": "error_message"}
            params.update({param: scalar(row.get(name)) for param, name in error.items()})
            params["MessageStatus"] = scalar(row.get("status"))
            yield _raw_event(recovered(params, parse_time(row.get("date_updated")) or created))

    def _media(self, sid: str) -> dict[str, str]:
        """Return the parameters with which a webhook names the files of a message."""
        path = (self.account.external_id, "Messages", sid)
        try:
            found = self.request("GET", self.api_url(*path, "Media.json")).json()
        except (AccountError, Rejected):
            return {}  # deleted at Twilio; a message without its files is better than none
        params = {}
        rows = found.get("media_list")
        for index, row in enumerate(rows if isinstance(rows, list) else ()):
            params[f"MediaUrl{index}"] = self.api_url(*path, "Media", scalar(row.get("sid")))
            params[f"MediaContentType{index}"] = scalar(row.get("content_type"))
        return params


def _raw_event(payload: Mapping) -> RawEvent:
    params = payload["params"]
    sid, service = _message_id(params), params.get("MessagingServiceSid", "")
    if _is_inbound(params):
        key, customer, ours = (
            event_key("message", sid),
            params.get("From", ""),
            params.get("To", ""),
        )
    else:
        key = event_key("status", sid, _status(params))
        customer, ours = params.get("To", ""), params.get("From", "")
    return RawEvent(key, customer, payload, tuple(filter(None, (service, ours))))


def _is_inbound(params: Mapping) -> bool:
    return _status(params) in INBOUND_STATUSES


def _message_id(params: Mapping) -> str:
    return next((params[name] for name in MESSAGE_IDS if params.get(name)), "")


def _status(params: Mapping) -> str:
    return (params.get("MessageStatus") or params.get("SmsStatus") or "").lower()


def _opt_out(params: Mapping) -> tuple[OptOut, OptOutBy]:
    """Return what Twilio understood, else what its keywords say, else what ours do."""
    if told := OPT_OUT_TYPES.get(params.get("OptOutType", "").upper()):
        return told, OptOutBy.PROVIDER
    body = params.get("Body", "")
    if known := KEYWORDS.get(body.strip().upper()):
        return known, OptOutBy.DEFAULT
    return keyword(body), OptOutBy.TEXT


def _attachments(params: Mapping) -> tuple[MediaRef, ...]:
    """Return the files by their numbered parameters; NumMedia may be missing."""
    found = []
    while url := params.get(f"MediaUrl{len(found)}"):
        content_type = params.get(f"MediaContentType{len(found)}", "")
        kind = MEDIA_KINDS.get(content_type.partition("/")[0], "file")
        found.append(MediaRef(kind, url, content_type))
    if params.get("Latitude") and params.get("Longitude"):
        place = params.get("Label") or f"{params['Latitude']}, {params['Longitude']}"
        found.append(MediaRef("location", name=place))
    return tuple(found)


def _send_result(row: Mapping) -> SendResult:
    """Return what a message of the REST API says about itself."""
    # "0" while a messaging service has not chosen a sender yet
    count = scalar(row.get("num_segments"))
    return SendResult(
        scalar(row.get("sid")),
        status=STATUSES.get(scalar(row.get("status")), Status.SENT),
        segments=max(1, int(count) if count.isdecimal() else 1),
    )


def _has_media(row: Mapping) -> bool:
    """Tell whether a message of the REST API has files, also while they are being fetched."""
    return scalar(row.get("num_media")) not in ("", "0") or scalar(row.get("sid")).startswith("MM")
