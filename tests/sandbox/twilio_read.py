"""What Twilio's REST API shows: messages, media, the account."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from urllib.parse import urlencode

from .accounts import TwilioAccount
from .models import Message
from .state import State
from .twilio_wire import segments
from .web import Answer, Request, json_answer

VERSION = "2010-04-01"


class TwilioError(Exception):
    """An error answer of the API."""

    def __init__(self, code: int, message: str, status: int = 400):
        super().__init__(message)
        self.code = code
        self.status = status

    def answer(self) -> Answer:
        """Return the answer as Twilio gives it."""
        return json_answer(
            {
                "code": self.code,
                "message": str(self),
                "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
                "status": self.status,
            },
            self.status,
        )


class Reader:
    """The GET calls of an authenticated account."""

    def __init__(self, state: State):
        self._state = state

    def get(self, account: TwilioAccount, request: Request, sid: str) -> Answer:
        return json_answer(resource(self._message(account, request, sid)))

    def _message(self, account: TwilioAccount, request: Request, sid: str) -> Message:
        message = self._state.messages.get(sid)
        if message is None or message.account != account.id or message.source == "network":
            raise not_found(request)
        return message

    def list(self, account: TwilioAccount, request: Request) -> Answer:
        found = [
            message
            for message in reversed(self._state.of_account(account.id))
            if message.source != "network" and fits(message, request)
        ]
        return json_answer(paged("messages", found, request, resource))

    def media_list(self, account: TwilioAccount, request: Request, sid: str) -> Answer:
        message = self._message(account, request, sid)
        uri = f"/{VERSION}/Accounts/{account.id}/Messages/{sid}/Media"
        media = [
            {
                "sid": f"ME{n:032x}",
                "account_sid": account.id,
                "parent_sid": sid,
                "content_type": attachment.get("type", "image/jpeg"),
                "date_created": rfc2822(message.at),
                "uri": f"{uri}/ME{n:032x}.json",
            }
            for n, attachment in enumerate(message.attachments)
        ]
        return json_answer({"media_list": media, "next_page_uri": None, "page": 0})

    def media(self, account: TwilioAccount, request: Request, sid: str, media: str) -> Answer:
        message = self._message(account, request, sid)
        index = int(media[2:], 16) if re.fullmatch(r"ME[0-9a-f]{32}", media) else -1
        if not 0 <= index < len(message.attachments):
            raise not_found(request)
        attachment = message.attachments[index]
        return Answer(307, headers={"Location": attachment.get("shown") or attachment["url"]})

    def account_info(self, account: TwilioAccount, request: Request) -> Answer:
        return json_answer(
            {
                "sid": account.id,
                "friendly_name": account.name or "Sandbox",
                "status": account.status,
                "type": "Full",
                "uri": f"/{VERSION}/Accounts/{account.id}.json",
            }
        )


def resource(message: Message) -> dict:
    """Return a message as the API shows it."""
    is_outbound = message.direction == "outbound"
    is_new = message.status in ("queued", "accepted", "scheduled")
    uri = f"/{VERSION}/Accounts/{message.account}/Messages/{message.id}"
    failed = f"Error {message.error_code}" if message.error_code else None
    count = 0 if message.service and is_new else segments(message.text)
    return {
        "account_sid": message.account,
        "api_version": VERSION,
        "body": message.text,
        "date_created": rfc2822(message.at),
        "date_sent": None if is_new else rfc2822(message.at),
        "date_updated": rfc2822(message.at),
        "direction": "outbound-api" if is_outbound else "inbound",
        "error_code": message.error_code,
        "error_message": failed,
        "from": None if message.service and is_new else message.sender,
        "messaging_service_sid": message.service or None,
        "num_media": str(len(message.attachments)),
        "num_segments": str(count),
        "price": None,
        "price_unit": "USD",
        "sid": message.id,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "tags": None,
        "to": message.recipient,
        "uri": f"{uri}.json",
    }


def not_found(request: Request) -> TwilioError:
    """Return the error for an address at which there is nothing."""
    text = f"The requested resource {request.path} was not found"
    return TwilioError(20404, text, status=404)


def fits(message: Message, request: Request) -> bool:
    """Tell whether a message passes the filters of a list call."""
    for name, value in (("To", message.recipient), ("From", message.sender)):
        if request.arg(name) not in ("", value):
            return False
    return in_times(message.at, request, "DateSent")


def in_times(at: datetime, request: Request, name: str) -> bool:
    """Tell whether a time passes the filters `name`, `name>` and `name<` of a list call."""
    exact, first, last = (request.arg(f"{name}{sign}") for sign in ("", ">", "<"))
    if exact and at.strftime("%Y-%m-%d") != exact[:10]:
        return False
    if first and at < moment(first):
        return False
    return not (last and at >= moment(last) + (timedelta(days=1) * (len(last) == 10)))


def paged(name: str, found: list, request: Request, shown: Callable) -> dict:
    """Return a page of a list as the API gives it."""
    size = min(1000, request.number("PageSize", 50)) or 50
    number = request.number("Page", 0)
    page = found[number * size : (number + 1) * size]
    has_next = len(found) > (number + 1) * size
    return {
        "end": number * size + max(0, len(page) - 1),
        "first_page_uri": page_uri(request, 0, size),
        name: [shown(one) for one in page],
        "next_page_uri": page_uri(request, number + 1, size) if has_next else None,
        "page": number,
        "page_size": size,
        "previous_page_uri": page_uri(request, number - 1, size) if number else None,
        "start": number * size,
        "uri": page_uri(request, number, size),
    }


def moment(text: str) -> datetime:
    """Return a filter value, a date or a time, as a time in UTC."""
    try:
        value = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise TwilioError(20001, f"Invalid date: {text}") from None
    return value if value.tzinfo else value.replace(tzinfo=timezone.utc)


def page_uri(request: Request, number: int, size: int) -> str:
    """Return the address of a page, relative to the API's host as Twilio gives it."""
    kept = [(k, v) for k, v in request.query if k not in ("Page", "PageSize", "PageToken")]
    token = [("PageToken", f"PA{number:032x}")] if number else []
    query = urlencode([*kept, ("PageSize", size), ("Page", number), *token])
    return f"{re.sub('^/twilio', '', request.path)}?{query}"


def rfc2822(at: datetime) -> str:
    """Return a time as Twilio writes it."""
    return format_datetime(at)
