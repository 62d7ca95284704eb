"""How Twilio signs webhooks and counts segments."""

import base64
import hmac
import re
import secrets
from urllib.parse import urldefrag, urlsplit

from .accounts import TwilioAccount
from .models import Customer
from .state import State

Pairs = list[tuple[str, str]]

E164 = re.compile(r"\+[1-9]\d{6,14}")

GSM = set(
    "@\u00a3$\u00a5\u00e8\u00e9\u00f9\u00ec\u00f2\u00c7\n\u00d8\u00f8\r\u00c5\u00e5\u0394_\u03a6"
    "\u0393\u039b\u03a9\u03a0\u03a8\u03a3\u0398\u039e\u00c6\u00e6\u00df\u00c9 !\"#\u00a4%&'()*+,-./"
    "0123456789:;<=>?\u00a1ABCDEFGHIJKLMNOPQRSTUVWXYZ\u00c4\u00d6\u00d1\u00dc\u00a7\u00bf"
    "abcdefghijklmnopqrstuvwxyz\u00e4\u00f6\u00f1\u00fc\u00e0"
)
GSM_EXTENDED = set("\f^{}\\[~]|\u20ac")


def signature(secret: str, url: str, params: Pairs, algorithm: str = "sha1") -> str:
    """Return X-Twilio-Signature: HMAC over the URL and the sorted parameters, base64.

    Parameters are sorted by name; the values of a repeated one are sorted and made unique.
    """
    values: dict[str, set[str]] = {}
    for name, value in params:
        values.setdefault(name, set()).add(value)
    text = url + "".join(name + value for name in sorted(values) for value in sorted(values[name]))
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), algorithm)).decode()


def signed_headers(account: TwilioAccount, url: str, params: Pairs) -> dict[str, str]:
    """Return the headers of a webhook, signed as the account is configured."""
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "User-Agent": "TwilioProxy/1.1",
        "I-Twilio-Idempotency-Token": secrets.token_hex(16),
    }
    url = urldefrag(url).url
    if not account.shared_key:
        return {**headers, "X-Twilio-Signature": signature(account.auth_token, url, params)}
    key = account.shared_key
    settings = f"key={key['id']},algorithm=HMAC_SHA256"
    return {
        **headers,
        "X-Twilio-Webhooks-Signature-Settings": settings,
        "X-Twilio-Signature": signature(key["secret"], url, params, "sha256"),
    }


def place_params(prefix: str, place: dict) -> Pairs:
    """Return the parameters that tell where a number is: FromCity, FromState, ..."""
    parts = ("City", "State", "Zip", "Country")
    return [(f"{prefix}{part}", str(place.get(part.lower(), ""))) for part in parts]


def owner_of(state: State, number: str) -> Customer:
    """Return whose phone rings; an unknown number becomes a customer without a name."""
    with state.lock:
        customer = state.customer_by_number(number)
        if customer is None:
            customer = Customer(id=number, number=number)
            state.put_customer(customer)
        return customer


def segments(text: str) -> int:
    """Return how many SMS the text takes."""
    if set(text) <= GSM | GSM_EXTENDED:
        length = len(text) + sum(character in GSM_EXTENDED for character in text)
        single, part = 160, 153
    else:
        length = len(text.encode("utf-16-le")) // 2
        single, part = 70, 67
    return 1 if length <= single else -(-length // part)


def is_url(text: str) -> bool:
    """Tell whether a text is an address that Twilio could call."""
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname)
