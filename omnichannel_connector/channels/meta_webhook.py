"""The webhook body of Meta's messaging products, taken apart into items.

`{object, entry: [{id, time, messaging | standby | changes: [item]}]}`, in many variations.
https://developers.facebook.com/docs/messenger-platform/webhooks
https://developers.facebook.com/docs/instagram-platform/webhooks/examples
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .events import InboundEvent, Kind, MediaRef, RawEvent
from .meta import parse_time
from .text import scalar

SOURCES = ("messaging", "standby", "changes")
COMMENT_FIELDS = frozenset({"comments", "live_comments"})
MENTION_FIELD = "mentions"
HANDOVER_ITEMS = frozenset({"pass_thread_control", "take_thread_control", "request_thread_control"})

# Which keys of an item say what it is, and what tells two of that kind about the same message
# apart, besides the message's id.
KEY_FIELDS = {
    "message": (),
    "reaction": ("sender", "timestamp", "action"),
    "postback": (),
    "read": ("sender",),
    "referral": (),
    "message_edit": ("num_edit",),
    **dict.fromkeys(sorted(HANDOVER_ITEMS), ()),
}
KEY_BYTES = 512  # an index row of PostgreSQL takes about 2,700

# In which key of its payload an attachment has its file. `ig_story` is the odd one.
URL_KEYS = ("url", "story_media_url", "link")
# An attachment that we invent where the API tells that there is something, but not what.
UNSUPPORTED = MediaRef("unsupported")
# Stories vanish after a day, and nobody may keep a copy.
# https://developers.facebook.com/docs/messenger-platform/instagram/features/story-mention
STORY_REPLY = "story_reply"
FLEETING_TYPES = frozenset({"story_mention", STORY_REPLY, "ig_story", "story"})

EPOCH = datetime.fromtimestamp(0, timezone.utc)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a webhook body, whichever envelope it came in.

    `kind` is the key that says what it is, or "", and `content` what stands there. `customer` is
    the side that is not ours, `is_echo` tells that our side did it. `recipients` name our side.
    """

    entry_id: str
    field: str  # of `changes` only
    kind: str
    data: Mapping[str, Any]
    content: Mapping[str, Any]
    sender: str
    recipient: str
    customer: str
    recipients: tuple[str, ...]
    is_echo: bool
    is_standby: bool
    is_recovered: bool
    occurred_at: datetime

    def event(self, kind: Kind, **values) -> InboundEvent:
        """Return an event of this customer at this time."""
        return InboundEvent(
            kind,
            self.occurred_at,
            identity=self.customer,
            is_standby=self.is_standby,
            is_recovered=self.is_recovered,
            **values,
        )

    def key(self) -> str:
        """Return the event's key: from ids where there are some, else from the whole content.

        The time of the entry is left out, it differs between deliveries.
        """
        if self.field in COMMENT_FIELDS:
            head = [self.field, scalar(self.data.get("id") or self.data.get("comment_id"))]
        else:
            head = [self._key_kind(), scalar(self.content.get("mid"))]
        known = {
            **self.content,
            "sender": self.sender,
            "timestamp": self.data.get("timestamp"),
        }
        tail = [scalar(known.get(name)) for name in KEY_FIELDS.get(self.kind, ())]
        key = ":".join(head + tail)
        if head[1] and len(key.encode()) <= KEY_BYTES:
            return key
        content = [self.entry_id, self.field, self.data]
        digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
        return f"{head[0][:64]}:{digest}"

    def _key_kind(self) -> str:
        """Return the kind, finer for messages: sending, its echo and its unsending share a mid."""
        if self.kind != "message":
            return self.kind or self.field or "item"
        if self.content.get("is_deleted"):
            return "unsend"
        return "echo" if self.content.get("is_echo") else "message"


def raw_events(envelopes: list[Mapping], own_ids: frozenset[str]) -> list[RawEvent]:
    """Return every item of a webhook body, in its order. Nothing is lost, however odd."""
    return [
        _raw_event(entry, source, item, own_ids)
        for envelope in envelopes
        for entry in map(as_object, as_list(envelope.get("entry", envelope)))
        for source, item in _items(entry)
    ]


def _raw_event(entry: Mapping, source: str, item: Mapping, own_ids: frozenset[str]) -> RawEvent:
    # For items without a time of their own (comments), so that parsing needs no clock.
    time = entry.get("time")
    if parse_time(time) is None:
        time = datetime.now(timezone.utc).isoformat()
    payload = {
        "entry_id": scalar(entry.get("id")),
        "source": source,
        "time": time,
        "item": item,
    }
    read = read_item(payload, own_ids)
    return RawEvent(read.key(), read.customer, payload, read.recipients)


def read_item(payload: Mapping, own_ids: frozenset[str]) -> Item:
    """Read the payload of a RawEvent. `own_ids` are the ids of our side, besides the entry's."""
    field, data = "", as_object(payload.get("item"))
    if payload.get("source") == "changes":
        field, data = scalar(data.get("field")), as_object(data.get("value"))
    kind = "" if field in COMMENT_FIELDS else next((key for key in KEY_FIELDS if key in data), "")
    content = as_object(data.get(kind))
    entry_id = scalar(payload.get("entry_id"))
    # A comment names its author `from`.
    sender = scalar(as_object(data.get("sender") or data.get("from")).get("id"))
    recipient = scalar(as_object(data.get("recipient")).get("id"))
    ours = _our_side(entry_id, {sender, recipient}, own_ids)
    is_echo = bool(content.get("is_echo") or (sender and sender in ours))
    # Not every source of an echo swaps the two, so the side that is not ours counts.
    sides = (recipient, sender) if is_echo else (sender, recipient)
    customer = next((side for side in sides if side not in ours), "")
    named = (entry_id, *(side for side in (sender, recipient) if side != customer))
    return Item(
        entry_id=entry_id,
        field=field,
        kind=kind,
        data=data,
        content=content,
        sender=sender,
        recipient=recipient,
        customer=customer,
        recipients=tuple(dict.fromkeys(filter(None, named))),
        is_echo=is_echo,
        is_standby=payload.get("source") == "standby",
        is_recovered=payload.get("recovered") is True,
        occurred_at=parse_time(data.get("timestamp")) or parse_time(payload.get("time")) or EPOCH,
    )


def _our_side(entry_id: str, sides: set[str], own_ids: frozenset[str]) -> frozenset[str]:
    """Return the ids of the side that an item was delivered to.

    In an entry of another account that one is at home, and an id of ours may be its customer:
    two accounts of an app may write to each other.
    """
    is_elsewhere = entry_id in sides and entry_id not in own_ids
    return frozenset({entry_id, ""}) | (frozenset() if is_elsewhere else own_ids)


def as_object(value: Any) -> Mapping[str, Any]:
    """Return an object as it is, and what should have been one as {"value": ..}."""
    if isinstance(value, Mapping):
        return value
    return {} if value is None else {"value": value}


def as_list(value: Any) -> list:
    """Return a list as it is, one value as a list of it, and None as an empty one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _items(entry: Mapping) -> Iterator[tuple[str, Mapping]]:
    """Yield (source, item) for all that an entry holds, so that nothing of it is lost.

    A comment may stand in the entry itself, without a `changes` list around it.
    """
    known = [source for source in SOURCES if source in entry]
    for source in known:
        for item in as_list(entry[source]):
            yield source, as_object(item)
    if "field" in entry:
        yield "changes", {"field": entry["field"], "value": entry.get("value")}
    elif not known:
        rest = {name: value for name, value in entry.items() if name not in ("id", "time")}
        if rest:
            yield "entry", rest


def attachments(message: Mapping) -> tuple[MediaRef, ...]:
    """Return the attachments of a message, and the story that it answers."""
    found = [_attachment(as_object(item)) for item in as_list(message.get("attachments"))]
    story = as_object(as_object(message.get("reply_to")).get("story"))
    if story:
        found.append(MediaRef(STORY_REPLY, _web_url(story.get("url")), is_fleeting=True))
    return tuple(found)


def _attachment(item: Mapping) -> MediaRef:
    """Translate an attachment of any type, also one that Meta invents tomorrow.

    `fallback` may carry its title and url itself; `like_heart` and `ephemeral` have no payload.
    """
    payload = as_object(item.get("payload"))
    place = as_object(payload.get("coordinates"))
    name = scalar(payload.get("title")) or scalar(item.get("title"))
    if place:
        name = name or f"{scalar(place.get('lat'))}, {scalar(place.get('long'))}"
    url = next((payload[key] for key in URL_KEYS if payload.get(key)), item.get("url"))
    kind = scalar(item.get("type")) or UNSUPPORTED.kind
    return MediaRef(kind, _web_url(url), name=name, is_fleeting=kind in FLEETING_TYPES)


def _web_url(value: Any) -> str:
    """Return a URL that can be fetched, or "": reels come with a path only."""
    url = scalar(value)
    return url if url.startswith(("https://", "http://")) else ""


def referral(value: Any) -> dict[str, str]:
    """Flatten a referral: the advert's data beside the rest, a product's id as product_id."""
    flat = {}
    for name, item in as_object(value).items():
        if isinstance(item, Mapping):
            prefix = "" if name == "ads_context_data" else f"{name}_"
            flat.update({prefix + key: scalar(inner) for key, inner in item.items()})
        else:
            flat[name] = scalar(item)
    return {name: item for name, item in flat.items() if item}
