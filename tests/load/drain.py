"""How fast one account's queue is drained when the provider takes 100 ms for each call."""

import time

MESSAGES = 600
CUSTOMERS = 200
LATENCY = 0.1
QUEUE = """
from odoo.addons.omnichannel_connector.channels.events import RawEvent
account = env["omnichannel.account"].browse({account_id})
account.rate_limit = 1000
def event(number):
    params = {{"MessageSid": "SMdrain%d" % number, "AccountSid": account.external_id,
              "From": "+1312555%04d" % number, "To": account.sender, "Body": "Hello",
              "NumMedia": "0"}}
    payload = {{"params": params, "query": {{}}, "received_at": "2026-01-01T00:00:00+00:00"}}
    return RawEvent("message:" + params["MessageSid"], params["From"], payload)
events = env["omnichannel.event"]
stored = events._store(account.id, [event(number) for number in range({customers})])
stored._process()
conversations = stored.env["omnichannel.message"].search(
    [("account_id", "=", account.id)]).conversation_id
for number in range({messages}):
    conversation = conversations[number % len(conversations)]
    conversation._send(conversation._plan_send("sms"), "Message %d" % number)
env.cr.commit()
"""


def measure(shop):
    """Queue messages to many customers in one transaction; return messages sent a second."""
    fault = shop.sandbox.faults.add(
        provider="twilio", call="send", action="delay", seconds=LATENCY, times="always"
    )
    code = QUEUE.format(account_id=shop.sms["id"], customers=CUSTOMERS, messages=MESSAGES)
    shop.odoo.shell(code)
    try:
        return _watch(shop)
    finally:
        shop.sandbox.faults.remove(fault.id)


def _watch(shop):
    """Count until all are sent; the clock runs from the moment they were queued."""
    start = time.perf_counter()
    while (waiting := _waiting(shop)) and time.perf_counter() < start + 120:
        time.sleep(0.05)
    elapsed = time.perf_counter() - start
    if waiting:
        raise AssertionError(f"{waiting} of {MESSAGES} are not sent")
    times = _send_times(shop)
    if len(times) != MESSAGES:
        raise AssertionError(f"{len(times)} calls for {MESSAGES} messages")
    return {"per second": MESSAGES / elapsed, "calls a second": MESSAGES / (times[-1] - times[0])}


def _waiting(shop):
    query = """
        SELECT count(*) FROM omnichannel_delivery
         WHERE account_id = %s AND state IN ('queued', 'sending')
    """
    return shop.odoo.sql(query, [shop.sms["id"]])[0][0]


def _send_times(shop):
    """Return when the provider took each of the messages."""
    query = """
        SELECT extract(epoch FROM sent_at)::float FROM omnichannel_delivery
         WHERE account_id = %s AND external_id IS NOT NULL ORDER BY sent_at
    """
    return [row[0] for row in shop.odoo.sql(query, [shop.sms["id"]])]
