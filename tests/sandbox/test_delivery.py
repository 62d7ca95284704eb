"""Webhooks and the log while the other side is killed and started again."""

import pytest
import requests

from .conftest import IG_ACCOUNT

ZOE = "+15550002000"


def test_webhooks_wait_until_the_server_is_back(instagram, twilio, client, receiver):
    """Crash tests need to know that what is missing in the end was lost by the product."""
    client.control("POST", "settings", webhook_patience=30, webhook_pause=0.02)
    receiver.statuses.extend([500] * 6)

    for number in range(2):
        client.control("POST", "customers/zoe/messages", text=f"m{number}", sync=False)
        client.control("POST", f"customers/{ZOE}/messages", text=f"m{number}", sync=False)

    assert client.control("GET", "webhooks?idle=10") == {"held": [], "pending": 0}
    good = [entry for entry in instagram.log.entries(kind="webhook") if entry["status"] == 200]
    assert len(good) == 4
    assert len(receiver.received) == 10


def test_nothing_is_pending_after_a_reset(instagram, client, receiver):
    """Retries of an old test must not reach the next one."""
    client.control("POST", "settings", webhook_patience=30, webhook_pause=60)
    receiver.statuses.extend([500])
    client.control("POST", "customers/zoe/messages", text="x")

    before = client.control("GET", "webhooks")["pending"]
    client.control("POST", "reset")

    assert (before, client.control("GET", "webhooks")["pending"]) == (1, 0)


def test_an_answer_that_nobody_heard_is_logged(instagram, client, sandbox):
    """A caller that died while its call was processed leaves a message and this."""
    instagram.control.customer_sends("zoe", text="hi")
    client.control("POST", "faults", call="send", action="delay", seconds=0.3)
    body = {"recipient": {"id": "9001"}, "message": {"text": "x"}}
    with pytest.raises(requests.Timeout):
        client.graph("POST", f"{IG_ACCOUNT}/messages", json=body, timeout=0.05)

    (lost,) = sandbox.log.wait(kind="answer_lost")
    (call,) = sandbox.log.entries(kind="api_call", call="send")
    assert lost["call_n"] == call["n"]
    assert sandbox.log.entries(kind="message", source="api", text="x")


def test_a_long_log_is_searched_quickly(sandbox, client):
    """Thousands of entries between two looks are normal."""
    for number in range(20_000):
        sandbox.log.add("noise", number=number)
    sandbox.log.add("signal")

    answer = requests.get(f"{client.url}/control/log?kind=signal&wait=5")

    assert len(answer.json()["entries"]) == 1
    assert answer.elapsed.total_seconds() < 1
