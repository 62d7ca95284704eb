"""Instagram: handshake, keys of events, odd bodies, times."""

import copy
import json
from datetime import datetime, timezone

import pytest

from omnichannel_connector.channels.errors import PayloadError, SignatureError
from omnichannel_connector.channels.events import Kind
from omnichannel_connector.channels.meta import parse_time

from .support import PAYLOADS, VERIFY, events_of, make_adapter, make_request

US, CUSTOMER = "17841400000009001", "7700000000000101"
FILES = sorted((PAYLOADS / "instagram").glob("*.json"))


def item(**content):
    base = {"sender": {"id": CUSTOMER}, "recipient": {"id": US}, "timestamp": 1772998024123}
    return {**base, **content}


def envelope(*items, entry_id=US, time=1772998024999):
    return {
        "object": "instagram",
        "entry": [{"id": entry_id, "time": time, "messaging": list(items)}],
    }


def keys(body, **settings):
    request = make_request(**body) if isinstance(body, dict) and "body" in body else None
    adapter = make_adapter("instagram", **settings)
    return [raw.key for raw in adapter.split(request or make_request(json=body))]


# === HANDSHAKE === #


def handshake(**query):
    return make_request(
        method="GET", query={name.replace("_", ".", 1): query[name] for name in query}
    )


def test_the_handshake_returns_the_challenge():
    request = handshake(hub_mode="subscribe", hub_verify_token=VERIFY, hub_challenge="1158201444")

    assert make_adapter("instagram").challenge(request) == "1158201444"


@pytest.mark.parametrize(
    "changed",
    [
        {"hub_verify_token": "wrong"},
        {"hub_verify_token": ""},
        {"hub_verify_token": "ä\ud83d"},
        {"hub_mode": "unsubscribe"},
        {"hub_challenge": ""},
        {"hub_challenge": "<script>"},
    ],
)
def test_a_wrong_handshake_is_refused(changed):
    right = {"hub_mode": "subscribe", "hub_verify_token": VERIFY, "hub_challenge": "1158"}

    with pytest.raises(SignatureError):
        make_adapter("instagram").challenge(handshake(**{**right, **changed}))


def test_without_a_verify_token_the_empty_one_is_not_right():
    request = handshake(hub_mode="subscribe", hub_verify_token="", hub_challenge="1158")

    with pytest.raises(SignatureError):
        make_adapter("instagram", verify_token="").challenge(request)


def test_a_channel_without_a_handshake_refuses_it():
    with pytest.raises(SignatureError):
        make_adapter("sms").challenge(handshake(hub_mode="subscribe"))


# === KEYS === #


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_key_does_not_change_with_serialisation_and_entry_time(path):
    request = json.loads(path.read_text())["request"]
    body = json.loads(request["body"]) if "body" in request else request["json"]
    again = copy.deepcopy(body)
    for one in again if isinstance(again, list) else [again]:
        for entry in one["entry"]:
            entry["time"] = 1799999999

    pretty = json.dumps(again, indent=3, sort_keys=True, ensure_ascii="body" in request)

    assert keys({"body": pretty}) == keys(body)


def test_a_key_does_not_change_with_the_batch():
    first, second = item(message={"mid": "m1", "text": "1"}), item(postback={"payload": "P"})
    together = keys(envelope(first, second))

    assert keys(envelope(second)) + keys([envelope(first)]) == together[::-1]
    assert keys([envelope(first), envelope(second)]) == together


def test_a_message_has_the_same_key_whoever_owns_the_thread():
    owned = envelope(item(message={"mid": "m1", "text": "1"}))
    standby = copy.deepcopy(owned)
    standby["entry"][0]["standby"] = standby["entry"][0].pop("messaging")

    assert keys(standby) == keys(owned)


def test_a_time_or_number_as_text_is_the_same_key():
    reaction = {"mid": "m1", "action": "react"}

    assert keys(envelope(item(reaction=reaction))) == keys(
        envelope(item(reaction=reaction, timestamp="1772998024123"))
    )


def test_all_that_may_happen_to_one_message_has_its_own_key():
    happenings = [
        item(message={"mid": "m1", "text": "a"}),
        item(message={"mid": "m1", "text": "a", "is_echo": True}),
        item(message={"mid": "m1", "is_deleted": True}),
        item(message_edit={"mid": "m1", "text": "b", "num_edit": 1}),
        item(message_edit={"mid": "m1", "text": "a", "num_edit": 2}),
        item(reaction={"mid": "m1", "action": "react", "reaction": "love"}),
        item(reaction={"mid": "m1", "action": "unreact"}),
        item(
            reaction={"mid": "m1", "action": "react", "reaction": "love"}, timestamp=1772998030000
        ),
        item(reaction={"mid": "m1", "action": "react"}, sender={"id": US}),
        item(read={"mid": "m1"}),
        item(read={"mid": "m1"}, sender={"id": US}),
        item(postback={"mid": "m1", "title": "a"}),
        item(referral={"ref": "a"}),
        item(referral={"ref": "b"}),
    ]

    assert len(set(keys(envelope(*happenings)))) == len(happenings)


def test_the_same_content_in_two_accounts_has_two_keys():
    one = item(referral={"ref": "a"})

    assert keys(envelope(one)) != keys(envelope(one, entry_id="17841400000009002"))


def test_an_id_too_long_for_an_index_still_gives_a_stable_key():
    """A key over PostgreSQL's index row size would make the whole webhook fail, for ever."""
    long = envelope(item(message={"mid": "m" * 5000, "text": "a"}))
    (key,) = keys(long)

    assert len(key) < 200
    assert keys(long) == [key]
    assert make_adapter("instagram").split(make_request(json=long))[0].payload["item"]


def test_mids_are_case_sensitive():
    assert keys(envelope(item(message={"mid": "aB"}))) != keys(
        envelope(item(message={"mid": "ab"}))
    )


# === BODIES === #


@pytest.mark.parametrize(
    "body", [b"", b"nonsense", b"\xff", b'"text"', b"7", b"null", b'[{}, "x"]']
)
def test_an_unreadable_body_is_a_payload_error(body):
    with pytest.raises(PayloadError):
        make_adapter("instagram").split(make_request(body=body))


@pytest.mark.parametrize("entry", [{"id": US}, {"id": US, "time": 1}, {"id": US, "messaging": []}])
def test_an_entry_without_content_is_no_event(entry):
    assert keys({"object": "instagram", "entry": [entry]}) == []


def test_an_object_that_is_no_envelope_is_kept():
    ((raw, event),) = events_of(make_adapter("instagram"), make_request(json={"hello": 1}))

    assert event.kind is Kind.UNKNOWN
    assert raw.payload["item"] == {"hello": 1}


def test_the_stored_payload_has_nothing_that_postgresql_refuses():
    body = rb'{"entry":[{"id":"1","time":NaN,"messaging":[{"a\u0000":"\ud83d","b":["\u0000"]}]}]}'

    (raw,) = make_adapter("instagram").split(make_request(body=body))

    stored = json.dumps(raw.payload, allow_nan=False)
    assert "\\u0000" not in stored
    assert "\\ud83d" not in stored
    assert raw.payload["item"] == {"a": "\ufffd", "b": [""]}


def test_numbers_serve_as_ids():
    body = envelope(
        {
            "sender": {"id": int(CUSTOMER)},
            "recipient": {"id": int(US)},
            "timestamp": 1772998024123,
            "message": {"mid": 5, "text": "a"},
        },
        entry_id=int(US),
    )

    ((raw, event),) = events_of(make_adapter("instagram"), make_request(json=body))

    assert (raw.customer, event.identity, event.external_id) == (CUSTOMER, CUSTOMER, "5")


def test_the_page_of_an_account_counts_as_the_account():
    """Some setups name the Page in the entry, or as the sender of echoes."""
    body = envelope(
        item(message={"mid": "m1", "text": "a", "is_echo": True}, sender={"id": "PAGE"})
        | {"recipient": {"id": CUSTOMER}},
        entry_id="PAGE",
    )

    ((_, event),) = events_of(make_adapter("instagram", sender="PAGE"), make_request(json=body))

    assert (event.kind, event.identity, event.is_echo) == (Kind.MESSAGE, CUSTOMER, True)


@pytest.mark.parametrize(
    ("sender", "recipient", "is_echo"),
    [
        ("17841400000009002", CUSTOMER, True),  # its own account, as the entry names it
        ("17841400000009002", CUSTOMER, False),
        (CUSTOMER, "17841400000009002", False),
        (CUSTOMER, "17841400000009002", True),
        ("PAGE", CUSTOMER, True),  # an own id that nobody has told us
        (CUSTOMER, "PAGE", False),
    ],
)
def test_the_customer_of_another_account_is_found_by_its_entry(sender, recipient, is_echo):
    """Its events are kept, and handed to that account when somebody has connected it."""
    one = {
        "sender": {"id": sender},
        "recipient": {"id": recipient},
        "message": {"mid": "m1", "is_echo": is_echo},
    }
    body = envelope(one, entry_id="17841400000009002")

    ((raw, event),) = events_of(make_adapter("instagram"), make_request(json=body))

    assert (raw.customer, event.kind) == (CUSTOMER, Kind.UNKNOWN)
    assert "17841400000009002" in raw.recipients
    assert CUSTOMER not in raw.recipients
    routed = make_adapter("instagram", external_id="17841400000009002").parse(raw.payload)
    assert (routed.kind, routed.identity) == (Kind.MESSAGE, CUSTOMER)
    assert routed.is_echo is (is_echo or sender == "17841400000009002")


@pytest.mark.parametrize("reader", [US, "17841400000009002", "17841400000009003"])
def test_two_accounts_of_one_app_that_write_to_each_other_are_each_others_customers(reader):
    """Both entries come to one address; who reads them must not change who wrote."""
    other = "17841400000009002"
    sides = {"sender": {"id": US}, "recipient": {"id": other}}
    echo = item(message={"mid": "m1", "text": "a", "is_echo": True}, **sides)
    written = item(message={"mid": "m1", "text": "a"}, **sides)
    body = [envelope(echo), envelope(written, entry_id=other)]

    sent, received = make_adapter("instagram", external_id=reader).split(make_request(json=body))

    assert (sent.customer, sent.recipients) == (other, (US,))
    assert (received.customer, received.recipients) == (US, (other,))
    assert make_adapter("instagram", external_id=US).parse(sent.payload).is_echo
    event = make_adapter("instagram", external_id=other).parse(received.payload)
    assert (event.identity, event.is_echo) == (US, False)


def test_an_event_that_names_nobody_of_our_side_is_ours():
    body = {"entry": [{"messaging": [{"sender": {"id": CUSTOMER}, "message": {"mid": "m1"}}]}]}

    ((raw, event),) = events_of(make_adapter("instagram"), make_request(json=body))

    assert (raw.recipients, event.kind, event.identity) == ((), Kind.MESSAGE, CUSTOMER)


def test_a_thousand_updates_in_one_request_are_a_thousand_events():
    body = envelope(*(item(message={"mid": f"m{n}", "text": "a"}) for n in range(1000)))

    assert len(set(keys(body))) == 1000


@pytest.mark.parametrize(("number", "expected"), [(3, 3), ("4", 4), (-1, 0), ("x", 0), (10**12, 0)])
def test_the_number_of_an_edit_may_be_anything(number, expected):
    body = envelope(item(message_edit={"mid": "m1", "text": "a", "num_edit": number}))

    ((_, event),) = events_of(make_adapter("instagram"), make_request(json=body))

    assert (event.kind, event.revision) == (Kind.EDIT, expected)


def test_the_metadata_of_another_app_is_in_no_event():
    body = envelope(item(pass_thread_control={"metadata": "their secret"}))

    ((_, event),) = events_of(make_adapter("instagram"), make_request(json=body))

    assert event.kind is Kind.HANDOVER
    assert "their secret" not in repr(event)


def test_what_was_recovered_says_so_and_has_the_key_of_the_webhook():
    request = make_request(json=envelope(item(message={"mid": "m1", "text": "a"})))
    adapter = make_adapter("instagram")
    (raw,) = adapter.split(request)

    assert not adapter.parse(raw.payload).is_recovered
    assert adapter.parse({**raw.payload, "recovered": True}).is_recovered


# === TIMES === #


@pytest.mark.parametrize(
    "value",
    [
        1527459824,
        "1527459824",
        1527459824000,
        "1527459824000",
        1527459824.0,
        "2018-05-27T22:23:44+0000",
        "2018-05-28T00:23:44+02:00",
        "2018-05-27T22:23:44Z",
        "2018-05-27T22:23:44",
    ],
)
def test_a_time_is_the_same_in_all_its_spellings(value):
    assert parse_time(value) == datetime(2018, 5, 27, 22, 23, 44, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "value", [None, "", 0, -5, True, "soon", {}, [], float("inf"), 10**30, "9" * 400]
)
def test_an_unreadable_time_is_none(value):
    assert parse_time(value) is None


def test_an_item_without_a_time_has_that_of_its_entry():
    body = envelope({"sender": {"id": CUSTOMER}, "message": {"mid": "m1"}}, time=1527459824)

    ((_, event),) = events_of(make_adapter("instagram"), make_request(json=body))

    assert event.occurred_at == datetime(2018, 5, 27, 22, 23, 44, tzinfo=timezone.utc)


def test_without_any_time_it_is_the_time_of_receipt():
    before = datetime.now(timezone.utc)
    body = envelope({"sender": {"id": CUSTOMER}, "message": {"mid": "m1"}}, time="soon")

    ((_, event),) = events_of(make_adapter("instagram"), make_request(json=body))

    assert before <= event.occurred_at <= datetime.now(timezone.utc)
