"""Mails of documents in the thread, and records made out of it."""

import pytest
from playwright.sync_api import expect

from tests.shop import make_agent

SECOND = 1000
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def ana(shop):
    """A customer with a lead that wrote to her, and that she answered."""
    odoo = shop.odoo
    make_agent(odoo, "sue")
    (sue,) = odoo.rpc("res.users", "search", [[("login", "=", "sue")]])
    group = odoo.ref("sales_team.group_sale_salesman_all_leads")
    values = {"group_ids": [(4, group)], "email": "sue@shop.example.com"}
    odoo.rpc("res.users", "write", [[sue], values])
    ana = shop.customer("Ana Lima")
    values = {"name": "Ana Lima", "email": ana["email"], "phone": ana["number"]}
    partner = odoo.rpc("res.partner", "create", [values])
    shop.writes(ana, "Do you have the brass lamp?", on="sms")
    conversation = shop.conversation_of(ana["number"])
    shop.wait_for_messages(conversation, 1)
    lead = odoo.rpc("crm.lead", "create", [{"name": "Ten brass lamps", "partner_id": partner}])
    return {**conversation, **ana, "partner": partner, "lead": lead}


def write_from_lead(odoo, ana):
    post = {"body": "Our offer: 40 EUR", "message_type": "comment", "partner_ids": [ana["partner"]]}
    post["subtype_xmlid"] = "mail.mt_comment"
    odoo.rpc("crm.lead", "message_post", [[ana["lead"]]], post, login="sue")


def open_thread(page_factory, ana, **size):
    path = f"/odoo/action-mail.action_discuss?active_id=discuss.channel_{ana['channel_id'][0]}"
    page = page_factory("sue", path, **size)
    expect(page.locator(".o-mail-Message", has_text="brass lamp")).to_be_visible(
        timeout=60 * SECOND
    )
    return page


def test_a_documents_mail_comes_as_a_card_that_opens_it(ana, shop, page_factory, screenshots):
    page = open_thread(page_factory, ana)

    write_from_lead(shop.odoo, ana)

    card = page.locator("a.o-omnichannel-RecordCard", has_text="Our offer: 40 EUR")
    expect(card).to_be_visible(timeout=20 * SECOND)
    expect(card).to_contain_text("E-mail by Sue about")
    expect(card).to_contain_text("Ten brass lamps")
    page.screenshot(path=screenshots / "document_card.png")
    card.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".o_dialog .o_form_view")).to_be_visible(timeout=20 * SECOND)
    expect(page.locator(".o_dialog")).to_contain_text("Ten brass lamps")
    assert page.console_errors == []


def test_cards_and_the_menu_fit_a_phone(ana, shop, page_factory, screenshots):
    write_from_lead(shop.odoo, ana)
    page = open_thread(page_factory, ana, **PHONE)

    card = page.locator("a.o-omnichannel-RecordCard", has_text="Our offer: 40 EUR")
    expect(card).to_be_visible(timeout=20 * SECOND)
    page.screenshot(path=screenshots / "document_card_phone.png")
    box = card.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
    page.locator("[title='Open Actions Menu'], [title='More actions']").first.click()
    page.get_by_text("Customer's record").click()
    button = page.locator(".o-omnichannel-CreateSection").get_by_role("button", name="Create")
    button.click(timeout=20 * SECOND)
    item = page.get_by_role("menuitem", name="Lead")
    expect(item).to_be_visible()
    page.screenshot(path=screenshots / "create_menu_phone.png")
    assert page.console_errors == []


def test_a_lead_is_made_from_the_thread_by_keyboard(ana, shop, page_factory, screenshots):
    page = open_thread(page_factory, ana)
    page.locator('.o-mail-DiscussContent-header [title="Customer\'s record"]').click()
    button = page.locator(".o-omnichannel-CreateSection").get_by_role("button", name="Create")
    expect(button).to_be_visible(timeout=20 * SECOND)

    button.press("Enter")
    page.screenshot(path=screenshots / "create_menu.png")
    page.get_by_role("menuitem", name="Lead").press("Enter")

    note = page.locator(".o-mail-Message", has_text="Do you have the brass lamp?")
    expect(note).to_be_visible(timeout=20 * SECOND)
    expect(page.locator(".o_form_view")).to_contain_text("Ana Lima")
    page.screenshot(path=screenshots / "created_lead.png")
    made = shop.odoo.rpc("crm.lead", "search_count", [[("partner_id", "=", ana["partner"])]])
    assert made == 2
    note.get_by_role("link", name="Open the conversation").click()
    cards = page.locator("a.o-omnichannel-RecordCard[data-model='crm.lead']")
    expect(cards).to_have_count(2, timeout=20 * SECOND)
    assert page.console_errors == []
