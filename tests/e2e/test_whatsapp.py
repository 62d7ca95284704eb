"""WhatsApp, which was added the way a third party would: an adapter, a line, payload files."""

import pytest

from tests.odoo_server import wait_for
from tests.shop import Shop, make_agent

PICTURE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89"


@pytest.fixture
def shop(odoo, sandbox):
    running = Shop(odoo, sandbox)
    running.whatsapp = running.connect_whatsapp()
    yield running
    odoo.rpc("omnichannel.account", "write", [[running.whatsapp["id"]], {"active": False}])
    running.close()


def writes(shop, customer, text="", **values):
    values = {"account": shop.whatsapp["sender"], "provider": "whatsapp", "text": text, **values}
    answer = shop.sandbox.control.customer_sends(customer["id"], **values)["webhook"]
    assert answer["status"] == 200, answer


def test_a_customer_of_the_sms_number_is_the_same_on_whatsapp(shop):
    ana = shop.customer("Ana")
    agent = make_agent(shop.odoo, "agent")
    shop.writes(ana, "Hello by SMS", on="sms")
    conversation = shop.conversation_of(ana["number"])

    writes(shop, ana, "And on WhatsApp")
    shop.wait_for_messages(conversation, 2)
    sent = agent.post(conversation, "<p>Got both</p>", "whatsapp")

    shop.wait_for_state(sent, "read", "delivered")
    texts = [message["preview"] for message in shop.messages(conversation)]
    assert texts == ["Hello by SMS", "And on WhatsApp", "Got both"]
    assert "Got both" in shop.phone(ana)


def test_a_picture_on_whatsapp_is_fetched(shop):
    ana = shop.customer("Ana")
    url = shop.sandbox.media.put(PICTURE, "bike.png", "image/png")

    writes(shop, ana, attachments=[{"type": "image", "url": url, "caption": "This one"}])
    conversation = shop.conversation_of(ana["number"])

    def attached():
        domain = [("res_model", "=", "discuss.channel")]
        domain += [("res_id", "=", conversation["channel_id"][0])]
        return shop.odoo.rpc("ir.attachment", "search_read", [domain, ["mimetype"]])

    (attachment,) = wait_for(attached, 30, "the picture never came")
    assert attachment["mimetype"] == "image/png"


def test_a_message_that_can_not_be_delivered_fails_and_says_why(shop):
    """Meta takes it and tells the failure later, in a status."""
    ana = shop.customer("Ana")
    agent = make_agent(shop.odoo, "agent")
    writes(shop, ana, "Hello")
    conversation = shop.conversation_of(ana["number"])
    shop.wait_for_messages(conversation, 1)
    shop.sandbox.control.add_customer(id=ana["id"], blocked=True)

    sent = agent.post(conversation, "<p>Hello?</p>", "whatsapp")

    assert shop.wait_for_state(sent, "failed") == "failed"
    (_question, answer) = shop.messages(conversation)
    assert "undeliverable" in answer["error"]
