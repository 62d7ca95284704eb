"""The one form under which phone numbers and e-mail addresses are stored and compared."""

import re

import phonenumbers
from email_validator import EmailNotValidError, validate_email

# A number of 3 to 6 digits is a short code. One of 7 or 8 may be a whole national number too
# (Denmark, Norway, Singapore): it is one when it is valid in the given country.
_DIGITS = re.compile(r"[0-9]{3,8}")
_SHORT_CODE_ONLY = 6

# email-validator refuses these, save by changing a list that the whole process shares; so they
# are checked with a stand-in behind them.
_INTERNAL_DOMAIN = re.compile(r"(?i)[@.](?:localhost|local)$")
_STAND_IN = ".example"

# Callers who hide their number come as a word, or as that word typed on a keypad:
# ANONYMOUS, UNAVAILABLE, RESTRICTED, UNKNOWN, PRIVATE.
# https://www.twilio.com/docs/voice/twiml#request-parameters
ANONYMOUS_CALLERS = frozenset(
    {
        "",
        "anonymous",
        "unavailable",
        "restricted",
        "unknown",
        "private",
        "266696687",
        "86282452253",
        "7378742833",
        "8656696",
        "7748283",
    }
)


def normalize_phone(raw: str, country: str = "") -> str:
    """Return a phone number in E.164, or the stripped value when it is no such number.

    Short codes, alphanumeric senders and numbers with an extension stay as they are: with a
    default country the first would become the number of a stranger, and letters would be read
    as keys of a keypad. `country` is the ISO code for numbers written without a prefix.
    """
    raw = raw.strip()
    if any(char.isalpha() for char in raw):
        return raw
    country = country.upper()
    if _DIGITS.fullmatch(raw) and not _is_national(raw, country):
        return raw
    if raw.startswith("00") and not country:
        number = _parse("+" + raw[2:], "")
    else:
        number = _parse(raw, country)
    if number is None or not phonenumbers.is_possible_number(number):
        return raw
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _is_national(digits: str, country: str) -> bool:
    if not country or len(digits) <= _SHORT_CODE_ONLY:
        return False
    number = _parse(digits, country)
    return number is not None and phonenumbers.is_valid_number(number)


def _parse(raw: str, country: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(raw, country or None)
    except phonenumbers.NumberParseException:
        return None


def normalize_email(raw: str) -> str:
    """Return an e-mail address in its one lower-case form, or "" when it is unusable.

    Makes no look-up. Takes internal and test domains (`localhost`, `.local`, `.test`) too: they
    can write to us, whether or not the rest of the world can answer.
    """
    address = raw.strip()
    suffix = _STAND_IN if _INTERNAL_DOMAIN.search(address) else ""
    try:
        found = validate_email(address + suffix, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return ""
    return found.normalized.lower().removesuffix(suffix)


def is_anonymous_caller(number: str) -> bool:
    """Tell whether a caller hid their number. Nobody may be recognised by such a value."""
    return number.strip().lower().removeprefix("+") in ANONYMOUS_CALLERS
