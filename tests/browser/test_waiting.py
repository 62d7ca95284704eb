"""Who waits, snoozing, and the lists and reports of it, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.shop import Shop, make_agent

SECOND = 1000
DESK = {"width": 1366, "height": 850}
PHONE = {"width": 360, "height": 740}
ACTION = "/odoo/action-omnichannel_connector."


@pytest.fixture
def shop(odoo, sandbox):
    make_agent(odoo, "ada")
    running = Shop(odoo, sandbox)
    yield running
    running.close()


@pytest.fixture
def busy(shop):
    """A shop with somebody who waits too long, somebody who was answered, and somebody snoozed."""
    ana, bob, eve = (shop.customer(name) for name in ("Ana Waits", "Bob Served", "Eve Snoozed"))
    shop.writes(ana, "Is the brass lamp dimmable?")
    shop.writes(ana, "And how much is it?")
    shop.writes(bob, "Do you deliver?", on="sms")
    shop.writes(eve, "Call me next week, please.")
    found = [shop.conversation_of(ana["igsid"]), shop.conversation_of(bob["number"])]
    found.append(shop.conversation_of(eve["igsid"]))
    team = shop.odoo.rpc(
        "omnichannel.team",
        "create",
        [{"name": "Sales", "first_response_minutes": 5, "next_response_minutes": 5}],
    )
    ids = [conversation["id"] for conversation in found]
    shop.odoo.rpc("omnichannel.conversation", "write", [ids, {"team_id": team}])
    channel = found[1]["channel_id"][0]
    post = {"body": "We do.", "message_type": "comment", "omnichannel_key": "sms"}
    shop.odoo.rpc("discuss.channel", "message_post", [[channel]], post)
    shop.odoo.rpc("omnichannel.conversation", "action_close", [[ids[1]]])
    shop.odoo.rpc("omnichannel.conversation", "action_snooze", [[ids[2]]])
    shop.odoo.sql(
        """
        UPDATE omnichannel_conversation
           SET waiting_since = waiting_since - interval '3 hours',
               response_due_at = response_due_at - interval '3 hours'
         WHERE id = %s RETURNING id
        """,
        [ids[0]],
    )
    return shop


def test_the_list_says_who_waits(busy, page_factory, screenshots):
    page = page_factory("admin", f"{ACTION}omnichannel_conversation_action", **DESK)
    row = page.locator(".o_data_row", has_text="Ana Waits").first
    expect(row).to_contain_text("3 h", timeout=60 * SECOND)
    expect(row).to_contain_text("And how much is it?")
    expect(page.locator(".o_data_row", has_text="Bob Served")).to_have_count(0)
    page.screenshot(path=screenshots / "waiting_list.png")

    page.locator(".o_switch_view.o_kanban").click()
    card = page.locator(".o_kanban_record", has_text="Ana Waits").first
    expect(card.locator(".text-danger")).to_contain_text("3 h")
    page.screenshot(path=screenshots / "waiting_kanban.png")
    for view in ("pivot", "graph"):
        page.locator(f".o_switch_view.o_{view}").click()
        expect(page.locator(f".o_{view}_view")).to_be_visible(timeout=20 * SECOND)
        page.screenshot(path=screenshots / f"waiting_{view}.png")
    assert page.console_errors == []


def test_the_list_on_a_phone(busy, page_factory, screenshots):
    page = page_factory("admin", f"{ACTION}omnichannel_conversation_action", **PHONE)
    expect(page.get_by_text("Ana Waits").first).to_be_visible(timeout=60 * SECOND)
    page.screenshot(path=screenshots / "waiting_phone.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("name", ["episode", "message_report"])
@pytest.mark.parametrize("size", [DESK, PHONE])
def test_reports(busy, page_factory, screenshots, name, size):
    page = page_factory("admin", f"{ACTION}omnichannel_{name}_action", **size)
    expect(page.locator(".o_graph_renderer canvas")).to_be_visible(timeout=60 * SECOND)
    page.wait_for_timeout(1000)  # the chart grows into its place
    page.screenshot(path=screenshots / f"report_{name}_{size['width']}.png")
    if size is DESK:
        page.locator(".o_switch_view.o_pivot").click()
        expect(page.locator(".o_pivot table")).to_be_visible(timeout=20 * SECOND)
        page.screenshot(path=screenshots / f"report_{name}_pivot.png")
    assert page.console_errors == []


def test_an_agent_snoozes_and_wakes(shop, page_factory, screenshots):
    ana = shop.customer("Ana Later")
    shop.writes(ana, "Call me tomorrow")
    conversation = shop.conversation_of(ana["igsid"])
    page = page_factory("ada", "/odoo/discuss", **DESK)
    page.locator(".o-mail-DiscussSidebarChannel", has_text="Ana Later").click(timeout=60 * SECOND)

    page.get_by_title("Snooze conversation").first.click()
    dialog = page.locator(".modal")
    expect(dialog.get_by_text("Tomorrow morning")).to_be_visible(timeout=20 * SECOND)
    page.screenshot(path=screenshots / "snooze.png")
    dialog.get_by_text("In an hour").click()
    dialog.get_by_role("button", name="Snooze").click()

    wake = page.get_by_title("Wake conversation").first
    expect(wake).to_be_visible(timeout=20 * SECOND)
    names = ["state", "snoozed_until"]
    read = shop.odoo.rpc("omnichannel.conversation", "read", [[conversation["id"]], names])[0]
    assert read["state"] == "snoozed"
    assert read["snoozed_until"]
    wake.click()
    expect(page.get_by_title("Snooze conversation").first).to_be_visible(timeout=20 * SECOND)
    assert page.console_errors == []
