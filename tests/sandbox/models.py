"""What the providers remember, as plain records."""

from dataclasses import asdict, dataclass, field
from datetime import datetime


@dataclass
class Token:
    """An access token of Meta. None = nobody knows; `dead` is the subcode of its error 190."""

    issued_at: datetime | None = None
    expires_at: datetime | None = None
    dead: int = 0


@dataclass
class GraphAccount:
    """What Meta keeps about any account whose owner connected our app.

    Several accounts with one `app_secret` and one `callback_url` belong to one app. `tokens` has
    `token` and those that a refresh gave out.
    """

    id: str
    username: str = "business"
    name: str = ""
    token: str = ""
    app_secret: str = ""
    verify_token: str = ""
    callback_url: str = ""
    app_id: str = "1000000000000001"
    verified: bool = False  # the callback answered the handshake
    subscribed_fields: list[str] = field(default_factory=list)
    tokens: dict[str, Token] = field(default_factory=dict)

    def __post_init__(self):
        if self.token:
            self.tokens.setdefault(self.token, Token())

    def public(self) -> dict:
        """Return everything but secrets."""
        hidden = ("token", "tokens", "app_secret", "verify_token")
        shown = {name: value for name, value in asdict(self).items() if name not in hidden}
        ends = [one.expires_at for one in self.tokens.values() if one.expires_at and not one.dead]
        return {**shown, "token_expires_at": max(ends).isoformat() if ends else None}


@dataclass
class InstagramAccount(GraphAccount):
    """A professional account. With a `page_id` it is reached through a Facebook Page."""

    page_id: str = ""
    provider: str = "instagram"


@dataclass
class WhatsAppAccount(GraphAccount):
    """A number of WhatsApp Cloud. The id is the `phone_number_id`."""

    number: str = ""
    waba_id: str = "200000000000001"
    provider: str = "whatsapp"


@dataclass
class TwilioAccount:
    """A Twilio account. `shared_key` is {"id", "secret"} and replaces the SHA-1 signature.

    `services` maps a messaging service to its numbers, `service_urls` to where its inbound
    messages go, `api_keys` a key to its secret. The three URLs are for numbers without their own
    in `number_urls` ({number: {sms_url, voice_url, status_callback}}).
    """

    id: str
    auth_token: str = ""
    name: str = ""
    numbers: list[str] = field(default_factory=list)
    callback_url: str = ""  # of messages
    voice_url: str = ""
    voice_status_url: str = ""
    number_urls: dict[str, dict[str, str]] = field(default_factory=dict)
    status: str = "active"  # or suspended, closed
    shared_key: dict | None = None
    api_keys: dict[str, str] = field(default_factory=dict)
    services: dict[str, list[str]] = field(default_factory=dict)
    service_urls: dict[str, str] = field(default_factory=dict)
    advanced_opt_out: bool = False  # adds OptOutType to inbound webhooks
    opted_out: set[tuple[str, str]] = field(default_factory=set)  # (our number, theirs)
    provider: str = "twilio"

    def public(self) -> dict:
        """Return everything but secrets."""
        hidden = ("auth_token", "shared_key", "api_keys", "opted_out")
        shown = {name: value for name, value in asdict(self).items() if name not in hidden}
        return {**shown, "opted_out": sorted(self.opted_out)}

    def url_of(self, number: str, kind: str) -> str:
        """Return what is called for a number: `kind` is sms_url, voice_url or status_callback."""
        own = self.number_urls.get(number, {})
        default = {
            "sms_url": self.callback_url,
            "voice_url": self.voice_url,
            "status_callback": self.voice_status_url,
        }
        return own.get(kind, default[kind])


@dataclass
class EmailAccount:
    """An address of the business, to which customers write. The id is the address."""

    id: str
    name: str = ""
    provider: str = "email"

    def public(self) -> dict:
        """Return everything."""
        return {**asdict(self), "address": self.id}


Account = InstagramAccount | WhatsAppAccount | TwilioAccount | EmailAccount


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
    comment: str = ""  # the comment that a private reply answers
    webhooks: list[dict] = field(default_factory=list)

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
