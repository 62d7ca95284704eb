"""Odoo's live chat beside the connector, over real HTTP, in a database of its own."""

import re

import pytest

from tests.livechat import OPERATOR, Browser
from tests.odoo_server import wait_for
from tests.shop import Shop, make_agent


@pytest.fixture(scope="module")
def odoo(livechat_odoo):
    return livechat_odoo


@pytest.fixture(scope="module")
def shop(odoo, sandbox):
    """One shop for all tests here: each has visitors and customers of its own."""
    make_agent(odoo, "ada")
    running = Shop(odoo, sandbox)
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


def give_login(shop, person, login):
    """Let a customer log in on the website; the password is the login."""
    portal = shop.odoo.ref("base.group_portal")
    values = {"login": login, "password": login, "partner_id": person["partner"]}
    shop.odoo.rpc("res.users", "create", [{**values, "group_ids": [(6, 0, [portal])]}])


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


# === ONE CHAT, TWO WINDOWS === #


def ways(shop, conversation):
    """Return {channel: why it is closed or ""} of the composer, as an agent sees it."""
    choices = shop.odoo.rpc(
        "omnichannel.conversation", "get_send_choices", [[conversation["id"]]], login="ada"
    )
    return {choice["channel"]: choice["reason"] for choice in choices}


def shown(shop, conversation):
    """Return [(direction, who, text)] of a conversation, oldest first."""
    return [
        (message["direction"], message["origin"], message["preview"])
        for message in shop.messages(conversation)
    ]


def wait_until_idle(shop):
    """Wait until every event had its effect."""

    def is_idle():
        return not shop.odoo.sql("SELECT 1 FROM omnichannel_event WHERE state = 'new'")

    wait_for(is_idle, message="events are left")


def test_an_agent_answers_in_the_visitors_own_window(shop, live_chat, agent):
    eve = live_chat.visitor()
    eve.writes("<p>Do you ship to Lisbon?</p>")
    conversation = thread_of(shop, eve)
    shop.wait_for_messages(conversation, 1)
    assert ways(shop, conversation) == {"livechat": ""}

    agent.post(conversation, "NOTE: she looks like a spammer")
    sent = agent.post(conversation, "<p>Yes, in two days.</p>", key="livechat")

    assert shop.wait_for_state(sent, "sent") == "sent"
    assert eve.reads() == [
        (None, "Do you ship to Lisbon?"),
        ("Ada", "Yes, in two days."),
    ]
    wait_until_idle(shop)
    assert shown(shop, conversation) == [
        ("inbound", "customer", "Do you ship to Lisbon?"),
        ("outbound", "agent", "Yes, in two days."),
    ]
    assert "spammer" not in str([eve.sees(), eve.pushed()])
    (outcome,) = shop.odoo.sql(
        "SELECT livechat_failure FROM discuss_channel WHERE id = %s", [eve.chat]
    )
    assert outcome == ("no_failure",)


def test_what_the_operator_answers_is_shown_in_the_thread_and_sent_nowhere(shop, live_chat):
    eve = live_chat.visitor()
    eve.writes("Hello")
    conversation = thread_of(shop, eve)
    deliveries = shop.odoo.sql("SELECT count(*) FROM omnichannel_delivery")
    otto = Browser(shop.odoo, OPERATOR)

    otto.post(eve.chat, "Hello, this is Otto")
    otto.post(eve.chat, "do not tell her", subtype_xmlid="mail.mt_note")
    otto.post(eve.chat, "How are you?")

    shop.wait_for_messages(conversation, 3)
    wait_until_idle(shop)
    assert shown(shop, conversation) == [
        ("inbound", "customer", "Hello"),
        ("outbound", "app", "Hello, this is Otto"),
        ("outbound", "app", "How are you?"),
    ]
    assert shop.odoo.sql("SELECT count(*) FROM omnichannel_delivery") == deliveries


def test_who_only_opened_the_chat_is_no_customer(shop, live_chat):
    eve, otto = live_chat.visitor(), Browser(shop.odoo, OPERATOR)

    otto.post(eve.chat, "Can I help you?")
    wait_until_idle(shop)
    domain = [("value", "=", eve.address)]
    assert not shop.odoo.rpc("omnichannel.identity", "search", [domain])

    eve.writes("Yes please")
    conversation = thread_of(shop, eve)
    shop.wait_for_messages(conversation, 2)
    assert shown(shop, conversation) == [
        ("outbound", "app", "Can I help you?"),
        ("inbound", "customer", "Yes please"),
    ]


def test_who_logs_in_chats_in_their_own_conversation(shop, live_chat, agent, ana):
    give_login(shop, ana, "portia")
    visitor = live_chat.visitor("portia")

    visitor.writes("And where is my order?")

    shop.wait_for_messages(ana["thread"], 3)
    assert shown(shop, ana["thread"])[-1] == ("inbound", "customer", "And where is my order?")
    assert ways(shop, ana["thread"]) == {"livechat": "", "sms": "", "email": ""}
    agent.post(ana["thread"], "It left today", key="livechat")
    assert visitor.reads()[-1] == ("Ada", "It left today")
    # of the other channels the chat window shows nothing
    for secret in ("order-4711", "#8899"):
        assert secret not in str(visitor.sees())
    assert shop.phone(ana) == ["My order number is order-4711"]


def test_when_the_visitor_leaves_other_channels_are_left(shop, live_chat, agent, ana):
    give_login(shop, ana, "paula")
    visitor = live_chat.visitor("paula")
    visitor.writes("Wait, I have to go")
    shop.wait_for_messages(ana["thread"], 3)

    visitor.leaves()

    closed = ways(shop, ana["thread"])
    assert re.fullmatch(r"The visitor left the chat at \d+:\d\d\s[AP]M\.", closed.pop("livechat"))
    assert closed == {"sms": "", "email": ""}
    thread = [("model", "=", "discuss.channel"), ("res_id", "=", ana["thread"]["channel_id"][0])]
    wait_for(
        lambda: shop.odoo.rpc(
            "mail.message", "search", [[*thread, ("body", "ilike", "live chat has ended")]]
        ),
        message="nobody said that the chat is over",
    )
    with pytest.raises(AssertionError, match="left the chat at"):
        agent.post(ana["thread"], "Are you there?", key="livechat")
    sent = agent.post(ana["thread"], "We go on by SMS", key="sms")
    shop.wait_for_state(sent, "sent", "delivered")
    assert shop.phone(ana)[-1] == "We go on by SMS"


# === NOTHING OF OURS BREAKS A CHAT === #

FAULTS = {
    "storing": (
        "CREATE FUNCTION break_events() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN RAISE EXCEPTION 'injected fault'; END$$; "
        "CREATE TRIGGER break_events BEFORE INSERT ON omnichannel_event "
        "FOR EACH ROW EXECUTE FUNCTION break_events()",
        "DROP FUNCTION break_events CASCADE",
    ),
    "looking": (
        "ALTER TABLE omnichannel_account RENAME TO omnichannel_account_away",
        "ALTER TABLE omnichannel_account_away RENAME TO omnichannel_account",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_ours_breaks_no_chat(shop, live_chat, fault):
    eve, otto = live_chat.visitor(), Browser(shop.odoo, OPERATOR)
    eve.writes("First")
    conversation = thread_of(shop, eve)
    broken, repaired = FAULTS[fault]

    shop.odoo.sql(broken)
    try:
        eve.writes("Second")
        otto.post(eve.chat, "Third")
    finally:
        shop.odoo.sql(repaired)

    assert [text for _name, text in eve.reads()] == [
        "First",
        "Second",
        "Third",
    ]
    assert "Second" in eve.pushed()
    assert "was not taken over" in shop.odoo.log_text()
    eve.writes("Fourth")
    shop.wait_for_messages(conversation, 2)
    # what was missed is in Odoo still, and is found there
    shop.odoo.run_cron("ir_cron_omnichannel_gap")
    shop.wait_for_messages(conversation, 4)
    assert sorted(shown(shop, conversation)) == [
        ("inbound", "customer", "First"),
        ("inbound", "customer", "Fourth"),
        ("inbound", "customer", "Second"),
        ("outbound", "app", "Third"),
    ]
    shop.odoo.run_cron("ir_cron_omnichannel_gap")
    wait_until_idle(shop)
    assert len(shop.messages(conversation)) == 4


# === WHAT BECOMES OF A MESSAGE === #


def test_what_the_visitor_edits_and_takes_back_changes_in_the_thread(shop, live_chat):
    eve = live_chat.visitor()
    first, second = eve.writes("Helo"), eve.writes("My card is 4111")
    conversation = thread_of(shop, eve)
    shop.wait_for_messages(conversation, 2)

    eve.edits(first, "Hello")
    eve.edits(second, "")

    def texts():
        wait_until_idle(shop)
        return [message["preview"] for message in shop.messages(conversation)]

    wait_for(lambda: texts() == ["Hello", "(taken back)"], message=texts)


def hold(shop, seconds):
    """Let agents take back what they wrote for some seconds."""
    shop.odoo.rpc("res.company", "write", [[1], {"omnichannel_undo_seconds": seconds}])


def let_time_pass(shop):
    """Make due what is held, and have it sent."""
    shop.odoo.sql("UPDATE omnichannel_delivery SET next_attempt_at = now() - interval '1 day'")
    shop.odoo.run_cron("ir_cron_omnichannel_delivery")


def test_a_held_answer_is_seen_when_its_time_has_come_or_never(shop, live_chat, agent):
    eve = live_chat.visitor()
    eve.writes("Hello")
    conversation = thread_of(shop, eve)
    hold(shop, 600)
    try:
        undone, kept = (
            agent.post(conversation, text, key="livechat", omnichannel_is_held=True)
            for text in ("Wrong", "Right")
        )
        shop.odoo.rpc("omnichannel.message", "action_undo", [[undone]], login="ada")
        assert [text for _name, text in eve.reads()] == ["Hello"]

        let_time_pass(shop)
        shop.wait_for_state(kept, "sent")
        assert [text for _name, text in eve.reads()] == ["Hello", "Right"]

        late = agent.post(conversation, "Late", key="livechat", omnichannel_is_held=True)
        eve.leaves()
        let_time_pass(shop)
        shop.wait_for_state(late, "canceled")
        assert [text for _name, text in eve.reads()] == ["Hello", "Right"]
    finally:
        hold(shop, 0)


def test_files_go_both_ways(shop, live_chat, agent):
    eve = live_chat.visitor()
    name, token = eve.uploads("receipt.txt", b"paid")
    eve.writes("", attachment_ids=[name], attachment_tokens=[token])
    conversation = thread_of(shop, eve)
    shop.wait_for_messages(conversation, 1)

    attachment = shop.odoo.rpc(
        "ir.attachment",
        "create",
        [{"name": "label.txt", "raw": "print me", "res_model": "mail.compose.message"}],
        login="ada",
    )
    agent.post(conversation, "Here", key="livechat", attachment_ids=[attachment])

    domain = [("res_model", "=", "discuss.channel")]
    names = ["name", "res_id"]
    ours = [*domain, ("res_id", "=", conversation["channel_id"][0])]
    found = shop.odoo.rpc("ir.attachment", "search_read", [ours, names], login="ada")
    assert sorted(file["name"] for file in found) == ["label.txt", "receipt.txt"]
    seen = eve.sees()["data"]["ir.attachment"]
    assert sorted(file["name"] for file in seen) == ["label.txt", "receipt.txt"]


def test_who_logs_in_during_a_chat_is_suggested_to_be_its_visitor(shop, live_chat, ana):
    eve = live_chat.visitor()
    eve.writes("Hello")
    conversation = thread_of(shop, eve)
    give_login(shop, ana, "prudence")

    eve.logs_in("prudence")
    eve.writes("It is me, by the way")

    shop.wait_for_messages(ana["thread"], 3)
    assert len(shop.messages(conversation)) == 1
    domain = [("partner_id", "=", ana["partner"]), ("identity_id.value", "=", eve.address)]
    (found,) = shop.odoo.rpc("omnichannel.suggestion", "search_read", [domain, ["reasons"]])
    assert set(found["reasons"]) == {"login"}
