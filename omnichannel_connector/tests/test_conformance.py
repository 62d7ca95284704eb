"""Every payload file through the real webhook, into the thread that people read."""

import base64
import hashlib
import hmac
import html
import json
import re
from pathlib import Path
from urllib.parse import urlencode

from odoo.tests import HttpCase, tagged

from .common import OmnichannelMixin, meta_signature

SECRET = "the-signing-secret"
PAYLOADS = Path(__file__).parent / "payloads"
# Other people's test data, read in place where it lies beside the repository, never copied.
# what a link to a shared thing says behind its name
LINKED_HOST = re.compile(r": [\w.-]+(?:, for a short time only)?(?=</a>\])")
SHARED = Path(__file__).resolve().parents[3] / "shared" / "payloads"
SHARED_FOLDERS = {
    "chatwoot": "instagram",
    "oca_mail_gateway_instagram": "instagram",
    "meta_docs_dump": "instagram",
    "chatwoot_twilio": "sms",
    "twilio_voice": "voice",
}
SHOWN = ("message", "postback", "comment")
MARKS = {
    "isComment": "is_comment",
    "isRecovered": "is_recovered",
    "isEdited": "edited_at",
    "isRetracted": "retracted_at",
}


def twilio_signature(url, form):
    """Sign as Twilio documents it, independent of the code under test."""
    values = {}
    for name, value in form:
        values.setdefault(name, set()).add(value)
    text = url + "".join(name + value for name in sorted(values) for value in sorted(values[name]))
    digest = hmac.new(SECRET.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def one_line(text):
    """Return a text without line breaks, and without what a link leaves between brackets."""
    return " ".join(text.split()).replace("[ ", "[").replace(" ]", "]")


class ConformanceCase(OmnichannelMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._forget_demo_data()
        cls.env["ir.config_parameter"].set_param("web.base.url", "https://odoo.example.com")

    def _connect(self, channel, settings):
        """Connect an account with the settings of a payload file."""
        settings = dict(settings)
        if country := settings.pop("country", None):
            self.env.company.country_id = self.env.ref(f"base.{country.lower()}")
        return self.env["omnichannel.account"].create(
            {
                "name": "The account of a file",
                "channel": channel,
                "external_id": "17841400000009001",
                "sender": "+14155550199" if channel in ("sms", "voice") else False,
                "access_token": "the-access-token",
                "signing_secrets": SECRET,
                "verify_token": "the-verify-token",
                "state": "connected",
                **settings,
            }
        )

    def _post(self, account, request):
        """Post the request of a payload file, signed as its provider does it."""
        query = f"?{urlencode(request['query'])}" if request.get("query") else ""
        path = f"/omnichannel/{account.channel}/{account.webhook_token}{query}"
        if "form" in request:
            form = [(name, value) for name, value in request["form"]]
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            headers["X-Twilio-Signature"] = twilio_signature(account.webhook_url + query, form)
            return self.url_open(path, data=urlencode(form), headers=headers)
        body = json.dumps(request["json"]) if "json" in request else request["body"]
        headers = {"Content-Type": "application/json"}
        headers["X-Hub-Signature-256"] = meta_signature(body, SECRET)
        return self.url_open(path, data=body.encode(), headers=headers)

    def _arrive(self, account, request):
        """Let a request arrive and be processed; return its events."""
        stored = self.env["omnichannel.event"].search([("account_id", "=", account.id)])
        self.assertEqual(self._post(account, request).status_code, 200)
        self.env.invalidate_all()
        events = self.env["omnichannel.event"].search(
            [("account_id", "=", account.id), ("id", "not in", stored.ids)], order="id"
        )
        events.filtered(lambda event: event.state == "new")._process()
        return events

    def _timeline(self, account):
        """Return the account's bubbles as a payload file describes them, oldest first."""
        messages = self.env["omnichannel.message"].search([("account_id", "=", account.id)])
        in_order = messages.sorted(lambda message: message.mail_message_id.id)
        return [self._describe(message) for message in in_order]

    def _describe(self, message):
        body = LINKED_HOST.sub("", message.mail_message_id.body or "")
        text = html.unescape(re.sub("<[^>]*>", " ", body))
        shown = {"direction": message.direction, "text": one_line(text)}
        shown.update({mark: True for mark, field in MARKS.items() if message[field]})
        if reactions := message.mail_message_id.reaction_ids.mapped("content"):
            shown["reactions"] = sorted(reactions)
        return shown


@tagged("-at_install", "post_install")
class TestConformance(ConformanceCase):
    """One test for each file of tests/payloads; their README describes the format."""

    def _check(self, path):
        case = json.loads(path.read_text())
        account = self._connect(path.parent.name, case["account"])

        for request in case.get("requests") or [case["request"]]:
            self._arrive(account, request)

        events = self.env["omnichannel.event"].search([("account_id", "=", account.id)], order="id")
        expected = {event["key"]: event["customer"] for event in case["events"]}
        self.assertEqual({event.key: event.customer for event in events}, expected)
        self.assertNotIn("failed", events.mapped("state"))
        self.assertFalse(self.env["omnichannel.delivery"].search([]))
        self.assertEqual(self._timeline(account), self._expected_timeline(case))

    def _expected_timeline(self, case):
        """Return what the file says, or what follows from its events: one bubble for each text."""
        if "timeline" in case:
            return case["timeline"]
        shown = {}
        for event in case["events"]:
            if event["kind"] in SHOWN and event.get("identity"):
                shown.setdefault(event.get("external_id") or event["key"], event)
        # in the order of the provider's clock, where it has one
        ordered = sorted(shown.values(), key=lambda event: event.get("occurred_at", ""))
        return [self._expected_bubble(event) for event in ordered]

    def _expected_bubble(self, event):
        lines = [event.get("text", "")]
        for media in event.get("attachments", []):
            lines.append(f"[{media.get('name') or media['kind'].replace('_', ' ').capitalize()}]")
        bubble = {
            "direction": "outbound" if event.get("is_echo") else "inbound",
            "text": one_line(" ".join(lines)) or "(no content)",
        }
        if event["kind"] == "comment":
            bubble["isComment"] = True
        return bubble


@tagged("-at_install", "post_install")
class TestSharedPayloads(ConformanceCase):
    """Bodies of other projects: whatever they say, nothing fails and nobody is written to."""

    def _check(self, path, channel):
        if channel not in self.env["omnichannel.account"]._adapter_classes():
            self.skipTest(f"{channel} is no channel here")
        content = json.loads(path.read_text())
        if "params" in content:
            params = {"To": "+14155550199", "AccountSid": "AC123", **content["params"]}
            account = self._connect(channel, {"external_id": params["AccountSid"]})
            request = {"form": list(params.items())}
        else:
            entry = (content[0] if isinstance(content, list) else content)["entry"][0]
            account = self._connect(channel, {"external_id": entry["id"]})
            request = {"json": content}

        events = self._arrive(account, request)

        self.assertTrue(events)
        self.assertNotIn("failed", events.mapped("state"))
        self.assertFalse(self.env["omnichannel.delivery"].search([]))


def add_test(case, name, path, *arguments):
    """Give a test case one test method for a file."""
    setattr(case, f"test_{name}", lambda self: self._check(path, *arguments))


for path in sorted(PAYLOADS.glob("*/*.json")):
    add_test(TestConformance, f"{path.parent.name}_{path.stem}", path)
for folder, channel in SHARED_FOLDERS.items():
    for path in sorted((SHARED / folder).glob("*.json")):
        if path.stem.startswith("ig_") or channel != "instagram":
            add_test(TestSharedPayloads, f"{folder}_{path.stem}", path, channel)
