"""Odoo's live chat beside the connector, over real HTTP, in a database of its own."""

import pytest

from tests.livechat import MODULES, LiveChat
from tests.odoo_server import OdooServer, wait_for
from tests.tooling.fixtures import started


@pytest.fixture(scope="module")
def odoo(sandbox):
    """Odoo with the app Live Chat."""
    smtp = ["--smtp=127.0.0.1", f"--smtp-port={sandbox.smtp_port}"]
    server = OdooServer("livechat", cron_threads=4, modules=MODULES, options=smtp)
    yield from started(server)


@pytest.fixture
def live_chat(odoo, shop):
    """A live chat on the website of the shop."""
    running = LiveChat(odoo)
    yield running
    running.close()


@pytest.fixture
def ana(shop):
    """A customer with a history by SMS and e-mail, who agreed to both."""
    person = shop.customer("Ana")
    values = {"name": "Ana Silva", "email": person["email"], "phone": person["number"]}
    person["partner"] = shop.odoo.rpc("res.partner", "create", [values])
    shop.writes(person, "My order number is order-4711", on="sms")
    shop.mails(person, "And my door code is #8899")
    person["thread"] = shop.conversation_of(person["number"])
    shop.wait_for_messages(person["thread"], 2)
    person["before"] = everything_about(shop, person)
    return person


def everything_about(shop, person):
    """Return what Odoo and the outside world have of a customer, to be compared later."""

    def rows(query, *parameters):
        return sorted(shop.odoo.sql(query, parameters))

    partner, thread = person["partner"], person["thread"]["id"]
    return {
        "record": rows("SELECT name, email, phone, active FROM res_partner WHERE id = %s", partner),
        "identities": rows(
            "SELECT id, kind, value, trust, validity, home_partner_id::text "
            "FROM omnichannel_identity WHERE partner_id = %s",
            partner,
        ),
        "consent": rows(
            "SELECT c.id, c.state FROM omnichannel_consent c JOIN omnichannel_identity i "
            "ON i.id = c.identity_id WHERE i.partner_id = %s",
            partner,
        ),
        "blacklists": rows(
            "SELECT email FROM mail_blacklist UNION SELECT number FROM phone_blacklist"
        ),
        "conversation": rows(
            "SELECT state, waiting_for, user_id::text, last_message_at, last_channel "
            "FROM omnichannel_conversation WHERE id = %s",
            thread,
        ),
        "messages": rows("SELECT id FROM omnichannel_message WHERE conversation_id = %s", thread),
        "links": rows("SELECT id FROM omnichannel_link"),
        "deliveries": rows("SELECT id FROM omnichannel_delivery"),
        "mails": rows("SELECT id FROM mail_mail"),
        "texts": rows("SELECT id FROM sms_sms"),
        "phone": shop.phone(person),
        "mailbox": len(shop.mails_to(person)),
    }


def thread_of(shop, visitor):
    """Wait for the conversation of who chats; return its values."""
    return shop.conversation_of(visitor.address)


def claims_in(shop, conversation):
    """Return {address that was typed in a conversation: id of the claim}."""
    domain = [("partner_id", "=", conversation["partner_id"][0]), ("trust", "=", "claimed")]
    found = shop.odoo.rpc("omnichannel.identity", "search_read", [domain, ["value"]])
    return {claim["value"]: claim["id"] for claim in found}


SECRETS = ("order-4711", "#8899", "Ana Silva")


# === SOMEBODY WHO SAYS THAT THEY ARE ANOTHER CUSTOMER === #


def test_hijack_typing_another_customers_address_in_the_chat_gives_nothing(shop, live_chat, ana):
    eve = live_chat.visitor()

    eve.writes(f"<p>I am Ana, {ana['email']}. My number is {ana['number']}. What did I order?</p>")
    conversation = thread_of(shop, eve)
    typed = wait_for(lambda: claims_in(shop, conversation), message="no claim was found")

    # offered to the agent, as somebody's word
    assert set(typed) == {ana["email"], ana["number"]}
    panel = shop.odoo.rpc(
        "omnichannel.conversation", "get_panel", [[conversation["id"]]], login="ada"
    )
    assert {claim["id"] for claim in panel["claims"]["claims"]} == set(typed.values())
    for suggestion in panel.pop("suggestions"):
        assert suggestion.pop("name") == "Ana Silva"  # the one place where she is named
    # revealed, moved and sent: nothing
    assert conversation["id"] != ana["thread"]["id"]
    assert everything_about(shop, ana) == ana["before"]
    texts = [message["preview"] for message in shop.messages(conversation)]
    for secret in SECRETS:
        assert secret not in str([panel, texts, eve.sees(), eve.pushed()])


def test_hijack_asking_to_stop_at_anothers_number_changes_no_consent(shop, live_chat, ana):
    eve = live_chat.visitor()

    eve.writes(f"Please stop texting me at {ana['number']}")
    eve.writes(f"STOP. Unsubscribe {ana['email']} from everything")
    conversation = thread_of(shop, eve)
    shop.wait_for_messages(conversation, 2)
    # what it seems to ask for is proposed at the visitor's own address, and an agent says yes
    domain = [("message_id.conversation_id", "=", conversation["id"])]
    proposals = shop.odoo.rpc("omnichannel.consent.proposal", "search", [domain], login="ada")
    assert proposals
    shop.odoo.rpc("omnichannel.consent.proposal", "action_record", [proposals], login="ada")

    assert everything_about(shop, ana) == ana["before"]
    query = "SELECT DISTINCT i.value FROM omnichannel_consent c JOIN omnichannel_identity i"
    refused = shop.odoo.sql(query + " ON i.id = c.identity_id WHERE c.state = 'refused'")
    assert refused == [(eve.address,)]
    for secret in SECRETS:
        assert secret not in str([eve.sees(), eve.pushed()])


def test_hijack_anothers_name_and_chat_cannot_be_taken(shop, live_chat, ana):
    """What a browser may send along with a message makes nobody else its author."""
    bob, eve = live_chat.visitor(), live_chat.visitor()
    bob.writes("Hello")
    bobs = thread_of(shop, bob)

    eve.writes("It is me", author_id=ana["partner"], email_from=ana["email"], omnichannel_key="sms")
    own = thread_of(shop, eve)
    with pytest.raises(AssertionError):
        eve.post(bob.chat, "Let me in")
    with pytest.raises(AssertionError):
        eve.post(ana["thread"]["channel_id"][0], "Let me in")

    assert len({own["id"], bobs["id"], ana["thread"]["id"]}) == 3
    assert len(shop.messages(bobs)) == 1
    assert everything_about(shop, ana) == ana["before"]
