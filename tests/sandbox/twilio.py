"""Twilio's REST API: `/twilio/2010-04-01/Accounts/{sid}/...`."""

import re
import secrets
from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit
from zlib import crc32

from .accounts import TwilioAccount
from .limits import RateLimits
from .models import Message
from .state import State
from .twilio_events import TwilioEvents, new_sid
from .twilio_numbers import Numbers, Services
from .twilio_read import VERSION, Reader, TwilioError, not_found, resource
from .twilio_voice import ROUTES as VOICE_ROUTES
from .twilio_voice import Voice
from .twilio_wire import E164, is_url, owner_of
from .web import Answer, Request, json_answer

BODY_LENGTH = 1600
MEDIA_COUNT = 10
ROUTES = [
    ("GET", r"", "account_info"),
    ("POST", r"/Messages\.json", "send"),
    ("GET", r"/Messages\.json", "list"),
    ("GET", r"/Messages/(?P<sid>\w+)\.json", "get"),
    ("GET", r"/Messages/(?P<sid>\w+)/Media/(?P<media>\w+)", "media"),
    ("GET", r"/Messages/(?P<sid>\w+)/Media\.json", "media_list"),
    *VOICE_ROUTES,
    ("GET", r"/IncomingPhoneNumbers\.json", "numbers"),
    ("GET", r"/IncomingPhoneNumbers/(?P<sid>\w+)\.json", "number"),
    ("POST", r"/IncomingPhoneNumbers/(?P<sid>\w+)\.json", "set_number"),
]
SERVICE_ROUTES = [
    ("GET", r"/(?P<sid>\w+)", "service"),
    ("POST", r"/(?P<sid>\w+)", "set_service"),
    ("GET", r"/(?P<sid>\w+)/PhoneNumbers", "service_numbers"),
]


class Twilio:
    """Answers API calls. Its webhooks are in `TwilioEvents`."""

    code = "twilio"

    def __init__(self, state: State, events: TwilioEvents, voice: Voice):
        self._state = state
        self._events = events
        self._limits = RateLimits(state)
        self._parts = (Reader(state), Numbers(state), Services(state), voice)

    def name_call(self, request: Request) -> str:
        """Return the name by which faults know this call."""
        return self._route(request)[0]

    def answer(self, request: Request) -> Answer:
        """Process an API call."""
        call, sid, names = self._route(request)
        try:
            account = self._authenticate(request, sid)
            if call == "unknown":
                raise not_found(request)
            if not self._limits.takes(account.id, self._state.settings.twilio_rate):
                return self.rate_limited({"retry_after": self._state.settings.rate_block})
            answer = self._handler(call)(account, request, *names)
        except TwilioError as error:
            answer = error.answer()
        answer.headers.setdefault("Twilio-Request-Id", f"RQ{secrets.token_hex(16)}")
        answer.headers.setdefault("Twilio-Concurrent-Requests", "1")
        return answer

    def _handler(self, call: str) -> Callable:
        if call == "send":
            return self._send
        return next(getattr(part, call) for part in self._parts if hasattr(part, call))

    def _route(self, request: Request):
        path = re.sub(r"^/twilio", "", request.path)
        match = re.fullmatch(rf"/{VERSION}/Accounts/(\w+?)(\.json|/.*)", path)
        sid, rest, routes = "", "", []
        if match:
            sid, rest, routes = match[1], "" if match[2] == ".json" else match[2], ROUTES
        elif path.startswith("/v1/Services"):
            sid, rest, routes = request.basic_auth()[0], path[len("/v1/Services") :], SERVICE_ROUTES
        for method, pattern, call in routes:
            found = re.fullmatch(pattern, rest)
            if found and method == request.method:
                return call, sid, found.groups()
        return "unknown", sid, ()

    def _authenticate(self, request: Request, sid: str) -> TwilioAccount:
        user, password = request.basic_auth()
        account = self._state.accounts.get(sid)
        is_known = isinstance(account, TwilioAccount) and bool(password)
        if is_known and user == account.id and password == account.auth_token:
            return account
        if is_known and account.api_keys.get(user) == password:
            return account
        raise TwilioError(20003, "Authenticate", status=401)

    # === FAULTS === #

    def rate_limited(self, params: dict) -> Answer:
        """Return 429. `retry_after` (seconds) becomes the header, when given."""
        answer = TwilioError(20429, "Too Many Requests", params.get("status", 429)).answer()
        if "retry_after" in params:
            answer.headers["Retry-After"] = str(params["retry_after"])
        return answer

    def failure(self, params: dict) -> Answer:
        """Return any error of the API."""
        text = params.get("message", "An error that a test asked for.")
        return TwilioError(params.get("code", 30008), text, params.get("status", 400)).answer()

    def server_error(self) -> Answer:
        """Return what a failing API says."""
        return TwilioError(20500, "Internal Server Error", status=500).answer()

    # === SENDING === #

    def _send(self, account: TwilioAccount, request: Request) -> Answer:
        params = request.form()
        one = dict(reversed(params))  # the first value of each name
        media = [value for name, value in params if name == "MediaUrl"]
        sender, service = self._sender(account, one)
        self._check_recipient(account, one.get("To", ""), sender)
        self._check_content(one, media)
        message = self._create(account, one, media, sender, service)
        answer = json_answer(resource(message), 201)
        answer.after = [partial(self._events.progress, account, message)]
        return answer

    def _sender(self, account: TwilioAccount, params: dict) -> tuple[str, str]:
        sender, service = params.get("From", ""), params.get("MessagingServiceSid", "")
        if not params.get("To"):
            raise TwilioError(21604, "A 'To' phone number is required.")
        if not sender and not service:
            raise TwilioError(21603, "A 'From' phone number is required.")
        if service and service not in account.services:
            raise TwilioError(21701, "The Messaging Service does not exist.", status=404)
        if service and not account.services[service]:
            raise TwilioError(21703, "The Messaging Service contains no phone numbers.")
        sender = sender or self._from_pool(account, service, params["To"])
        if sender not in account.numbers:
            text = f"The 'From' phone number {sender} is not a valid, message-capable Twilio number"
            raise TwilioError(21606, text)
        return sender, service

    def _from_pool(self, account: TwilioAccount, service: str, to: str) -> str:
        """Return the number with which this customer has written before, else any of the pool."""
        pool = account.services[service]
        customer = self._state.customer_by_number(to)
        thread = self._state.thread(account.id, customer.id) if customer else []
        used = [n for m in reversed(thread) for n in (m.sender, m.recipient) if n in pool]
        return used[0] if used else pool[crc32(to.encode()) % len(pool)]

    def _check_recipient(self, account: TwilioAccount, to: str, sender: str):
        if not E164.fullmatch(to):
            raise TwilioError(21211, f"Invalid 'To' Phone Number: {to}")
        if to == sender:
            raise TwilioError(21266, "'To' and 'From' number cannot be the same")
        if (sender, to) in account.opted_out:
            raise TwilioError(21610, "Attempt to send to unsubscribed recipient")

    def _check_content(self, params: dict, media: list[str]):
        body = params.get("Body", "")
        if not body and not media:
            raise TwilioError(21602, "Message body is required.")
        if len(body) > BODY_LENGTH:
            text = "The concatenated message body exceeds the 1600 character limit"
            raise TwilioError(21617, text)
        if len(media) > MEDIA_COUNT:
            raise TwilioError(21623, "The number of media files exceeds the limit")
        if any(not is_url(url) for url in media):
            raise TwilioError(21620, "Invalid media URL(s)")
        callback = params.get("StatusCallback", "")
        if callback and (not is_url(callback) or "_" in (urlsplit(callback).hostname or "")):
            raise TwilioError(21609, f"The 'StatusCallback' URL {callback} is not a valid URL.")

    def _create(self, account, params: dict, media, sender: str, service: str) -> Message:
        customer = owner_of(self._state, params["To"])
        message = Message(
            id=new_sid(bool(media)),
            provider=self.code,
            account=account.id,
            customer=customer.id,
            direction="outbound",
            source="api",
            at=self._state.now(),
            text=params.get("Body", ""),
            attachments=[{"url": url, "type": "image"} for url in media],
            status="accepted" if service else "queued",
            sender=sender,
            recipient=params["To"],
            status_callback=params.get("StatusCallback", ""),
            service=service,
        )
        return self._state.add_message(message)
