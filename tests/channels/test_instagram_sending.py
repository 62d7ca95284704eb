"""Sending by Instagram: every action, who may write when, what is used up, each error's meaning."""

import json

import pytest

from omnichannel_connector.channels.errors import (
    AccountError,
    OptedOut,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    SendError,
)
from omnichannel_connector.channels.events import (
    Action,
    OutboundMedia,
    OutboundMessage,
    OutboundPart,
    SendResult,
)

from .support import make_adapter

CUSTOMER = "7700000000000101"


def message(text="Hello", **values):
    return OutboundMessage("uuid", CUSTOMER, OutboundPart(text), **values)


def act(action, **values):
    return OutboundMessage("uuid", CUSTOMER, action=action, **values)


def send(provider, message, answer=None, headers=None, status=200, **settings):
    value = {"recipient_id": CUSTOMER, "message_id": "m_out"} if answer is None else answer
    provider.answer = (status, headers or {}, json.dumps(value).encode())
    result = make_adapter("instagram", api_url=provider.url, **settings).send(message)
    return json.loads(provider.calls[-1][3]), result


# === WHAT IS SENT === #


def test_a_late_answer_of_a_person_has_the_tag_for_people(provider):
    body, _ = send(provider, message(is_late=True, is_human=True))

    assert (body["messaging_type"], body["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")


@pytest.mark.parametrize("is_human", [True, False])
def test_an_answer_in_time_has_no_tag_whoever_wrote_it(provider, is_human):
    body, _ = send(provider, message(is_human=is_human))

    assert body["messaging_type"] == "RESPONSE"
    assert "tag" not in body


@pytest.mark.parametrize("message", [message(is_late=True), act(Action.REACT, is_late=True)])
def test_no_automation_goes_out_late(provider, message):
    with pytest.raises(Rejected) as caught:
        send(provider, message)

    assert caught.value.code == "not_human"
    assert provider.calls == []


def test_a_comment_is_answered_in_private_and_names_the_customer(provider):
    answer = {"recipient_id": "7700000000000555", "message_id": "m_out"}

    body, result = send(provider, message(comment_id="1790", is_late=True, is_human=True), answer)

    assert body == {"recipient": {"comment_id": "1790"}, "message": {"text": "Hello"}}
    assert result == SendResult("m_out", recipient="7700000000000555")


def test_the_heart_is_sent_without_a_file(provider):
    part = OutboundPart(media=OutboundMedia("", "like_heart"))

    body, _ = send(provider, OutboundMessage("uuid", CUSTOMER, part))

    assert body["message"] == {"attachment": {"type": "like_heart"}}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (act(Action.SEEN), {"sender_action": "mark_seen"}),
        (act(Action.TYPING), {"sender_action": "typing_on"}),
        (
            act(Action.REACT, target_id="m_in", reaction="\u2764\ufe0f"),
            {"sender_action": "react", "payload": {"message_id": "m_in", "reaction": "love"}},
        ),
        (
            act(Action.REACT, target_id="m_in", reaction="\U0001f44d"),
            {"sender_action": "react", "payload": {"message_id": "m_in", "reaction": "like"}},
        ),
        (
            act(Action.REACT, target_id="m_in", reaction="wow"),
            {"sender_action": "react", "payload": {"message_id": "m_in", "reaction": "wow"}},
        ),
        (
            act(Action.REACT, target_id="m_in"),
            {"sender_action": "unreact", "payload": {"message_id": "m_in"}},
        ),
    ],
)
def test_an_action_stands_alone_and_has_no_id(provider, message, expected):
    body, result = send(provider, message, {"recipient_id": CUSTOMER})

    assert body == {"recipient": {"id": CUSTOMER}, **expected}
    assert result == SendResult("", recipient=CUSTOMER)


def test_an_unknown_reaction_is_refused_unasked(provider):
    with pytest.raises(Rejected):
        send(provider, act(Action.REACT, target_id="m_in", reaction="\U0001f9e6"))

    assert provider.calls == []


def test_through_a_page_everything_goes_out_in_its_name(provider):
    send(provider, act(Action.SEEN), {}, sender="100000000009009")

    assert provider.calls[0][1] == "/100000000009009/messages"


def test_a_long_text_is_measured_in_bytes():
    size = make_adapter("instagram").size("ä" * 600)

    assert (size.used, size.limit, size.unit, size.parts) == (1200, 2000, "bytes", 2)


def test_the_limits_are_those_of_the_documentation():
    limits = make_adapter("instagram").limits

    assert limits.rate == 100
    assert limits.window.days == 1
    assert limits.human_window.days == limits.comment_window.days == 7
    assert limits.media["image/png"] < limits.media["video"]


# === HOW MUCH IS USED UP === #


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 0),
        ({"X-App-Usage": '{"call_count":28,"total_time":25,"total_cputime":2}'}, 0.28),
        (
            {
                "X-App-Usage": '{"call_count":28}',
                "X-Business-Use-Case-Usage": '{"1":[{"call_count":5},{"total_cputime":81.5}]}',
            },
            0.815,
        ),
        ({"X-App-Usage": '{"call_count":250}'}, 1),
        ({"X-App-Usage": '{"call_count":-3,"total_time":true,"total_cputime":"9"}'}, 0),
        ({"X-App-Usage": "nonsense", "X-Business-Use-Case-Usage": "[1]"}, 0),
        ({"X-App-Usage": "[]", "X-Business-Use-Case-Usage": '{"1":5,"2":[7]}'}, 0),
        ({"X-App-Usage": "{}", "X-Business-Use-Case-Usage": '{"1":[]}'}, 0),
    ],
)
def test_the_headers_tell_how_much_is_used_up(provider, headers, expected):
    _, result = send(provider, message(), headers=headers)

    assert result.usage == pytest.approx(expected)


@pytest.mark.parametrize("usage", ["nonsense", "[]", '{"1":[{}]}', '{"1":5}', ""])
def test_an_unreadable_usage_asks_for_no_pause(provider, usage):
    with pytest.raises(RateLimited) as caught:
        send(
            provider,
            message(),
            {"error": {"code": 4}},
            {"X-Business-Use-Case-Usage": usage},
            status=400,
        )

    assert caught.value.retry_after is None


# === ERRORS === #


@pytest.mark.parametrize(
    ("code", "subcodes", "expected"),
    [
        (10, (2534022, 2018278, 2018300, 2018108), Rejected),
        (10, (1893063, None), AccountError),
        (100, (None, 2534014, 2018001, 33, 2534025, 2534001, 2534068, 2018007), Rejected),
        (100, (2534029,), OptedOut),
        (190, (None, 460, 463, 467), AccountError),
        (102, (None,), AccountError),
        (200, (None, 2534041), AccountError),
        (3, (None,), AccountError),
        (230, (None,), Rejected),
        (9010, (None,), Rejected),
        (551, (None, 1545041), Rejected),
        (2018007, (None,), Rejected),
        (36000, (None,), Rejected),
        (36103, (None,), AccountError),
        (4, (None,), RateLimited),
        (17, (None,), RateLimited),
        (32, (None,), RateLimited),
        (613, (None, 2534040), RateLimited),
        (80001, (None,), RateLimited),
        (80002, (None,), RateLimited),
        (80006, (None,), RateLimited),
        (80008, (None,), RateLimited),
        (1, (None, 1357046), OutcomeUnknown),
        (2, (None,), OutcomeUnknown),
    ],
)
def test_every_documented_error_has_its_meaning(provider, code, subcodes, expected):
    for subcode in subcodes:
        error = {"code": code, "error_subcode": subcode, "message": "no", "type": "OAuthException"}
        with pytest.raises(SendError) as caught:
            send(provider, message(), {"error": error}, status=400)

        assert type(caught.value) is expected, subcode


def test_a_blocked_reaction_is_an_error_too(provider):
    with pytest.raises(OptedOut):
        send(
            provider,
            act(Action.REACT, target_id="m"),
            {"error": {"code": 100, "error_subcode": 2534029}},
            status=400,
        )
