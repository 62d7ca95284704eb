"""What it costs to tell who wrote, in an empty database and in one with very many customers.

Both databases are worked on by one process, by turns, so that whatever else the machine does meets
both of them. Each batch is rolled back: the next one finds the same database.
"""

import json
import statistics
from pathlib import Path

from tests.load import people
from tests.odoo_server import OdooServer

BATCH = 200  # half of the senders are known
ROUNDS = 12
INSIDE = Path(__file__).with_name("inside_resolve.py")
PER_MESSAGE = ("find", "resolve", "process")


def measure(contacts):
    """Return {"figures": {what: {"empty ms", "full ms", "ratio"}}, "partners", "identities"}.

    Medians of rounds by turns. What is about messages is told for one message.
    """
    empty, full = OdooServer("bench"), OdooServer("bench")
    try:
        empty.create_database()
        full.create_database()
        people.fill(full.db, contacts, identities=True)
        code = f"{INSIDE.read_text()}\nrun(env, {full.db!r}, {BATCH}, {ROUNDS})\n"
        found = json.loads(empty.shell(code).splitlines()[-1])
    finally:
        empty.close()
        full.close()
    found["figures"] = {name: _compare(name, *pair) for name, pair in found["figures"].items()}
    return found


def _compare(name, empty, full):
    unit = 1000 / (BATCH if name in PER_MESSAGE else 1)
    return {
        "empty ms": unit * statistics.median(empty),
        "full ms": unit * statistics.median(full),
        # of neighbours in time, because other work on the machine comes and goes
        "ratio": statistics.median(f / e for e, f in zip(empty, full, strict=True)),
    }
