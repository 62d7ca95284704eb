"""What the webhooks of Meta's products have in common: handshake, signature, batches."""

import hmac
import json
import secrets

import requests

from .accounts import GraphAccount
from .graph import meta_json
from .hooks import Hook, Result
from .state import State
from .webhooks import Webhooks


def signature(secret: str, body: bytes, algorithm: str = "sha256") -> str:
    """Return the value of X-Hub-Signature-256 (or of the old X-Hub-Signature with "sha1")."""
    return f"{algorithm}={hmac.digest(secret.encode(), body, algorithm).hex()}"


def milliseconds(moment) -> int:
    """Return a time as messaging webhooks write it."""
    return int(moment.timestamp() * 1000)


class GraphEvents:
    """Base of the classes that send a product's webhooks."""

    def __init__(self, state: State, webhooks: Webhooks):
        self._state = state
        self._webhooks = webhooks

    def handshake(self, account: GraphAccount) -> Result:
        """Ask the callback for the challenge. Only a verified callback gets webhooks."""
        challenge = str(secrets.randbelow(10**9))
        query = {
            "hub.mode": "subscribe",
            "hub.challenge": challenge,
            "hub.verify_token": account.verify_token,
        }
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.get(
                    account.callback_url, params=query, timeout=10, allow_redirects=False
                )
        except requests.RequestException as error:
            return {"ok": False, "status": None, "body": "", "error": type(error).__name__}
        account.verified = answer.status_code == 200 and answer.text == challenge
        result = {"status": answer.status_code, "body": answer.text[:500], "error": ""}
        return {"ok": account.verified, **result}

    def raw_hook(self, account: GraphAccount, event: str, payload, is_spaced: bool = False) -> Hook:
        """Return a signed webhook with any payload; bytes go out as they are.

        `is_spaced` writes blanks after colons and commas, as bodies with `changes` have them.
        """
        if isinstance(payload, bytes):
            body = payload
        else:
            body = json.dumps(payload).encode() if is_spaced else meta_json(payload)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature": signature(account.app_secret, body, "sha1"),
            "X-Hub-Signature-256": signature(account.app_secret, body),
        }
        is_batchable = isinstance(payload, dict) and isinstance(payload.get("entry"), list)
        return Hook(
            provider=account.provider,
            account=account.id,
            event=event,
            url=account.callback_url,
            body=body,
            headers=headers,
            payload=payload,
            merge=(lambda hooks: self._batch(account, hooks)) if is_batchable else None,
            group=(account.provider, account.callback_url, account.app_secret),
        )

    def _batch(self, account: GraphAccount, hooks: list[Hook]) -> Hook:
        entries = [entry for hook in hooks for entry in hook.payload["entry"]]
        payload = {**hooks[0].payload, "entry": entries}
        return self.raw_hook(account, hooks[0].event, payload)

    def deliver(self, account: GraphAccount, hook: Hook, sync: bool = False) -> Result | None:
        """Send a webhook, if the account is subscribed and its callback is verified."""
        if not account.subscribed_fields:
            return self._webhooks.skip(hook, "no app is subscribed")
        if account.callback_url and not account.verified:
            return self._webhooks.skip(hook, "the callback is not verified")
        return self._webhooks.send(hook, sync)
