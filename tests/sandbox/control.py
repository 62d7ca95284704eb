"""The control API: what tests and the page tell the sandbox. See README.md for the table."""

from datetime import datetime, timezone

from .accounts import GraphAccount
from .calls import Calls
from .control_accounts import ControlAccounts
from .faults import Faults
from .hooks import broken_signature
from .instagram_comments import Comments
from .instagram_events import InstagramEvents
from .instagram_moves import MOVES, Moves
from .log import Log
from .mails import Mails
from .media import Media
from .models import Customer, Message
from .state import State
from .twilio_events import TwilioEvents
from .web import ControlError
from .webhooks import Webhooks
from .whatsapp_events import WhatsAppEvents


class Control(ControlAccounts):
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
        comments: Comments,
        twilio: TwilioEvents,
        calls: Calls,
        whatsapp: WhatsAppEvents,
    ):
        self.state = state
        self.log = log
        self.faults = faults
        self.webhooks = webhooks
        self.media = media
        self.mails = mails
        self.instagram = instagram
        self.comments = comments
        self.moves = Moves(state, instagram)
        self.twilio = twilio
        self.calls = calls
        self.whatsapp = whatsapp

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
        events = getattr(self, account.provider)
        message, result = events.customer_sends(account, person, spec, sync)
        return {"message": message.public(), "webhook": result}

    def _account_for(self, customer: Customer, spec: dict):
        key = str(spec.pop("account", "") or spec.get("number") or "")
        provider = spec.pop("provider", "")
        if provider or not key:
            has_instagram = customer.username or customer.igsid or not customer.number
            provider = provider or ("instagram" if has_instagram else "twilio")
            return self.state.account(provider, key)
        account = self.named(key)
        if account.provider == "twilio" and key in account.numbers:
            spec["number"] = key
        return account

    def customer_acts(self, customer: str, action: str, sync: bool = True, **spec) -> dict:
        """React, unreact, edit, unsend or read as the customer; see `Moves` for more."""
        person = self.state.customer(customer)
        provider = spec.get("provider", "instagram")
        account = self.state.account(provider, str(spec.get("account", "")))
        if provider == "instagram" and action in MOVES:
            return {"webhook": self.moves.act(account, person, action, spec, sync)}
        events = getattr(self, account.provider)
        return {"webhook": events.act(account, person, action, spec, sync)}

    def customer_comments(self, customer: str, sync: bool = True, **spec) -> dict:
        """Comment below a post as the customer; return {comment, webhook}."""
        person = self.state.customer(customer)
        account = self.state.account("instagram", str(spec.pop("account", "")))
        spec["at"] = parsed_time(spec.get("timestamp"))
        comment, result = self.comments.customer_comments(account, person, spec, sync)
        return {"comment": comment.public(), "webhook": result}

    def customer_calls(self, customer: str, sync: bool = True, **spec) -> dict:
        """Call a number of the business; see `Calls.customer_calls`. Return {call, webhook}."""
        person = self.state.customer(customer)
        account = self._account_for(person, {"provider": "twilio", **spec})
        if spec.get("account") in account.numbers:
            spec["number"] = spec["account"]
        return self.calls.customer_calls(account, person, spec, sync)

    def business_sends(self, customer: str, sync: bool = True, **spec) -> dict:
        """Answer in the Instagram app itself: the product hears of it through the echo only."""
        person = self.state.customer(customer)
        account = self.state.account("instagram", str(spec.get("account", "")))
        spec["at"] = parsed_time(spec.get("timestamp"))
        message = self.instagram.business_sends(account, person, spec, "app")
        result = self.instagram.echo(account, message, sync)
        return {"message": message.public(), "webhook": result}

    def set_status(self, message: str, status: str, error_code=None, sync: bool = True) -> dict:
        """Give an outbound SMS or a message on WhatsApp a status by hand."""
        found = self.state.message(message)
        if found.provider == "instagram":
            raise ControlError("Instagram tells no statuses")
        account = self.state.account(found.provider, found.account)
        events = getattr(self, found.provider)
        return {"webhook": events.set_status(account, found, status, error_code, sync)}

    def send_raw(self, account: str, sync: bool = True, **spec) -> dict:
        """Send any webhook: `payload` (JSON), `form` (pairs or object) or `body` (text).

        `signature`: good (default), bad or none. `url` replaces the callback of a form.
        """
        target = self.named(account)
        if target.provider == "email":
            raise ControlError("raw e-mail goes to mails/raw")
        if isinstance(target, GraphAccount):
            body = spec["body"].encode() if "body" in spec else spec["payload"]
            hook = self.instagram.raw_hook(target, "raw", body)
        else:
            form = spec["form"]
            pairs = list(form.items()) if isinstance(form, dict) else [tuple(p) for p in form]
            url = spec.get("url") or target.callback_url
            hook = self.twilio.raw_hook(target, "raw", pairs, url)
        kind = spec.get("signature", "good")
        if kind == "bad":
            hook.headers = broken_signature(hook.headers)
        elif kind == "none":
            hook.headers = {n: v for n, v in hook.headers.items() if "Signature" not in n}
        return {"webhook": self.webhooks.send(hook, sync)}

    def reset(self, keep_accounts: bool = False):
        """Forget everything (or all but accounts) and let go what hangs."""
        self.faults.remove()
        self.calls.close()
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
