"""Rounds of random traffic, in each of which something is killed; then the reckoning.

CRASH_ROUNDS and CRASH_SEED in the environment widen a run or play another game.
"""

import os
import time
from collections import Counter

import pytest

from tests.shop import Shop

from .audit import Audit
from .chaos import Chaos
from .settling import hurry, settle
from .traffic import Traffic, make_dice

ROUNDS = int(os.environ.get("CRASH_ROUNDS") or 100)
SEED = int(os.environ.get("CRASH_SEED") or 1)


@pytest.mark.timeout(900)
def test_whatever_is_killed_nothing_is_lost_doubled_or_told_wrongly(odoo, database_server, sandbox):
    print(f"CRASH_SEED={SEED} CRASH_ROUNDS={ROUNDS}")
    dice = make_dice(SEED)
    shop = Shop(odoo, sandbox)
    traffic = Traffic(shop, dice, mark=f"word{SEED}")
    chaos = Chaos(odoo, database_server, sandbox, dice)
    killed = Counter()
    try:
        traffic.begin()
        started = time.monotonic()
        for _round in range(ROUNDS):
            finish = traffic.play()
            killed[chaos.strike()] += 1
            chaos.repair()
            finish()
            chaos.repair()
            hurry(odoo)
        ended = time.monotonic()
        settle(traffic)
        audit = Audit(traffic)
    finally:
        traffic.close()
    print(dict(killed), len(audit.inbound), "messages in,", len(audit.outbound), "out")
    print(f"{ended - started:.0f} s, settled after {time.monotonic() - ended:.0f} s")
    complaints = audit.complaints()
    assert not complaints, "\n".join(complaints)
