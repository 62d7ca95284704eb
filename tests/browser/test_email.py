"""What an agent sees of an e-mail: folded history, pictures in the text, the others on it."""

import pytest
from playwright.sync_api import expect

from tests.browser.writing import write

SECOND = 1000
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJ"
    "RU5ErkJggg=="
)
MAIL = """From: {name} <{email}>
To: {to}
Cc: Bob Rossi <bob@bob.example>
Subject: Blue lamp
Message-ID: <{id}@example.com>
Date: Sat, 21 Nov 2026 10:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/related; boundary="b"

--b
Content-Type: text/html; charset=utf-8

<p>This one, please: <img src="cid:lamp" alt="a lamp"></p>
<div class="gmail_quote"><div class="gmail_attr">On Friday, Our Shop wrote:</div>
<blockquote>Which lamp do you mean?</blockquote></div>
--b
Content-Type: image/png; name="lamp.png"
Content-ID: <lamp>
Content-Transfer-Encoding: base64

{png}
--b--
"""


@pytest.mark.parametrize("width", [360, 1366])
def test_an_email_is_shown_as_its_writer_meant_it(shop, page_factory, screenshots, width):
    ana = shop.customer("Ana Lima")
    raw = MAIL.format(**ana, to=shop.email["alias_email"], png=PIXEL)
    assert not shop.sandbox.mails.send_raw(raw.encode())["gateway"]["error"]
    conversation = shop.conversation_of(ana["email"])
    shop.wait_for_messages(conversation, 1)

    path = f"/odoo/discuss?active_id=discuss.channel_{conversation['channel_id'][0]}"
    page = page_factory("ada", path, width=width)

    bubble = page.locator(".o-mail-Message", has_text="This one, please")
    expect(bubble).to_be_visible(timeout=60 * SECOND)
    expect(bubble).to_contain_text("Also to")
    expect(bubble).to_contain_text("bob@bob.example")
    image = bubble.get_by_alt_text("a lamp")
    page.wait_for_function("image => image.naturalWidth === 1", arg=image.element_handle())
    history = bubble.get_by_text("Which lamp do you mean?")
    expect(history).to_be_hidden()
    page.screenshot(path=screenshots / f"email_folded_{width}.png")

    toggle = bubble.get_by_role("button", name="Show quoted text")
    toggle.focus()
    page.keyboard.press("Enter")

    expect(history).to_be_visible()
    toggle = bubble.get_by_role("button", name="Hide quoted text")
    expect(toggle).to_have_attribute("aria-expanded", "true")
    others = page.get_by_label("Also to")
    expect(others).not_to_be_checked()
    others.check()
    expect(others).to_be_checked()
    page.screenshot(path=screenshots / f"email_{width}.png")
    write(page, "Both of you")
    answer = page.locator(".o-mail-Message", has_text="Both of you")
    expect(answer).to_contain_text("bob@bob.example", timeout=20 * SECOND)
    assert page.console_errors == []
