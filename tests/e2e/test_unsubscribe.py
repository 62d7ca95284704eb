"""A mail program unsubscribes at one click, and nothing automatic follows."""

import re

import pytest
import requests

from tests.e2e.test_one_conversation import (
    answered_on_instagram,
    quiet_since_yesterday,
)
from tests.odoo_server import wait_for
from tests.shop import Shop, make_agent


@pytest.fixture
def shop(odoo, sandbox):
    running = Shop(odoo, sandbox)
    # one click needs https; what comes there is handed on to Odoo by `reach`
    odoo.rpc(
        "omnichannel.account",
        "write",
        [[running.email["id"]], {"public_url": "https://shop.example.com"}],
    )
    yield running
    running.close()


@pytest.fixture
def sequence(odoo):
    domain = [("trigger_channel", "=", "instagram")]
    (found,) = odoo.rpc("omnichannel.sequence", "search", [domain])
    odoo.rpc("omnichannel.sequence", "action_start", [[found]])
    yield found
    odoo.rpc("omnichannel.sequence", "action_stop", [[found]])


def follow_up(shop, sequence, conversation):
    quiet_since_yesterday(shop, conversation)
    shop.odoo.sql(
        """
        UPDATE omnichannel_sequence SET scanned_until = scanned_until - interval '1 day'
         WHERE id = %s RETURNING id
        """,
        [sequence],
    )
    shop.odoo.run_cron("ir_cron_omnichannel_enrollment")


def decision(shop, conversation):
    domain = [("conversation_id", "=", conversation["id"])]
    names = ["outcome", "reason"]
    found = shop.odoo.rpc("omnichannel.decision", "search_read", [domain, names], {"limit": 1})
    return found[0]["outcome"], found[0]["reason"]


def reach(shop, url):
    return url.replace("https://shop.example.com", shop.odoo.url)


def test_one_click_in_a_mail_program_ends_the_follow_ups(shop, odoo, sequence):
    agent = make_agent(odoo, "ada")
    ana, conversation = answered_on_instagram(shop, agent)
    follow_up(shop, sequence, conversation)
    mail = wait_for(lambda: shop.mails_to(ana), 30, "no mail left")[-1]
    assert mail.headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    url = reach(shop, re.fullmatch(r"<(https://.+)>", mail.headers["list-unsubscribe"])[1])

    page = requests.get(url, timeout=30)  # a scanner looks at it
    assert "What may we send" in page.text
    assert not shop.odoo.rpc(
        "omnichannel.consent", "search_count", [[("identity_id.value", "=", ana["email"])]]
    )
    click = requests.post(
        url, data={"List-Unsubscribe": "One-Click"}, allow_redirects=False, timeout=30
    )

    assert (click.status_code, click.text) == (200, "")
    assert not click.cookies
    listed = [("email", "=", ana["email"])]
    assert odoo.rpc("mail.blacklist", "search_count", [listed]) == 1
    agent.post(conversation, "<p>Anything else?</p>", key="instagram")
    shop.wait_for_messages(conversation, 4)
    odoo.sql(
        "UPDATE omnichannel_enrollment SET state = 'done' WHERE conversation_id = %s RETURNING id",
        [conversation["id"]],
    )
    follow_up(shop, sequence, conversation)
    outcome, reason = decision(shop, conversation)
    assert outcome == "skipped"
    assert "Unsubscribe in an e-mail" in reason
    assert len(shop.mails_to(ana)) == 1
    message = agent.post(conversation, "<p>By mail, as you asked</p>", key="email")
    shop.wait_for_state(message, "sent")
