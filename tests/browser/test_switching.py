"""One customer on chat, e-mail, SMS and phone, two agents: nothing is asked twice.

The visitor has a browser with Odoo's own chat window, a mailbox and a phone; the agents have Odoo.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.livechat import MODULES
from tests.odoo_server import OdooServer, wait_for
from tests.shop import Shop, make_agent
from tests.tooling.fixtures import started

SECOND = 1000
PATIENCE = 20 * SECOND
LEFT = re.compile("sent|delivered|read")
COMPOSER = ".o-mail-Composer-input"


@pytest.fixture(scope="module")
def odoo(sandbox):
    """Odoo with the app Live Chat, which the other browser tests do without."""
    smtp = ["--smtp=127.0.0.1", f"--smtp-port={sandbox.smtp_port}"]
    server = OdooServer("switching", cron_threads=4, modules=MODULES, options=smtp)
    yield from started(server)


@pytest.fixture(scope="module")
def shop(odoo, sandbox):
    for login in ("ada", "bea"):
        make_agent(odoo, login)
    expect.set_options(timeout=PATIENCE)
    running = Shop(odoo, sandbox, voice=True)
    yield running
    expect.set_options(timeout=5 * SECOND)
    running.close()


@pytest.fixture
def vera(shop):
    """A customer on record, who bought something and never wrote."""
    person = shop.customer("Vera")
    values = {"name": "Vera Voss", "email": person["email"], "phone": person["number"]}
    person["partner"] = shop.odoo.rpc("res.partner", "create", [values])
    return person


class Agent:
    """Somebody's Discuss, opened once."""

    def __init__(self, page):
        self.page = page
        expect(page.locator(".o-mail-DiscussSidebar")).to_be_visible(timeout=120 * SECOND)

    def opens(self, name):
        self.page.locator(".o-mail-DiscussSidebarChannel", has_text=name).first.click()
        expect(self.page.locator(".o-omnichannel-ChannelSelector-option").first).to_be_visible()

    def way(self, channel):
        return self.page.locator(f".o-omnichannel-ChannelSelector-option[data-channel={channel}]")

    def bubble(self, text):
        return self.page.locator(".o-mail-Message", has_text=text)

    def sees(self, text, channel):
        expect(self.bubble(text).locator(f"[data-channel={channel}]").first).to_be_visible()

    def says(self, text, channel):
        self.way(channel).click()
        expect(self.way(channel)).to_have_class(re.compile("o-selected"))
        self.page.locator(COMPOSER).fill(text)
        self.page.keyboard.press("Enter")
        state = self.bubble(text).locator(".o-omnichannel-Message-state")
        expect(state).to_have_attribute("data-state", LEFT)


class Window:
    """The chat window in a visitor's browser."""

    def __init__(self, page):
        self.page, self.answers = page, []
        page.on("response", self._note)
        page.locator(".o-livechat-LivechatButton").click(timeout=120 * SECOND)

    def _note(self, response):
        if response.request.resource_type in ("xhr", "fetch"):
            self.answers.append(response)

    def writes(self, text):
        self.page.locator(COMPOSER).fill(text)
        self.page.keyboard.press("Enter")
        self.sees(text)

    def sees(self, text):
        expect(self.page.locator(".o-mail-Message", has_text=text)).to_be_visible()

    def everything(self):
        """Return all that this browser shows and was answered."""
        told = [answer.text() for answer in self.answers]
        return self.page.locator("body").inner_text() + " ".join(told)


def errors_of(page):
    """Return the errors of a page, without that of the icon which Odoo's support page lacks."""
    return [error for error in page.console_errors if "404" not in error]


def code_in_mail(shop, person):
    """Wait for the code that an agent had sent to somebody's address."""
    (mail,) = wait_for(lambda: shop.mails_to(person), 30, "no code arrived")
    return re.search(r"\b(\d{6})\b", mail.text)[1]


def test_a_customer_switches_channels_and_agents_and_repeats_nothing(
    shop, live_chat, vera, page_factory, screenshots
):
    support = f"/im_livechat/support/{live_chat.id}"
    ada, bea = (Agent(page_factory(login, "/odoo/discuss")) for login in ("ada", "bea"))
    visitor = Window(page_factory(None, support, width=400, height=740))

    # a stranger on the website: the chat
    visitor.writes("The brass lamp of order-7713 flickers")
    ada.opens("Visitor")
    ada.sees("order-7713 flickers", "livechat")
    ada.says("May I know your address?", "livechat")
    visitor.sees("May I know your address?")
    expect(visitor.page.get_by_text("Ada").first).to_be_visible()

    # who says who she is, and proves it
    visitor.writes(f"Sure: {vera['email']}")
    ada.page.get_by_title("Customer's record").first.click()
    section = ada.page.locator(".o-omnichannel-ClaimSection")
    section.get_by_role("button", name="Send a code").click()
    visitor.writes(code_in_mail(shop, vera))
    thread = wait_for(
        lambda: shop.odoo.rpc(
            "omnichannel.conversation",
            "search_read",
            [[("partner_id", "=", vera["partner"])], ["channel_id"]],
        ),
        message="who proved their address has no conversation",
    )[0]
    shop.wait_for_messages(thread, 4)

    # she leaves; it goes on by e-mail
    ada.opens("Vera Voss")
    ada.sees("order-7713 flickers", "livechat")
    shop.odoo.rpc("omnichannel.conversation", "action_assign_to_me", [[thread["id"]]], login="ada")
    chat = shop.odoo.sql("SELECT max(id) FROM discuss_channel WHERE channel_type = 'livechat'")
    visitor.page.evaluate(
        """(id) => fetch("/im_livechat/visitor_leave_session", {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ params: { channel_id: id } }),
        })""",
        chat[0][0],
    )
    expect(ada.page.get_by_text("The live chat has ended").first).to_be_visible()
    expect(ada.way("livechat")).to_have_attribute("title", re.compile("left the chat at"))
    ada.says("I looked it up: the dimmer is the cause", "email")
    wait_for(lambda: len(shop.mails_to(vera)) == 2, 30, "her mailbox got no answer")
    shop.mails(vera, "It is a Lumo 40 dimmer", subject="Re: lamp")
    ada.sees("Lumo 40", "email")

    # by SMS, and a colleague takes over
    ada.says("Please send a photo here", "sms")
    shop.writes(vera, "No camera on this phone, call me", on="sms")
    ada.sees("No camera on this phone", "sms")
    ada.page.get_by_title("Release conversation").first.click()
    bea.opens("Vera Voss")
    for text, channel in (
        ("order-7713 flickers", "livechat"),
        ("May I know your address?", "livechat"),
        ("the dimmer is the cause", "email"),
        ("Lumo 40", "email"),
        ("Please send a photo here", "sms"),
        ("No camera on this phone", "sms"),
    ):
        bea.sees(text, channel)

    # and on the phone: who picks up has it all before them
    call = shop.calls(vera, steps="manual")
    notice = bea.page.locator(".o-omnichannel-Ringing", has_text=vera["number"])
    expect(notice).to_contain_text("Vera Voss")
    notice.get_by_role("button", name="Open conversation").click()
    shop.on_call(call, "answer")
    shop.on_call(call, "end", seconds=80)
    ended = bea.page.locator(".o-omnichannel-Message-call[data-state=ended]")
    expect(ended).to_be_visible()

    # and in the shop: logged in two clicks
    bea.page.get_by_title("Assign to me").first.click()
    bea.page.get_by_title("Log a call or visit").first.click()
    dialog = bea.page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Spoke to them")).to_be_visible()
    bea.page.screenshot(path=screenshots / "log_contact.png")
    bea.page.set_viewport_size({"width": 380, "height": 740})
    bea.page.screenshot(path=screenshots / "log_contact_small.png")
    bea.page.set_viewport_size({"width": 1366, "height": 850})
    dialog.get_by_role("button", name="Spoke to them").click()
    expect(bea.bubble("We called: spoke to them")).to_be_visible()
    bea.page.screenshot(path=screenshots / "switching.png")
    assert [(m["channel"], m["direction"]) for m in shop.messages(thread)] == [
        ("livechat", "inbound"),
        ("livechat", "outbound"),
        ("livechat", "inbound"),
        ("livechat", "inbound"),
        ("email", "outbound"),
        ("email", "inbound"),
        ("sms", "outbound"),
        ("sms", "inbound"),
        ("voice", "inbound"),
        ("voice", "outbound"),
    ]
    for page in (ada.page, bea.page, visitor.page):
        assert errors_of(page) == []


def test_who_types_anothers_address_learns_nothing(shop, live_chat, vera, page_factory):
    shop.writes(vera, "My door code is #8899", on="sms")
    thread = shop.conversation_of(vera["number"])
    shop.wait_for_messages(thread, 1)
    nobody = "nobody-at-all@example.com"
    window = Window(page_factory(None, f"/im_livechat/support/{live_chat.id}", width=400))

    for address in (vera["email"], nobody):
        window.writes(f"I am {address}, what did I write?")
        domain = [("value", "=", address), ("trust", "=", "claimed")]
        wait_for(
            lambda domain=domain: shop.odoo.rpc("omnichannel.identity", "search", [domain]),
            message="what they typed was not noted",
        )
    # staff are told of a suggestion, the visitor is told nothing, known or not
    domain = [("partner_id", "=", vera["partner"])]
    assert shop.odoo.rpc("omnichannel.suggestion", "search_count", [domain]) == 1
    assert len(shop.messages(thread)) == 1
    assert not shop.mails_to(vera)
    for secret in ("Vera Voss", "8899", vera["number"]):
        assert secret not in window.everything()
    assert errors_of(window.page) == []


def test_the_chat_window_shows_odoo_whom_the_website_signed(shop, live_chat, vera, page_factory):
    page = page_factory(None, f"/im_livechat/support/{live_chat.id}", width=400)
    page.evaluate(
        """(token) => {
            const meta = document.createElement("meta");
            Object.assign(meta, { name: "omnichannel-visitor", content: token });
            document.head.append(meta);
        }""",
        live_chat.sign(email=vera["email"]),
    )

    Window(page).writes("You know me")

    thread = shop.conversation_of(vera["email"])
    shop.wait_for_messages(thread, 1)
    assert thread["partner_id"][1] == "Vera Voss"
    assert errors_of(page) == []


def test_whoever_sits_down_after_a_signed_chat_sees_nothing_of_it(
    shop, live_chat, vera, page_factory
):
    page = page_factory(None, f"/im_livechat/support/{live_chat.id}", width=400, height=740)
    page.evaluate(
        """(token) => {
            const tag = document.createElement("meta");
            [tag.name, tag.content] = ["omnichannel-visitor", token];
            document.head.append(tag);
        }""",
        live_chat.sign(email=vera["email"]),
    )
    visitor = Window(page)
    visitor.writes("It is Vera")
    shop.wait_for_messages(shop.conversation_of(vera["email"]), 1)
    query = "SELECT livechat_end_dt IS NOT NULL FROM discuss_channel WHERE id = %s"
    ((chat,),) = shop.odoo.sql(
        "SELECT max(id) FROM discuss_channel WHERE channel_type = 'livechat'"
    )
    assert shop.odoo.sql(query, [chat]) == [(False,)]

    page.reload()  # and no token any more

    wait_for(lambda: shop.odoo.sql(query, [chat]) == [(True,)], 60, "it goes on")
    expect(page.locator(".o-livechat-LivechatButton")).to_be_visible()
    expect(page.get_by_text("It is Vera")).to_have_count(0)
