"""The control API's part about accounts and customers."""

from dataclasses import asdict, fields
from datetime import timedelta

from .accounts import (
    EmailAccount,
    GraphAccount,
    InstagramAccount,
    Token,
    TwilioAccount,
    WhatsAppAccount,
)
from .instagram import FIELDS
from .models import Customer
from .web import ControlError

KINDS = {
    "instagram": (InstagramAccount, "id"),
    "whatsapp": (WhatsAppAccount, "phone_number_id"),
    "twilio": (TwilioAccount, "account_sid"),
    "email": (EmailAccount, "address"),
}


class ControlAccounts:
    """Base of `Control`."""

    def add_account(self, provider: str, handshake: bool = True, **values) -> dict:
        """Register an account; a callback at Meta is verified at once.

        `handshake` false = take the callback as verified, without asking it.
        """
        if provider not in KINDS:
            raise ControlError(f"provider is one of {', '.join(KINDS)}")
        kind, key = KINDS[provider]
        values["id"] = str(values.pop(key, None) or values.pop("id"))
        if not issubclass(kind, GraphAccount):
            account = kind(**values)
            self.state.put_account(account)
            return account.public()
        values.setdefault("subscribed_fields", sorted(FIELDS))
        account = kind(**values)
        account.verified = not handshake
        self.state.put_account(account)
        if handshake and account.callback_url:
            return {**account.public(), **self.handshake(account.id)}
        return account.public()

    def handshake(self, key: str) -> dict:
        """Verify the callback of an Instagram account, as saving it in the dashboard does."""
        account = self.named(key, GraphAccount)
        result = self.instagram.handshake(account)
        self.log.add("handshake", provider=account.provider, account=account.id, **result)
        return {"verified": account.verified, "handshake": result}

    def set_token(self, key: str, **spec) -> dict:
        """Change what Meta thinks of an account's token, the newest one without `token`.

        `age` and `expires_in` (seconds, may be negative), `dead` (subcode: 460, 463, 467; 0 =
        alive again). An unknown `token` is added.
        """
        account = self.named(key, GraphAccount)
        text = spec.get("token") or list(account.tokens)[-1]
        now = self.state.now()
        with self.state.lock:
            token = account.tokens.setdefault(text, Token())
            if "age" in spec:
                token.issued_at = now - timedelta(seconds=float(spec["age"]))
            if "expires_in" in spec:
                token.expires_at = now + timedelta(seconds=float(spec["expires_in"]))
            token.dead = int(spec.get("dead", token.dead))
        self.log.add("token", provider=account.provider, account=account.id, change="set")
        return account.public()

    def set_subscription(self, key: str, fields: list[str] | None = None) -> dict:
        """Give an account these webhook fields, none without: nobody is told of it."""
        account = self.named(key, GraphAccount)
        account.subscribed_fields = list(fields or [])
        return account.public()

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

    def named(self, key: str, kind: type = object):
        """Return the account of that id, name or number, whatever its provider."""
        for account in self._all_accounts():
            if isinstance(account, kind) and self._is_named(account, key):
                return account
        raise ControlError(f"no account {key}", 404)

    def _all_accounts(self) -> list:
        with self.state.lock:
            return list(self.state.accounts.values())

    def _is_named(self, account, key: str) -> bool:
        try:
            return self.state.account(account.provider, key) is account
        except ControlError:
            return False
