"""Phone calls as Twilio tells them: signed webhooks, one for each thing that happens."""

import base64
import hashlib
import hmac
import itertools

import requests

_calls = itertools.count(1)
FORWARD_TO = "+15005559999"


class Hotline:
    """A phone number of a shop, connected in Odoo."""

    def __init__(self, shop):
        self.shop = shop
        self.sid = f"AC{int(shop.suffix):032x}"
        self.token = f"auth-{shop.suffix}"
        values = {
            "name": f"Phone {shop.suffix}",
            "channel": "voice",
            "external_id": self.sid,
            "sender": shop.number,
            "forward_to": FORWARD_TO,
            "api_url": f"{shop.sandbox.url}/twilio/2010-04-01",
            "access_token": self.token,
            "signing_secrets": self.token,
            "public_url": shop.odoo.url,
            "state": "connected",
        }
        self.id = shop.odoo.rpc("omnichannel.account", "create", [values])
        (account,) = shop.odoo.rpc("omnichannel.account", "read", [[self.id], ["webhook_url"]])
        self.webhook_url = account["webhook_url"]

    def rings(self, number):
        """Let somebody call. Return the call."""
        call = PhoneCall(self, number, f"CA{self.shop.suffix}{next(_calls):027d}")
        call.tell(CallStatus="ringing")
        return call


class PhoneCall:
    """One call from outside, which Odoo's answer puts through to a number of ours."""

    def __init__(self, hotline, number, sid):
        self.hotline, self.number, self.sid = hotline, number, sid

    def tell(self, query="", **params):
        """Send one webhook, signed as Twilio documents it. Return the answer."""
        hotline = self.hotline
        params = {
            "AccountSid": hotline.sid,
            "CallSid": self.sid,
            "From": self.number,
            "To": hotline.shop.number,
            "Direction": "inbound",
            **params,
        }
        url = hotline.webhook_url + query
        signed = url + "".join(name + params[name] for name in sorted(params))
        digest = hmac.new(hotline.token.encode(), signed.encode(), hashlib.sha1).digest()
        headers = {"X-Twilio-Signature": base64.b64encode(digest).decode()}
        answer = requests.post(url, data=params, headers=headers, timeout=30)
        answer.raise_for_status()
        return answer

    def is_taken(self, seconds="200"):
        """Somebody of ours took it and hung up after these seconds."""
        leg = {"CallSid": f"{self.sid}leg", "ParentCallSid": self.sid}
        leg.update(Direction="outbound-dial", From=self.number, To=FORWARD_TO)
        self.tell("?part=leg", CallStatus="in-progress", **leg)
        self.tell(
            "?part=dial",
            DialCallStatus="completed",
            DialCallSid=leg["CallSid"],
            DialCallDuration=seconds,
            CallStatus="in-progress",
        )
        self.ends()

    def is_missed(self):
        """Nobody of ours took it."""
        self.tell("?part=dial", DialCallStatus="no-answer", CallStatus="in-progress")
        self.ends()

    def ends(self):
        """The caller's own leg ends, whoever answered."""
        self.tell(CallStatus="completed", CallDuration="210", CallbackSource="call-progress-events")
