"""Chance that falls the same way each time, and how sure its results are."""

from datetime import timedelta

import pytest

from omnichannel_connector.planning.chance import fraction, is_held_out, jitter, pick
from omnichannel_connector.planning.proportions import newcombe, wilson


def test_it_falls_the_same_way_in_every_process():
    # printf '1\x1f2' | sha256sum
    assert fraction(1, 2) == 0x11F0530A8259FFFB / 2**64
    assert fraction(1, 2) == fraction("1", "2")
    assert fraction(12) != fraction(1, 2)


def test_shares_are_what_was_asked_for():
    held_out = sum(is_held_out(10, "sequence", person) for person in range(10_000))
    assert 900 < held_out < 1100
    variants = [pick((1, 3, 0), "sequence", person) for person in range(10_000)]
    assert 2300 < variants.count(0) < 2700
    assert variants.count(2) == 0


@pytest.mark.parametrize("percent", [0, 100])
def test_nobody_and_everybody(percent):
    assert {is_held_out(percent, person) for person in range(1000)} == {percent == 100}


def test_no_variant_has_a_weight():
    for weights in ((), (0, 0), (2, -1)):
        with pytest.raises(ValueError, match="no variant"):
            pick(weights, 1)


def test_jitter_stays_below_its_limit():
    delays = [jitter(10, person) for person in range(1000)]
    assert min(delays) >= timedelta(0)
    assert timedelta(minutes=9) < max(delays) < timedelta(minutes=10)
    assert jitter(0, 1) == timedelta(0)


# Newcombe 1998, Statistics in Medicine 17:857 (table I) and 17:873 (table II)
@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_interval_of_a_proportion(hits, total, low, high):
    assert wilson(hits, total) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((10, 10, 0, 20), 0.6791, 1.0000),
    ],
)
def test_interval_of_a_difference(counts, low, high):
    assert newcombe(*counts) == pytest.approx((low, high), abs=5e-5)


def test_of_nothing_nothing_is_known():
    assert wilson(0, 0) == (0.0, 1.0)
    assert newcombe(0, 0, 3, 10) == (-1.0, 1.0)
