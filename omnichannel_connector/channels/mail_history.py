"""Where an e-mail ends and what it answers begins, as mail programs write it."""

import re

_NAMES = r"(?:from|von|de|da|van|från|fra|lähettäjä|od|expéditeur|remitente|mittente)"
_SENT = (
    r"(?:sent|date|gesendet|datum|envoy[ée]|enviad[oa](?: el| em)?|fecha|data|inviato|verzonden"
    r"|skickat|sendt|lähetetty|wysłano)"
)
# Outlook writes the head of what is answered above it: a sender, then a date, then a subject.
_HEAD = re.compile(
    rf"\s*\*?{_NAMES}\s*:\*?\s*[^\n]{{1,300}}\n(?:[^\n]{{0,300}}\n){{0,2}}?\s*\*?{_SENT}\s*:\*?",
    re.IGNORECASE,
)
_RULE = re.compile(
    r"\s*(?:-{2,}\s*(?:original(?:\s+message|nachricht)|urspr[üu]ngliche nachricht"
    r"|message d'origine|mensaje original|mensagem original|messaggio originale"
    r"|oorspronkelijk bericht|forwarded message"
    r"|weitergeleitete nachricht|message transf[ée]r[ée]|mensaje reenviado)\s*-{2,}|_{10,})\s*$",
    re.IGNORECASE,
)
# On Mon, Ana wrote: — one line, or two where a program broke it.
_OPENING = re.compile(
    r"(?:on|am|le|el|em|il|op|den|pe|w dniu)\b|.*<[^<>\s]+@[^<>\s]+>", re.IGNORECASE
)
_SAYING = re.compile(
    r"\b(?:wrote|schrieb|[ée]crit|escribi[óo]|escreveu|ha scritto|schreef|skrev|kirjoitti"
    r"|napisał)\b",
    re.IGNORECASE,
)
_LONGEST_ATTRIBUTION = 400
LONGEST = 100_000  # characters that are looked at


def is_attribution(text: str) -> bool:
    """Tell whether a text is the line above a quotation: On Monday Ana wrote:"""
    text = " ".join(text[: 2 * _LONGEST_ATTRIBUTION].split())
    if len(text) > _LONGEST_ATTRIBUTION or not text.endswith(":"):
        return False
    said = _SAYING.search(text)
    return bool(said and said.start() and _OPENING.match(text))


def is_head(text: str) -> bool:
    """Tell whether a text begins like the head of an answered e-mail: From: …, Sent: …"""
    return bool(_HEAD.match(text[:2000].replace("\xa0", " ")))


def split(text: str) -> tuple[str, str]:
    """Return (what somebody wrote, what they answer) of an e-mail in plain text.

    What is answered begins at its head, or at the line above a quotation behind which nothing but
    quotation follows: answers between quoted lines are no history.
    """
    whole = text.replace("\r\n", "\n")
    lines = whole[:LONGEST].split("\n")
    quoted = _quotations(lines)
    number = next((number for number in range(len(lines)) if _begins(lines, quoted, number)), 0)
    if not any(map(str.strip, lines[:number])):
        return text, ""  # none, or a forwarded mail: what is quoted is what it is about
    cut = len("\n".join(lines[:number]))
    return whole[:cut], whole[cut:]


def _begins(lines: list[str], quoted: list[bool], number: int) -> bool:
    """Tell whether what is answered begins at a line."""
    line = lines[number]
    if not line.strip():
        return False
    if _RULE.match(line):
        return any(map(str.strip, lines[number + 1 :]))
    if is_head("\n".join(lines[number : number + 4])):
        return True
    for count in (1, 2):
        if is_attribution(" ".join(lines[number : number + count])):
            return quoted[min(number + count, len(lines))]
    return False


def _quotations(lines: list[str]) -> list[bool]:
    """Tell of each line whether from there on all is quoted, but for a signature.

    The last entry is of what comes behind all lines. In one go: a mail can have many lines.
    """
    found = [False]
    is_quoted, is_interrupted = False, False
    for line in reversed(lines):
        if line == "-- ":
            is_quoted, is_interrupted = False, False
        elif line.strip():
            is_quoted = True
            is_interrupted = is_interrupted or not line.lstrip().startswith(">")
        found.append(is_quoted and not is_interrupted)
    return found[::-1]
