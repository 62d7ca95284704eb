"""What an agent sees of what happens to messages, and what they can do about it, in a browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.writing import write
from tests.shop import Shop, make_agent

SECOND = 1000
WIDTHS = pytest.mark.parametrize("width", [360, 1366])
COMPOSER = ".o-mail-Composer-input"


@pytest.fixture
def shop(odoo, sandbox):
    make_agent(odoo, "ada")
    running = Shop(odoo, sandbox, voice=True)
    yield running
    sandbox.faults.remove()
    running.close()


def open_thread(shop, page_factory, conversation, **size):
    """Open a customer's thread as Ada, by its link; return when she could write."""
    path = f"/odoo/discuss?active_id=discuss.channel_{conversation['channel_id'][0]}"
    page = page_factory("ada", path, **size)
    expect(option(page, "note")).to_be_visible(timeout=60 * SECOND)
    return page


def option(page, channel):
    return page.locator(f".o-omnichannel-ChannelSelector-option[data-channel={channel}]")


def bubble(page, text):
    return page.locator(".o-mail-Message", has_text=text)


def state_of(message):
    return message.locator(".o-omnichannel-Message-state")


def take_picture(page, screenshots, name, width):
    page.screenshot(path=screenshots / f"{name}_{width}.png")


@WIDTHS
def test_reactions_edits_and_what_is_taken_back_appear_live(shop, page_factory, screenshots, width):
    ana = shop.customer("Ana Lima")
    edited, unsent = f"mid.edited.{shop.suffix}", f"mid.unsent.{shop.suffix}"
    shop.writes(ana, "Is the brass lamp in stok?", id=edited)
    shop.writes(ana, "My card is 4111 1111", id=unsent)
    conversation = shop.conversation_of(ana["igsid"])
    shop.wait_for_messages(conversation, 2)
    page = open_thread(shop, page_factory, conversation, width=width)
    expect(bubble(page, "My card is 4111 1111")).to_be_visible(timeout=20 * SECOND)

    shop.acts(ana, "edit", message=edited, text="Is the brass lamp in stock?")
    shop.acts(ana, "unsend", message=unsent)
    write(page, "It is.")
    expect(state_of(bubble(page, "It is."))).to_have_attribute(
        "data-state", re.compile("sent|read"), timeout=20 * SECOND
    )
    shop.acts(ana, "react", reaction="love")

    expect(bubble(page, "Is the brass lamp in stock?")).to_contain_text(
        "(edited)", timeout=20 * SECOND
    )
    expect(page.locator(".o-omnichannel-Message-retracted")).to_be_visible(timeout=20 * SECOND)
    expect(page.get_by_text("4111")).to_have_count(0)
    expect(page.locator(".o-mail-MessageReaction")).to_be_visible(timeout=20 * SECOND)
    take_picture(page, screenshots, "changes", width)
    assert page.console_errors == []


@WIDTHS
def test_a_public_comment_is_answered_in_private_once(shop, page_factory, screenshots, width):
    ana = shop.customer("Ana Lima")
    shop.comments(ana, "How much is the lantern?", media={"id": "1", "media_product_type": "REELS"})
    conversation = shop.conversation_of(ana["igsid"])
    page = open_thread(shop, page_factory, conversation, width=width)

    comment = bubble(page, "How much is the lantern?")
    expect(comment).to_contain_text("Public comment on a reel", timeout=20 * SECOND)
    expect(comment).to_contain_text("Can be answered in private once")
    expect(page.locator(".o-omnichannel-ChannelSelector-hint")).to_contain_text(
        "Private answer to a public comment, once, text only"
    )
    take_picture(page, screenshots, "comment", width)
    write(page, "24 euros. Shall we keep one for you?")

    expect(comment).to_contain_text("Answered in private", timeout=20 * SECOND)
    answer = bubble(page, "Shall we keep one for you?")
    expect(state_of(answer)).to_have_attribute(
        "data-state", re.compile("sent|read"), timeout=20 * SECOND
    )
    expect(option(page, "instagram")).not_to_have_class(
        re.compile("o-selected"), timeout=20 * SECOND
    )
    take_picture(page, screenshots, "comment_answered", width)
    assert page.console_errors == []


@WIDTHS
def test_a_message_of_unknown_fate_is_decided_by_a_person(shop, page_factory, screenshots, width):
    ana = shop.customer("Ana Lima")
    shop.writes(ana, "Are you there?", on="sms")
    conversation = shop.conversation_of(ana["number"])
    page = open_thread(shop, page_factory, conversation, width=width)
    expect(option(page, "sms")).to_have_class(re.compile("o-selected"), timeout=20 * SECOND)
    shop.sandbox.faults.add(provider="twilio", call="send", action="error_before", times=1)

    write(page, "We are.")
    message = bubble(page, "We are.")
    expect(state_of(message)).to_have_attribute("data-state", "unknown", timeout=30 * SECOND)
    expect(message).to_contain_text("Not sure whether it was sent")
    take_picture(page, screenshots, "unknown", width)
    message.get_by_role("button", name="Send again").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("the customer may get it twice")
    take_picture(page, screenshots, "send_again", width)
    dialog.get_by_role("button", name="Send again").click()

    expect(state_of(message)).to_have_attribute(
        "data-state", re.compile("sent|delivered"), timeout=30 * SECOND
    )
    expect(message.get_by_role("button", name="Send again")).to_have_count(0)
    assert shop.phone(ana) == ["Are you there?", "We are."]


def test_a_rejected_message_says_why_and_is_sent_again(shop, page_factory, screenshots):
    ana = shop.customer("Ana Lima")
    shop.writes(ana, "Are you there?", on="sms")
    conversation = shop.conversation_of(ana["number"])
    page = open_thread(shop, page_factory, conversation)
    expect(option(page, "sms")).to_have_class(re.compile("o-selected"), timeout=20 * SECOND)
    shop.sandbox.faults.add(
        provider="twilio", call="send", action="error", code=21211, status=400, times=1
    )

    write(page, "We are.")
    message = bubble(page, "We are.")
    expect(state_of(message)).to_have_attribute("data-state", "failed", timeout=30 * SECOND)
    expect(message.get_by_role("status")).to_contain_text(re.compile("Not sent: .+"))
    page.screenshot(path=screenshots / "failed.png")
    message.get_by_role("button", name="Send again").click()

    expect(state_of(message)).to_have_attribute(
        "data-state", re.compile("sent|delivered"), timeout=30 * SECOND
    )
    assert shop.phone(ana) == ["Are you there?", "We are."]


@WIDTHS
def test_the_length_of_a_text_is_told_before_it_is_sent(shop, page_factory, screenshots, width):
    ana = shop.customer("Ana Lima")
    shop.writes(ana, "Hello", on="sms")
    conversation = shop.conversation_of(ana["number"])
    page = open_thread(shop, page_factory, conversation, width=width)
    expect(option(page, "sms")).to_have_class(re.compile("o-selected"), timeout=20 * SECOND)
    counter = page.locator(".o-omnichannel-SizeCounter")

    page.locator(COMPOSER).fill("x" * 24)
    expect(counter).to_contain_text("1 SMS · 24/160 GSM-7", timeout=20 * SECOND)
    page.locator(COMPOSER).fill("x" * 180)
    expect(counter).to_contain_text("2 SMS · 180/306 GSM-7", timeout=20 * SECOND)
    page.locator(COMPOSER).fill("ż" * 10)
    expect(counter).to_contain_text("UCS-2", timeout=20 * SECOND)
    take_picture(page, screenshots, "counter", width)
    option(page, "note").click()
    expect(counter).to_have_text("")
    assert page.console_errors == []


def test_the_customer_sees_typing_a_reaction_and_what_is_quoted(shop, page_factory, screenshots):
    ana = shop.customer("Ana Lima")
    shop.writes(ana, "Is the brass lamp in stock?", id="mid.quoted")
    shop.writes(ana, "And the lantern?")
    conversation = shop.conversation_of(ana["igsid"])
    shop.wait_for_messages(conversation, 2)
    page = open_thread(shop, page_factory, conversation)
    expect(option(page, "instagram")).to_have_class(re.compile("o-selected"), timeout=20 * SECOND)
    log = shop.sandbox.log
    question = bubble(page, "Is the brass lamp in stock?")

    question.hover()
    question.get_by_title("Add a Reaction").click()
    page.locator(".o-mail-QuickReactionMenu-emoji", has_text="❤").click()
    expect(question.locator(".o-mail-MessageReaction")).to_be_visible()
    log.wait(kind="sender_action", action="react", timeout=20)

    question.hover()
    question.get_by_title("Reply").click()
    page.locator(COMPOSER).press_sequentially("It is.")
    log.wait(kind="sender_action", action="typing_on", timeout=20)
    page.screenshot(path=screenshots / "quoting.png")
    page.keyboard.press("Enter")
    answer = bubble(page, "It is.")
    expect(answer.locator(".o-mail-MessageInReply")).to_contain_text("brass lamp")
    expect(state_of(answer)).to_have_attribute(
        "data-state", re.compile("sent|read"), timeout=20 * SECOND
    )
    sent = shop.sandbox.control.thread(ana["id"])[-1]
    assert (sent.text, sent.reply_to) == ("It is.", {"mid": "mid.quoted"})

    shop.writes(ana, "Great!", reply_to={"mid": sent.id})
    thanks = bubble(page, "Great!")
    expect(thanks.locator(".o-mail-MessageInReply")).to_contain_text("It is.", timeout=20 * SECOND)
    page.screenshot(path=screenshots / "quoted.png")
    assert page.console_errors == []


@WIDTHS
def test_a_call_stands_in_the_thread_and_opens_its_text(shop, page_factory, screenshots, width):
    ana = shop.customer("Ana Lima")
    shop.writes(ana, "I'll call you", on="sms")
    conversation = shop.conversation_of(ana["number"])
    page = open_thread(shop, page_factory, conversation, width=width)

    shop.calls(ana, outcome="answered", seconds=200)

    call = page.locator(".o-omnichannel-Message-call")
    expect(call).to_have_attribute("data-state", "ended", timeout=30 * SECOND)
    expect(call).to_contain_text(re.compile(r"\d+:\d\d"))
    take_picture(page, screenshots, "call_entry", width)
    assert page.console_errors == []
