"""Providers that fail in every way: what they have taken is sent once, the rest later, in order."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import psycopg2
import pytest

from tests.odoo_server import OdooError, wait_for
from tests.shop import Shop


@pytest.fixture
def shop(odoo, sandbox):
    running = Shop(odoo, sandbox)
    yield running
    sandbox.faults.remove()
    running.close()


def start(shop, on="sms"):
    """Return a customer who has written, and their conversation."""
    ana = shop.customer()
    shop.writes(ana, "Hello", on=on)
    return ana, shop.conversation_of(ana["number" if on == "sms" else "igsid"])


def break_sending(shop, action, provider="twilio", **values):
    return shop.sandbox.faults.add(provider=provider, call="send", action=action, **values)


def let_time_pass(shop):
    """End every pause of the queue and of the look-ups, and run both now."""
    past = datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(seconds=1)
    shop.odoo.sql(
        """
        WITH resumed AS (UPDATE omnichannel_throttle SET blocked_until = %(past)s RETURNING 1),
        due AS (UPDATE omnichannel_delivery SET next_attempt_at = NULL
                 WHERE state = 'queued' RETURNING 1)
        UPDATE omnichannel_delivery SET look_up_at = %(past)s
         WHERE state = 'unknown' AND look_up_at IS NOT NULL RETURNING id
        """,
        {"past": past},
    )
    for name in ("ir_cron_omnichannel_delivery", "ir_cron_omnichannel_reconcile"):
        shop.odoo.run_cron(name)


def pass_time_until(shop, condition, timeout=120):
    """Let pauses be over again and again until something has happened."""

    def happened():
        result = condition()
        if not result:
            try:
                let_time_pass(shop)
            except (OdooError, psycopg2.Error):  # somebody else is at it: next time
                return False
        return result

    return wait_for(happened, timeout)


def state_of(shop, message):
    return shop.odoo.rpc("omnichannel.message", "read", [[message], ["state"]])[0]["state"]


@pytest.mark.parametrize("action", ["hang", "reset_after", "error_after", "invalid_json"])
def test_what_was_processed_without_an_answer_is_resolved_and_sent_once(shop, agent, action):
    ana, conversation = start(shop)
    break_sending(shop, action, **({"seconds": 1} if action == "hang" else {}))

    message = agent.post(conversation, "<p>Once only</p>", key="sms")

    shop.wait_for_state(message, "delivered", timeout=90)
    assert shop.phone(ana) == ["Hello", "Once only"]


def test_a_look_up_resolves_what_neither_answer_nor_callback_told(shop, agent):
    ana, conversation = start(shop)
    break_sending(shop, "reset_after")
    shop.sandbox.faults.add(call="webhook.status", action="drop", times="always")

    message = agent.post(conversation, "<p>Once only</p>", key="sms")

    pass_time_until(shop, lambda: state_of(shop, message) in ("sent", "delivered"))
    assert shop.phone(ana) == ["Hello", "Once only"]


def test_an_echo_resolves_a_direct_message_without_an_answer(shop, agent):
    ana, conversation = start(shop, on="instagram")
    break_sending(shop, "reset_after", provider="instagram")

    message = agent.post(conversation, "<p>Once only</p>", key="instagram")

    shop.wait_for_state(message, "sent", "read", timeout=90)
    assert shop.phone(ana) == ["Hello", "Once only"]
    assert len(shop.messages(conversation)) == 2


@pytest.mark.parametrize("action", ["rate_limit", "error_before", "reset_before"])
def test_what_was_not_processed_is_never_doubled_and_nothing_overtakes(shop, agent, action):
    ana, conversation = start(shop)
    break_sending(shop, action)

    messages = [agent.post(conversation, f"<p>Part {n}</p>", key="sms") for n in range(3)]

    wanted = ["Part 1", "Part 2"]
    if action == "rate_limit":
        wanted = ["Part 0", *wanted]
    pass_time_until(shop, lambda: state_of(shop, messages[-1]) == "delivered")
    assert shop.phone(ana) == ["Hello", *wanted]
    if action != "rate_limit":  # 500 and a reset may have been processed: a person decides
        assert state_of(shop, messages[0]) == "unknown"


def test_a_slow_answer_is_an_answer(shop, agent):
    ana, conversation = start(shop)
    break_sending(shop, "delay", seconds=4)

    message = agent.post(conversation, "<p>Patience</p>", key="sms")

    shop.wait_for_state(message, "delivered", timeout=60)
    assert shop.phone(ana) == ["Hello", "Patience"]


def test_a_dead_token_keeps_the_queue_until_a_person_reconnects(shop, agent):
    ana, conversation = start(shop)
    first = agent.post(conversation, "<p>Part 0</p>", key="sms")
    shop.wait_for_state(first, "delivered")
    break_sending(shop, "error", code=20003, status=401)
    waiting = [agent.post(conversation, "<p>Part 1</p>", key="sms")]
    account = [shop.sms["id"]]
    wait_for(
        lambda: (
            shop.odoo.rpc("omnichannel.account", "read", [account, ["state"]])[0]["state"]
            == "error"
        )
    )
    assert state_of(shop, waiting[0]) == "queued"

    shop.odoo.rpc("omnichannel.account", "action_connect", [account])
    waiting.append(agent.post(conversation, "<p>Part 2</p>", key="sms"))

    pass_time_until(shop, lambda: state_of(shop, waiting[-1]) == "delivered")
    assert shop.phone(ana) == ["Hello", "Part 0", "Part 1", "Part 2"]


@pytest.mark.parametrize("action", ["duplicate", "reorder"])
def test_callbacks_that_come_twice_or_reversed_end_in_the_same_state(shop, agent, action):
    ana, conversation = start(shop)
    shop.sandbox.faults.add(call="webhook.status", action=action, times=2)

    message = agent.post(conversation, "<p>Hello Ana</p>", key="sms")

    shop.wait_for_state(message, "delivered", timeout=60)
    assert shop.phone(ana) == ["Hello", "Hello Ana"]


def test_an_outage_loses_nothing_and_is_drained_in_order_and_once(shop, agent):
    people = [start(shop) for _number in range(3)]
    dead = "http://127.0.0.1:9/2010-04-01"  # nobody listens there
    account = [shop.sms["id"]]
    alive = shop.odoo.rpc("omnichannel.account", "read", [account, ["api_url"]])[0]["api_url"]
    shop.odoo.rpc("omnichannel.account", "write", [account, {"api_url": dead}])
    messages = [
        agent.post(conversation, f"<p>Part {number}</p>", key="sms")
        for number in range(3)
        for _ana, conversation in people
    ]
    attempts = "SELECT COALESCE(sum(attempts), 0) FROM omnichannel_delivery WHERE account_id = %s"
    pass_time_until(shop, lambda: shop.odoo.sql(attempts, account)[0][0] >= 12)
    assert {state_of(shop, message) for message in messages} == {"queued"}

    shop.odoo.rpc("omnichannel.account", "write", [account, {"api_url": alive}])

    pass_time_until(shop, lambda: {state_of(shop, m) for m in messages} == {"delivered"})
    for ana, _conversation in people:
        assert shop.phone(ana) == ["Hello", "Part 0", "Part 1", "Part 2"]


def test_what_is_canceled_never_leaves_and_what_leaves_was_not_canceled(shop, agent):
    """An agent and the queue reach for the same message at the same moment."""
    people = [start(shop) for _number in range(2)]
    break_sending(shop, "delay", seconds=0.5, times="always")
    posted, attempts = [], {}
    with ThreadPoolExecutor(4) as pool:
        for number in range(8):
            for ana, conversation in people:
                text = f"Message {number}"
                message = agent.post(conversation, f"<p>{text}</p>", key="sms")
                posted.append((ana, text, message))
                if number % 2:
                    attempts[message] = pool.submit(cancel, shop, message)
    taken_back = {message for message, attempt in attempts.items() if attempt.result()}

    final = ("sent", "delivered", "canceled")
    wait_for(lambda: all(state_of(shop, message) in final for _a, _t, message in posted), 60)
    assert taken_back, "the queue was always faster"
    for ana, text, message in posted:
        assert shop.phone(ana).count(text) == (0 if message in taken_back else 1)
        assert (state_of(shop, message) == "canceled") == (message in taken_back)


def cancel(shop, message):
    """Take a message back as an agent; return whether it was not too late."""
    try:
        return shop.odoo.rpc("omnichannel.message", "action_cancel", [[message]], login="ada")
    except OdooError as error:
        assert "too late" in str(error)
        return False
