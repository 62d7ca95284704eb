"""Repetitions, parallel first messages, refusals, kill -9: what must not lose or double."""

import hashlib
import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.odoo_server import wait_for
from tests.shop import Shop, make_agent


@pytest.fixture
def shop(odoo, sandbox):
    running = Shop(odoo, sandbox)
    yield running
    running.close()


def direct_message(shop, sender, mid, text, timestamp=None):
    """Return the body of one webhook, in the documented shape."""
    timestamp = timestamp or int(time.time() * 1000)
    item = {
        "sender": {"id": sender},
        "recipient": {"id": shop.instagram_id},
        "timestamp": timestamp,
        "message": {"mid": mid, "text": text},
    }
    entry = {"id": shop.instagram_id, "time": timestamp, "messaging": [item]}
    return json.dumps({"object": "instagram", "entry": [entry]}).encode()


def post(shop, body, secret=None, url=None):
    digest = hmac.new((secret or shop.secret).encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}
    return requests.post(
        url or shop.instagram["webhook_url"], data=body, headers=headers, timeout=30
    )


def count(odoo, table, where="TRUE", *parameters):
    return odoo.sql(f"SELECT count(*) FROM {table} WHERE {where}", parameters)[0][0]  # noqa: S608


def everything(odoo):
    """Count the rows that a webhook could possibly make."""
    tables = ["omnichannel_message", "res_partner", "crm_lead"]
    return {
        # accounts have a log of their own, where their health is noted
        "mail_message": count(odoo, "mail_message", "model = 'discuss.channel'"),
        # profiles of earlier tests' customers may still be coming in
        "omnichannel_event": count(odoo, "omnichannel_event", "key NOT LIKE 'profile:%%'"),
        **{table: count(odoo, table) for table in tables},
    }


def test_the_same_webhook_five_times_is_one_message(shop):
    sender = f"91000{shop.suffix}"
    body = direct_message(shop, sender, f"mid.{sender}", "Hello")

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: post(shop, body).status_code, range(5)))

    assert answers == [200] * 5
    conversation = shop.conversation_of(sender)
    assert len(shop.wait_for_messages(conversation, 1)) == 1
    stored = "customer = %s AND key LIKE 'message:%%'"
    assert count(shop.odoo, "omnichannel_event", stored, sender) == 1


@pytest.mark.parametrize("round_number", range(3))
def test_twenty_parallel_first_messages_are_one_conversation_in_order(shop, round_number):
    sender = f"92000{shop.suffix}"
    start = int(time.time() * 1000)
    bodies = [
        direct_message(shop, sender, f"mid.{sender}.{number}", f"Line {number}", start + number)
        for number in range(20)
    ]

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda body: post(shop, body).status_code, bodies))

    assert answers == [200] * 20
    conversation = shop.conversation_of(sender)
    messages = shop.wait_for_messages(conversation, 20, timeout=30)
    assert [m["preview"] for m in messages] == [f"Line {number}" for number in range(20)]
    identities = count(shop.odoo, "omnichannel_identity", "value = %s", sender)
    # others' names may end with these four digits, too
    nobody_elses = """
        name LIKE %s AND NOT EXISTS (
            SELECT FROM omnichannel_identity i WHERE i.partner_id = res_partner.id AND value <> %s
        )"""
    name = f"%user {sender[-4:]}"
    partners = count(shop.odoo, "res_partner", nobody_elses, name, sender)
    assert (identities, partners) == (1, 1)


def test_what_is_refused_changes_nothing(shop):
    url = shop.instagram["webhook_url"]
    body = direct_message(shop, "930001", "mid.refused", "Hello")
    before = everything(shop.odoo)

    assert post(shop, body, secret="wrong").status_code == 403
    assert requests.post(url, data=body, timeout=30).status_code == 403
    assert post(shop, body, url=url[:-5] + "wrong").status_code == 404
    assert post(shop, b'{"x": "' + b"y" * 2 * 1024 * 1024 + b'"}').status_code == 413

    assert everything(shop.odoo) == before


def test_an_account_without_secret_refuses(shop):
    values = {"signing_secrets": False}
    shop.odoo.rpc("omnichannel.account", "write", [[shop.instagram["id"]], values])
    body = direct_message(shop, "930002", "mid.no.secret", "Hello")

    assert post(shop, body).status_code == 403
    assert count(shop.odoo, "omnichannel_event", "customer = '930002'") == 0


def test_an_unreadable_body_is_kept_where_an_administrator_sees_it(shop):
    before = everything(shop.odoo)

    assert post(shop, b'{"object": "instagram", oops').status_code == 200

    after = everything(shop.odoo)
    assert after.pop("omnichannel_event") == before.pop("omnichannel_event") + 1
    assert after == before
    domain = [("account_id", "=", shop.instagram["id"]), ("state", "=", "failed")]
    (event,) = shop.odoo.rpc("omnichannel.event", "search_read", [domain, ["payload_text"]])
    assert "oops" in event["payload_text"]


def test_a_killed_server_has_the_message_after_its_restart_once(shop):
    sender = f"94000{shop.suffix}"

    assert post(shop, direct_message(shop, sender, f"mid.{sender}", "Still there?")).ok
    shop.odoo.kill()
    shop.odoo.start()
    # Odoo's scheduler first looks around a minute after its start, or when something wakes it
    assert post(shop, direct_message(shop, "940001", f"mid.wake.{sender}", "Hello")).ok

    conversation = shop.conversation_of(sender, timeout=90)
    messages = shop.wait_for_messages(conversation, 1)
    assert [m["preview"] for m in messages] == ["Still there?"]


def test_a_timeout_after_sending_is_resolved_by_the_callback_and_not_repeated(shop):
    ana = shop.customer()
    shop.writes(ana, "Hello", on="sms")
    conversation = shop.conversation_of(ana["number"])
    shop.sandbox.faults.add(provider="twilio", call="send", action="reset_after", times=1)

    message = make_agent(shop.odoo, "ada").post(conversation, "<p>Once only</p>", key="sms")

    shop.wait_for_state(message, "delivered", timeout=60)
    assert shop.phone(ana) == ["Hello", "Once only"]


def test_a_provider_that_is_down_for_a_moment_costs_nothing(shop):
    ana = shop.customer()
    shop.writes(ana, "Hello", on="sms")
    conversation = shop.conversation_of(ana["number"])
    shop.sandbox.faults.add(provider="twilio", call="send", action="rate_limit", times=1)

    message = make_agent(shop.odoo, "ada").post(conversation, "<p>Patience</p>", key="sms")
    domain = [("message_id", "=", message), ("attempts", ">", 0), ("state", "=", "queued")]
    wait_for(lambda: shop.odoo.rpc("omnichannel.delivery", "search", [domain]), 30)
    shop.odoo.sql("UPDATE omnichannel_throttle SET blocked_until = NULL RETURNING id")
    shop.odoo.sql(
        "UPDATE omnichannel_delivery SET next_attempt_at = NULL WHERE message_id = %s RETURNING id",
        [message],
    )
    second = make_agent(shop.odoo, "ada").post(conversation, "<p>And after it</p>", key="sms")

    shop.wait_for_state(second, "delivered")
    assert shop.phone(ana) == ["Hello", "Patience", "And after it"]


def test_a_stored_backlog_is_drained_without_anybody_waking_it_again(shop):
    before = count(shop.odoo, "omnichannel_message")
    bodies = [
        direct_message(shop, f"95{number % 40:03d}{shop.suffix}", f"mid.backlog.{number}", "Hello")
        for number in range(400)
    ]

    with ThreadPoolExecutor(8) as pool:
        assert all(answer.ok for answer in pool.map(lambda body: post(shop, body), bodies))

    wait_for(lambda: count(shop.odoo, "omnichannel_message") == before + 400, 60)
    assert count(shop.odoo, "omnichannel_event", "state <> 'done' AND key LIKE '%%backlog%%'") == 0
