"""Sending: the requests that go out, and what each way of failing means."""

import base64
import json
import socket
import threading
import time
import traceback
from urllib.parse import parse_qs

import pytest
import requests

from omnichannel_connector.channels import http
from omnichannel_connector.channels.errors import (
    AccountError,
    NotSent,
    OptedOut,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    SendError,
)
from omnichannel_connector.channels.events import (
    OutboundMedia,
    OutboundMessage,
    OutboundPart,
    Profile,
    SendResult,
)

from .support import TOKEN, WEBHOOK, make_adapter

UUID = "0b0e6d0e-7a4b-4b5c-9a53-3a1d3c1f0001"
both_channels = pytest.mark.parametrize("code", ["instagram", "sms"])


def answer(status, value, **headers):
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return status, {name.replace("_", "-"): text for name, text in headers.items()}, body


def text_message(text="Hello ä👍", **values):
    return OutboundMessage(UUID, "+14155550123", OutboundPart(text=text), **values)


def file_message(content_type):
    media = OutboundMedia("https://files.example/a", content_type)
    return OutboundMessage(UUID, "+14155550123", OutboundPart(media=media))


def send(code, api_url, message=None, **settings):
    adapter = make_adapter(code, api_url=api_url, **settings)
    with adapter.session:
        return adapter.send(message or text_message())


def error_of(code, api_url, **settings):
    with pytest.raises(SendError) as caught:
        send(code, api_url, **settings)
    return caught.value


# === REQUESTS === #


def test_an_instagram_text_is_sent_with_the_token_in_a_header(provider):
    provider.answer = answer(200, {"recipient_id": "1", "message_id": "m_out"})

    result = send("instagram", provider.url + "/v26.0/", text_message(reply_to="m_in"))

    ((method, path, headers, body),) = provider.calls
    assert (method, path) == ("POST", "/v26.0/17841400000009001/messages")
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers["Content-Type"] == "application/json"
    assert (
        headers["Accept-Encoding"] == "identity"
    )  # else a small answer could unpack to a huge one
    assert json.loads(body) == {
        "recipient": {"id": "+14155550123"},
        "messaging_type": "RESPONSE",
        "message": {"text": "Hello ä👍"},
        "reply_to": {"mid": "m_in"},
    }
    assert result == SendResult("m_out", recipient="1")


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [("image/png", "image"), ("video/mp4", "video"), ("audio/mp4", "audio"), ("text/pdf", "file")],
)
def test_an_instagram_file_is_sent_by_its_url(provider, content_type, kind):
    provider.answer = answer(200, {"message_id": "m_out"})

    send("instagram", provider.url, file_message(content_type))

    assert json.loads(provider.calls[0][3])["message"] == {
        "attachment": {"type": kind, "payload": {"url": "https://files.example/a"}}
    }


def test_instagram_through_a_page_is_sent_in_the_name_of_the_page(provider):
    provider.answer = answer(200, {"message_id": "m_out"})

    send("instagram", provider.url, sender="PAGE/1")

    assert provider.calls[0][1] == "/PAGE%2F1/messages"


def test_an_sms_is_sent_with_the_delivery_in_its_callback(provider):
    provider.answer = answer(201, {"sid": "SM9", "status": "queued", "num_segments": "2"})

    result = send("sms", provider.url + "/2010-04-01", external_id="AC1")

    ((method, path, headers, body),) = provider.calls
    assert (method, path) == ("POST", "/2010-04-01/Accounts/AC1/Messages.json")
    credentials = base64.b64encode(f"AC1:{TOKEN}".encode()).decode()
    assert headers["Authorization"] == f"Basic {credentials}"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(body.decode()) == {
        "To": ["+14155550123"],
        "From": ["+14155550199"],
        "Body": ["Hello ä👍"],
        "StatusCallback": [f"{WEBHOOK}?delivery={UUID}"],
    }
    assert result == SendResult("SM9", segments=2)


def test_a_file_goes_out_as_mms_through_a_messaging_service(provider):
    provider.answer = answer(201, {"sid": "MM9", "num_segments": "0"})

    result = send("sms", provider.url, file_message("image/png"), sender="MG01", webhook_url="")

    assert parse_qs(provider.calls[0][3].decode()) == {
        "To": ["+14155550123"],
        "MessagingServiceSid": ["MG01"],
        "MediaUrl": ["https://files.example/a"],
    }
    assert result.segments == 1


def test_a_text_that_cannot_be_encoded_is_sent_without_what_is_broken(provider):
    provider.answer = answer(201, {"sid": "SM9"})

    send("sms", provider.url, text_message("a\0b\ud83d"))

    assert parse_qs(provider.calls[0][3].decode())["Body"] == ["ab\ufffd"]


def test_an_sms_account_without_a_sender_is_an_account_error(provider):
    assert type(error_of("sms", provider.url, sender="")) is AccountError
    assert provider.calls == []


def test_a_profile_is_read_by_its_escaped_id(provider):
    provider.answer = answer(200, {"name": None, "username": "anna.shops"})
    adapter = make_adapter("instagram", api_url=provider.url)

    assert adapter.profile("77/01") == Profile(name="", username="anna.shops")
    assert provider.calls[0][1] == "/77%2F01?fields=name%2Cusername"


def test_a_failed_profile_is_a_send_error(provider):
    provider.answer = answer(400, {"error": {"code": 230, "message": "User consent is required"}})

    with pytest.raises(Rejected):
        make_adapter("instagram", api_url=provider.url).profile("77")


# === PROVIDERS' ERRORS === #


@pytest.mark.parametrize(
    ("status", "code", "subcode", "expected"),
    [
        (403, 10, 2534022, Rejected),
        (400, 10, 2018278, Rejected),
        (400, 10, 1893063, AccountError),
        (403, 10, None, AccountError),
        (400, 100, None, Rejected),
        (400, 100, 2018001, Rejected),
        (400, 100, 2534029, OptedOut),
        (400, 190, 463, AccountError),
        (401, 190, None, AccountError),
        (400, 102, None, AccountError),
        (403, 200, 2534041, AccountError),
        (400, 551, 1545041, Rejected),
        (400, 613, 2534040, RateLimited),
        (403, 4, None, RateLimited),
        (400, 80002, None, RateLimited),
        (400, "80002", None, RateLimited),
        (400, 2018007, None, Rejected),
        (400, 1, 1357046, OutcomeUnknown),
        (400, 2, None, OutcomeUnknown),
        (500, 100, None, OutcomeUnknown),
        (400, 999999, None, Rejected),
        (403, 999999, None, AccountError),
    ],
)
def test_a_graph_error_means_what_the_table_says(provider, status, code, subcode, expected):
    error = {"message": "no", "code": code, "error_subcode": subcode}
    provider.answer = answer(status, {"error": error})

    found = error_of("instagram", provider.url)

    assert type(found) is expected
    assert found.code == (f"{code}/{subcode}" if subcode else str(code))
    assert found.text == "no"


def test_a_transient_graph_error_may_have_been_processed(provider):
    provider.answer = answer(400, {"error": {"code": 5, "is_transient": True}})

    assert type(error_of("instagram", provider.url)) is OutcomeUnknown


def test_the_usage_header_tells_in_minutes_when_instagram_is_free_again(provider):
    usage = {"1": [{"type": "messenger", "estimated_time_to_regain_access": 7}]}
    provider.answer = answer(
        400, {"error": {"code": 80002}}, X_Business_Use_Case_Usage=json.dumps(usage)
    )

    assert error_of("instagram", provider.url).retry_after == 420


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, 21610, OptedOut),
        (400, 21211, Rejected),
        (400, 21614, Rejected),
        (400, 21408, Rejected),
        (400, 21617, Rejected),
        (400, 21606, AccountError),
        (401, 20003, AccountError),
        (404, 20404, AccountError),
        (429, 20429, RateLimited),
        (400, 21611, RateLimited),
        (429, None, RateLimited),
        (400, 99999, Rejected),
        (503, 20503, OutcomeUnknown),
        (500, 21211, OutcomeUnknown),
    ],
)
def test_a_twilio_error_means_what_the_table_says(provider, status, code, expected):
    provider.answer = answer(status, {"code": code, "message": "no", "status": status})

    found = error_of("sms", provider.url)

    assert type(found) is expected
    assert found.code == (str(code) if code else f"http_{status}")


def test_a_message_that_twilio_takes_and_fails_at_once_is_an_error(provider):
    provider.answer = answer(
        201, {"sid": "SM9", "status": "failed", "error_code": 21610, "error_message": "stopped"}
    )

    found = error_of("sms", provider.url)

    assert (type(found), found.code, found.text) == (OptedOut, "21610", "stopped")


@both_channels
def test_retry_after_is_carried_along(provider, code):
    provider.answer = answer(429, {}, Retry_After="17")

    assert error_of(code, provider.url).retry_after == 17


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", 0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("²", None),
    ],
)
def test_retry_after_may_be_a_date_or_nonsense(value, expected):
    assert http.Answer(429, {"Retry-After": value}).retry_after() == expected


# === HTTP === #


@both_channels
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (302, AccountError),
        (308, AccountError),
        (400, Rejected),
        (401, AccountError),
        (403, AccountError),
        (404, AccountError),
        (408, OutcomeUnknown),
        (413, Rejected),
        (429, RateLimited),
        (500, OutcomeUnknown),
        (502, OutcomeUnknown),
        (503, OutcomeUnknown),
        (504, OutcomeUnknown),
    ],
)
def test_an_answer_that_is_no_json_is_judged_by_its_status(provider, code, status, expected):
    provider.answer = answer(status, b"<html>proxy</html>", Location=provider.url + "/elsewhere")

    found = error_of(code, provider.url)

    assert type(found) is expected
    assert found.code == f"http_{status}"
    assert len(provider.calls) == 1  # no redirect is followed, nothing is tried again


@both_channels
@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'"x"', b"{}", b'{"error": "text"}'])
def test_a_success_that_names_no_message_has_an_unknown_outcome(provider, code, body):
    provider.answer = answer(200, body)

    assert type(error_of(code, provider.url)) is OutcomeUnknown


@both_channels
@pytest.mark.parametrize("error", [[], "text", {"code": {}, "message": []}, {"code": None}])
def test_a_malformed_error_object_is_no_crash(provider, code, error):
    provider.answer = answer(400, {"error": error, "code": error})

    assert type(error_of(code, provider.url)) is Rejected


@both_channels
def test_an_endless_answer_is_given_up(provider, code, monkeypatch):
    monkeypatch.setattr(http, "ANSWER_BYTES", 1000)
    provider.answer = answer(200, b'{"message_id": "m", "sid": "m", "x": "' + b"x" * 9000 + b'"}')

    assert type(error_of(code, provider.url)) is OutcomeUnknown


@both_channels
def test_a_trickling_answer_is_given_up(provider, code, monkeypatch):
    monkeypatch.setattr(http, "ANSWER_TIME", -1)
    provider.answer = answer(200, {"message_id": "m", "sid": "m"})

    assert type(error_of(code, provider.url)) is OutcomeUnknown


def trickle(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
    while not handler.server.provider.is_over.wait(0.02):
        handler.wfile.write(b" ")


@both_channels
def test_an_answer_of_single_bytes_is_given_up_in_time(provider, code, monkeypatch):
    """A read that waits for a whole block would go on for as long as the bytes come."""
    monkeypatch.setattr(http, "ANSWER_TIME", 0.3)
    provider.answer = trickle
    start = time.monotonic()

    assert type(error_of(code, provider.url)) is OutcomeUnknown
    assert time.monotonic() - start < 5


@both_channels
def test_no_answer_in_time_has_an_unknown_outcome(provider, code, monkeypatch):
    arrived = threading.Event()
    monkeypatch.setattr(http, "TIMEOUT", (1, 0.05))
    provider.answer = lambda handler: (arrived.set(), provider.is_over.wait(5))

    assert type(error_of(code, provider.url)) is OutcomeUnknown
    assert arrived.wait(5)  # a busy machine may be slower than the client's patience
    assert len(provider.calls) == 1


def half_an_answer(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")
    handler.close_connection = True


def no_answer(handler):
    handler.close_connection = True


@both_channels
@pytest.mark.parametrize("behaviour", [half_an_answer, no_answer])
def test_a_connection_lost_after_the_request_has_an_unknown_outcome(provider, code, behaviour):
    provider.answer = behaviour

    assert type(error_of(code, provider.url)) is OutcomeUnknown


@both_channels
def test_a_refused_connection_is_not_sent(code):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))

        found = error_of(code, f"http://127.0.0.1:{unused.getsockname()[1]}")

    assert type(found) is NotSent
    assert found.retry_after is None


@both_channels
def test_a_connection_lost_in_the_tls_handshake_is_not_sent(code):
    """Its exception is the same as that of a connection lost after the request."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        closer = threading.Thread(target=lambda: server.accept()[0].close())
        closer.start()

        found = error_of(code, f"https://127.0.0.1:{server.getsockname()[1]}")
        closer.join()

    assert type(found) is NotSent


@both_channels
def test_a_server_without_tls_is_not_sent_to(provider, code):
    provider.answer = answer(200, {"message_id": "m", "sid": "m"})

    assert type(error_of(code, provider.url.replace("http:", "https:"))) is NotSent
    assert provider.calls == []


@both_channels
@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (requests.ConnectTimeout, NotSent),
        (requests.exceptions.ProxyError, NotSent),
        (requests.exceptions.SSLError, NotSent),
        (requests.ReadTimeout, OutcomeUnknown),
        (requests.exceptions.InvalidProxyURL, AccountError),
    ],
)
def test_a_failure_that_requests_reports_is_told_apart(code, failure, expected, monkeypatch):
    def fail(self, request, **kwargs):
        raise failure(f"{request.url} {request.headers}")

    monkeypatch.setattr(requests.Session, "send", fail)

    assert type(error_of(code, "https://api.example")) is expected


@both_channels
@pytest.mark.parametrize("url", ["nonsense", "https://", "ftp://api.example", "https://a..b/"])
def test_a_malformed_api_address_is_an_account_error(code, url):
    assert type(error_of(code, url)) is AccountError


@both_channels
@pytest.mark.parametrize("token", ["two\nlines", "ключ"])
def test_a_malformed_token_is_an_account_error(provider, code, token):
    found = error_of(code, provider.url, access_token=token)

    # Basic authentication encodes a line end away; the provider refuses such a token itself.
    assert isinstance(found, AccountError | OutcomeUnknown)
    assert token not in str(found)


# === SECRETS === #


LEAKS = [
    f"bad token {TOKEN}",
    "see https://files.example/content/PATH-SECRET/a.png?x=1 please",
    "https://user:PASS-SECRET@api.example/x",
    "call failed: access_token=QUERY-SECRET&x=1",
    "Authorization: Bearer HEADER-SECRET-0123456789",
    "Malformed access token IGQWRabcdefghijklmnop0123456789-SECRET",
]
SECRETS = (TOKEN, "PATH-SECRET", "PASS-SECRET", "QUERY-SECRET", "HEADER-SECRET", "IGQWR")


@both_channels
@pytest.mark.parametrize("text", LEAKS)
def test_an_error_text_of_the_provider_is_stored_without_secrets(provider, code, text):
    provider.answer = answer(400, {"error": {"message": text, "code": 100}, "message": text})

    found = error_of(code, provider.url)

    assert found.text
    assert not [secret for secret in SECRETS if secret in found.text + repr(found)]


def test_redaction_keeps_what_a_person_needs():
    text = "Error validating access token: Session has expired on Friday, see https://h.example/a"

    assert http.redact(text) == (
        "Error validating access token: Session has expired on Friday, see https://h.example/***"
    )


def test_an_error_text_is_short_and_storable():
    assert http.redact("a\0\ud83d" + "b" * 9000) == "a\ufffd" + "b" * 498


@both_channels
def test_the_traceback_of_a_failure_holds_no_token(code, monkeypatch, caplog):
    """The delivery queue stores tracebacks, and requests' exceptions quote URL and headers."""

    def fail(self, request, **kwargs):
        raise requests.ConnectionError(f"{request.url} {request.headers} {TOKEN}")

    monkeypatch.setattr(requests.Session, "send", fail)
    caplog.set_level("DEBUG")

    found = error_of(code, "https://api.example")

    shown = "".join(traceback.format_exception(found)) + caplog.text + repr(found)
    assert TOKEN not in shown
    assert base64.b64encode(f":{TOKEN}".encode()).decode()[:-4] not in shown


def test_the_token_is_not_in_the_log_of_the_http_library(provider, caplog):
    provider.answer = answer(200, {"message_id": "m"})
    caplog.set_level("DEBUG")

    send("instagram", provider.url)

    assert caplog.records
    assert TOKEN not in caplog.text
