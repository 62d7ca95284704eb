"""E-mail addresses, phone numbers and codes that somebody typed in a text."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import phonenumbers

from .addresses import normalize_email

LONGEST = 5000  # characters that are read: nobody types an address behind more
MOST = 5  # addresses of one text; who types more is no single person
_TRIES = 200  # of the phone number matcher, which tries every group of digits
_FEWEST_DIGITS = 7  # of a phone number; the matcher is slow, most texts have fewer

# RFC 5321 allows 64 characters before the sign, RFC 1035 253 after it. "=" is left out: it stands
# before an address much more often than in one. Each match ends at its sign or its length, so
# that no text makes the search slow.
_LOCAL = re.compile(r"[\w.!#$%&'*+/?^`{|}~-]{1,64}$")
_DOMAIN = re.compile(r"[\w.-]{1,253}")
_QUOTES = "'*~`.|/{!?#&^$%"  # what a chat or a person puts around an address

# What looks like a phone number to a computer, and to nobody else.
_WEB_ADDRESS = re.compile(r"://|^www\.", re.IGNORECASE)
_CARD = re.compile(r"(?<!\d)\d{4}(?:[ -]?\d{4}){3,4}(?!\d)")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")
_NUMBERED = re.compile(
    r"(?:#|№|n[°º]|\bno\b\.?|\bnr\b\.?|\b(?:order|invoice|ticket|tracking|ref|reference|customer|"
    r"bestell\w{0,12}|rechnung\w{0,12}|kunden\w{0,12}|commande|facture|pedido|factura|fatura|"
    r"ordine|fattura|encomenda)\b)[\s:.#-]{0,3}(?:(?:number|no|nr|id)\b[\s:.#-]{0,3})?$",
    re.IGNORECASE,
)
_MONEY = re.compile(r"\s?(?:%|[$€£¥]|(?:eur|usd|gbp|chf|brl)\b)", re.IGNORECASE)
_BEFORE = 40  # characters before a number that tell what it is

# Where the answer ends and the mail begins that it answers, if its writer's program left it below.
_HISTORY = re.compile(
    r"^(?:-- ?$|_{10,}$|-{2,} ?(?:original|forwarded|urspr\w{1,20}|weitergeleitete|mensaje|"
    r"mensagem|message|messaggio)\b|(?:on|am|le|el|em|il) [^\d]{0,40}\d.{1,200} "
    r"(?:wrote|schrieb|a écrit|escribió|escreveu|ha scritto)\b.{0,80}:$)",
    re.IGNORECASE,
)

_CODE = re.compile(r"(?<!\w)(?<!\d[ -])[0-9](?:[ -]?[0-9]){5}(?![ -]?\d)(?!\w)")

# Mailboxes of many people: nobody is recognised by one (RFC 2142 and common use).
ROLES = frozenset(
    """
    abuse accounting accounts admin administrator billing booking careers contact customercare
    customerservice enquiries feedback finance hello help helpdesk hi hostmaster hr info
    information inquiries invoice invoices it jobs mail mailer-daemon marketing media news
    newsletter no-reply noc noreply office order orders postmaster press privacy purchasing
    reception reservations root sales security service shop spam staff store support team
    webmaster
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Found:
    """An address in a text: `kind` is "email" or "phone", `raw` is as it was typed."""

    kind: str
    value: str
    raw: str


def find_addresses(text: str, country: str = "") -> list[Found]:
    """Return the addresses that somebody typed in a text, each once, at most MOST.

    `country` is the ISO code for phone numbers without a prefix; without it only numbers that
    begin with + are found. "ana (at) example.com" is not guessed. Never raises; the time it takes
    grows with the text, up to LONGEST.
    """
    words = unicodedata.normalize("NFKC", text[:LONGEST])[:LONGEST]
    has_number = sum(map(str.isdigit, words)) >= _FEWEST_DIGITS
    if "@" not in words and not has_number:
        return []
    words = _without_lookalikes(words)
    found = {email.value: email for email in _find_emails(words)}
    for email in found.values():
        words = words.replace(email.raw, " ")
    if has_number:
        phones = islice(_find_phones(words, country.upper()), MOST)
        found.update({phone.value: phone for phone in phones})
    return list(found.values())[:MOST]


def find_codes(text: str) -> list[str]:
    """Return what may be a code of six digits in a text, each once, in its order."""
    codes = _CODE.findall(unicodedata.normalize("NFKC", text[:LONGEST]))
    return list(dict.fromkeys(re.sub(r"[ -]", "", code) for code in codes))


def written_part(text: str) -> str:
    """Return the lines of an e-mail that its writer typed, without what they answer, if told."""
    lines = []
    for line in text[: 4 * LONGEST].splitlines():
        if _HISTORY.match(line.strip()):
            break
        if not line.lstrip().startswith(">"):
            lines.append(line)
    return "\n".join(lines)


def is_role_address(email: str) -> bool:
    """Tell whether an e-mail address is that of an office and not of a person."""
    return email.partition("@")[0].partition("+")[0] in ROLES


def mask(kind: str, value: str) -> str:
    """Return an address so that only who knows it recognises it: a…@example.com, +1…23."""
    if kind == "email":
        local, _sign, domain = value.rpartition("@")
        return f"{local[:1]}…@{domain}"
    return f"{value[:2]}…{value[-2:]}"


def _without_lookalikes(text: str) -> str:
    """Return a text without web addresses, numbers of cards and of bank accounts."""
    words = re.sub(r"\S+", lambda word: "" if _WEB_ADDRESS.search(word[0]) else word[0], text)
    return _IBAN.sub(" ", _CARD.sub(" ", words))


def _find_emails(text: str) -> Iterator[Found]:
    for sign in re.finditer("@", text):
        start = max(sign.start() - 64, 0)
        before = _LOCAL.search(text[start : sign.start()])
        after = _DOMAIN.match(text, sign.end())
        if not (before and after):
            continue
        raw = f"{before[0].lstrip(_QUOTES)}@{after[0].rstrip('.-_')}"
        # without a dot it is a name in a chat, and no address that anybody else could write to
        if "." in raw.rpartition("@")[2] and (value := normalize_email(raw)):
            yield Found("email", value, raw)


def _find_phones(text: str, country: str) -> Iterator[Found]:
    matcher = phonenumbers.PhoneNumberMatcher(text, country or None, max_tries=_TRIES)
    for match in matcher:
        if match.number.extension or _is_something_else(text, match):
            continue
        value = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
        yield Found("phone", value, match.raw_string)


def _is_something_else(text: str, match: phonenumbers.PhoneNumberMatch) -> bool:
    """Tell whether the words around a number say that it is an amount or a number of a thing."""
    if match.raw_string.startswith("+"):
        return False
    before = text[max(match.start - _BEFORE, 0) : match.start]
    after = text[match.end : match.end + 1]
    return bool(after == "@" or _NUMBERED.search(before) or _MONEY.match(text, match.end))
