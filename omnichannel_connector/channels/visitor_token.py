"""Signed words of a shop's own website about who chats: "this browser is anna@example.com".

    token = <payload>.<signature>
    payload = base64url of JSON {"exp": 1767225600, "jti": "random", "email": "anna@example.com"}
    signature = hex HMAC-SHA256 of the payload's text, with a signing secret of the account

`exp` is when the token ends, in seconds since 1970, at most a day ahead; `jti` is random, and new
for each page; the person is named by `email`, or by `partner`, the number of the contact in Odoo.
base64url without padding, as in a JSON Web Token.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from .addresses import normalize_email
from .errors import SignatureError

LONGEST_LIFE = timedelta(days=1)
LONGEST_TOKEN = 4096
LONGEST_ID = 64


@dataclass(frozen=True, slots=True)
class VisitorClaim:
    """Who a website says its visitor is. One of `email` and `partner_id` is given.

    `token_id` names the token: it may be used in one chat only.
    """

    token_id: str
    expires_at: datetime
    email: str = ""
    partner_id: int = 0
    name: str = ""


def read_visitor_token(token: str, secrets: Iterable[str], now: datetime) -> VisitorClaim:
    """Return what a token says. Raise SignatureError unless one of the secrets signs it and it is
    in force. Without a secret nothing is true."""
    payload, _dot, signature = str(token or "")[: LONGEST_TOKEN + 1].partition(".")
    if len(payload) > LONGEST_TOKEN or not _is_signed(payload, signature, secrets):
        raise SignatureError("no secret of the account signs this token")
    return _read_claim(_decode(payload), now)


def _is_signed(payload: str, signature: str, secrets: Iterable[str]) -> bool:
    given = signature.encode(errors="replace")
    signed = payload.encode(errors="replace")
    keys = [secret.encode() for secret in secrets if secret]
    digests = [hmac.new(key, signed, hashlib.sha256).hexdigest().encode() for key in keys]
    return any([hmac.compare_digest(given, digest) for digest in digests])


def _decode(payload: str) -> dict:
    padded = payload + "=" * (-len(payload) % 4)
    try:
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise SignatureError("the token is not readable") from None
    if not isinstance(values, dict):
        raise SignatureError("the token is not readable")
    return values


def _read_claim(values: dict, now: datetime) -> VisitorClaim:
    ends, token_id = values.get("exp"), values.get("jti")
    first = int(now.timestamp())
    if not _is_number(ends) or not first < ends <= first + LONGEST_LIFE.total_seconds():
        raise SignatureError("the token is not in force")
    if not isinstance(token_id, str) or not 8 <= len(token_id) <= LONGEST_ID:
        raise SignatureError("the token has no usable jti")
    email, partner_id = values.get("email", ""), values.get("partner", 0)
    email = normalize_email(email) if isinstance(email, str) else ""
    is_id = _is_number(partner_id) and 0 <= partner_id < 2**31
    if not is_id or bool(email) == bool(partner_id):
        raise SignatureError("the token names nobody, or two")
    name = values.get("name", "")
    return VisitorClaim(
        token_id=token_id,
        expires_at=datetime.fromtimestamp(ends, timezone.utc),
        email=email,
        partner_id=partner_id,
        name=name[:100] if isinstance(name, str) else "",
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
