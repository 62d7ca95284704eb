"""Twilio SMS: what a request must have, keys, keywords."""

from datetime import datetime, timezone

import pytest

from omnichannel_connector.channels.errors import PayloadError
from omnichannel_connector.channels.events import Kind, OptOut, OptOutBy, Size

from .support import events_of, make_adapter, make_request

INBOUND = {
    "MessageSid": "SM1",
    "AccountSid": "AC1",
    "From": "+14155550123",
    "To": "+14155550199",
    "Body": "Hello",
}


def event_of(params, **request):
    ((raw, event),) = events_of(
        make_adapter("sms", external_id="AC1"), make_request(form=params.items(), **request)
    )
    return raw, event


@pytest.mark.parametrize("name", ["MessageSid", "AccountSid", "From", "To"])
@pytest.mark.parametrize("value", [None, "", "\0"])
def test_a_message_without_a_required_parameter_is_a_payload_error(name, value):
    params = {**INBOUND, name: value}
    form = [(key, item) for key, item in params.items() if item is not None]

    with pytest.raises(PayloadError):
        make_adapter("sms").split(make_request(form=form))


def test_a_voice_call_sent_to_the_sms_webhook_is_a_payload_error():
    params = {"CallSid": "CA1", "AccountSid": "AC1", "From": "+1", "To": "+1"}

    with pytest.raises(PayloadError):
        make_adapter("sms").split(make_request(form=params.items()))


def test_a_webhook_set_to_get_has_its_parameters_in_the_query():
    ((raw, event),) = events_of(
        make_adapter("sms", external_id="AC1"), make_request(method="GET", query=INBOUND)
    )

    assert raw.key == "message:SM1"
    assert event.text == "Hello"


def test_the_time_of_receipt_is_stored_and_is_not_part_of_the_key():
    before = datetime.now(timezone.utc)
    raw, event = event_of(INBOUND)
    again, _ = event_of(INBOUND)

    assert before <= event.occurred_at <= datetime.now(timezone.utc)
    assert event.occurred_at.isoformat() == raw.payload["received_at"]
    assert again.key == raw.key


def test_each_status_of_a_message_is_an_event_of_its_own():
    keys = {
        event_of({"MessageSid": "SM1", "MessageStatus": status})[0].key
        for status in ("sent", "delivered", "Delivered", "undelivered")
    }

    assert keys == {"status:SM1:sent", "status:SM1:delivered", "status:SM1:undelivered"}


def test_a_national_number_is_read_with_the_country_of_the_account():
    adapter = make_adapter("sms", external_id="AC1", country="AT")

    assert adapter.normalize("0664 1234567") == "+436641234567"


@pytest.mark.parametrize(
    "word", ["STOP", "stopall", "Unsubscribe", "CANCEL", "end", "QUIT", "revoke", "OptOut"]
)
def test_the_default_keywords_stop(word):
    assert event_of({**INBOUND, "Body": f" {word}\n"})[1].opt_out is OptOut.STOP


@pytest.mark.parametrize(("told", "expected"), [("", OptOut.NOTHING), ("START", OptOut.START)])
def test_yes_is_consent_only_when_twilio_says_so(told, expected):
    assert event_of({**INBOUND, "Body": "YES", "OptOutType": told})[1].opt_out is expected


@pytest.mark.parametrize("word", ["", "stopp", "don't stop", "yes please", "help me"])
def test_other_words_are_no_keywords(word):
    assert event_of({**INBOUND, "Body": word})[1].opt_out is OptOut.NOTHING


@pytest.mark.parametrize(
    ("params", "by"),
    [
        ({"Body": "x", "OptOutType": "STOP"}, OptOutBy.PROVIDER),
        ({"Body": "Stop"}, OptOutBy.DEFAULT),
        ({"Body": "STOP."}, OptOutBy.TEXT),
        ({"Body": "Arrêt"}, OptOutBy.TEXT),
    ],
)
def test_it_is_told_who_acts_on_a_keyword(params, by):
    event = event_of({**INBOUND, **params})[1]

    assert (event.opt_out, event.opt_out_by) == (OptOut.STOP, by)


def test_an_opt_out_type_that_nobody_told_us_about_leaves_the_text_to_decide():
    _, event = event_of({**INBOUND, "Body": "STOP", "OptOutType": "PAUSE"})

    assert event.opt_out is OptOut.STOP


def test_a_message_being_received_is_a_message():
    assert event_of({**INBOUND, "SmsStatus": "receiving"})[1].kind is Kind.MESSAGE


def test_the_acknowledgement_is_twiml_that_sends_nothing():
    assert make_adapter("sms").acknowledgement(make_request()) == ("<Response/>", "text/xml")


@pytest.mark.parametrize(
    ("changed", "recipients"),
    [
        ({}, ("+14155550199",)),
        ({"MessagingServiceSid": "MG1"}, ("MG1", "+14155550199")),
        ({"MessageStatus": "sent", "From": "+14155550199", "To": "+1"}, ("+14155550199",)),
        ({"MessageStatus": "sent", "From": "", "MessagingServiceSid": "MG1"}, ("MG1",)),
        ({"MessageStatus": "sent", "From": ""}, ()),
    ],
)
def test_an_event_names_our_number_and_service(changed, recipients):
    assert event_of({**INBOUND, **changed})[0].recipients == recipients


def test_the_token_of_a_retry_changes_nothing():
    first, _ = event_of(INBOUND, headers={"i-twilio-idempotency-token": "1"})
    again, _ = event_of(INBOUND, headers={"i-twilio-idempotency-token": "2"})

    assert first.key == again.key == "message:SM1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Size(0, 160, "GSM-7", 0)),
        ("Hello", Size(5, 160, "GSM-7", 1)),
        ("a" * 161, Size(161, 306, "GSM-7", 2)),
        ("€" * 81, Size(162, 306, "GSM-7", 2)),
        ("Hello 👍", Size(8, 70, "UCS-2", 1)),
        ("ж" * 71, Size(71, 134, "UCS-2", 2)),
        # two calls of 1600 and 10 characters
        ("a" * 1610, Size(1610, 11 * 153 + 160, "GSM-7", 12)),
        ("a" * 1600 + "ж", Size(1601, 11 * 153 + 70, "UCS-2", 12)),
    ],
)
def test_a_text_is_measured_in_the_segments_that_are_billed(text, expected):
    assert make_adapter("sms").size(text) == expected
