"""Phone numbers and e-mail addresses in their one stored form."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from omnichannel_connector.channels.addresses import (
    has_spellings,
    is_anonymous_caller,
    is_role_address,
    is_unusable_sender,
    match_key,
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
        ("+52 1 55 1234 5678", "", "+5215512345678"),
        ("+54 9 11 2345-6789", "", "+5491123456789"),
        ("011 15-2345-6789", "AR", "+5491123456789"),
        ("(11) 98234-5678", "BR", "+5511982345678"),
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
        ("anna@XN--BCHER-KVA.example", "anna@bücher.example"),
        ("anna@BÜCHER.example", "anna@bücher.example"),
        ("anna@bu\u0308cher.example", "anna@bücher.example"),
        ("anna@xn--strae-oqa.example", "anna@straße.example"),
        ("anna@straße.example", "anna@straße.example"),
        ("anna@xn--e1afmkfd.xn--p1ai", "anna@пример.рф"),
    ],
)
def test_an_email_address_has_one_form(raw, expected):
    assert normalize_email(raw) == expected


@pytest.mark.parametrize(
    "raw", ["", "anna", "anna@", "@shop.example", "a b@shop.example", "Anna <anna@shop.example>"]
)
def test_an_unusable_email_address_is_empty(raw):
    assert normalize_email(raw) == ""


PIECES = st.text("abZ09._+- \0é", max_size=80)
DOMAINS = st.sampled_from(
    ["example.com", "EXAMPLE.com", "xn--mnchen-3ya.de", "münchen.de", "a..b.com", "-a.com", "b"]
)


@given(local=PIECES, domain=DOMAINS | PIECES)
def test_everyday_addresses_take_a_shorter_way_to_the_same_form(local, domain):
    address = f"{local}@{domain}".strip()
    try:
        found = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        expected = ""
    else:
        expected = found.normalized.lower()

    assert normalize_email(address) == expected


@pytest.mark.parametrize(
    "number", ["", " ", "anonymous", "Anonymous", "+266696687", "+86282452253", "7378742833"]
)
def test_a_caller_without_a_number_is_anonymous(number):
    assert is_anonymous_caller(number)


@pytest.mark.parametrize("number", ["+14155550123", "24365", "ACME"])
def test_a_caller_with_a_number_is_not_anonymous(number):
    assert not is_anonymous_caller(number)


@pytest.mark.parametrize(
    ("value", "key"),
    [
        # Brazil: mobile numbers without the ninth digit; land lines and radio numbers have none
        ("+5511982345678", "+5511982345678"),
        ("+551182345678", "+5511982345678"),
        ("+556192345678", "+5561992345678"),
        ("+551123456789", "+551123456789"),
        ("+551172345678", "+551172345678"),
        ("+5511972345678", "+5511972345678"),
        # Argentina: with 9, with 15, with neither
        ("+5491123456789", "+541123456789"),
        ("+541123456789", "+541123456789"),
        ("+54111523456789", "+541123456789"),
        ("+5493512345678", "+543512345678"),
        ("+543512345678", "+543512345678"),
        # Mexico: with and without the 1
        ("+5215512345678", "+525512345678"),
        ("+525512345678", "+525512345678"),
        # everywhere else the number is its own key
        ("+12025550123", "+12025550123"),
        ("+390212345678", "+390212345678"),
        ("+5511", "+5511"),
        # no phone numbers
        ("24365", ""),
        ("ACME", ""),
        ("", ""),
    ],
)
def test_spellings_of_one_phone_number_have_one_key(value, key):
    assert match_key("phone", value) == key


@pytest.mark.parametrize("number", ["+551182345678", "+54111523456789", "+5215512345678"])
def test_a_key_is_its_own_key(number):
    key = match_key("phone", number)

    assert match_key("phone", key) == key
    assert has_spellings(key)


def test_most_numbers_have_one_spelling():
    assert not has_spellings(match_key("phone", "+12025550123"))


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("anna@shop.example", "anna@shop.example"),
        ("anna+news@shop.example", "anna@shop.example"),
        ("an.na@shop.example", "an.na@shop.example"),
        ("an.na@gmail.com", "anna@gmail.com"),
        ("a.n.n.a+x+y@googlemail.com", "anna@gmail.com"),
        ("+tag@shop.example", "+tag@shop.example"),
        ("anna@bücher.example", "anna@bücher.example"),
    ],
)
def test_spellings_of_one_mailbox_have_one_key(value, key):
    assert match_key("email", value) == key


@pytest.mark.parametrize("kind", ["instagram", "visitor"])
def test_other_addresses_have_one_spelling_only(kind):
    assert match_key(kind, "+12025550123") == ""


@pytest.mark.parametrize(
    "local",
    ["info", "Info", "support", "sales", "office", "contact", "hello", "admin", "postmaster"]
    + ["abuse", "webmaster", "noreply", "info+de", "kontakt", "ventas", "contato", "odoo-request"],
)
def test_a_mailbox_of_a_function_is_nobodys(local):
    assert is_role_address(f"{local}@shop.example")


@pytest.mark.parametrize("email", ["anna@info.example", "infos.anna@shop.example", "sal@shop.test"])
def test_a_persons_mailbox_is_no_functions(email):
    assert not is_role_address(email)


@pytest.mark.parametrize(
    "local",
    ["noreply", "no-reply", "No_Reply", "do-not-reply", "donotreply+x", "noreply-orders"]
    + ["orders-noreply", "mailer-daemon", "MAILER-DAEMON", "bounces+123=anna", "nobody"],
)
def test_nobody_answers_from_a_machines_mailbox(local):
    assert is_unusable_sender(f"{local}@shop.example")


@pytest.mark.parametrize("local", ["anna", "info", "reply", "norepley", "nora"])
def test_a_mailbox_that_somebody_reads_is_usable(local):
    assert not is_unusable_sender(f"{local}@shop.example")
