"""What the providers remember, as plain records."""

from dataclasses import asdict, dataclass, field
from datetime import datetime


@dataclass
class MailGateway:
    """The Odoo that gets the customers' mails. `uid` is 0 until the first login."""

    url: str
    db: str
    login: str
    password: str = field(repr=False)
    uid: int = 0

    def public(self) -> dict:
        """Return everything but the password."""
        return {"url": self.url, "db": self.db, "login": self.login}


@dataclass
class Customer:
    """A person with a phone in their hand: an Instagram user, a phone number, a mail address.

    An Instagram id belongs to one business account: `igsid` is the one for the first account that
    they meet, all are in `igsids`. `sms_outcome` is what a carrier makes of messages to them.
    """

    id: str
    name: str = ""
    username: str = ""
    number: str = ""
    email: str = ""
    igsid: str = ""
    igsids: dict[str, str] = field(default_factory=dict)
    blocked: bool = False  # refuses messages of the business on Instagram
    sms_outcome: dict = field(default_factory=lambda: {"status": "delivered"})
    call_outcome: dict = field(default_factory=dict)  # of calls to them; see Calls.customer_calls
    place: dict = field(default_factory=dict)  # city, state, zip, country


@dataclass
class Message:
    """One message on somebody's screen. `source`: customer, api, app (the business's) or network.

    `reactions` maps customer or business to the reaction; `webhooks` keeps what our client
    answered to each webhook about the message.
    """

    id: str
    provider: str
    account: str
    customer: str
    direction: str
    source: str
    at: datetime
    text: str = ""
    attachments: list[dict] = field(default_factory=list)
    status: str = ""
    error_code: int | None = None
    sender: str = ""
    recipient: str = ""
    reply_to: dict | None = None
    postback: dict | None = None
    reactions: dict[str, dict] = field(default_factory=dict)
    edits: int = 0
    deleted: bool = False
    status_callback: str = ""
    service: str = ""
    callback_data: str = ""  # WhatsApp gives it back with each status
    comment: str = ""  # the comment that a private reply answers
    webhooks: list[dict] = field(default_factory=list)

    def public(self) -> dict:
        """Return it for the control API."""
        return {**asdict(self), "at": self.at.isoformat(timespec="milliseconds")}


@dataclass
class Call:
    """One leg of a call. `callback` is told of `events`, `extra` are more parameters."""

    id: str
    account: str
    customer: str
    direction: str  # inbound, outbound-api, outbound-dial
    sender: str
    recipient: str
    at: datetime
    status: str = "queued"
    parent: str = ""
    seconds: int = 0
    ended_at: datetime | None = None
    callback: str = ""
    events: list[str] = field(default_factory=list)
    sequence: int = 0
    extra: dict = field(default_factory=dict)
    provider: str = "twilio"

    def public(self) -> dict:
        """Return it for the control API."""
        ended_at = self.ended_at and self.ended_at.isoformat(timespec="milliseconds")
        shown = {**asdict(self), "ended_at": ended_at}
        return {**shown, "at": self.at.isoformat(timespec="milliseconds")}


@dataclass
class Recording:
    """What was recorded of a call, and what was understood of it."""

    id: str
    account: str
    call: str
    seconds: int
    source: str
    at: datetime
    channels: int = 1
    status: str = "completed"
    transcript: str = ""
    transcription_status: str = "completed"

    def public(self) -> dict:
        """Return it for the control API."""
        return {**asdict(self), "at": self.at.isoformat(timespec="milliseconds")}


@dataclass
class Comment:
    """A public comment below a post. `answered` = a private reply was sent, only one may."""

    id: str
    account: str
    customer: str
    at: datetime
    text: str = ""
    media: dict = field(default_factory=dict)
    live: bool = False
    ended: bool = False  # the broadcast is over
    parent: str = ""
    direction: str = "inbound"
    answered: bool = False

    def public(self) -> dict:
        """Return it for the control API."""
        return {**asdict(self), "at": self.at.isoformat(timespec="milliseconds")}


@dataclass
class Mail:
    """One e-mail. Outbound = Odoo sent it by SMTP; people are {"name", "address"}.

    The envelope tells in whose mailbox it is, the headers only what people see. `gateway` is
    Odoo's answer to an inbound mail, None until there is one.
    """

    id: str
    direction: str
    at: datetime
    raw: bytes = field(repr=False)
    message_id: str
    in_reply_to: str
    references: list[str]
    sender: dict[str, str]
    to: list[dict[str, str]]
    cc: list[dict[str, str]]
    reply_to: list[dict[str, str]]
    subject: str
    text: str
    html: str
    headers: dict[str, str]  # lower-case names; the first of its name
    attachments: list[dict]
    envelope_from: str = ""
    envelope_to: list[str] = field(default_factory=list)
    gateway: dict | None = None

    def addresses(self) -> set[str]:
        """Return the customers' addresses, in lower case."""
        mine = self.envelope_to if self.direction == "outbound" else [self.envelope_from]
        return {address.lower() for address in mine}

    def public(self) -> dict:
        """Return it for the control API, without its bytes."""
        shown = {name: value for name, value in vars(self).items() if name not in ("raw", "sender")}
        return {**shown, "from": self.sender, "at": self.at.isoformat(timespec="milliseconds")}


@dataclass
class Settings:
    """How the sandbox behaves. Times in seconds."""

    instagram_retries: list[float] = field(default_factory=lambda: [0, 1, 5, 20])
    instagram_usage: int = 3  # per cent, in the rate limit headers
    sms_progress: bool = True  # False: messages stay queued until a test moves them
    sms_callbacks: list[str] = field(default_factory=lambda: ["sent", "delivered"])
    fetch_media: bool = True  # download files from loopback, as Meta does while sending
    instagram_rate: float = 0  # sends a second for each account, 0 = any
    instagram_read_rate: float = 0  # reads of conversations a second
    instagram_rate_code: int = 80002  # or 4, 17, 32, 613
    reaction_opens: bool = True  # a customer's reaction opens the window
    twilio_rate: float = 0  # API calls a second for each account
    whatsapp_rate: float = 0
    whatsapp_statuses: list[str] = field(default_factory=lambda: ["sent", "delivered"])
    rate_block: float = 0  # how long after a call too many all are refused
    webhook_patience: float = 0  # so long a webhook without 2xx is tried again, any provider
    webhook_pause: float = 0.5  # between those
    webhook_timeout: float = 15
    webhook_workers: int = 1  # per account; 1 keeps the order
