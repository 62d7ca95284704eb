"""How long an SMS is, as phones and bills count it."""

import unicodedata
from typing import NamedTuple

from .text import clean, utf16_size

# GSM 03.38; the characters of the extension table need an escape before them.
GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("^{}\\[~]|€\f")
SIZES = {"GSM-7": (160, 153), "UCS-2": (70, 67)}  # units of one segment: alone, among several

TRIAL_PREFIX = "Sent from your Twilio trial account - "
SMART = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014", "-")
)


class Segments(NamedTuple):
    """How an SMS is billed: its encoding, its length in units of it, the number of segments."""

    encoding: str
    units: int
    count: int

    @property
    def capacity(self) -> int:
        """Return how many units these segments could hold; one of them for an empty text."""
        single, multiple = SIZES[self.encoding]
        return single if self.count < 2 else multiple * self.count


def segments(text: str) -> Segments:
    """Count the segments of a text. One character outside GSM-7 makes all of it UCS-2.

    https://www.twilio.com/docs/glossary/what-sms-character-limit
    """
    if GSM_BASIC.union(GSM_EXTENDED).issuperset(text):
        encoding = "GSM-7"
        sizes = [2 if char in GSM_EXTENDED else 1 for char in text]
    else:
        encoding = "UCS-2"
        sizes = [utf16_size(char) for char in text]
    single, multiple = SIZES[encoding]
    units = sum(sizes)
    if units <= single:
        return Segments(encoding, units, min(units, 1))
    count, used = 1, 0
    for size in sizes:  # an escape or a surrogate pair is never parted
        if used + size > multiple:
            count, used = count + 1, 0
        used += size
    return Segments(encoding, units, count)


def comparable(text: str) -> str:
    """Return a text without what Twilio may change on the way: two equal ones were one message.

    It puts a prefix before what a trial account sends, exchanges typographic characters for such
    of GSM-7 (SmartEncoded), and its log shows the result.
    """
    text = unicodedata.normalize("NFKC", clean(text)).translate(SMART)
    return " ".join(text.removeprefix(TRIAL_PREFIX).split())
