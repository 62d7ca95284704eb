"""What a channel adapter is: a translator between a provider's dialect and our dataclasses."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

import requests

from .errors import MediaRefused, Rejected, SignatureError
from .events import (
    Action,
    Finding,
    InboundEvent,
    Media,
    MediaRef,
    OutboundMedia,
    OutboundMessage,
    OutboundPart,
    Profile,
    RawEvent,
    SendResult,
    Size,
    Token,
)


@dataclass(frozen=True, slots=True)
class Account:
    """The settings of one connected account, as the adapters need them.

    `signing_secrets` are alternatives: a signature that matches any one of them is good.
    `webhook_url` is the public URL that the provider calls, without a query string.
    `forward_to` is the number where calls are put through to, `greeting` what a caller hears.
    """

    channel: str
    external_id: str
    sender: str = ""
    api_url: str = ""
    webhook_url: str = ""
    country: str = ""
    forward_to: str = ""
    greeting: str = ""
    access_token: str = field(default="", repr=False)
    signing_secrets: tuple[str, ...] = field(default=(), repr=False)
    verify_token: str = field(default="", repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that may never appear in a text that leaves the adapter."""
        return self.access_token, self.verify_token, *self.signing_secrets


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """One HTTP request of a provider.

    `url` is the public URL as the provider knows it, with the query string as it came.
    `headers` has lower-case names. `form` holds the decoded pairs of a form body in their order,
    `body` the raw bytes of any other body.
    """

    method: str
    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    form: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """What the channel allows. None = no limit.

    `window` is how long after the customer's last message anything may be sent at all,
    `human_window` how long a person (never an automation) may still answer, `comment_window` how
    long a public comment may be answered in private. `rate` is how many calls a second the
    provider takes from one account. `media` is {content type or its first part: most bytes}.
    """

    text_bytes: int | None = None
    text_chars: int | None = None
    window: timedelta | None = None
    human_window: timedelta | None = None
    comment_window: timedelta | None = None
    rate: float = 10.0
    media: Mapping[str, int] = field(default_factory=dict)


class ChannelAdapter(ABC):
    """One provider dialect. Stateless: made for one call, thrown away after it.

    Subclasses translate and make at most one HTTP attempt per call. They never retry, sleep,
    store, or decide about consent, order and windows: that is the same for all channels and
    stands in the models.
    """

    code: ClassVar[str]
    label: ClassVar[str]
    identity_kind: ClassVar[str]  # which kind of address its customers have
    identity_scoped: ClassVar[bool] = False  # is that address valid in one account only?
    has_profiles: ClassVar[bool] = False  # does `profile` tell who is behind an address?
    default_api_url: ClassVar[str] = ""
    required_settings: ClassVar[frozenset[str]] = frozenset()
    optional_settings: ClassVar[frozenset[str]] = frozenset()  # shown on the form, may stay empty
    limits: ClassVar[Limits] = Limits()
    actions: ClassVar[frozenset[Action]] = frozenset({Action.MESSAGE})  # empty: it only receives
    can_reply: ClassVar[bool] = False  # can an answer quote the message that it answers?
    can_list: ClassVar[bool] = False  # does `list_since` find what a webhook did not tell?
    can_look_up: ClassVar[bool] = False  # does `look_up` find what was sent?
    dead_codes: ClassVar[frozenset[str]] = frozenset()  # errors: nothing ever reaches the address
    doubtful_codes: ClassVar[frozenset[str]] = frozenset()  # as above when they come repeatedly
    is_block_lifted_by_writing: ClassVar[bool] = False  # can a customer who blocked us not write?
    needs_order: ClassVar[bool] = True  # else its events are processed at once, as they come
    scopes: ClassVar[tuple[str, ...]] = ()  # permissions that the token needs at the provider

    def __init__(self, account: Account, session: requests.Session | None):
        """Take the session for provider calls, or None where none are made (webhooks)."""
        self.account = account
        self.session = session

    def challenge(self, request: WebhookRequest) -> str:
        """Return the plain-text answer to the provider's GET handshake.

        Raise SignatureError when the verify token is missing or wrong, or when the provider has
        no handshake.
        """
        raise SignatureError("this channel has no handshake")

    @abstractmethod
    def verify(self, request: WebhookRequest) -> None:
        """Raise SignatureError unless the request provably comes from the provider.

        No configured secret = raise. Compare in constant time, over the raw bytes.
        """

    @abstractmethod
    def split(self, request: WebhookRequest) -> list[RawEvent]:
        """Return the events in a verified request, without interpreting them.

        Raise PayloadError when the body can't be read. An empty list is a good answer.
        """

    @abstractmethod
    def parse(self, payload: Mapping) -> InboundEvent:
        """Translate one stored payload. Pure; Kind.UNKNOWN instead of an exception."""

    def acknowledgement(self, request: WebhookRequest) -> tuple[str, str]:
        """Return (body, content type) of the 200 answer that the provider expects."""
        return "", "text/plain"

    @abstractmethod
    def normalize(self, address: str) -> str:
        """Return the customer's address in the one form under which it is stored."""

    def size(self, text: str) -> Size:
        """Return how long a text is as this channel counts it, for the person who writes it."""
        limit = self.limits.text_bytes or self.limits.text_chars or 0
        used = len(text.encode()) if self.limits.text_bytes else len(text)
        pieces = len(self.parts(text))
        unit = "bytes" if self.limits.text_bytes else "characters"
        return Size(used, limit * max(pieces, 1), unit, pieces)

    @abstractmethod
    def parts(self, text: str, media: tuple[OutboundMedia, ...] = ()) -> list[OutboundPart]:
        """Cut a message into what fits in one provider call each, in sending order."""

    @abstractmethod
    def send(self, message: OutboundMessage) -> SendResult:
        """Make one attempt to send. Raise one of the six send errors, nothing else."""

    def profile(self, identity: str) -> Profile:
        """Return what the provider tells about a customer. Raise a send error when it fails."""
        return Profile()

    def look_up(self, message: OutboundMessage, since: datetime) -> list[SendResult]:
        """Return what the provider has of an attempt whose outcome is unknown, oldest first.

        Everything that was sent to this customer with the same content at or after `since`
        (aware, UTC; the provider's clock may be off by some seconds). More than one when the same
        was sent several times: the caller knows which ids are taken. An empty list says that the
        provider has none. Raise a send error when it does not answer.
        """
        return []

    def list_since(self, since: datetime) -> Iterator[RawEvent]:
        """Yield what happened at the provider since then, for what its webhooks never told.

        The events have the keys that the webhook would have given them, so that storing them
        again changes nothing, and `"recovered": True` in their payload. Newest first or oldest
        first. Raise a send error when the provider does not answer.
        """
        return iter(())

    def fetch(self, media: MediaRef) -> Media:
        """Download a customer's file. Raise a FetchError, nothing else.

        Only from the provider's own hosts and public addresses, with a cap; credentials go to
        the provider's API only.
        """
        raise MediaRefused("this channel has no files")

    def check(self) -> list[Finding]:
        """Ask the provider whether the account works, and say so check by check. Raise nothing."""
        return []

    def subscribe(self) -> None:
        """Have the provider call our webhook.

        Raise a send error when it refuses, Rejected when only a person can do it at the provider.
        """
        raise Rejected("Enter the webhook address at the provider.")

    def renew(self) -> Token | None:
        """Return a new access token in place of the present one, or None where none is needed.

        Raise a send error when the provider refuses.
        """
        return None
