"""Who wrote an e-mail, as our own mail server found it out (RFC 8601)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnichannel_connector.channels.mail_authentication import is_unverified

ANA = "ana@example.com"


@pytest.mark.parametrize(
    "header",
    [
        "mx.shop.example; dmarc=fail header.from=example.com",
        "mx.shop.example; spf=pass; dkim=pass header.d=evil.test; dmarc=fail",
        "mx.shop.example 1; DMARC = Fail (p=none) header.from=example.com",
        "mx.shop.example; spf=fail smtp.mailfrom=example.com",
        "mx.shop.example; spf=softfail smtp.mailfrom=example.com; dkim=none",
        "mx.shop.example; spf=fail; dkim=fail header.d=example.com; dmarc=none",
        "mx.shop.example; spf=fail; dkim=pass header.d=evil.test; dmarc=none",
        "mx.shop.example; spf=fail; dkim=pass header.d=com",
        "mx.shop.example; spf=fail; dkim=pass header.d=evil.example.com",
        "mx.shop.example; spf=fail (dkim=pass header.d=example.com)",
        'mx.shop.example; spf=fail reason="x; dkim=pass header.d=example.com"',
        "mx.shop.example;\r\n\tspf=fail\r\n\tsmtp.mailfrom=example.com",
    ],
)
def test_a_sender_that_failed_is_unverified(header):
    assert is_unverified([header], ANA)


@pytest.mark.parametrize(
    "header",
    [
        "mx.shop.example; dmarc=pass header.from=example.com",
        "mx.shop.example; spf=fail; dmarc=pass",
        "mx.shop.example; spf=fail; dkim=pass header.d=example.com",
        "mx.shop.example; spf=softfail; dkim=pass header.i=@example.com; dmarc=none",
        "mx.shop.example; spf=pass smtp.mailfrom=bounces.mailer.test",
        "mx.shop.example; spf=neutral; dkim=none",
        "mx.shop.example; spf=temperror; dmarc=temperror",
        "mx.shop.example; none",
        "mx.shop.example",
        "",
    ],
)
def test_a_sender_that_did_not_fail_is_who_they_say(header):
    assert not is_unverified([header], ANA)


def test_a_signature_of_the_domain_above_is_good():
    header = "mx.shop.example; spf=fail; dkim=pass header.d=example.com"

    assert not is_unverified([header], "ana@mail.example.com")
    assert is_unverified([header], "ana@badexample.com")


def test_no_header_is_no_finding():
    assert not is_unverified([], ANA)


def test_what_the_writer_added_below_our_servers_header_does_not_count():
    real = "mx.shop.example; dmarc=fail"
    forged = "mx.shop.example; dmarc=pass"

    assert is_unverified([real, forged], ANA)
    assert is_unverified([real, "mx.evil.test; dmarc=pass"], ANA)
    assert not is_unverified(["mx.shop.example; dmarc=pass", "mx.evil.test; dmarc=fail"], ANA)


def test_only_the_named_server_counts():
    gateway = "gateway.shop.example; dmarc=pass"
    real = "MX.shop.example; dmarc=fail"

    assert is_unverified([gateway, real], ANA, "mx.shop.example")
    assert not is_unverified([gateway, real], ANA, "gateway.shop.example")


def test_one_servers_findings_may_stand_in_several_headers():
    headers = ["mx.shop.example; dkim=pass header.d=example.com", "mx.shop.example; spf=fail"]

    assert not is_unverified(headers, ANA, "mx.shop.example")
    assert is_unverified(
        ["mx.shop.example; dmarc=pass", "mx.shop.example; dmarc=fail"], ANA, "mx.shop.example"
    )


def test_mail_that_the_named_server_did_not_see_is_unverified():
    assert is_unverified([], ANA, "mx.shop.example")
    assert is_unverified(["mx.evil.test; dmarc=pass"], ANA, "mx.shop.example")


@given(st.text(max_size=200), st.text(max_size=20))
def test_no_header_is_too_strange(header, sender):
    is_unverified([header, f"mx; dmarc={header}"], sender)
