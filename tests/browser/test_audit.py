"""The connection audit and the privacy wizards in a real browser, on a desk and on a phone."""

import re
import zipfile

import pytest
from playwright.sync_api import expect

from tests.shop import Shop, make_user

SECOND = 1000
SUPERVISOR = "omnichannel_connector.omnichannel_group_supervisor"
PHONE = {"width": 360, "height": 740}
WAITING = re.compile("waits? for an answer")


@pytest.fixture
def shop(odoo, sandbox):
    make_user(odoo, "sue", SUPERVISOR)
    running = Shop(odoo, sandbox)
    yield running
    running.close()


def line(page, text):
    return page.locator(".o_data_row", has_text=text)


def test_a_supervisor_opens_what_a_line_counts(shop, page_factory, screenshots):
    ana = shop.customer("Ana Lima")
    shop.writes(ana, "Is anybody there?")
    shop.conversation_of(ana["igsid"])
    page = page_factory("sue", "/odoo")
    page.locator(".o_menu_sections").wait_for(timeout=60 * SECOND)
    page.goto(shop.odoo.url + "/odoo/connection-audit")

    waiting = line(page, WAITING)
    expect(waiting).to_be_visible(timeout=30 * SECOND)
    count = int(waiting.locator("[name=count_text]").inner_text())
    page.screenshot(path=screenshots / "audit_supervisor.png")
    assert not line(page, "could not be understood").count()

    waiting.get_by_role("button", name="Show").click()
    expect(page.locator(".o_data_row")).to_have_count(count, timeout=20 * SECOND)
    expect(page.locator(".o_data_row", has_text="Ana Lima").first).to_be_visible()

    page.go_back()
    page.reload()
    expect(line(page, WAITING)).to_be_visible(timeout=30 * SECOND)
    assert page.console_errors == []


def test_on_a_phone_every_line_is_a_card(shop, page_factory, screenshots):
    ana = shop.customer("Ana Lima")
    shop.writes(ana, "Is anybody there?")
    shop.conversation_of(ana["igsid"])

    page = page_factory("admin", "/odoo/connection-audit", **PHONE)

    card = page.locator(".o_kanban_record", has_text=WAITING)
    expect(card).to_be_visible(timeout=60 * SECOND)
    page.screenshot(path=screenshots / "audit_phone.png")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    card.get_by_role("button", name="Show").click()
    expect(page.locator(".o_breadcrumb")).to_contain_text("wait for", timeout=20 * SECOND)
    assert page.console_errors == []


def test_a_person_is_exported_and_erased(shop, page_factory, screenshots, tmp_path):
    ana = shop.customer("Ana Erasable")
    shop.writes(ana, "My secret is blue")
    conversation = shop.conversation_of(ana["igsid"])
    shop.wait_for_profile(ana)
    page = page_factory("admin", f"/odoo/contacts/{conversation['partner_id'][0]}")

    choose(page, "Export everything about this person")
    page.locator(".modal button[name=action_export]").click()
    link = page.locator(".modal .o_attachment a[href*='/web/content']").first
    expect(link).to_be_visible(timeout=30 * SECOND)
    page.screenshot(path=screenshots / "privacy_export.png")
    with page.expect_download() as download:
        link.click()
    download.value.save_as(tmp_path / "person.zip")
    with zipfile.ZipFile(tmp_path / "person.zip") as paper:
        assert b"My secret is blue" in paper.read("data.json")
    page.locator(".modal").get_by_role("button", name="Close").first.click()

    choose(page, "Erase this person")
    expect(page.locator(".modal table")).to_contain_text("Messages")
    page.screenshot(path=screenshots / "privacy_erase.png")
    page.locator(".modal [name=confirmation] input").fill("Ana Erasable")
    page.locator(".modal button[name=action_erase]").click()
    expect(page.locator(".modal [role=status]")).to_contain_text("deleted", timeout=30 * SECOND)
    page.screenshot(path=screenshots / "privacy_erased.png")
    page.locator(".modal button[name=action_close]").click()
    expect(page.locator(".o_breadcrumb")).to_contain_text("Contacts", timeout=20 * SECOND)

    found = shop.odoo.rpc("res.partner", "search", [[("name", "=", "Ana Erasable")]])
    assert found == []
    assert page.console_errors == []


def test_only_administrators_are_offered_privacy(shop, page_factory):
    ana = shop.customer("Ana Lima")
    shop.writes(ana, "Hello")
    conversation = shop.conversation_of(ana["igsid"])

    page = page_factory("sue", f"/odoo/contacts/{conversation['partner_id'][0]}")

    page.locator(".o_form_view .o_cp_action_menus button").first.click(timeout=60 * SECOND)
    expect(page.locator(".o-dropdown--menu")).to_be_visible()
    expect(page.get_by_text(re.compile("this person"))).to_have_count(0)


def choose(page, name):
    """Choose an entry of the form's action menu."""
    page.locator(".o_form_view .o_cp_action_menus button").first.click(timeout=60 * SECOND)
    page.get_by_role("menuitem", name=name).click()
    expect(page.locator(".modal")).to_be_visible(timeout=20 * SECOND)
