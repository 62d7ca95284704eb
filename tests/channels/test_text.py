"""Cutting, cleaning and counting of text."""

import random

import pytest

from omnichannel_connector.channels.sms_segments import segments
from omnichannel_connector.channels.text import (
    clean,
    clusters,
    cut,
    load_json,
    scalar,
    utf8_size,
    utf16_size,
)

FAMILY = "👨‍👩‍👧‍👦"
SCOTLAND = "🏴󠁧󠁢󠁳󠁣󠁴󠁿"
INSEPARABLE = [
    FAMILY,
    SCOTLAND,
    "🇦🇹",
    "👍🏽",
    "❤️",
    "❤️‍🔥",
    "👩🏿‍🚀",
    "1️⃣",
    "e\u0301",  # an accent as a mark of its own
    "a\u0308\u0323\u0304",
    "\u1112\u1161\u11ab",  # a Hangul syllable in its parts
    "क्षि",
    "นี้",
    "\r\n",
]


@pytest.mark.parametrize("cluster", INSEPARABLE)
def test_what_reads_as_one_character_is_never_cut(cluster):
    assert list(clusters("x" + cluster + cluster + "y")) == ["x", cluster, cluster, "y"]


@pytest.mark.parametrize("cluster", [one for one in INSEPARABLE if not one.isspace()])
def test_a_piece_ends_before_a_character_that_does_not_fit(cluster):
    for room in range(8):
        text = "-" * room + cluster * 3

        pieces = cut(text, utf8_size(cluster) + 5, utf8_size)

        assert "".join(pieces) == text
        assert all(piece.lstrip("-").replace(cluster, "") == "" for piece in pieces)


def test_flags_side_by_side_are_cut_between_flags():
    assert cut("🇦🇹🇨🇭🇩🇪", 8, utf8_size) == ["🇦🇹", "🇨🇭", "🇩🇪"]


def test_a_text_of_exactly_the_limit_is_one_piece():
    assert cut("ä" * 500, 1000, utf8_size) == ["ä" * 500]
    assert cut("a" + "ä" * 500, 1000, utf8_size) == ["a" + "ä" * 499, "ä"]


def test_a_cut_prefers_a_line_end_and_then_a_blank():
    assert cut("aaa bbb\nccc ddd eee", 12) == ["aaa bbb", "ccc ddd eee"]
    assert cut("aaa bbb ccc ddd", 9) == ["aaa bbb", "ccc ddd"]
    assert cut("aaaa\n\nbbbb", 7) == ["aaaa", "bbbb"]


def test_a_word_that_ends_at_the_limit_stays_whole():
    assert cut("aaaa bb cc", 7) == ["aaaa bb", "cc"]


def test_a_boundary_far_at_the_front_does_not_make_a_tiny_piece():
    assert cut("a " + "b" * 20, 10) == ["a bbbbbbbb", "b" * 10, "bb"]


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_a_text_without_content_has_no_pieces(text):
    assert cut(text, 10) == []


def test_a_character_longer_than_the_limit_is_cut_inside_rather_than_never_sent():
    zalgo = "a" + "\u0301" * 30

    pieces = cut(zalgo, 10, utf8_size)

    assert "".join(pieces) == zalgo
    assert all(utf8_size(piece) <= 10 for piece in pieces)


def test_cutting_loses_only_white_space_and_never_exceeds_the_limit():
    chooser = random.Random(19)
    alphabet = [*INSEPARABLE, *"abcäö€ \n", " ", "\u200d", "\ud83d", "\0"]
    for _ in range(300):
        text = "".join(chooser.choices(alphabet, k=chooser.randrange(60)))
        size = chooser.choice((len, utf8_size, utf16_size))

        pieces = cut(text, 40, size)

        assert all(0 < size(piece) <= 40 for piece in pieces)
        assert "".join("".join(pieces).split()) == "".join(clean(text).split())


def test_nul_and_lone_surrogates_disappear_at_any_depth():
    value = {"a\0": ["x\0y", {"\ud83d": "\udc00b"}], "n": 1, "t": True, "z": None}

    assert clean(value) == {"a": ["xy", {"\ufffd": "\ufffdb"}], "n": 1, "t": True, "z": None}


def test_an_escaped_pair_of_surrogates_is_one_emoji():
    assert load_json(rb'"\ud83d\ude00"') == "😀"


@pytest.mark.parametrize("body", [b"NaN", b"-Infinity", b"1e999"])
def test_numbers_that_json_does_not_know_become_nothing(body):
    assert load_json(b'{"a": [' + body + b"]}") == {"a": [None]}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b'{"a":', b"[" * 100_000, b"1" * 5000, b"<html/>"]
)
def test_what_is_no_json_raises_one_kind_of_error(body):
    with pytest.raises(ValueError):
        load_json(body)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("x", "x"), (7, "7"), (7.0, "7"), (1.5, "1.5"), (True, ""), (None, ""), ([1], ""), ({}, "")],
)
def test_a_scalar_reads_the_same_as_number_and_as_text(value, expected):
    assert scalar(value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("GSM-7", 0, 0)),
        ("a" * 160, ("GSM-7", 160, 1)),
        ("a" * 161, ("GSM-7", 161, 2)),
        ("a" * 306, ("GSM-7", 306, 2)),
        ("a" * 307, ("GSM-7", 307, 3)),
        ("€" * 80, ("GSM-7", 160, 1)),
        ("€" * 81, ("GSM-7", 162, 2)),
        # 76 escaped pairs fill 152 of 153 units: the next pair begins a new segment
        ("€" * 153, ("GSM-7", 306, 3)),
        ("é@Ñ\n\f[]", ("GSM-7", 10, 1)),
        ("ç", ("UCS-2", 1, 1)),
        ("а" * 70, ("UCS-2", 70, 1)),
        ("а" * 71, ("UCS-2", 71, 2)),
        ("а" * 135, ("UCS-2", 135, 3)),
        ("😀" * 35, ("UCS-2", 70, 1)),
        # 33 emoji fill 66 of 67 units
        ("😀" * 67, ("UCS-2", 134, 3)),
    ],
)
def test_segments_are_counted_as_they_are_billed(text, expected):
    assert segments(text) == expected
