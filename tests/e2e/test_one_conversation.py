"""The whole path: every channel into one conversation, and answers back out."""

import pytest

from tests.odoo_server import wait_for


def test_a_strangers_dm_becomes_customer_conversation_and_lead(shop):
    ana = shop.customer()

    assert shop.writes(ana, "Do you ship to Portugal?")["status"] == 200

    conversation = shop.conversation_of(ana["igsid"])
    (message,) = shop.wait_for_messages(conversation, 1)
    assert message["preview"] == "Do you ship to Portugal?"
    assert (message["channel"], message["direction"]) == ("instagram", "inbound")
    assert conversation["waiting_for"] == "us"
    lead = shop.odoo.rpc(
        "crm.lead", "read", [[conversation["lead_id"][0]], ["omnichannel_conversation_id"]]
    )
    assert lead[0]["omnichannel_conversation_id"][0] == conversation["id"]


def test_sms_and_email_of_the_same_customer_join_the_conversation(shop):
    ana = shop.customer()
    shop.writes(ana, "By Instagram")
    conversation = shop.conversation_of(ana["igsid"])
    values = {"phone": ana["number"], "email": ana["email"]}
    shop.odoo.rpc("res.partner", "write", [[conversation["partner_id"][0]], values])

    shop.writes(ana, "By SMS", on="sms")
    shop.wait_for_messages(conversation, 2)
    shop.mails(ana, "By e-mail")

    messages = shop.wait_for_messages(conversation, 3)
    assert [m["channel"] for m in messages] == ["instagram", "sms", "email"]
    assert [m["preview"] for m in messages] == ["By Instagram", "By SMS", "By e-mail"]


def test_an_answer_by_sms_reaches_the_phone_and_its_status_the_bubble(shop, agent):
    ana = shop.customer()
    shop.writes(ana, "Hello", on="sms")
    conversation = shop.conversation_of(ana["number"])

    message = agent.post(conversation, "<p>Hello Ana</p>", key="sms")

    shop.wait_for_state(message, "delivered")
    assert shop.phone(ana) == ["Hello", "Hello Ana"]


def test_an_answer_by_instagram_reaches_the_phone_once_and_its_echo_is_no_message(shop, agent):
    ana = shop.customer()
    shop.writes(ana, "Hello")
    conversation = shop.conversation_of(ana["igsid"])

    message = agent.post(conversation, "<p>Hello Ana</p>", key="instagram")

    shop.wait_for_state(message, "sent", "read")
    shop.sandbox.control.customer_acts(ana["id"], action="read", account=shop.instagram_id)
    shop.wait_for_state(message, "read")
    assert [m["preview"] for m in shop.messages(conversation)] == ["Hello", "Hello Ana"]


def test_an_answer_given_in_the_instagram_app_appears_in_odoo(shop):
    ana = shop.customer()
    shop.writes(ana, "Hello")
    conversation = shop.conversation_of(ana["igsid"])

    shop.sandbox.control.business_sends(ana["id"], text="From my phone", account=shop.instagram_id)

    messages = shop.wait_for_messages(conversation, 2)
    assert (messages[1]["origin"], messages[1]["preview"]) == ("app", "From my phone")


def test_a_note_reaches_no_phone(shop, agent):
    ana = shop.customer()
    shop.writes(ana, "Hello", on="sms")
    conversation = shop.conversation_of(ana["number"])

    assert agent.post(conversation, "<p>Difficult customer</p>") is None
    answer = agent.post(conversation, "<p>Hello Ana</p>", key="sms")
    shop.wait_for_state(answer, "delivered")

    assert shop.phone(ana) == ["Hello", "Hello Ana"]
    assert "Difficult" not in str(shop.sandbox.log.entries())


def test_a_strangers_profile_gives_the_customer_a_name(shop):
    ana = shop.customer("Ana Maria")
    shop.writes(ana, "Hello")
    conversation = shop.conversation_of(ana["igsid"])

    shop.wait_for_profile(ana)

    partner = [conversation["partner_id"][0]]
    assert shop.odoo.rpc("res.partner", "read", [partner, ["name"]])[0]["name"] == "Ana Maria"


def quiet_since_yesterday(shop, conversation):
    """Move the conversation's clocks, and what was scanned, a day back."""
    shop.odoo.sql(
        """
        UPDATE omnichannel_conversation
           SET last_inbound_at = last_inbound_at - interval '25 hours',
               last_outbound_at = last_outbound_at - interval '25 hours',
               last_message_at = last_message_at - interval '25 hours'
         WHERE id = %s RETURNING id
        """,
        [conversation["id"]],
    )


@pytest.fixture
def sequence(odoo):
    """The sequence "Instagram went quiet: write an e-mail", running for two days."""
    domain = [("trigger_channel", "=", "instagram")]
    (found,) = odoo.rpc("omnichannel.sequence", "search", [domain])
    odoo.rpc("omnichannel.sequence", "action_start", [[found]])
    odoo.sql(
        """
        UPDATE omnichannel_sequence SET scanned_until = scanned_until - interval '1 day'
         WHERE id = %s RETURNING id
        """,
        [found],
    )
    yield found
    odoo.rpc("omnichannel.sequence", "action_stop", [[found]])


def answered_on_instagram(shop, agent):
    ana = shop.customer()
    shop.writes(ana, "Is the blue one in stock?")
    conversation = shop.conversation_of(ana["igsid"])
    values = {"email": ana["email"], "phone": ana["number"]}
    shop.odoo.rpc("res.partner", "write", [[conversation["partner_id"][0]], values])
    message = agent.post(conversation, "<p>It is!</p>", key="instagram")
    shop.wait_for_state(message, "sent", "read")
    return ana, conversation


def test_a_quiet_dm_is_followed_by_an_email_that_quotes_it(shop, agent, sequence):
    ana, conversation = answered_on_instagram(shop, agent)
    quiet_since_yesterday(shop, conversation)

    shop.odoo.run_cron("ir_cron_omnichannel_enrollment")

    messages = shop.wait_for_messages(conversation, 3)
    assert (messages[2]["channel"], messages[2]["origin"]) == ("email", "sequence")
    mail = wait_for(lambda: shop.mails_to(ana), 30, "no mail left")[-1]
    assert "Is the blue one in stock?" in mail.text
    assert mail.headers["auto-submitted"] == "auto-generated"
    shop.wait_for_state(messages[2]["id"], "sent")


def test_a_reply_on_another_channel_stops_the_follow_up(shop, agent, sequence):
    ana, conversation = answered_on_instagram(shop, agent)
    quiet_since_yesterday(shop, conversation)
    shop.writes(ana, "Never mind, I call you", on="sms")
    shop.wait_for_messages(conversation, 3)

    shop.odoo.run_cron("ir_cron_omnichannel_enrollment")

    assert len(shop.messages(conversation)) == 3


def test_an_answer_by_email_is_threaded_below_the_customers_mail(shop, agent):
    ana = shop.customer()
    question = shop.mails(ana, "Is it dimmable?", subject="Blue lamp")
    conversation = shop.conversation_of(ana["email"])

    message = agent.post(conversation, "<p>It is.</p>", key="email")

    shop.wait_for_state(message, "sent")
    (mail,) = wait_for(lambda: shop.mails_to(ana), 30, "no mail left")
    assert mail.subject == "Re: Blue lamp"
    assert mail.in_reply_to == question["message_id"]
    assert mail.sender["address"] == shop.email["alias_email"]

    shop.mails(ana, "Great, thanks", in_reply_to=mail.id)
    messages = shop.wait_for_messages(conversation, 3)
    assert [m["direction"] for m in messages] == ["inbound", "outbound", "inbound"]
