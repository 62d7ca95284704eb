"""The control API: what tests and the page tell the sandbox. See README.md for the table."""

from dataclasses import asdict, fields
from datetime import datetime, timezone

from .faults import Faults
from .hooks import broken_signature
from .instagram import FIELDS
from .instagram_events import InstagramEvents
from .log import Log
from .mails import Mails
from .media import Media
from .models import Customer, EmailAccount, InstagramAccount, Message, TwilioAccount
from .state import State
from .twilio_events import TwilioEvents
from .web import ControlError
from .webhooks import Webhooks


class Control:
    """Its public methods can be called from Python as well; HTTP only wraps them."""

    def __init__(
        self,
        state: State,
        log: Log,
        faults: Faults,
        webhooks: Webhooks,
        media: Media,
        mails: Mails,
        instagram: InstagramEvents,
        twilio: TwilioEvents,
    ):
        self.state = state
        self.log = log
        self.faults = faults
        self.webhooks = webhooks
        self.media = media
        self.mails = mails
        self.instagram = instagram
        self.twilio = twilio

    # === ACCOUNTS AND CUSTOMERS === #

    def add_account(self, provider: str, handshake: bool = True, **values) -> dict:
        """Register an account; an Instagram callback is verified at once.

        `handshake` false = take the callback as verified, without asking it.
        """
        if provider == "twilio":
            account = TwilioAccount(
                id=values.pop("account_sid", None) or values.pop("id"), **values
            )
            self.state.put_account(account)
            return account.public()
        if provider == "email":
            account = EmailAccount(id=values.pop("address", None) or values.pop("id"), **values)
            self.state.put_account(account)
            return account.public()
        if provider != "instagram":
            raise ControlError("provider is instagram, twilio or email")
        values["id"] = str(values["id"])
        values.setdefault("subscribed_fields", sorted(FIELDS))
        account = InstagramAccount(**values)
        account.verified = not handshake
        self.state.put_account(account)
        if handshake and account.callback_url:
            return {**account.public(), **self.handshake(account.id)}
        return account.public()

    def handshake(self, key: str) -> dict:
        """Verify the callback of an Instagram account, as saving it in the dashboard does."""
        account = self.state.account("instagram", key)
        result = self.instagram.handshake(account)
        self.log.add("handshake", provider="instagram", account=account.id, **result)
        return {"verified": account.verified, "handshake": result}

    def add_customer(self, provider: str = "", **values) -> Customer:
        """Create a customer or change the one with the same id; other values stay.

        With provider instagram `id` is their Instagram id, with twilio `number` is enough, with
        email `email`.
        """
        names = ("number", "username", "email")
        key = str(values.pop("id", "") or next(filter(None, map(values.get, names)), ""))
        if not key:
            raise ControlError("a customer needs an id, a number, a username or an email")
        if provider == "instagram":
            values.setdefault("igsid", key)
        unknown = set(values) - {item.name for item in fields(Customer)}
        if unknown:
            raise ControlError(f"unknown values: {', '.join(sorted(unknown))}")
        old = self.state.customers.get(key)
        customer = Customer(**{**(asdict(old) if old else {}), **values, "id": key})
        self.state.put_customer(customer)
        return customer

    # === WHAT PEOPLE DO === #

    def customer_sends(self, customer: str, sync: bool = True, **spec) -> dict:
        """Write as the customer and return {message, webhook}.

        `spec`: provider or account (id, name or number), text, attachments, reply_to, postback,
        timestamp, ... as in `InstagramEvents.customer_sends` and `TwilioEvents.customer_sends`.
        """
        person = self.state.customer(customer)
        account = self._account_for(person, spec)
        spec["at"] = parsed_time(spec.get("timestamp"))
        if account.provider == "email":
            raise ControlError("e-mail goes to customers/<customer>/mails")
        events = self.instagram if account.provider == "instagram" else self.twilio
        message, result = events.customer_sends(account, person, spec, sync)
        return {"message": message.public(), "webhook": result}

    def _account_for(self, customer: Customer, spec: dict):
        key = str(spec.pop("account", "") or spec.get("number") or "")
        provider = spec.pop("provider", "")
        if provider or not key:
            has_instagram = customer.username or customer.igsid or not customer.number
            provider = provider or ("instagram" if has_instagram else "twilio")
            return self.state.account(provider, key)
        account = next((a for a in self._all_accounts() if self._is_named(a, key)), None)
        if account is None:
            raise ControlError(f"no account {key}", 404)
        if account.provider == "twilio" and key in account.numbers:
            spec["number"] = key
        return account

    def _all_accounts(self) -> list:
        with self.state.lock:
            return list(self.state.accounts.values())

    def _is_named(self, account, key: str) -> bool:
        try:
            return self.state.account(account.provider, key) is account
        except ControlError:
            return False

    def customer_acts(self, customer: str, action: str, sync: bool = True, **spec) -> dict:
        """React, unreact, edit, unsend or read as the customer on Instagram."""
        person = self.state.customer(customer)
        account = self.state.account("instagram", str(spec.get("account", "")))
        return {"webhook": self.instagram.act(account, person, action, spec, sync)}

    def business_sends(self, customer: str, sync: bool = True, **spec) -> dict:
        """Answer in the Instagram app itself: the product hears of it through the echo only."""
        person = self.state.customer(customer)
        account = self.state.account("instagram", str(spec.get("account", "")))
        spec["at"] = parsed_time(spec.get("timestamp"))
        message = self.instagram.business_sends(account, person, spec, "app")
        result = self.instagram.echo(account, message, sync)
        return {"message": message.public(), "webhook": result}

    def set_status(self, message: str, status: str, error_code=None, sync: bool = True) -> dict:
        """Give an outbound SMS a status by hand."""
        found = self.state.message(message)
        account = self.state.account("twilio", found.account)
        return {"webhook": self.twilio.set_status(account, found, status, error_code, sync)}

    def send_raw(self, account: str, sync: bool = True, **spec) -> dict:
        """Send any webhook: `payload` (JSON), `form` (pairs or object) or `body` (text).

        `signature`: good (default), bad or none. `url` replaces the callback of a form.
        """
        target = next((a for a in self._all_accounts() if self._is_named(a, account)), None)
        if target is None:
            raise ControlError(f"no account {account}", 404)
        if target.provider == "email":
            raise ControlError("raw e-mail goes to mails/raw")
        if target.provider == "instagram":
            body = spec["body"].encode() if "body" in spec else spec["payload"]
            hook = self.instagram.raw_hook(target, "raw", body)
        else:
            form = spec["form"]
            pairs = list(form.items()) if isinstance(form, dict) else [tuple(p) for p in form]
            hook = self.twilio.raw_hook(target, "raw", pairs, spec.get("url", ""))
        kind = spec.get("signature", "good")
        if kind == "bad":
            hook.headers = broken_signature(hook.headers)
        elif kind == "none":
            hook.headers = {n: v for n, v in hook.headers.items() if "Signature" not in n}
        return {"webhook": self.webhooks.send(hook, sync)}

    def reset(self, keep_accounts: bool = False):
        """Forget everything (or all but accounts) and let go what hangs."""
        self.faults.remove()
        self.webhooks.clear()
        self.state.clear(keep_accounts)
        self.log.clear()
        self.log.add("reset")

    def thread(self, customer: str) -> list[Message]:
        """Return all messages of a customer, over all accounts, oldest first."""
        key = self.state.customer(customer).id
        found = [m for a in self._all_accounts() for m in self.state.thread(a.id, key)]
        return sorted(found, key=lambda message: message.at)


def parsed_time(value) -> datetime | None:
    """Return a time given as ISO text, seconds or milliseconds."""
    if value in (None, ""):
        return None
    if isinstance(value, int | float):
        seconds = value / 1000 if value > 10**11 else value
        return datetime.fromtimestamp(seconds, timezone.utc)
    moment = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
