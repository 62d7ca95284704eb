"""A shop with its accounts in Odoo and at the sandbox, and the people who write and answer."""

import contextlib
import itertools
import json

import requests

from tests.odoo_server import wait_for
from tests.sandbox.web import ControlError

AGENT = "omnichannel_connector.omnichannel_group_agent"
_numbers = itertools.count(1)


class Shop:
    """Connected accounts of one test; nothing of another test's customers comes here.

    With `voice` the number of the SMS account takes calls, too, puts them through to
    `forward_to`, and records messages when nobody answers there.
    """

    def __init__(self, odoo, sandbox, voice=False):
        self.odoo, self.sandbox = odoo, sandbox
        number = next(_numbers)
        self.suffix = f"{number:05d}"
        self.instagram_id = f"178414000000{self.suffix}"
        self.number = f"+1500555{number:04d}"
        self.secret = f"app-secret-{number}"
        # what is written leaves at once: only the tests of undoing wait
        odoo.rpc("res.company", "write", [[1], {"omnichannel_undo_seconds": 0}])
        sandbox.mails.configure(odoo.url, odoo.db, "admin", "admin")
        self.instagram = self._connect_instagram()
        self.sms = self._connect_twilio()
        self.email = self._connect_email()
        self.forward_to = f"+1500556{number:04d}"
        self.voice = self._connect_voice() if voice else None
        self._calls = []

    def close(self):
        """Archive the accounts: the next test's customers are reached by its own only."""
        for call in self._calls:  # no notice of one that still rings covers the next test's page
            with contextlib.suppress(ControlError):
                self.on_call(call, "hangup")
        accounts = filter(None, (self.instagram, self.sms, self.email, self.voice))
        ids = [account["id"] for account in accounts]
        self.odoo.rpc("omnichannel.account", "write", [ids, {"active": False}])

    # === ACCOUNTS ===

    def _create_account(self, values):
        values = {"public_url": self.odoo.url, **values}
        account_id = self.odoo.rpc("omnichannel.account", "create", [values])
        self.odoo.rpc("omnichannel.account", "action_connect", [[account_id]])
        names = ["webhook_url", "alias_email"]
        return self.odoo.rpc("omnichannel.account", "read", [[account_id], names])[0]

    def _connect_instagram(self):
        account = self._create_account(
            {
                "name": f"@shop{self.suffix}",
                "channel": "instagram",
                "external_id": self.instagram_id,
                "api_url": f"{self.sandbox.url}/graph/v26.0",
                "access_token": f"token-{self.suffix}",
                "signing_secrets": self.secret,
                "verify_token": f"verify-{self.suffix}",
            }
        )
        registered = self.sandbox.control.add_account(
            "instagram",
            id=self.instagram_id,
            username=f"shop{self.suffix}",
            token=f"token-{self.suffix}",
            app_secret=self.secret,
            verify_token=f"verify-{self.suffix}",
            callback_url=account["webhook_url"],
        )
        assert registered["verified"], registered
        return account

    def _connect_twilio(self):
        sid = f"AC{int(self.suffix):032x}"
        account = self._create_account(
            {
                "name": f"Hotline {self.suffix}",
                "channel": "sms",
                "external_id": sid,
                "sender": self.number,
                "api_url": f"{self.sandbox.url}/twilio/2010-04-01",
                "access_token": f"auth-{self.suffix}",
                "signing_secrets": f"auth-{self.suffix}",
            }
        )
        self.sandbox.control.add_account(
            "twilio",
            account_sid=sid,
            auth_token=f"auth-{self.suffix}",
            numbers=[self.number],
            callback_url=account["webhook_url"],
        )
        return account

    def _connect_voice(self):
        sid = f"AC{int(self.suffix):032x}"
        account = self._create_account(
            {
                "name": f"Phone {self.suffix}",
                "channel": "voice",
                "external_id": sid,
                "sender": self.number,
                "api_url": f"{self.sandbox.url}/twilio/2010-04-01",
                "access_token": f"auth-{self.suffix}",
                "signing_secrets": f"auth-{self.suffix}",
                "forward_to": self.forward_to,
                "greeting": "Please leave a message.",
            }
        )
        twilio = self.sandbox.state.account("twilio", sid)
        twilio.voice_url = twilio.voice_status_url = account["webhook_url"]
        return account

    def connect_whatsapp(self):
        """Connect a WhatsApp account; return its values, with the `sender` that is written to."""
        sender = f"1060000000{self.suffix}"
        account = self._create_account(
            {
                "name": f"Shop {self.suffix} on WhatsApp",
                "channel": "whatsapp",
                "external_id": f"1040000000{self.suffix}",
                "sender": sender,
                "api_url": f"{self.sandbox.url}/graph/v26.0",
                "access_token": f"whatsapp-token-{self.suffix}",
                "signing_secrets": f"whatsapp-secret-{self.suffix}",
                "verify_token": f"whatsapp-verify-{self.suffix}",
            }
        )
        registered = self.sandbox.control.add_account(
            "whatsapp",
            phone_number_id=sender,
            waba_id=f"1040000000{self.suffix}",
            number=f"+1500557{self.suffix[1:]}",
            token=f"whatsapp-token-{self.suffix}",
            app_secret=f"whatsapp-secret-{self.suffix}",
            verify_token=f"whatsapp-verify-{self.suffix}",
            callback_url=account["webhook_url"],
        )
        assert registered["verified"], registered
        return {**account, "sender": sender}

    def _connect_email(self):
        return self._create_account(
            {
                "name": f"Shop {self.suffix}",
                "channel": "email",
                "alias_name": f"hello{self.suffix}",
                "alias_domain_id": self._alias_domain(),
            }
        )

    def _alias_domain(self):
        domain = [("name", "=", "shop.example.com")]
        found = self.odoo.rpc("mail.alias.domain", "search", [domain])
        if found:
            return found[0]
        return self.odoo.rpc("mail.alias.domain", "create", [{"name": "shop.example.com"}])

    # === CUSTOMERS ===

    def customer(self, name="Ana"):
        """Return a person with both phones and a mail address, unknown to Odoo."""
        number = next(_numbers)
        person = {
            "id": f"{name.lower().replace(' ', '')}-{number}",
            "name": name,
            "username": f"{name.lower()}{number}",
            "igsid": f"9000000000{number:05d}",
            "number": f"+1202555{number:04d}",
            "email": f"{name.lower().replace(' ', '')}-{number}@example.com",
        }
        self.sandbox.control.add_customer(**person)
        return person

    def writes(self, customer, text, on="instagram", **values):
        """Let a customer write by Instagram or SMS; return the webhook's answer."""
        account = self.instagram_id if on == "instagram" else self.number
        values = {"account": account, "text": text, **values}
        return self.sandbox.control.customer_sends(customer["id"], **values)["webhook"]

    def comments(self, customer, text, **values):
        """Let a customer comment below a post; return {comment, webhook}."""
        values = {"account": self.instagram_id, "text": text, **values}
        return self.sandbox.control.customer_comments(customer["id"], **values)

    def acts(self, customer, action, **values):
        """Let a customer react, edit, unsend, ... on Instagram; return the webhook's answer."""
        values = {"account": self.instagram_id, **values}
        return self.sandbox.control.customer_acts(customer["id"], action, **values)["webhook"]

    def calls(self, customer, **values):
        """Let a customer call the shop; return the call with its legs and recordings.

        `values` as in the control API: outcome, seconds, anonymous, steps="manual", ...
        """
        values = {"account": self.number, **values}
        call = self.sandbox.control.customer_calls(customer["id"], **values)["call"]
        self._calls.append(call)
        return call

    def on_call(self, call, action, **values):
        """Answer, decline, hangup, ... in a call that is led by hand; return the call."""
        return self.sandbox.control.calls.act(call["id"], action, **values)["call"]

    def phone(self, customer):
        """Return what a customer sees on both phones: the texts, oldest first."""
        return [message.text for message in self.sandbox.control.thread(customer["id"])]

    def mails_to(self, customer):
        """Return the mails that reached a customer's mailbox, oldest first."""
        mails = self.sandbox.mails.of(customer["id"])
        return [mail for mail in mails if mail.direction == "outbound"]

    def mails(self, customer, text, **values):
        """Let a mail of the customer go to the shop's address, as its mail server would do it."""
        sent = self.sandbox.mails.customer_sends(
            customer["id"], text=text, **{"to": self.email["alias_email"], **values}
        )
        assert not sent["gateway"]["error"], sent["gateway"]
        return sent["mail"]

    # === WHAT ODOO SHOWS ===

    def conversation_of(self, address, timeout=20):
        """Wait for the conversation of an address, return its values."""
        names = ["partner_id", "channel_id", "state", "waiting_for", "user_id", "lead_id"]
        # not of those who only typed it
        theirs = [
            "&",
            ("value", "=", address),
            "|",
            ("trust", "!=", "claimed"),
            ("scope", "!=", ""),
        ]
        domain = [("partner_id.omnichannel_identity_ids", "any", theirs)]
        found = wait_for(
            lambda: self.odoo.rpc("omnichannel.conversation", "search_read", [domain, names]),
            timeout,
            f"no conversation of {address}",
        )
        assert len(found) == 1, found
        return found[0]

    def wait_for_profile(self, customer):
        """Wait until Odoo has read who is behind an Instagram address."""
        domain = [("value", "=", customer["igsid"]), ("username", "=", customer["username"])]
        wait_for(
            lambda: self.odoo.rpc("omnichannel.identity", "search_count", [domain]),
            timeout=60,
            message=f"the profile of {customer['id']} was never read",
        )

    def messages(self, conversation):
        """Return a conversation's messages in the order in which the thread shows them."""
        names = ["mail_message_id", "channel", "direction", "preview", "state", "origin", "error"]
        domain = [("conversation_id", "=", conversation["id"])]
        found = self.odoo.rpc("omnichannel.message", "search_read", [domain, names])
        return sorted(found, key=lambda message: message["mail_message_id"][0])

    def wait_for_messages(self, conversation, count, timeout=20):
        return wait_for(
            lambda: [m for m in [self.messages(conversation)] if len(m) >= count],
            timeout,
            lambda: f"{len(self.messages(conversation))} instead of {count} messages",
        )[0]

    def wait_for_state(self, message_id, *states, timeout=30):
        def reached():
            (message,) = self.odoo.rpc("omnichannel.message", "read", [[message_id], ["state"]])
            return message["state"] in states and message["state"]

        return wait_for(reached, timeout, f"message {message_id} never became {states}")


class Agent:
    """A person who answers in Odoo's Discuss: the very requests that the web client makes."""

    def __init__(self, odoo, login):
        self.odoo, self.login = odoo, login
        self.http = requests.Session()
        self.http.cookies.set("session_id", odoo.session_cookie(login))

    def post(self, conversation, body, key=None, **values):
        """Write in a thread: to the customer on a channel, or a note without `key`."""
        data = {"body": body, "message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        data.update(values)
        if key:
            data["omnichannel_key"] = key
        params = {
            "thread_model": "discuss.channel",
            "thread_id": conversation["channel_id"][0],
            "post_data": data,
        }
        answer = self.http.post(
            f"{self.odoo.url}/mail/message/post",
            data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}),
            headers={"Content-Type": "application/json"},
            timeout=60,
        ).json()
        assert "error" not in answer, answer["error"]["data"]["message"]
        mail_message_id = answer["result"]["message_id"]
        domain = [("mail_message_id", "=", mail_message_id)]
        found = self.odoo.rpc("omnichannel.message", "search", [domain])
        return found[0] if found else None


def make_agent(odoo, login):
    """Create an agent whose password is the login."""
    make_user(odoo, login, AGENT)
    return Agent(odoo, login)


def make_user(odoo, login, group):
    """Create a user with one group, by its external id. The password is the login."""
    if odoo.rpc("res.users", "search_count", [[("login", "=", login)]]):
        return
    group_id = odoo.ref(group)
    groups = [(4, group_id)]
    if group.endswith("portal"):
        groups = [(6, 0, [group_id])]  # a user is internal, or not
    values = {"name": login.title(), "login": login, "password": login, "group_ids": groups}
    odoo.rpc("res.users", "create", [values])
