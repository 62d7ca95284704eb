"""Every screen of the app as each role: it opens, with content, without an error; none for others.

Pictures of all of them in .omni/screenshots, as `screen_<role>_<screen>.png`.
"""

import re

import pytest
import requests
from playwright.sync_api import expect

from tests.shop import Shop, make_user

SECOND = 1000
DESK = {"width": 1366, "height": 850}
PHONE = {"width": 360, "height": 740}
AGENT_SCREENS = {
    "Conversations",
    "Inbox",
    "Customers",
    "Identities",
    "Suggestions",
    "Links",
    "Consent",
    "Sequences",
    "Enrollments",
    "Decisions",
    "Messages",
    "Calls",
    "Deliveries",
    "First Answers",
    "Verifications",
    "Response Times",
    "Message Volume",
}
SUPERVISOR_SCREENS = AGENT_SCREENS | {"Connection Audit", "Teams"}
ADMINISTRATOR_SCREENS = SUPERVISOR_SCREENS | {
    "Accounts",
    "Contact Imports",
    "Events",
    "Files",
    "Learned Answers",
    "Privacy",
    "Writing Service",
}
ROLES = {
    "agent": AGENT_SCREENS,
    "supervisor": SUPERVISOR_SCREENS,
    "administrator": ADMINISTRATOR_SCREENS,
}
REPORTS = {"Response Times", "Message Volume"}
WITHOUT_FORM = {
    "Calls",
    "Connection Audit",
    "Deliveries",
    "Files",
    "Links",
    "Message Volume",
    "Messages",
    "Privacy",
    "Response Times",
    "Suggestions",
    "Verifications",
}
# What agents and supervisors look through is cards on a phone, not a table that is cut off.
CARDS = SUPERVISOR_SCREENS - {*REPORTS, "Inbox"}
# On a phone a thread is a window over the screen that stays.
THREADS = {"Conversations"}
CELL = ".o_data_row .o_data_cell:not(.o_handle_cell)"  # a handle is for dragging
SHOWN = (
    ".o_data_row, .o_kanban_record:not(.o_kanban_ghost), .o_view_nocontent, .o_form_view,"
    " .o_graph_renderer canvas, .o-omnichannel-InboxRow, .o-omnichannel-InboxEmpty"
)
IN_CARDS = ".o_kanban_view :is(.o_kanban_record:not(.o_kanban_ghost), .o_view_nocontent)"
SECRETS = ("My secret is blue", "Ana Everywhere")


@pytest.fixture(scope="module")
def shop(odoo, sandbox):
    """A shop with something on every screen."""
    for role in ROLES:
        make_user(odoo, f"the-{role}", f"omnichannel_connector.omnichannel_group_{role}")
    make_user(odoo, "the-portal-user", "base.group_portal")
    running = Shop(odoo, sandbox, voice=True)
    ana, bob = running.customer("Ana Everywhere"), running.customer("Bob Everywhere")
    running.writes(ana, "My secret is blue")
    running.writes(ana, "Please stop texting me", on="sms")
    running.writes(bob, f"I am {ana['email']}")
    running.mails(ana, "And this is my mail")
    running.calls(bob, outcome="answered", seconds=5)
    conversation = running.conversation_of(ana["igsid"])
    running.wait_for_profile(ana)
    running.conversation_of(bob["igsid"])
    running.conversation_of(bob["number"])
    running.conversation_of(ana["number"])
    linked = odoo.rpc("omnichannel.identity", "search", [[("value", "=", ana["number"])]])
    values = {"partner_id": conversation["partner_id"][0], "identity_ids": [(6, 0, linked)]}
    wizard = odoo.rpc("omnichannel.link.wizard", "create", [values])
    odoo.rpc("omnichannel.link.wizard", "action_link", [[wizard]])
    odoo.rpc("omnichannel.team", "create", [{"name": "Lamps", "member_ids": agents(odoo)}])
    running.ana, running.ana_herself, running.bob = conversation, ana, bob
    yield running
    running.close()


def agents(odoo):
    """Return the ids of this module's users that may answer customers."""
    return odoo.rpc("res.users", "search", [[("login", "in", [f"the-{role}" for role in ROLES])]])


def screens_of(page):
    """Return {name: action id} of the app's menu, as the user of this page has it."""
    menus = page.evaluate("fetch('/web/webclient/load_menus').then((answer) => answer.json())")
    app = next(menus[str(each)] for each in menus["root"]["children"] if is_ours(menus[str(each)]))
    names = {}
    waiting = list(app["children"])
    while waiting:
        menu = menus[str(waiting.pop())]
        waiting += menu["children"]
        if menu["actionID"]:
            names[menu["name"]] = menu["actionID"]
    return names


def is_ours(menu):
    return menu["xmlid"] == "omnichannel_connector.omnichannel_menu"


def look(page, shop, name, action, picture, shown=SHOWN, without_form=WITHOUT_FORM):
    """Open a screen, and the first record on it; complain about errors."""
    picture = f"{picture}_{re.sub(r'[^a-z]+', '_', name.lower())}"
    page.goto(f"{shop.odoo.url}/odoo/action-{action}")
    expect(page.locator(shown).first).to_be_visible(timeout=60 * SECOND)
    page.screenshot(path=f"{picture}.png")
    row = page.locator(f"{CELL}, .o_kanban_record:not(.o_kanban_ghost)").first
    if row.count() and name not in without_form:
        row.click()
        form = page.locator(".o_form_view, .o-mail-Discuss, .modal")
        expect(form.first).to_be_visible(timeout=20 * SECOND)
        page.screenshot(path=f"{picture}_form.png")
    expect(page.locator(".o_error_dialog")).to_have_count(0)
    assert page.console_errors == []


@pytest.mark.parametrize("role", ROLES)
def test_every_screen_opens_for_those_who_have_it(shop, page_factory, screenshots, role):
    page = page_factory(f"the-{role}", "/odoo", **DESK)
    expect(page.locator(".o_main_navbar")).to_be_visible(timeout=60 * SECOND)
    screens = screens_of(page)
    assert set(screens) == ROLES[role]
    for name, action in sorted(screens.items()):
        look(page, shop, name, action, screenshots / f"screen_{role}")


def test_no_screen_is_wider_than_a_phone(shop, page_factory, screenshots):
    page = page_factory("the-administrator", "/odoo", **PHONE)
    expect(page.locator(".o_main_navbar")).to_be_visible(timeout=60 * SECOND)
    for name, action in sorted(screens_of(page).items()):
        shown = IN_CARDS if name in CARDS else SHOWN
        picture = screenshots / "screen_phone"
        look(page, shop, name, action, picture, shown, WITHOUT_FORM | THREADS)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name


def test_a_portal_user_sees_none_of_it(shop, page_factory):
    page = page_factory("the-administrator", "/odoo", **DESK)
    screens = screens_of(page)
    page = page_factory("the-portal-user", "/my", **DESK)
    for name, action in screens.items():
        page.goto(f"{shop.odoo.url}/odoo/action-{action}")
        assert page.locator(".o_main_navbar").count() == 0, name
        assert not any(secret in page.content() for secret in SECRETS), name


def test_a_visitor_sees_none_of_it(shop):
    channel = shop.ana["channel_id"][0]
    for path in ("/odoo/discuss", f"/discuss/channel/{channel}", f"/odoo/contacts/{channel}"):
        answer = requests.get(shop.odoo.url + path, timeout=30)
        assert answer.status_code == 404 or "/web/login" in answer.url, path
        assert not any(secret in answer.text for secret in SECRETS), path
