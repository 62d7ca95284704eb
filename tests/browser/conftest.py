"""Fixtures of the browser tests: Odoo with its websocket, the fake providers, Chromium."""

import os
import re

import pytest
from playwright.sync_api import sync_playwright

from tests.odoo_server import OdooServer
from tests.tooling import system
from tests.tooling.base import WORK
from tests.tooling.fixtures import live_chat, pytest_runtest_makereport, sandbox, shop, started

__all__ = ["live_chat", "odoo", "pytest_runtest_makereport", "sandbox", "shop"]

ARGUMENTS = (
    "--no-sandbox",  # Chromium refuses to be root otherwise
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
ASSETS = 120_000  # milliseconds: the first page of a database builds them
NOT_OURS = ("net::ERR_INTERNET_DISCONNECTED", "net::ERR_NAME_NOT_RESOLVED")


@pytest.fixture(scope="session")
def odoo(sandbox):
    """Odoo in one process, which serves pages and websockets on the same port."""
    smtp = ["--smtp=127.0.0.1", f"--smtp-port={sandbox.smtp_port}"]
    # Odoo mirrors the styles of languages that run from right to left with rtlcss, if it finds it
    programs = {"PATH": f"{system.node_tools()}{os.pathsep}{os.environ['PATH']}"}
    server = OdooServer("browser", workers=0, cron_threads=4, options=smtp, env=programs)
    yield from started(server)


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all tests; pages of different users are separate contexts in it."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=system.browser(), args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def screenshots():
    """The folder for pictures, .omni/screenshots."""
    folder = WORK / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def page_factory(request, browser, odoo, screenshots):
    """Open pages as different users: `page_factory("admin", "/odoo/discuss")`.

    A page gathers its console errors in `page.console_errors`. When the test fails, every open page
    is photographed.
    """
    contexts = []

    def open_page(login="admin", path="/odoo", *, password=None, width=1366, height=850):
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        if login:
            cookie = odoo.session_cookie(login, password)
            context.add_cookies([{"name": "session_id", "value": cookie, "url": odoo.url}])
        page = context.new_page()
        page.set_default_navigation_timeout(ASSETS)
        page.console_errors = []
        page.on("console", lambda message: _note(page, message))
        page.on("pageerror", lambda error: page.console_errors.append(str(error)))
        # the first page of a run waits until Odoo has built its scripts and styles
        page.goto(odoo.url + path, timeout=120_000)
        return page

    yield open_page
    report = getattr(request.node, "report_call", None)
    for number, context in enumerate(contexts, 1):
        if report is not None and report.failed:
            name = re.sub(r"\W+", "_", request.node.name)
            for page in context.pages:
                page.screenshot(path=screenshots / f"{name}_{number}.png")
        context.close()


def _note(page, message):
    if message.type == "error" and not any(word in message.text for word in NOT_OURS):
        page.console_errors.append(message.text)
