"""The self-test of a Twilio account, and setting its webhook."""

from urllib.parse import parse_qs

import pytest

from omnichannel_connector.channels.errors import (
    Rejected,
)
from omnichannel_connector.channels.events import (
    Level,
)
from omnichannel_connector.channels.twilio_setup import service_url

from .support import TOKEN, WEBHOOK, make_adapter
from .twilio_api import AGENT, US, Api, adapter_at, query_of

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
