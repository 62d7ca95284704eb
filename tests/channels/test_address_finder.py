"""E-mail addresses, phone numbers and codes that customers type."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnichannel_connector.channels.address_finder import (
    MOST,
    find_addresses,
    find_codes,
    is_role_address,
    mask,
    written_part,
)


def values(text, country=""):
    return [found.value for found in find_addresses(text, country)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write to ana@example.com.", ["ana@example.com"]),
        (
            "<Ana@Example.COM>, or bob+shop@example.com!",
            ["ana@example.com", "bob+shop@example.com"],
        ),
        ("*ana@example.com* 'bob@example.com'", ["ana@example.com", "bob@example.com"]),
        ("mailto:ana@example.com", ["ana@example.com"]),
        ("email=ana@example.com", ["ana@example.com"]),
        ("ana＠example．com", ["ana@example.com"]),
        ("ana@bücher.example", ["ana@bücher.example"]),
        ("ana@example.com, ANA@example.com", ["ana@example.com"]),
        ("o'brien@example.com", ["o'brien@example.com"]),
    ],
)
def test_an_email_address_is_found_as_people_type_it(text, expected):
    assert values(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "ana (at) example.com",
        "ana at example dot com",
        "look at @ana.lima",
        "ana@localhost",
        "a@b",
        "@example.com",
        "ana@",
        "https://example.com/?mail=ana@example.com",
        "ftp://ana:secret@example.com/file",
    ],
)
def test_what_is_no_whole_email_address_is_not_guessed(text):
    assert values(text) == []


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("call +1 (202) 555-0123 please", "", ["+12025550123"]),
        ("call 202-555-0123", "US", ["+12025550123"]),
        ("２０２ ５５５ ０１２３", "us", ["+12025550123"]),
        ("0664 1234567", "AT", ["+436641234567"]),
        ("+1 202 555 0123 / +1 202 555 0124", "", ["+12025550123", "+12025550124"]),
        ("order +1 202 555 0123", "", ["+12025550123"]),
        ("+12025550123, +1 202 555 0123", "", ["+12025550123"]),
    ],
)
def test_a_phone_number_is_found_as_people_type_it(text, country, expected):
    assert values(text, country) == expected


@pytest.mark.parametrize(
    "text",
    [
        "order 2025550123",
        "Order number: 2025550123",
        "#2025550123",
        "invoice no. 2025550123",
        "Bestellnummer 2025550123",
        "2025550123 EUR",
        "$2025550123",
        "2025550123%",
        "on 11/22/2026 12:30",
        "2026-11-22 10:00:00",
        "1.234.567,89",
        "4111 1111 1111 1111",
        "DE89 3704 0044 0532 0130 00",
        "https://example.com/2025550123",
        "www.example.com/2025550123",
        "202.555.0123 ext. 12",
        "123456",
        "2025550123@example",
    ],
)
def test_other_numbers_are_no_phone_numbers(text):
    assert values(text, "US") == []


def test_a_number_without_prefix_and_country_is_nobodys():
    assert values("202-555-0123") == []


def test_nobody_has_more_than_a_few_addresses():
    text = " ".join(f"a{number}@example.com" for number in range(50))

    assert len(find_addresses(text)) == MOST


def test_the_raw_form_is_kept():
    (found,) = find_addresses("ring +1 (202) 555-0123")

    assert (found.kind, found.raw) == ("phone", "+1 (202) 555-0123")


@given(st.text(max_size=300), st.sampled_from(["", "US", "DE", "ZZ", "Austria"]))
def test_no_text_is_too_strange(text, country):
    for found in find_addresses(text, country):
        assert found.kind in ("email", "phone")
    find_codes(text)
    written_part(text)


@given(st.text(alphabet="@. a1+-()/#\n２é", max_size=300))
def test_no_text_of_what_addresses_consist_of_is_too_strange(text):
    find_addresses(text, "US")
    find_codes(text)


REPEATED = ["@", "a@", "a.b-", "1 ", "12-34(", "+1 202 555 ", "(", "1/2/", "DE12 ABCD ", "order "]


@pytest.mark.parametrize("part", REPEATED)
def test_the_time_grows_with_the_text_at_most(part):
    """Whoever writes to us decides what is searched, in the process that stores messages."""

    def seconds(size):
        text = part * (size // len(part))
        started = time.process_time()
        find_addresses(text, "US")
        find_codes(text)
        written_part(text)
        return time.process_time() - started

    few, many = (min(seconds(size) for _ in range(3)) for size in (5_000, 100_000))
    assert many < 40 * few + 0.1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("123456", ["123456"]),
        ("the code is 123 456!", ["123456"]),
        ("123-456", ["123456"]),
        ("code:123456.", ["123456"]),
        ("１２３４５６", ["123456"]),
        ("order 100200, code 123456", ["100200", "123456"]),
        ("1234567", []),
        ("12 34 56 78", []),
        ("2025550123", []),
        ("abc123456", []),
        ("", []),
    ],
)
def test_a_code_is_six_digits_on_their_own(text, expected):
    assert find_codes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yes\n> old@example.com\nthanks", "Yes\nthanks"),
        ("Yes\n\nOn Tue, 3 Nov 2026, Shop <hello@example.com> wrote:\nold", "Yes\n"),
        ("Ja\nAm 3.11.2026 um 10:00 schrieb Shop <a@example.com>:\nalt", "Ja"),
        ("Yes\n-----Original Message-----\nold", "Yes"),
        ("Yes\n-- \nAna\n+1 202 555 0123", "Yes"),
        ("On the whole I wrote:\nnothing", "On the whole I wrote:\nnothing"),
    ],
)
def test_what_a_mail_answers_was_not_typed_by_its_writer(text, expected):
    assert written_part(text) == expected


def test_an_address_of_an_office_is_nobodys():
    assert is_role_address("info@example.com")
    assert is_role_address("sales+eu@example.com")
    assert not is_role_address("ana@example.com")


def test_a_masked_address_is_known_by_its_owner_only():
    assert mask("email", "ana@example.com") == "a…@example.com"
    assert mask("phone", "+12025550123") == "+1…23"
