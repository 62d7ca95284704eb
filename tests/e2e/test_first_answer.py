"""A question by direct message is answered by itself, and who wants a person gets one."""

import pytest

from tests.odoo_server import wait_for

HOURS = "We are open from ten to six."
NOTICE = "This is an automatic answer."


@pytest.fixture
def account(odoo, shop):
    """The shop's Instagram account, which may answer when it is open."""
    values = {"source": f"hours{shop.suffix}", "substitution": HOURS}
    canned = odoo.rpc("mail.canned.response", "create", [values])
    rule = {"canned_response_id": canned, "questions": "When are you open?\nOpening hours?"}
    allowed = {
        "is_first_answer": True,
        "first_answer_notice": NOTICE,
        "first_answer_ids": [(0, 0, rule)],
    }
    odoo.rpc("omnichannel.account", "write", [[shop.instagram["id"]], allowed])
    return shop.instagram


def decisions(odoo, conversation):
    domain = [("conversation_id", "=", conversation["id"]), ("outcome", "!=", "waiting")]
    found = odoo.rpc("omnichannel.first.decision", "search_read", [domain, ["outcome"]])
    return [decision["outcome"] for decision in reversed(found)]


def test_a_first_answer_leaves_marked_and_a_person_takes_over(odoo, shop, account):
    ana = shop.customer("Ana")

    shop.writes(ana, "Hi, when are you open?")
    answer = f"{HOURS}\n{NOTICE}"
    wait_for(lambda: answer in shop.phone(ana), 60, lambda: f"only {shop.phone(ana)}")
    conversation = shop.conversation_of(ana["igsid"])
    sent = shop.messages(conversation)[-1]
    assert (sent["origin"], sent["direction"]) == ("assistant", "outbound")
    assert decisions(odoo, conversation) == ["sent"]

    shop.writes(ana, "I want to talk to a person")
    wait_for(lambda: len(decisions(odoo, conversation)) == 2, 60, "nothing was decided")
    shop.writes(ana, "When are you open?")
    wait_for(lambda: len(decisions(odoo, conversation)) == 3, 60, "nothing was decided")

    assert decisions(odoo, conversation) == ["sent", "handed_over", "left"]
    assert shop.phone(ana).count(answer) == 1
    domain = [("body", "ilike", "asks for a person"), ("model", "=", "discuss.channel")]
    domain.append(("res_id", "=", conversation["channel_id"][0]))
    assert odoo.rpc("mail.message", "search_count", [domain]) == 1
