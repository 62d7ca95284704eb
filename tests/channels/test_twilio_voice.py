"""Calls through Twilio: what callers hear, whose events they are, keys."""

import json
from functools import reduce
from itertools import permutations
from xml.etree import ElementTree

import pytest

from omnichannel_connector.channels.calls import fold
from omnichannel_connector.channels.errors import PayloadError, Rejected
from omnichannel_connector.channels.events import CallState, Kind, OutboundMessage

from .support import PAYLOADS, WEBHOOK, events_of, make_adapter, make_request

US, CUSTOMER, AGENT = "+14155550199", "+14155550123", "+14155550177"
NEW = {
    "CallSid": "CA1",
    "AccountSid": "AC1",
    "From": CUSTOMER,
    "To": US,
    "CallStatus": "ringing",
    "Direction": "inbound",
}


def voice(**settings):
    return make_adapter("voice", **{"external_id": "AC1", "sender": US, **settings})


def twiml(params, query=None, **settings):
    """Return the verbs of an answer, as (name, text, attributes)."""
    request = make_request(form=params.items(), query=query)
    body, content_type = voice(**settings).acknowledgement(request)
    assert content_type == "text/xml"
    root = ElementTree.fromstring(body)  # noqa: S314 our own answer
    return [(element.tag, element.text, element.attrib) for element in root.iter()][1:]


def event_of(params, query=None, **settings):
    adapter = voice(**settings)
    ((raw, event),) = events_of(adapter, make_request(form=params.items(), query=query))
    return raw, event


# === WHAT CALLERS HEAR === #


def test_a_new_call_is_put_through():
    assert twiml(NEW, forward_to=AGENT, greeting="Hello") == [
        ("Dial", None, {"timeout": "25", "action": f"{WEBHOOK}?part=dial"}),
        (
            "Number",
            AGENT,
            {
                "statusCallback": f"{WEBHOOK}?part=leg",
                "statusCallbackEvent": "initiated ringing answered completed",
            },
        ),
    ]


def test_a_new_call_that_goes_nowhere_hears_the_greeting_and_may_leave_a_message():
    say, record = twiml(NEW, greeting="Tom & Jerry's <shop>\x0b")

    assert say == ("Say", "Tom & Jerry's <shop>", {})
    assert record[0] == "Record"
    assert record[2]["maxLength"] == "120"
    assert record[2]["transcribe"] == "true"
    # without an action Twilio would ask for the greeting again
    for name in ("action", "recordingStatusCallback", "transcribeCallback"):
        assert record[2][name] == f"{WEBHOOK}?part=voicemail"


def test_a_new_call_that_nobody_can_take_is_refused():
    assert twiml(NEW) == [("Reject", None, {"reason": "busy"})]


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed", "canceled"])
def test_a_call_that_nobody_took_hears_the_greeting(status):
    params = {**NEW, "CallStatus": "in-progress", "DialCallStatus": status}
    settings = {"query": {"part": "dial"}, "forward_to": AGENT}

    assert [verb for verb, *_ in twiml(params, greeting="Hello", **settings)] == ["Say", "Record"]
    assert twiml(params, **settings) == []


@pytest.mark.parametrize(
    ("changed", "query"),
    [
        ({"DialCallStatus": "completed"}, {"part": "dial"}),
        ({"CallbackSource": "call-progress-events"}, None),
        ({"CallStatus": "in-progress"}, None),
        ({"CallStatus": "completed"}, None),
        ({"Direction": "outbound-api"}, None),
        ({"ParentCallSid": "CA0", "Direction": "outbound-dial"}, {"part": "leg"}),
        ({"ParentCallSid": "CA0"}, None),
        ({"CallStatus": "in-progress", "RecordingUrl": "https://r.example"}, {"part": "voicemail"}),
        ({"TranscriptionSid": "TR1", "RecordingUrl": "https://r.example"}, None),
        ({}, {"part": "leg"}),
    ],
)
def test_every_other_request_is_answered_with_nothing(changed, query):
    assert twiml({**NEW, **changed}, query, forward_to=AGENT, greeting="Hello") == []


def test_nothing_that_a_caller_chooses_gets_into_the_answer_as_markup():
    evil = '"/><Dial>+1900</Dial><Say x="'
    params = {**NEW, "From": evil, "Caller": evil, "To": evil, "CallerName": evil}

    for settings in ({"forward_to": AGENT}, {"greeting": "Hello"}):
        verbs = twiml(params, **settings)

        assert [verb for verb, *_ in verbs] in (["Dial", "Number"], ["Say", "Record"])
        assert not [text for _, text, _ in verbs if text and "1900" in text]


def test_the_callbacks_of_another_number_on_this_address_say_which_one_it_was():
    other = "+14155550188"
    (_, _, dial), (_, _, leg) = twiml({**NEW, "To": other}, forward_to=AGENT)

    assert dial["action"] == f"{WEBHOOK}?part=dial&number=%2B14155550188"
    assert leg["statusCallback"] == f"{WEBHOOK}?part=leg&number=%2B14155550188"


# === WHOSE EVENTS === #


@pytest.mark.parametrize(
    ("changed", "query", "recipients"),
    [
        ({}, None, (US,)),
        ({"Direction": "outbound-api", "From": US, "To": CUSTOMER}, None, (US,)),
        ({"ParentCallSid": "CA0", "Direction": "outbound-dial", "To": AGENT}, None, ()),
        ({"ParentCallSid": "CA0", "To": AGENT}, {"part": "leg", "number": US}, (US,)),
        ({"From": "", "To": "", "Direction": ""}, None, ()),
    ],
)
def test_an_event_names_our_number(changed, query, recipients):
    assert event_of({**NEW, **changed}, query)[0].recipients == recipients


def test_all_legs_of_a_call_are_processed_in_one_place():
    leg = {**NEW, "CallSid": "CA2", "ParentCallSid": "CA1", "To": AGENT}

    assert event_of(NEW)[0].customer == event_of(leg)[0].customer == "CA1"


@pytest.mark.parametrize("direction", ["inbound", "outbound-api"])
@pytest.mark.parametrize(
    "number",
    ["anonymous", "", "+266696687", "+86282452253", "+7378742833", "Restricted", "unknown"]
    + ["unavailable", "sip:ana@shop.example", "client:ana", "whatsapp:+14155550123"],
)
def test_who_hides_a_number_is_anonymous(direction, number):
    side = "From" if direction == "inbound" else "To"
    _, event = event_of({**NEW, "Direction": direction, side: number})

    assert event.identity == "anonymous"


def test_a_leg_never_names_a_customer():
    """The number on either side of it may be that of a colleague."""
    params = {**NEW, "ParentCallSid": "CA0", "Direction": "outbound-dial", "To": AGENT}

    assert event_of(params)[1].identity == ""


# === KEYS === #


def test_each_status_of_each_leg_is_an_event_of_its_own_however_often_it_comes():
    keys = [
        event_of({**NEW, "CallSid": sid, "CallStatus": status, "SequenceNumber": number})[0].key
        for sid in ("CA1", "CA2")
        for status in ("ringing", "completed")
        for number in ("0", "1")
    ]

    assert len(set(keys)) == 4


def test_what_else_a_callback_tells_does_not_take_the_place_of_the_call():
    params = {"CallSid": "CA1", "AccountSid": "AC1"}
    keys = {
        event_of({**params, **more})[0].key
        for more in ({}, {"AnsweredBy": "human"}, {"From": "+1"})
    }

    assert len(keys) == 3


def test_a_request_without_a_call_is_a_payload_error():
    with pytest.raises(PayloadError):
        voice().split(make_request(form=[("MessageSid", "SM1"), ("From", CUSTOMER)]))


@pytest.mark.parametrize("data", ["", "{", "[]", '{"transcript": 5', "null", "[" * 9999, '"x"'])
def test_a_malformed_transcript_is_kept_as_unknown(data):
    params = {
        "CallSid": "CA1",
        "TranscriptionSid": "GT1",
        "TranscriptionEvent": "transcription-content",
        "Final": "true",
        "TranscriptionData": data,
    }

    assert event_of(params)[1].kind is Kind.UNKNOWN


def test_nothing_can_be_sent():
    with pytest.raises(Rejected):
        voice().send(OutboundMessage("uuid", CUSTOMER))
    assert voice().parts("Hello") == []


# === WHOLE CALLS === #


def calls(*names, **settings):
    """Return what the payload files of these names tell about their call."""
    found = []
    for name in names:
        case = json.loads((PAYLOADS / "voice" / f"{name}.json").read_text())
        adapter = make_adapter("voice", **{**case["account"], **settings})
        ((_, event),) = events_of(adapter, make_request(**case["request"]))
        found.append(event.call)
    return found


@pytest.mark.parametrize(
    ("names", "state", "seconds"),
    [
        (
            ["inbound_ringing", "leg_ringing", "leg_answered", "leg_completed", "dial_completed"]
            + ["inbound_completed_elsewhere"],
            CallState.ENDED,
            25,
        ),
        (["inbound_ringing", "leg_ringing", "leg_answered"], CallState.ANSWERED, None),
        (
            ["inbound_ringing", "leg_no_answer", "dial_no_answer", "inbound_completed_elsewhere"],
            CallState.MISSED,
            None,
        ),
        # the callbacks of the second leg and of <Dial> were lost
        (["inbound_ringing", "inbound_completed_elsewhere"], CallState.MISSED, None),
        (
            ["inbound_ringing", "dial_no_answer", "voicemail_recorded", "transcription"]
            + ["inbound_completed_elsewhere"],
            CallState.MISSED,
            None,
        ),
        (["outbound_ringing", "outbound_answered", "outbound_completed"], CallState.ENDED, 48),
        (["outbound_ringing", "outbound_no_answer"], CallState.MISSED, None),
    ],
)
def test_a_call_that_is_put_through_ends_as_it_ended_in_any_order(names, state, seconds):
    told = calls(*names, forward_to=AGENT)

    for order in permutations(told):
        call = reduce(fold, order)
        assert (call.state, call.seconds, call.external_id) == (state, seconds, "CA01")


def test_a_message_to_the_machine_is_a_missed_call_with_a_recording():
    call = reduce(fold, calls("inbound_ringing", "voicemail_recorded", "transcription"))

    assert call.state is CallState.MISSED
    assert call.recording_url.endswith(".mp3")
    assert call.transcript
