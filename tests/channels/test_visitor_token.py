"""What a website signs about its visitor. Signed here by hand, not by the code under test."""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta, timezone

import pytest

from omnichannel_connector.channels.errors import SignatureError
from omnichannel_connector.channels.visitor_token import read_visitor_token

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=timezone.utc)
SECRET = "a long random text"
# made with openssl and coreutils: printf | basenc --base64url, openssl dgst -sha256 -hmac
KNOWN = (
    "eyJleHAiOjE3Nzc4ODY0MDAsImp0aSI6InRva2VuLTAwMDEiLCJlbWFpbCI6ImFuYUBleGFtcGxlLmNvbSJ9."
    "d130f6e4541aec14988b5b34749450aaba7ee9da17d19d9044f5e3582115aa92"
)


def token(secret=SECRET, **changes):
    """Return a token of Ana, in force for ten minutes, with these values changed (None: gone)."""
    values = {
        "exp": int((NOW + timedelta(minutes=10)).timestamp()),
        "jti": "token-0001",
        "email": "ana@example.com",
        **changes,
    }
    text = json.dumps({name: value for name, value in values.items() if value is not None})
    return signed(base64.urlsafe_b64encode(text.encode()).decode().rstrip("="), secret)


def signed(payload, secret=SECRET):
    digest = hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
    return f"{payload}.{digest}"


def read(text, secrets=(SECRET,), now=NOW):
    return read_visitor_token(text, secrets, now)


def test_a_token_signed_by_other_tools_is_read():
    claim = read(KNOWN)

    assert (claim.email, claim.token_id, claim.partner_id) == ("ana@example.com", "token-0001", 0)
    assert claim.expires_at == datetime(2026, 5, 4, 9, 20, tzinfo=timezone.utc)


def test_addresses_are_normalised_and_contacts_named_by_number():
    assert read(token(email=" Ana@EXAMPLE.com ", name="Ana")).email == "ana@example.com"
    assert read(token(email=None, partner=7)).partner_id == 7


def test_either_of_two_secrets_signs():
    assert read(token("new"), ["old", "new"]).email


@pytest.mark.parametrize("secrets", [(), ("",), ("another",), ("another", "")])
def test_without_the_right_secret_nothing_is_true(secrets):
    with pytest.raises(SignatureError):
        read(token(), secrets)
    with pytest.raises(SignatureError):
        read(token(""), secrets)


@pytest.mark.parametrize(
    ("now", "is_good"),
    [
        (NOW + timedelta(minutes=9), True),
        (NOW + timedelta(minutes=10), False),
        (NOW + timedelta(days=30), False),
        (NOW - timedelta(days=2), False),
    ],
)
def test_a_token_is_in_force_for_a_while_and_at_most_a_day(now, is_good):
    if is_good:
        assert read(token(), now=now)
        return
    with pytest.raises(SignatureError):
        read(token(), now=now)


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"exp": "1777885800"},
        {"exp": True},
        {"exp": 10**400},
        {"exp": 1777885800.5},
        {"jti": None},
        {"jti": "short"},
        {"jti": "x" * 65},
        {"jti": 12345678},
        {"email": None},
        {"email": ""},
        {"email": "not an address"},
        {"email": ["ana@example.com"]},
        {"partner": 7},
        {"email": None, "partner": -1},
        {"email": None, "partner": 2**31},
        {"email": None, "partner": True},
        {"email": None, "partner": "7"},
    ],
)
def test_what_is_signed_but_makes_no_sense_is_refused(changes):
    with pytest.raises(SignatureError):
        read(token(**changes))


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "no dot",
        None,
        7,
        "x" * 10_000,
        "\ud800.\ud800",
        signed("%%%"),
        signed(""),
        signed(base64.urlsafe_b64encode(b"[1]").decode()),
        signed(base64.urlsafe_b64encode(b"\xff").decode()),
        signed("W1" * 2000),
        token() + "0",
        token()[:-1],
    ],
)
def test_what_is_no_token_is_refused_without_a_crash(text):
    with pytest.raises(SignatureError):
        read(text)


def test_a_changed_payload_is_not_signed():
    payload, _dot, signature = token().partition(".")
    other = token(email="eve@example.com").partition(".")[0]

    assert read(f"{payload}.{signature}")
    with pytest.raises(SignatureError):
        read(f"{other}.{signature}")
