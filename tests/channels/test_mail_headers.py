"""What headers say about who wrote an e-mail, and e-mails that break the rules."""

from email import message_from_bytes, message_from_string, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnichannel_connector.channels.mail_automatic import (
    is_ambiguous,
    is_automatic,
    is_receipt,
    is_report,
    sender,
    undecoded,
    wants_no_answer,
)
from omnichannel_connector.channels.mail_repair import file_name, message_id, read


def bare(text):
    return message_from_string(text, policy=policy.compat32)


def mail(headers, source="ana@example.com"):
    text = f"From: {source}\n{headers}\n\nHello\n"
    return message_from_string(text, policy=policy.SMTP)


@pytest.mark.parametrize(
    "headers",
    [
        "Auto-Submitted: auto-replied",
        "auto-submitted: Auto-Generated (rejected)",
        "Auto-Submitted: auto-notified; owner-email=x@example.com",
        "Precedence: Bulk",
        "Precedence: auto_reply",
        "X-Autorespond: y",
        "List-Id: <x.example.com>",
        "Return-Path: <>",
        "Subject: Out of Office: lamp",
        "Subject: Out of the office autoreply: lamp",
        "Subject: Automatic reply: lamp",
        "Subject: AUTO-REPLY: lamp",
        "Subject: Abwesenheitsnotiz",
        "Subject: Abwesenheit: lamp",
        "Subject: =?utf-8?q?Respuesta_autom=C3=A1tica:_lamp?=",
        "Subject: Automatisch antwoord: lamp",
    ],
)
def test_a_machine_wrote_it(headers):
    assert is_automatic(mail(headers))


@pytest.mark.parametrize(
    "header",
    [
        "List-Id: Our Shop <hello.shop.example>",
        "List-Id: hello.shop.example",
        "List-Post: <https://x.example>, <MAILTO:Hello@shop.example?subject=x>",
    ],
)
def test_a_list_at_our_own_address_is_how_people_reach_us(header):
    message = mail(f"{header}\nList-Unsubscribe: <mailto:x@x.example>\nPrecedence: list")
    away = mail(f"{header}\nAuto-Submitted: auto-replied")

    assert not is_automatic(message, {"hello@shop.example"})
    assert is_automatic(message, {"sales@shop.example"})
    assert is_automatic(message)
    assert is_automatic(away, {"hello@shop.example"})


@pytest.mark.parametrize(
    ("value", "expected"), [("ana@", True), ('"', True), ("ana@[", False), ("Ana <a@b.c>", False)]
)
def test_headers_that_python_cannot_read_are_read(value, expected):
    message = mail(f"Reply-To: {value}\nX: \udcc3\udca9", "no-reply@x.example")

    assert is_automatic(undecoded(message)) is expected
    assert undecoded(message)["X"] == "é"


@pytest.mark.parametrize("source", ["no-reply@x.example", "MAILER-DAEMON@x.example"])
def test_nobody_reads_what_is_answered(source):
    assert is_automatic(mail("Subject: x", source))


@pytest.mark.parametrize(
    "headers",
    [
        "Subject: x",
        "Auto-Submitted: No",
        "Precedence: first-class",
        "Return-Path: <ana@example.com>",
        "X-Auto-Response-Suppress: DR, OOF",
        "Subject: Re: Automatic reply: lamp",
        "Subject: Out of office furniture?",
        "Subject: Abwesenheit im Mai, eine Frage",
        "Subject: Automatic replying machine",
    ],
)
def test_a_person_wrote_it(headers):
    assert not is_automatic(mail(headers))


@pytest.mark.parametrize(
    ("headers", "source"),
    [
        ("Auto-Submitted: auto-replied", "ana@example.com"),
        ("X-Auto-Response-Suppress: DR, AutoReply", "ana@example.com"),
        ("X-Auto-Response-Suppress: All", "ana@example.com"),
        ("X-Loop: desk", "ana@example.com"),
        ("Reply-To: ana@example.com", "no-reply@website.example"),
    ],
)
def test_no_machine_may_answer_it(headers, source):
    assert wants_no_answer(mail(headers, source))


def test_a_person_gets_automatic_answers():
    assert not wants_no_answer(mail("X-Auto-Response-Suppress: DR, RN, NRN"))


def test_a_postmaster_who_writes_himself_is_no_report():
    assert is_report(mail("Return-Path: <>", "postmaster@x.example"))
    assert not is_report(mail("Subject: Hello", "postmaster@x.example"))


def test_a_receipt_is_told_from_a_bounce():
    kind = "Content-Type: multipart/report; boundary=b; report-type="
    assert is_receipt(mail(f"{kind}disposition-notification"))
    assert not is_receipt(mail(f"{kind}delivery-status"))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Ana <ana@example.com>", ("Ana", "ana@example.com")),
        ("ana@example.com", ("", "ana@example.com")),
        ('"Silva, Ana" <ana@example.com>', ("Silva, Ana", "ana@example.com")),
        ('"ana@example.com" <eve@evil.example>', ("ana@example.com", "eve@evil.example")),
        ("=?utf-8?q?ana=40example=2Ecom=2C?= <eve@evil.example>", None),
        ("ana@example.com <eve@evil.example>", None),
        ("Ana (ana@example.com) <eve@evil.example>", None),
        ('"<ana@example.com>" <eve@evil.example>', None),
        ("undisclosed", ("", "")),
        ("", ("", "")),
    ],
)
def test_the_sender_is_the_address_and_never_the_name(header, expected):
    found = sender(bare(f"From: {header}\n\nx"))
    if expected:
        assert found == expected
    else:
        assert found[1] == "eve@evil.example"


def test_several_senders_prove_nothing():
    assert is_ambiguous(bare("From: a@example.com, b@example.com\n\nx"))
    assert is_ambiguous(bare("From: a@example.com\nFrom: b@example.com\n\nx"))
    assert not is_ambiguous(bare("From: A@example.com <a@example.com>\n\nx"))


@given(st.binary(max_size=400))
def test_whatever_comes_can_be_read(raw):
    message = read(raw)
    assert isinstance(message_id(raw, message_from_bytes(raw)), str)
    sender(message_from_bytes(raw))
    assert isinstance(wants_no_answer(undecoded(message)), bool)


def test_a_made_up_id_is_the_same_in_every_copy():
    text = "From: ana@example.com\nDate: Sat, 21 Nov 2026 10:00:00 +0000\n\nHello\n"
    first = f"Delivered-To: hello@shop.example\n{text}".encode()
    second = f"Delivered-To: sales@shop.example\n{text}".replace("\n", "\r\n").encode()
    other = first.replace(b"Hello", b"Bye")

    ids = [message_id(raw, message_from_bytes(raw)) for raw in (first, second, other)]

    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plan.pdf", "plan.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ana\\plan.pdf", "plan.pdf"),
        ("\u202efdp.exe", "fdp.exe"),
        ("a\x00b\n.txt", "ab.txt"),
        ("...", "file"),
        ("", "file"),
    ],
)
def test_the_name_of_a_file_is_only_that(name, expected):
    assert file_name(name) == expected


def test_a_long_name_keeps_its_extension():
    assert file_name("long" * 80 + ".pdf").endswith("long.pdf")
    assert len(file_name("long" * 80)) <= 120
