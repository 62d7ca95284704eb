"""Calls over the sandbox's telephone network, as they arrive in Odoo."""

import pytest

from tests.odoo_server import wait_for
from tests.shop import Shop


@pytest.fixture
def shop(odoo, sandbox):
    running = Shop(odoo, sandbox, voice=True)
    yield running
    running.close()


def call_of(shop, message):
    """Return what Odoo knows of a call."""
    names = ["state", "seconds", "answered_by", "recording_url", "transcript"]
    domain = [("message_id", "=", message["id"])]
    (found,) = shop.odoo.rpc("omnichannel.call", "search_read", [domain, names])
    return found


def test_the_calls_of_a_customer_stand_between_the_texts(shop):
    """One entry for each, which all the webhooks fill in, and Twilio got what it expects."""
    ana = shop.customer("Ana")
    shop.writes(ana, "Please call me", on="sms")
    conversation = shop.conversation_of(ana["number"])

    taken = shop.calls(ana, outcome="answered", seconds=42)
    shop.calls(ana, outcome="no-answer", voicemail=7, transcript="Where is it?")

    _text, first, second = shop.wait_for_messages(conversation, 3)
    assert taken["legs"][0]["recipient"] == shop.forward_to
    assert {first["channel"], second["channel"]} == {"voice"}
    wait_for(lambda: call_of(shop, second)["transcript"], message="no transcript came")
    assert shop.sandbox.webhooks.wait_idle()
    answered, missed = call_of(shop, first), call_of(shop, second)
    assert (answered["seconds"], answered["answered_by"]) == (42, shop.forward_to)
    assert (missed["seconds"], missed["transcript"]) == (0, "Where is it?")
    assert missed["recording_url"]
    assert not shop.sandbox.log.entries(kind="call", change="application error")
    assert len(shop.messages(conversation)) == 3
