"""What no webhook told is found in Twilio's lists."""

import json

import pytest

from omnichannel_connector.channels.errors import (
    SendError,
)
from omnichannel_connector.channels.events import (
    Call,
    CallState,
    Kind,
    MediaRef,
)
from omnichannel_connector.channels.twilio import parse_time

from .support import make_request
from .twilio_api import AC, AGENT, CUSTOMER, SINCE, US, Api, adapter_at, at, message, page, query_of

# === GAP REPAIR OF MESSAGES === #


def recovered(provider, answers, code="sms", **settings):
    """Return [(RawEvent, InboundEvent)] of the repair, through JSON as in the database."""
    Api(provider, answers)
    adapter = adapter_at(provider, code, **settings)
    found = list(adapter.list_since(SINCE))
    return [(raw, adapter.parse(json.loads(json.dumps(raw.payload)))) for raw in found]


def inbound(sid="SM7", **values):
    row = {"direction": "inbound", "from": CUSTOMER, "to": US, "status": "received"}
    return message(sid, **{**row, **values})


def test_a_message_that_no_webhook_told_is_as_the_webhook_would_have_told_it(provider):
    answers = {"GET /Messages.json": [page(inbound(body="Are you\0 open?")), page()]}

    ((raw, event),) = recovered(provider, answers)

    form = {
        "MessageSid": "SM7",
        "AccountSid": AC,
        "From": CUSTOMER,
        "To": US,
        "Body": "Are you open?",
    }
    (told,) = adapter_at(provider).split(make_request(form=form.items()))
    assert (raw.key, raw.customer, raw.recipients) == (told.key, told.customer, told.recipients)
    assert (event.kind, event.identity, event.text) == (Kind.MESSAGE, CUSTOMER, "Are you open?")
    assert event.is_recovered
    assert event.occurred_at == parse_time(at(5))
    assert raw.payload["recovered"] is True
    assert [query_of(called) for called in provider.calls] == [{"To": [US]}, {"From": [US]}]


def test_the_files_of_a_recovered_message_are_named_as_in_a_webhook(provider):
    media = [{"sid": "ME1", "content_type": "image/jpeg"}, {"sid": "ME2", "content_type": None}]
    answers = {
        "GET /Messages.json": [page(inbound("MM7", num_media="2")), page()],
        "GET /Messages/MM7/Media.json": {"media_list": media},
    }

    ((_, event),) = recovered(provider, answers)

    base = f"{provider.url}/2010-04-01/Accounts/{AC}/Messages/MM7/Media"
    assert event.attachments == (
        MediaRef("image", f"{base}/ME1", "image/jpeg"),
        MediaRef("file", f"{base}/ME2"),
    )


def test_a_message_whose_files_were_deleted_is_recovered_without_them(provider):
    answers = {"GET /Messages.json": [page(inbound("MM7", num_media="1")), page()]}

    ((_, event),) = recovered(provider, answers)

    assert (event.external_id, event.attachments) == ("MM7", ())


def test_what_became_of_our_messages_is_recovered_as_status_callbacks(provider):
    rows = [
        message("SM4", status="sending"),
        message("SM3", status="failed", error_code=30005, error_message="Unknown destination"),
        # sent before the gap, delivered in it
        message("SM2", status="delivered", date_created=at(50, hour=18)),
        message("SM1", status="delivered", date_created=at(0, hour=3)),
    ]
    answers = {"GET /Messages.json": [page(), page(*rows)]}

    failed, delivered = recovered(provider, answers)

    assert [failed[0].key, delivered[0].key] == ["status:SM3:failed", "status:SM2:delivered"]
    assert failed[0].recipients == (US,)
    assert failed[1].error.code == "30005"
    assert delivered[1].target_id == "SM2"
    assert delivered[1].occurred_at == parse_time(at(6))


def test_messages_of_other_numbers_of_the_account_are_left_to_their_accounts(provider):
    rows = [inbound("SM7", to=AGENT), message("SM8", status="sent", **{"from": AGENT})]
    answers = {"GET /Messages.json": [page(*rows), page(*rows)]}

    assert recovered(provider, answers) == []


def test_a_service_finds_what_names_it_in_one_list(provider):
    rows = [
        inbound("SM7", messaging_service_sid="MG1"),
        inbound("SM6", messaging_service_sid="MG2"),
        message("SM5", status="sent", messaging_service_sid="MG1"),
    ]
    answers = {"GET /Messages.json": [page(*rows)]}

    keys = [raw.key for raw, _ in recovered(provider, answers, sender="MG1")]

    assert keys == ["message:SM7", "status:SM5:sent"]


def test_a_failed_page_is_a_send_error_after_what_came_before_it(provider):
    more = f"/2010-04-01/Accounts/{AC}/Messages.json?Page=1"
    Api(provider, {"GET /Messages.json": [page(inbound(), more=more), (503, {})]})
    events = adapter_at(provider).list_since(SINCE)

    assert next(events).key == "message:SM7"
    with pytest.raises(SendError):
        next(events)


# === GAP REPAIR OF CALLS === #


def call(sid="CA1", **values):
    return {
        "sid": sid,
        "account_sid": AC,
        "parent_call_sid": None,
        "direction": "inbound",
        "from": CUSTOMER,
        "to": US,
        "status": "completed",
        "duration": "31",
        "start_time": at(5),
        "date_created": at(4),
        **values,
    }


def test_calls_and_their_legs_are_recovered_as_status_callbacks(provider):
    leg = call("CA2", parent_call_sid="CA1", direction="outbound-dial", to=AGENT, duration="25")
    rows = [
        leg,
        call(),
        call("CA3", status="queued"),
        call("CA4", to=AGENT),
        call("CA5", parent_call_sid="CA4"),
    ]

    answers = {
        "GET /Calls.json": page(*rows, name="calls"),
        "GET /Recordings.json": page(name="recordings"),
    }

    second, first = recovered(provider, answers, "voice", forward_to=AGENT)

    assert (first[0].key, second[0].key) == ("call:CA1:completed", "call:CA2:completed")
    assert first[0].customer == second[0].customer == "CA1"
    assert first[0].recipients == (US,)
    assert (first[1].identity, second[1].identity) == (CUSTOMER, "")
    assert first[1].occurred_at == parse_time(at(5))
    assert (first[1].call.state, second[1].call.state) == (CallState.MISSED, CallState.ENDED)
    assert (second[1].call.answered_by, second[1].call.seconds) == (AGENT, 25)
    assert first[1].is_recovered


def test_a_recovered_call_of_a_hidden_number_is_anonymous(provider):
    answers = {
        "GET /Calls.json": page(call(**{"from": ""}), name="calls"),
        "GET /Recordings.json": page(name="recordings"),
    }

    ((_, event),) = recovered(provider, answers, "voice")

    assert event.identity == "anonymous"


def recording(sid="RE1", **values):
    row = {"sid": sid, "call_sid": "CA1", "status": "completed", "source": "RecordVerb"}
    return {**row, "duration": "12", "date_created": at(6), **values}


def test_what_a_caller_said_to_the_machine_is_recovered(provider):
    rows = [recording("RE3", status="processing"), recording("RE2", call_sid="CA9"), recording()]
    answers = {
        "GET /Calls.json": page(call(), name="calls"),
        "GET /Recordings.json": page(*rows, name="recordings"),
    }

    _, (raw, event) = recovered(provider, answers, "voice")

    told = {"CallSid": "CA1", "RecordingSid": "RE1", "RecordingStatus": "completed"}
    (webhook,) = adapter_at(provider, "voice").split(make_request(form=told.items()))
    assert (raw.key, raw.customer) == (webhook.key, webhook.customer)
    assert event.call == Call(
        "CA1",
        CallState.MISSED,
        recording_url=f"{provider.url}/2010-04-01/Accounts/{AC}/Recordings/RE1.mp3",
        recording_seconds=12,
    )


def test_without_calls_of_ours_no_recordings_are_asked_for(provider):
    answers = {"GET /Calls.json": page(call(to=AGENT), name="calls")}

    assert recovered(provider, answers, "voice") == []
