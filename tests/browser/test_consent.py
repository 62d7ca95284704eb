"""What a customer allows, as an agent sees it beside the thread, and on the customer's own page."""

import re

from playwright.sync_api import expect

from tests.odoo_server import wait_for

SECOND = 1000


def open_thread(page_factory, name):
    page = page_factory("ada", "/odoo/discuss")
    expect(page.locator(".o-mail-DiscussSidebar")).to_be_visible(timeout=60 * SECOND)
    page.locator(".o-mail-DiscussSidebarChannel", has_text=name).click(timeout=20 * SECOND)
    return page


def test_a_wish_to_stop_is_recorded_with_one_click(shop, page_factory, screenshots):
    dora = shop.customer("Dora Stop")
    shop.writes(dora, "Please stop texting me, thanks", on="sms")
    conversation = shop.conversation_of(dora["number"])
    partner = conversation["partner_id"][0]
    shop.odoo.rpc("res.partner", "write", [[partner], {"name": "Dora Stop"}])
    page = open_thread(page_factory, "Dora Stop")
    row = page.locator(".o-mail-Message .o-omnichannel-ConsentProposal")
    expect(row).to_contain_text("Seems to want no more messages by SMS", timeout=20 * SECOND)

    page.get_by_title("Customer's record").first.click()
    section = page.locator(".o-omnichannel-ConsentSection")
    expect(section.locator("blockquote")).to_have_text("Please stop texting me, thanks")
    page.screenshot(path=screenshots / "consent_proposal.png")
    section.get_by_role("button", name="Record").click()

    line = section.locator("[data-channel=sms][data-purpose=service]")
    expect(line).to_contain_text("Please stop texting me, thanks", timeout=20 * SECOND)
    expect(line).to_contain_text("Not allowed")
    expect(row).to_have_count(0)
    page.screenshot(path=screenshots / "consent_recorded.png")

    line.get_by_role("button", name=re.compile("Grant")).click()
    dialog = page.locator(".modal")
    dialog.locator("[name=words] textarea").fill("Do text me about my order")
    dialog.locator("[name=evidence] input").fill("on the phone")
    page.screenshot(path=screenshots / "consent_note.png")
    dialog.get_by_role("button", name="Record").click()
    expect(line.locator(".badge")).to_have_text("Allowed", timeout=20 * SECOND)
    assert page.console_errors == []


def test_a_customer_chooses_on_their_phone(shop, page_factory, screenshots):
    eva = shop.customer("Eva Page")
    shop.writes(eva, "Hello", on="sms")
    conversation = shop.conversation_of(eva["number"])
    values = {"email": eva["email"]}
    shop.odoo.rpc("res.partner", "write", [[conversation["partner_id"][0]], values])
    domain = [("value", "=", eva["number"])]
    (identity,) = shop.odoo.rpc("omnichannel.identity", "search", [domain])
    link = shop.odoo.rpc(
        "omnichannel.conversation", "get_preference_link", [[conversation["id"]], identity]
    )

    page = page_factory(None, link.removeprefix(shop.odoo.url), width=390, height=760)
    page.get_by_label("Offers and news").first.check()
    page.screenshot(path=screenshots / "preference_page.png")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("status")).to_have_text("Saved. This holds from now on.")
    expect(page.get_by_label("Offers and news").first).to_be_checked()
    page.screenshot(path=screenshots / "preference_saved.png")
    shop.writes(eva, "STOP", on="sms")
    told = [("identity_id", "=", identity), ("source", "=", "provider")]
    wait_for(lambda: shop.odoo.rpc("omnichannel.consent", "search_count", [told]))
    page.goto(link)
    expect(page.get_by_text("text START to")).to_be_visible()
    expect(page.get_by_label("Offers and news").first).to_be_disabled()
    page.screenshot(path=screenshots / "preference_blocked.png")
    assert page.console_errors == []
