"""What an agent does with an address that a customer typed, and the page behind a link."""

import re

from playwright.sync_api import expect

from tests.odoo_server import wait_for

SECOND = 1000


def test_an_agent_has_a_typed_address_verified_by_a_link(shop, page_factory, screenshots):
    eve = shop.customer("Eve Link")
    address = eve["email"]
    shop.writes(eve, f"You can write to {address}, too")
    shop.conversation_of(eve["igsid"])
    page = page_factory("ada", "/odoo/discuss")
    thread = page.locator(".o-mail-DiscussSidebarChannel", has_text="Eve Link")
    thread.click(timeout=60 * SECOND)
    page.get_by_title("Customer's record").first.click()
    section = page.locator(".o-omnichannel-ClaimSection")
    expect(section).to_contain_text(f"Says this is theirs: {address}")
    page.screenshot(path=screenshots / "claim.png")

    section.get_by_role("button", name="Send a link").click()

    expect(section.get_by_role("status")).to_contain_text("A link was sent")
    expect(page.locator(".o-mail-Thread")).to_contain_text("A link was sent to e…@example.com")
    page.screenshot(path=screenshots / "claim_asked.png")
    (mail,) = wait_for(lambda: shop.mails_to(eve), 30, "no link arrived")
    (url,) = set(re.findall(r"http://\S+(/omnichannel/verify/[\w-]+)", mail.text))
    public = page_factory(None, url, width=380, height=700)
    public.screenshot(path=screenshots / "verify_page.png")
    public.get_by_role("button", name="Confirm").click()
    expect(public.get_by_role("status")).to_contain_text("Thank you")
    public.screenshot(path=screenshots / "verify_done.png")
    expect(page.locator(".o-mail-Thread")).to_contain_text("proved to read e…@example.com")
    assert public.console_errors == []
    assert page.console_errors == []
