"""How fast existing contacts become identities, and whether memory stays flat meanwhile."""

import json

from tests.load import people
from tests.odoo_server import OdooServer

RUN = """
import json, time
import psutil
def busy():
    env.cr.execute("SELECT pg_backend_pid()")
    times = [psutil.Process(pid).cpu_times() for pid in (None, env.cr.fetchone()[0])]
    return sum(each.user + each.system for each in times)
runs = env["omnichannel.import"]
process, memory, batch = psutil.Process(), [], type(runs)._import_batch
def watched(run):
    memory.append(process.memory_info().rss)
    return batch(run)
type(runs)._import_batch = watched
run = runs.search([("state", "=", "waiting")], limit=1) or runs.create({})
env.cr.commit()
start, was_busy = time.perf_counter(), busy()
runs._cron_import()
elapsed, busy_for = time.perf_counter() - start, busy() - was_busy
runs._cron_import()
print(json.dumps({"elapsed": elapsed, "busy": busy_for, "memory": memory, "state": run.state,
                  "done": run.done_count, "created": run.created_count,
                  "shared": run.shared_count, "skipped": run.skipped_count}))
"""
WARM_UP = 20  # batches after which everything that is kept once has been loaded


def measure(contacts):
    """Import so many contacts in a database of its own, a second time with nothing to do.

    Return contacts a second of both runs, also of a second in which a processor works for the
    import alone, and by how much the process grew after its first batches.
    """
    odoo = OdooServer("bench")
    try:
        odoo.create_database()
        people.fill(odoo.db, contacts)
        first, again = (json.loads(odoo.shell(RUN).splitlines()[-1]) for _ in range(2))
    finally:
        odoo.close()
    if first["state"] != "done" or again["created"] or first["done"] < contacts:
        raise AssertionError(f"{first} {again}")
    memory = first["memory"][min(WARM_UP, len(first["memory"]) - 1) :]
    return {
        "contacts": contacts,
        "identities": first["created"],
        "shared": first["shared"],
        "per second": first["done"] / first["elapsed"],
        "per busy second": first["done"] / first["busy"],
        "again per second": again["done"] / again["elapsed"],
        "growth MB": (max(memory) - memory[0]) / 1e6,
    }
