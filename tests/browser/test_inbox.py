"""What agents see and do in the inbox, two at once, in real browsers."""

import re

import pytest
from playwright.sync_api import expect

from tests.shop import Shop, make_agent, make_user

SECOND = 1000
LIVE = 20 * SECOND
COMPOSER = ".o-mail-Composer-input"
SUPERVISOR = "omnichannel_connector.omnichannel_group_supervisor"


@pytest.fixture
def shop(odoo, sandbox):
    for login in ("ada", "bea"):
        make_agent(odoo, login)
    make_user(odoo, "sue", SUPERVISOR)
    # what other tests left waiting
    odoo.sql(
        "UPDATE omnichannel_conversation SET state = 'closed' WHERE state != 'closed' RETURNING id"
    )
    running = Shop(odoo, sandbox)
    yield running
    running.close()


def open_inbox(page_factory, login="ada", box="unassigned", path="", **size):
    page = page_factory(login, f"/odoo/omnichannel-inbox{path}", **size)
    expect(page.locator(".o-omnichannel-InboxList")).to_be_visible(timeout=60 * SECOND)
    if box:
        choose_box(page, box)
    return page


def choose_box(page, box):
    menu = page.locator(".o-omnichannel-InboxChoices-toggle")
    if menu.count():
        menu.click()
    page.locator(f"[data-box={box}]").click()


def row(page, text):
    return page.locator(".o-omnichannel-InboxRow", has_text=text)


def selected(page):
    return page.locator(".o-omnichannel-InboxRow[aria-current=true]")


def thread_name(page):
    return page.locator(".o-mail-DiscussContent-threadName")


def bubble(page, text):
    return page.locator(".o-mail-Message", has_text=text)


def option(page, channel):
    return page.locator(f".o-omnichannel-ChannelSelector-option[data-channel={channel}]")


def writes(shop, name, text, **values):
    """Let a new customer write on Instagram; return {customer, conversation}."""
    customer = shop.customer(name)
    shop.writes(customer, text, **values)
    shop.wait_for_profile(customer)
    return customer, shop.conversation_of(customer["igsid"])


def test_who_takes_a_customer_takes_them_from_the_others_lists(shop, page_factory, screenshots):
    ada, bea = open_inbox(page_factory, "ada"), open_inbox(page_factory, "bea")
    ana, _conversation = writes(shop, "Ana Lima", "Is the brass lamp dimmable?")
    writes(shop, "Ben Moor", "Do you ship to Porto?")
    expect(row(ada, "Is the brass lamp dimmable?")).to_be_visible(timeout=LIVE)
    expect(row(bea, "Is the brass lamp dimmable?")).to_be_visible(timeout=LIVE)

    row(ada, "Is the brass lamp dimmable?").click()
    expect(bubble(ada, "brass lamp")).to_be_visible(timeout=LIVE)
    expect(ada.locator(COMPOSER)).to_be_focused()
    expect(option(ada, "instagram")).to_have_class(re.compile("o-selected"), timeout=LIVE)
    ada.keyboard.type("It is, with any dimmer.")
    ada.keyboard.press("Enter")

    expect(row(bea, "brass lamp")).to_have_count(0, timeout=LIVE)
    expect(row(bea, "Porto")).to_be_visible()
    choose_box(ada, "mine")
    expect(row(ada, "It is, with any dimmer.")).to_be_visible(timeout=LIVE)
    ada.screenshot(path=screenshots / "inbox_1366.png")
    assert shop.phone(ana)[-1] == "It is, with any dimmer."
    assert ada.console_errors == bea.console_errors == []


def test_a_new_message_comes_to_the_top_and_disturbs_nobody_who_writes(shop, page_factory):
    first, _conversation = writes(shop, "Ana Lima", "The first question")
    page = open_inbox(page_factory)
    row(page, "The first question").click()
    expect(page.locator(COMPOSER)).to_be_focused(timeout=LIVE)
    page.keyboard.type("I'll look")

    writes(shop, "Ben Moor", "The second question")

    rows = page.locator(".o-omnichannel-InboxRow")
    expect(rows.first).to_contain_text("The second question", timeout=LIVE)
    expect(selected(page)).to_contain_text("The first question")
    expect(page.locator(COMPOSER)).to_have_value("I'll look")
    expect(page.locator(COMPOSER)).to_be_focused()
    shop.writes(first, "And one more thing")
    expect(rows.first).to_contain_text("And one more thing", timeout=LIVE)
    expect(bubble(page, "And one more thing")).to_be_visible(timeout=LIVE)
    page.locator(COMPOSER).fill("")
    assert page.console_errors == []


def test_a_day_by_keyboard(shop, page_factory, screenshots):
    ana, conversation = writes(shop, "Ana Lima", "Question of Ana")
    writes(shop, "Ben Moor", "Question of Ben")
    writes(shop, "Cleo Abt", "Question of Cleo")
    page = open_inbox(page_factory)
    expect(row(page, "Question of")).to_have_count(3, timeout=LIVE)

    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Close the conversation", timeout=LIVE)
    page.screenshot(path=screenshots / "inbox_help.png")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=LIVE)
    for name in ("Cleo", "Ben", "Ana"):
        page.keyboard.press("j")
        expect(selected(page)).to_contain_text(f"Question of {name}", timeout=LIVE)
    expect(thread_name(page)).to_have_attribute("title", "Ana Lima", timeout=LIVE)
    page.keyboard.press("a")
    expect(row(page, "Question of Ana")).to_have_count(0, timeout=LIVE)
    expect(thread_name(page)).to_have_attribute("title", "Ana Lima")
    page.keyboard.press("n")
    expect(option(page, "note")).to_have_class(re.compile("o-selected"), timeout=LIVE)
    page.keyboard.type("Nice customer")
    page.keyboard.press("Enter")
    expect(bubble(page, "Nice customer")).to_be_visible(timeout=LIVE)
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(option(page, "instagram")).to_have_class(re.compile("o-selected"), timeout=LIVE)
    page.keyboard.type("Answer for Ana")
    page.keyboard.press("Enter")
    expect(bubble(page, "Answer for Ana")).to_be_visible(timeout=LIVE)
    page.keyboard.press("Escape")
    page.keyboard.press("k")
    expect(selected(page)).to_contain_text("Question of Ben", timeout=LIVE)
    expect(thread_name(page)).to_have_attribute("title", "Ben Moor", timeout=LIVE)
    page.keyboard.press("e")

    expect(row(page, "Question of Ben")).to_have_count(0, timeout=LIVE)
    expect(selected(page)).to_contain_text("Question of Cleo", timeout=LIVE)
    expect(page.locator(".o-omnichannel-Inbox-closed", has_text="Closed: Ben Moor")).to_be_visible()
    assert shop.phone(ana)[-1] == "Answer for Ana"
    (values,) = shop.odoo.rpc(
        "omnichannel.conversation", "read", [[conversation["id"]], ["user_id", "state"]]
    )
    assert (values["user_id"][1], values["state"]) == ("Ada", "open")
    assert page.console_errors == []


def test_buttons_lead_on_as_keys_do(shop, page_factory):
    for name in ("Ana Lima", "Ben Moor", "Cleo Abt", "Dora Iske"):
        writes(shop, name, f"Question of {name.split()[0]}")
    page = open_inbox(page_factory)
    row(page, "Question of Dora").click(timeout=LIVE)
    dialog = page.get_by_role("dialog")

    page.get_by_title("Snooze conversation").click(timeout=LIVE)
    dialog.get_by_role("button", name="Discard").click(timeout=LIVE)
    expect(dialog).to_have_count(0)
    expect(selected(page)).to_contain_text("Question of Dora")
    page.get_by_title("Snooze conversation").click()
    dialog.get_by_role("button", name="Snooze").click(timeout=LIVE)
    expect(selected(page)).to_contain_text("Question of Cleo", timeout=LIVE)
    expect(thread_name(page)).to_have_attribute("title", "Cleo Abt", timeout=LIVE)

    page.get_by_title("Close conversation").click()
    expect(selected(page)).to_contain_text("Question of Ben", timeout=LIVE)
    expect(thread_name(page)).to_have_attribute("title", "Ben Moor", timeout=LIVE)

    page.get_by_title("Hand over").click()
    dialog.locator("[name=user_id] input").fill("Bea")
    page.locator(".o-autocomplete--dropdown-item", has_text="Bea").first.click(timeout=LIVE)
    dialog.get_by_role("button", name="Hand Over").click()
    expect(selected(page)).to_contain_text("Question of Ana", timeout=LIVE)
    expect(thread_name(page)).to_have_attribute("title", "Ana Lima", timeout=LIVE)
    expect(row(page, "Question of")).to_have_count(1)
    assert page.console_errors == []


def test_a_customer_is_found_and_the_search_saved(shop, page_factory, screenshots):
    ana, _conversation = writes(shop, "Ana Findme", "Where am I?")
    writes(shop, "Ben Moor", "And I?")
    page = open_inbox(page_factory)
    expect(page.locator(".o-omnichannel-InboxRow")).to_have_count(2, timeout=LIVE)

    page.keyboard.press("/")
    page.keyboard.type(f"@{ana['username']}")
    expect(page.locator(".o-omnichannel-InboxRow")).to_have_count(1, timeout=LIVE)
    expect(row(page, "Where am I?")).to_be_visible()
    page.get_by_label("Save this search").click()
    page.get_by_label("Name", exact=True).fill("Ana on the run")
    page.screenshot(path=screenshots / "inbox_save.png")
    page.get_by_role("button", name="Save", exact=True).click()
    choose_box(page, "closed")
    page.locator("[data-search]", has_text="Ana on the run").click()
    expect(row(page, "Where am I?")).to_be_visible(timeout=LIVE)
    page.screenshot(path=screenshots / "inbox_search.png")

    page.locator(".o-omnichannel-InboxList-search").fill("nobody at all")
    expect(page.locator(".o-omnichannel-InboxEmpty")).to_contain_text(
        "No customer found", timeout=LIVE
    )
    page.screenshot(path=screenshots / "inbox_nothing_found.png")
    page.reload()
    unassigned = page.locator("[data-box=unassigned]")
    expect(unassigned).to_have_attribute("aria-current", "true", timeout=60 * SECOND)
    page.get_by_label("Delete the saved search Ana on the run").click()
    expect(page.locator(".o-omnichannel-InboxChoices", has_text="Ana on the run")).to_have_count(
        0, timeout=LIVE
    )
    assert page.console_errors == []


def test_on_a_phone_the_list_comes_first_and_leads_back(shop, page_factory, screenshots):
    writes(shop, "Ana Lima", "Is the brass lamp dimmable?")
    page = open_inbox(page_factory, width=360, height=720)
    expect(row(page, "brass lamp")).to_be_visible(timeout=LIVE)
    page.screenshot(path=screenshots / "inbox_360.png")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360

    row(page, "brass lamp").click()
    expect(bubble(page, "brass lamp")).to_be_visible(timeout=LIVE)
    page.screenshot(path=screenshots / "inbox_thread_360.png")
    page.get_by_title(re.compile("Close Chat Window|Back")).first.click()

    expect(page.locator(".o-mail-ChatWindow")).to_have_count(0, timeout=LIVE)
    expect(row(page, "brass lamp")).to_be_visible()
    page.locator(".o-omnichannel-InboxChoices-toggle").click()
    page.screenshot(path=screenshots / "inbox_boxes_360.png")
    assert page.console_errors == []


def test_the_app_opens_with_the_inbox_and_discuss_leads_there(shop, page_factory, screenshots):
    _ana, conversation = writes(shop, "Ana Lima", "Hello there")
    page = page_factory("sue", "/odoo/discuss", width=1600, height=900)
    page.locator(".o-omnichannel-DiscussSidebarInbox").click(timeout=60 * SECOND)
    expect(page.locator("[data-box=all]")).to_be_visible(timeout=LIVE)
    choose_box(page, "all")
    row(page, "Hello there").click(timeout=LIVE)
    expect(bubble(page, "Hello there")).to_be_visible(timeout=LIVE)
    page.get_by_title("Customer's record").click()
    expect(page.locator(".o-omnichannel-Panel")).to_be_visible(timeout=LIVE)
    page.screenshot(path=screenshots / "inbox_1600.png")
    assert f"active_id=discuss.channel_{conversation['channel_id'][0]}" in page.url

    page.reload()
    expect(thread_name(page)).to_have_attribute("title", "Ana Lima", timeout=60 * SECOND)
    assert page.console_errors == []


def test_an_empty_inbox_says_so(shop, page_factory, screenshots):
    page = open_inbox(page_factory, box="waiting_us")
    expect(page.locator(".o-omnichannel-InboxEmpty")).to_contain_text("Nobody waits", timeout=LIVE)
    page.screenshot(path=screenshots / "inbox_empty.png")
    assert page.console_errors == []
