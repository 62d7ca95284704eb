"""Who notes when what happens, on the way of a message to an agent's screen."""

import re
import select
import threading
import time
from datetime import datetime, timezone

import psycopg2

CRON_LINE = re.compile(
    r"^(\S+ \S+) \d+ INFO .* Job 'Omnichannel: process events.*\) starting\s*$", re.MULTILINE
)
# In the page: notes when `expression` is first true, and when the bus brought the news before.
WATCH = """
([marker, expression, news]) => {
    const now = () => performance.timeOrigin + performance.now();
    const found = new Function("marker", `return (${expression})`);
    const seen = (window.benchSeen = { shown: 0, told: 0 });
    const bus = odoo.__WOWL_DEBUG__.root.env.services.bus_service;
    const listener = () => (seen.told ||= now());
    bus.subscribe(news, listener);
    const observer = new MutationObserver(() => {
        if (found(marker)) {
            seen.shown = now();
            observer.disconnect();
            bus.unsubscribe(news, listener);
        }
    });
    observer.observe(document.body, { childList: true, characterData: true, subtree: true });
}
"""


def watch(page, marker, expression, news):
    """Let a page note when a JavaScript expression about `marker` becomes true.

    `news` is the type of the bus notification that leads to it.
    """
    page.evaluate(WATCH, [marker, expression, news])


def seen(page, offset):
    """Wait until it is true; return (when the bus told the page, when it was in the document)."""
    page.wait_for_function("window.benchSeen.shown", polling=50)
    moments = page.evaluate("window.benchSeen")
    return tuple(moments[key] / 1000 - offset for key in ("told", "shown"))


def clock_offset(page):
    """Return by how many seconds the clock of a page is ahead of ours."""
    asked = []
    for _ in range(50):
        before = time.time()
        theirs = page.evaluate("performance.timeOrigin + performance.now()") / 1000
        after = time.time()
        asked.append((after - before, theirs - (before + after) / 2))
    return min(asked)[1]  # of the answer that took the shortest


def scheduled_at(log_text, since):
    """Return when Odoo's scheduler started to process events after a moment; None: it was at it."""
    moments = [
        datetime.strptime(text, "%Y-%m-%d %H:%M:%S,%f").replace(tzinfo=timezone.utc).timestamp()
        for text in CRON_LINE.findall(log_text)
    ]
    return next((moment for moment in moments if moment >= since), None)


class BusListener:
    """Hears what PostgreSQL tells the web server when a transaction with bus messages commits."""

    def __init__(self, database):
        self.database = database.encode()
        self.moments = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self):
        self.connection = psycopg2.connect(dbname="postgres")
        self.connection.autocommit = True
        with self.connection.cursor() as cursor:
            cursor.execute("LISTEN imbus")
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._stop.set()
        self._thread.join()
        self.connection.close()

    def first_since(self, since):
        """Return when it heard first after a moment."""
        return next(moment for moment in self.moments if moment >= since)

    def _listen(self):
        while not self._stop.is_set():
            if select.select([self.connection], [], [], 0.2)[0]:
                self.connection.poll()
                moment = time.time()
                while self.connection.notifies:
                    notification = self.connection.notifies.pop(0)
                    if self.database in notification.payload.encode():
                        self.moments.append(moment)
