"""A call put together from its events: the order of the events never matters."""

from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnichannel_connector.channels.calls import fold, transcript_line
from omnichannel_connector.channels.events import Call, CallState

RINGING, ANSWERED = CallState.RINGING, CallState.ANSWERED
MISSED, ENDED = CallState.MISSED, CallState.ENDED
AGENT = "+14155550177"


def call(state=None, **facts):
    return Call("CA1", state, **facts)


RINGS, OVER = call(RINGING), call(MISSED)  # of the caller's own leg
TAKEN = call(ANSWERED, answered_by=AGENT)
SPOKEN = call(ENDED, answered_by=AGENT, seconds=25)
DIALLED = call(ENDED, answered_by=AGENT, seconds=24)
NOT_TAKEN_HERE = call()
RECORDED = call(MISSED, recording_url="https://r.example/1.mp3", recording_seconds=12)
TRANSCRIBED = call(transcript="Call me back.")


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([RINGS, TAKEN, SPOKEN, DIALLED, OVER], SPOKEN),
        ([RINGS, NOT_TAKEN_HERE, TAKEN, SPOKEN, OVER], SPOKEN),
        ([RINGS, TAKEN, OVER], call(ENDED, answered_by=AGENT)),
        ([RINGS, TAKEN], TAKEN),
        ([RINGS, NOT_TAKEN_HERE, OVER], OVER),
        ([RINGS, call(ENDED, seconds=31), OVER], OVER),
        ([RINGS, call(ENDED, seconds=31)], call(ENDED, seconds=31)),
        ([RINGS, call(ENDED, seconds=31), TAKEN, SPOKEN], SPOKEN),
        (
            [RINGS, RECORDED, TRANSCRIBED, OVER],
            call(
                MISSED,
                recording_url="https://r.example/1.mp3",
                recording_seconds=12,
                transcript="Call me back.",
            ),
        ),
        (
            [call(state, is_outbound=True) for state in (RINGING, ANSWERED)]
            + [call(ENDED, is_outbound=True, seconds=48)],
            call(ENDED, is_outbound=True, seconds=48),
        ),
    ],
)
def test_the_events_of_a_call_tell_the_same_in_any_order_and_repeated(events, expected):
    for order in permutations(events):
        assert reduce(fold, order) == expected
        assert reduce(fold, order + order[::-1]) == expected


def test_the_pieces_of_a_transcript_stand_in_their_order_each_once():
    pieces = [call(transcript=transcript_line(number, "◂", f"word {number}")) for number in "129"]
    pieces.append(call(transcript=transcript_line("10", "▸", "the\nlast")))

    for order in permutations(pieces + pieces[:1]):
        assert reduce(fold, order).transcript.splitlines() == [
            "1. ◂ word 1",
            "2. ◂ word 2",
            "9. ◂ word 9",
            "10. ▸ the last",
        ]


def test_the_longest_recording_is_the_one_that_is_shown():
    short = call(recording_url="https://r.example/z", recording_seconds=2)
    long = call(recording_url="https://r.example/a", recording_seconds=30)

    assert fold(short, long) == fold(long, short) == long


def tellable(is_outbound):
    """Return what an adapter may tell about one call: who knows of an answer says who took it."""
    takers = st.just("") if is_outbound else st.sampled_from([AGENT, "+14155550178"])
    number = st.none() | st.integers(0, 99)
    talks = st.builds(
        call,
        st.sampled_from([ANSWERED, ENDED]),
        answered_by=takers,
        seconds=number,
        is_outbound=st.just(is_outbound),
    )
    others = st.builds(
        call,
        st.sampled_from([None, RINGING] if is_outbound else [None, RINGING, MISSED]),
        recording_url=st.sampled_from(["", "https://r.example/1", "https://r.example/2"]),
        transcript=st.sampled_from(["", "1. a", "2. b"]),
        is_outbound=st.just(is_outbound),
    )
    return st.one_of(talks, others)


@given(st.booleans().flatmap(lambda is_outbound: st.lists(tellable(is_outbound), min_size=1)))
def test_folding_is_the_same_from_both_ends_and_in_halves(events):
    once = reduce(fold, events)
    middle = len(events) // 2

    assert reduce(fold, events[::-1]) == once
    assert fold(once, once) == once
    if middle:
        assert fold(reduce(fold, events[:middle]), reduce(fold, events[middle:])) == once
