"""Comments, thread control, tokens, limits and batches of Instagram."""

import json

import pytest

from .conftest import IG_ACCOUNT
from .test_instagram import content, error

APP = "1000000000000001"


@pytest.fixture
def chat(instagram):
    """A customer who wrote a moment ago, so that the window is open."""
    instagram.control.customer_sends("zoe", text="hello")
    return instagram


def comment_on(client, **spec):
    """Comment as the customer and return the comment."""
    return client.control("POST", "customers/zoe/comments", **{"text": "Price?", **spec})["comment"]


def private_reply(client, comment, text="In private: 5"):
    body = {"recipient": {"comment_id": comment["id"]}, "message": {"text": text}}
    return client.graph("POST", "me/messages", json=body)


# === COMMENTS === #


def test_a_comment_comes_as_a_change_with_seconds(instagram, client, receiver):
    """Times of comments are in seconds, and the body has blanks, unlike those of messages."""
    comment = comment_on(client, media="77", timestamp="2026-11-02T10:00:00Z", parent="5")

    body = receiver.wait()[0].body
    (entry,) = json.loads(body)["entry"]
    assert entry["time"] == 1793613600
    assert b'"field": "comments"' in body
    assert entry["changes"][0]["value"] == {
        "from": {"id": "9001", "username": "zoe"},
        "media": {"id": "77", "media_product_type": "FEED"},
        "id": comment["id"],
        "parent_id": "5",
        "text": "Price?",
    }


def test_a_comment_has_other_shapes_too(instagram, client, receiver):
    """The documentation, Facebook Login and real bodies differ; the product takes them all."""
    comment_on(client, shape="flat", id_key="comment_id", live=True, other_id=True)

    (entry,) = json.loads(receiver.wait()[0].body)["entry"]
    assert (entry["field"], "changes" in entry) == ("live_comments", False)
    assert entry["value"]["comment_id"]
    assert entry["value"]["from"]["id"] != "9001"
    assert entry["value"]["media"]["media_product_type"] == "IG_LIVE"


def test_a_comment_is_answered_once_in_private(instagram, client, receiver):
    """The answer tells the id for direct messages, an echo comes, and the window stays closed."""
    comment = comment_on(client)

    first, second = private_reply(client, comment), private_reply(client, comment)
    direct = client.dm("9001", "more")

    assert first.json()["recipient_id"] == "9001"
    assert error(second) == (400, 100, 2534025)
    assert error(direct) == (403, 10, 2534022)
    assert content(receiver.wait(2)[1])["message"]["is_echo"] is True


def test_comments_are_not_answered_for_ever(instagram, client):
    """Seven days, or as long as the broadcast lasts; a refused text uses nothing up."""
    old, live = comment_on(client), comment_on(client, live=True)
    too_long = private_reply(client, live, "x" * 1001)
    client.control("POST", f"comments/{live['id']}/end")
    client.control("POST", "clock", advance=8 * 86400)

    assert error(too_long) == (400, 100, None)
    assert error(private_reply(client, live)) == (400, 100, 2534025)
    assert error(private_reply(client, old)) == (400, 100, 2534025)


def test_a_public_answer_is_told_as_a_comment_of_our_own(instagram, client, receiver):
    """The product must not take it for a customer."""
    comment = comment_on(client)

    answer = client.graph("POST", f"{comment['id']}/replies?message=Hello").json()

    (entry,) = json.loads(receiver.wait(2)[1].body)["entry"]
    value = entry["changes"][0]["value"]
    assert (value["id"], value["parent_id"]) == (answer["id"], comment["id"])
    assert value["from"]["id"] == IG_ACCOUNT


# === THREADS === #


def test_another_app_can_take_the_thread(chat, client, receiver):
    """While it has it, messages come in `standby`, and sends are refused."""
    client.control("POST", "customers/zoe/actions", action="take_thread_control")
    client.control(
        "POST", "customers/zoe/messages", postback={"title": "Prices", "payload": "PRICES"}
    )
    refused = client.dm("9001", "x")
    client.control("POST", "customers/zoe/actions", action="pass_thread_control")
    accepted = client.dm("9001", "x")

    taken, standby, passed = (json.loads(r.body)["entry"][0] for r in receiver.wait(4)[1:4])
    assert taken["messaging"][0]["take_thread_control"]["previous_owner_app_id"] == APP
    assert "payload" not in standby["standby"][0]["postback"]
    assert passed["messaging"][0]["pass_thread_control"]["new_owner_app_id"] == APP
    assert error(refused) == (403, 10, 2018300)
    assert accepted.status_code == 200


@pytest.mark.parametrize(
    ("action", "opens"), [("react", True), ("referral", True), ("read", False)]
)
def test_what_opens_the_window(chat, client, action, opens):
    """A link or a reaction does, a read receipt does not."""
    client.dm("9001", "x")
    client.control("POST", "clock", advance=25 * 3600)
    client.control("POST", "customers/zoe/actions", action=action)

    assert client.dm("9001", "y").ok is opens


def test_seen_typing_and_reactions_are_in_the_log(chat, client, sandbox):
    """Sender actions leave no message; a test finds them here, the page shows them."""
    for action in ("typing_on", "mark_seen", "react"):
        mid = chat.control.thread("zoe")[0].id
        payload = {"message_id": mid, "reaction": "love"}
        body = {"recipient": {"id": "9001"}, "sender_action": action, "payload": payload}
        assert client.graph("POST", "me/messages", json=body).json() == {"recipient_id": "9001"}

    entries = sandbox.log.entries(kind="sender_action")
    assert [entry["action"] for entry in entries] == ["typing_on", "mark_seen", "react"]
    assert chat.control.thread("zoe")[0].status == "read"
    unreact = {"recipient": {"id": "9001"}, "sender_action": "unreact", "payload": payload}
    client.graph("POST", "me/messages", json=unreact)
    assert "business" not in chat.control.thread("zoe")[0].reactions


def test_an_answer_can_quote_a_message(chat, client, receiver):
    """Inline replies stand at the top level of the call and in the echo's message."""
    mid = chat.control.thread("zoe")[0].id

    client.dm("9001", "that one", reply_to={"mid": mid})

    assert content(receiver.wait(2)[1])["message"]["reply_to"] == {"mid": mid}
    assert error(client.dm("9001", "x", reply_to={"mid": "no"})) == (400, 100, None)


# === TOKENS, LIMITS, BATCHES === #


@pytest.mark.parametrize(
    ("spec", "subcode"), [({"expires_in": -1}, 463), ({"dead": 460}, 460), ({"dead": 467}, 467)]
)
def test_a_token_can_die(chat, client, spec, subcode):
    """Expired and revoked look different to the product."""
    client.control("POST", f"accounts/{IG_ACCOUNT}/token", **spec)

    assert error(client.dm("9001", "x")) == (401, 190, subcode)


def test_a_token_is_refreshed_after_a_day_and_for_sixty(chat, client):
    """Too early is refused; the new one ends like every token."""
    refresh = "refresh_access_token?grant_type=ig_refresh_token"
    client.control("POST", f"accounts/{IG_ACCOUNT}/token", age=3600, expires_in=9 * 86400)
    early = client.graph("GET", refresh)
    client.control("POST", "clock", advance=86400)
    token = client.graph("GET", refresh).json()["access_token"]
    client.control("POST", "clock", advance=61 * 86400)

    assert error(early) == (400, 100, None)
    assert error(client.graph("GET", "me", token=token)) == (401, 190, 463)


def test_a_subscription_can_end_silently(chat, client):
    """Meta does that after an hour of failures; only asking shows it."""
    client.control("POST", f"accounts/{IG_ACCOUNT}/subscription", fields=[])

    lost = chat.control.customer_sends("zoe", text="hi")

    assert lost["webhook"]["error"] == "skipped: no app is subscribed"
    assert client.graph("GET", "me/subscribed_apps").json() == {"data": []}


def test_calls_a_second_are_counted(chat, client):
    """The third within the second is refused with a hint, other calls are not."""
    client.control("POST", "settings", instagram_rate=2, rate_block=120, instagram_usage=80)

    answers = [client.dm("9001", f"m{number}") for number in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["error"]["code"] == 80002
    hint = json.loads(answers[2].headers["X-Business-Use-Case-Usage"])[IG_ACCOUNT][0]
    assert hint["estimated_time_to_regain_access"] == 2
    me = client.graph("GET", "me")
    assert json.loads(me.headers["X-App-Usage"])["call_count"] == 80


def test_one_app_batches_entries_of_several_accounts(chat, client, receiver):
    """They share secret and address, and at most 1000 come at once."""
    shared = {"app_secret": "app-secret", "callback_url": receiver.url, "handshake": False}
    client.control("POST", "accounts", provider="instagram", id="2", username="b", **shared)
    client.control("POST", "faults", call="webhook", action="hold", times="always")
    for number in range(1001):
        account = "2" if number % 2 else IG_ACCOUNT
        chat.control.customer_sends("zoe", account=account, text=f"m{number}", sync=False)
    client.control("DELETE", "faults")
    receiver.received.clear()

    client.control("POST", "webhooks/release", batch=True)

    first, second = (json.loads(received.body)["entry"] for received in receiver.wait(2))
    assert (len(first), len(second)) == (1000, 1)
    assert {entry["id"] for entry in first} == {IG_ACCOUNT, "2"}


def test_a_page_account_answers_as_facebook_does(sandbox, client):
    """The other product has the page's id in its addresses and another version header."""
    sandbox.control.add_account("instagram", id="1", page_id="55", token="page-token")

    me = client.graph("GET", "me?fields=instagram_business_account{id}", token="page-token")

    assert me.json()["id"] == "55"
    assert me.json()["instagram_business_account"]["id"] == "1"
    assert me.headers["facebook-api-version"] == "v26.0"
    assert client.graph("GET", "55/subscribed_apps", token="page-token").ok
