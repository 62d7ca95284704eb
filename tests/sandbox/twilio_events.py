"""Twilio's webhooks: inbound messages and status callbacks."""

import secrets
from dataclasses import replace
from urllib.parse import urlencode

from .accounts import TwilioAccount
from .hooks import Hook, Result
from .media import Media
from .models import Customer, Message
from .state import State
from .twilio_wire import Pairs, place_params, segments, signed_headers
from .web import ControlError
from .webhooks import Webhooks

STOP = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
START = {"START", "YES", "UNSTOP"}
HELP = {"HELP", "INFO"}
OPT_OUT_REPLIES = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from "
    "this number. Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. Reply HELP "
    "for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}
STATUSES = (
    "queued",
    "accepted",
    "scheduled",
    "sending",
    "sent",
    "delivered",
    "read",
    "undelivered",
    "failed",
    "canceled",
)


def opt_out_keyword(text: str) -> str:
    """Return STOP, START or HELP when the whole message is such a keyword, else ""."""
    word = text.strip().upper()
    for keyword, words in (("STOP", STOP), ("START", START), ("HELP", HELP)):
        if word in words:
            return keyword
    return ""


def new_sid(has_media: bool = False) -> str:
    """Return the sid of a new message."""
    return ("MM" if has_media else "SM") + secrets.token_hex(16)


class TwilioEvents:
    """What happens on the mobile network, turned into webhooks."""

    def __init__(self, state: State, webhooks: Webhooks, media: Media):
        self._state = state
        self._webhooks = webhooks
        self._media = media

    def raw_hook(self, account: TwilioAccount, event: str, params: Pairs, url: str) -> Hook:
        """Return a signed form with any parameters."""
        return Hook(
            provider=account.provider,
            account=account.id,
            event=event,
            url=url,
            body=urlencode(params).encode(),
            headers=signed_headers(account, url, params),
            payload=params,
        )

    # === INBOUND === #

    def customer_sends(
        self, account: TwilioAccount, customer: Customer, spec: dict, sync: bool
    ) -> tuple[Message, Result | None]:
        """Text one of our numbers as the customer.

        `spec`: text, attachments [{url, type}], number (ours), extra (more parameters), at.
        """
        number = spec.get("number") or (account.numbers[0] if account.numbers else "")
        if number not in account.numbers:
            raise ControlError(f"the account has no number {number}", 404)
        if not customer.number:
            raise ControlError("this customer has no phone number", 409)
        message = self._new(account, customer, spec, number)
        keyword = opt_out_keyword(message.text)
        self._network_keyword(account, message, keyword)
        params = self._inbound_params(account, customer, message, keyword)
        params += [(name, str(value)) for name, value in (spec.get("extra") or {}).items()]
        url = account.service_urls.get(message.service) or account.url_of(number, "sms_url")
        hook = self.raw_hook(account, "message", params, url)
        hook = replace(hook, message=message.id, customer=customer.id)
        return message, self._webhooks.send(hook, sync)

    def _new(self, account, customer: Customer, spec: dict, number: str) -> Message:
        attachments = list(spec.get("attachments") or [])
        sid = spec.get("id") or new_sid(bool(attachments))
        message = Message(
            id=sid,
            provider=account.provider,
            account=account.id,
            customer=customer.id,
            direction="inbound",
            source="customer",
            at=spec.get("at") or self._state.now(),
            text=spec.get("text") or "",
            attachments=[self._hosted(account, sid, n, a) for n, a in enumerate(attachments)],
            status="received",
            sender=customer.number,
            recipient=number,
            service=service_of(account, number),
        )
        return self._state.add_message(message)

    def _hosted(self, account: TwilioAccount, sid: str, index: int, attachment: dict) -> dict:
        """Return an attachment at the address that Twilio gives to a file which it keeps.

        Files of other hosts keep theirs, so that a test can send any URL.
        """
        url = attachment.get("url", "")
        base_url = self._media.base_url
        if not url.startswith(f"{base_url}/media/"):
            return attachment
        path = f"Accounts/{account.id}/Messages/{sid}/Media/ME{index:032x}"
        return {**attachment, "url": f"{base_url}/twilio/2010-04-01/{path}", "shown": url}

    def _inbound_params(self, account, customer, message: Message, keyword: str) -> Pairs:
        sids = [(name, message.id) for name in ("SmsMessageSid", "SmsSid", "MessageSid")]
        params = [
            *sids,
            ("AccountSid", account.id),
            ("ApiVersion", "2010-04-01"),
            ("From", message.sender),
            ("To", message.recipient),
            ("Body", message.text),
            ("NumMedia", str(len(message.attachments))),
            ("NumSegments", str(segments(message.text))),
            ("SmsStatus", "received"),
        ]
        params += place_params("From", customer.place)
        params += place_params("To", {"country": "US"})
        if message.service:
            params.append(("MessagingServiceSid", message.service))
        for n, attachment in enumerate(message.attachments):
            params.append((f"MediaUrl{n}", attachment.get("url", "")))
            params.append((f"MediaContentType{n}", attachment.get("type", "image/jpeg")))
        if keyword and account.advanced_opt_out:
            params.append(("OptOutType", keyword))
        return params

    def _network_keyword(self, account: TwilioAccount, message: Message, keyword: str):
        """Do what Twilio does by itself after STOP, START or HELP: block, unblock, answer."""
        if not keyword:
            return
        pairs = {
            (number, message.sender)
            for number in account.services.get(message.service, [message.recipient])
        }
        was_out = pairs <= account.opted_out
        with self._state.lock:
            if keyword == "STOP":
                account.opted_out |= pairs
            elif keyword == "START":
                account.opted_out -= pairs
        if keyword != "HELP" and was_out == (keyword == "STOP"):
            return
        self._state.add_message(
            replace(
                message,
                id=new_sid(),
                direction="outbound",
                source="network",
                at=self._state.now(),
                text=OPT_OUT_REPLIES[keyword],
                attachments=[],
                status="delivered",
                sender=message.recipient,
                recipient=message.sender,
                reactions={},
                webhooks=[],
            )
        )

    # === STATUS === #

    def progress(self, account: TwilioAccount, message: Message, sync: bool = False):
        """Take an outbound message to its end, with a callback for each wanted status."""
        if not self._state.settings.sms_progress:
            return
        customer = self._state.customers[message.customer]
        final = customer.sms_outcome.get("status", "delivered")
        steps = (
            ["sending", "sent"] if final in ("delivered", "undelivered", "read") else ["sending"]
        )
        code = customer.sms_outcome.get("error_code")
        if account.status != "active":
            steps, final, code = [], "failed", 30002
        for status in [*steps, final]:
            error = code if status == final else None
            if sync:
                self.set_status(account, message, status, error, sync)
            else:
                self._webhooks.run(
                    account.id,
                    lambda s=status, e=error: self.set_status(account, message, s, e, sync=True),
                )

    def set_status(
        self,
        account: TwilioAccount,
        message: Message,
        status: str,
        error_code: int | None = None,
        sync: bool = False,
    ) -> Result | None:
        """Give an outbound message a status and call its StatusCallback.

        Failures are always told; other statuses when `sms_callbacks` has them.
        """
        if status not in STATUSES:
            raise ControlError(f"unknown status {status}: use {', '.join(STATUSES)}")
        self._state.update_message(message, "status", status=status, error_code=error_code)
        told = {*self._state.settings.sms_callbacks, "failed", "undelivered", "canceled", "read"}
        if not message.status_callback or status not in told:
            return None
        params = self._status_params(account, message, status, error_code)
        hook = self.raw_hook(account, "status", params, message.status_callback)
        hook = replace(hook, message=message.id, customer=message.customer)
        return self._webhooks.send(hook, sync)

    def _status_params(self, account, message, status: str, error_code: int | None) -> Pairs:
        params = [
            ("SmsSid", message.id),
            ("SmsStatus", status),
            ("MessageStatus", status),
            ("To", message.recipient),
            ("MessageSid", message.id),
            ("AccountSid", account.id),
            ("From", message.sender),
            ("ApiVersion", "2010-04-01"),
        ]
        if message.service:
            params.append(("MessagingServiceSid", message.service))
        if error_code:
            params.append(("ErrorCode", str(error_code)))
        if status in ("delivered", "undelivered"):
            params.append(("RawDlrDoneDate", self._state.now().strftime("%y%m%d%H%M")))
        return params


def service_of(account: TwilioAccount, number: str) -> str:
    """Return the messaging service to which a number belongs, "" without one."""
    return next((sid for sid, numbers in account.services.items() if number in numbers), "")
