"""Looking up at Twilio what became of a message whose outcome is unknown."""

from email.utils import format_datetime

import pytest

from omnichannel_connector.channels.errors import (
    AccountError,
    NotSent,
    OutcomeUnknown,
)
from omnichannel_connector.channels.events import (
    OutboundMedia,
    OutboundMessage,
    OutboundPart,
    SendResult,
    Status,
)

from .twilio_api import AC, AGENT, CUSTOMER, SINCE, US, Api, adapter_at, at, message, page


def look_up(provider, *pages, part=None, **settings):
    api = Api(provider, {"GET /Messages.json": list(pages)})
    outbound = OutboundMessage("uuid", CUSTOMER, part or OutboundPart("Hello"))
    return api, adapter_at(provider, **settings).look_up(outbound, SINCE)


def test_a_message_that_was_sent_is_found_with_what_became_of_it(provider):
    rows = [
        message("SM3", status="undelivered", num_segments="2"),
        message("SM2", status="delivered"),
        message("SM1"),
    ]

    api, found = look_up(provider, page(*rows))

    assert found == [
        SendResult("SM1"),
        SendResult("SM2", Status.DELIVERED),
        SendResult("SM3", Status.FAILED, segments=2),
    ]
    assert api.queries == [{"To": [CUSTOMER], "From": [US]}]


@pytest.mark.parametrize(
    "other",
    [
        {"body": "Hello?"},
        {"direction": "inbound"},
        {"direction": "outbound-reply"},
        {"from": AGENT},
        {"num_media": "1"},
        {"sid": "MM1"},
        {"date_created": at(58, hour=18)},
    ],
)
def test_another_message_is_not_taken_for_ours(provider, other):
    assert look_up(provider, page(message(**other)))[1] == []


def test_the_clocks_may_differ_a_little(provider):
    row = message(date_created=format_datetime(SINCE.replace(hour=18, minute=59, second=30)))

    assert look_up(provider, page(row))[1] == [SendResult("SM1")]


@pytest.mark.parametrize(
    ("sent", "logged"),
    [
        ("“It’s” – here…", '"It\'s" - here...'),
        ("Hello", "Sent from your Twilio trial account - Hello"),
        ("a\n\nb  c", "a b c"),
        ("a\0b", "ab"),
    ],
)
def test_what_twilio_changes_in_a_text_makes_it_no_other_one(provider, sent, logged):
    _, found = look_up(provider, page(message(body=logged)), part=OutboundPart(sent))

    assert found == [SendResult("SM1")]


@pytest.mark.parametrize("row", [{"num_media": "1"}, {"sid": "MM1"}])
def test_a_file_is_found_also_while_twilio_fetches_it(provider, row):
    part = OutboundPart(media=OutboundMedia("https://files.example/a.png", "image/png"))

    _, found = look_up(provider, page(message(**{"body": "", **row}), message("SM9")), part=part)

    assert len(found) == 1


def test_a_message_of_a_service_is_found_before_it_has_a_number(provider):
    row = message(messaging_service_sid="MG1", **{"from": None})

    api, found = look_up(provider, page(row), sender="MG1")

    assert found == [SendResult("SM1")]
    assert api.queries == [{"To": [CUSTOMER]}]


def test_looking_up_goes_on_to_the_last_page_that_may_hold_it(provider):
    old = message("SM0", date_created=at(0, hour=3))
    more = f"https://elsewhere.example/2010-04-01/Accounts/{AC}/Messages.json?Page=1&PageToken=PA1"

    api, found = look_up(
        provider,
        page(message("SM3"), more=more),
        page(message("SM2"), old, more=more.replace("1", "2")),
        page(old, more=more),
    )

    assert [result.external_id for result in found] == ["SM2", "SM3"]
    assert len(api.queries) == 3
    # the credentials never leave for an address that an answer names
    assert api.queries[1] == {"Page": ["1"], "PageToken": ["PA1"]}


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"messages": null}'])
def test_an_answer_without_a_list_does_not_say_that_there_is_none(provider, body):
    with pytest.raises(NotSent):
        look_up(provider, body)


@pytest.mark.parametrize(("status", "expected"), [(500, OutcomeUnknown), (401, AccountError)])
def test_a_refused_look_up_is_a_send_error(provider, status, expected):
    with pytest.raises(expected):
        look_up(provider, (status, {"code": 20003 if status == 401 else 20500}))


def test_a_list_without_end_is_given_up(provider, monkeypatch):
    monkeypatch.setattr("omnichannel_connector.channels.twilio.MAX_PAGES", 3)
    endless = page(message(), more="/2010-04-01/Accounts/AC1/Messages.json?Page=1")

    with pytest.raises(NotSent):
        look_up(provider, *[endless] * 9)
