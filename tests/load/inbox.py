"""What an agent's inbox and threads cost the server, with little in the database and with much.

Both databases are worked on by one process, by turns, so that whatever else the machine does meets
both of them. What is compared is the same page: the same number of rows, as the same person.
"""

import json
import statistics
from pathlib import Path

from tests.load import conversations
from tests.odoo_server import OdooServer

ROUNDS = 30
INSIDE = Path(__file__).with_name("inside_inbox.py")
TOGETHER = ("thread: ", "long thread: ")  # steps of one act, told in sum too


def measure(wanted_conversations, wanted_messages):
    """Return {"figures": {what: {"empty ms", "full ms", "ratio", ...}}, "conversations", ...}.

    Medians of rounds by turns; "empty queries" and "full queries" are how many statements it took.
    """
    empty, full = OdooServer("bench"), OdooServer("bench")
    try:
        for server in (empty, full):
            server.create_database()
            server.shell(conversations.PEOPLE)
        conversations.fill(empty.db)
        found = conversations.fill(full.db, wanted_conversations, wanted_messages)
        code = f"{INSIDE.read_text()}\nrun(env, {full.db!r}, {ROUNDS})\n"
        figures = json.loads(empty.shell(code).splitlines()[-1])
    finally:
        empty.close()
        full.close()
    for prefix in TOGETHER:
        figures[f"{prefix}together"] = _sum(figures, prefix)
    return {**found, "figures": {name: _compare(*pair) for name, pair in figures.items()}}


def _sum(figures, prefix):
    """Return the figures of several steps as those of one, round by round."""
    steps = [pair for name, pair in figures.items() if name.startswith(prefix)]
    return [
        [[sum(values) for values in zip(*each, strict=True)] for each in zip(*side, strict=True)]
        for side in zip(*steps, strict=True)
    ]


def _compare(empty, full):
    (empty_times, empty_queries), (full_times, full_queries) = (
        zip(*side, strict=True) for side in (empty, full)
    )
    return {
        "empty ms": 1000 * statistics.median(empty_times),
        "full ms": 1000 * statistics.median(full_times),
        # of neighbours in time, because other work on the machine comes and goes
        "ratio": statistics.median(f / e for e, f in zip(empty_times, full_times, strict=True)),
        "empty queries": statistics.median(empty_queries),
        "full queries": statistics.median(full_queries),
    }
