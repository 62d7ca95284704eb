"""What is asked of Twilio: looking up, gap repair, self-test, setting the webhook, files."""

import base64
import json
from datetime import datetime, timezone
from email.utils import format_datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from omnichannel_connector.channels.errors import (
    AccountError,
    MediaGone,
    MediaRefused,
    NotSent,
    OutcomeUnknown,
    Rejected,
    SendError,
)
from omnichannel_connector.channels.events import (
    CallState,
    Kind,
    Level,
    MediaRef,
    OutboundMedia,
    OutboundMessage,
    OutboundPart,
    SendResult,
    Status,
)
from omnichannel_connector.channels.twilio import parse_time
from omnichannel_connector.channels.twilio_setup import service_url

from .support import TOKEN, WEBHOOK, make_adapter, make_request

AC, US, CUSTOMER, AGENT = "AC1", "+14155550199", "+14155550123", "+14155550177"
SINCE = datetime(2026, 3, 8, 19, 0, tzinfo=timezone.utc)


def at(minute, hour=19):
    return format_datetime(datetime(2026, 3, 8, hour, minute, tzinfo=timezone.utc))


def query_of(called):
    """Return the query of a call that the provider got."""
    return parse_qs(urlsplit(called[1]).query)


class Api:
    """Answers by path below the account; a list of answers is given out one by one."""

    def __init__(self, provider, answers):
        self.provider = provider
        self.answers = answers
        provider.answer = self._answer

    def _answer(self, handler):
        path = urlsplit(handler.path).path.removeprefix(f"/2010-04-01/Accounts/{AC}")
        answer = self.answers.get(f"{handler.command} {path}", (404, {"code": 20404}))
        if isinstance(answer, list):
            answer = answer.pop(0)
        status, value = answer if isinstance(answer, tuple) else (200, answer)
        content = value if isinstance(value, bytes) else json.dumps(value).encode()
        handler.send_response(status)
        if status == 307:
            handler.send_header("Location", content.decode())
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    @property
    def queries(self):
        return [query_of(called) for called in self.provider.calls]


def adapter_at(provider, code="sms", **settings):
    base = {"external_id": AC, "sender": US, "api_url": provider.url + "/2010-04-01"}
    return make_adapter(code, **{**base, **settings})


def message(sid="SM1", **values):
    return {
        "sid": sid,
        "account_sid": AC,
        "messaging_service_sid": None,
        "direction": "outbound-api",
        "from": US,
        "to": CUSTOMER,
        "body": "Hello",
        "num_media": "0",
        "num_segments": "1",
        "status": "queued",
        "error_code": None,
        "error_message": None,
        "date_created": at(5),
        "date_updated": at(6),
        **values,
    }


def page(*rows, name="messages", more=None):
    return {name: list(rows), "next_page_uri": more}


# === LOOKING UP === #


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

    second, first = recovered(
        provider, {"GET /Calls.json": page(*rows, name="calls")}, "voice", forward_to=AGENT
    )

    assert (first[0].key, second[0].key) == ("call:CA1:completed", "call:CA2:completed")
    assert first[0].customer == second[0].customer == "CA1"
    assert first[0].recipients == (US,)
    assert (first[1].identity, second[1].identity) == (CUSTOMER, "")
    assert first[1].occurred_at == parse_time(at(5))
    assert (first[1].call.state, second[1].call.state) == (CallState.MISSED, CallState.ENDED)
    assert (second[1].call.answered_by, second[1].call.seconds) == (AGENT, 25)
    assert first[1].is_recovered


def test_a_recovered_call_of_a_hidden_number_is_anonymous(provider):
    answers = {"GET /Calls.json": page(call(**{"from": ""}), name="calls")}

    ((_, event),) = recovered(provider, answers, "voice")

    assert event.identity == "anonymous"


# === SELF-TEST === #

NUMBERS = "GET /IncomingPhoneNumbers.json"
ACTIVE = {"status": "active", "type": "Full"}


def number(**values):
    return {
        "sid": "PN1",
        "phone_number": US,
        "capabilities": {"sms": True, "voice": True},
        "sms_url": WEBHOOK,
        "voice_url": WEBHOOK + "#rc=3&rp=all",
        "status_callback": WEBHOOK,
        **values,
    }


def check(provider, account=ACTIVE, numbers=(), code="sms", **settings):
    listed = {"incoming_phone_numbers": list(numbers)}
    Api(provider, {"GET .json": account, NUMBERS: listed})
    findings = adapter_at(provider, code, **settings).check()
    return {finding.check: (finding.level, finding.detail) for finding in findings}


@pytest.mark.parametrize("code", ["sms", "voice"])
def test_an_account_that_works_is_found_to_work(provider, code):
    strangers = number(phone_number=US + "0", sms_url="", voice_url="")

    found = check(provider, numbers=[strangers, number()], code=code)

    assert found == {
        name: (Level.OK, "") for name in ("credentials", "permissions", "sender", "webhook")
    }
    assert query_of(provider.calls[1]) == {"PhoneNumber": [US]}


def test_wrong_credentials_are_the_only_finding(provider):
    found = check(provider, account=(401, {"code": 20003, "message": f"Authenticate {TOKEN}"}))

    assert found == {"credentials": (Level.FAILED, "Authenticate ***")}


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        ({"status": "suspended", "type": "Full"}, (Level.FAILED, "suspended")),
        ({"status": "active", "type": "Trial"}, (Level.WARNING, "Trial")),
    ],
)
def test_a_suspended_or_trial_account_is_told(provider, account, expected):
    assert check(provider, account=account, numbers=[number()])["permissions"] == expected


@pytest.mark.parametrize(
    ("code", "numbers", "check_name", "detail"),
    [
        ("sms", [], "sender", US),
        ("sms", [number(capabilities={"sms": False})], "sender", "sms"),
        ("voice", [number(capabilities={"voice": False})], "sender", "voice"),
        ("sms", [number(sms_url="https://old.example/s3cret")], "webhook", "https://old.example/"),
        ("sms", [number(sms_url=None)], "webhook", "sms_url"),
        ("sms", [number(sms_application_sid="AP1")], "webhook", "AP1"),
        ("voice", [number(voice_url="")], "webhook", "voice_url"),
        ("voice", [number(status_callback="")], "webhook", "status_callback"),
        ("voice", [number(trunk_sid="TK1")], "webhook", "TK1"),
    ],
)
def test_what_is_wrong_with_the_number_is_named(provider, code, numbers, check_name, detail):
    level, text = check(provider, numbers=numbers, code=code)[check_name]

    assert level is Level.FAILED
    assert detail in text
    assert "s3cret" not in text


@pytest.mark.parametrize("sender", ["24365", "ACME", "MG1"])
def test_a_sender_that_is_not_among_the_numbers_cannot_be_judged(provider, sender):
    assert check(provider, sender=sender)["sender"] == (Level.WARNING, sender)


def test_a_list_of_numbers_that_fails_is_a_finding_and_no_exception(provider):
    Api(provider, {"GET .json": ACTIVE})

    findings = adapter_at(provider).check()

    assert [(f.check, f.level) for f in findings][2:] == [("sender", Level.FAILED)]


@pytest.mark.parametrize(
    ("api_url", "expected"),
    [
        ("", "https://messaging.twilio.com/v1/Services/MG1"),
        (
            "https://api.dublin.ie1.twilio.com/2010-04-01",
            "https://messaging.dublin.ie1.twilio.com/v1/Services/MG1",
        ),
        ("https://api.twilio.com.evil.example/2010-04-01", ""),
        ("http://127.0.0.1:8079/twilio/2010-04-01", ""),
    ],
)
def test_a_messaging_service_is_asked_for_at_twilio_only(api_url, expected):
    assert service_url(make_adapter("sms", sender="MG1", api_url=api_url)) == expected


@pytest.mark.parametrize(
    ("service", "numbers", "expected"),
    [
        ({"inbound_request_url": WEBHOOK}, [{"phone_number": US}], (Level.OK, Level.OK)),
        ({"inbound_request_url": None}, [{"phone_number": US}], (Level.OK, Level.FAILED)),
        ({"inbound_request_url": WEBHOOK}, [], (Level.FAILED, Level.OK)),
        (
            {"use_inbound_webhook_on_number": True},
            [{"phone_number": US}],
            (Level.OK, Level.WARNING),
        ),
    ],
)
def test_a_messaging_service_is_checked(provider, monkeypatch, service, numbers, expected):
    monkeypatch.setattr(
        "omnichannel_connector.channels.twilio_setup.service_url",
        lambda adapter, *path: "/".join((provider.url, "v1/Services/MG1", *path)),
    )
    answers = {
        "GET .json": ACTIVE,
        "GET /v1/Services/MG1": service,
        "GET /v1/Services/MG1/PhoneNumbers": {"phone_numbers": numbers},
    }
    Api(provider, answers)

    found = {f.check: f.level for f in adapter_at(provider, sender="MG1").check()}

    assert (found["sender"], found["webhook"]) == expected


# === SETTING THE WEBHOOK === #


@pytest.mark.parametrize(
    ("code", "values", "expected"),
    [
        ("sms", {}, {"SmsUrl": [WEBHOOK], "SmsMethod": ["POST"]}),
        (
            "sms",
            {"sms_application_sid": "AP1"},
            {"SmsUrl": [WEBHOOK], "SmsMethod": ["POST"], "SmsApplicationSid": [""]},
        ),
        (
            "voice",
            {},
            {
                "VoiceUrl": [WEBHOOK],
                "StatusCallback": [WEBHOOK],
                "VoiceMethod": ["POST"],
                "StatusCallbackMethod": ["POST"],
            },
        ),
    ],
)
def test_subscribing_sets_the_webhook_of_the_number(provider, code, values, expected):
    numbers = {"incoming_phone_numbers": [number(**values)]}
    Api(provider, {NUMBERS: numbers, "POST /IncomingPhoneNumbers/PN1.json": {"sid": "PN1"}})

    adapter_at(provider, code).subscribe()

    assert parse_qs(provider.calls[-1][3].decode(), keep_blank_values=True) == expected


def test_the_webhook_of_a_messaging_service_is_set_by_a_person(provider):
    with pytest.raises(Rejected, match="console"):
        adapter_at(provider, sender="MG1").subscribe()
    assert provider.calls == []


def test_the_webhook_of_a_foreign_number_is_not_set(provider):
    Api(provider, {NUMBERS: {"incoming_phone_numbers": [number(phone_number=AGENT)]}})

    with pytest.raises(Rejected):
        adapter_at(provider).subscribe()
    assert len(provider.calls) == 1


# === FILES === #


def test_a_file_is_fetched_with_the_credentials_from_the_api_only(provider):
    path = f"/2010-04-01/Accounts/{AC}/Messages/MM1/Media/ME1"
    answers = {
        "GET /Messages/MM1/Media/ME1": (307, (provider.url + "/cdn/a.png").encode()),
        "GET /cdn/a.png": b"\x89PNG",
    }
    Api(provider, answers)

    media = adapter_at(provider).fetch(MediaRef("image", provider.url + path))

    assert media.content == b"\x89PNG"
    credentials = base64.b64encode(f"{AC}:{TOKEN}".encode()).decode()
    sent = [headers.get("Authorization") for _, _, headers, _ in provider.calls]
    assert sent == [f"Basic {credentials}", None]


def test_a_deleted_file_is_gone(provider):
    Api(provider, {})

    with pytest.raises(MediaGone):
        adapter_at(provider).fetch(MediaRef("image", provider.url + "/2010-04-01/nothing"))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://api.twilio.com/x",
        "https://internal.example/file.png",
        "https://twilio.com.evil.example/x",
        "https://eviltwilio.com/x",
        # anybody can keep files there: only Twilio may send us there
        "https://bucket.s3.amazonaws.com/x",
        "https://bucket.s3.amazonaws.com\\@api.twilio.com/x",
        "https://api.twilio.com@bucket.s3.amazonaws.com/x",
        "https://bucket.s3.amazonaws.com/#.twilio.com",
        "https://169.254.169.254/latest",
    ],
)
def test_a_file_at_a_foreign_address_is_not_fetched(url, monkeypatch):
    def fail(*args, **kwargs):
        raise AssertionError("a connection was made")

    monkeypatch.setattr("requests.Session.send", fail)

    with pytest.raises(MediaRefused):
        make_adapter("sms", external_id=AC).fetch(MediaRef("image", url))


def test_a_recording_may_be_where_twilio_redirects_to(monkeypatch):
    asked = {}

    def remember(session, url, **options):
        asked.update(options)

    monkeypatch.setattr("omnichannel_connector.channels.twilio.download", remember)

    make_adapter("voice").fetch(MediaRef("audio", "https://api.twilio.com/x/Recordings/RE1.mp3"))

    assert "amazonaws.com" in asked["allowed_hosts"]
    assert asked["auth_hosts"] == ("api.twilio.com",)


# === TIMES === #


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 08 Mar 2026 19:27:04 +0000",
        "Sun, 08 Mar 2026 20:27:04 +0100",
        "2026-03-08 19:27:04 UTC",
        "2026-03-08T19:27:04Z",
        "2026-03-08T21:27:04+02:00",
    ],
)
def test_a_time_is_read_in_each_form_that_twilio_writes(text):
    assert parse_time(text) == datetime(2026, 3, 8, 19, 27, 4, tzinfo=timezone.utc)


@pytest.mark.parametrize("value", ["", None, 5, "soon", "0001-01-01T00:00:00+10:00", [], "9" * 99])
def test_what_is_no_time_is_none(value):
    assert parse_time(value) is None
