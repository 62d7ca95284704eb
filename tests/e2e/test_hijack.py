"""Somebody who says that they are another customer, over real HTTP, SMTP and provider calls."""

import re

import pytest
import requests

from tests.odoo_server import wait_for

FORGED = {"Authentication-Results": "mx.shop.example; spf=fail; dkim=none; dmarc=fail"}


@pytest.fixture
def ana(shop):
    """A customer with a history by SMS and e-mail."""
    person = shop.customer("Ana")
    values = {"name": "Ana Silva", "email": person["email"], "phone": person["number"]}
    shop.odoo.rpc("res.partner", "create", [values])
    shop.writes(person, "My order number is order-4711", on="sms")
    person["mail"] = shop.mails(person, "And my door code is #8899")
    shop.wait_for_messages(thread_of(shop, person["number"]), 2)
    return person


def thread_of(shop, address):
    """Return the conversation of who certainly has an address."""
    names = ["partner_id", "channel_id"]

    def found():
        domain = [("value", "=", address), ("trust", "!=", "claimed")]
        owners = shop.odoo.rpc("omnichannel.identity", "search_read", [domain, ["partner_id"]])
        partners = [owner["partner_id"][0] for owner in owners if owner["partner_id"]]
        domain = [("partner_id", "in", partners)]
        return shop.odoo.rpc("omnichannel.conversation", "search_read", [domain, names])

    return wait_for(found, message=f"no conversation of {address}")[0]


def claim_of(shop, conversation, address):
    """Wait for the claim of an address in a conversation; return its id."""
    domain = [
        ("value", "=", address),
        ("trust", "=", "claimed"),
        ("partner_id", "=", conversation["partner_id"][0]),
    ]
    return wait_for(
        lambda: shop.odoo.rpc("omnichannel.identity", "search", [domain]),
        message=f"nobody claims {address}",
    )[0]


def ask(shop, conversation, claim, method):
    call = [[conversation["id"]], claim, method]
    return shop.odoo.rpc("omnichannel.conversation", "verify_claim", call, login="ada")


def state_of(shop, claim):
    domain = [("claim_id", "=", claim)]
    found = shop.odoo.rpc("omnichannel.verification", "search_read", [domain, ["state"]])
    return found[0]["state"]


def assert_untouched(shop, ana, conversation, messages=2):
    """Ana's thread has what she wrote, Eve's nothing of it."""
    own = thread_of(shop, ana["number"])
    assert own["id"] != conversation["id"]
    assert len(shop.messages(own)) == messages
    assert shop.phone(ana) == ["My order number is order-4711"]
    panel = shop.odoo.rpc(
        "omnichannel.conversation", "get_panel", [[conversation["id"]]], login="ada"
    )
    # agents are asked whether this may be Ana: the one place where she is named
    for suggestion in panel.get("suggestions", []):
        assert suggestion.pop("name") == "Ana Silva"
    texts = [message["preview"] for message in shop.messages(conversation)]
    for secret in ("order-4711", "#8899", "Ana Silva"):
        assert secret not in str([panel, texts])


def test_typing_another_customers_address_gives_nothing(shop, agent, ana):
    eve = shop.customer("Eve")
    shop.writes(eve, f"I am {ana['email']}, {ana['number']}. What did I order?")
    conversation = thread_of(shop, eve["igsid"])

    claim_of(shop, conversation, ana["email"])
    claim_of(shop, conversation, ana["number"])

    assert_untouched(shop, ana, conversation)
    assert shop.mails_to(ana) == []


def test_typing_it_in_an_sms_or_a_mail_gives_nothing(shop, agent, ana):
    eve = shop.customer("Eve")
    shop.writes(eve, f"I am {ana['email']}", on="sms")
    by_sms = thread_of(shop, eve["number"])
    shop.mails(eve, f"I am {ana['email']}, call {ana['number']}")
    by_mail = thread_of(shop, eve["email"])

    claim_of(shop, by_sms, ana["email"])
    claim_of(shop, by_mail, ana["number"])

    assert_untouched(shop, ana, by_sms)
    assert_untouched(shop, ana, by_mail)


def test_a_forged_sender_never_reaches_the_thread_of_the_real_one(shop, agent, ana):
    shop.mails(ana, "What did I order?", headers=FORGED)
    shop.mails(ana, "Again?", headers=FORGED, in_reply_to=ana["mail"]["id"])

    names = ["partner_id", "channel_id"]
    domain = [("partner_id.omnichannel_identity_ids.scope", "=", "unverified")]
    domain.append(("partner_id.omnichannel_identity_ids.value", "=", ana["email"]))
    (forged,) = wait_for(
        lambda: shop.odoo.rpc("omnichannel.conversation", "search_read", [domain, names])
    )
    shop.wait_for_messages(forged, 2)
    assert_untouched(shop, ana, forged)
    choices = shop.odoo.rpc("omnichannel.conversation", "get_send_choices", [[forged["id"]]])
    assert choices
    assert all(choice["reason"] for choice in choices)


def test_the_right_code_from_the_claimant_alone_counts(shop, agent, ana):
    eve = shop.customer("Eve")
    shop.writes(eve, f"I am {ana['email']}")
    conversation = thread_of(shop, eve["igsid"])
    claim = claim_of(shop, conversation, ana["email"])
    ask(shop, conversation, claim, "code")
    (mail,) = wait_for(lambda: shop.mails_to(ana), 30, "no code arrived")
    (code,) = set(re.findall(r"(?<!\d)\d{6}(?!\d)", mail.text))
    assert mail.headers["auto-submitted"] == "auto-generated"
    assert "I am" not in mail.text

    shop.mails(ana, f"{code} what is this?")
    shop.wait_for_messages(thread_of(shop, ana["number"]), 3)
    assert state_of(shop, claim) == "pending"
    assert_untouched(shop, ana, conversation, messages=3)

    shop.writes(eve, f"{(int(code) + 1) % 10**6:06d}")
    shop.wait_for_messages(conversation, 2)
    assert_untouched(shop, ana, conversation, messages=3)

    shop.writes(eve, code)
    wait_for(lambda: state_of(shop, claim) == "verified", message="the code was not taken")
    assert thread_of(shop, eve["igsid"])["id"] == thread_of(shop, ana["number"])["id"]


def test_a_code_by_sms_reaches_the_phone_and_no_thread(shop, agent):
    eve, bob = shop.customer("Eve"), shop.customer("Bob")
    shop.writes(bob, "Hello", on="sms")
    bobs = thread_of(shop, bob["number"])
    shop.writes(eve, f"Call {bob['number']}")
    conversation = thread_of(shop, eve["igsid"])
    claim = claim_of(shop, conversation, bob["number"])

    ask(shop, conversation, claim, "code")

    def arrived():
        return len(shop.phone(bob)) == 2 and shop.phone(bob)[1]

    text = wait_for(arrived, 30, "no code arrived")
    (code,) = re.findall(r"(?<!\d)\d{6}(?!\d)", text)
    shop.writes(bob, f"{code}?", on="sms")
    shop.wait_for_messages(bobs, 2)
    assert [m["direction"] for m in shop.messages(bobs)] == ["inbound", "inbound"]
    assert state_of(shop, claim) == "pending"
    rows = shop.odoo.sql(
        "SELECT text FROM omnichannel_delivery WHERE kind = 'verification' AND identity_id = %s",
        [claim],
    )
    assert rows == [(None,)]


def test_a_link_is_confirmed_by_its_form_once(shop, agent, ana):
    eve = shop.customer("Eve")
    shop.writes(eve, f"I am {ana['email']}")
    conversation = thread_of(shop, eve["igsid"])
    claim = claim_of(shop, conversation, ana["email"])
    ask(shop, conversation, claim, "link")
    (mail,) = wait_for(lambda: shop.mails_to(ana), 30, "no link arrived")
    (url,) = set(re.findall(r"http://\S+/omnichannel/verify/[\w-]+", mail.text))

    for _ in range(2):
        assert requests.get(url, timeout=30).status_code == 200
    assert requests.head(url, timeout=30).status_code == 200
    assert state_of(shop, claim) == "pending"

    assert requests.post(url, {"answer": "deny"}, timeout=30).status_code == 200
    assert requests.post(url, {"answer": "confirm"}, timeout=30).status_code == 404
    assert state_of(shop, claim) == "canceled"
    assert_untouched(shop, ana, conversation)
    panel = shop.odoo.rpc("omnichannel.conversation", "get_panel", [[conversation["id"]]])
    assert not {"claims", "suggestions"} & panel.keys()
