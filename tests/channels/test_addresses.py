"""Phone numbers and e-mail addresses in their one stored form."""

import pytest

from omnichannel_connector.channels.addresses import (
    is_anonymous_caller,
    normalize_email,
    normalize_phone,
)


@pytest.mark.parametrize(
    ("raw", "country", "expected"),
    [
        ("+14155550123", "", "+14155550123"),
        (" +1 (415) 555-0123 ", "", "+14155550123"),
        ("(415) 555-0123", "US", "+14155550123"),
        ("0664 1234567", "at", "+436641234567"),
        ("+43 (0)664 1234567", "US", "+436641234567"),
        ("0043 664 1234567", "AT", "+436641234567"),
        ("0043 664 1234567", "", "+436641234567"),
        ("02 1234 5678", "IT", "+390212345678"),
        ("20123456", "DK", "+4520123456"),
        ("20 12 34 56", "DK", "+4520123456"),
    ],
)
def test_a_phone_number_has_one_form_however_it_is_written(raw, country, expected):
    assert normalize_phone(raw, country) == expected


@pytest.mark.parametrize("country", ["", "US", "DE"])
@pytest.mark.parametrize(
    "raw", ["123", "24365", "242733", "12345678", "ACME", "1800FLOWERS", "Info-SMS", "US.1234"]
)
def test_short_codes_and_words_stay_as_they_are(raw, country):
    """Read with a default country they would become the number of a stranger."""
    assert normalize_phone(f" {raw} ", country) == raw


@pytest.mark.parametrize("raw", ["", "+12345", "0664 1234567", "+1 415 555 0123 x12", "+", "+++"])
def test_what_is_no_number_without_a_country_stays_as_it_is(raw):
    assert normalize_phone(raw) == raw


@pytest.mark.parametrize("country", ["ZZ", "Austria", "-"])
def test_an_unknown_country_is_no_error(country):
    assert normalize_phone("+436641234567", country) == "+436641234567"
    assert normalize_phone("0664 1234567", country) == "0664 1234567"


@pytest.mark.parametrize("raw", ["+14155550123", "24365", "ACME", "0664 1234567", "20123456"])
@pytest.mark.parametrize("country", ["", "AT", "DK"])
def test_normalizing_twice_changes_nothing(raw, country):
    once = normalize_phone(raw, country)

    assert normalize_phone(once, country) == once


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (" Anna@Shop.EXAMPLE\n", "anna@shop.example"),
        ("anna+tag@shop.test", "anna+tag@shop.test"),
        ("Anna@localhost", "anna@localhost"),
        ("anna@mail.local", "anna@mail.local"),
        ("anna@xn--bcher-kva.example", "anna@bücher.example"),
        ("anna@BÜCHER.example", "anna@bücher.example"),
    ],
)
def test_an_email_address_has_one_form(raw, expected):
    assert normalize_email(raw) == expected


@pytest.mark.parametrize(
    "raw", ["", "anna", "anna@", "@shop.example", "a b@shop.example", "Anna <anna@shop.example>"]
)
def test_an_unusable_email_address_is_empty(raw):
    assert normalize_email(raw) == ""


@pytest.mark.parametrize(
    "number", ["", " ", "anonymous", "Anonymous", "+266696687", "+86282452253", "7378742833"]
)
def test_a_caller_without_a_number_is_anonymous(number):
    assert is_anonymous_caller(number)


@pytest.mark.parametrize("number", ["+14155550123", "24365", "ACME"])
def test_a_caller_with_a_number_is_not_anonymous(number):
    assert not is_anonymous_caller(number)
