"""What Twilio's products share: verified webhooks, calls of the REST API, customers' files."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import urllib3
from requests.auth import HTTPBasicAuth

from .addresses import normalize_phone
from .base import ChannelAdapter, WebhookRequest
from .download import download
from .errors import NotSent, SignatureError
from .events import Finding, Media, MediaRef
from .http import Answer, call
from .text import clean, scalar
from .twilio_errors import rest_error
from .twilio_setup import NumberUse, check, subscribe
from .twilio_signature import bare_secret, verify_signature

EPOCH = datetime.fromtimestamp(0, timezone.utc)
FORM = "application/x-www-form-urlencoded"
CLOCK_MARGIN = timedelta(minutes=1)  # by which Twilio's clock and ours may differ
FILE_BYTES = 32 * 1024 * 1024  # an hour of recorded talk
API_HOSTS = ("api.twilio.com",)
FILE_HOSTS = ("twilio.com", "twiliocdn.com")
REDIRECT_HOSTS = ("amazonaws.com",)
MAX_PAGES = 2000  # a list that never ends is a fault of the provider


class TwilioAdapter(ChannelAdapter):
    """Base of the channels that one Twilio account has.

    `external_id` is the account SID (of the subaccount that owns the number), `access_token` its
    auth token. `signing_secrets` are auth tokens, and SharedKeys as `sha256:<secret>`: a webhook
    that a SharedKey signs is accepted by either form, one in the older scheme never by the second.
    """

    identity_kind = "phone"
    default_api_url = "https://api.twilio.com/2010-04-01"
    required_settings = frozenset({"external_id", "sender", "access_token", "signing_secrets"})
    number_use: ClassVar[NumberUse]  # what of a phone number points to our webhook

    # === WEBHOOKS === #

    def verify(self, request: WebhookRequest) -> None:
        """Check the signature, and that the request is about this account.

        One auth token signs for all numbers of an account only; some callbacks leave the account
        out.
        """
        verify_signature(request, self.account.signing_secrets)
        given = parameters(request).get("AccountSid", self.account.external_id)
        if not self.account.external_id or given != self.account.external_id:
            raise SignatureError("the request is about another account")

    def acknowledgement(self, request: WebhookRequest) -> tuple[str, str]:
        """Answer with empty TwiML: nothing is sent back to the customer."""
        return "<Response/>", "text/xml"

    def normalize(self, address: str) -> str:
        return normalize_phone(address, self.account.country)

    # === REST === #

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that may never appear in a text that leaves the adapter."""
        return (*self.account.secrets, *map(bare_secret, self.account.signing_secrets))

    def api_url(self, *path: str) -> str:
        """Return the address of a resource below the account."""
        base = (self.account.api_url or self.default_api_url).rstrip("/")
        return "/".join((base, "Accounts", *(quote(part, safe="") for part in path)))

    def request(self, method: str, url: str, form: Iterable | Mapping | None = None) -> Answer:
        """Make one call and return the answer to it. Raise a send error when it is no success."""
        account = self.account
        answer = call(
            self.session,
            method,
            url,
            HTTPBasicAuth(account.external_id, account.access_token),
            body=None if form is None else urlencode(form).encode(),
            content_type="" if form is None else FORM,
        )
        if not answer.is_success:
            raise rest_error(answer, self.secrets)
        return answer

    def rows(self, resource: str, filters: Mapping[str, str], since: datetime) -> Iterator[dict]:
        """Yield what a list of the account has of the time from `since` on, newest first.

        By the day of creation: the provider's own filters go by the time of sending, which
        something in its queue has not. Raise a send error when the provider does not answer.
        """
        for page in self._pages(resource, filters):
            moments = [parse_time(row.get("date_created")) for row in page]
            for row, moment in zip(page, moments, strict=True):
                if moment is None or moment >= since:
                    yield row
            if page and all(moment and moment < since for moment in moments):
                return

    def _pages(self, resource: str, filters: Mapping[str, str]) -> Iterator[list[dict]]:
        url = self.api_url(self.account.external_id, f"{resource}.json")
        query = list(filters.items())
        for _ in range(MAX_PAGES):
            data = self.request("GET", f"{url}?{urlencode(query)}" if query else url).json()
            page = data.get(resource.lower())
            if not isinstance(page, list):
                # never "there is nothing": a message would be sent again for it
                raise NotSent("The provider's list can't be read.")
            yield [row for row in page if isinstance(row, dict)]
            # only the query of the address: the credentials go where they always go
            query = parse_qsl(urlsplit(scalar(data.get("next_page_uri"))).query)
            if not query:
                return
        raise NotSent("The provider's list does not end.")

    # === FILES === #

    def fetch(self, media: MediaRef) -> Media:
        """Download a customer's file, or the recording of a call.

        Twilio keeps it behind the account's credentials and redirects to a CDN, or to Amazon:
        there anybody may keep files, so nothing begins there.
        """
        account = self.account
        hosts = (*FILE_HOSTS, *(REDIRECT_HOSTS if _is_twilio(media.url) else ()))
        return download(
            self.session,
            media.url,
            allowed_hosts=hosts,
            max_bytes=FILE_BYTES,
            api_url=account.api_url or self.default_api_url,
            auth=HTTPBasicAuth(account.external_id, account.access_token),
            auth_hosts=API_HOSTS,
        )

    # === ACCOUNT === #

    def check(self) -> list[Finding]:
        return check(self)

    def subscribe(self) -> None:
        """Have Twilio call our webhook for the number.

        Raise Rejected where only a person can set it, in Twilio's console.
        """
        subscribe(self)


def parameters(request: WebhookRequest) -> dict[str, str]:
    """Return the first value of each parameter; a webhook set to GET has them in the query."""
    pairs = request.form or tuple(request.query.items())
    return clean(dict(reversed(pairs)))


def _is_twilio(url: str) -> bool:
    """Tell whether a URL is at Twilio, as the library reads it that connects."""
    try:
        parts = urllib3.util.parse_url(url)
    except urllib3.exceptions.HTTPError:
        return False
    return f".{parts.host}".endswith(tuple(f".{host}" for host in FILE_HOSTS))


def stored(request: WebhookRequest, params: Mapping[str, str]) -> dict[str, Any]:
    """Return the payload of an event. Twilio tells no time that could serve for messages."""
    return {
        "params": params,
        "query": clean(dict(request.query)),
        "received_at": datetime.now(timezone.utc).isoformat(),
    }


def recovered(params: Mapping[str, str], moment: datetime | None) -> dict[str, Any]:
    """Return the payload of an event that no webhook told, with the time when it happened."""
    at = (moment or datetime.now(timezone.utc)).isoformat()
    given = {name: value for name, value in clean(dict(params)).items() if value}
    return {"params": given, "query": {}, "received_at": at, "recovered": True}


def received_at(payload: Mapping) -> datetime:
    """Return when an event came, or the epoch when its payload does not say."""
    return parse_time(payload.get("received_at")) or EPOCH


def parse_time(value: Any) -> datetime | None:
    """Return a time of Twilio in UTC, or None when it is none. It writes RFC 2822 and ISO 8601."""
    text = scalar(value).strip()
    for read in (_read_iso, parsedate_to_datetime):
        try:
            moment = read(text)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
            return moment.astimezone(timezone.utc)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _read_iso(text: str) -> datetime:
    for suffix in ("Z", " UTC"):
        text = text.removesuffix(suffix)
    return datetime.fromisoformat(text)
