"""What an agent sees and does in Odoo's Discuss, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.writing import write
from tests.shop import Shop, make_agent

SECOND = 1000


@pytest.fixture
def shop(odoo, sandbox):
    make_agent(odoo, "ada")
    make_agent(odoo, "bea")
    running = Shop(odoo, sandbox)
    yield running
    running.close()


def open_discuss(page_factory, login="ada", **size):
    page = page_factory(login, "/odoo/discuss", **size)
    expect(page.locator(".o-mail-DiscussSidebar")).to_be_visible(timeout=60 * SECOND)
    return page


def thread_in_sidebar(page, name):
    return page.locator(".o-mail-DiscussSidebarChannel", has_text=name)


def channel_option(page, channel):
    return page.locator(f".o-omnichannel-ChannelSelector-option[data-channel={channel}]")


def bubble(page, text):
    return page.locator(".o-mail-Message", has_text=text)


def test_a_dm_arrives_without_reloading_and_is_answered(shop, page_factory, screenshots):
    page = open_discuss(page_factory)
    ana = shop.customer("Ana Dimmer")

    shop.writes(ana, "Is the brass lamp dimmable?")
    thread_in_sidebar(page, "Ana Dimmer").click(timeout=20 * SECOND)
    expect(bubble(page, "Is the brass lamp dimmable?")).to_be_visible()
    expect(bubble(page, "brass lamp").locator("[data-channel=instagram]")).to_be_visible()

    expect(channel_option(page, "instagram")).to_have_class(re.compile("o-selected"))
    write(page, "It is, with any dimmer.")

    answer = bubble(page, "It is, with any dimmer.").locator(".o-omnichannel-Message-state")
    expect(answer).to_have_attribute("data-state", re.compile("sent|read"), timeout=20 * SECOND)
    shop.sandbox.control.customer_acts(ana["id"], action="read", account=shop.instagram_id)
    expect(answer).to_have_attribute("data-state", "read", timeout=20 * SECOND)
    assert shop.phone(ana) == ["Is the brass lamp dimmable?", "It is, with any dimmer."]
    page.screenshot(path=screenshots / "answered.png")
    assert page.console_errors == []


def test_a_note_stays_inside_and_looks_like_one(shop, page_factory, screenshots):
    page = open_discuss(page_factory)
    ana = shop.customer("Ana")
    shop.writes(ana, "Hello", on="sms")
    thread_in_sidebar(page, ana["number"]).click(timeout=20 * SECOND)

    channel_option(page, "note").click()
    write(page, "Asked for a discount twice")

    note = bubble(page, "Asked for a discount twice")
    expect(note.locator(".o-omnichannel-Message-noteLabel")).to_be_visible()
    assert shop.phone(ana) == ["Hello"]
    page.screenshot(path=screenshots / "note.png")
    assert page.console_errors == []


def test_every_channel_of_the_customer_is_one_thread(shop, page_factory, screenshots):
    ana = shop.customer("Ana")
    shop.writes(ana, "Do you have the paper lantern in blue?")
    conversation = shop.conversation_of(ana["igsid"])
    values = {"name": "Ana Silva", "phone": ana["number"], "email": ana["email"]}
    shop.odoo.rpc("res.partner", "write", [[conversation["partner_id"][0]], values])
    page = open_discuss(page_factory)
    thread_in_sidebar(page, "Ana Silva").first.click(timeout=20 * SECOND)

    shop.writes(ana, "Ana here. Did you see my question on Instagram?", on="sms")
    shop.mails(ana, "Or write me here, whatever suits you.", subject="Paper lantern")

    for text, channel in (("paper lantern in blue", "instagram"), ("Ana here", "sms")):
        expect(bubble(page, text).locator(f"[data-channel={channel}]")).to_be_visible(
            timeout=20 * SECOND
        )
    expect(page.locator(".o-mail-Message [data-channel=email]")).to_be_visible(timeout=20 * SECOND)
    for channel in ("instagram", "sms", "email"):
        channel_option(page, channel).click()
        expect(channel_option(page, channel)).to_have_class(re.compile("o-selected"))
    page.screenshot(path=screenshots / "one_thread.png")
    assert page.console_errors == []


def test_a_long_line_of_a_plain_mail_is_shown_whole(shop, page_factory):
    ana = shop.customer("Ana Long")
    shop.mails(ana, "I have a long story to tell about this lamp. " * 12)
    shop.conversation_of(ana["email"])
    page = open_discuss(page_factory)
    thread_in_sidebar(page, "Ana Long").first.click(timeout=20 * SECOND)

    text = page.locator(".o-mail-Message pre", has_text="a long story")
    expect(text).to_be_visible(timeout=20 * SECOND)
    hidden = text.evaluate(
        """(pre) => {
            const frame = pre.getRootNode().host;
            return frame.scrollWidth - frame.clientWidth;
        }"""
    )
    assert hidden <= 0


def test_who_answers_takes_the_conversation_from_the_others_lists(shop, page_factory):
    ana = shop.customer("Ana")
    shop.writes(ana, "Hello", on="sms")
    shop.conversation_of(ana["number"])
    ada, bea = open_discuss(page_factory, "ada"), open_discuss(page_factory, "bea")
    expect(thread_in_sidebar(bea, ana["number"])).to_be_visible(timeout=20 * SECOND)

    thread_in_sidebar(ada, ana["number"]).click(timeout=20 * SECOND)
    expect(channel_option(ada, "sms")).to_have_class(re.compile("o-selected"))
    write(ada, "Mine")

    expect(thread_in_sidebar(bea, ana["number"])).to_have_count(0, timeout=20 * SECOND)
    expect(thread_in_sidebar(ada, ana["number"])).to_be_visible()


def test_a_closed_window_says_why(shop, page_factory, screenshots):
    ana = shop.customer("Ana Late")
    shop.writes(ana, "Hello")
    shop.conversation_of(ana["igsid"])
    shop.odoo.sql(
        """
        UPDATE omnichannel_identity SET last_inbound_at = last_inbound_at - interval '8 days'
         WHERE value = %s RETURNING id
        """,
        [ana["igsid"]],
    )
    page = open_discuss(page_factory)

    thread_in_sidebar(page, "Ana Late").click(timeout=20 * SECOND)

    expect(channel_option(page, "note")).to_have_class(re.compile("o-selected"))
    expect(page.locator(".o-omnichannel-ChannelSelector-hint")).to_contain_text("too long ago")
    page.screenshot(path=screenshots / "closed_window.png")


@pytest.mark.parametrize(
    "path",
    [
        "conversation",
        "identity",
        "account",
        "event",
        "message",
        "delivery",
        "sequence",
        "enrollment",
    ],
)
def test_every_list_opens_without_an_error(shop, page_factory, screenshots, path):
    ana = shop.customer("Ana")
    shop.writes(ana, "Hello")
    shop.conversation_of(ana["igsid"])

    page = page_factory("admin", f"/odoo/action-omnichannel_connector.omnichannel_{path}_action")

    content = page.locator(".o_list_view .o_data_row, .o_view_nocontent")
    expect(content.first).to_be_visible(timeout=30 * SECOND)
    page.screenshot(path=screenshots / f"list_{path}.png")
    assert page.console_errors == []


@pytest.mark.parametrize("width", [380, 1366])
def test_the_customer_form_shows_channels_and_opens_the_thread(
    shop, page_factory, screenshots, width
):
    ana = shop.customer("Ana")
    shop.writes(ana, "Hello")
    conversation = shop.conversation_of(ana["igsid"])
    shop.wait_for_profile(ana)
    partner_id = conversation["partner_id"][0]
    page = page_factory("ada", f"/odoo/contacts/{partner_id}", width=width)

    page.get_by_role("tab", name="Channels").click(timeout=30 * SECOND)
    expect(page.get_by_text(f"@{ana['username']}")).to_be_visible()
    page.screenshot(path=screenshots / f"customer_{width}.png")
    if width < 500:
        page.locator(".o-form-buttonbox .dropdown-toggle").first.click()
    page.get_by_role("button", name="Conversation").first.click()

    expect(bubble(page, "Hello")).to_be_visible(timeout=20 * SECOND)
    page.screenshot(path=screenshots / f"thread_{width}.png")
    assert page.console_errors == []
