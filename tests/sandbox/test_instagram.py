"""The Instagram Graph API and its webhooks."""

import hashlib
import hmac
import json

import pytest

from tests.sandbox.graph_events import signature

from .conftest import IG_ACCOUNT


def content(received) -> dict:
    """Return the one item of `messaging` in a webhook."""
    return json.loads(received.body)["entry"][0]["messaging"][0]


def error(answer) -> tuple:
    """Return HTTP status, code and subcode of a refused call."""
    body = answer.json()["error"]
    return answer.status_code, body["code"], body.get("error_subcode")


@pytest.fixture
def chat(instagram):
    """A customer who wrote a moment ago, so that the window is open."""
    instagram.control.customer_sends("zoe", text="hello")
    return instagram


# === WEBHOOKS === #


def test_the_signature_fits_the_published_vector():
    """A sandbox that signs wrongly would train the product to accept wrong signatures."""
    made = signature("It's a Secret to Everybody", b"Hello, World!")

    assert made == "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def test_a_message_is_signed_over_the_escaped_bytes(instagram, receiver):
    """The product must hash raw bytes: re-serialised JSON has to differ from what is sent."""
    result = instagram.control.customer_sends("zoe", text="Łódź ❤️ a/b")

    (received,) = receiver.wait()
    expected = hmac.new(b"app-secret", received.body, hashlib.sha256).hexdigest()
    assert received.headers["x-hub-signature-256"] == f"sha256={expected}"
    assert b'"text":"\\u0141\\u00f3d\\u017a \\u2764\\ufe0f a\\/b"' in received.body
    assert result["webhook"]["status"] == 200
    assert result["webhook"]["body"] == "ok"


def test_a_message_has_the_shape_of_meta(instagram, receiver):
    """The product parses sender, recipient, milliseconds and mid from this envelope."""
    result = instagram.control.customer_sends("zoe", text="hi", timestamp="2026-11-02T10:00:00Z")

    payload = json.loads(receiver.wait()[0].body)
    assert payload["object"] == "instagram"
    assert payload["entry"][0]["id"] == IG_ACCOUNT
    assert payload["entry"][0]["time"] > 10**12
    assert payload["entry"][0]["messaging"] == [
        {
            "sender": {"id": "9001"},
            "recipient": {"id": IG_ACCOUNT},
            "timestamp": 1793613600000,
            "message": {"mid": result["message"]["id"], "text": "hi"},
        }
    ]


def test_the_handshake_decides_whether_webhooks_come(sandbox, receiver):
    """A product that answers the challenge wrongly must not seem to work."""
    account = {"id": "1", "callback_url": receiver.url, "app_secret": "s"}

    refused = sandbox.control.add_account("instagram", verify_token="wrong", **account)
    sandbox.control.add_customer("instagram", id="9001", username="zoe")
    unheard = sandbox.control.customer_sends("zoe", text="hi")
    accepted = sandbox.control.add_account("instagram", verify_token="verify-me", **account)
    heard = sandbox.control.customer_sends("zoe", text="hi")

    assert refused["handshake"] == {"ok": False, "status": 403, "body": "no", "error": ""}
    assert unheard["webhook"]["error"] == "skipped: the callback is not verified"
    assert accepted["verified"]
    assert heard["webhook"]["status"] == 200


@pytest.mark.parametrize(
    ("action", "more", "key", "value"),
    [
        ("react", {"reaction": "wow"}, "reaction", {"action": "react", "reaction": "wow"}),
        ("unreact", {}, "reaction", {"action": "unreact"}),
        ("read", {}, "read", {}),
        ("edit", {"text": "new"}, "message_edit", {"text": "new", "num_edit": 1}),
        ("unsend", {}, "message", {"is_deleted": True}),
    ],
)
def test_what_customers_do_to_messages_is_told(chat, client, receiver, action, more, key, value):
    """Each kind of event has its own key and refers to the old message by mid."""
    client.dm("9001", "answer")
    receiver.wait(2)

    client.control("POST", "customers/zoe/actions", action=action, **more)

    item = content(receiver.wait(3)[2])
    own = action in ("edit", "unsend")
    thread = chat.control.thread("zoe")
    assert item["sender"] == {"id": "9001"}
    assert item[key].pop("mid") == thread[0 if own else 1].id
    assert value.items() <= item[key].items()


def test_a_postback_has_title_and_payload(instagram, receiver):
    """Buttons come under their own key."""
    postback = {"title": "Prices", "payload": "PRICES"}

    instagram.control.customer_sends("zoe", postback=postback)

    assert postback.items() <= content(receiver.wait()[0])["postback"].items()


def test_an_answer_in_the_app_comes_as_an_echo(chat, client, receiver):
    """In an echo the customer is the recipient."""
    client.control("POST", "customers/zoe/app_messages", text="from the app")

    item = content(receiver.wait(2)[1])
    assert item["sender"] == {"id": IG_ACCOUNT}
    assert item["recipient"] == {"id": "9001"}
    assert item["message"]["is_echo"] is True
    assert item["message"]["text"] == "from the app"


def test_a_failed_webhook_is_tried_again(instagram, receiver):
    """Meta repeats what was not answered with 200."""
    instagram.state.change_settings({"instagram_retries": [0, 0]})
    receiver.statuses.extend([500, 403])

    first = instagram.control.customer_sends("zoe", text="hi")

    bodies = [received.body for received in receiver.wait(3)]
    assert first["webhook"]["status"] == 500
    assert first["webhook"]["retried"] is True
    assert len(set(bodies)) == 1
    entries = instagram.log.wait(3, kind="webhook")
    assert [entry["status"] for entry in entries] == [500, 403, 200]


def test_the_same_person_has_another_id_with_another_account(chat, receiver):
    """Products that key customers on the Instagram id alone must fail here."""
    chat.control.add_account("instagram", id="2", username="other", callback_url=receiver.url)

    chat.control.customer_sends("zoe", account="@other", text="hi", sync=True)

    customer = chat.state.customer("zoe")
    assert customer.igsids[IG_ACCOUNT] == "9001"
    assert customer.igsids["2"] != "9001"


# === SENDING === #


def test_a_send_reaches_the_phone_and_is_echoed(chat, client, receiver):
    """The echo with the returned id is the only receipt that a sender gets."""
    answer = client.dm("9001", "Hallo Zoë")

    mid = answer.json()["message_id"]
    assert answer.json()["recipient_id"] == "9001"
    assert content(receiver.wait(2)[1])["message"] == {
        "mid": mid,
        "text": "Hallo Zoë",
        "is_echo": True,
    }
    assert chat.control.thread("zoe")[-1].source == "api"
    assert answer.headers["instagram-api-version"] == "v26.0"
    assert json.loads(answer.headers["X-App-Usage"])["call_count"] == 3


def test_a_wrong_token_is_error_190(chat, client):
    """The product stops an account on this."""
    answer = client.graph("POST", "me/messages", token="old", json={})

    assert error(answer) == (401, 190, None)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"recipient": {"id": "404"}, "message": {"text": "x"}}, (400, 100, 2534014)),
        ({"recipient": {"id": "9001"}, "message": {"text": "é" * 501}}, (400, 100, None)),
        ({"recipient": {"id": "9001"}, "message": {"attachments": {}}}, (400, 100, None)),
        ({"recipient": {"id": "9001"}}, (400, 100, None)),
        ({"message": {"text": "x"}}, (400, 100, None)),
        (
            {"recipient": {"id": "9001"}, "message": {"text": "x"}, "tag": "ACCOUNT_UPDATE"},
            (400, 100, None),
        ),
    ],
)
def test_a_bad_send_is_refused_like_instagram_does(chat, client, body, expected):
    """Each refusal has its own code, which the product classifies."""
    assert error(client.graph("POST", "me/messages", json=body)) == expected


def test_a_text_of_1000_bytes_is_taken(chat, client):
    """The limit counts bytes, and 1000 are allowed."""
    assert client.dm("9001", "é" * 500).status_code == 200


def test_after_a_day_only_people_may_write_and_after_a_week_nobody(chat, client):
    """The product computes the same window and must agree with the provider."""
    human = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}

    client.control("POST", "clock", advance=25 * 3600)
    late, by_human = client.dm("9001", "x"), client.dm("9001", "x", **human)
    client.control("POST", "clock", advance=7 * 86400)
    too_late = client.dm("9001", "x", **human)

    assert error(late) == (403, 10, 2534022)
    assert by_human.status_code == 200
    assert error(too_late) == (403, 10, 2534022)


def test_an_attachment_is_downloaded_while_sending(chat, client, sandbox):
    """A file behind a login or a dead link fails the send, as at Meta."""
    good = client.control("POST", "media?name=a.png")["url"]

    def send(url):
        attachment = {"type": "image", "payload": {"url": url}}
        body = {"recipient": {"id": "9001"}, "message": {"attachment": attachment}}
        return client.graph("POST", "me/messages", json=body)

    assert send(good).status_code == 200
    assert error(send(f"{sandbox.url}/media/gone")) == (400, 100, 2018007)


def test_the_business_can_react(chat, client):
    """Reactions go through the same endpoint."""
    mid = chat.control.thread("zoe")[0].id
    body = {
        "recipient": {"id": "9001"},
        "sender_action": "react",
        "payload": {"message_id": mid, "reaction": "love"},
    }

    answer = client.graph("POST", "me/messages", json=body)

    assert answer.json() == {"recipient_id": "9001"}
    assert chat.control.thread("zoe")[0].reactions["business"]["reaction"] == "love"


# === READING === #


def test_a_profile_needs_a_message_first(instagram, client):
    """Before, the call fails; the product must live without a name."""
    refused = client.graph("GET", "9001?fields=name,username")
    instagram.control.customer_sends("zoe", text="hi")
    shown = client.graph("GET", "9001?fields=name,username")

    assert error(refused) == (403, 230, None)
    assert shown.json() == {"id": "9001", "name": "Zoë Żak", "username": "zoe"}


def test_the_conversation_shows_the_twenty_newest(instagram, client):
    """Gap repair can only get this far back."""
    for number in range(22):
        instagram.control.customer_sends("zoe", text=f"m{number}")

    found = client.graph("GET", "me/conversations?platform=instagram&user_id=9001").json()["data"]
    fields = "messages{id,created_time,from,to,message}"
    conversation = client.graph("GET", f"{found[0]['id']}?fields={fields}").json()
    messages = conversation["messages"]["data"]
    one = client.graph("GET", f"{messages[0]['id']}?fields=message,from").json()

    assert [m.get("message") for m in messages[:2]] == ["m21", "m20"]
    assert messages[0]["from"] == {"id": "9001", "username": "zoe"}
    assert [set(m) for m in messages[20:]] == [{"id"}, {"id"}]
    assert one["message"] == "m21"
    assert error(client.graph("GET", messages[21]["id"])) == (400, 100, 33)


def test_subscriptions_switch_the_webhooks(chat, client):
    """Without a subscription Meta is silent, which the product's health check must notice."""
    assert client.graph("DELETE", "me/subscribed_apps").json() == {"success": True}
    silent = chat.control.customer_sends("zoe", text="hi")
    listed = client.graph("GET", "me/subscribed_apps").json()
    unknown = client.graph("POST", "me/subscribed_apps?subscribed_fields=nonsense")
    client.graph("POST", "me/subscribed_apps?subscribed_fields=messages,messaging_seen")
    heard = chat.control.customer_sends("zoe", text="hi")

    assert silent["webhook"]["error"] == "skipped: no app is subscribed"
    assert listed == {"data": []}
    assert error(unknown) == (400, 100, None)
    assert heard["webhook"]["status"] == 200


def test_a_token_can_be_refreshed(chat, client):
    """The new token works at once."""
    answer = client.graph("GET", "refresh_access_token?grant_type=ig_refresh_token").json()

    me = client.graph("GET", "me?fields=user_id,username", token=answer["access_token"]).json()
    assert answer["expires_in"] > 5_000_000
    assert me["user_id"] == IG_ACCOUNT
    assert me["id"] != IG_ACCOUNT
