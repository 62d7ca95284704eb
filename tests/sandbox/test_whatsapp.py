"""WhatsApp Cloud: messages, statuses, files, the window."""

import base64
import hashlib
import hmac
import json

import pytest
import requests

from .conftest import IG_ACCOUNT
from .test_instagram import error

PHONE = "106540352242922"
TOKEN = "wa-token"
ZOE = "15550002000"


def content(received) -> dict:
    """Return the one `value` in a webhook."""
    return json.loads(received.body)["entry"][0]["changes"][0]["value"]


@pytest.fixture
def whatsapp(sandbox, receiver):
    """A number of ours, and a customer with WhatsApp."""
    sandbox.state.change_settings({"instagram_retries": []})
    sandbox.control.add_account(
        "whatsapp",
        phone_number_id=PHONE,
        number="+15550001000",
        token=TOKEN,
        app_secret="app-secret",
        verify_token="verify-me",
        callback_url=receiver.url,
    )
    sandbox.control.add_customer(id="zoe", name="Zoë", number=f"+{ZOE}")
    return sandbox


@pytest.fixture
def chat(whatsapp, receiver):
    """A customer who wrote; the webhook of that is not counted."""
    write(whatsapp, text="hello")
    receiver.received.clear()
    return whatsapp


def write(sandbox, **spec):
    return sandbox.control.customer_sends("zoe", **{"provider": "whatsapp", **spec})


def send(client, **more):
    body = {"messaging_product": "whatsapp", "to": ZOE, "type": "text", "text": {"body": "Hi"}}
    return client.graph("POST", f"{PHONE}/messages", token=TOKEN, json={**body, **more})


def test_a_message_has_the_shape_of_meta(whatsapp, receiver):
    """Routing is by phone_number_id, times are seconds as text, and it is signed."""
    result = write(whatsapp, text="Grüße", timestamp="2026-11-02T10:00:00Z")

    (received,) = receiver.wait()
    expected = hmac.new(b"app-secret", received.body, hashlib.sha256).hexdigest()
    value = content(received)
    assert received.headers["x-hub-signature-256"] == f"sha256={expected}"
    assert json.loads(received.body)["object"] == "whatsapp_business_account"
    assert value["metadata"] == {
        "display_phone_number": "15550001000",
        "phone_number_id": PHONE,
    }
    assert value["contacts"] == [{"profile": {"name": "Zoë"}, "wa_id": ZOE}]
    assert value["messages"] == [
        {
            "from": ZOE,
            "id": result["message"]["id"],
            "timestamp": "1793613600",
            "type": "text",
            "text": {"body": "Grüße"},
        }
    ]


def test_a_customer_may_have_no_number(whatsapp, receiver):
    """Since there are user names, `from` can be absent."""
    write(whatsapp, text="hi", user_id="US.1234")

    value = content(receiver.wait()[0])
    assert "from" not in value["messages"][0]
    assert value["contacts"][0]["user_id"] == "US.1234"


def test_a_send_is_told_sent_and_delivered(chat, client, receiver):
    """Our own data comes back with each status."""
    answer = send(client, biz_opaque_callback_data="uuid-7").json()

    statuses = [content(received)["statuses"][0] for received in receiver.wait(2)]
    assert [status["status"] for status in statuses] == ["sent", "delivered"]
    assert {status["id"] for status in statuses} == {answer["messages"][0]["id"]}
    assert {status["biz_opaque_callback_data"] for status in statuses} == {"uuid-7"}
    assert statuses[0]["recipient_id"] == answer["contacts"][0]["wa_id"] == ZOE


def test_a_read_message_is_told(chat, client, receiver):
    """Customers read when a test says so."""
    send(client)
    receiver.wait(2)

    client.control("POST", "customers/zoe/actions", action="read", provider="whatsapp")

    assert content(receiver.wait(3)[2])["statuses"][0]["status"] == "read"


def test_outside_the_window_it_fails_later(chat, client, receiver):
    """The call is taken; only the status tells. Templates may always be sent."""
    client.control("POST", "clock", advance=25 * 3600)
    template = {"name": "hello", "language": {"code": "en"}}

    late = send(client)
    failed = content(receiver.wait()[0])["statuses"][0]
    send(client, type="template", template=template)

    assert late.status_code == 200
    assert (failed["status"], failed["errors"][0]["code"]) == ("failed", 131047)
    assert content(receiver.wait(2)[1])["statuses"][0]["status"] == "sent"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"messaging_product": ""}, (400, 100, None)),
        ({"to": ""}, (400, 100, None)),
        ({"text": {"body": "x" * 4097}}, (400, 100, None)),
        ({"type": "image", "image": {}}, (400, 100, None)),
        ({"type": "dance", "dance": {}}, (400, 100, None)),
    ],
)
def test_a_bad_send_is_refused(chat, client, more, expected):
    """Each refusal comes before anything is sent."""
    assert error(send(client, **more)) == expected
    assert len(chat.control.thread("zoe")) == 1


def test_a_file_of_a_customer_is_asked_for_by_id(chat, client, receiver):
    """The address is short-lived and needs the token, too."""
    url = client.control("POST", "media?name=cat.png")["url"]
    write(chat, attachments=[{"type": "image", "url": url, "caption": "Look"}])
    image = content(receiver.wait()[0])["messages"][0]["image"]

    file = client.graph("GET", image["id"], token=TOKEN).json()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    good = requests.get(file["url"], headers=headers)
    bare = requests.get(file["url"])
    client.control("POST", "clock", advance=600)
    late = requests.get(file["url"], headers=headers)

    assert image["caption"] == "Look"
    assert base64.b64decode(image["sha256"]).hex() == file["sha256"]
    assert (good.status_code, good.headers["Content-Type"]) == (200, "image/png")
    assert (bare.status_code, late.status_code) == (401, 404)


def test_a_file_is_sent_by_its_link(chat, client, receiver):
    """Meta downloads it; a dead link fails later."""
    url = client.control("POST", "media?name=a.png")["url"]

    send(client, type="image", image={"link": url, "caption": "Here"})
    receiver.wait(2)
    send(client, type="image", image={"link": f"{client.url}/media/gone"})

    assert chat.control.thread("zoe")[1].text == "Here"
    assert content(receiver.wait(3)[2])["statuses"][0]["errors"][0]["code"] == 131053


def test_reactions_answers_and_seen(chat, client, receiver):
    """They refer to messages by their ids."""
    mid = chat.control.thread("zoe")[0].id
    send(client, context={"message_id": mid})
    send(client, type="reaction", reaction={"message_id": mid, "emoji": "❤️"})
    send(client, status="read", message_id=mid, typing_indicator={"type": "text"})
    receiver.wait(2)
    client.control("POST", "customers/zoe/actions", action="react", provider="whatsapp")

    reaction = content(receiver.wait(3)[2])["messages"][0]["reaction"]
    first, answer = chat.control.thread("zoe")
    assert answer.reply_to == {"mid": mid}
    assert (first.reactions["business"]["emoji"], first.status) == ("❤️", "read")
    assert reaction == {"message_id": answer.id, "emoji": "❤️"}
    actions = [entry["action"] for entry in chat.log.entries(kind="sender_action")]
    assert actions == ["react", "mark_seen", "typing_on"]


def test_it_lives_beside_instagram(chat, instagram, client):
    """Both are at the same address; who calls is known by the token and the number's id."""
    assert client.graph("GET", "me").json()["id"]
    assert client.graph("GET", PHONE, token=TOKEN).json()["display_phone_number"] == "+15550001000"
    assert error(client.graph("POST", f"{PHONE}/messages", json={})) == (401, 190, None)
    assert error(client.graph("POST", f"{IG_ACCOUNT}/messages", token=TOKEN, json={}))[1] == 100
    client.control("POST", f"accounts/{PHONE}/token", dead=460)
    assert error(send(client)) == (401, 190, 460)


def test_faults_hit_it_like_the_others(chat, client):
    """A rate limit has WhatsApp's own code."""
    client.control("POST", "faults", provider="whatsapp", call="send", action="rate_limit")
    client.control("POST", "settings", whatsapp_rate=1)

    refused, accepted, counted = send(client), send(client), send(client)

    assert error(refused) == (429, 130429, None)
    assert accepted.status_code == 200
    assert error(counted) == (429, 130429, None)
