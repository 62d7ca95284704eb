"""How fast a stored backlog becomes visible, and whether the processor ever pauses."""

import time

EVENTS = 5000
STORE = """
import time
from odoo.addons.omnichannel_connector.channels.events import RawEvent
now = int(time.time() * 1000)
def event(number):
    sender = str(97000000 + {first} + number % {senders})
    item = {{"sender": {{"id": sender}}, "recipient": {{"id": "{account}"}},
            "timestamp": now + number,
            "message": {{"mid": "mid.backlog.{first}.%d" % number, "text": "Message %d" % number}}}}
    payload = {{"entry_id": "{account}", "source": "messaging", "time": now, "item": item}}
    return RawEvent("message:" + item["message"]["mid"], sender, payload)
env["omnichannel.event"]._store({account_id}, [event(number) for number in range({events})])
env.cr.commit()
"""


def measure(shop, senders, first):
    """Store a backlog of `senders` customers; return messages a second and the longest pause.

    `first` keeps the rounds' customers apart; the same value again means known customers.
    """
    before = _visible(shop)
    code = STORE.format(
        account=shop.instagram_id,
        account_id=shop.instagram["id"],
        senders=senders,
        first=first,
        events=EVENTS,
    ).replace("mid.backlog.", f"mid.backlog.{time.time_ns()}.")
    shop.odoo.shell(code)
    return _watch(shop, before)


def _visible(shop):
    return shop.odoo.sql("SELECT count(*) FROM omnichannel_message")[0][0]


def _watch(shop, before):
    """Count until all are visible; the clock runs from the moment they were stored."""
    start = last_change = time.perf_counter()
    longest, seen = 0.0, before
    while seen < before + EVENTS:
        now, visible = time.perf_counter(), _visible(shop)
        if visible != seen:
            longest, last_change, seen = max(longest, now - last_change), now, visible
        if now - last_change > 120:
            raise AssertionError(f"stuck at {seen - before} of {EVENTS}")
        time.sleep(0.05)
    elapsed = time.perf_counter() - start
    return {"per second": EVENTS / elapsed, "longest pause s": longest}
