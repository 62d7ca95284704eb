"""How much of an empty route's throughput the webhook keeps, with signature and durable insert."""

import itertools
import statistics
import time

from tests.load.client import direct_messages, get, percentile, run, signed_post

REQUESTS = 400
ROUNDS = 5
_numbers = itertools.count(1)


def measure(shop, connections):
    """Return the figures of webhook and empty route, medians of alternated rounds."""
    empty_url = f"{shop.odoo.url}/web/health"
    rounds = {"empty route": [], "webhook": []}
    for _ in range(ROUNDS):
        rounds["empty route"].append(run(empty_url, [get(empty_url)] * REQUESTS, connections))
        rounds["webhook"].append(run(shop.odoo.url, _webhooks(shop), connections))
    return {name: _summary(results) for name, results in rounds.items()}


def _webhooks(shop):
    now = int(time.time() * 1000)
    return [
        signed_post(
            shop.instagram["webhook_url"],
            direct_messages(shop.instagram_id, [_message(next(_numbers), now)]),
            shop.secret,
        )
        for _ in range(REQUESTS)
    ]


def _message(number, now):
    return f"96{number % 200:06d}", f"mid.bench.{number}", f"Message {number}", now


def _summary(results):
    return {
        "per second": statistics.median(rate for rate, _times in results),
        "p50 ms": statistics.median(percentile(times, 0.50) for _rate, times in results),
        "p99 ms": statistics.median(percentile(times, 0.99) for _rate, times in results),
    }
