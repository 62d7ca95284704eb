"""Thousands of mutated bodies through the real webhook: kept, understood or not, never misplaced.

MUTANTS (how many of each channel) and MUTANT_SEED in the environment widen a run or play another.
"""

import itertools
import json
import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
import requests

from tests import mutants
from tests.odoo_server import wait_for
from tests.sandbox.graph_events import signature as meta_signature
from tests.sandbox.twilio_wire import signature as twilio_signature

SEED = int(os.environ.get("MUTANT_SEED") or 1)
SECRET = "secret-of-the-mutants"
BATCH = 50  # items in one request of Meta
# e-mail has no webhook
CHANNELS = sorted({path.parent.name for path in mutants.PAYLOADS.glob("*/*.json")})
_sessions = threading.local()


def session():
    """Return the calling thread's connection."""
    if not hasattr(_sessions, "value"):
        _sessions.value = requests.Session()
    return _sessions.value


@pytest.fixture
def account(odoo, channel):
    """An account that receives and does not send: it was never connected."""
    settings = mutants.cases_of(channel)[0]["account"]
    values = {
        "name": f"Mutants {channel}",
        "channel": channel,
        "public_url": odoo.url,
        "external_id": settings.get("external_id", "17841400000009001"),
        "sender": settings.get("sender") or False,
        "access_token": "token",
        "signing_secrets": SECRET,
    }
    account_id = odoo.rpc("omnichannel.account", "create", [values])
    yield odoo.rpc("omnichannel.account", "read", [[account_id], ["webhook_url", "external_id"]])[0]
    odoo.rpc("omnichannel.account", "write", [[account_id], {"active": False}])


def post_form(account, mutant):
    url = account["webhook_url"]
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": twilio_signature(SECRET, url, mutant.content),
    }
    return session().post(url, data=urlencode(mutant.content), headers=headers, timeout=60)


def post_items(account, batch, entry_id, kind):
    """Post some items in one body, as the provider does with many customers at once."""
    lists = {}
    for mutant in batch:
        name, item = mutant.content
        lists.setdefault(name, []).append(item)
    entry = {"id": entry_id, "time": int(time.time() * 1000), **lists}
    body = json.dumps({"object": kind, "entry": [entry]}).encode()
    headers = {
        "Content-Type": "application/json",
        "X-Hub-Signature-256": meta_signature(SECRET, body),
    }
    return session().post(account["webhook_url"], data=body, headers=headers, timeout=60)


def kept_numbers(odoo, account):
    """Return the numbers of the mutants that are in the event log, understood or not."""
    query = """
        SELECT substring(payload::text FROM %s) FROM omnichannel_event WHERE account_id = %s
    """
    rows = odoo.sql(query, [f"{mutants.MARK}\\W+(\\d+)", account["id"]])
    return {int(number) for (number,) in rows if number}


def shown(odoo, account):
    """Return [(number of the mutant, address in whose thread it stands)] of every bubble."""
    query = """
        SELECT COALESCE(event.payload #>> '{item,%(mark)s}', event.payload #>> '{params,%(mark)s}'),
               identity.value
          FROM omnichannel_message message
          JOIN omnichannel_identity identity ON identity.id = message.identity_id
     LEFT JOIN omnichannel_event event
            ON event.account_id = message.account_id
           AND event.key IN ('message:' || message.external_id, 'echo:' || message.external_id,
                             'comments:' || message.external_id)
         WHERE message.account_id = %(account)s
    """
    return odoo.sql(query.replace("%(mark)s", mutants.MARK), {"account": account["id"]})


def batches(items):
    found = iter(items)
    return iter(lambda: list(itertools.islice(found, BATCH)), [])


def send_all(channel, account, dice):
    """Send all mutants of a channel; return (mutants, status codes)."""
    case = mutants.cases_of(channel)[0]["request"]
    if "form" in case:
        some = mutants.forms_of(channel, dice, int(os.environ.get("MUTANTS") or 2000))
        work = [lambda mutant=mutant: post_form(account, mutant) for mutant in some]
        groups = [[mutant] for mutant in some]
    else:
        some = mutants.items_of(channel, dice, int(os.environ.get("MUTANTS") or 10000))
        body = case["json"][0] if isinstance(case["json"], list) else case["json"]
        names = (body["entry"][0]["id"], body["object"])
        groups = list(batches(some))
        work = [lambda group=group: post_items(account, group, *names) for group in groups]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda call: call().status_code, work))
    accepted = [
        m for group, status in zip(groups, answers, strict=True) if status == 200 for m in group
    ]
    return accepted, answers


def is_theirs(address, mutant):
    """Tell whether the provider's body names that address, in any spelling."""
    return any(bare(address) in bare(word) for word in mutant.words)


def bare(text):
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.lstrip("+").replace(" ", "").replace("-", "").replace("\0", "")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("channel", CHANNELS)
def test_mutated_bodies_are_kept_and_never_misplaced(odoo, sandbox, account, channel):
    print(f"MUTANT_SEED={SEED}")
    started = time.monotonic()
    calls = len(sandbox.log.entries(kind="api_call"))

    accepted, answers = send_all(channel, account, random.Random(SEED))
    print(f"{len(accepted)} accepted in {time.monotonic() - started:.0f} s", set(answers))

    assert set(answers) <= {200, 403}
    assert answers.count(200) > 0.8 * len(answers)
    named = {mutant.number for mutant in accepted if not mutant.is_nameless}
    assert len(named) > 0.7 * len(accepted)
    missing = named - kept_numbers(odoo, account)
    assert not missing, f"{len(missing)} are not in the log: {sorted(missing)[:5]}"

    waiting = "SELECT count(*) FROM omnichannel_event WHERE state = 'new' AND account_id = %s"
    wait_for(lambda: odoo.sql(waiting, [account["id"]]) == [(0,)], 300, "not all was processed")
    print(f"processed after {time.monotonic() - started:.0f} s")
    failed = """
        SELECT key, error FROM omnichannel_event
         WHERE state = 'failed' AND account_id = %s AND NOT starts_with(key, 'unreadable:')
    """
    errors = odoo.sql(failed, [account["id"]])
    assert not errors, "\n".join(f"{key}: {error}" for key, error in errors[:3])
    by_number = {mutant.number: mutant for mutant in accepted}
    bubbles = shown(odoo, account)
    assert len(bubbles) > 0.1 * len(accepted)
    strays = [
        (number, address)
        for number, address in bubbles
        # of those that are named alike only one has a bubble
        if number and int(number) in named and not is_theirs(address, by_number[int(number)])
    ]
    assert not strays, f"{len(strays)} stand in a stranger's thread: {strays[:5]}"
    assert (
        odoo.sql("SELECT 1 FROM omnichannel_delivery WHERE account_id = %s", [account["id"]]) == []
    )
    assert len(sandbox.log.entries(kind="api_call")) == calls
