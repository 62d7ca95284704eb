"""How long after the webhook's 200 a customer's message is on an agent's screen.

A real server, as the demo starts it, with its scheduled actions; a real browser with the agent's
page in it. The page itself notes when the bubble is in its document; its clock is set against ours.
"""

import itertools
import random
import statistics
import time
from dataclasses import dataclass

from playwright.sync_api import sync_playwright

from tests.browser.conftest import ARGUMENTS, ASSETS
from tests.load.client import answered_at, direct_messages, signed_post
from tests.load.watching import BusListener, clock_offset, scheduled_at, seen, watch
from tests.odoo_server import OdooServer
from tests.sandbox import Sandbox
from tests.shop import Shop, make_agent
from tests.tooling import system

MESSAGES = 40
WARM_UP = 5  # messages before those that count
PAUSES = (0.7, 1.7)  # seconds between messages: the machine comes to rest, in no rhythm
BUBBLE = """
[...document.querySelectorAll(".o-mail-Message")].some((m) => m.textContent.includes(marker))
"""
ROWS = "document.querySelectorAll('.o-mail-DiscussSidebarChannel').length"
PARTS = (
    "200, then the scheduled action runs",
    "its transaction begins, siblings waited for",
    "committed, PostgreSQL tells the web server",
    "the browser has it",
    "it is in the document",
)


@dataclass
class Scene:
    """What an agent looks at. `sender` writes; None: each time somebody new."""

    path: str
    news: str
    sender: str | None = None


def measure():
    """Return {case: {"total": {"median ms", "p95 ms"}, "parts": {part: likewise}}}."""
    with (
        Sandbox() as sandbox,
        OdooServer("bench", workers=0, cron_threads=4) as odoo,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=system.browser(), args=ARGUMENTS)
        try:
            bench = Bench(odoo, Shop(odoo, sandbox), chromium)
            return {name: bench.run(prepare(bench)) for name, prepare in CASES.items()}
        finally:
            chromium.close()


class Bench:
    """A shop, and Ada who looks at the screen."""

    def __init__(self, odoo, shop, chromium):
        self.odoo, self.shop, self.chromium = odoo, shop, chromium
        self.numbers = itertools.count(1)
        make_agent(odoo, "ada")

    def conversation(self):
        """Return (address, conversation) of a customer who wrote."""
        customer = self.shop.customer()
        self.write(customer["igsid"], "Hello")
        return customer["igsid"], self.shop.conversation_of(customer["igsid"])

    def write(self, sender, text):
        """Send the webhook of a message as Meta does; return when its 200 was here."""
        message = (sender, f"mid.{next(self.numbers)}", text, int(time.time() * 1000))
        body = direct_messages(self.shop.instagram_id, [message])
        request = signed_post(self.shop.instagram["webhook_url"], body, self.shop.secret)
        return answered_at(self.odoo.url, request)

    def run(self, scene):
        """Open a page and measure messages in it, one after the other."""
        context = self.chromium.new_context(viewport={"width": 1366, "height": 850})
        cookie = self.odoo.session_cookie("ada")
        context.add_cookies([{"name": "session_id", "value": cookie, "url": self.odoo.url}])
        page = context.new_page()
        page.goto(self.odoo.url + scene.path, timeout=ASSETS)
        page.wait_for_selector(".o-mail-Discuss", timeout=ASSETS)
        page.wait_for_timeout(3000)
        with BusListener(self.odoo.db) as bus:
            offset = clock_offset(page)
            rows = [self._measure(page, bus, offset, scene) for _ in range(WARM_UP + MESSAGES)]
        context.close()
        return summary(rows[WARM_UP:])

    def _measure(self, page, bus, offset, scene):
        """Return the moments of one message: its 200, and the end of each of PARTS."""
        time.sleep(random.uniform(*PAUSES))
        text = f"latency-{next(self.numbers)}."
        if scene.sender:
            sender = scene.sender
            watch(page, text, BUBBLE, scene.news)
        else:
            sender = self.shop.customer()["igsid"]
            watch(page, page.evaluate(ROWS), f"{ROWS} > marker", scene.news)
        sent = time.time()
        answered = self.write(sender, text)
        told, shown = seen(page, offset)
        runs = scheduled_at(self.odoo.log_text(), int(1000 * sent) / 1000) or answered
        begins = self._begun(text)
        return answered, runs, begins, bus.first_since(begins), told, shown

    def _begun(self, text):
        """Return when the transaction began that put a message into its thread."""
        query = """
            SELECT extract(epoch FROM create_date AT TIME ZONE 'UTC')::float
              FROM mail_message WHERE model = 'discuss.channel' AND body LIKE %s
        """
        return self.odoo.sql(query, [f"%{text}%"])[0][0]


def summary(rows):
    """Return the figures of rows of moments: from the first to the last, and between them."""
    parts = {
        name: _figures([row[index + 1] - row[index] for row in rows])
        for index, name in enumerate(PARTS)
    }
    return {"total": _figures([row[-1] - row[0] for row in rows]), "parts": parts}


def _figures(seconds):
    ordered = sorted(1000 * each for each in seconds)
    last = ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)]
    return {"median ms": statistics.median(ordered), "p95 ms": last}


# === CASES ===


def open_own_thread(bench):
    """Ada has taken the conversation: she is a member of its channel."""
    address, conversation = bench.conversation()
    bench.odoo.rpc(
        "omnichannel.conversation", "action_assign_to_me", [[conversation["id"]]], login="ada"
    )
    return _thread(address, conversation)


def open_free_thread(bench):
    """Nobody has taken the conversation: Ada is no member, she reads by the access rules."""
    return _thread(*bench.conversation())


def open_sidebar(_bench):
    """Ada has Discuss open, without a customer's thread; new customers appear beside it."""
    return Scene("/odoo/discuss?active_id=mail.box_inbox", "omnichannel/inbox")


def _thread(address, conversation):
    path = f"/odoo/discuss?active_id=discuss.channel_{conversation['channel_id'][0]}"
    return Scene(path, "discuss.channel/new_message", address)


CASES = {
    "a thread of one's own": open_own_thread,
    "a thread nobody has taken": open_free_thread,
    "a new customer in the sidebar": open_sidebar,
}
