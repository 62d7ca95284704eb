"""What an administrator sees and does to connect an account and to keep it healthy."""

import re

from playwright.sync_api import expect

from tests.odoo_server import wait_for

SECOND = 1000
ACCOUNTS = "/odoo/action-omnichannel_connector.omnichannel_account_action"
EVENTS = "/odoo/action-omnichannel_connector.omnichannel_event_action"


def fill(page, name, value):
    field = page.locator(f".o_field_widget[name={name}]").locator("input, textarea").first
    field.fill(value)
    field.blur()


def choose(page, name, label):
    page.locator(f".o_field_widget[name={name}] input").click()
    page.locator(".o_select_menu_item", has_text=label).click()


def open_page(page, name):
    page.locator(".o_notebook").get_by_role("tab", name=name).click()


def row_of_test(page, name):
    return page.locator("[name=check_ids] .o_data_row", has_text=name)


def press(page, name):
    page.locator(".o_statusbar_buttons").get_by_role("button", name=name, exact=True).click()


def test_instagram_is_connected_by_the_guide(odoo, sandbox, page_factory, screenshots):
    page = page_factory("admin", f"{ACCOUNTS}/new")
    fill(page, "name", "@guided_shop")
    choose(page, "channel", "Instagram")
    guide = page.locator("[name=setup_guide]")
    expect(guide).to_contain_text("Allow access to messages", timeout=20 * SECOND)
    page.screenshot(path=screenshots / "account_guide.png", full_page=True)

    fill(page, "external_id", "17841499900000001")
    fill(page, "access_token", "a-wrong-token")
    fill(page, "signing_secrets", "guided-secret")
    open_page(page, "Settings")
    fill(page, "public_url", odoo.url)
    fill(page, "api_url", f"{sandbox.url}/graph/v26.0")
    page.locator(".o_form_button_save").click()
    expect(page).not_to_have_url(re.compile("/new$"), timeout=20 * SECOND)
    copied = page.locator("[name=webhook_url]").inner_text().strip()
    assert copied.startswith(f"{odoo.url}/omnichannel/instagram/"), copied
    token = page.locator("[name=verify_token]").first.inner_text().strip()
    registered = sandbox.control.add_account(
        "instagram",
        id="17841499900000001",
        username="guided_shop",
        token="the-right-token",
        app_secret="guided-secret",
        verify_token=token,
        callback_url=copied,
    )
    assert registered["verified"], registered

    press(page, "Test and Connect")
    open_page(page, "Self-test")
    expect(row_of_test(page, "Credentials")).to_contain_text("Does not work", timeout=60 * SECOND)
    expect(row_of_test(page, "Webhook address")).to_contain_text("Works")
    expect(row_of_test(page, "Handshake")).to_contain_text("Works")
    page.screenshot(path=screenshots / "account_test_failed.png", full_page=True)

    fill(page, "access_token", "the-right-token")
    press(page, "Test and Connect")
    expect(row_of_test(page, "Credentials")).to_contain_text("Works", timeout=60 * SECOND)
    expect(page.locator(".o_statusbar_status .o_arrow_button_current")).to_have_text("Connected")
    page.screenshot(path=screenshots / "account_test.png", full_page=True)
    assert page.console_errors == []


def test_a_failed_event_is_shown_and_tried_again(shop, page_factory, screenshots):
    ana = shop.customer("Ana Failing")
    shop.writes(ana, "This one fails at first", on="sms")
    shop.conversation_of(ana["number"])
    domain = [["account_id", "=", shop.sms["id"]]]
    (event_id,) = shop.odoo.rpc("omnichannel.event", "search", [domain])
    shop.odoo.sql(
        "UPDATE omnichannel_event SET state = 'failed', error = %s WHERE id = %s RETURNING id",
        ['Traceback (most recent call last):\n  …\nValueError: "lamp" is no colour', event_id],
    )
    shop.odoo.run_cron("ir_cron_omnichannel_health")
    page = page_factory("admin", f"{ACCOUNTS}/{shop.sms['id']}")
    expect(page.locator("[name=health_panel]")).to_contain_text(
        "Failed events", timeout=30 * SECOND
    )
    expect(page.locator(".o_field_widget[name=health]")).to_contain_text("Not healthy")
    page.screenshot(path=screenshots / "account_red.png", full_page=True)

    page.get_by_role("button", name="Failed Events").click()
    page.locator(".o_data_row").first.click(timeout=20 * SECOND)
    expect(page.locator(".o_field_widget[name=error]")).to_contain_text("is no colour")
    page.screenshot(path=screenshots / "event_failed.png", full_page=True)
    press(page, "Try Again")

    def is_done():
        return shop.odoo.sql(
            "SELECT 1 FROM omnichannel_event WHERE id = %s AND state = 'done'", [event_id]
        )

    wait_for(is_done, message="the event was not processed again")
    assert shop.odoo.sql(
        "SELECT count(*) FROM omnichannel_message m JOIN omnichannel_account a"
        " ON a.id = m.account_id WHERE a.id = %s",
        [shop.sms["id"]],
    ) == [(1,)]
    page.goto(shop.odoo.url + EVENTS)
    expect(page.locator(".o_data_row").first).to_be_visible(timeout=20 * SECOND)
    page.screenshot(path=screenshots / "event_list.png", full_page=True)
    page.goto(shop.odoo.url + ACCOUNTS)
    expect(page.locator(".o_data_row").first).to_be_visible(timeout=20 * SECOND)
    page.screenshot(path=screenshots / "account_list.png", full_page=True)
    assert page.console_errors == []
