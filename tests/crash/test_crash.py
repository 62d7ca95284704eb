"""Rounds of random traffic, in each of which something is killed; then the reckoning.

CRASH_ROUNDS and CRASH_SEED in the environment repeat a run, as far as the machine's timing does.
"""

import os
import time
from collections import Counter

import psycopg2
import pytest

from tests.odoo_server import wait_for
from tests.shop import Shop

from .audit import Audit
from .chaos import Chaos
from .traffic import Traffic, make_dice

ROUNDS = int(os.environ.get("CRASH_ROUNDS") or 100)
SEED = int(os.environ.get("CRASH_SEED") or time.time_ns() % 10**6)
# Time passes quicker here: a call whose worker died is given up after these seconds, not minutes.
# Longer than any answer of the sandbox takes.
PATIENCE = 8
HURRY = """
    UPDATE omnichannel_delivery SET lease_until = now() AT TIME ZONE 'UTC'
     WHERE state = 'sending'
       AND write_date < now() AT TIME ZONE 'UTC' - %s * interval '1 second'
"""
UNPOSTPONE = "UPDATE omnichannel_delivery SET next_attempt_at = NULL WHERE state = 'queued'"
WAKE = """
    INSERT INTO ir_cron_trigger (cron_id, call_at)
    SELECT res_id, now() AT TIME ZONE 'UTC' - interval '1 second'
      FROM ir_model_data
     WHERE module = 'omnichannel_connector' AND model = 'ir.cron'
"""
UNSETTLED = """
    SELECT (SELECT count(*) FROM omnichannel_event WHERE state = 'new'),
           (SELECT count(*) FROM omnichannel_delivery WHERE state IN ('queued', 'sending'))
"""


def hurry(odoo):
    """Let Odoo's clocks run ahead and wake its scheduler, as the next webhook would."""
    try:
        odoo.sql(HURRY, [PATIENCE])
        odoo.sql(UNPOSTPONE)
        odoo.sql(WAKE)
        odoo.sql("SELECT pg_notify('cron_trigger', %s)", [odoo.db])
    except psycopg2.Error:
        return  # the database is away; there is a next time


def settle(traffic):
    """Let everything come to rest: what is stored is processed, what is queued has left."""

    def at_rest():
        hurry(traffic.odoo)
        left = traffic.redeliver()
        return not left and traffic.odoo.sql(UNSETTLED) == [(0, 0)]

    traffic.sandbox.faults.remove()
    wait_for(at_rest, 120, lambda: f"never at rest: {traffic.odoo.sql(UNSETTLED)}")


@pytest.mark.timeout(900)
def test_whatever_is_killed_nothing_is_lost_doubled_or_told_wrongly(
    odoo, database_server, sandbox, record_property
):
    print(f"CRASH_SEED={SEED} CRASH_ROUNDS={ROUNDS}")
    dice = make_dice(SEED)
    shop = Shop(odoo, sandbox)
    traffic = Traffic(shop, dice, mark=f"word{SEED}")
    chaos = Chaos(odoo, database_server, sandbox, dice)
    killed = Counter()
    try:
        traffic.begin()
        for _round in range(ROUNDS):
            finish = traffic.play()
            killed[chaos.strike()] += 1
            chaos.repair()
            finish()
            chaos.repair()
            hurry(odoo)
        settle(traffic)
        audit = Audit(traffic)
    finally:
        traffic.close()
    print(dict(killed), len(audit.inbound), "messages in,", len(audit.outbound), "out")
    assert audit.complaints() == []
