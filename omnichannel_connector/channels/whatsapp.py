"""WhatsApp through Meta's Cloud API.

https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components
https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from .addresses import normalize_phone
from .base import Limits, WebhookRequest
from .errors import (
    FetchError,
    MediaGone,
    MediaRefused,
    OutcomeUnknown,
    Rejected,
    SendError,
)
from .events import (
    Action,
    Finding,
    InboundEvent,
    Kind,
    Level,
    Media,
    MediaRef,
    OutboundMessage,
    ProviderError,
    RawEvent,
    SendResult,
    Status,
)
from .http import provider_error
from .meta import parse_time, usage
from .meta_graph import MEGABYTE, GraphAdapter, refused, rows_of
from .meta_webhook import (
    EPOCH,
    UNSUPPORTED,
    as_list,
    as_object,
    entry_time,
    referral,
)
from .text import scalar, stable_key

# Lists in the value of a change -> how an event of each is called in its key.
LISTS = {"messages": "message", "statuses": "status"}

STATUSES = {
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "played": Status.READ,
    "failed": Status.FAILED,
}
FILE_TYPES = frozenset({"image", "video", "audio", "voice", "document", "sticker"})
OUTBOUND_TYPES = {"image": "image", "video": "video", "audio": "audio"}  # else "document"

NUMBER = re.compile(r"\+?[0-9]{7,15}")


class WhatsAppAdapter(GraphAdapter):
    """WhatsApp Cloud.

    `external_id` is the id of the WhatsApp Business Account, `sender` that of the phone number.
    A customer is their number, the same address as for SMS; who hides it comes with an id that is
    valid in one business only (`US.1234`), which is kept as it is.
    """

    code = "whatsapp"
    label = "WhatsApp"
    identity_kind = "phone"
    default_api_url = "https://graph.facebook.com/v26.0"
    required_settings = frozenset(
        {"external_id", "sender", "access_token", "signing_secrets", "verify_token"}
    )
    limits = Limits(
        text_chars=4096,
        window=timedelta(hours=24),
        rate=80.0,
        media={
            "image/jpeg": 5 * MEGABYTE,
            "image/png": 5 * MEGABYTE,
            "audio": 16 * MEGABYTE,
            "video": 16 * MEGABYTE,
            "application": 100 * MEGABYTE,
            "text": 100 * MEGABYTE,
        },
    )
    actions = frozenset({Action.MESSAGE, Action.REACT})
    can_reply = True
    scopes = ("whatsapp_business_messaging", "whatsapp_business_management")

    # === INBOUND === #

    def split(self, request: WebhookRequest) -> list[RawEvent]:
        return [
            self._raw_event(name, payload)
            for envelope in self._envelopes(request)
            for entry in map(as_object, as_list(envelope.get("entry", envelope)))
            for name, payload in _items(entry)
        ]

    def _raw_event(self, name: str, payload: Mapping) -> RawEvent:
        item, number_id = payload["item"], payload["number_id"]
        head = [name, scalar(item.get("id")) if payload["list"] else ""]
        tail = [scalar(item.get("status"))] if name == "status" else []
        key = stable_key(head, tail, [payload["entry_id"], number_id, item])
        return RawEvent(key, _address(payload), payload, (number_id,) if number_id else ())

    def parse(self, payload: Mapping) -> InboundEvent:
        number_id = scalar(payload.get("number_id"))
        if number_id in ("", self.account.sender, self.account.external_id):
            if payload.get("list") == "messages":
                return self._message(payload)
            if payload.get("list") == "statuses":
                return self._status(payload)
        return self._event(Kind.UNKNOWN, payload)

    def _event(self, kind: Kind, payload: Mapping, /, **values) -> InboundEvent:
        time = as_object(payload.get("item")).get("timestamp")
        return InboundEvent(
            kind,
            parse_time(time) or parse_time(payload.get("time")) or EPOCH,
            identity=self.normalize(_address(payload)),
            **values,
        )

    def _message(self, payload: Mapping) -> InboundEvent:
        """Take a message. One in a group is kept only: an answer would go to its writer alone."""
        item = as_object(payload.get("item"))
        message_id, kind = scalar(item.get("id")), scalar(item.get("type"))
        if not message_id or not _address(payload) or item.get("group_id") or kind == "system":
            return self._event(Kind.UNKNOWN, payload)
        if kind == "reaction":
            return self._reaction(payload, as_object(item.get("reaction")))
        context = as_object(item.get("context"))
        profile = as_object(as_object(payload.get("contact")).get("profile"))
        read = _READERS.get(kind, _file if kind in FILE_TYPES else _other)
        content = read(as_object(item.get(kind)), kind)
        if not content.get("text") and not content.get("attachments"):
            content["attachments"] = (UNSUPPORTED,)
        return self._event(
            content.pop("kind", Kind.MESSAGE),
            payload,
            external_id=message_id,
            reply_to=scalar(context.get("id")),
            referral=referral(item.get("referral") or context.get("referred_product")),
            profile_name=scalar(profile.get("name")),
            username=scalar(profile.get("username")),
            **content,
        )

    def _reaction(self, payload: Mapping, reaction: Mapping) -> InboundEvent:
        """Take a reaction; one without an emoji takes the last one back."""
        target = scalar(reaction.get("message_id"))
        if not target:
            return self._event(Kind.UNKNOWN, payload)
        emoji = scalar(reaction.get("emoji"))
        return self._event(Kind.REACTION, payload, target_id=target, reaction=emoji)

    def _status(self, payload: Mapping) -> InboundEvent:
        """Take what became of a message of ours. Most failures come here, not when it is sent."""
        item = as_object(payload.get("item"))
        status, target = STATUSES.get(scalar(item.get("status"))), scalar(item.get("id"))
        if not status or not target:
            return self._event(Kind.UNKNOWN, payload)
        return self._event(
            Kind.STATUS,
            payload,
            target_id=target,
            status=status,
            error=_error(item) if status is Status.FAILED else None,
            delivery_uuid=scalar(item.get("biz_opaque_callback_data")),
        )

    def fetch(self, media: MediaRef) -> Media:
        """Ask where a file is, then download it with the token: the address lives five minutes.

        https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media
        """
        if not media.external_id:
            raise MediaRefused("This is no file.")
        try:
            found = self._call(
                "GET", media.external_id, params={"phone_number_id": self.account.sender}
            )
        except Rejected as error:
            raise MediaGone(error.text, error.code) from None
        except SendError as error:
            raise FetchError(error.text, error.code) from None
        file = self._download(scalar(found.json().get("url")), with_token=True)
        return Media(file.content, file.content_type or media.content_type, media.name or file.name)

    # === OUTBOUND === #

    def normalize(self, address: str) -> str:
        return normalize_phone(address, self.account.country)

    def send(self, message: OutboundMessage) -> SendResult:
        """Send one text, file or reaction. Our uuid comes back with every status of it."""
        field = "to" if NUMBER.fullmatch(message.to) else "recipient"  # of who hides the number
        content = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            field: message.to,
            "biz_opaque_callback_data": message.uuid,
            **_content(message),
        }
        if message.reply_to:
            content["context"] = {"message_id": message.reply_to}
        answer = self._post(self.account.sender, "messages", content=content)
        ids = [scalar(as_object(row).get("id")) for row in as_list(answer.json().get("messages"))]
        if not any(ids):
            raise provider_error(OutcomeUnknown, answer, text="The answer names no message.")
        return SendResult(next(filter(None, ids)), usage=usage(answer))

    # === ACCOUNT === #

    def check(self) -> list[Finding]:
        """Ask for the number, then whether an app is told what is written to it."""
        account, fields = self.account, {"fields": "display_phone_number,verified_name"}
        try:
            data = self._call("GET", account.sender, params=fields).json()
        except SendError as error:
            return [refused("credentials", error)]
        return [
            Finding("credentials", Level.OK, scalar(data.get("verified_name"))),
            Finding("sender", Level.OK, scalar(data.get("display_phone_number"))),
            self._asked("subscription", self._check_subscription),
        ]

    def _check_subscription(self) -> Finding:
        apps = rows_of(self._call("GET", self.account.external_id, "subscribed_apps").json())
        return Finding("subscription", Level.OK if apps else Level.FAILED)

    def subscribe(self) -> None:
        """Have the app told about the business account; which fields is set in the app."""
        self._post(self.account.external_id, "subscribed_apps", content={})


# === WHAT COMES IN === #


def _items(entry: Mapping) -> Iterator[tuple[str, Mapping]]:
    """Yield (name, payload) for each message and status, and for every other change as it is.

    One POST may mix them, of several numbers. Whose profile belongs to a message is decided here.
    """
    rest = {name: value for name, value in entry.items() if name not in ("id", "time", "changes")}
    for change in map(as_object, as_list(entry.get("changes")) or filter(None, [rest])):
        value = as_object(change.get("value"))
        base = {
            "entry_id": scalar(entry.get("id")),
            "time": entry_time(entry),
            "number_id": scalar(as_object(value.get("metadata")).get("phone_number_id")),
        }
        found = [
            (LISTS[name], {**base, "list": name, "item": item, "contact": _contact(item, value)})
            for name in LISTS
            for item in map(as_object, as_list(value.get(name)))
        ]
        field = scalar(change.get("field")) or "change"
        yield from found or [(field, {**base, "list": "", "item": change})]


def _contact(item: Mapping, value: Mapping) -> Mapping:
    """Return the contact that a message is from."""
    contacts = [row for row in as_list(value.get("contacts")) if isinstance(row, Mapping)]
    senders = {scalar(item.get(name)) for name in ("from", "from_user_id")} - {""}
    for contact in contacts:
        if senders & {scalar(contact.get("wa_id")), scalar(contact.get("user_id"))}:
            return contact
    is_sole = len(contacts) == len(as_list(value.get("messages"))) == 1
    return contacts[0] if is_sole and not senders else {}


def _address(payload: Mapping) -> str:
    """Return the customer's number, which comes without its plus, else the id of who hides it."""
    item, contact = as_object(payload.get("item")), as_object(payload.get("contact"))
    names = ("from", "from_user_id", "recipient_id", "recipient_user_id")
    found = [scalar(item.get(name)) for name in names]
    found += [scalar(contact.get(name)) for name in ("wa_id", "user_id")]
    number = next(filter(NUMBER.fullmatch, found), "")
    return f"+{number.lstrip('+')}" if number else next(filter(None, found), "")


def _error(item: Mapping) -> ProviderError:
    error = as_object(next(iter(as_list(item.get("errors"))), None))
    details = as_object(error.get("error_data")).get("details")
    texts = (details, error.get("message"), error.get("title"))
    return ProviderError(
        scalar(error.get("code")) or "failed", next(filter(None, map(scalar, texts)), "")
    )


def _text(content: Mapping, kind: str) -> dict[str, Any]:
    return {"text": scalar(content.get("body"))}


def _file(content: Mapping, kind: str) -> dict[str, Any]:
    file = MediaRef(
        kind,
        content_type=scalar(content.get("mime_type")).partition(";")[0].strip(),
        name=scalar(content.get("filename")),
        external_id=scalar(content.get("id")),
    )
    return {"text": scalar(content.get("caption")), "attachments": (file,)}


def _location(content: Mapping, kind: str) -> dict[str, Any]:
    places = [scalar(content.get(name)) for name in ("name", "address")]
    point = [scalar(content.get(name)) for name in ("latitude", "longitude")]
    name = ", ".join(filter(None, places)) or ", ".join(filter(None, point))
    return {"attachments": (MediaRef(kind, name=name),)}


def _contacts(content: Mapping, kind: str) -> dict[str, Any]:
    names = [
        scalar(as_object(as_object(card).get("name")).get("formatted_name"))
        for card in as_list(content.get("value"))
    ]
    return {"attachments": (MediaRef(kind, name=", ".join(filter(None, names))),)}


def _button(content: Mapping, kind: str) -> dict[str, Any]:
    text, payload = scalar(content.get("text")), scalar(content.get("payload"))
    return {"kind": Kind.POSTBACK, "text": text or payload, "payload": payload}


def _interactive(content: Mapping, kind: str) -> dict[str, Any]:
    reply = as_object(content.get(scalar(content.get("type"))))
    text = scalar(reply.get("title")) or scalar(reply.get("body"))
    return {"kind": Kind.POSTBACK, "text": text, "payload": scalar(reply.get("id"))}


def _other(content: Mapping, kind: str) -> dict[str, Any]:
    return {"text": scalar(content.get("text")), "attachments": (MediaRef(kind),) if kind else ()}


_READERS = {
    "text": _text,
    "location": _location,
    "contacts": _contacts,
    "button": _button,
    "interactive": _interactive,
}


# === WHAT GOES OUT === #


def _content(message: OutboundMessage) -> dict[str, Any]:
    if message.action is Action.REACT:
        reaction = {"message_id": message.target_id, "emoji": message.reaction}
        return {"type": "reaction", "reaction": reaction}
    media = message.part.media
    if media is None:
        return {"type": "text", "text": {"body": message.part.text}}
    kind = OUTBOUND_TYPES.get(media.content_type.partition("/")[0], "document")
    name = {"filename": media.name} if kind == "document" and media.name else {}
    return {"type": kind, kind: {"link": media.url, **name}}
