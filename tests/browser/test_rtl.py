"""A language that runs from right to left: the thread, its composer and the lists are mirrored."""

import pytest
from playwright.sync_api import expect

from tests.browser.writing import write
from tests.shop import make_agent

SECOND = 1000


@pytest.fixture
def arab(odoo):
    """Ada, who reads Arabic. No words are loaded: it is about the direction."""
    make_agent(odoo, "ada")
    domain = [("code", "=", "ar_001"), ("active", "in", [True, False])]
    language = odoo.rpc("res.lang", "search", [domain])
    odoo.rpc("res.lang", "write", [language, {"active": True}])
    ada = odoo.rpc("res.users", "search", [[("login", "=", "ada")]])
    odoo.rpc("res.users", "write", [ada, {"lang": "ar_001"}])
    yield "ada"
    odoo.rpc("res.users", "write", [ada, {"lang": "en_US"}])


def middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2


def side_of_margin(locator):
    return locator.evaluate(
        "(node) => { const s = getComputedStyle(node); return [s.marginLeft, s.marginRight]; }"
    )


def answer(page, text):
    write(page, text)
    message = page.locator(".o-mail-Message.o-omnichannel-ours", has_text=text)
    expect(message).to_be_visible(timeout=20 * SECOND)
    return message


@pytest.mark.parametrize("width", [360, 1366])
def test_the_thread_is_mirrored(shop, arab, page_factory, screenshots, width):
    ana = shop.customer("Ana Lima")
    shop.writes(ana, "Is the brass lamp in stock?")
    shop.writes(ana, "Or here?", on="sms")
    conversation = shop.conversation_of(ana["igsid"])
    path = f"/odoo/discuss?active_id=discuss.channel_{conversation['channel_id'][0]}"
    page = page_factory(arab, path, width=width)
    question = page.locator(".o-mail-Message", has_text="brass lamp")
    expect(question).to_be_visible(timeout=120 * SECOND)

    ours = answer(page, "It is.")

    assert page.evaluate("getComputedStyle(document.body).direction") == "rtl"
    # an address stands to the left of its channel, with the space between them
    left, right = side_of_margin(question.locator(".o-omnichannel-Message-address"))
    assert float(right[:-2]) > float(left[:-2]) == 0
    assert middle(question.locator(".o-mail-Message-body")) > middle(
        ours.locator(".o-mail-Message-body")
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.screenshot(path=screenshots / f"rtl_thread_{width}.png")
    if width > 1000:
        page.locator('.o-mail-DiscussContent-header [name="omnichannel-panel"]').click()
        panel = page.locator(".o-omnichannel-RecordView")
        expect(panel).to_be_visible(timeout=20 * SECOND)
        assert middle(panel) < middle(question)
        page.screenshot(path=screenshots / "rtl_panel.png")
    assert page.console_errors == []


@pytest.mark.parametrize("screen", ["conversation", "identity", "message"])
def test_the_lists_are_mirrored(shop, arab, page_factory, screenshots, screen):
    ana = shop.customer("Ana Lima")
    shop.writes(ana, "Is the brass lamp in stock?")
    shop.conversation_of(ana["igsid"])
    page = page_factory(arab, f"/odoo/action-omnichannel_connector.omnichannel_{screen}_action")
    cells = page.locator(".o_data_row").first.locator(".o_data_cell")
    expect(cells.first).to_be_visible(timeout=60 * SECOND)
    assert middle(cells.first) > middle(cells.last)
    page.screenshot(path=screenshots / f"rtl_{screen}.png")
