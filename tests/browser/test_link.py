"""Linking two customers who are one, and taking it back, in a real browser."""

import pytest
from playwright.sync_api import expect

SECOND = 1000
MENU = "/odoo/action-omnichannel_connector.omnichannel_{}_action"


@pytest.fixture
def ana(shop):
    """Somebody who wrote in two channels, and typed in one who she is in the other."""
    customer = shop.customer("Ana Linked")
    shop.writes(customer, "Where is my order?", on="sms")
    shop.conversation_of(customer["number"])
    shop.writes(customer, f"I wrote from {customer['number']} before")
    shop.conversation_of(customer["igsid"])
    shop.wait_for_profile(customer)
    return customer


def test_a_suggestion_is_linked_and_taken_back(shop, ana, page_factory, screenshots):
    page = page_factory("ada", MENU.format("suggestion"))
    row = page.locator(".o_data_row", has_text=ana["number"])
    expect(row).to_have_count(1, timeout=60 * SECOND)
    page.screenshot(path=screenshots / "suggestions.png")
    row.get_by_role("button", name="Link…").click()
    wizard = page.locator(".modal")
    preview = wizard.locator(".o-omnichannel-LinkPreview")
    expect(preview.get_by_role("row")).to_have_count(2, timeout=20 * SECOND)
    expect(preview).to_contain_text("You can undo this at any time")
    page.screenshot(path=screenshots / "link_preview.png")

    wizard.get_by_role("button", name="Link", exact=True).click()

    expect(wizard).to_have_count(0, timeout=20 * SECOND)
    linked = shop.conversation_of(ana["igsid"])
    assert linked["id"] == shop.conversation_of(ana["number"])["id"]
    assert len(shop.messages(linked)) == 2

    page.goto(shop.odoo.url + MENU.format("link"))
    link = page.locator(".o_data_row", has_text=ana["username"]).first
    expect(link).to_be_visible(timeout=30 * SECOND)
    page.screenshot(path=screenshots / "links.png")
    link.get_by_role("button", name="Undo").click()
    page.locator(".modal").get_by_role("button", name="Ok").click()
    expect(link).to_contain_text("Undone", timeout=20 * SECOND)

    apart = shop.conversation_of(ana["number"])
    assert apart["id"] != shop.conversation_of(ana["igsid"])["id"]
    assert len(shop.messages(apart)) == 1
    assert page.console_errors == []


def test_who_is_not_the_same_is_suggested_no_more(shop, ana, page_factory, screenshots):
    page = page_factory("ada", MENU.format("suggestion"))
    row = page.locator(".o_data_row", has_text=ana["number"])
    expect(row).to_have_count(1, timeout=60 * SECOND)

    row.get_by_role("button", name="Not the Same").click()

    expect(row).to_have_count(0, timeout=20 * SECOND)
    assert page.console_errors == []
    page.screenshot(path=screenshots / "suggestion_refused.png")
