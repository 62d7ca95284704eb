"""The accounts of the business, as the providers keep them."""

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
