"""Twilio's IncomingPhoneNumbers and messaging services: our numbers, and the URLs they call."""

from .accounts import TwilioAccount
from .state import State
from .twilio_read import TwilioError, not_found
from .web import Answer, Request, json_answer

URLS = {"SmsUrl": "sms_url", "VoiceUrl": "voice_url", "StatusCallback": "status_callback"}


class Numbers:
    """The numbers of an account."""

    def __init__(self, state: State):
        self._state = state

    def numbers(self, account: TwilioAccount, request: Request) -> Answer:
        wanted = request.arg("PhoneNumber")
        shown = [shown_number(account, n) for n in account.numbers if wanted in ("", n)]
        return json_answer({"incoming_phone_numbers": shown, "next_page_uri": None, "page": 0})

    def number(self, account: TwilioAccount, request: Request, sid: str) -> Answer:
        return json_answer(shown_number(account, self._found(account, request, sid)))

    def set_number(self, account: TwilioAccount, request: Request, sid: str) -> Answer:
        number = self._found(account, request, sid)
        params = dict(request.form())
        for name in URLS:
            value = params.get(name)
            if value and not value.startswith(("http://", "https://")):
                raise TwilioError(21402, f"{name} is not a valid URL: {value}")
        changes = {key: params[name] for name, key in URLS.items() if name in params}
        with self._state.lock:
            account.number_urls[number] = {**account.number_urls.get(number, {}), **changes}
        self._state.log.add("number", provider="twilio", account=account.id, number=number)
        return json_answer(shown_number(account, number))

    def _found(self, account: TwilioAccount, request: Request, sid: str) -> str:
        for number in account.numbers:
            if number_sid(account, number) == sid:
                return number
        raise not_found(request)


class Services:
    """The messaging services, which at Twilio are at another host: `/v1/Services/...`."""

    def __init__(self, state: State):
        self._state = state

    def service(self, account: TwilioAccount, request: Request, sid: str) -> Answer:
        self._check(account, request, sid)
        return json_answer(shown_service(account, sid))

    def set_service(self, account: TwilioAccount, request: Request, sid: str) -> Answer:
        self._check(account, request, sid)
        params = dict(request.form())
        if "InboundRequestUrl" in params:
            account.service_urls[sid] = params["InboundRequestUrl"]
        return json_answer(shown_service(account, sid))

    def service_numbers(self, account: TwilioAccount, request: Request, sid: str) -> Answer:
        self._check(account, request, sid)
        found = [n for n in account.services[sid] if n in account.numbers]
        rows = [
            {"sid": number_sid(account, n), "service_sid": sid, "phone_number": n} for n in found
        ]
        meta = {"key": "phone_numbers", "page": 0, "next_page_url": None}
        return json_answer({"phone_numbers": rows, "meta": meta})

    def _check(self, account: TwilioAccount, request: Request, sid: str):
        if sid not in account.services:
            raise not_found(request)


def shown_service(account: TwilioAccount, sid: str) -> dict:
    """Return a messaging service as the API shows it."""
    url = account.service_urls.get(sid)
    return {
        "sid": sid,
        "account_sid": account.id,
        "friendly_name": sid,
        "inbound_request_url": url,
        "inbound_method": "POST",
        "sticky_sender": True,
        "use_inbound_webhook_on_number": not url,
    }


def number_sid(account: TwilioAccount, number: str) -> str:
    """Return the sid of one of our numbers."""
    return f"PN{account.numbers.index(number):032x}"


def shown_number(account: TwilioAccount, number: str) -> dict:
    """Return a number as the API shows it."""
    return {
        "sid": number_sid(account, number),
        "account_sid": account.id,
        "phone_number": number,
        "friendly_name": number,
        "capabilities": {"sms": True, "mms": True, "voice": True, "fax": False},
        "sms_url": account.url_of(number, "sms_url"),
        "sms_method": "POST",
        "voice_url": account.url_of(number, "voice_url"),
        "voice_method": "POST",
        "status_callback": account.url_of(number, "status_callback"),
        "status_callback_method": "POST",
        "sms_application_sid": "",
        "voice_application_sid": "",
        "trunk_sid": None,
    }
