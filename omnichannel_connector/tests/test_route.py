import base64
import hashlib
import hmac
import json
from urllib.parse import urlencode

from odoo.tests import HttpCase, tagged

from .common import (
    INSTAGRAM_ID,
    INSTAGRAM_SECRET,
    TWILIO_SID,
    TWILIO_TOKEN,
    OmnichannelMixin,
    instagram_item,
    meta_signature,
    milliseconds,
)

OTHER_ID = "17841400000000002"
SENDER = "900000000000777"


@tagged("-at_install", "post_install")
class TestRoute(OmnichannelMixin, HttpCase):
    """One webhook address for all accounts of an app, and no way into another app's account."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_accounts()
        cls.other = cls.instagram.copy(
            {
                "name": "@our_other_shop",
                "external_id": OTHER_ID,
                "access_token": "other-token",
                "signing_secrets": f"older-secret\n{INSTAGRAM_SECRET}",
                "verify_token": "other-verify",
            }
        )

    def _item(self, owner_id, mid):
        item = instagram_item("Hello", sender=SENDER, mid=mid)
        return {**item, "recipient": {"id": owner_id}}

    def _post(self, *owners):
        """Post one body with a message to each of these accounts to the first one's address."""
        entries = [
            {
                "id": owner,
                "time": milliseconds(self._ago(minutes=1)),
                "messaging": [self._item(owner, f"mid.{owner}")],
            }
            for owner in owners
        ]
        body = json.dumps({"object": "instagram", "entry": entries})
        headers = {
            "Content-Type": "application/json",
            "X-Hub-Signature-256": meta_signature(body),
        }
        url = f"/omnichannel/instagram/{self.instagram.webhook_token}"
        self.assertEqual(self.url_open(url, data=body, headers=headers).status_code, 200)

    def _events(self, account):
        return self.env["omnichannel.event"].search([("account_id", "=", account.id)])

    def test_an_event_goes_to_the_account_that_it_names(self):
        self._post(INSTAGRAM_ID, OTHER_ID)

        self.assertEqual(self._events(self.instagram).key, f"message:mid.{INSTAGRAM_ID}")
        self.assertEqual(self._events(self.other).key, f"message:mid.{OTHER_ID}")

    def test_a_customer_of_each_account_is_one_of_its_own(self):
        self._post(INSTAGRAM_ID, OTHER_ID)
        (self._events(self.instagram) | self._events(self.other))._process()

        identities = self._identity("instagram", SENDER)
        self.assertEqual(set(identities.mapped("scope")), {INSTAGRAM_ID, OTHER_ID})
        self.assertEqual(len(identities.partner_id), 2)

    def test_an_account_with_another_secret_is_never_written_to(self):
        self.other.signing_secrets = "its-own-secret"

        self._post(OTHER_ID)

        self.assertFalse(self._events(self.other))
        kept = self._events(self.instagram)
        kept._process()
        self.assertEqual((kept.state, kept.kind), ("done", "unknown"))
        self.assertFalse(self._identity("instagram", SENDER))

    def test_an_account_without_a_secret_is_never_written_to(self):
        self.other.signing_secrets = False

        self._post(OTHER_ID)

        self.assertFalse(self._events(self.other))

    def test_an_archived_account_gets_nothing(self):
        self.other.active = False

        self._post(OTHER_ID)

        self.assertFalse(self._events(self.other))
        self.assertEqual(len(self._events(self.instagram)), 1)

    def test_a_call_is_answered_by_the_number_that_was_called(self):
        settings = {"channel": "voice", "external_id": TWILIO_SID, "signing_secrets": TWILIO_TOKEN}
        accounts = self.env["omnichannel.account"]
        first = accounts.create({**settings, "name": "First", "sender": "+15005550001"})
        second = {"name": "Second", "sender": "+15005550002", "forward_to": "+15005550042"}
        second = accounts.create({**settings, **second})
        params = {
            "AccountSid": TWILIO_SID,
            "CallSid": "CA1",
            "CallStatus": "ringing",
            "Direction": "inbound",
            "From": "+12025550123",
            "To": second.sender,
        }

        response = self._post_twilio(first, params)

        self.assertIn("+15005550042", response.text)
        self.assertTrue(self._events(second))
        self.assertFalse(self._events(first))

    def _post_twilio(self, account, params):
        signed = account.webhook_url + "".join(name + params[name] for name in sorted(params))
        digest = hmac.new(TWILIO_TOKEN.encode(), signed.encode(), hashlib.sha1).digest()
        return self.url_open(
            f"/omnichannel/{account.channel}/{account.webhook_token}",
            data=urlencode(params),
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Twilio-Signature": base64.b64encode(digest).decode(),
            },
        )
