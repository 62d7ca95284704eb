"""What a channel adapter is: a translator between a provider's dialect and our dataclasses."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

import requests

from .errors import SignatureError
from .events import (
    InboundEvent,
    OutboundMedia,
    OutboundMessage,
    OutboundPart,
    Profile,
    RawEvent,
    SendResult,
)


@dataclass(frozen=True, slots=True)
class Account:
    """The settings of one connected account, as the adapters need them.

    `signing_secrets` are alternatives: a signature that matches any one of them is good.
    `webhook_url` is the public URL that the provider calls, without a query string.
    """

    channel: str
    external_id: str
    sender: str = ""
    api_url: str = ""
    webhook_url: str = ""
    country: str = ""
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
    `human_window` how long a person (never an automation) may still answer.
    """

    text_bytes: int | None = None
    text_chars: int | None = None
    window: timedelta | None = None
    human_window: timedelta | None = None


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
    default_api_url: ClassVar[str] = ""
    required_settings: ClassVar[frozenset[str]] = frozenset()
    limits: ClassVar[Limits] = Limits()

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

    def acknowledgement(self) -> tuple[str, str]:
        """Return (body, content type) of the 200 answer that the provider expects."""
        return "", "text/plain"

    @abstractmethod
    def normalize(self, address: str) -> str:
        """Return the customer's address in the one form under which it is stored."""

    @abstractmethod
    def parts(self, text: str, media: tuple[OutboundMedia, ...] = ()) -> list[OutboundPart]:
        """Cut a message into what fits in one provider call each, in sending order."""

    @abstractmethod
    def send(self, message: OutboundMessage) -> SendResult:
        """Make one attempt to send. Raise one of the six send errors, nothing else."""

    def profile(self, identity: str) -> Profile:
        """Return what the provider tells about a customer. Raise a send error when it fails."""
        return Profile()
