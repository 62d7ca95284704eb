"""E-mail over the real gateway and a real mail server: in, out, in again, and when it breaks."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.odoo_server import wait_for

BREAK = """
CREATE FUNCTION omni_break() RETURNS trigger AS $$ BEGIN
    IF NEW.state = 'new' AND NEW.customer LIKE 'unlucky-%' THEN
        RAISE EXCEPTION 'broken on purpose';
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER omni_break BEFORE INSERT ON omnichannel_event
    FOR EACH ROW EXECUTE FUNCTION omni_break();
SELECT 1
"""
MEND = """
DROP TRIGGER omni_break ON omnichannel_event;
DROP FUNCTION omni_break();
SELECT 1
"""


@pytest.fixture
def broken_store(odoo):
    """A database in which what the mail gateway stores of one customer is refused at first."""
    odoo.sql(BREAK)
    yield
    odoo.sql(MEND)


def raw_mail(customer, to, subject):
    return (
        f"From: {customer['name']} <{customer['email']}>\nTo: {to}\nSubject: {subject}\n"
        f"Message-ID: <{customer['id']}@example.com>\nDate: Sat, 21 Nov 2026 10:00:00 +0000\n"
        "Content-Type: text/plain; charset=utf-8\n\nOnce only.\n"
    ).encode()


def test_a_conversation_by_mail_threads_on_both_sides(shop, agent):
    ana, bob = shop.customer(), shop.customer("Bob")
    question = shop.mails(
        ana, "Is it dimmable?", subject="Blue lamp", cc=f"{bob['name']} <{bob['email']}>"
    )
    conversation = shop.conversation_of(ana["email"])
    shop.wait_for_messages(conversation, 1)
    (choice, *_rest) = shop.odoo.rpc(
        "omnichannel.conversation", "get_send_choices", [[conversation["id"]]]
    )
    assert [bob["email"] in other for other in choice["others"]] == [True]

    message = agent.post(
        conversation, "<p>It is.</p>", key="email", omnichannel_also_to=choice["others"]
    )

    shop.wait_for_state(message, "sent")
    (answer,) = wait_for(lambda: shop.mails_to(ana), 30, "no answer arrived")
    ours = shop.email["alias_email"]
    assert (answer.subject, answer.in_reply_to) == ("Re: Blue lamp", question["message_id"])
    assert question["message_id"] in answer.references
    assert answer.sender["address"] == ours
    assert [one["address"] for one in answer.reply_to] == [ours]
    assert [one["address"] for one in answer.cc] == [bob["email"]]
    assert [mail.message_id for mail in shop.mails_to(bob)] == [answer.message_id]
    assert "auto-submitted" not in answer.headers

    shop.mails(ana, "Great, two of them.", in_reply_to=answer.id, quote=True)

    messages = shop.wait_for_messages(conversation, 3)
    ids = [one["mail_message_id"][0] for one in messages]
    (thanks,) = shop.odoo.rpc("mail.message", "read", [ids[2:], ["parent_id", "body"]])
    assert thanks["parent_id"][0] == ids[1]
    assert "data-o-mail-quote" in thanks["body"]

    shop.mails(bob, "I agree.", in_reply_to=answer.id)
    theirs = shop.conversation_of(bob["email"])
    assert theirs["id"] != conversation["id"]
    assert len(shop.messages(conversation)) == 3


def test_the_same_mail_delivered_in_parallel_lands_once(shop):
    ana = shop.customer()
    raw = raw_mail(ana, shop.email["alias_email"], "Once")

    with ThreadPoolExecutor(6) as pool:
        sent = list(pool.map(lambda _n: shop.sandbox.mails.send_raw(raw), range(6)))

    assert [one["gateway"]["error"] for one in sent] == [""] * 6
    conversation = shop.conversation_of(ana["email"])
    shop.wait_for_messages(conversation, 1)
    waiting = [("customer", "=", ana["email"]), ("state", "!=", "done")]
    wait_for(lambda: not shop.odoo.rpc("omnichannel.event", "search_count", [waiting]))
    assert len(shop.messages(conversation)) == 1
    stored = [("customer", "=", ana["email"])]
    assert shop.odoo.rpc("omnichannel.event", "search_count", [stored]) == 1


def test_a_mail_that_fails_in_the_gateway_is_kept_and_processed_again(shop, broken_store):
    ana = shop.customer("Unlucky")
    sent = shop.sandbox.mails.send_raw(raw_mail(ana, shop.email["alias_email"], "Kept"))
    assert sent["gateway"]["error"] == ""
    domain = [("customer", "=", ana["email"])]
    (event,) = shop.odoo.rpc("omnichannel.event", "search_read", [domain, ["state", "error"]])
    assert event["state"] == "failed"
    assert "broken on purpose" in event["error"]

    shop.odoo.rpc("omnichannel.event", "action_retry", [[event["id"]]])

    conversation = shop.conversation_of(ana["email"])
    (message,) = shop.wait_for_messages(conversation, 1)
    assert message["preview"] == "Once only."
