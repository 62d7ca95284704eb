"""What a thread tells beyond its texts: why, who else is there, documents, files, quotes."""

import base64
import re
import struct

import pytest
from playwright.sync_api import expect

from tests.browser.writing import write
from tests.shop import Shop, make_agent

SECOND = 1000
COMPOSER = ".o-mail-Composer-input"
WIDE, PHONE = {"width": 1366, "height": 850}, {"width": 360, "height": 740}
SIZES = pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>document.title = "owned"</script></svg>'


@pytest.fixture
def running(odoo, sandbox):
    for login in ("ada", "bo"):
        make_agent(odoo, login)
    running = Shop(odoo, sandbox)
    yield running
    running.close()


def may_sell(shop, login):
    group = shop.odoo.ref("sales_team.group_sale_salesman_all_leads")
    (user,) = shop.odoo.rpc("res.users", "search", [[("login", "=", login)]])
    shop.odoo.rpc("res.users", "write", [[user], {"group_ids": [(4, group)]}])


def open_thread(page_factory, login, conversation, **size):
    channel = f"discuss.channel_{conversation['channel_id'][0]}"
    path = f"/odoo/action-mail.action_discuss?active_id={channel}"
    page = page_factory(login, path, **(size or WIDE))
    # what is entered before it is known how the customer can be reached stays in the composer
    chosen = page.locator(".o-omnichannel-ChannelSelector .o-selected")
    expect(chosen).to_be_visible(timeout=120 * SECOND)
    return page


def bubble(page, text):
    return page.locator(".o-mail-Message", has_text=text)


def why_of(page, message):
    """Ask by the keyboard alone why a message is there; return the dialog."""
    message.focus()
    message.locator("[title='Expand']").focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="Why is this here?").press("Enter")
    dialog = page.locator(".o-omnichannel-WhyDialog")
    expect(dialog).to_be_visible(timeout=20 * SECOND)
    return dialog


def picture(page, screenshots, name, size):
    page.screenshot(path=screenshots / f"{name}_{size['width']}.png")


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


@SIZES
def test_every_bubble_says_why_it_is_here(running, page_factory, screenshots, size):
    ana = running.customer("Ana Lima")
    running.writes(ana, "Is the lamp in stock?", on="sms")
    conversation = running.conversation_of(ana["number"])
    page = open_thread(page_factory, "admin", conversation, **size)
    write(page, "It is.")
    expect(
        bubble(page, "It is.").locator("[data-state=sent], [data-state=delivered]")
    ).to_be_visible(timeout=20 * SECOND)

    dialog = why_of(page, bubble(page, "Is the lamp in stock?"))
    expect(dialog).to_contain_text(f"through our account “Hotline {running.suffix}”")
    expect(dialog).to_contain_text("Observed")
    picture(page, screenshots, "why_inbound", size)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    dialog = why_of(page, bubble(page, "It is."))
    expect(dialog).to_contain_text("wrote it")
    expect(dialog).to_contain_text("attempts: 1")
    picture(page, screenshots, "why_outbound", size)
    page.keyboard.press("Escape")

    dialog = why_of(page, bubble(page, "Is the lamp in stock?"))
    page.get_by_role("button", name="What the provider told us").click()
    expect(page.locator(".o_form_view")).to_contain_text("Payload", timeout=20 * SECOND)
    assert overflow(page) <= 0
    assert page.console_errors == []


def test_two_agents_see_each_other_look_and_write(running, page_factory, screenshots):
    ana = running.customer("Ana Lima")
    running.writes(ana, "Is the lamp in stock?", on="sms")
    conversation = running.conversation_of(ana["number"])
    ada = open_thread(page_factory, "ada", conversation)
    bo = open_thread(page_factory, "bo", conversation, **PHONE)

    # whoever comes first learns of whoever comes later, and the other way round
    expect(ada.locator(".o-omnichannel-Colleagues")).to_contain_text(
        "Also here: Bo", timeout=20 * SECOND
    )
    expect(bo.locator(".o-omnichannel-Colleagues")).to_contain_text(
        "Also here: Ada", timeout=20 * SECOND
    )
    picture(ada, screenshots, "colleague_viewing", WIDE)

    ada.locator(".o-omnichannel-ChannelSelector-option[data-channel=note]").click()
    ada.locator(COMPOSER).press_sequentially("She wants")
    expect(bo.locator(".o-omnichannel-Colleagues-typing")).to_contain_text(
        "Ada is writing a note", timeout=20 * SECOND
    )
    picture(bo, screenshots, "colleague_typing", PHONE)
    expect(bo.locator(".o-discuss-Typing-icon")).to_have_count(0)
    ada.locator(COMPOSER).fill("")
    ada.locator(".o-omnichannel-ChannelSelector-option[data-channel=sms]").click()
    ada.locator(COMPOSER).press_sequentially("It is")
    expect(bo.locator(".o-omnichannel-Colleagues-typing")).to_contain_text(
        "Ada is writing by SMS", timeout=20 * SECOND
    )
    picture(bo, screenshots, "colleague_typing_sms", PHONE)

    ada.close()
    expect(bo.locator(".o-omnichannel-Colleagues span")).to_have_count(0, timeout=90 * SECOND)
    assert running.phone(ana) == ["Is the lamp in stock?"]
    assert bo.console_errors == []


@SIZES
def test_documents_stand_in_the_thread_for_who_may_see_them(
    running, page_factory, screenshots, size
):
    may_sell(running, "bo")
    ana = running.customer("Ana Lima")
    running.writes(ana, "I need ten lamps", on="sms")
    conversation = running.conversation_of(ana["number"])
    seller = open_thread(page_factory, "bo", conversation, **size)

    values = {"name": "Ten brass lamps", "expected_revenue": 400}
    partner = conversation["partner_id"][0]
    running.odoo.rpc("crm.lead", "create", [{**values, "partner_id": partner}])

    card = seller.locator(".o-omnichannel-RecordCard-link", has_text="Ten brass lamps")
    expect(card).to_contain_text("400.00", timeout=20 * SECOND)
    picture(seller, screenshots, "card", size)
    card.press("Enter")
    expect(seller.locator(".o_dialog .o_form_view")).to_be_visible(timeout=20 * SECOND)
    agent = open_thread(page_factory, "ada", conversation, **size)
    expect(bubble(agent, "I need ten lamps")).to_be_visible(timeout=60 * SECOND)
    expect(agent.locator(".o-omnichannel-RecordCard")).to_have_count(0, timeout=60 * SECOND)
    expect(agent.get_by_text("Ten brass lamps")).to_have_count(0)
    assert running.phone(ana) == ["I need ten lamps"]
    assert overflow(seller) <= 0
    assert seller.console_errors == agent.console_errors == []


def sound():
    """Return a second of silence as a WAV file."""
    data = b"\x80" * 8000
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8)
    content = b"WAVE" + form + struct.pack("<4sI", b"data", len(data)) + data
    return struct.pack("<4sI", b"RIFF", len(content)) + content


def attach(shop, conversation, files):
    """Give the last message of a thread files, as the download of a customer's files does."""
    message = shop.messages(conversation)[-1]
    ids = [
        shop.odoo.rpc(
            "ir.attachment",
            "create",
            [
                {
                    "name": name,
                    "datas": base64.b64encode(content).decode(),
                    "mimetype": mimetype,
                    "res_model": "discuss.channel",
                    "res_id": conversation["channel_id"][0],
                }
            ],
        )
        for name, mimetype, content in files
    ]
    links = [(4, id_) for id_ in ids]
    shop.odoo.rpc(
        "mail.message", "write", [[message["mail_message_id"][0]], {"attachment_ids": links}]
    )


@SIZES
def test_files_are_played_and_shown_where_they_stand(running, page_factory, screenshots, size):
    ana = running.customer("Ana Lima")
    running.writes(ana, "Look and listen", on="sms")
    conversation = running.conversation_of(ana["number"])
    running.wait_for_messages(conversation, 1)
    attach(
        running,
        conversation,
        [
            ("voice.wav", "audio/x-wav", sound()),
            ("offer.pdf", "application/pdf", PDF),
            ("trick.svg", "image/svg+xml", SVG),
        ],
    )
    page = open_thread(page_factory, "ada", conversation, **size)

    audio = bubble(page, "Look and listen").locator("audio[aria-label='Audio: voice.wav']")
    expect(audio).to_be_visible(timeout=20 * SECOND)
    assert audio.evaluate("audio => audio.paused")
    audio.evaluate("audio => audio.play()")
    assert audio.evaluate("audio => audio.duration") == pytest.approx(1, abs=0.1)
    expect(page.locator(".o-mail-AttachmentContainer", has_text="offer.pdf")).to_be_visible()
    trick = page.locator(".o-mail-AttachmentContainer", has_text="trick.svg")
    expect(trick.locator("img.o-mail-AttachmentImage")).to_have_count(0)
    trick.click()
    expect(page.locator(".o-FileViewer")).to_have_count(0)
    picture(page, screenshots, "files", size)
    assert page.title() != "owned"
    assert overflow(page) <= 0
    assert page.console_errors == []


def test_an_answer_by_another_channel_shows_what_it_answers(running, page_factory, screenshots):
    ana = running.customer("Ana Lima")
    running.writes(ana, "Is the lamp in stock?", on="sms")
    conversation = running.conversation_of(ana["number"])
    (partner,) = {conversation["partner_id"][0]}
    running.odoo.rpc("res.partner", "write", [[partner], {"email": ana["email"]}])
    page = open_thread(page_factory, "ada", conversation)
    question = bubble(page, "Is the lamp in stock?")

    question.hover()
    question.get_by_title("Reply").click()
    page.locator(".o-omnichannel-ChannelSelector-option[data-channel=email]").click()
    write(page, "Yes, here is a picture.")

    answer = bubble(page, "Yes, here is a picture.")
    expect(answer.locator("[data-channel=email]")).to_be_visible(timeout=20 * SECOND)
    expect(answer.locator(".o-mail-MessageInReply")).to_contain_text("lamp in stock")
    page.screenshot(path=screenshots / "quote_across.png")
    assert page.console_errors == []


def test_a_mail_shows_what_it_answers(running, page_factory):
    ana = running.customer("Ana Lima")
    first = running.mails(ana, "Is the lamp in stock?", subject="Lamp")
    conversation = running.conversation_of(ana["email"])
    running.wait_for_messages(conversation, 1)
    page = open_thread(page_factory, "ada", conversation)
    write(page, "It is.")
    expect(bubble(page, "It is.").locator("[data-state=sent]")).to_be_visible(timeout=30 * SECOND)
    (ours,) = running.mails_to(ana)

    running.mails(ana, "Great, I take it.", subject="Re: Lamp", in_reply_to=ours.message_id)

    thanks = bubble(page, "Great, I take it.")
    expect(thanks.locator(".o-mail-MessageInReply")).to_contain_text("It is.", timeout=20 * SECOND)
    assert first


def test_the_lead_leads_to_the_conversation(running, page_factory):
    may_sell(running, "bo")
    ana = running.customer("Ana Lima")
    running.writes(ana, "I need ten lamps", on="sms")
    conversation = running.conversation_of(ana["number"])
    values = {"name": "Ten brass lamps", "partner_id": conversation["partner_id"][0]}
    lead = running.odoo.rpc("crm.lead", "create", [values])
    page = page_factory("bo", f"/odoo/crm.lead/{lead}")

    page.get_by_role("button", name=re.compile("Conversation")).click(timeout=60 * SECOND)

    expect(bubble(page, "I need ten lamps")).to_be_visible(timeout=30 * SECOND)
