"""Replay the payload files of the addon; their format is described in their README."""

import json

import pytest

from omnichannel_connector.channels import ADAPTERS
from omnichannel_connector.channels.events import Kind

from .support import PAYLOADS, events_of, make_adapter, make_request, plain

FILES = sorted(PAYLOADS.glob("*/*.json"))

# What the webhooks of a channel can tell. A profile is no webhook: we ask for it.
KINDS = {
    "instagram": set(Kind) - {Kind.PROFILE, Kind.CALL, Kind.STATUS},
    "sms": {Kind.MESSAGE, Kind.STATUS, Kind.IGNORED, Kind.UNKNOWN},
    "voice": {Kind.CALL},
    "whatsapp": {
        Kind.MESSAGE,
        Kind.POSTBACK,
        Kind.REACTION,
        Kind.STATUS,
        Kind.UNKNOWN,
    },
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_payload_means_exactly_the_expected_events(path):
    case = json.loads(path.read_text())
    adapter = make_adapter(path.parent.name, **case["account"])

    found = [
        {
            "key": raw.key,
            "customer": raw.customer,
            "recipients": list(raw.recipients),
            **plain(event),
        }
        for request in case.get("requests") or [case["request"]]
        for raw, event in events_of(adapter, make_request(**request))
    ]

    assert len(found) == len(case["events"])
    for event, expected in zip(found, case["events"], strict=True):
        for name in ("occurred_at", "recipients"):
            if name not in expected:
                del event[name]
        assert event == expected


@pytest.mark.parametrize("code", sorted(ADAPTERS))
def test_every_kind_of_event_that_a_channel_can_have_is_shown_by_a_file(code):
    files = [path for path in FILES if path.parent.name == code]
    kinds = {event["kind"] for path in files for event in json.loads(path.read_text())["events"]}

    assert {kind.value for kind in KINDS.get(code, {Kind.MESSAGE})} <= kinds
