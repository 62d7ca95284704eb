import base64
import hashlib
import hmac
import json
from urllib.parse import urlencode

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import (
    TWILIO_TOKEN,
    OmnichannelMixin,
    instagram_body,
    instagram_item,
    meta_signature,
    sms_params,
)

LOGGER = "odoo.addons.omnichannel_connector.controllers.webhook"


@tagged("-at_install", "post_install")
class TestWebhook(OmnichannelMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_accounts()

    def _post(self, body, signature=None, token=None, channel="instagram"):
        headers = {"Content-Type": "application/json"}
        if signature:
            headers["X-Hub-Signature-256"] = signature
        token = token or self.instagram.webhook_token
        return self.url_open(f"/omnichannel/{channel}/{token}", data=body, headers=headers)

    def _events(self):
        return self.env["omnichannel.event"].search([])

    def test_a_signed_body_is_stored_and_answered(self):
        body = instagram_body(instagram_item("Ciao"))

        response = self._post(body, meta_signature(body))

        self.assertEqual(response.status_code, 200)
        self.assertEqual(self._events().mapped("state"), ["new"])

    def test_a_repeated_webhook_is_stored_once(self):
        body = instagram_body(instagram_item("Ciao"))

        statuses = [self._post(body, meta_signature(body)).status_code for _ in range(5)]

        self.assertEqual(statuses, [200] * 5)
        self.assertEqual(len(self._events()), 1)

    def test_the_same_event_in_another_batch_is_stored_once(self):
        first = instagram_body(instagram_item("One", mid="mid.1"))
        both = instagram_body(
            instagram_item("Two", mid="mid.2"), instagram_item("One", mid="mid.1")
        )

        self._post(first, meta_signature(first))
        self._post(both, meta_signature(both))

        self.assertEqual(len(self._events()), 2)

    @mute_logger(LOGGER)
    def test_a_wrong_signature_is_refused_and_nothing_is_stored(self):
        body = instagram_body(instagram_item())

        response = self._post(body, meta_signature(body, "somebody else's secret"))

        self.assertEqual(response.status_code, 403)
        self.assertFalse(self._events())

    @mute_logger(LOGGER)
    def test_a_missing_signature_is_refused(self):
        self.assertEqual(self._post(instagram_body(instagram_item())).status_code, 403)
        self.assertFalse(self._events())

    @mute_logger(LOGGER)
    def test_an_account_without_secret_refuses_everything(self):
        self.instagram.signing_secrets = False
        body = instagram_body(instagram_item())

        self.assertEqual(self._post(body, meta_signature(body, "")).status_code, 403)
        self.assertFalse(self._events())

    def test_an_unknown_address_is_not_found(self):
        body = instagram_body(instagram_item())
        signature = meta_signature(body)

        self.assertEqual(self._post(body, signature, token="guessed").status_code, 404)
        self.assertEqual(self._post(body, signature, channel="sms").status_code, 404)
        self.assertEqual(self._post(body, signature, channel="pigeon").status_code, 404)

    def test_an_archived_account_is_not_found(self):
        self.instagram.active = False
        body = instagram_body(instagram_item())

        self.assertEqual(self._post(body, meta_signature(body)).status_code, 404)

    def test_a_huge_body_is_refused(self):
        body = json.dumps({"object": "x" * 2 * 1024 * 1024})

        self.assertEqual(self._post(body, meta_signature(body)).status_code, 413)
        self.assertFalse(self._events())

    def test_a_huge_form_is_refused(self):
        response = self.url_open(
            f"/omnichannel/sms/{self.sms.webhook_token}",
            data="Body=" + "x" * 2 * 1024 * 1024,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )

        self.assertEqual(response.status_code, 413)

    @mute_logger(LOGGER)
    def test_an_unreadable_signed_body_is_kept_as_failed(self):
        body = '{"object": "instagram", '

        response = self._post(body, meta_signature(body))

        self.assertEqual(response.status_code, 200)
        self.assertEqual(self._events().state, "failed")
        self.assertEqual(self._events().payload["body"], body)

    def test_the_handshake_answers_the_right_token_only(self):
        url = f"/omnichannel/instagram/{self.instagram.webhook_token}?hub.mode=subscribe"

        right = self.url_open(f"{url}&hub.verify_token=instagram-verify&hub.challenge=1158201444")
        with mute_logger(LOGGER):
            wrong = self.url_open(f"{url}&hub.verify_token=guess&hub.challenge=1158201444")

        self.assertEqual((right.status_code, right.text), (200, "1158201444"))
        self.assertEqual(wrong.status_code, 403)

    def _post_sms(self, params, query=""):
        url = self.sms.webhook_url + query
        signed = url + "".join(f"{name}{params[name]}" for name in sorted(params))
        digest = hmac.new(TWILIO_TOKEN.encode(), signed.encode(), hashlib.sha1).digest()
        return self.url_open(
            f"/omnichannel/sms/{self.sms.webhook_token}{query}",
            data=urlencode(params),
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Twilio-Signature": base64.b64encode(digest).decode(),
            },
        )

    def test_a_signed_sms_is_stored_and_answered_with_empty_twiml(self):
        response = self._post_sms(sms_params("Olá"))

        self.assertEqual((response.status_code, response.text), (200, "<Response/>"))
        self.assertEqual(response.headers["Content-Type"].split(";")[0], "text/xml")
        self.assertEqual(self._events().payload["params"]["Body"], "Olá")

    def test_a_status_callback_brings_our_uuid_back(self):
        status = {"MessageSid": "SM1", "MessageStatus": "delivered", "AccountSid": "AC0"}
        status.update(sms_params(), MessageStatus="delivered")

        response = self._post_sms(status, "?delivery=some-uuid")

        self.assertEqual(response.status_code, 200)
        self.assertEqual(self._events().payload["query"], {"delivery": "some-uuid"})

    @mute_logger(LOGGER)
    def test_a_message_for_another_twilio_account_is_refused(self):
        response = self._post_sms(sms_params(AccountSid="AC_somebody_else"))

        self.assertEqual(response.status_code, 403)
        self.assertFalse(self._events())
