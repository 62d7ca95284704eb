"""Other projects' test data: nothing crashes, nothing is lost."""

import json

import pytest

from omnichannel_connector.channels.events import Call, CallState, Kind

from .support import SHARED, events_of, make_adapter, make_request

INSTAGRAM_FOLDERS = ("chatwoot", "oca_mail_gateway_instagram", "meta_docs_dump")
NOTHING = [pytest.param(None, marks=pytest.mark.skip("no shared payloads here"))]
INSTAGRAM = [path for name in INSTAGRAM_FOLDERS for path in sorted((SHARED / name).glob("ig_*"))]
TWILIO = sorted((SHARED / "chatwoot_twilio").glob("*.json"))
VOICE = sorted((SHARED / "twilio_voice").glob("*.json"))

# All that is not an ordinary message, by the name of its file.
OTHER_KINDS = {
    "ig_comment_facebook_login": Kind.COMMENT,
    "ig_comment_unwrapped_array": Kind.COMMENT,
    "ig_self_comment": Kind.IGNORED,
    "ig_dashboard_test_changes": Kind.IGNORED,
    "ig_dashboard_test_page": Kind.IGNORED,
    "ig_dashboard_test_changes_old": Kind.UNKNOWN,
    "ig_self_message_echo": Kind.IGNORED,
    "ig_self_postback": Kind.IGNORED,
    "ig_read": Kind.READ,
    "ig_seen": Kind.READ,
    "ig_deleted": Kind.UNSEND,
    "ig_unsend": Kind.UNSEND,
}
ECHOES = {"ig_echo", "ig_echo_no_recipient", "ig_echo_of_own_send", "ig_story_mention_echo"}


def name_of(path):
    return path and path.stem


def entry_of(body):
    return (body[0] if isinstance(body, list) else body)["entry"][0]


@pytest.mark.parametrize("path", INSTAGRAM or NOTHING, ids=name_of)
def test_a_shared_instagram_body_gives_its_one_event(path):
    body = json.loads(path.read_text())
    adapter = make_adapter("instagram", external_id=entry_of(body)["id"])

    ((raw, event),) = events_of(adapter, make_request(json=body))

    assert event.kind is OTHER_KINDS.get(path.stem, Kind.MESSAGE)
    assert event.is_echo is (path.stem in ECHOES)
    assert raw.customer == event.identity
    assert (event.identity == "") is (
        path.stem in ("ig_echo_no_recipient", "ig_dashboard_test_changes_old", "ig_self_comment")
    )
    assert event.is_standby is (path.stem == "ig_standby")
    if event.kind in (Kind.MESSAGE, Kind.COMMENT):
        assert event.external_id
        assert event.text or event.attachments


@pytest.mark.parametrize("path", INSTAGRAM or NOTHING, ids=name_of)
def test_a_shared_instagram_body_of_another_account_is_kept_and_names_it(path):
    body = json.loads(path.read_text())
    adapter = make_adapter("instagram", external_id="17841400000000000-other")

    ((raw, event),) = events_of(adapter, make_request(json=body))

    assert event.kind in (Kind.UNKNOWN, Kind.IGNORED)
    assert entry_of(body)["id"] in raw.recipients
    owner = make_adapter("instagram", external_id=entry_of(body)["id"])
    assert owner.parse(raw.payload).identity == raw.customer


@pytest.mark.parametrize("path", TWILIO or NOTHING, ids=name_of)
def test_a_shared_twilio_form_gives_its_message(path):
    # chatwoot's service gets them without the receiving number.
    params = {"To": "+14155550199", **json.loads(path.read_text())["params"]}
    adapter = make_adapter("sms", external_id=params["AccountSid"])

    ((raw, event),) = events_of(adapter, make_request(form=params.items()))

    assert event.kind is Kind.MESSAGE
    assert raw.customer == params["From"]
    assert event.external_id == params["SmsSid"]
    assert event.text == params.get("Body", "").replace("\0", "")
    assert len([ref for ref in event.attachments if ref.url]) == int(params.get("NumMedia", "0"))
    assert event.profile_name == params.get("ProfileName", "")


# {file: (identity, what it tells)}
CALLS = {
    "call_completed_status": ("+256700000001", {"state": CallState.ENDED, "seconds": 9}),
    "call_no_answer_outbound_api": (
        "+18222222222",
        {"state": CallState.MISSED, "is_outbound": True},
    ),
    "inbound_call_minimal": ("+15550000002", {"state": CallState.RINGING}),
    "realtime_transcription_final": ("", {"transcript": "2. ▸ hello from the call"}),
    "recording_transcription": ("+15550000002", {"transcript": "recording text"}),
}


@pytest.mark.parametrize("path", VOICE or NOTHING, ids=name_of)
def test_a_shared_voice_form_tells_about_its_call(path):
    params = json.loads(path.read_text())["params"]

    ((raw, event),) = events_of(make_adapter("voice"), make_request(form=params.items()))

    identity, facts = CALLS[path.stem]
    assert event.kind is Kind.CALL
    assert event.identity == identity
    assert event.call == Call(params["CallSid"], **facts)
    assert raw.customer == params["CallSid"]
