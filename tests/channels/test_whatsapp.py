"""WhatsApp: who somebody is, what goes out, files by their id, failures that come later."""

import json

import pytest

from omnichannel_connector.channels.errors import (
    AccountError,
    FetchError,
    MediaGone,
    MediaRefused,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    SendError,
)
from omnichannel_connector.channels.events import (
    Action,
    Finding,
    Level,
    Media,
    MediaRef,
    OutboundMedia,
    OutboundMessage,
    OutboundPart,
    SendResult,
)

from .support import TOKEN, make_adapter, make_request

BUSINESS, NUMBER = "102290000009001", "106540000009001"
UUID = "0b0e6d0e-7a4b-4b5c-9a53-3a1d3c1f0001"


def adapter_at(url=""):
    return make_adapter("whatsapp", api_url=url, external_id=BUSINESS, sender=NUMBER)


def message(text="Hello", to="+16505550101", **values):
    return OutboundMessage(UUID, to, OutboundPart(text), **values)


def send(provider, message, value=None, status=200, headers=None):
    value = {"messages": [{"id": "wamid.OUT"}]} if value is None else value
    provider.answer = (status, headers or {}, json.dumps(value).encode())
    result = adapter_at(provider.url + "/v26.0").send(message)
    return json.loads(provider.calls[-1][3]), result


# === WHO === #


def test_a_customer_has_the_same_address_as_by_sms():
    whatsapp, sms = adapter_at(), make_adapter("sms")

    assert whatsapp.identity_kind == sms.identity_kind
    assert whatsapp.identity_scoped is sms.identity_scoped
    (event,) = [
        whatsapp.parse(raw.payload)
        for raw in whatsapp.split(
            make_request(
                json={
                    "entry": [
                        {
                            "changes": [
                                {
                                    "field": "messages",
                                    "value": {
                                        "messages": [
                                            {
                                                "from": "16505550101",
                                                "id": "wamid.1",
                                                "type": "text",
                                                "text": {"body": "Hi"},
                                            }
                                        ]
                                    },
                                }
                            ]
                        }
                    ]
                }
            )
        )
    ]
    assert event.identity == sms.normalize("+1 650 555 0101") == "+16505550101"


def test_a_number_of_a_customer_record_is_read_in_its_country():
    adapter = make_adapter("whatsapp", country="US")

    assert adapter.normalize("(650) 555-0101") == "+16505550101"
    assert adapter.normalize("US.13491208655302741918") == "US.13491208655302741918"


# === OUT === #


def test_a_text_carries_our_uuid(provider):
    body, result = send(
        provider, message(reply_to="wamid.IN"), headers={"X-App-Usage": '{"call_count":9}'}
    )

    method, path, headers, _ = provider.calls[0]
    assert (method, path) == ("POST", f"/v26.0/{NUMBER}/messages")
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+16505550101",
        "type": "text",
        "text": {"body": "Hello"},
        "context": {"message_id": "wamid.IN"},
        "biz_opaque_callback_data": UUID,
    }
    assert result == SendResult("wamid.OUT", usage=0.09)


def test_who_hides_the_number_is_written_to_by_the_id(provider):
    body, _ = send(provider, message(to="US.1234"))

    assert body["recipient"] == "US.1234"
    assert "to" not in body


@pytest.mark.parametrize(
    ("content_type", "kind", "extra"),
    [
        ("image/png", "image", {}),
        ("video/mp4", "video", {}),
        ("audio/ogg", "audio", {}),
        ("application/pdf", "document", {"filename": "a.pdf"}),
    ],
)
def test_a_file_is_sent_by_its_link(provider, content_type, kind, extra):
    media = OutboundMedia("https://files.example/a", content_type, "a.pdf")

    body, _ = send(provider, OutboundMessage(UUID, "+16505550101", OutboundPart(media=media)))

    assert body["type"] == kind
    assert body[kind] == {"link": "https://files.example/a", **extra}


@pytest.mark.parametrize("emoji", ["\u2764\ufe0f", ""])
def test_a_reaction_and_its_taking_back_go_out(provider, emoji):
    reaction = OutboundMessage(
        UUID, "+16505550101", action=Action.REACT, target_id="wamid.IN", reaction=emoji
    )

    body, _ = send(provider, reaction)

    assert (body["type"], body["reaction"]) == (
        "reaction",
        {"message_id": "wamid.IN", "emoji": emoji},
    )


def test_a_long_text_is_cut_at_4096_characters():
    parts = adapter_at().parts("ä" * 5000)

    assert [len(part.text) for part in parts] == [4096, 904]


@pytest.mark.parametrize("value", [{}, {"messages": []}, {"messages": [{}]}, {"messages": "x"}])
def test_a_success_that_names_no_message_has_an_unknown_outcome(provider, value):
    with pytest.raises(OutcomeUnknown):
        send(provider, message(), value)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (131047, Rejected),
        (131026, Rejected),
        (131048, RateLimited),
        (131049, Rejected),
        (131056, NotSent),
        (130429, RateLimited),
        (132001, Rejected),
        (131000, OutcomeUnknown),
        (133010, AccountError),
        (190, AccountError),
        (80008, RateLimited),
    ],
)
def test_every_documented_error_has_its_meaning(provider, code, expected):
    with pytest.raises(SendError) as caught:
        send(provider, message(), {"error": {"code": code, "message": "no"}}, status=400)

    assert type(caught.value) is expected


# === FILES === #


def files(provider, info, status=200, content=b"pixels"):
    """Answer the question where a file is, then the download."""

    def answer(handler):
        is_file = handler.path.startswith("/file")
        body = content if is_file else json.dumps(info).encode()
        handler.send_response(200 if is_file else status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    provider.answer = answer
    return adapter_at(provider.url + "/v26.0")


def test_a_file_is_asked_for_by_its_id_and_fetched_with_the_token(provider):
    adapter = files(provider, {"url": provider.url + "/file/1"})

    media = adapter.fetch(MediaRef("document", "", "application/pdf", "a.pdf", "media-1"))

    assert media == Media(b"pixels", "application/pdf", "a.pdf")
    assert [call[1] for call in provider.calls] == [
        f"/v26.0/media-1?phone_number_id={NUMBER}",
        "/file/1",
    ]
    assert {call[2]["Authorization"] for call in provider.calls} == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    "url", ["https://evil.example/1", "http://lookaside.fbsbx.com/1", "", None]
)
def test_the_token_is_not_taken_to_another_host(provider, url):
    adapter = files(provider, {"url": url})

    with pytest.raises(MediaRefused):
        adapter.fetch(MediaRef("image", external_id="media-1"))
    assert len(provider.calls) == 1


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [(400, 100, MediaGone), (401, 190, FetchError), (400, 4, FetchError), (500, 1, FetchError)],
)
def test_a_file_that_is_not_told_about_is_gone_or_tried_again(provider, status, code, expected):
    adapter = files(provider, {"error": {"code": code}}, status)

    with pytest.raises(FetchError) as caught:
        adapter.fetch(MediaRef("image", external_id="media-1"))
    assert type(caught.value) is expected


def test_what_has_no_id_is_no_file():
    with pytest.raises(MediaRefused):
        adapter_at().fetch(MediaRef("location"))


# === ACCOUNT === #


def test_the_account_is_checked_by_its_number_and_its_apps(provider):
    value = {"display_phone_number": "+1 555", "verified_name": "Shop", "data": [{"id": "app"}]}
    provider.answer = (200, {}, json.dumps(value).encode())

    assert adapter_at(provider.url).check() == [
        Finding("credentials", Level.OK, "Shop"),
        Finding("sender", Level.OK, "+1 555"),
        Finding("subscription", Level.OK),
    ]


@pytest.mark.parametrize(
    ("status", "value", "expected"),
    [
        (401, {"error": {"code": 190}}, Finding("credentials", Level.FAILED, "190: HTTP 401")),
        (500, {}, Finding("credentials", Level.WARNING, "http_500: HTTP 500")),
        (200, {"data": []}, Finding("subscription", Level.FAILED)),
    ],
)
def test_a_check_says_what_is_wrong(provider, status, value, expected):
    provider.answer = (status, {}, json.dumps(value).encode())

    assert adapter_at(provider.url).check()[-1] == expected


def test_the_app_is_subscribed_to_the_business_account(provider):
    adapter_at(provider.url).subscribe()

    assert provider.calls[0][:2] == ("POST", f"/{BUSINESS}/subscribed_apps")
