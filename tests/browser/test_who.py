"""Who is this? An agent answers it beside the thread, or in the conversation's form."""

import pytest
from playwright.sync_api import expect

SECOND = 1000
WHO = ".o-omnichannel-WhoSection"


@pytest.fixture
def shared(shop):
    """A number on the records of two people, from which somebody wrote."""
    customer = shop.customer("Somebody")
    cities = {"Ana Silva": "Lisbon", "Bob Silva": "Porto"}
    for name, city in cities.items():
        values = {"name": name, "phone": customer["number"], "city": city}
        shop.odoo.rpc("res.partner", "create", [values])
    shop.writes(customer, "Is my order ready?", on="sms")
    shop.conversation_of(customer["number"])
    return customer


def thread_in_sidebar(page, name):
    return page.locator(".o-mail-DiscussSidebarChannel", has_text=name)


def open_panel(page, name):
    thread_in_sidebar(page, name).click(timeout=60 * SECOND)
    expect(page.locator(".o-mail-Message").first).to_be_visible(timeout=20 * SECOND)
    if not page.locator(WHO).count():
        page.locator('[title="Customer\'s record"]').first.click()
    expect(page.locator(WHO)).to_be_visible(timeout=20 * SECOND)


def test_an_agent_says_beside_the_thread_who_it_is(shop, shared, page_factory, screenshots):
    page = page_factory("ada", "/odoo/discuss")
    open_panel(page, shared["number"])
    expect(page.locator(f"{WHO}-candidate")).to_have_count(2)
    page.screenshot(path=screenshots / "who_is_this.png")

    page.locator(f"{WHO}-candidate", has_text="Ana Silva").click()

    expect(page.locator(".o-mail-DiscussContent-threadName")).to_have_value(
        "Ana Silva", timeout=20 * SECOND
    )
    expect(page.locator(".o-mail-Message", has_text="Is my order ready?")).to_be_visible()
    page.screenshot(path=screenshots / "who_is_ana.png")
    assert page.console_errors == []


def test_a_household_speaks_one_after_the_other(shop, shared, page_factory, screenshots):
    page = page_factory("ada", "/odoo/discuss")
    open_panel(page, shared["number"])
    page.locator(f"{WHO} button", has_text="A household").click()
    page.locator(f"{WHO}-speaker", has_text="Bob Silva").click(timeout=20 * SECOND)
    expect(page.locator(f"{WHO}-speaker[aria-pressed=true]")).to_have_text("Bob Silva")

    shop.writes(shared, "It is Bob, by the way", on="sms")

    bubble = page.locator(".o-mail-Message", has_text="It is Bob")
    expect(bubble.locator(".o-omnichannel-Message-speaker")).to_have_text(
        "Bob Silva", timeout=20 * SECOND
    )
    page.screenshot(path=screenshots / "household.png")
    assert page.console_errors == []


def test_the_form_asks_too(shop, shared, page_factory, screenshots):
    conversation = shop.conversation_of(shared["number"])
    action = "omnichannel_connector.omnichannel_conversation_action"
    page = page_factory("ada", f"/odoo/action-{action}/{conversation['id']}")
    expect(page.locator("div[name=who]")).to_be_visible(timeout=60 * SECOND)
    page.locator(".nav-link", has_text="Who Is This?").click()
    page.screenshot(path=screenshots / "who_form.png")

    page.locator(".o_data_row", has_text="Bob Silva").locator("button").click()

    expect(page.locator(".o-mail-DiscussContent-threadName")).to_have_value(
        "Bob Silva", timeout=30 * SECOND
    )
    assert page.console_errors == []
