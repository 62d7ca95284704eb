"""Instagram Direct, with Instagram Login or through a Facebook Page.

https://developers.facebook.com/docs/instagram-platform/webhooks
https://developers.facebook.com/docs/messenger-platform/instagram
"""

import hmac
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import quote

from .base import ChannelAdapter, Limits, WebhookRequest
from .errors import OutcomeUnknown, PayloadError, SignatureError
from .events import (
    InboundEvent,
    Kind,
    OutboundMedia,
    OutboundMessage,
    OutboundPart,
    Profile,
    RawEvent,
    SendResult,
)
from .http import Answer, BearerAuth, call, provider_error
from .meta import SIGNATURE_HEADER, graph_error, verify_signature
from .meta_webhook import (
    HANDOVER_ITEMS,
    UNSUPPORTED,
    Item,
    as_object,
    attachments,
    raw_events,
    read_item,
    referral,
)
from .text import cut, load_json, scalar, utf8_size

IGNORED_FIELDS = frozenset({"story_insights"})

# The dashboard's test button sends these; some products put the people under a real account.
TEST_ENTRY = "0"
TEST_PEOPLE = {"12334", "23245"}

OUTBOUND_TYPES = {"image": "image", "video": "video", "audio": "audio"}  # else "file"
CHALLENGE = re.compile(r"[A-Za-z0-9_.-]{1,256}")


class InstagramAdapter(ChannelAdapter):
    """Instagram Direct.

    `external_id` is the id of the professional account, as the webhooks name it. `sender` may
    hold the id under which messages are sent when it is another one (a Facebook Page).
    """

    code = "instagram"
    label = "Instagram"
    identity_kind = "instagram"
    identity_scoped = True
    has_profiles = True
    default_api_url = "https://graph.instagram.com/v26.0"
    required_settings = frozenset(
        {"external_id", "access_token", "signing_secrets", "verify_token"}
    )
    limits = Limits(text_bytes=1000, window=timedelta(hours=24), human_window=timedelta(days=7))

    # === INBOUND === #

    def challenge(self, request: WebhookRequest) -> str:
        """Answer `hub.challenge` when `hub.verify_token` is ours."""
        expected = self.account.verify_token
        given = request.query.get("hub.verify_token", "")
        answer = request.query.get("hub.challenge", "")
        is_ours = hmac.compare_digest(given.encode(errors="replace"), expected.encode())
        if not expected or not is_ours or request.query.get("hub.mode") != "subscribe":
            raise SignatureError("the verify token does not match")
        if not CHALLENGE.fullmatch(answer):  # never mirror what could be markup
            raise SignatureError("the challenge is malformed")
        return answer

    def verify(self, request: WebhookRequest) -> None:
        header = request.headers.get(SIGNATURE_HEADER, "")
        verify_signature(request.body, header, self.account.signing_secrets)

    def split(self, request: WebhookRequest) -> list[RawEvent]:
        try:
            body = load_json(request.body)
        except ValueError:
            raise PayloadError("the body is not JSON") from None
        envelopes = body if isinstance(body, list) else [body]
        if not all(isinstance(envelope, dict) for envelope in envelopes):
            raise PayloadError("the body is neither an object nor a list of objects")
        return raw_events(envelopes, self._own_ids)

    def parse(self, payload: Mapping) -> InboundEvent:
        item = read_item(payload, self._own_ids)
        if self._is_ignored(item):
            return item.event(Kind.IGNORED)
        handler = self._HANDLERS.get(item.kind)
        event = handler(self, item) if handler else None
        return event or item.event(Kind.UNKNOWN)

    @property
    def _own_ids(self) -> frozenset[str]:
        return frozenset(filter(None, (self.account.external_id, self.account.sender)))

    def _is_ignored(self, item: Item) -> bool:
        """Tell whether an item is understood and asks for nothing.

        Another account of the same app has the same webhook; the business may write to itself
        to try things out.
        """
        is_test = item.entry_id == TEST_ENTRY or {item.sender, item.recipient} == TEST_PEOPLE
        is_self = item.data.get("is_self") or item.content.get("is_self")
        is_foreign = item.entry_id and item.entry_id not in self._own_ids
        is_idle = item.kind in HANDOVER_ITEMS or item.field in IGNORED_FIELDS
        return bool(is_test or is_self or is_foreign or is_idle)

    def _message(self, item: Item) -> InboundEvent | None:
        message, mid = item.content, scalar(item.content.get("mid"))
        if not (mid and (item.customer or item.is_echo)):
            return None
        if message.get("is_deleted"):
            return item.event(Kind.UNSEND, target_id=mid, is_echo=item.is_echo)
        text = scalar(message.get("text"))
        refs = attachments(message)
        if (not text and not refs) or message.get("is_unsupported"):
            refs += (UNSUPPORTED,)
        return item.event(
            Kind.MESSAGE,
            external_id=mid,
            text=text,
            attachments=refs,
            reply_to=scalar(as_object(message.get("reply_to")).get("mid")),
            is_echo=item.is_echo,
            referral=referral(message.get("referral")),
        )

    def _reaction(self, item: Item) -> InboundEvent | None:
        target = scalar(item.content.get("mid"))
        if not target or not item.customer:
            return None
        # Both may be missing on `react`, and always are on `unreact`.
        word = scalar(item.content.get("emoji")) or scalar(item.content.get("reaction")) or "other"
        reaction = "" if item.content.get("action") == "unreact" else word
        return item.event(Kind.REACTION, target_id=target, reaction=reaction, is_echo=item.is_echo)

    def _postback(self, item: Item) -> InboundEvent | None:
        if not item.customer:
            return None
        return item.event(
            Kind.POSTBACK,
            external_id=scalar(item.content.get("mid")),
            text=scalar(item.content.get("title")) or scalar(item.content.get("payload")),
            referral=referral(item.content.get("referral")),
        )

    def _read(self, item: Item) -> InboundEvent | None:
        """Take a receipt of the customer; one of our own side says nothing about delivery."""
        if item.is_echo:
            return item.event(Kind.IGNORED)
        target = scalar(item.content.get("mid"))
        if not target or not item.customer:
            return None
        return item.event(Kind.READ, target_id=target)

    def _referral_item(self, item: Item) -> InboundEvent | None:
        if not item.customer:
            return None
        return item.event(Kind.REFERRAL, referral=referral(item.content))

    def _edit(self, item: Item) -> InboundEvent | None:
        """Take an edit. In development mode Meta sends one of number 0 with each new message."""
        target, text = scalar(item.content.get("mid")), scalar(item.content.get("text"))
        if not text and scalar(item.content.get("num_edit")) in ("", "0"):
            return item.event(Kind.IGNORED)
        if not target:
            return None
        return item.event(Kind.EDIT, target_id=target, text=text, is_echo=item.is_echo)

    _HANDLERS: ClassVar = {
        "message": _message,
        "reaction": _reaction,
        "postback": _postback,
        "read": _read,
        "referral": _referral_item,
        "message_edit": _edit,
    }

    # === OUTBOUND === #

    def normalize(self, address: str) -> str:
        return address.strip()

    def parts(self, text: str, media: tuple[OutboundMedia, ...] = ()) -> list[OutboundPart]:
        texts = cut(text, self.limits.text_bytes, utf8_size)
        return [OutboundPart(text=piece) for piece in texts] + [
            OutboundPart(media=item) for item in media
        ]

    def send(self, message: OutboundMessage) -> SendResult:
        """Send one text or file. There is no idempotency key: the echo reconciles."""
        content = {"recipient": {"id": message.to}, "message": _content(message.part)}
        if message.reply_to:
            content["reply_to"] = {"mid": message.reply_to}
        answer = self._call(
            "POST",
            self.account.sender or self.account.external_id,
            "messages",
            body=json.dumps(content).encode(),
            content_type="application/json",
        )
        message_id = scalar(answer.json().get("message_id"))
        if not message_id:
            raise provider_error(OutcomeUnknown, answer, text="The answer names no message.")
        return SendResult(message_id)

    def profile(self, identity: str) -> Profile:
        """Read the name. Refused by Meta for people who have not written to us yet."""
        data = self._call("GET", identity, params={"fields": "name,username"}).json()
        return Profile(scalar(data.get("name")), scalar(data.get("username")))

    def _call(self, method: str, *path: str, **options) -> Answer:
        base = (self.account.api_url or self.default_api_url).rstrip("/")
        url = "/".join((base, *(quote(part, safe="") for part in path)))
        answer = call(self.session, method, url, BearerAuth(self.account.access_token), **options)
        if not answer.is_success:
            raise graph_error(answer, self.account.secrets)
        return answer


def _content(part: OutboundPart) -> dict[str, Any]:
    if part.media is None:
        return {"text": part.text}
    kind = OUTBOUND_TYPES.get(part.media.content_type.partition("/")[0], "file")
    return {"attachment": {"type": kind, "payload": {"url": part.media.url}}}
