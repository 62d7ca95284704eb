"""Visitors of the live chat who are known to us, and those who only say so."""

import time

import pytest

from tests.livechat import OPERATOR, Browser
from tests.odoo_server import wait_for
from tests.shop import Shop, make_agent

SECRETS = ("order-4711", "Ana Silva")


@pytest.fixture(scope="module")
def odoo(livechat_odoo):
    return livechat_odoo


@pytest.fixture(scope="module")
def shop(odoo, sandbox):
    make_agent(odoo, "ada")
    running = Shop(odoo, sandbox)
    yield running
    running.close()


@pytest.fixture
def ana(shop):
    """A customer with a history by SMS and an e-mail address on her record."""
    person = shop.customer("Ana")
    values = {"name": "Ana Silva", "email": person["email"], "phone": person["number"]}
    person["partner"] = shop.odoo.rpc("res.partner", "create", [values])
    shop.writes(person, "My order number is order-4711", on="sms")
    person["thread"] = shop.conversation_of(person["number"])
    shop.wait_for_messages(person["thread"], 1)
    return person


def texts(shop, conversation):
    return [message["preview"] for message in shop.messages(conversation)]


def trust_of(shop, address):
    domain = [("value", "=", address), ("trust", "!=", "claimed")]
    found = shop.odoo.rpc("omnichannel.identity", "search_read", [domain, ["trust", "partner_id"]])
    return [(row["trust"], row["partner_id"][0]) for row in found]


# === WHOM OUR OWN WEBSITE KNOWS === #


@pytest.mark.parametrize("named_by", ["email", "partner"])
def test_whom_the_website_signs_chats_in_their_own_conversation(
    shop, live_chat, agent, ana, named_by
):
    visitor = live_chat.visitor()

    assert visitor.shows(live_chat.sign(**{named_by: ana[named_by]})) is True
    visitor.writes("And where is my order?")

    shop.wait_for_messages(ana["thread"], 2)
    assert texts(shop, ana["thread"])[-1] == "And where is my order?"
    assert trust_of(shop, f"partner:{ana['partner']}") == [("attested", ana["partner"])]
    agent.post(ana["thread"], "It left today", key="livechat")
    assert visitor.reads()[-1] == ("Ada", "It left today")
    for secret in SECRETS:
        assert secret not in str([visitor.sees(), visitor.pushed()])
    # Odoo made no stranger and no lead of her
    assert not shop.odoo.rpc("omnichannel.identity", "search", [[("value", "=", visitor.address)]])


def test_whom_the_website_signs_and_nobody_knows_becomes_a_customer(shop, live_chat):
    person, visitor = shop.customer("Nina"), live_chat.visitor()

    assert visitor.shows(live_chat.sign(email=person["email"], name="Nina Nova")) is True
    visitor.writes("Hello")

    conversation = shop.conversation_of(person["email"])
    shop.wait_for_messages(conversation, 1)
    assert conversation["partner_id"][1] == "Nina Nova"
    assert trust_of(shop, person["email"]) == [("attested", conversation["partner_id"][0])]
    shop.mails(person, "It is me, by mail")
    shop.wait_for_messages(conversation, 2)


def test_what_is_not_signed_now_for_this_chat_is_worth_nothing(shop, live_chat, ana):
    eve, thief = live_chat.visitor(), live_chat.visitor()
    good = live_chat.sign(email=ana["email"])
    refused = [
        live_chat.sign("another secret", email=ana["email"]),
        live_chat.sign(email=ana["email"], exp=int(time.time()) - 1),
        live_chat.sign(email=ana["email"], exp=int(time.time()) + 90_000),
        good[:-1] + ("0" if good[-1] != "0" else "1"),
        "",
    ]
    assert [eve.shows(token) for token in refused] == [False] * len(refused)
    assert [eve.shows(good), eve.shows(good), thief.shows(good)] == [True, True, False]
    # of somebody else's chat
    assert (
        thief.call(
            "/omnichannel/livechat/identify",
            channel_id=eve.chat,
            token=live_chat.sign(email=ana["email"]),
        )
        is False
    )
    # nobody of ours is a customer, whoever signs it
    admin = shop.odoo.rpc("res.users", "read", [[2], ["partner_id"]])[0]["partner_id"][0]
    assert thief.shows(live_chat.sign(partner=admin)) is True

    thief.writes("I am Ana")

    conversation = shop.conversation_of(thief.address)
    assert conversation["id"] != ana["thread"]["id"]
    assert texts(shop, ana["thread"]) == ["My order number is order-4711"]
    for secret in SECRETS:
        assert secret not in str([thief.sees(), thief.pushed()])


def test_the_next_chat_of_a_browser_is_nobodys_until_it_is_signed_too(shop, live_chat, ana):
    visitor = live_chat.visitor()
    visitor.shows(live_chat.sign(email=ana["email"]))
    visitor.writes("It is Ana")
    shop.wait_for_messages(ana["thread"], 2)
    visitor.leaves()

    visitor.opens()
    visitor.writes("I am her brother")

    conversation = shop.conversation_of(visitor.address)
    assert conversation["id"] != ana["thread"]["id"]
    assert len(texts(shop, ana["thread"])) == 2


@pytest.mark.parametrize("is_known", [True, False])
def test_a_signed_chat_ends_when_somebody_else_sits_there(shop, live_chat, agent, ana, is_known):
    ben, visitor = shop.customer("Ben"), live_chat.visitor()
    visitor.shows(live_chat.sign(email=ana["email"]))
    visitor.writes("It is Ana")
    shop.wait_for_messages(ana["thread"], 2)
    assert visitor.shows(live_chat.sign(email=ana["email"])) is True
    hers, token = visitor.chat, live_chat.sign(email=ben["email"], name="Ben")

    assert visitor.shows(token if is_known else "") == "other"

    query = "SELECT livechat_end_dt IS NOT NULL FROM discuss_channel WHERE id = %s"
    assert shop.odoo.sql(query, [hers]) == [(True,)]
    assert "It is Ana" not in str(visitor.sees())
    visitor.opens()
    assert visitor.chat != hers
    if is_known:
        assert visitor.shows(token) is True
    visitor.writes("I am Ben")
    theirs = shop.conversation_of(ben["email"] if is_known else visitor.address)
    shop.wait_for_messages(theirs, 1)
    assert theirs["id"] != ana["thread"]["id"]
    assert len(texts(shop, ana["thread"])) == 2


def test_who_answers_a_signed_chat_does_not_end_it(shop, live_chat, ana):
    visitor, otto = live_chat.visitor(), Browser(shop.odoo, OPERATOR)
    visitor.shows(live_chat.sign(email=ana["email"]))

    assert otto.call("/omnichannel/livechat/identify", channel_id=visitor.chat, token="") is False

    visitor.writes("It is Ana")
    shop.wait_for_messages(ana["thread"], 2)


def test_who_is_signed_while_they_chat_is_known_from_then_on(shop, live_chat, ana):
    visitor = live_chat.visitor()
    visitor.writes("Nobody knows me")
    conversation = shop.conversation_of(visitor.address)
    shop.wait_for_messages(conversation, 1)

    assert visitor.shows(live_chat.sign(email=ana["email"])) is True
    visitor.writes("It is Ana")

    shop.wait_for_messages(ana["thread"], 2)
    assert texts(shop, conversation) == ["Nobody knows me"]
    (way,) = shop.odoo.rpc("omnichannel.conversation", "get_send_choices", [[conversation["id"]]])
    assert way["reason"].startswith("The visitor is known by now")


# === WHO COMES BACK === #


def test_who_comes_back_goes_on_in_the_same_conversation(shop, live_chat, agent):
    visitor = live_chat.visitor()
    visitor.writes("First visit")
    conversation = shop.conversation_of(visitor.address)
    shop.wait_for_messages(conversation, 1)
    visitor.leaves()

    visitor.opens()
    visitor.writes("Second visit")

    shop.wait_for_messages(conversation, 2)
    agent.post(conversation, "Welcome back", key="livechat")
    assert visitor.reads()[-1] == ("Ada", "Welcome back")


def test_a_login_does_not_take_what_this_browser_chatted_before(shop, live_chat, agent, ana):
    """Odoo puts who logs in into the chats of their browser (website_livechat does, silently)."""
    visitor, otto = live_chat.visitor(), Browser(shop.odoo, OPERATOR)
    visitor.writes("Nobody knows me")
    conversation = shop.conversation_of(visitor.address)
    shop.wait_for_messages(conversation, 1)
    link = {"channel_partner_ids": [(4, ana["partner"])]}
    shop.odoo.rpc("discuss.channel", "write", [[visitor.chat], link])

    otto.post(visitor.chat, "Hello stranger")

    shop.wait_for_messages(conversation, 2)
    assert texts(shop, conversation) == ["Nobody knows me", "Hello stranger"]
    assert len(texts(shop, ana["thread"])) == 1
    agent.post(conversation, "Still here?", key="livechat")
    assert "Still here?" not in str(texts(shop, ana["thread"]))


# === WHAT IS TYPED TO A CHATBOT === #


def bot(live_chat):
    """Let a chatbot answer, which asks for an address and makes a lead. Return its id."""
    odoo = live_chat.odoo
    steps = [("question_email", "Your e-mail?"), ("create_lead", "Thank you")]
    values = {
        "title": "Botty",
        "script_step_ids": [(0, 0, {"step_type": kind, "message": text}) for kind, text in steps],
    }
    script = odoo.rpc("chatbot.script", "create", [values])
    rule = {"channel_id": live_chat.id, "chatbot_script_id": script, "action": "display_button"}
    odoo.rpc("im_livechat.channel.rule", "create", [rule])
    return script


def talk_to_bot(live_chat, visitor, script, answer):
    """Answer the chatbot's question, as the chat window does."""
    session = visitor.call(
        "/im_livechat/get_session",
        channel_id=live_chat.id,
        previous_operator_id=None,
        chatbot_script_id=script,
        persisted=True,
    )
    visitor.chat = session["channel_id"]
    visitor.writes(answer)
    done = visitor.call("/chatbot/step/trigger", channel_id=visitor.chat)
    assert done is None or "debug" not in str(done), done


@pytest.mark.parametrize("is_portal", [False, True])
def test_an_address_typed_to_a_chatbot_stays_a_claim(shop, live_chat, ana, is_portal):
    script, login = bot(live_chat), None
    if is_portal:
        login = f"eve{ana['partner']}"
        values = {"name": "Eve", "login": login, "password": login, "email": False}
        groups = [(6, 0, [shop.odoo.ref("base.group_portal")])]
        user = shop.odoo.rpc("res.users", "create", [{**values, "group_ids": groups}])
        (read,) = shop.odoo.rpc("res.users", "read", [[user], ["partner_id"]])
    eve = live_chat.visitor(login)
    leads = shop.odoo.sql("SELECT count(*) FROM crm_lead")

    talk_to_bot(live_chat, eve, script, ana["email"])

    # Odoo's own chatbot does what it always does
    assert shop.odoo.sql("SELECT count(*) FROM crm_lead") != leads
    address = f"partner:{read['partner_id'][0]}" if is_portal else eve.address
    conversation = shop.conversation_of(address)
    domain = [("value", "=", ana["email"]), ("trust", "=", "claimed")]
    wait_for(
        lambda: shop.odoo.rpc("omnichannel.identity", "search", [domain]),
        message="what they typed was not noted",
    )
    assert trust_of(shop, ana["email"]) == [("observed", ana["partner"])]
    # her next mail is hers, and what staff write elsewhere on the record changes nothing
    if is_portal:
        (typed,) = shop.odoo.rpc("res.partner", "read", [[read["partner_id"][0]], ["email"]])
        assert typed["email"] == ana["email"]  # as Odoo's own
        shop.odoo.rpc("res.partner", "write", [[read["partner_id"][0]], {"country_id": 1}])
        assert trust_of(shop, ana["email"]) == [("observed", ana["partner"])]
    shop.mails(ana, "Do not tell Eve")
    shop.wait_for_messages(ana["thread"], 2)
    assert "Do not tell Eve" not in str(texts(shop, conversation))
    for secret in SECRETS:
        assert secret not in str([eve.sees(), eve.pushed()])


# === NOTHING OF OURS BREAKS A CHAT === #

OURS = ("account", "call", "card", "event", "identity", "message")


def transcript(visitor):
    """Return the status with which Odoo answers: it may have no program to print with."""
    url = f"{visitor.odoo.url}/im_livechat/download_transcript/{visitor.chat}"
    return visitor.session.get(url, timeout=60).status_code


def test_a_visitor_chats_as_ever_when_nothing_of_ours_works(shop, live_chat):
    """The whole life of a chat, from its first request to its last, without any table of ours."""
    known = live_chat.visitor()
    known.writes("Before")
    conversation = shop.conversation_of(known.address)
    shop.wait_for_messages(conversation, 1)
    otto, status = Browser(shop.odoo, OPERATOR), transcript(known)
    rename = "ALTER TABLE omnichannel_{} RENAME TO omnichannel_{}"

    shop.odoo.sql("; ".join(rename.format(name, name + "_away") for name in OURS))
    try:
        new = live_chat.visitor()
        for visitor in (known, new):
            first = visitor.writes("Is anybody there?")
            otto.post(visitor.chat, "I am")
            visitor.edits(first, "Is somebody there?")
            assert [text for _name, text in visitor.reads()][-2:] == ["Is somebody there?", "I am"]
            assert "I am" in visitor.pushed()
            assert visitor.call("/im_livechat/feedback", channel_id=visitor.chat, rate=5)
            visitor.call("/im_livechat/history", pid=1, channel_id=visitor.chat, page_history=[])
            assert transcript(visitor) == status
            visitor.leaves()
            query = "SELECT livechat_end_dt IS NOT NULL FROM discuss_channel WHERE id = %s"
            assert shop.odoo.sql(query, [visitor.chat]) == [(True,)]
    finally:
        shop.odoo.sql("; ".join(rename.format(name + "_away", name) for name in OURS))

    # what was missed is in Odoo still, and is found there
    shop.odoo.run_cron("ir_cron_omnichannel_gap")
    shop.wait_for_messages(conversation, 3)
    assert sorted(texts(shop, conversation)) == ["Before", "I am", "Is somebody there?"]
    late = shop.conversation_of(new.address)
    shop.wait_for_messages(late, 2)
    assert sorted(texts(shop, late)) == ["I am", "Is somebody there?"]
