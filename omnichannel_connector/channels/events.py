"""The vocabulary between the adapters and the models: what happened, and what to send.

Plain frozen dataclasses. Times are aware and UTC. Nothing in here knows Odoo or a provider.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any


class Kind(str, Enum):
    """What an inbound event means. A provider's type that we do not know is UNKNOWN."""

    MESSAGE = "message"  # somebody wrote; `is_echo` when it was our side
    POSTBACK = "postback"  # a button or menu entry was pressed; reads like a message
    COMMENT = "comment"  # written in public; reads like a message, may be answered privately once
    CALL = "call"  # of a phone call; `call` holds what this event tells about it
    REACTION = "reaction"  # on the message `target_id`; empty `reaction` takes it back
    EDIT = "edit"  # the message `target_id` now reads `text`
    UNSEND = "unsend"  # the message `target_id` was withdrawn
    STATUS = "status"  # of our own message `target_id` or `delivery_uuid`
    READ = "read"  # the customer has seen everything up to `target_id`
    PROFILE = "profile"  # what the provider tells about a customer, asked by us
    REFERRAL = "referral"  # the customer came through a link or an advert
    HANDOVER = "handover"  # another app took the thread, or gave it to us; `text` names who
    IGNORED = "ignored"  # understood, and nothing to do (test button, pending status)
    UNKNOWN = "unknown"  # kept and counted


class Status(str, Enum):
    """What a provider says about a message of ours, weakest first. FAILED is final."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


class OptOut(str, Enum):
    """A consent keyword that the customer sent. NOTHING when the text is an ordinary one."""

    NOTHING = ""
    STOP = "stop"
    START = "start"
    HELP = "help"


class OptOutBy(str, Enum):
    """Who acts on a consent keyword besides us."""

    TEXT = ""  # nobody: we read it in the text
    DEFAULT = "default"  # the provider, unless the account told it to leave it to us
    PROVIDER = "provider"  # the provider: it says that it did, and answered the customer


class CallState(str, Enum):
    """How far a phone call is. MISSED and ENDED are final."""

    RINGING = "ringing"
    ANSWERED = "answered"
    MISSED = "missed"  # nobody of ours, or nobody there, picked up
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Call:
    """What one event tells about a phone call. What it does not tell is None or empty.

    `external_id` names the call as the customer knows it: the parent's for a forwarded leg.
    """

    external_id: str
    state: CallState | None = None
    is_outbound: bool = False
    seconds: int | None = None  # of talking
    answered_by: str = ""  # the number of ours that took it
    recording_url: str = ""
    recording_seconds: int | None = None
    transcript: str = ""


@dataclass(frozen=True, slots=True)
class MediaRef:
    """A file or a shared thing in an inbound message, not downloaded yet.

    `kind` is the provider's own word (image, video, audio, file, share, story_mention, ...).
    `url` is empty when the provider exposes no content, or has to be asked for it with
    `external_id`. What `is_fleeting` may be looked at, but never be kept (stories).
    """

    kind: str
    url: str = ""
    content_type: str = ""
    name: str = ""
    external_id: str = ""
    is_fleeting: bool = False


@dataclass(frozen=True, slots=True)
class Media:
    """A downloaded file. `content_type` is what the server says, not to be trusted."""

    content: bytes = field(repr=False)
    content_type: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class ProviderError:
    """The provider's own code and untranslated text of a failure."""

    code: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class InboundEvent:
    """One thing that happened at a provider, in our words.

    `identity` is always the customer's address, also in echoes of our own messages. It is empty
    when the event is about no customer. `external_id` is the id of the message itself;
    `target_id` the id of the older message that a reaction, edit, unsend, read or status is about.
    `payload` is what the button says that was pressed, `revision` the number of an edit,
    `is_standby` tells that another app answers there now, `is_recovered` that the provider never
    told it: we found it (`list_since`). `context` is what a comment is about.
    """

    kind: Kind
    occurred_at: datetime
    identity: str = ""
    external_id: str = ""
    target_id: str = ""
    text: str = ""
    attachments: tuple[MediaRef, ...] = ()
    reply_to: str = ""
    is_echo: bool = False
    reaction: str = ""
    status: Status | None = None
    error: ProviderError | None = None
    opt_out: OptOut = OptOut.NOTHING
    opt_out_by: OptOutBy = OptOutBy.TEXT
    delivery_uuid: str = ""
    profile_name: str = ""
    username: str = ""
    referral: Mapping[str, str] = field(default_factory=dict)
    payload: str = ""
    revision: int = 0
    is_standby: bool = False
    is_recovered: bool = False
    context: Mapping[str, str] = field(default_factory=dict)
    call: Call | None = None


@dataclass(frozen=True, slots=True)
class RawEvent:
    """One provider event as it came: what is stored before anything is done with it.

    `key` names the event and never changes between redeliveries, however they are batched; that
    of a message is `message:<external id>`, of an echo `echo:<external id>`.
    `customer` groups the events of one customer (their address, not normalised; of a phone call
    its id); events of one customer are processed in order. It is empty when the event is about
    nobody. `recipients` are the ids by which the provider names our side: the account of the
    webhook's address when it has one of them, or when there are none; else the account that has.
    """

    key: str
    customer: str
    payload: Mapping[str, Any]
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutboundMedia:
    """A file to send, as a public URL that the provider downloads."""

    url: str
    content_type: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class OutboundPart:
    """What fits in one provider call: a text, or one file."""

    text: str = ""
    media: OutboundMedia | None = None


class Action(str, Enum):
    """What a provider call does. Only MESSAGE is something that the customer can answer."""

    MESSAGE = "message"
    REACT = "react"  # `reaction` on `target_id`; an empty one takes it back
    SEEN = "seen"
    TYPING = "typing"


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One provider call. `uuid` is ours and comes back in the status callback.

    `is_late` tells that the channel's ordinary window is closed and only the longer one for
    people is open; it is never set for an automation. `comment_id` names the public comment that
    is answered in private.
    """

    uuid: str
    to: str
    part: OutboundPart = OutboundPart()
    reply_to: str = ""
    is_human: bool = False  # a person wrote it, no automation
    is_late: bool = False
    action: Action = Action.MESSAGE
    target_id: str = ""
    reaction: str = ""
    comment_id: str = ""


@dataclass(frozen=True, slots=True)
class SendResult:
    """What the provider answered to a call that it took.

    `recipient` is the customer's address as the provider knows it, where it tells one: behind a
    comment it may be another one than that of the comment. `usage` is the part of the allowed
    calls that is used up, 0 to 1.
    """

    external_id: str
    status: Status = Status.SENT
    segments: int = 1
    recipient: str = ""
    usage: float = 0.0


@dataclass(frozen=True, slots=True)
class Size:
    """How long a text is as the channel counts it: `used` of `limit` `unit`s, in `parts` pieces.

    `unit` is "bytes", "characters", "GSM-7" or "UCS-2"; `limit` is that of the pieces together.
    """

    used: int
    limit: int
    unit: str
    parts: int


@dataclass(frozen=True, slots=True)
class Profile:
    """What the provider tells about a customer. Any of it may be empty."""

    name: str = ""
    username: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A renewed access token and when it dies, None for never."""

    access_token: str = field(repr=False)
    expires_at: datetime | None = None


class Level(str, Enum):
    """How a check came out."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check of an account at its provider.

    `check` is a word for what was checked: credentials, sender, permissions, subscription,
    webhook. The models have the sentences for them. `detail` is the provider's own text, or
    names what is missing; free of secrets.
    """

    check: str
    level: Level
    detail: str = ""
