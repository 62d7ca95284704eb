"""`./omni bench`: print the figures as tables and keep them in .omni/bench.json."""

import json
import os
import platform
import statistics

from tests.load import backlog, drain, webhook
from tests.odoo_server import OdooServer
from tests.sandbox import Sandbox
from tests.shop import Shop
from tests.tooling.base import WORK

CONNECTIONS = (1, 4, 8)
BACKLOG_ROUNDS = 3


def main():
    results = {"machine": f"{platform.machine()}, {os.cpu_count()} cores"}
    with Sandbox() as sandbox:
        # no cron threads: the figure is about the web workers alone
        with OdooServer("bench", workers=2, cron_threads=0) as odoo:
            shop = Shop(odoo, sandbox)
            results["webhook"] = {n: webhook.measure(shop, n) for n in CONNECTIONS}
        with OdooServer("bench", workers=2, cron_threads=4) as odoo:
            results["backlog"] = measure_backlog(Shop(odoo, sandbox))
    results["drain"] = {
        name: measure_drain(callbacks)
        for name, callbacks in {"alone": (), "two callbacks": ("sent", "delivered")}.items()
    }
    print_webhook(results["webhook"])
    print_backlog(results["backlog"])
    print_drain(results["drain"])
    (WORK / "bench.json").write_text(json.dumps(results, indent=2))


def measure_backlog(shop):
    """Alternate backlogs of new and of known customers."""
    rounds = {"new customers": [], "known customers": []}
    for number in range(BACKLOG_ROUNDS):
        first = 10_000 * number
        rounds["new customers"].append(backlog.measure(shop, 500, first))
        rounds["known customers"].append(backlog.measure(shop, 500, first))
    return {
        name: {key: statistics.median(r[key] for r in results) for key in results[0]}
        for name, results in rounds.items()
    }


def measure_drain(callbacks):
    with Sandbox() as sandbox, OdooServer("bench", workers=2, cron_threads=4) as odoo:
        return drain.measure(Shop(odoo, sandbox), callbacks)


def print_webhook(results):
    print(f"\n{'connections':<12}{'route':<14}{'per second':>12}{'p50 ms':>9}{'p99 ms':>9}")
    for connections, figures in results.items():
        for name, values in figures.items():
            numbers = "".join(f"{values[key]:>{width}.1f}" for key, width in COLUMNS)
            print(f"{connections:<12}{name:<14}{numbers}")
        ratio = figures["webhook"]["per second"] / figures["empty route"]["per second"]
        print(f"{'':<12}webhook keeps {ratio:.2f} of the empty route's throughput")


COLUMNS = (("per second", 12), ("p50 ms", 9), ("p99 ms", 9))


def print_backlog(results):
    print(f"\nbacklog of {backlog.EVENTS} stored events, visible messages:")
    for name, values in results.items():
        rate, pause = values["per second"], values["longest pause s"]
        print(f"{name:<18}{rate:>8.0f} a second, longest pause {pause:.1f} s")


def print_drain(results):
    print(f"\nqueue of one account, {1000 * drain.LATENCY:.0f} ms for each call of its provider:")
    for name, figures in results.items():
        print(f"{name:<16}{figures['calls a second']:>6.0f} messages a second")


if __name__ == "__main__":
    main()
