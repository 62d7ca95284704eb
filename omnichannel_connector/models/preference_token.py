"""Signed links for people who are not logged in. Plain Python: what is signed is all they need."""

import base64
import hashlib
import hmac
from datetime import date, timedelta

LIFE = timedelta(days=730)
_EPOCH = date(2020, 1, 1)


def issue(key, scope, values, today):
    """Return a token that names `values` (whole numbers and words) and the day it was made."""
    payload = "-".join(map(str, (*values, (today - _EPOCH).days)))
    return f"{payload}.{_signature(key, scope, payload)}"


def read(key, scope, token, today, life=LIFE):
    """Return the values of a token as texts, or None for one that is forged or too old."""
    payload, _dot, signature = token.rpartition(".")
    if not hmac.compare_digest(_signature(key, scope, payload).encode(), signature.encode()):
        return None
    *values, day = payload.split("-")
    made = _EPOCH + timedelta(days=int(day))
    return values if made <= today <= made + life else None


def _signature(key, scope, payload):
    digest = hmac.new(key, f"{scope}:{payload}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
