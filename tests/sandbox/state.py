"""Where the providers keep accounts, customers and messages. All in memory, thread-safe."""

import hashlib
import threading
from dataclasses import fields, replace
from datetime import datetime, timedelta, timezone

from .accounts import Account, EmailAccount, GraphAccount, TwilioAccount, WhatsAppAccount
from .log import Log
from .models import Call, Comment, Customer, Mail, MailGateway, Message, Recording, Settings
from .web import ControlError


class State:
    """All data and the rules to find it. Callers hold `lock` while they change what they found."""

    def __init__(self, log: Log):
        self.log = log
        self.lock = threading.RLock()
        self.settings = Settings()
        self.clear()

    def clear(self, keep_accounts: bool = False):
        """Forget everything, or everything but accounts and settings."""
        with self.lock:
            if not keep_accounts:
                self.accounts: dict[str, Account] = {}
                self.settings = Settings()
                self.mail_gateway: MailGateway | None = None
            self.customers: dict[str, Customer] = {}
            self.messages: dict[str, Message] = {}
            self.mails: dict[str, Mail] = {}
            self.comments: dict[str, Comment] = {}
            self.calls: dict[str, Call] = {}
            self.recordings: dict[str, Recording] = {}
            self.files: dict[str, dict] = {}  # that Meta keeps under an id
            self._opened: dict[tuple[str, str], datetime] = {}
            self._owners: dict[tuple[str, str], str] = {}
            self._threads: dict[tuple[str, str], list[Message]] = {}
            self._of_account: dict[str, list[Message]] = {}
            self._igsids: dict[tuple[str, str], str] = {}
            self.clock_offset = timedelta()
            for account in self.accounts.values():
                if isinstance(account, TwilioAccount):
                    account.opted_out.clear()

    def now(self) -> datetime:
        """Return the sandbox's time, which tests can move."""
        return datetime.now(timezone.utc) + self.clock_offset

    def change_settings(self, values: dict) -> Settings:
        """Set the named settings."""
        unknown = set(values) - {item.name for item in fields(Settings)}
        if unknown:
            raise ControlError(f"unknown settings: {', '.join(sorted(unknown))}")
        with self.lock:
            self.settings = replace(self.settings, **values)
        return self.settings

    # === ACCOUNTS === #

    def put_account(self, account: Account):
        """Add an account, or replace the one with its id."""
        with self.lock:
            old = self.accounts.get(account.id)
            if isinstance(old, TwilioAccount) and isinstance(account, TwilioAccount):
                account.opted_out = old.opted_out
            self.accounts[account.id] = account
        self.log.add("account", provider=account.provider, account=account.id)

    def account(self, provider: str, key: str = "") -> Account:
        """Return the account with that id, name or number; without a key the first one."""
        with self.lock:
            for account in self.accounts.values():
                if account.provider == provider and (not key or key in account_keys(account)):
                    return account
        raise ControlError(f"no {provider} account {key}".rstrip(), 404)

    # === CUSTOMERS === #

    def put_customer(self, customer: Customer):
        """Add a customer, or replace the one with the same id."""
        with self.lock:
            self.customers[customer.id] = customer
            for account, igsid in customer.igsids.items():
                self._igsids[account, igsid] = customer.id
        self.log.add("customer", customer=customer.id)

    def find_customer(self, key: str) -> Customer | None:
        """Return the customer with that id, Instagram id, number, Instagram name or address."""
        with self.lock:
            if key in self.customers:
                return self.customers[key]
            for customer in self.customers.values():
                names = {
                    customer.igsid,
                    customer.number,
                    customer.username,
                    f"@{customer.username}",
                }
                if key and key in names | set(customer.igsids.values()):
                    return customer
                if key and key.lower() == customer.email.lower():
                    return customer
        return None

    def customer(self, key: str) -> Customer:
        """Return the customer with that key, or tell the tester that there is none."""
        customer = self.find_customer(key)
        if customer is None:
            raise ControlError(f"no customer {key}", 404)
        return customer

    def customer_by_number(self, number: str) -> Customer | None:
        """Return who has that phone number."""
        with self.lock:
            return next((c for c in self.customers.values() if c.number == number), None)

    def igsid(self, customer: Customer, account: str) -> str:
        """Return the id under which an Instagram account knows the customer."""
        with self.lock:
            if account not in customer.igsids:
                known = customer.igsids or not customer.igsid
                igsid = derived_igsid(customer.id, account) if known else customer.igsid
                customer.igsids[account] = igsid
                self._igsids[account, igsid] = customer.id
            return customer.igsids[account]

    def customer_by_igsid(self, account: str, igsid: str) -> Customer | None:
        """Return the customer whom this Instagram account knows under that id."""
        with self.lock:
            if (account, igsid) in self._igsids:
                return self.customers.get(self._igsids[account, igsid])
            for customer in self.customers.values():
                if customer.igsid == igsid and self.igsid(customer, account) == igsid:
                    return customer
        return None

    # === MESSAGES === #

    def add_message(self, message: Message) -> Message:
        """Put a message on both screens."""
        with self.lock:
            self.messages[message.id] = message
            self._threads.setdefault((message.account, message.customer), []).append(message)
            self._of_account.setdefault(message.account, []).append(message)
        self.log.add(
            "message",
            provider=message.provider,
            account=message.account,
            customer=message.customer,
            message=message.id,
            direction=message.direction,
            source=message.source,
            text=message.text,
        )
        return message

    def update_message(self, message: Message, change: str, **values):
        """Change a message and log it. `change` names what happened."""
        with self.lock:
            for name, value in values.items():
                setattr(message, name, value)
        self.log.add(
            "message_update",
            provider=message.provider,
            account=message.account,
            customer=message.customer,
            message=message.id,
            change=change,
            status=message.status,
        )

    def message(self, key: str) -> Message:
        """Return the message with that id, or tell the tester that there is none."""
        with self.lock:
            if key in self.messages:
                return self.messages[key]
        raise ControlError(f"no message {key}", 404)

    def thread(self, account: str, customer: str) -> list[Message]:
        """Return a customer's messages with one account, in the order in which they happened."""
        with self.lock:
            return sorted(self._threads.get((account, customer), []), key=lambda m: m.at)

    def of_account(self, account: str) -> list[Message]:
        """Return all messages of an account, oldest first."""
        with self.lock:
            return sorted(self._of_account.get(account, []), key=lambda m: m.at)

    def last_inbound(self, account: str, customer: str) -> datetime | None:
        """Return when the customer last did something that opens the window."""
        with self.lock:
            thread = self._threads.get((account, customer), [])
            times = [m.at for m in thread if m.direction == "inbound"]
            if (account, customer) in self._opened:
                times.append(self._opened[account, customer])
            return max(times, default=None)

    def open_window(self, account: str, customer: str):
        """Note that the customer did something besides writing that opens the window."""
        with self.lock:
            self._opened[account, customer] = self.now()

    def thread_owner(self, account: GraphAccount, customer: str) -> str:
        """Return which app controls a thread: ours, unless it was passed on."""
        with self.lock:
            return self._owners.get((account.id, customer), account.app_id)

    def set_thread_owner(self, account: GraphAccount, customer: str, app: str):
        """Give the control of a thread to an app."""
        with self.lock:
            self._owners[account.id, customer] = app

    def add_call(self, call: Call) -> Call:
        """Keep a call or a leg of one."""
        with self.lock:
            self.calls[call.id] = call
        return call

    # === MAILS === #

    def add_mail(self, mail: Mail) -> Mail:
        """Put a mail into its customers' mailboxes."""
        with self.lock:
            self.mails[mail.id] = mail
        self.log.add(
            "mail",
            mail=mail.id,
            customer=self.customer_of(mail),
            direction=mail.direction,
            sender=mail.envelope_from,
            recipient=", ".join(mail.envelope_to),
            subject=mail.subject,
            message_id=mail.message_id,
            in_reply_to=mail.in_reply_to,
        )
        return mail

    def mail(self, key: str) -> Mail:
        """Return the mail with that id or Message-ID, or tell the tester that there is none."""
        with self.lock:
            if key in self.mails:
                return self.mails[key]
            for mail in self.mails.values():
                if key == mail.message_id:
                    return mail
        raise ControlError(f"no mail {key}", 404)

    def mails_of(self, customer: Customer) -> list[Mail]:
        """Return a customer's mails, oldest first."""
        address = customer.email.lower()
        with self.lock:
            mails = list(self.mails.values())
        return [mail for mail in mails if address and address in mail.addresses()]

    def customer_of(self, mail: Mail) -> str:
        """Return the id of the first customer who has that mail, "" when nobody has."""
        addresses = mail.addresses() - {""}
        with self.lock:
            people = self.customers.values()
            return next((one.id for one in people if one.email.lower() in addresses), "")


def account_keys(account: Account) -> set[str]:
    """Return everything by which a tester may name an account."""
    if isinstance(account, TwilioAccount):
        return {account.id, *account.numbers, *account.services}
    if isinstance(account, EmailAccount):
        return {account.id, account.name} - {""}
    if isinstance(account, WhatsAppAccount):
        return {account.id, account.number} - {""}
    return {account.id, account.username, f"@{account.username}", account.page_id} - {""}


def derived_igsid(customer: str, account: str) -> str:
    """Return a stable Instagram id for the pair, so that it differs from account to account."""
    digest = hashlib.sha256(f"{account}:{customer}".encode()).hexdigest()
    return str(10**15 + int(digest, 16) % (9 * 10**15))
