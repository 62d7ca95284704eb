"""What agents write in Discuss: compare-and-send, undo, send later; over the fake providers."""

import re

import pytest
from playwright.sync_api import expect

from tests.shop import Shop, make_agent, make_user

SECOND = 1000
LINE = 25  # pixels
PATIENCE = 30 * SECOND  # two browsers at once may be slow
SUPERVISOR = "omnichannel_connector.omnichannel_group_supervisor"
LEFT = re.compile("sent|delivered|read")


@pytest.fixture
def shop(odoo, sandbox):
    make_agent(odoo, "ada")
    make_user(odoo, "sue", SUPERVISOR)  # sees a conversation still when a colleague took it
    running = Shop(odoo, sandbox)
    expect.set_options(timeout=PATIENCE)
    yield running
    expect.set_options(timeout=5 * SECOND)
    hold(running, 0)
    running.close()


def hold(shop, seconds):
    """Let agents undo what they sent for so long."""
    shop.odoo.rpc("res.company", "write", [[1], {"omnichannel_undo_seconds": seconds}])


def waiting_customer(shop, text="Is the brass lamp dimmable?"):
    """Return a customer who wrote by SMS and waits for an answer."""
    ana = shop.customer("Ana")
    shop.writes(ana, text, on="sms")
    shop.conversation_of(ana["number"])
    return ana


def open_thread(page_factory, login, ana, **size):
    page = page_factory(login, "/odoo/discuss", **size)
    thread = page.locator(".o-mail-DiscussSidebarChannel", has_text=ana["number"])
    thread.first.click(timeout=60 * SECOND)
    selected = page.locator(".o-omnichannel-ChannelSelector-option.o-selected")
    expect(selected).to_have_attribute("data-channel", "sms")
    return page


def bubble(page, text):
    return page.locator(".o-mail-Message", has_text=text)


def composer(page):
    return page.locator(".o-mail-Composer-input")


def bar(page):
    return page.locator(".o-omnichannel-UnseenBar")


def send(page, text):
    composer(page).fill(text)
    page.keyboard.press("Enter")


def expect_left(page, text):
    state = bubble(page, text).locator(".o-omnichannel-Message-state")
    expect(state).to_have_attribute("data-state", LEFT)


HOLD_POSTS = """() => {
    const { open, send } = XMLHttpRequest.prototype;
    window.heldPosts = [];
    XMLHttpRequest.prototype.open = function (method, url) {
        this.isPost = url.includes("/mail/message/post");
        return open.apply(this, arguments);
    };
    XMLHttpRequest.prototype.send = function () {
        if (this.isPost && window.heldPosts) {
            window.heldPosts.push(() => send.apply(this, arguments));
        } else {
            send.apply(this, arguments);
        }
    };
}"""


class Hesitation:
    """The agent's browser has sent what was on its screen; the server has not got it yet."""

    def __init__(self, page):
        self.page = page
        page.evaluate(HOLD_POSTS)

    def wait(self):
        # the first message of a database waits until Odoo has built its list of emojis
        self.page.wait_for_function("window.heldPosts.length", timeout=120 * SECOND)

    def end(self):
        self.page.evaluate(
            "() => { const held = window.heldPosts; window.heldPosts = null; held[0](); }"
        )


def test_an_answer_waits_until_the_customers_next_message_was_read(shop, page_factory, screenshots):
    ana = waiting_customer(shop)
    page = open_thread(page_factory, "ada", ana)
    hesitation = Hesitation(page)
    send(page, "It is, with any dimmer.")
    hesitation.wait()

    shop.writes(ana, "Never mind, I bought another one.", on="sms")
    shop.wait_for_messages(shop.conversation_of(ana["number"]), 2)
    hesitation.end()

    expect(bar(page)).to_contain_text("meanwhile: read it, then send again")
    expect(bubble(page, "Never mind")).to_be_visible()
    expect(composer(page)).to_have_value("It is, with any dimmer.")
    assert shop.phone(ana)[2:] == []
    page.screenshot(path=screenshots / "compare_and_send.png")

    bar(page).get_by_role("button", name="Send anyway").click()

    expect_left(page, "It is, with any dimmer.")
    expect(bar(page)).to_have_count(0)
    assert shop.phone(ana)[2:] == ["It is, with any dimmer."]


def test_two_agents_do_not_answer_past_each_other(shop, page_factory, screenshots):
    ana = waiting_customer(shop)
    ada = open_thread(page_factory, "ada", ana)
    sue = open_thread(page_factory, "sue", ana)
    hesitation = Hesitation(sue)
    send(sue, "No, it is not.")
    hesitation.wait()

    send(ada, "It is, with any dimmer.")
    expect_left(ada, "It is, with any dimmer.")
    hesitation.end()

    expect(bar(sue)).to_contain_text("New message from Ada")
    expect(bubble(sue, "It is, with any dimmer.")).to_be_visible()
    expect(composer(sue)).to_have_value("No, it is not.")
    sue.set_viewport_size({"width": 360, "height": 740})
    sue.screenshot(path=screenshots / "compare_and_send_narrow.png")
    assert shop.phone(ana)[1:] == ["It is, with any dimmer."]


def test_what_was_sent_can_be_undone_for_some_seconds(shop, page_factory, screenshots):
    hold(shop, 60)
    ana = waiting_customer(shop)
    ada, sue = open_thread(page_factory, "ada", ana), open_thread(page_factory, "sue", ana)

    send(ada, "It costs 10 €.")
    undo = bubble(ada, "It costs 10").get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    expect(bubble(sue, "It costs 10")).to_be_visible(timeout=20 * SECOND)
    expect(bubble(sue, "It costs 10").get_by_role("button", name="Undo")).to_have_count(0)
    ada.screenshot(path=screenshots / "undo.png")
    undo.click()

    expect(composer(ada)).to_have_value("It costs 10 €.")
    expect(bubble(ada, "It costs 10")).to_have_count(0)
    expect(bubble(sue, "It costs 10")).to_have_count(0)

    hold(shop, 3)
    send(ada, "It costs 100 €.")
    expect_left(ada, "It costs 100")  # long before Odoo looks at its triggers for later
    assert shop.phone(ana)[1:] == ["It costs 100 €."]
    assert ada.console_errors == []


def test_what_is_scheduled_is_seen_by_all_and_can_be_taken_back(shop, page_factory, screenshots):
    ana = waiting_customer(shop)
    ada, sue = open_thread(page_factory, "ada", ana), open_thread(page_factory, "sue", ana)
    composer(ada).fill("Good morning, it is dimmable.")
    ada.get_by_role("button", name="Send later").click()
    ada.screenshot(path=screenshots / "send_later.png")
    ada.set_viewport_size({"width": 360, "height": 740})
    ada.screenshot(path=screenshots / "send_later_360.png")
    preset = ada.locator("[data-preset=morning]")
    assert preset.bounding_box()["height"] < 2 * LINE, "its label is broken"
    ada.set_viewport_size({"width": 1366, "height": 850})
    ada.locator("[data-preset=morning]").click()

    for page in (ada, sue):
        listed = page.locator(".o-omnichannel-ScheduledList li")
        expect(listed).to_contain_text("Good morning")
        expect(listed).to_contain_text("SMS by Ada")
    expect(composer(ada)).to_have_value("")
    ada.screenshot(path=screenshots / "scheduled.png")
    assert shop.phone(ana)[1:] == []

    ada.locator(".o-omnichannel-ScheduledList").get_by_role("button", name="Edit").click()
    expect(composer(ada)).to_have_value("Good morning, it is dimmable.")
    expect(sue.locator(".o-omnichannel-ScheduledList")).to_have_count(0)

    ada.get_by_role("button", name="Send later").click()
    ada.locator("[data-preset=hour]").click()
    sue.locator(".o-omnichannel-ScheduledList").get_by_role("button", name="Send now").click(
        timeout=PATIENCE
    )
    expect_left(sue, "Good morning")
    expect(ada.locator(".o-omnichannel-ScheduledList")).to_have_count(0)
    assert shop.phone(ana)[1:] == ["Good morning, it is dimmable."]
    assert ada.console_errors == sue.console_errors == []
