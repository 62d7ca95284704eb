"""The pictures of README and app store, from the demo's data: `python -m tests.pictures FOLDER`.

Run it with the environment of omni: `.omni/venv/bin/python -m tests.pictures`. Without a folder the
pictures go to .omni/screenshots. They are to be looked at, so no test makes them.
"""

import sys
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests.browser.conftest import ARGUMENTS, ASSETS
from tests.demo.connect import Odoo, connect, post
from tests.odoo_server import OdooServer, wait_for
from tests.sandbox import Sandbox
from tests.tooling import odoo_source, system
from tests.tooling.base import WORK
from tests.tooling.demo import EXTRA_MODULES

SECOND = 1000
DESK = {"viewport": {"width": 1280, "height": 760}, "device_scale_factor": 1.5}
PHONE = {"viewport": {"width": 390, "height": 780}, "device_scale_factor": 2}
AGENT = "ada"
# every picture that can be seen has come; the network never rests: some pages ask for news
AT_REST = """
() => document.fonts.status === "loaded" && [...document.images].every(
    (image) => image.complete || image.getBoundingClientRect().top > innerHeight)
"""
COMPOSER = ".o-mail-Composer-input"


class Studio:
    """A browser in front of the demo, and the folder that the pictures go to."""

    def __init__(self, odoo, browser, folder):
        self.odoo, self.browser, self.folder = odoo, browser, folder

    def open(self, path, **size):
        """Return a page as the demo's agent sees it."""
        context = self.browser.new_context(**{**DESK, **size})
        cookie = self.odoo.session_cookie(AGENT)
        context.add_cookies([{"name": "session_id", "value": cookie, "url": self.odoo.url}])
        page = context.new_page()
        page.goto(self.odoo.url + path, timeout=ASSETS)
        return page

    def thread(self, name, **size):
        """Return a page with the thread of a customer."""
        domain = [("partner_id.name", "=", name)]
        found = self.odoo.rpc("omnichannel.conversation", "search_read", [domain, ["channel_id"]])
        channel = found[0]["channel_id"][0]
        page = self.open(f"/odoo/discuss?active_id=discuss.channel_{channel}", **size)
        way = page.locator(".o-omnichannel-ChannelSelector-option:not(.o-note)")
        expect(way.first).to_be_visible(timeout=ASSETS)
        return page

    def keep(self, page, name, **options):
        """Save a picture, when everything has come to rest."""
        page.wait_for_function(AT_REST, timeout=30 * SECOND)
        page.screenshot(path=self.folder / f"{name}.png", animations="disabled", **options)
        print(self.folder / f"{name}.png")


def choose(page, channel):
    page.locator(f".o-omnichannel-ChannelSelector-option[data-channel={channel}]").click()


def write(page, text):
    page.locator(COMPOSER).fill(text)
    page.keyboard.press("Enter")
    expect(page.locator(".o-mail-Message", has_text=text)).to_be_visible(timeout=20 * SECOND)


def take_thread(studio):
    """An answer and a note in Ana's thread, with her record beside it."""
    page = studio.thread("Ana Silva")
    choose(page, "note")
    write(page, "Put aside on shelf 4, with her name on it.")
    choose(page, "sms")
    write(page, "Done, it waits for you at the counter. See you at five!")
    sent = page.locator(".o-omnichannel-ours [data-state=sent], [data-state=delivered]")
    expect(sent.first).to_be_visible(timeout=30 * SECOND)
    page.locator('.o-mail-DiscussContent-header [name="omnichannel-panel"]').click()
    expect(page.locator(".o-omnichannel-RecordView")).to_be_visible(timeout=20 * SECOND)
    studio.keep(page, "thread")


def take_composer(studio):
    """The ways to Bruno, and how long the text is that is being written."""
    page = studio.thread("Bruno Costa")
    choose(page, "sms")
    text = (
        "Thank you for the floor plan. For 4.2 m we recommend the Orbit pendant on a long cable. "
    )
    page.locator(COMPOSER).fill(
        text + "Shall I call you at three to talk about the number and price?"
    )
    expect(page.locator(".o-omnichannel-SizeCounter")).to_contain_text("SMS")
    box = page.locator(".o-mail-Composer").bounding_box()
    top = max(0, box["y"] - 260)
    clip = {"x": box["x"], "y": top, "width": box["width"], "height": 760 - top}
    studio.keep(page, "composer", clip=clip)


def take_phone(studio, sandbox):
    """What Bruno has on his phone after an answer by SMS: the sandbox's own page."""
    page = studio.thread("Bruno Costa")
    choose(page, "sms")
    text = "Calling you at three about the lobby. Ada"
    write(page, text)
    page.goto(sandbox.url)
    page.get_by_label("Customer", exact=True).select_option(label="Bruno Costa (@costa.interiors)")
    expect(page.get_by_text(text)).to_be_visible(timeout=30 * SECOND)
    expect(page.get_by_text("callback answered 200")).to_be_visible(timeout=30 * SECOND)
    studio.keep(page, "phone")


def take_link(studio, sandbox):
    """What would move if a number became Clara's."""
    message = {"provider": "twilio", "text": "Clara here: does the shipping include the bulb?"}
    post(f"{sandbox.url}/control/customers/clara/messages", message)
    domain = [("value", "=", "+12025550165")]
    (identity,) = wait_for(lambda: studio.odoo.rpc("omnichannel.identity", "search", [domain]))
    page = studio.open(f"/odoo/action-omnichannel_connector.omnichannel_identity_action/{identity}")
    page.get_by_role("button", name="Link to Another Customer").click(timeout=ASSETS)
    field = page.locator(".o_dialog [name=partner_id] input")
    field.fill("clara")
    page.locator(".o-autocomplete--dropdown-item", has_text="lara").first.click()
    expect(field).to_have_value("Clara Lund")
    expect(page.locator(".o_dialog .o-omnichannel-LinkPreview tbody tr")).to_be_visible(
        timeout=20 * SECOND
    )
    studio.keep(page, "link")


def take_inbox(studio):
    """The app as it opens."""
    page = studio.open("/odoo/omnichannel-inbox")
    expect(page.get_by_text("Bruno Costa").first).to_be_visible(timeout=ASSETS)
    page.locator(".o-omnichannel-InboxRow", has_text="Bruno Costa").click()
    expect(page.locator(".o-mail-Message").last).to_be_visible(timeout=20 * SECOND)
    studio.keep(page, "inbox")


def take_small(studio):
    """The same thread on a phone."""
    page = studio.thread("Ana Silva", **PHONE)
    expect(page.locator(".o-mail-Message").last).to_be_visible(timeout=20 * SECOND)
    studio.keep(page, "small")


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else WORK / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    odoo_source.find()
    with (
        Sandbox() as sandbox,
        OdooServer("pictures", cron_threads=4, demo=True, modules=EXTRA_MODULES) as odoo,
        sync_playwright() as playwright,
    ):
        connect(Odoo(odoo.url, odoo.db), sandbox.url)
        browser = playwright.chromium.launch(executable_path=system.browser(), args=ARGUMENTS)
        studio = Studio(odoo, browser, folder)
        take_thread(studio)
        take_composer(studio)
        take_link(studio, sandbox)
        take_inbox(studio)
        take_small(studio)
        take_phone(studio, sandbox)
        browser.close()


if __name__ == "__main__":
    main()
