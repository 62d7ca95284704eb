"""Twilio SMS: what a request must have, keys, keywords."""

from datetime import datetime, timezone

import pytest

from omnichannel_connector.channels.errors import PayloadError
from omnichannel_connector.channels.events import Kind, OptOut

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


@pytest.mark.parametrize("word", ["", "stopp", "don't stop", "STOP.", "yes please", "help me"])
def test_other_words_are_no_keywords(word):
    assert event_of({**INBOUND, "Body": word})[1].opt_out is OptOut.NOTHING


def test_an_opt_out_type_that_nobody_told_us_about_leaves_the_text_to_decide():
    _, event = event_of({**INBOUND, "Body": "STOP", "OptOutType": "PAUSE"})

    assert event.opt_out is OptOut.STOP


def test_a_message_being_received_is_a_message():
    assert event_of({**INBOUND, "SmsStatus": "receiving"})[1].kind is Kind.MESSAGE


def test_the_acknowledgement_is_twiml_that_sends_nothing():
    assert make_adapter("sms").acknowledgement(make_request()) == ("<Response/>", "text/xml")
