"""Teams in a real browser: set up, a customer who is given to who is there, and handed over."""

import pytest
from playwright.sync_api import expect

from tests.shop import Shop, make_agent

SECOND = 1000


@pytest.fixture
def shop(odoo, sandbox):
    for login in ("tom", "uma"):
        make_agent(odoo, login)
    running = Shop(odoo, sandbox)
    yield running
    running.close()


def team(shop, name, *logins, **values):
    """Create a team of the shop's SMS account. Return its id."""
    members = shop.odoo.rpc("res.users", "search", [[("login", "in", logins)]])
    values = {"name": name, "member_ids": [(6, 0, members)], **values}
    return shop.odoo.rpc("omnichannel.team", "create", [values])


def keep_apart(shop, is_private):
    company_ids = shop.odoo.rpc("res.company", "search", [[]])
    shop.odoo.rpc(
        "res.company", "write", [company_ids, {"omnichannel_is_team_private": is_private}]
    )


@pytest.fixture
def two_teams(shop):
    """Sales has Tom, Support has Uma and assigns by itself; nobody sees the other's customers."""
    sales = team(shop, "Sales", "tom")
    support = team(shop, "Support", "uma", assignment="round_robin")
    shop.odoo.rpc("omnichannel.account", "write", [[shop.sms["id"]], {"team_id": sales}])
    keep_apart(shop, True)
    yield sales, support
    keep_apart(shop, False)
    shop.odoo.rpc("omnichannel.team", "write", [[sales, support], {"active": False}])


def open_discuss(page_factory, login):
    page = page_factory(login, "/odoo/discuss")
    expect(page.locator(".o-mail-DiscussSidebar")).to_be_visible(timeout=60 * SECOND)
    return page


def thread_in_sidebar(page, name):
    return page.locator(".o-mail-DiscussSidebarChannel", has_text=name)


def test_a_customer_goes_to_another_team_with_a_note(shop, two_teams, page_factory, screenshots):
    ana = shop.customer("Ana Handover")
    tom, uma = open_discuss(page_factory, "tom"), open_discuss(page_factory, "uma")
    shop.writes(ana, "My lamp flickers", on="sms")
    shop.conversation_of(ana["number"])
    thread_in_sidebar(tom, ana["number"]).click(timeout=20 * SECOND)
    expect(tom.locator(".o-mail-Message", has_text="My lamp flickers")).to_be_visible()
    expect(thread_in_sidebar(uma, ana["number"])).to_have_count(0)

    tom.locator("[title='Hand over']").click()
    dialog = tom.locator(".modal")
    dialog.locator("[name=team_id] input").fill("Support")
    tom.locator(".o-autocomplete--dropdown-item", has_text="Support").first.click()
    dialog.locator("[name=note] textarea").fill("Bought it in May, wants a repair.")
    tom.screenshot(path=screenshots / "hand-over.png")
    dialog.get_by_role("button", name="Hand Over").click()

    expect(thread_in_sidebar(tom, ana["number"])).to_have_count(0, timeout=20 * SECOND)
    expect(tom.locator(".o-mail-Message", has_text="My lamp flickers")).to_have_count(0)
    expect(tom.locator(".modal")).to_have_count(0)
    thread_in_sidebar(uma, ana["number"]).click(timeout=20 * SECOND)
    expect(uma.locator(".o-mail-Message", has_text="wants a repair.")).to_be_visible()
    uma.screenshot(path=screenshots / "handed-over.png")
    assert shop.phone(ana) == ["My lamp flickers"]
    assert tom.console_errors == [] == uma.console_errors


def test_a_team_is_set_up(shop, two_teams, page_factory, screenshots):
    for width, name in ((1366, "team"), (390, "team-narrow")):
        page = page_factory("admin", f"/odoo/omnichannel.team/{two_teams[1]}", width=width)
        expect(page.locator("[name=assignment]")).to_be_visible(timeout=60 * SECOND)
        page.screenshot(path=screenshots / f"{name}.png", full_page=True)
        assert page.console_errors == []
    page = page_factory("admin", "/odoo/action-omnichannel_connector.omnichannel_settings_action")
    setting = page.locator("#omnichannel_is_team_private")
    expect(setting).to_be_visible(timeout=60 * SECOND)
    page.screenshot(path=screenshots / "team-settings.png")
