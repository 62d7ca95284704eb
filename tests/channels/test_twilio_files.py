"""Customers' files at Twilio, and Twilio's times."""

import base64
from datetime import datetime, timezone

import pytest

from omnichannel_connector.channels.errors import (
    MediaGone,
    MediaRefused,
)
from omnichannel_connector.channels.events import (
    MediaRef,
)
from omnichannel_connector.channels.twilio import parse_time

from .support import TOKEN, make_adapter
from .twilio_api import AC, Api, adapter_at

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
