"""The customer's record: beside the thread, and on the form of the customer."""

import pytest
from playwright.sync_api import expect

from tests.shop import make_agent

SECOND = 1000
WIDE, PHONE = {"width": 1500, "height": 850}, {"width": 360, "height": 740}


@pytest.fixture
def ana(shop):
    """A customer who wrote by SMS, with a lead that sue may see and ada may not."""
    make_agent(shop.odoo, "ada")
    make_agent(shop.odoo, "sue")
    ana = shop.customer("Ana Lima")
    shop.writes(ana, "Do you have the brass lamp?", on="sms")
    conversation = shop.conversation_of(ana["number"])
    shop.wait_for_messages(conversation, 1)
    partner = conversation["partner_id"][0]
    shop.odoo.rpc("res.partner", "write", [[partner], {"name": "Ana Lima"}])
    lead = {"name": "Ten brass lamps", "partner_id": partner, "expected_revenue": 400}
    shop.odoo.rpc("crm.lead", "create", [lead])
    group = shop.odoo.ref("sales_team.group_sale_salesman_all_leads")
    (sue,) = shop.odoo.rpc("res.users", "search", [[("login", "=", "sue")]])
    shop.odoo.rpc("res.users", "write", [[sue], {"group_ids": [(4, group)]}])
    return {**conversation, **ana, "partner": partner}


def open_thread(page_factory, login, ana, **size):
    path = f"/odoo/action-mail.action_discuss?active_id=discuss.channel_{ana['channel_id'][0]}"
    page = page_factory(login, path, **size)
    expect(page.locator(".o-mail-Message", has_text="brass lamp")).to_be_visible(
        timeout=60 * SECOND
    )
    return page


def open_panel(page):
    page.locator('.o-mail-DiscussContent-header [title="Customer\'s record"]').click()
    panel = page.locator(".o-omnichannel-Panel")
    expect(panel.locator(".o-omnichannel-RecordView")).to_be_visible(timeout=20 * SECOND)
    return panel


def overflow(page):
    """Return by how many pixels the page is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


def test_the_record_stands_beside_the_thread(ana, shop, page_factory, screenshots):
    page = open_thread(page_factory, "sue", ana, **WIDE)
    panel = open_panel(page)

    panel.get_by_role("button", name="Open leads").press("Enter")
    item = panel.locator(".o-omnichannel-RecordView-item", has_text="Ten brass lamps")
    expect(item).to_contain_text("400.00")
    page.screenshot(path=screenshots / "record_panel.png")
    item.press("Enter")
    expect(page.locator(".o_dialog .o_form_view")).to_be_visible(timeout=20 * SECOND)
    expect(page.locator(".o_dialog")).to_contain_text("Ten brass lamps")
    page.locator(".o_dialog .btn-close").click()
    expect(page.locator(".o-mail-Message", has_text="brass lamp")).to_be_visible()

    page.reload()
    expect(page.locator(".o-omnichannel-Panel")).to_be_visible(timeout=60 * SECOND)
    shop.writes(ana, "And the paper shade?", on="sms")
    expect(page.locator(".o-mail-Message", has_text="paper shade")).to_be_visible(
        timeout=20 * SECOND
    )
    assert page.console_errors == []


def test_who_may_not_see_leads_sees_none(ana, page_factory):
    page = open_thread(page_factory, "ada", ana, **WIDE)

    panel = open_panel(page)

    expect(panel).to_contain_text("Nothing here yet")
    expect(panel.get_by_role("button", name="Open leads")).to_have_count(0)
    assert page.console_errors == []


def test_the_panel_fits_a_phone(ana, page_factory, screenshots):
    page = open_thread(page_factory, "sue", ana, **PHONE)
    page.locator(".o-mail-ChatWindow-header, .o-mail-DiscussContent-header").first.wait_for()
    open_from_menu(page)

    panel = page.locator(".o-omnichannel-Panel")
    panel.get_by_role("button", name="Open leads").click(timeout=20 * SECOND)
    expect(panel.locator(".o-omnichannel-RecordView-item").first).to_be_visible()
    page.screenshot(path=screenshots / "record_panel_phone.png")
    assert overflow(page) <= 0
    assert page.console_errors == []


def open_from_menu(page):
    """Open the panel where actions may stand in a menu."""
    button = page.locator('[title="Customer\'s record"]')
    if not button.count():
        page.locator("[title='Open Actions Menu'], [title='More actions']").first.click()
        page.get_by_text("Customer's record").click()
    else:
        button.first.click()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_form_tells_channels_timeline_and_record(ana, page_factory, screenshots, size):
    page = page_factory("sue", f"/odoo/res.partner/{ana['partner']}", **size)
    page.get_by_role("tab", name="Channels").click(timeout=60 * SECOND)

    timeline = page.locator(".o-omnichannel-Timeline")
    expect(timeline.locator("label[data-channel=sms]")).to_be_visible(timeout=20 * SECOND)
    entry = timeline.locator(".o-omnichannel-Timeline-entry", has_text="brass lamp")
    expect(entry).to_be_visible()
    expect(page.locator(".o-omnichannel-PartnerRecord")).to_contain_text("Open leads")
    timeline.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / f"record_form_{size['width']}.png", full_page=True)
    assert overflow(page) <= 0

    timeline.locator("label[data-direction=outbound]").click()
    expect(timeline).to_contain_text("No message yet")
    timeline.locator("label[data-direction=all]").click()
    entry.click()
    expect(page.locator(".o-mail-Message", has_text="brass lamp")).to_be_visible(
        timeout=30 * SECOND
    )
    assert page.console_errors == []


def test_a_customer_is_found_by_number_and_shown_on_a_card(ana, page_factory, screenshots):
    page = page_factory("ada", "/odoo/action-omnichannel_connector.omnichannel_customer_action")
    page.locator(".o_searchview_input").fill(ana["number"])
    page.locator(".o_searchview_autocomplete").get_by_text("Address or Handle").first.click()

    card = page.locator(".o_kanban_record:not(.o_kanban_ghost)")
    expect(card).to_have_count(1, timeout=20 * SECOND)
    expect(card).to_contain_text("Do you have the brass lamp?")
    expect(card.locator("[data-kind=phone]")).to_be_visible()
    page.screenshot(path=screenshots / "record_cards.png")
    assert page.console_errors == []
