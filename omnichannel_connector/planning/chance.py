"""Chance that falls the same way each time: from a hash, so that nothing has to be remembered."""

import hashlib
from datetime import timedelta


def fraction(*key):
    """Return a number from 0 to below 1 that is always the same for a key."""
    digest = hashlib.sha256("\x1f".join(map(str, key)).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def jitter(minutes, *key):
    """Return a delay of less than so many minutes, in whole seconds."""
    return timedelta(seconds=int(fraction("jitter", *key) * minutes * 60))


def is_held_out(percent, *key):
    """Tell whether somebody belongs to those who get nothing, to compare with."""
    return fraction("holdout", *key) * 100 < percent


def pick(weights, *key):
    """Return the position of the variant that falls to somebody; the weights may have any sum.

    Raise ValueError when no variant has a weight.
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError("no variant has a weight")
    point = fraction("variant", *key) * total
    for position, weight in enumerate(weights):
        point -= weight
        if point < 0:
            return position
    # rounding may leave a hair's breadth at the end: it is the last one's that has a weight
    return max(position for position, weight in enumerate(weights) if weight)
