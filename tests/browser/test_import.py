"""What an administrator sees and does to bring existing contacts in."""

import pytest
from playwright.sync_api import expect

from tests.odoo_server import OdooError, wait_for
from tests.shop import make_agent

SECOND = 1000
IMPORTS = "/odoo/action-omnichannel_connector.omnichannel_import_action"


def test_an_administrator_imports_contacts_and_sees_how_far_it_is(odoo, page_factory, screenshots):
    """The import that is queued with the installation runs by itself; another is a button."""
    done = [("state", "=", "done")]
    wait_for(lambda: odoo.rpc("omnichannel.import", "search_count", [done]), 180)
    values = {"name": "Ana", "email": "import-browser@example.com"}
    odoo.rpc("res.partner", "create", [values])
    page = page_factory("admin", IMPORTS)
    row = page.locator(".o_data_row").first
    expect(row).to_contain_text("Done", timeout=60 * SECOND)
    page.screenshot(path=screenshots / "import_list.png")

    page.get_by_role("button", name="Start Import").click()
    expect(page.locator(".o_form_view .o_statusbar_status")).to_be_visible(timeout=20 * SECOND)
    page.screenshot(path=screenshots / "import_waiting.png")
    wait_for(lambda: odoo.rpc("omnichannel.import", "search_count", [done]) == 2, 180)
    page.reload()

    expect(page.locator("[name=progress]")).to_contain_text("100", timeout=20 * SECOND)
    expect(page.get_by_role("button", name="Import Again")).to_be_visible()
    page.screenshot(path=screenshots / "import_done.png")
    assert not page.console_errors


def test_the_settings_lead_to_the_imports(page_factory, screenshots):
    page = page_factory("admin", "/odoo/settings#omnichannel_connector")
    page.locator(".app_name", has_text="Omnichannel").or_(
        page.locator("[data-key=omnichannel_connector]")
    ).first.click(timeout=60 * SECOND)
    setting = page.locator("#omnichannel_import")
    expect(setting).to_contain_text("Done, 100 %", timeout=20 * SECOND)
    page.screenshot(path=screenshots / "import_settings.png")

    setting.get_by_role("button", name="Contact imports").click()

    expect(page.locator(".o_list_view")).to_be_visible(timeout=20 * SECOND)
    assert not page.console_errors


def test_an_agent_has_no_imports(odoo):
    make_agent(odoo, "ada")
    with pytest.raises(OdooError):
        odoo.rpc("omnichannel.import", "search_count", [[]], login="ada")
