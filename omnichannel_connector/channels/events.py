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
    REACTION = "reaction"  # on the message `target_id`; empty `reaction` takes it back
    EDIT = "edit"  # the message `target_id` now reads `text`
    UNSEND = "unsend"  # the message `target_id` was withdrawn
    STATUS = "status"  # of our own message `target_id` or `delivery_uuid`
    READ = "read"  # the customer has seen everything up to `target_id`
    PROFILE = "profile"  # what the provider tells about a customer, asked by us
    REFERRAL = "referral"  # the customer came through a link or an advert
    IGNORED = "ignored"  # understood, and nothing to do (test button, thread control)
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


@dataclass(frozen=True, slots=True)
class MediaRef:
    """A file or a shared thing in an inbound message, not downloaded yet.

    `kind` is the provider's own word (image, video, audio, file, share, story_mention, ...).
    `url` is empty when the provider exposes no content.
    """

    kind: str
    url: str = ""
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
    delivery_uuid: str = ""
    profile_name: str = ""
    username: str = ""
    referral: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RawEvent:
    """One provider event as it came: what is stored before anything is done with it.

    `key` names the event and never changes between redeliveries, however they are batched.
    `customer` groups the events of one customer (their address, not normalised); events of one
    customer are processed in order. It is empty when the event is about nobody.
    """

    key: str
    customer: str
    payload: Mapping[str, Any]


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


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One provider call. `uuid` is ours and comes back in the status callback."""

    uuid: str
    to: str
    part: OutboundPart
    reply_to: str = ""
    is_human: bool = False  # a person wrote it, no automation


@dataclass(frozen=True, slots=True)
class SendResult:
    """What the provider answered to a call that it took."""

    external_id: str
    status: Status = Status.SENT
    segments: int = 1


@dataclass(frozen=True, slots=True)
class Profile:
    """What the provider tells about a customer. Any of it may be empty."""

    name: str = ""
    username: str = ""
