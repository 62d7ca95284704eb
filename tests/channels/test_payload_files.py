"""Replay the payload files of the addon; their format is described in their README."""

import json

import pytest

from omnichannel_connector.channels.events import Kind

from .support import PAYLOADS, events_of, make_adapter, make_request, plain

FILES = sorted(PAYLOADS.glob("*/*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_payload_means_exactly_the_expected_events(path):
    case = json.loads(path.read_text())
    adapter = make_adapter(path.parent.name, **case["account"])

    found = [
        {"key": raw.key, "customer": raw.customer, **plain(event)}
        for raw, event in events_of(adapter, make_request(**case["request"]))
    ]

    assert len(found) == len(case["events"])
    for event, expected in zip(found, case["events"], strict=True):
        if "occurred_at" not in expected:
            del event["occurred_at"]
        assert event == expected


def test_every_kind_of_event_that_a_channel_can_have_is_shown_by_a_file():
    kinds = {event["kind"] for path in FILES for event in json.loads(path.read_text())["events"]}

    # a profile is no webhook: we ask for it
    assert kinds == {kind.value for kind in Kind} - {Kind.PROFILE.value}
