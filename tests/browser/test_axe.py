"""axe-core on every screen: nothing of ours is hard to read, or out of reach of a screen reader.

The screens are found by their menus and actions; a new one is checked without being named here.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.test_every_screen import AGENT_SCREENS, DESK, PHONE, SECOND, screens_of, shop
from tests.browser.writing import write
from tests.odoo_server import wait_for

__all__ = ["shop"]
pytestmark = pytest.mark.timeout(900)  # every screen in one test
VIEW = ".o_action_manager .o_content"
DIALOG = ".o_dialog .modal-content"
OURS = "[class*=o-omnichannel-]"
OPEN = """
([action, options]) => odoo.__WOWL_DEBUG__.root.env.services.action.doAction(action, options)
"""


@pytest.fixture
def client(shop, page_factory):
    """A function that opens the web client as a user."""

    def open_client(login, path="/odoo", **size):
        page = page_factory(login, path, **(size or DESK))
        expect(page.locator(".o_main_navbar")).to_be_visible(timeout=60 * SECOND)
        return page

    return open_client


def open_action(page, action, **options):
    page.evaluate(OPEN, [action, {"clearBreadcrumbs": True, **options}])


def open_record(page, model, record):
    action = {"type": "ir.actions.act_window", "res_model": model, "res_id": record}
    open_action(page, {**action, "views": [[False, "form"]]})


def views_of(shop, action):
    """Return the view modes of an action and their scope; no modes for what is no list or form."""
    (kind,) = shop.odoo.rpc("ir.actions.actions", "read", [[action], ["type"]])
    if kind["type"] != "ir.actions.act_window":
        return [], VIEW
    names = ["view_mode", "res_model"]
    (window,) = shop.odoo.rpc("ir.actions.act_window", "read", [[action], names])
    is_odoos = window["res_model"] == "res.partner"
    return window["view_mode"].split(","), OURS if is_odoos else VIEW


def findings_of_screen(page, action, modes, scope):
    """Return what axe finds in each view of a screen, the form with the first record."""
    found = []
    for mode in [mode for mode in modes if mode != "form"] or modes:
        open_action(page, action, viewType=mode)
        expect(page.locator(f".o_{mode}_view").first).to_be_visible(timeout=20 * SECOND)
        if scope == VIEW or page.locator(OURS).count():
            found += [f"{mode}: {words}" for words in violations(page, scope)]
    record = page.locator(".o_data_row .o_data_cell, .o_kanban_record:not(.o_kanban_ghost)")
    if "form" in modes and scope == VIEW and record.count():
        record.first.click()
        expect(page.locator(".o_form_view")).to_be_visible(timeout=20 * SECOND)
        found += [f"form: {words}" for words in violations(page, VIEW)]
    if not modes:
        open_action(page, action)
        is_view = page.locator(VIEW).count()
        found += violations(page, VIEW if is_view else ".o_action_manager > *")
    return found


def told(findings):
    """Return the findings as the text of a failure."""
    return "\n\n".join(findings)


def test_axe_finds_what_is_wrong(page_factory):
    """Of a check that finds nothing one has to know that it could."""
    page = page_factory(None, "/web/login")
    page.set_content(
        "<main class='view'><button></button><p style='color: #999'>hardly readable</p></main>"
        "<div><input></div>"
    )
    rules = {finding.split(":")[0] for finding in violations(page, ".view")}
    assert rules == {"button-name", "color-contrast"}
    button = "<button class='o_clipboard_button {}'></button>"
    page.set_content(f"<main class='view'>{button.format('')}</main>")
    assert violations(page, ".view") == []  # Odoo's
    page.set_content(f"<main class='view'>{button.format('o-omnichannel-Copy')}</main>")
    assert len(violations(page, ".view")) == 1  # never ours
    assert violations(page, ".nowhere") == ["nothing to check: .nowhere"]


def test_every_screen_of_the_menu(shop, client):
    page = client("admin")
    screens = screens_of(page)
    assert set(screens) >= AGENT_SCREENS
    found = []
    for name, action in sorted(screens.items()):
        findings = findings_of_screen(page, action, *views_of(shop, action))
        found += [f"{name}, {finding}" for finding in findings]
    assert not found, told(found)


def test_every_dialog(shop, client):
    """Those that are opened by name; the one that links customers has no name."""
    page = client("admin")
    partner = shop.ana["partner_id"][0]
    domain = [("target", "=", "new"), ("res_model", "=like", "omnichannel.%")]
    actions = shop.odoo.rpc("ir.actions.act_window", "search_read", [domain, ["name"]])
    identity = shop.odoo.rpc("omnichannel.identity", "search", [[("kind", "=", "email")]])[:1]
    link = shop.odoo.rpc("omnichannel.identity", "action_link", [identity])
    assert len(actions) >= 3
    found = []
    for action, name in [*((a["id"], a["name"]) for a in actions), (link, "Link")]:
        open_action(page, "omnichannel_connector.omnichannel_conversation_action")
        context = {"active_id": partner, "active_ids": [partner], "active_model": "res.partner"}
        page.evaluate(OPEN, [action, {"additionalContext": context}])
        expect(page.locator(f"{DIALOG} .o_form_view")).to_be_visible(timeout=20 * SECOND)
        found += [f"{name}: {finding}" for finding in violations(page, DIALOG)]
        page.keyboard.press("Escape")
        expect(page.locator(DIALOG)).to_have_count(0)
    assert not found, told(found)


def test_our_parts_of_odoos_forms(shop, client):
    page = client("admin")
    partner = shop.ana["partner_id"][0]
    open_record(page, "res.partner", partner)
    page.get_by_role("tab", name="Channels").click(timeout=20 * SECOND)
    expect(page.locator(".o-omnichannel-Timeline-entry").first).to_be_visible(timeout=20 * SECOND)
    found = violations(page, ".o_notebook .tab-pane.active")
    found += violations(page, "button[name=action_open_conversation]")
    open_record(page, "crm.lead", shop.ana["lead_id"][0])
    expect(page.locator(".o_lead_opportunity_form")).to_be_visible(timeout=20 * SECOND)
    found += violations(page, "button[name=action_open_conversation]")
    assert not found, told(found)


def open_thread(client, conversation):
    channel = conversation["channel_id"][0]
    page = client("the-agent", f"/odoo/discuss?active_id=discuss.channel_{channel}")
    expect(page.locator(".o-omnichannel-ChannelSelector-option").first).to_be_visible(
        timeout=60 * SECOND
    )
    if not page.locator(".o-omnichannel-Panel").count():
        page.get_by_title("Customer's record").first.click()
    expect(page.locator(".o-omnichannel-RecordView")).to_be_visible(timeout=20 * SECOND)
    return page


def say(page, text, *, note=False):
    channel = "[data-channel=note]" if note else ":not([data-channel=note])"
    page.locator(f".o-omnichannel-ChannelSelector-option{channel}").first.click()
    write(page, text)
    expect(page.locator(".o-mail-Message", has_text=text)).to_be_visible(timeout=20 * SECOND)
    # Odoo fades what is still on its way to the server
    expect(page.locator(".o-mail-Message-content.opacity-50")).to_have_count(0, timeout=20 * SECOND)


def test_the_thread_its_composer_and_the_panel(shop, client, screenshots):
    page = open_thread(client, shop.ana)
    say(page, "Wants it in blue", note=True)
    found = violations(page, OURS)  # the composer of a note
    say(page, "It is in stock.")
    found += violations(page, OURS)
    page.screenshot(path=screenshots / "axe_thread.png")
    assert not found, told(found)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["wide", "phone"])
def test_the_inbox_with_a_customer(shop, client, screenshots, size):
    page = client("the-supervisor", "/odoo/omnichannel-inbox", **size)
    if size == PHONE:
        page.locator(".o-omnichannel-InboxChoices-toggle").click(timeout=20 * SECOND)
    page.locator("[data-box=all]").click(timeout=20 * SECOND)
    row = page.locator(".o-omnichannel-InboxRow", has_text="Ana Everywhere").first
    expect(row).to_be_visible(timeout=20 * SECOND)
    found = violations(page, ".o-omnichannel-Inbox")
    row.click()
    expect(page.locator(".o-omnichannel-ChannelSelector .o-selected")).to_be_visible(
        timeout=20 * SECOND
    )
    found += violations(page, ".o-omnichannel-Inbox, .o-mail-ChatWindow")
    page.screenshot(path=screenshots / f"axe_inbox_{size['width']}.png")
    assert not found, told(found)


def test_what_customers_see(shop, page_factory, client):
    ana = shop.odoo.rpc("omnichannel.identity", "search", [[("kind", "=", "phone")]])[0]
    identity = shop.odoo.rpc("omnichannel.identity", "read", [[ana], ["partner_id", "value"]])[0]
    conversation = shop.conversation_of(identity["value"])
    arguments = [[conversation["id"]], ana]
    url = shop.odoo.rpc("omnichannel.conversation", "get_preference_link", arguments)
    page = page_factory(None, url.removeprefix(shop.odoo.url), **DESK)
    found = violations(page, "html")
    page.goto(f"{shop.odoo.url}{verification_link(shop, client)}")
    expect(page.get_by_role("button", name="Confirm")).to_be_visible()
    found += violations(page, "html")
    page.goto(f"{shop.odoo.url}/omnichannel/verify/unknown")
    found += violations(page, "html")
    assert not found, told(found)


def verification_link(shop, client):
    """Let an agent ask by mail whose a typed address is; return the path of the link."""
    page = open_thread(client, shop.conversation_of(shop.bob["igsid"]))
    section = page.locator(".o-omnichannel-ClaimSection")
    found = violations(page, OURS)
    assert not found, told(found)
    section.get_by_role("button", name="Send a link").click()
    (mail,) = wait_for(
        lambda: [mail for mail in shop.mails_to(shop.ana_herself) if "verify" in mail.text]
    )
    return re.search(r"http://[^/\s]+(/omnichannel/verify/[\w-]+)", mail.text)[1]
