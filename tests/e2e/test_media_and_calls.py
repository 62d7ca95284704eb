"""Files and phone calls over real HTTP: from the webhook to what stands in the thread."""

import base64

import pytest
import requests

from tests.odoo_server import wait_for
from tests.shop import Shop, make_agent

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def shop(odoo, sandbox):
    running = Shop(odoo, sandbox, voice=True)
    yield running
    running.close()


def upload(sandbox, content=PICTURE, name="lamp.png"):
    """Give the sandbox a file that a customer can send. Return its address."""
    address = f"{sandbox.url}/control/media?name={name}"
    return requests.post(address, data=content, timeout=30).json()["url"]


def attachments_of(shop, conversation, count, timeout=30):
    """Wait for the files in a conversation's thread, return them."""
    names = ["name", "mimetype", "datas"]
    domain = [("res_model", "=", "discuss.channel"), ("res_id", "=", conversation["channel_id"][0])]
    return wait_for(
        lambda: [
            found
            for found in [shop.odoo.rpc("ir.attachment", "search_read", [domain, names])]
            if len(found) >= count
        ],
        timeout,
        "the file never came",
    )[0]


def call_of(shop, conversation, state, timeout=30):
    """Wait until the conversation's only call is in a state, return it and its text."""
    names = ["state", "seconds", "answered_by", "recording_url", "transcript", "message_id"]
    domain = [("conversation_id", "=", conversation["id"])]

    def reached():
        found = shop.odoo.rpc("omnichannel.call", "search_read", [domain, names])
        return found if found and found[0]["state"] == state else None

    (call,) = wait_for(reached, timeout, f"no call became {state}")
    return call


def test_pictures_come_into_the_thread(shop, sandbox):
    ana = shop.customer()
    url = upload(sandbox)

    shop.writes(ana, "This one", attachments=[{"type": "image", "url": url}])
    conversation = shop.conversation_of(ana["igsid"])
    (picture,) = attachments_of(shop, conversation, 1)
    shop.odoo.rpc(
        "res.partner", "write", [[conversation["partner_id"][0]], {"phone": ana["number"]}]
    )
    shop.writes(ana, "And this", on="sms", attachments=[{"type": "image", "url": url}])
    pictures = attachments_of(shop, conversation, 2)

    assert picture["mimetype"] == "image/png"
    assert [base64.b64decode(p["datas"]) for p in pictures] == [PICTURE] * 2
    texts = [message["preview"] for message in shop.messages(conversation)]
    assert texts == ["This one", "And this"]


def test_a_page_is_no_page_any_more(shop, sandbox):
    ana = shop.customer()
    url = upload(sandbox, b"<html><script>alert(1)</script></html>", "page.html")

    shop.writes(ana, "Look", attachments=[{"type": "file", "url": url}])

    (found,) = attachments_of(shop, shop.conversation_of(ana["igsid"]), 1)
    assert found["mimetype"] == "text/plain"


def test_a_call_is_one_entry_that_fills_in(shop):
    ana = shop.customer()
    shop.writes(ana, "May I call?", on="sms")
    conversation = shop.conversation_of(ana["number"])

    call = shop.calls(ana, steps="manual")
    call_of(shop, conversation, "ringing")
    shop.on_call(call, "answer")
    call_of(shop, conversation, "answered")
    shop.on_call(call, "end", seconds=200)
    found = call_of(shop, conversation, "ended")

    assert found["seconds"] == 200
    texts = [message["preview"] for message in shop.messages(conversation)]
    assert len(texts) == 2
    assert texts[1].startswith("Incoming call, 3 min 20 s")


@pytest.mark.parametrize("outcome", ["no-answer", "busy", "hangup"])
def test_nobody_took_the_call(shop, outcome):
    ana = shop.customer()

    shop.calls(ana, outcome=outcome)

    conversation = shop.conversation_of(ana["number"])
    call_of(shop, conversation, "missed")
    (message,) = shop.messages(conversation)
    assert message["preview"].startswith("Missed call")
    assert shop.conversation_of(ana["number"])["waiting_for"] == "us"


def test_a_voice_message_can_be_listened_to_by_an_agent(shop):
    values = {"forward_to": False, "greeting": "Leave a message"}
    shop.odoo.rpc("omnichannel.account", "write", [[shop.voice["id"]], values])
    ana = shop.customer()

    shop.calls(ana, voicemail=5)

    conversation = shop.conversation_of(ana["number"])
    call = wait_for(
        lambda: [c for c in [call_of(shop, conversation, "missed")] if c["recording_url"]],
        message="the recording never came",
    )[0]
    agent = make_agent(shop.odoo, "ada")
    heard = agent.http.get(f"{shop.odoo.url}/omnichannel/recording/{call['id']}", timeout=60)
    assert heard.status_code == 200
    assert heard.headers["Content-Type"].startswith("audio/")


def test_anonymous_callers_are_nobody_we_know(shop):
    ana, bea = shop.customer("Ana"), shop.customer("Bea")

    shop.calls(ana, anonymous=True, outcome="no-answer")
    shop.calls(bea, anonymous="+266696687", outcome="no-answer")

    conversation = shop.conversation_of("anonymous")
    messages = shop.wait_for_messages(conversation, 2)
    assert [message["channel"] for message in messages] == ["voice", "voice"]
    assert not conversation["lead_id"]
    domain = [("value", "in", [ana["number"], bea["number"]])]
    assert not shop.odoo.rpc("omnichannel.identity", "search_count", [domain])
