"""SMS and MMS through Twilio.

https://www.twilio.com/docs/messaging/guides/webhook-request
https://www.twilio.com/docs/messaging/api/message-resource
"""

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import NamedTuple
from urllib.parse import quote, urlencode

from requests.auth import HTTPBasicAuth

from .addresses import normalize_phone
from .base import ChannelAdapter, Limits, WebhookRequest
from .errors import AccountError, OutcomeUnknown, PayloadError, SignatureError
from .events import (
    InboundEvent,
    Kind,
    MediaRef,
    OptOut,
    OutboundMedia,
    OutboundMessage,
    OutboundPart,
    ProviderError,
    RawEvent,
    SendResult,
    Status,
)
from .http import call, provider_error
from .text import clean, cut, scalar, utf16_size
from .twilio import OPTED_OUT, rest_error, verify_signature

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

# What Twilio itself acts on when the whole message is one of these.
# https://help.twilio.com/articles/223134027
KEYWORDS = {
    **dict.fromkeys(
        ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"),
        OptOut.STOP,
    ),
    **dict.fromkeys(("START", "YES", "UNSTOP"), OptOut.START),
    **dict.fromkeys(("HELP", "INFO"), OptOut.HELP),
}
# With Advanced Opt-Out Twilio tells what it understood, in any language.
OPT_OUT_TYPES = {"STOP": OptOut.STOP, "START": OptOut.START, "HELP": OptOut.HELP}

MEDIA_KINDS = {"image": "image", "video": "video", "audio": "audio"}  # else "file"
EPOCH = datetime.fromtimestamp(0, timezone.utc)

# GSM 03.38; the characters of the extension table need an escape before them.
GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("^{}\\[~]|€\f")


class Segments(NamedTuple):
    """How an SMS is billed: its encoding, its length in units of it, the number of segments."""

    encoding: str
    units: int
    count: int


def segments(text: str) -> Segments:
    """Count the segments of a text. One character outside GSM-7 makes all of it UCS-2.

    https://www.twilio.com/docs/glossary/what-sms-character-limit
    """
    if GSM_BASIC.union(GSM_EXTENDED).issuperset(text):
        encoding, single, multiple = "GSM-7", 160, 153
        sizes = [2 if char in GSM_EXTENDED else 1 for char in text]
    else:
        encoding, single, multiple = "UCS-2", 70, 67
        sizes = [utf16_size(char) for char in text]
    units = sum(sizes)
    if units <= single:
        return Segments(encoding, units, min(units, 1))
    count, used = 1, 0
    for size in sizes:  # an escape or a surrogate pair is never parted
        if used + size > multiple:
            count, used = count + 1, 0
        used += size
    return Segments(encoding, units, count)


class TwilioSmsAdapter(ChannelAdapter):
    """SMS and MMS through Twilio.

    `external_id` is the account SID (of the subaccount that owns the number), `access_token` and
    `signing_secrets` its auth token, `sender` a number or the SID of a messaging service.
    """

    code = "sms"
    label = "SMS"
    identity_kind = "phone"
    default_api_url = "https://api.twilio.com/2010-04-01"
    required_settings = frozenset({"external_id", "sender", "access_token", "signing_secrets"})
    limits = Limits(text_chars=1600)

    # === INBOUND === #

    def verify(self, request: WebhookRequest) -> None:
        """Check the signature, and that the request is about this account.

        One auth token signs for all numbers of an account only; a status callback may leave the
        account out.
        """
        verify_signature(request, self.account.signing_secrets)
        given = _parameters(request).get("AccountSid", self.account.external_id)
        if not self.account.external_id or given != self.account.external_id:
            raise SignatureError("the request is about another account")

    def split(self, request: WebhookRequest) -> list[RawEvent]:
        params = _parameters(request)
        sid, status = _message_id(params), _status(params)
        is_inbound = status in INBOUND_STATUSES
        missing = [name for name in REQUIRED if is_inbound and not params.get(name)]
        if not sid or missing:
            raise PayloadError(f"parameters are missing: {', '.join(missing or MESSAGE_IDS[:1])}")
        payload = {
            "params": params,
            "query": clean(dict(request.query)),
            # Twilio tells no time that could serve.
            "received_at": datetime.now(timezone.utc).isoformat(),
        }
        if is_inbound:
            return [RawEvent(f"message:{sid}", params["From"], payload)]
        return [RawEvent(f"status:{sid}:{status}", params.get("To", ""), payload)]

    def parse(self, payload: Mapping) -> InboundEvent:
        params = payload.get("params") or {}
        occurred_at = _received_at(payload)
        if _status(params) not in INBOUND_STATUSES:
            delivery_uuid = (payload.get("query") or {}).get("delivery", "")
            return self._parse_status(params, occurred_at, delivery_uuid)
        sender = params.get("From", "")
        # `whatsapp:+1..`, `rcs:..`: other channels of Twilio, set to this webhook by mistake.
        if not sender or ":" in sender or not _message_id(params):
            return InboundEvent(Kind.UNKNOWN, occurred_at)
        return InboundEvent(
            Kind.MESSAGE,
            occurred_at,
            identity=self.normalize(sender),
            external_id=_message_id(params),
            text=params.get("Body", ""),
            attachments=_attachments(params),
            reply_to=params.get("OriginalRepliedMessageSid", ""),
            opt_out=_opt_out(params),
            profile_name=params.get("ProfileName", "").strip(),
        )

    def _parse_status(self, params: Mapping, occurred_at: datetime, uuid: str) -> InboundEvent:
        """Translate a status callback.

        A failure because the customer is on Twilio's own opt-out list is reported as their STOP.
        """
        word = _status(params)
        status, code = STATUSES.get(word), params.get("ErrorCode", "")
        kind = Kind.STATUS if status else Kind.UNKNOWN
        is_failed = status is Status.FAILED
        return InboundEvent(
            Kind.IGNORED if word in PENDING_STATUSES else kind,
            occurred_at,
            identity=self.normalize(params.get("To", "")),
            target_id=_message_id(params),
            status=status,
            error=ProviderError(code or word, params.get("ErrorMessage", ""))
            if is_failed
            else None,
            opt_out=OptOut.STOP if is_failed and code == OPTED_OUT else OptOut.NOTHING,
            delivery_uuid=uuid,
        )

    def acknowledgement(self, request: WebhookRequest) -> tuple[str, str]:
        """Answer with empty TwiML: nothing is sent back to the customer."""
        return "<Response/>", "text/xml"

    # === OUTBOUND === #

    def normalize(self, address: str) -> str:
        return normalize_phone(address, self.account.country)

    def parts(self, text: str, media: tuple[OutboundMedia, ...] = ()) -> list[OutboundPart]:
        texts = cut(text, self.limits.text_chars, utf16_size)
        return [OutboundPart(text=piece) for piece in texts] + [
            OutboundPart(media=item) for item in media
        ]

    def send(self, message: OutboundMessage) -> SendResult:
        """Create one message. There is no idempotency key: the status callback reconciles."""
        account = self.account
        base = (account.api_url or self.default_api_url).rstrip("/")
        answer = call(
            self.session,
            "POST",
            f"{base}/Accounts/{quote(account.external_id, safe='')}/Messages.json",
            HTTPBasicAuth(account.external_id, account.access_token),
            body=urlencode(self._form(message)).encode(),
            content_type="application/x-www-form-urlencoded",
        )
        data = answer.json()
        if not answer.is_success or STATUSES.get(scalar(data.get("status"))) is Status.FAILED:
            raise rest_error(answer, account.secrets)
        sid = scalar(data.get("sid"))
        if not sid:
            raise provider_error(OutcomeUnknown, answer, text="The answer names no message.")
        # "0" while a messaging service has not chosen a sender yet.
        count = scalar(data.get("num_segments"))
        return SendResult(sid, segments=max(1, int(count) if count.isdecimal() else 1))

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


def _parameters(request: WebhookRequest) -> dict[str, str]:
    """Return the first value of each parameter; a webhook set to GET has them in the query."""
    pairs = request.form or tuple(request.query.items())
    return clean(dict(reversed(pairs)))


def _received_at(payload: Mapping) -> datetime:
    try:
        return datetime.fromisoformat(payload["received_at"])
    except (KeyError, TypeError, ValueError):
        return EPOCH


def _message_id(params: Mapping) -> str:
    return next((params[name] for name in MESSAGE_IDS if params.get(name)), "")


def _status(params: Mapping) -> str:
    return (params.get("MessageStatus") or params.get("SmsStatus") or "").lower()


def _opt_out(params: Mapping) -> OptOut:
    """Return what Twilio understood, else what the default keywords say."""
    told = OPT_OUT_TYPES.get(params.get("OptOutType", "").upper())
    return told or KEYWORDS.get(params.get("Body", "").strip().upper(), OptOut.NOTHING)


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
