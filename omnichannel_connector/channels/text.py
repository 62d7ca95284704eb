"""Text in a form that PostgreSQL can store and that a provider takes in one call."""

import hashlib
import json
import math
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

ZERO_WIDTH_JOINER = "\u200d"
VIRAMA = 9  # canonical combining class of the sign that joins two Indic consonants

# PostgreSQL refuses both in `text` and `jsonb`, and a JSON body may carry either as an escape.
_NUL = "\0"
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

KEY_BYTES = 512  # of an event's key: an index row of PostgreSQL takes about 2,700

# Besides the combining marks (category M*), these belong to the character before them:
# zero-width (non-)joiner, Hangul vowels and finals, skin tones, and the tags that spell a flag.
_EXTENDING = re.compile(
    "[\u200c\u200d\u1160-\u11ff\ud7b0-\ud7fb\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
)
_REGIONAL = re.compile("[\U0001f1e6-\U0001f1ff]")  # half of a flag


def clean(value: Any) -> Any:
    """Return a JSON-like value without what PostgreSQL refuses, at any depth, keys too.

    NUL disappears, a lone surrogate becomes U+FFFD, and the NaN and Infinity that Python's JSON
    reader lets through become None.
    """
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\ufffd", value.replace(_NUL, ""))
    if isinstance(value, dict):
        return {clean(key): clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def load_json(body: bytes) -> Any:
    """Return the cleaned value of a JSON body. Raise ValueError when it is none."""
    try:
        return clean(json.loads(body))
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def scalar(value: Any) -> str:
    """Return a JSON scalar as text: providers send ids and times as numbers or strings.

    Anything else, a boolean included, is "".
    """
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def stable_key(head: list[str], tail: list[str], content: Any) -> str:
    """Return an event's key: `head` is its kind and the provider's id, `tail` what else it takes.

    Without an id, or with one too long for an index, the whole content speaks for itself.
    """
    key = ":".join(head + tail)
    if head[1] and len(key.encode()) <= KEY_BYTES:
        return key
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return f"{head[0][:64]}:{digest}"


def utf8_size(text: str) -> int:
    """Return the length in bytes of UTF-8."""
    return len(text.encode(errors="surrogatepass"))


def utf16_size(text: str) -> int:
    """Return the length in UTF-16 units: an emoji counts as two or more."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clusters(text: str) -> Iterator[str]:
    """Yield what a reader sees as one character each.

    A small part of UAX #29, kept on the joining side: it may keep two characters together that
    could be parted, never the other way round for emoji, flags, accents, Hangul and Indic.
    """
    start = 0
    for end in range(1, len(text)):
        if not _joins(text[end - 1], text[end], is_second=end - start == 1):
            yield text[start:end]
            start = end
    if text:
        yield text[start:]


def _joins(before: str, char: str, is_second: bool) -> bool:
    """Tell whether no boundary lies between two characters."""
    if before + char == "\r\n" or before == ZERO_WIDTH_JOINER:
        return True
    if _EXTENDING.match(char) or unicodedata.category(char).startswith("M"):
        return True
    if unicodedata.combining(before) == VIRAMA:
        return unicodedata.category(char).startswith("L")
    return bool(is_second and _REGIONAL.match(before) and _REGIONAL.match(char))


def cut(text: str, limit: int, size: Callable[[str], int] = len) -> list[str]:
    """Cut a text into pieces of at most `limit`, as `size` measures it.

    Cuts at a line end, else at a blank, when one lies in the second half of the piece; else
    between two clusters. Only a cluster that is itself too long is cut inside. The white space
    at a cut and around the text is dropped; a text of nothing else has no pieces.
    """
    rest = []
    for cluster in clusters(clean(text)):
        rest.extend([cluster] if size(cluster) <= limit else cluster)
    pieces = []
    while rest := _without_leading_space(rest):
        taken = _fitting(rest, limit, size)
        pieces.append("".join(rest[:taken]).rstrip())
        rest = rest[taken:]
    return pieces


def _without_leading_space(units: list[str]) -> list[str]:
    start = 0
    while start < len(units) and units[start].isspace():
        start += 1
    return units[start:]


def _fitting(units: list[str], limit: int, size: Callable[[str], int]) -> int:
    """Return how many of the units make the next piece."""
    used = end = 0
    while end < len(units) and (used := used + size(units[end])) <= limit:
        end += 1
    if end == len(units) or units[end].isspace():
        return end
    for is_boundary in (lambda unit: unit in ("\n", "\r\n"), str.isspace):
        for position in range(end - 1, end // 2 - 1, -1):
            if is_boundary(units[position]):
                return position + 1
    return max(end, 1)
