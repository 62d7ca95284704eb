"""Whether a Twilio account can work for us, and having it call our webhook.

https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
https://www.twilio.com/docs/messaging/api/service-resource
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from .errors import Rejected, SendError
from .events import Finding, Level
from .http import redact
from .text import scalar

if TYPE_CHECKING:
    from .twilio import TwilioAdapter

SERVICE = "MG"  # how the id of a messaging service begins
SERVICE_CONSOLE = (
    "Set the webhook address of a messaging service in Twilio's console: Messaging, Services, "
    "the service, Integration, Send a webhook."
)
NO_NUMBER = "The account does not own this number."


@dataclass(frozen=True, slots=True)
class NumberUse:
    """What a channel needs of a phone number.

    `urls` are the settings that have to be our webhook, `rivals` those that would be used in
    their place; {name in answers: name in requests}.
    """

    capability: str
    urls: dict[str, str]
    methods: tuple[str, ...]
    rivals: dict[str, str]

    def is_service(self, sender: str) -> bool:
        """Tell whether a sender stands for a pool of numbers. There is none of them for calls."""
        return self.capability == "sms" and sender.startswith(SERVICE)


def check(adapter: "TwilioAdapter") -> list[Finding]:
    """Ask Twilio whether the account works. One finding for each check, nothing is raised."""
    account = adapter.account
    try:
        data = adapter.request("GET", adapter.api_url(f"{account.external_id}.json")).json()
    except SendError as error:
        return [Finding("credentials", Level.FAILED, error.text)]
    return [
        Finding("credentials", Level.OK),
        *_permissions(data),
        *(_service if adapter.number_use.is_service(account.sender) else _number)(adapter),
    ]


def _permissions(data: dict[str, Any]) -> Iterator[Finding]:
    status, kind = scalar(data.get("status")), scalar(data.get("type"))
    if status and status != "active":
        yield Finding("permissions", Level.FAILED, status)
    elif kind == "Trial":  # it reaches only numbers that were verified in the console
        yield Finding("permissions", Level.WARNING, kind)
    else:
        yield Finding("permissions", Level.OK)


def find_number(adapter: "TwilioAdapter") -> dict[str, Any] | None:
    """Return Twilio's settings of the account's number, or None when it has none such."""
    account = adapter.account
    url = adapter.api_url(account.external_id, "IncomingPhoneNumbers.json")
    query = urlencode({"PhoneNumber": account.sender})
    found = adapter.request("GET", f"{url}?{query}").json().get("incoming_phone_numbers")
    rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
    return next((row for row in rows if row.get("phone_number") == account.sender), None)


def _number(adapter: "TwilioAdapter") -> Iterator[Finding]:
    sender, use = adapter.account.sender, adapter.number_use
    if not sender.startswith("+"):  # a short code or a name: not among the numbers
        yield Finding("sender", Level.WARNING, sender)
        return
    try:
        number = find_number(adapter)
    except SendError as error:
        yield Finding("sender", Level.FAILED, error.text)
        return
    if number is None:
        yield Finding("sender", Level.FAILED, f"{NO_NUMBER} {sender}")
        return
    capabilities = number.get("capabilities")
    if isinstance(capabilities, dict) and capabilities.get(use.capability) is False:
        yield Finding("sender", Level.FAILED, f"{use.capability}: false")
    else:
        yield Finding("sender", Level.OK)
    yield _webhook(adapter, number)


def _webhook(adapter: "TwilioAdapter", settings: dict[str, Any]) -> Finding:
    """Return whether everything that should be our webhook is."""
    use = adapter.number_use
    for name in use.rivals:
        if rival := scalar(settings.get(name)):
            return Finding("webhook", Level.FAILED, f"{name}: {rival}")
    for name in use.urls:
        # a fragment has options of the connection
        url = scalar(settings.get(name))
        if url.partition("#")[0] != adapter.account.webhook_url:
            return Finding("webhook", Level.FAILED, f"{name}: {redact(url, adapter.secrets)}")
    return Finding("webhook", Level.OK)


def service_url(adapter: "TwilioAdapter", *path: str) -> str:
    """Return the address of the account's messaging service, "" where the API has none.

    It is at another host of Twilio, for which a stand-in of the API has no counterpart.
    """
    base = urlsplit(adapter.account.api_url or adapter.default_api_url)
    host = base.hostname or ""
    if not (host.startswith("api.") and host.endswith(".twilio.com")):
        return ""
    host = "messaging." + host.removeprefix("api.")
    path = (adapter.account.sender, *path)
    return "/".join((f"{base.scheme}://{host}/v1/Services", *(quote(p, safe="") for p in path)))


def service_numbers(adapter: "TwilioAdapter") -> frozenset[str]:
    """Return the numbers of the account's messaging service, as far as they can be asked for."""
    url = service_url(adapter, "PhoneNumbers")
    if not url:
        return frozenset()
    found = adapter.request("GET", f"{url}?PageSize=400").json().get("phone_numbers")
    rows = found if isinstance(found, list) else []
    return frozenset(scalar(row.get("phone_number")) for row in rows if isinstance(row, dict))


def _service(adapter: "TwilioAdapter") -> Iterator[Finding]:
    url = service_url(adapter)
    if not url:
        yield Finding("sender", Level.WARNING, adapter.account.sender)
        return
    try:
        data = adapter.request("GET", url).json()
        numbers = service_numbers(adapter)
    except SendError as error:
        yield Finding("sender", Level.FAILED, error.text)
        return
    yield Finding("sender", Level.OK if numbers else Level.FAILED, adapter.account.sender)
    if data.get("use_inbound_webhook_on_number") is True:
        yield Finding("webhook", Level.WARNING, "use_inbound_webhook_on_number")
        return
    inbound = scalar(data.get("inbound_request_url"))
    is_ours = inbound.partition("#")[0] == adapter.account.webhook_url
    detail = "" if is_ours else f"inbound_request_url: {redact(inbound, adapter.secrets)}"
    yield Finding("webhook", Level.OK if is_ours else Level.FAILED, detail)


def subscribe(adapter: "TwilioAdapter") -> None:
    """Set our webhook on the account's number. Raise a send error when that can't be done."""
    account, use = adapter.account, adapter.number_use
    if use.is_service(account.sender):
        raise Rejected(SERVICE_CONSOLE)
    number = find_number(adapter)
    if number is None:
        raise Rejected(NO_NUMBER)
    form = {
        **dict.fromkeys(use.urls.values(), account.webhook_url),
        **dict.fromkeys(use.methods, "POST"),
        # set, they would be used instead
        **{param: "" for name, param in use.rivals.items() if scalar(number.get(name))},
    }
    sid = scalar(number.get("sid"))
    adapter.request(
        "POST", adapter.api_url(account.external_id, "IncomingPhoneNumbers", f"{sid}.json"), form
    )
