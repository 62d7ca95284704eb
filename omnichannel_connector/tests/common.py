"""Fixtures of the addon's tests: connected accounts, what providers send, a clock that stands."""

import hashlib
import hmac
import io
import json
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

import requests

from odoo.tests import TransactionCase, new_test_user
from odoo.tools import mute_logger

from ..channels.base import WebhookRequest
from ..channels.events import RawEvent

INSTAGRAM_ID = "17841400000000001"
INSTAGRAM_SECRET = "instagram-app-secret"
TWILIO_SID = "AC00000000000000000000000000000001"
TWILIO_TOKEN = "twilio-auth-token"
OUR_NUMBER = "+15005550006"
ANA_NUMBER = "+12025550123"
ANA_IGSID = "900000000000001"


def milliseconds(moment):
    return int(moment.timestamp() * 1000)


def instagram_item(text="Hello", sender=ANA_IGSID, mid="mid.1", at=None, echo=False):
    """Return one item of an Instagram webhook, as facts/instagram.md describes it."""
    at = at or datetime.now(timezone.utc)
    message = {"mid": mid, "text": text}
    people = {"sender": {"id": sender}, "recipient": {"id": INSTAGRAM_ID}}
    if echo:
        message["is_echo"] = True
        people = {"sender": {"id": INSTAGRAM_ID}, "recipient": {"id": sender}}
    return {**people, "timestamp": milliseconds(at), "message": message}


def instagram_body(*items):
    entry = {"id": INSTAGRAM_ID, "time": milliseconds(datetime.now(timezone.utc))}
    return json.dumps({"object": "instagram", "entry": [{**entry, "messaging": list(items)}]})


def meta_signature(body, secret=INSTAGRAM_SECRET):
    """Sign as Meta documents it, independent of the code under test."""
    return "sha256=" + hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()


def sms_params(text="Hello", sender=ANA_NUMBER, sid="SM1", **extra):
    return {
        "MessageSid": sid,
        "AccountSid": TWILIO_SID,
        "From": sender,
        "To": OUR_NUMBER,
        "Body": text,
        "NumMedia": "0",
        **extra,
    }


class OmnichannelMixin:
    """Two connected accounts and the ways to let something arrive on them."""

    @classmethod
    def _forget_demo_data(cls):
        """Begin empty, whether or not the database has demo data."""
        models = ("conversation", "event", "delivery", "message", "consent", "identity", "account")
        context = {"active_test": False, "omnichannel_erase_consent": True}
        for model in models:
            cls.env[f"omnichannel.{model}"].with_context(**context).search([]).unlink()

    @classmethod
    def _set_up_accounts(cls):
        cls._forget_demo_data()
        cls.env["ir.config_parameter"].set_param("web.base.url", "https://odoo.example.com")
        accounts = cls.env["omnichannel.account"]
        cls.instagram = accounts.create(
            {
                "name": "@our_shop",
                "channel": "instagram",
                "external_id": INSTAGRAM_ID,
                "access_token": "instagram-token",
                "signing_secrets": INSTAGRAM_SECRET,
                "verify_token": "instagram-verify",
            }
        )
        cls.sms = accounts.create(
            {
                "name": "Shop number",
                "channel": "sms",
                "external_id": TWILIO_SID,
                "sender": OUR_NUMBER,
                "access_token": TWILIO_TOKEN,
                "signing_secrets": TWILIO_TOKEN,
            }
        )
        (cls.instagram | cls.sms).action_connect()
        cls.agent = new_test_user(
            cls.env, "agent", "omnichannel_connector.omnichannel_group_agent", name="Agent Ada"
        )

    @classmethod
    def _ago(cls, **kwargs):
        return datetime.now(timezone.utc) - timedelta(**kwargs)

    def _store_instagram(self, *items):
        raw_events = [
            RawEvent(
                f"message:{item['message']['mid']}",
                item["sender"]["id"]
                if item["sender"]["id"] != INSTAGRAM_ID
                else item["recipient"]["id"],
                {"entry_id": INSTAGRAM_ID, "source": "messaging", "item": item},
            )
            for item in items
        ]
        events = self.env["omnichannel.event"]
        events._store(self.instagram.id, raw_events)
        return events.search([("key", "in", [raw.key for raw in raw_events])])

    def _receive_items(self, *items, source="messaging", account=None):
        """Let items of an Instagram webhook arrive in one body, as the webhook stores them."""
        account = account or self.instagram
        entry = {"id": account.external_id, "time": milliseconds(datetime.now(timezone.utc))}
        body = json.dumps({"object": "instagram", "entry": [{**entry, source: list(items)}]})
        request = WebhookRequest("POST", account.webhook_url, {}, {}, body.encode())
        events = self.env["omnichannel.event"]
        stored = events._store(account.id, account._adapter().split(request))
        stored._process()
        return stored

    def _store_sms(self, params=None, query=None, key=None):
        params = params or sms_params()
        raw = RawEvent(
            key or f"message:{params['MessageSid']}",
            params.get("From", ""),
            {
                "params": params,
                "query": query or {},
                "received_at": datetime.now(timezone.utc).isoformat(),
            },
        )
        events = self.env["omnichannel.event"]
        events._store(self.sms.id, [raw])
        return events.search([("account_id", "=", self.sms.id), ("key", "=", raw.key)])

    def _receive_instagram(self, *args, **kwargs):
        """Let one direct message arrive and be processed. Return its conversation."""
        self._store_instagram(instagram_item(*args, **kwargs))._process()
        sender = kwargs.get("sender", ANA_IGSID)
        return self._identity("instagram", sender).partner_id.omnichannel_conversation_ids

    def _receive_sms(self, text="Hello", sender=ANA_NUMBER, **kwargs):
        self._store_sms(sms_params(text, sender, **kwargs))._process()
        return self._identity("phone", sender).partner_id.omnichannel_conversation_ids

    def _identity(self, kind, value):
        return self.env["omnichannel.identity"].search([("kind", "=", kind), ("value", "=", value)])

    def _texts(self, conversation):
        """Return the thread's texts in the order in which Odoo shows them, without cards."""
        messages = self.env["mail.message"].search(
            [
                ("model", "=", "discuss.channel"),
                ("res_id", "=", conversation.channel_id.id),
                ("omnichannel_card_ids", "=", False),
            ],
            order="id",
        )
        return [message.preview for message in messages]

    def _run_cron(self, name):
        # an HttpCase is in it already, and says so in the log each time
        with mute_logger("odoo.tests.common"), self.enter_registry_test_mode():
            self.env.ref(f"omnichannel_connector.{name}").method_direct_trigger()
        self.env.invalidate_all()

    @contextmanager
    def _provider(self, *answers):
        """Let provider calls be answered by these: (status, JSON) or an exception, in order.

        Yields the list of the requests made.
        """
        waiting = list(answers)
        made = []

        def send(_session, request, **_kwargs):
            made.append(request)
            answer = waiting.pop(0)
            if isinstance(answer, Exception):
                raise answer
            status, payload = answer[:2]
            response = requests.Response()
            response.status_code = status
            response.headers.update(answer[2] if len(answer) > 2 else {})
            response.raw = io.BytesIO(json.dumps(payload).encode())
            response.request = request
            response.url = request.url
            return response

        with patch.object(requests.Session, "send", send):
            yield made


class OmnichannelCase(OmnichannelMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_accounts()
