"""How fast one account's queue is drained when the provider takes 100 ms for each call."""

from datetime import datetime

from tests.odoo_server import wait_for

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


def measure(shop, callbacks=("sent", "delivered")):
    """Queue messages to many customers in one transaction; return calls a second.

    Counted by the provider, from its first call to its last. `callbacks` are the statuses that it
    tells of each message meanwhile: they take their share of the same machine.
    """
    shop.sandbox.state.settings.sms_callbacks = list(callbacks)
    fault = shop.sandbox.faults.add(
        provider="twilio", call="send", action="delay", seconds=LATENCY, times="always"
    )
    code = QUEUE.format(account_id=shop.sms["id"], customers=CUSTOMERS, messages=MESSAGES)
    shop.odoo.shell(code)
    try:
        wait_for(lambda: not _waiting(shop), 120, "the queue is not drained")
    finally:
        shop.sandbox.faults.remove(fault.id)
    times = [entry["at"] for entry in shop.sandbox.log.entries(kind="api_call", call="send")]
    if len(times) != MESSAGES:
        raise AssertionError(f"{len(times)} calls for {MESSAGES} messages")
    return {"calls a second": (MESSAGES - 1) / (_seconds(times[-1]) - _seconds(times[0]))}


def _seconds(moment):
    return datetime.fromisoformat(moment).timestamp() if isinstance(moment, str) else moment


def _waiting(shop):
    query = """
        SELECT count(*) FROM omnichannel_delivery
         WHERE account_id = %s AND state IN ('queued', 'sending')
    """
    return shop.odoo.sql(query, [shop.sms["id"]])[0][0]
