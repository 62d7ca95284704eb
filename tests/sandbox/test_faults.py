"""Injected faults and the control API."""

import json
import socket
import threading

import pytest
import requests

from tests.sandbox import Sandbox
from tests.sandbox.__main__ import load

from .conftest import IG_ACCOUNT, OUR_NUMBER

ZOE = "+15550002000"


@pytest.fixture
def chat(instagram, receiver):
    """A customer who wrote; the webhook of that is not counted."""
    instagram.control.customer_sends("zoe", text="hello")
    receiver.received.clear()
    return instagram


def texts(sandbox) -> list[str]:
    """Return what the business wrote to the customer."""
    return [m.text for m in sandbox.control.thread("zoe") if m.direction == "outbound"]


def mids(receiver) -> list[str]:
    """Return the texts of the messages in all received webhooks, in order."""
    entries = [entry for r in receiver.received for entry in json.loads(r.body)["entry"]]
    return [item["message"]["text"] for entry in entries for item in entry["messaging"]]


# === API CALLS === #


@pytest.mark.parametrize(
    ("action", "status", "is_processed"),
    [
        ("rate_limit", 429, False),
        ("error_before", 500, False),
        ("error_after", 500, True),
        ("invalid_json", 200, True),
        ("error", 400, False),
    ],
)
def test_a_fault_hits_one_call(chat, client, action, status, is_processed):
    """Whether the message went out must depend on the fault only, and the next call is well."""
    client.control("POST", "faults", provider="instagram", call="send", action=action)

    answer = client.dm("9001", "x")

    assert answer.status_code == status
    assert texts(chat) == (["x"] if is_processed else [])
    if action == "invalid_json":
        with pytest.raises(ValueError, match="line 1"):
            answer.json()
    assert client.dm("9001", "y").json()["message_id"]


@pytest.mark.parametrize(
    ("action", "is_processed"), [("reset_before", False), ("reset_after", True)]
)
def test_a_connection_can_be_reset(chat, client, action, is_processed):
    """For the client both look alike: the outcome is unknown."""
    client.control("POST", "faults", call="send", action=action)

    with pytest.raises(requests.ConnectionError):
        client.dm("9001", "x")

    assert texts(chat) == (["x"] if is_processed else [])


def test_a_hanging_call_was_processed_and_echoed(chat, client, receiver):
    """A client that gives up must wait for the echo instead of sending again."""
    client.control("POST", "faults", call="send", action="hang", seconds=30)
    body = {"recipient": {"id": "9001"}, "message": {"text": "x"}}

    with pytest.raises(requests.ReadTimeout):
        client.graph("POST", "me/messages", json=body, timeout=0.2)

    assert json.loads(receiver.wait()[0].body)["entry"][0]["messaging"][0]["message"]["is_echo"]
    assert texts(chat) == ["x"]


def test_a_hanging_call_can_be_let_go(chat, client):
    """`late`: the answer comes in the end."""
    fault = client.control("POST", "faults", call="send", action="hang", seconds=30, late=True)
    answers = []
    caller = threading.Thread(target=lambda: answers.append(client.dm("9001", "x")))

    caller.start()
    chat.log.wait(kind="message", text="x")
    client.control("DELETE", f"faults/{fault['id']}")
    caller.join(5)

    assert answers[0].json()["message_id"]


def test_the_echo_can_come_before_the_answer(chat, client, receiver):
    """The product must match an echo whose message id it does not know yet."""
    client.control("POST", "faults", call="send", action="echo_first")

    client.dm("9001", "x")

    kinds = [e["kind"] for e in chat.log.entries() if e["kind"] in ("webhook", "api_answer")]
    assert kinds[-2:] == ["webhook", "api_answer"]
    assert len(receiver.received) == 1


def test_without_late_a_hanging_call_never_answers(chat, client):
    """The connection closes instead, and the outcome stays unknown."""
    client.control("POST", "faults", call="send", action="hang", seconds=0)

    with pytest.raises(requests.ConnectionError):
        client.dm("9001", "x")


def test_hints_of_a_rate_limit_follow_the_provider(chat, twilio, client):
    """Meta counts minutes in a header of JSON, Twilio seconds in Retry-After."""
    client.control("POST", "faults", call="send", action="rate_limit", minutes=7, times=1)
    meta = client.dm("9001", "x")
    client.control("POST", "faults", call="send", action="rate_limit", retry_after=3)
    sms = client.sms(ZOE, "x", From=OUR_NUMBER)

    usage = json.loads(meta.headers["X-Business-Use-Case-Usage"])[IG_ACCOUNT][0]
    assert usage["estimated_time_to_regain_access"] == 7
    assert usage["call_count"] == 100
    assert (sms.json()["code"], sms.headers["Retry-After"]) == (20429, "3")


def test_a_fault_lasts_as_long_as_told(chat, client):
    """N times, or until it is removed; other calls don't use it up."""
    client.control("POST", "faults", call="send", action="error_before", times=2)
    client.graph("GET", "me")
    counted = [client.dm("9001", "x").status_code for _ in range(3)]
    client.control("POST", "faults", call="send", action="error", code=190, times="always")
    always = [client.dm("9001", "x").json()["error"]["code"] for _ in range(3)]
    client.control("DELETE", "faults")

    assert counted == [500, 500, 200]
    assert always == [190] * 3
    assert client.dm("9001", "x").status_code == 200


def test_a_delay_ends_when_the_fault_is_removed(chat, client):
    """Slow answers are slow, not lost."""
    client.control("POST", "faults", call="send", action="delay", seconds=0.01)

    assert client.dm("9001", "x").status_code == 200


def test_unknown_faults_are_refused(client):
    """A typo must not make a test pass."""
    answer = client.control("POST", "faults", call="send", action="explode")

    assert "unknown action" in answer["error"]


# === WEBHOOKS === #


def test_a_webhook_can_come_twice(instagram, client, receiver):
    """Providers deliver at least once."""
    client.control("POST", "faults", call="webhook.message", action="duplicate", copies=2)

    instagram.control.customer_sends("zoe", text="hi")

    assert len({received.body for received in receiver.wait(3)}) == 1


def test_webhooks_can_come_in_another_order(instagram, client, receiver):
    """The later message comes first, each with its own timestamp."""
    client.control("POST", "faults", call="webhook", action="reorder", size=3)

    for text in ("1", "2", "3"):
        instagram.control.customer_sends("zoe", text=text)

    receiver.wait(3)
    assert mids(receiver) == ["3", "2", "1"]


def test_webhooks_can_be_held_and_released_as_a_batch(instagram, client, receiver):
    """Meta puts several events into one body."""
    client.control("POST", "faults", call="webhook", action="hold", times=2)
    for text in ("1", "2"):
        instagram.control.customer_sends("zoe", text=text)
    held = client.control("GET", "webhooks")["held"]

    client.control("POST", "webhooks/release", order="reverse", batch=True, sync=True)

    assert len(held) == 2
    assert len(receiver.received) == 1
    assert mids(receiver) == ["2", "1"]


def test_a_webhook_can_be_lost(instagram, client, receiver):
    """What never came is still found by the API."""
    client.control("POST", "faults", call="webhook", action="drop")

    result = client.control("POST", "customers/zoe/messages", text="hi")

    assert result["webhook"] == {"dropped": True}
    assert not receiver.received
    assert client.graph("GET", "me/conversations").json()["data"]


def test_a_signature_can_be_wrong(instagram, client, receiver):
    """The product has to refuse it."""
    client.control("POST", "faults", call="webhook", action="bad_signature")

    instagram.control.customer_sends("zoe", text="hi")

    assert receiver.wait()[0].headers["x-hub-signature-256"] == "sha256=" + "0" * 64


def test_an_old_webhook_can_be_sent_again(instagram, client, receiver):
    """Replays are byte for byte."""
    instagram.control.customer_sends("zoe", text="hi")
    number = instagram.log.entries(kind="webhook")[0]["id"]

    client.control("POST", f"webhooks/{number}/resend")

    first, second = receiver.wait(2)
    assert first.body == second.body


def test_any_payload_can_be_sent(instagram, twilio, client, receiver):
    """For the odd shapes that the sandbox does not make by itself."""
    payload = [{"object": "instagram", "entry": []}]
    client.control("POST", "webhooks", account=IG_ACCOUNT, payload=payload)
    client.control("POST", "webhooks", account=IG_ACCOUNT, body="{", signature="none")
    client.control("POST", "webhooks", account=OUR_NUMBER, form={"From": "12345"})

    first, second, third = receiver.wait(3)
    assert json.loads(first.body) == payload
    assert (second.body, "x-hub-signature-256" in second.headers) == (b"{", False)
    assert third.form == {"From": "12345"}


# === THE CONTROL API === #


def test_the_log_can_be_waited_for(instagram, client):
    """Tests wait for conditions instead of sleeping."""
    after = instagram.log.last
    answers = []
    query = f"log?after={after}&wait=5&kind=webhook&event=message&count=2"
    waiter = threading.Thread(target=lambda: answers.append(client.control("GET", query)))

    waiter.start()
    for _ in range(2):
        client.control("POST", "customers/zoe/messages", text="hi", sync=False)
    waiter.join(5)

    assert [entry["status"] for entry in answers[0]["entries"]] == [200, 200]
    assert answers[0]["last"] == answers[0]["entries"][-1]["n"]


def test_the_log_hides_tokens(chat, client, sandbox):
    """Logs end up in reports."""
    requests.get(f"{sandbox.url}/graph/me?access_token=ig-token")
    client.dm("9001", "x")

    assert "ig-token" not in json.dumps(chat.log.entries())


def test_a_reset_forgets_everything_or_all_but_the_accounts(chat, client):
    """Tests that share a sandbox start clean."""
    client.control("POST", "reset", keep_accounts=True)
    kept = client.control("GET", "state")
    client.control("POST", "reset")
    empty = client.control("GET", "state")

    assert (len(kept["accounts"]), kept["customers"]) == (1, [])
    assert (empty["accounts"], empty["customers"]) == ([], [])


def test_a_state_file_is_loaded(sandbox, client):
    """The demo starts with accounts and customers in place."""
    state = {
        "settings": {"instagram_usage": 9},
        "accounts": [{"provider": "twilio", "account_sid": "AC1", "numbers": [OUR_NUMBER]}],
        "customers": [{"id": "zoe", "name": "Zoe", "username": "zoe", "number": ZOE}],
    }

    load(sandbox, state)

    shown = client.control("GET", "state")
    assert shown["settings"]["instagram_usage"] == 9
    assert shown["accounts"][0]["id"] == "AC1"
    assert shown["customers"][0]["number"] == ZOE


def test_only_loopback_addresses_are_served():
    """The sandbox has no passwords."""
    with pytest.raises(ValueError, match="loopback"):
        Sandbox(host="0.0.0.0")  # noqa: S104


def test_other_web_pages_may_not_control_it(client):
    """A page of the internet in the tester's browser must not send webhooks."""
    headers = {"Origin": "https://evil.example"}

    answer = requests.post(f"{client.url}/control/reset", headers=headers)

    assert answer.status_code == 403


def test_the_page_is_served_with_its_own_files_only(client):
    """The page needs no network, and paths can't leave its folder."""
    page = requests.get(client.url)

    assert page.headers["Content-Type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert requests.get(f"{client.url}/app.js").status_code == 200
    with socket.create_connection(("127.0.0.1", int(client.url.rsplit(":", 1)[1]))) as raw:
        raw.sendall(b"GET /../server.py HTTP/1.0\r\n\r\n")
        assert b"404" in raw.recv(100)
