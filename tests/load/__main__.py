"""`./omni bench`: print the figures as tables and keep them in .omni/bench.json."""

import argparse
import json
import os
import platform
import statistics

from tests.load import assistant, backlog, drain, importing, inbox, latency, resolve, webhook
from tests.odoo_server import OdooServer
from tests.sandbox import Sandbox
from tests.shop import Shop
from tests.tooling.base import WORK

CONNECTIONS = (1, 4, 8)
BACKLOG_ROUNDS = 3
CONTACTS = 1_000_000
CONVERSATIONS, MESSAGES = 100_000, 1_000_000


def main():
    options = parse()
    results = {"machine": f"{platform.machine()}, {os.cpu_count()} cores"}
    for name in options.measure or MEASURES:
        measure, show = MEASURES[name]
        results[name] = measure(options)
        show(results[name])
    (WORK / "bench.json").write_text(json.dumps(results, indent=2))


def parse():
    parser = argparse.ArgumentParser(prog="./omni bench", description=__doc__)
    parser.add_argument("measure", nargs="*", choices=[[], *MEASURES], help="default: all")
    parser.add_argument("--contacts", type=int, default=CONTACTS, help="of the large database")
    parser.add_argument("--conversations", type=int, default=CONVERSATIONS, help="likewise")
    parser.add_argument("--messages", type=int, default=MESSAGES, help="likewise")
    return parser.parse_args()


def measure_webhook(_options):
    # no cron threads: the figure is about the web workers alone
    with Sandbox() as sandbox, OdooServer("bench", workers=2, cron_threads=0) as odoo:
        shop = Shop(odoo, sandbox)
        return {n: webhook.measure(shop, n) for n in CONNECTIONS}


def measure_backlogs(_options):
    with Sandbox() as sandbox, OdooServer("bench", workers=2, cron_threads=4) as odoo:
        return measure_backlog(Shop(odoo, sandbox))


def measure_drains(_options):
    cases = {"alone": (), "two callbacks": ("sent", "delivered")}
    return {name: measure_drain(callbacks) for name, callbacks in cases.items()}


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


def print_import(results):
    print(f"\nimport of {results['contacts']} contacts, {results['identities']} identities:")
    print(f"{'first':<18}{results['per second']:>8.0f} contacts a second")
    print(f"{'':<18}{results['per busy second']:>8.0f} for each second of processor time")
    print(f"{'again':<18}{results['again per second']:>8.0f} contacts a second")
    print(f"memory grows by {results['growth MB']:.1f} MB")


def print_inbox(results):
    size = f"{results['conversations']} conversations, {results['messages']} messages"
    print(f"\n{'ms':<36}{'empty':>9}{'full':>9}{'ratio':>8}{'queries':>10}   ({size})")
    for name, values in results["figures"].items():
        numbers = f"{values['empty ms']:>9.1f}{values['full ms']:>9.1f}{values['ratio']:>8.2f}"
        queries = f"{values['empty queries']:.0f}/{values['full queries']:.0f}"
        print(f"{name:<36}{numbers}{queries:>10}")


def print_latency(results):
    for name, figures in results.items():
        total = figures["total"]
        print(f"\n{name}: median {total['median ms']:.0f} ms, p95 {total['p95 ms']:.0f} ms")
        for part, values in figures["parts"].items():
            numbers = f"{values['median ms']:>8.0f}{values['p95 ms']:>8.0f}"
            print(f"  {part:<44}{numbers}")


def print_assistant(results):
    print(f"\nsuggested replies ({results['learned']} learned of {results['past']}):")
    for name, figures in results["sets"].items():
        print(f"{name}: {figures['scored']} new questions")
        for what in ("top 1", "top 3", "top 1 in their language", "top 3 in their language"):
            print(f"  {what:<32}{100 * figures[what]:>6.0f} %")
        for code, value in figures["by language"].items():
            print(f"  {'top 3, ' + code:<32}{100 * value:>6.0f} %")
        unanswered = (
            f"{figures['something offered all the same']} of {figures['without an answer']}"
        )
        print(f"  {'offered though nobody knows':<32}{unanswered:>8}")
    bare = 100 * results["top 3 without the thesaurus"]
    print(f"{'fresh, top 3, without the thesaurus':<36}{bare:>4.0f} %")
    print(f"{'of another company':<34}{results['of another company']:>6}")
    print(f"{'median':<34}{results['median ms']:>6.1f} ms")


def print_resolve(results):
    size = f"{results['partners']} contacts, {results['identities']} identities"
    print(f"\n{'ms':<18}{'empty':>9}{'full':>9}{'ratio':>8}   ({size})")
    for name, values in results["figures"].items():
        numbers = f"{values['empty ms']:>9.3f}{values['full ms']:>9.3f}{values['ratio']:>8.2f}"
        print(f"{name:<18}{numbers}")


MEASURES = {
    "webhook": (measure_webhook, print_webhook),
    "backlog": (measure_backlogs, print_backlog),
    "drain": (measure_drains, print_drain),
    "import": (lambda options: importing.measure(options.contacts), print_import),
    "resolve": (lambda options: resolve.measure(options.contacts), print_resolve),
    "inbox": (
        lambda options: inbox.measure(options.conversations, options.messages),
        print_inbox,
    ),
    "assistant": (lambda _options: assistant.measure(), print_assistant),
    "latency": (lambda _options: latency.measure(), print_latency),
}

if __name__ == "__main__":
    main()
