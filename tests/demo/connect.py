"""Connect the demo's accounts to the provider sandbox, as an administrator would by hand.

The addon has no special case for the sandbox: an account has an API address, a provider has the
account's webhook address, and that is all.
"""

import json
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone


class Odoo:
    """Just enough of a client to fill in forms: JSON-RPC as one user."""

    def __init__(self, url, database, login="admin", password="admin"):
        self.url, self.database, self.password = url, database, password
        self.login = login
        self.uid = self._call("common", "authenticate", database, login, password, {})
        if not self.uid:
            raise SystemExit(f"{login} can't log in to {database}: is it the demo database?")

    def __call__(self, model, method, *args, **kwargs):
        target = (self.database, self.uid, self.password, model, method)
        return self._call("object", "execute_kw", *target, args, kwargs)

    def ref(self, name):
        """Return the id of one of the addon's own records."""
        found = self(
            "ir.model.data",
            "search_read",
            [("module", "=", "omnichannel_connector"), ("name", "=", name)],
            ["res_id"],
        )
        if not found:
            raise SystemExit(f"The database has no {name}: was it made with demo data?")
        return found[0]["res_id"]

    def _call(self, service, method, *args):
        params = {"service": service, "method": method, "args": args}
        answer = post(f"{self.url}/jsonrpc", {"jsonrpc": "2.0", "method": "call", "params": params})
        if "error" in answer:
            raise SystemExit(answer["error"]["data"]["message"])
        return answer.get("result")  # missing where a method returns nothing


def post(url, payload):
    """Post JSON and return the JSON answer, also that of a refusal."""
    request = urllib.request.Request(
        url, json.dumps(payload).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{url}: {error.code} {error.read().decode(errors='replace')}") from None


def get(url):
    """Return the JSON answer of a GET request."""
    with urllib.request.urlopen(url, timeout=60) as answer:
        return json.loads(answer.read())


def delete(url):
    """Make a DELETE request."""
    with urllib.request.urlopen(urllib.request.Request(url, method="DELETE"), timeout=60):
        pass


CUSTOMERS = [
    {
        "id": "ana",
        "name": "Ana Silva",
        "username": "ana.silva",
        "igsid": "900000000000001",
        "number": "+12025550123",
        "email": "ana.silva@example.com",
    },
    {
        "id": "bruno",
        "name": "Bruno Costa",
        "username": "costa.interiors",
        "igsid": "900000000000002",
        "number": "+12025550147",
        "email": "bruno@costa-interiors.example.com",
    },
    {
        "id": "clara",
        "name": "Clara Lund",
        "username": "clara.lund",
        "igsid": "900000000000003",
        "number": "+12025550165",
        "email": "clara@example.com",
    },
]


def connect(odoo, sandbox):
    """Point accounts and sandbox at each other. May be run again at any time."""
    _set_addresses(odoo, odoo.ref("demo_account_instagram"), f"{sandbox}/graph/v26.0")
    for name in ("demo_account_sms", "demo_account_voice"):
        _set_addresses(odoo, odoo.ref(name), f"{sandbox}/twilio/2010-04-01")
    names = ("instagram", "sms", "voice", "email")
    accounts = {name: _account(odoo, f"demo_account_{name}") for name in names}
    _register_instagram(sandbox, accounts["instagram"])
    _register_twilio(sandbox, accounts["sms"], accounts["voice"])
    _connect_mail(odoo, sandbox, accounts["email"])
    for customer in CUSTOMERS:
        post(f"{sandbox}/control/customers", customer)
    _remember(sandbox)
    odoo("omnichannel.account", "action_connect", [account["id"] for account in accounts.values()])
    sequence = odoo.ref("omnichannel_sequence_quiet_instagram")
    if odoo("omnichannel.sequence", "read", [sequence], ["state"])[0]["state"] == "draft":
        odoo("omnichannel.sequence", "action_start", [sequence])
    return accounts


# What the demo data of the addon tells, so that the phones show it too: the provider's id, who,
# minutes ago, where, what. The same ids as there, or gap repair would find all of it once more.
HISTORY = [
    ("demo.ana.1", "ana", 180, "instagram", "Hi! Is the brass reading lamp dimmable?"),
    (
        *("demo.ana.2", "ana", 170, "app"),
        "It is, with any trailing-edge dimmer. Shall we put one aside for you?",
    ),
    (
        *("SMdemoana3", "ana", 25, "twilio"),
        "Hello, Ana here, from Instagram. Yes please, put one aside! I will pass by at five.",
    ),
    (
        *("SMdemobruno2", "bruno", 8, "twilio"),
        "Sent you the floor plan by e-mail. Could you call me about the hotel lobby?",
    ),
    (
        *("demo.clara.1", "clara", 3, "instagram"),
        "Saw your ad for the paper lanterns. How much is shipping to Boston?",
    ),
]


def _remember(sandbox):
    """Put the demo's story on the phones. Odoo has it already, so its webhooks are dropped."""
    drop = {"provider": "*", "call": "webhook", "action": "drop", "times": "always"}
    fault = post(f"{sandbox}/control/faults", {**drop, "silent": True})
    for external_id, customer, minutes, where, text in HISTORY:
        at = datetime.now(timezone.utc) - timedelta(minutes=minutes)
        message = {"id": external_id, "text": text, "timestamp": at.isoformat()}
        if where == "app":
            post(f"{sandbox}/control/customers/{customer}/app_messages", message)
        else:
            message["provider"] = where
            post(f"{sandbox}/control/customers/{customer}/messages", message)
    delete(f"{sandbox}/control/faults/{fault['id']}")


def _account(odoo, name):
    names = [
        *("name", "external_id", "sender", "access_token", "signing_secrets", "verify_token"),
        *("webhook_url", "alias_email"),
    ]
    return odoo("omnichannel.account", "read", [odoo.ref(name)], names)[0]


def _set_addresses(odoo, account_id, api_url):
    values = {"api_url": api_url, "public_url": odoo.url}
    odoo("omnichannel.account", "write", [account_id], values)


def _register_instagram(sandbox, account):
    post(
        f"{sandbox}/control/accounts",
        {
            "provider": "instagram",
            "id": account["external_id"],
            "username": account["name"].lstrip("@"),
            "name": "Lumen Lamps",
            "token": account["access_token"],
            "app_secret": account["signing_secrets"],
            "verify_token": account["verify_token"],
            "callback_url": account["webhook_url"],
        },
    )


def _register_twilio(sandbox, account, telephone):
    post(
        f"{sandbox}/control/accounts",
        {
            "provider": "twilio",
            "account_sid": account["external_id"],
            "auth_token": account["access_token"],
            "name": account["name"],
            "numbers": [account["sender"]],
            "callback_url": account["webhook_url"],
            "voice_url": telephone["webhook_url"],
            "voice_status_url": telephone["webhook_url"],
        },
    )


def _connect_mail(odoo, sandbox, account):
    """Send Odoo's mail to the sandbox's mailboxes, and theirs to Odoo's gateway."""
    smtp = get(f"{sandbox}/control/state")["smtp"]
    values = {
        "name": "Sandbox",
        "smtp_host": smtp["host"],
        "smtp_port": smtp["port"],
        "smtp_encryption": "none",
        # without it Odoo writes its notification address into From
        "from_filter": account["alias_email"].split("@")[1],
    }
    servers = odoo("ir.mail_server", "search", [("name", "=", values["name"])])
    if servers:
        odoo("ir.mail_server", "write", servers, values)
    else:
        odoo("ir.mail_server", "create", values)
    post(
        f"{sandbox}/control/accounts",
        {"provider": "email", "address": account["alias_email"], "name": account["name"]},
    )
    gateway = {"url": odoo.url, "db": odoo.database, "login": odoo.login}
    post(f"{sandbox}/control/mail_gateway", {**gateway, "password": odoo.password})
