"""Catching up, a suggestion by the keyboard, and a writing service that fails: nothing is sent."""

import pytest
from playwright.sync_api import expect

from tests.browser import axe
from tests.browser.test_composer import SECOND, composer, open_thread
from tests.shop import Shop, make_agent

PATIENCE = 30 * SECOND
HOURS = "We are open from ten to six."
REPLY = ".o-omnichannel-SuggestedReplies-reply"
DRAFT = ".o-omnichannel-SuggestedReplies-draft"
LINE = ".o-omnichannel-CatchUp-line"


@pytest.fixture
def shop(odoo, sandbox):
    make_agent(odoo, "ada")
    running = Shop(odoo, sandbox)
    expect.set_options(timeout=PATIENCE)
    yield running
    expect.set_options(timeout=5 * SECOND)
    running.close()


@pytest.fixture
def service(odoo, sandbox):
    """A writing service at the sandbox, which fails once."""
    values = {"url": f"{sandbox.url}/assistant/v1", "model": "small", "key": "k", "is_used": True}
    service = odoo.rpc("omnichannel.endpoint", "create", [values])
    sandbox.faults.add(provider="assistant", call="complete", action="error_before")
    yield service
    odoo.rpc("omnichannel.endpoint", "unlink", [[service]])


@pytest.fixture
def canned(odoo):
    group = odoo.ref("omnichannel_connector.omnichannel_group_agent")
    values = {"source": "opening hours", "substitution": HOURS, "group_ids": [(4, group)]}
    canned = odoo.rpc("mail.canned.response", "create", [values])
    yield canned
    odoo.rpc("mail.canned.response", "unlink", [[canned]])


def test_it_helps_and_never_sends(odoo, sandbox, shop, service, canned, page_factory, screenshots):
    ana = shop.customer("Ana")
    shop.writes(ana, "I'll bring the old lamp on Friday. When are you open?", on="sms")
    shop.conversation_of(ana["number"])
    page = open_thread(page_factory, "ada", ana)

    page.locator('[title="Catch me up"]').first.click()
    expect(page.locator(f"{LINE}[data-kind=questions]")).to_contain_text("When are you open?")
    expect(page.locator(f"{LINE}[data-kind=promises]")).to_contain_text("old lamp on Friday")
    expect(page.locator(REPLY)).to_contain_text(HOURS)
    page.screenshot(path=screenshots / "assistant.png")
    assert axe.violations(page, ".o-omnichannel-CatchUp, .o-omnichannel-SuggestedReplies") == []
    page.locator(LINE).first.click()
    expect(page.locator(".o-mail-Message.o-highlighted")).to_be_visible()

    page.locator(DRAFT).click()
    hint = page.locator(".o-omnichannel-SuggestedReplies-hint")
    expect(hint).to_contain_text("Go on without it")
    expect(composer(page)).to_have_value("")

    page.locator(REPLY).focus()
    page.keyboard.press("Enter")
    expect(composer(page)).to_have_value(HOURS)
    expect(composer(page)).to_be_focused()
    expect(page.locator(REPLY)).to_have_count(0)
    assert len(shop.phone(ana)) == 1

    odoo.rpc("omnichannel.endpoint", "write", [[service], {"paused_until": False}])
    composer(page).fill("")
    page.locator(DRAFT).click()
    expect(composer(page)).to_have_value("A draft after 1 lines.")
    assert ana["number"] not in str(sandbox.assistant.asked)
    assert len(shop.phone(ana)) == 1
    assert page.console_errors == []

    phone = page_factory("ada", "/odoo/discuss", width=360, height=740)
    phone.get_by_role("button", name="Customers").click()
    phone.locator(".o-mail-NotificationItem", has_text=ana["number"]).click()
    expect(phone.locator(REPLY)).to_be_visible()
    phone.screenshot(path=screenshots / "assistant_narrow.png")
    assert phone.console_errors == []
