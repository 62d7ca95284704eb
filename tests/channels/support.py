"""What the channel tests share: accounts, requests, and the normal form of an event."""

import json
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from pathlib import Path

import requests

from omnichannel_connector.channels import ADAPTERS
from omnichannel_connector.channels.base import Account, WebhookRequest

ROOT = Path(__file__).resolve().parents[2]
PAYLOADS = ROOT / "omnichannel_connector" / "tests" / "payloads"
# Other people's test data, read in place where it lies beside the repository, never copied.
SHARED = ROOT.parent / "shared" / "payloads"

WEBHOOK = "https://odoo.example/omnichannel/channel/token"
TOKEN = "the-access-token"
SECRET = "the-signing-secret"
VERIFY = "the-verify-token"


def make_adapter(code, **settings):
    """Return an adapter whose account has all settings, with `settings` over them."""
    settings = {
        "channel": code,
        "external_id": "17841400000009001",
        "sender": "+14155550199" if code in ("sms", "voice") else "",
        "webhook_url": WEBHOOK,
        "access_token": TOKEN,
        "signing_secrets": (SECRET,),
        "verify_token": VERIFY,
        **settings,
    }
    return ADAPTERS[code](Account(**settings), requests.Session())


def make_request(*, query=None, form=(), headers=None, method="POST", url=WEBHOOK, **body):
    """Return a webhook request. The body is `body` (bytes or text) or `json` (any value)."""
    raw = json.dumps(body["json"]) if "json" in body else body.get("body", b"")
    return WebhookRequest(
        method=method,
        url=url,
        query=query or {},
        headers=headers or {},
        body=raw.encode() if isinstance(raw, str) else raw,
        form=tuple((name, value) for name, value in form),
    )


def events_of(adapter, request):
    """Split and parse a request; return the pairs (RawEvent, InboundEvent).

    Between the two the payload goes through JSON, as it does through the database.
    """
    return [
        (raw, adapter.parse(json.loads(json.dumps(raw.payload)))) for raw in adapter.split(request)
    ]


def plain(value):
    """Return a dataclass as a dict of what differs from the defaults, enums by their value."""
    if is_dataclass(value):
        return {
            field.name: plain(getattr(value, field.name))
            for field in fields(value)
            if not _is_default(field, getattr(value, field.name))
        }
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if hasattr(value, "isoformat") else value


def _is_default(field, value):
    default = field.default if field.default_factory is MISSING else field.default_factory()
    return default is not MISSING and value == default
