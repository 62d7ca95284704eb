"""A ringing call reaches the agents at once, with the customer's conversation one click away."""

import pytest
from playwright.sync_api import expect

from tests.shop import Shop, make_agent

SECOND = 1000
NOTICE = ".o-omnichannel-Ringing"


@pytest.fixture
def shop(odoo, sandbox):
    for login in ("ada", "bea"):
        make_agent(odoo, login)
    running = Shop(odoo, sandbox, voice=True)
    yield running
    running.close()


def known_customer(shop):
    """Return a customer who wrote an e-mail before they call, and their conversation."""
    ana = shop.customer("Ana")
    shop.mails(ana, "The brass lamp flickers since yesterday.", subject="Lamp")
    conversation = shop.conversation_of(ana["email"])
    values = {"name": "Ana Silva", "phone": ana["number"]}
    shop.odoo.rpc("res.partner", "write", [[conversation["partner_id"][0]], values])
    return ana, conversation


def notice_of(page, customer):
    """Return the notice of one customer's call: another test's may still ring."""
    return page.locator(NOTICE, has_text=customer["number"])


# The server tells a user of their own changed settings: who hears that is told of calls, too.
HEARS = """
async () => {
    const services = odoo.__WOWL_DEBUG__?.root.env.services;
    const settings = services?.["mail.store"].settings.id;
    if (!settings || !services["omnichannel.ringing"]) {
        return false;
    }
    if (!window.omniTest) {
        window.omniTest = { isOpen: false, hears: false };
        services.bus_service.subscribe("res.users.settings", () => { omniTest.hears = true; });
    }
    omniTest.isOpen = !omniTest.isOpen;
    const values = { is_discuss_sidebar_category_chat_open: omniTest.isOpen };
    await services.orm.silent.call(
        "res.users.settings", "set_res_users_settings", [[settings]], { new_settings: values });
    return omniTest.hears;
}
"""


def is_connected(page):
    """Wait until the page hears the server: what is sent before is never shown."""
    expect(page.locator(".o_main_navbar")).to_be_visible(timeout=60 * SECOND)
    page.wait_for_function(HEARS, polling=500, timeout=60 * SECOND)
    return page


@pytest.mark.parametrize("width", [380, 1366])
def test_the_call_opens_with_the_agent_already_seeing_the_email(
    shop, page_factory, screenshots, width
):
    ana, _conversation = known_customer(shop)
    page = is_connected(page_factory("ada", "/odoo/contacts", width=width))

    call = shop.calls(ana, steps="manual")

    notice = notice_of(page, ana)
    expect(notice).to_be_visible(timeout=20 * SECOND)
    expect(notice).to_have_css("opacity", "1")  # it is faded in
    expect(notice).to_have_attribute("role", "alert")
    for text in ("Ana Silva", ana["number"], "E-mail", "The brass lamp flickers"):
        expect(notice).to_contain_text(text)
    page.screenshot(path=screenshots / f"ringing_{width}.png")
    button = notice.get_by_role("button", name="Open conversation")
    button.focus()
    page.keyboard.press("Enter")

    expect(page.locator(".o-mail-Message", has_text="brass lamp flickers")).to_be_visible(
        timeout=20 * SECOND
    )
    expect(notice).to_have_count(0)
    bubble = page.locator(".o-omnichannel-Message-call")
    expect(bubble).to_have_attribute("data-state", "ringing", timeout=20 * SECOND)
    shop.on_call(call, "answer")
    expect(bubble).to_have_attribute("data-state", "answered", timeout=20 * SECOND)
    shop.on_call(call, "end", seconds=200)
    expect(bubble).to_have_attribute("data-state", "ended", timeout=20 * SECOND)
    page.screenshot(path=screenshots / f"call_{width}.png")
    assert page.console_errors == []


def test_the_notice_goes_when_somebody_else_answers(shop, page_factory):
    ana, _conversation = known_customer(shop)
    page = is_connected(page_factory("ada", "/odoo/contacts"))
    call = shop.calls(ana, steps="manual")
    expect(notice_of(page, ana)).to_be_visible(timeout=20 * SECOND)

    shop.on_call(call, "answer")

    expect(notice_of(page, ana)).to_have_count(0, timeout=20 * SECOND)
    shop.on_call(call, "end", seconds=5)


def test_who_may_not_read_the_conversation_sees_nothing(shop, page_factory):
    ana, conversation = known_customer(shop)
    domain = [("login", "=", "ada")]
    user = shop.odoo.rpc("res.users", "search", [domain])[0]
    shop.odoo.rpc("omnichannel.conversation", "write", [[conversation["id"]], {"user_id": user}])
    ada = is_connected(page_factory("ada", "/odoo/contacts"))
    bea = is_connected(page_factory("bea", "/odoo/contacts"))

    shop.calls(ana, steps="manual")
    expect(notice_of(ada, ana)).to_be_visible(timeout=20 * SECOND)

    # nobody's customer: whoever hears of this one would have heard of Ana before
    bob = shop.customer("Bob")
    shop.calls(bob, steps="manual")
    expect(notice_of(bea, bob)).to_be_visible(timeout=20 * SECOND)
    expect(notice_of(bea, ana)).to_have_count(0)
    expect(bea.locator(".o_error_dialog")).to_have_count(0)
