"""The one form under which phone numbers and e-mail addresses are stored and compared."""

import functools
import re

import phonenumbers
from email_validator import EmailNotValidError, validate_email

# A number of 3 to 6 digits is a short code. One of 7 or 8 may be a whole national number too
# (Denmark, Norway, Singapore): it is one when it is valid in the given country.
_DIGITS = re.compile(r"[0-9]{3,8}")
_SHORT_CODE_ONLY = 6

# Addresses of letters, digits and the usual signs need no look at RFC 5321's finer points. Short
# enough that neither part nor the whole can be too long.
_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
_PLAIN_DOMAIN = re.compile(r"[A-Za-z0-9.-]{1,180}")
_LONGEST_LOCAL = 64

# email-validator refuses these, save by changing a list that the whole process shares; so they
# are checked with a stand-in behind them.
_INTERNAL_DOMAIN = re.compile(r"(?i)[@.](?:localhost|local)$")
_STAND_IN = ".example"

# Countries whose numbers are still around in an older spelling. Their own prefix plans:
# Brazil put a 9 before the eight digits of mobile numbers (Anatel, Resolução 553/2010); the number
# itself may be written without. Argentina writes +54 9 before mobile numbers where +54 reaches the
# same line. Mexico gave up the 1 behind +52 in 2019; WhatsApp still tells it.
_BRAZIL, _ARGENTINA, _MEXICO = 55, 54, 52
_SPELLED_DIFFERENTLY = tuple(f"+{code}" for code in (_BRAZIL, _ARGENTINA, _MEXICO))
_OLD_MEXICAN = re.compile(r"1[2-9][0-9]{9}")

_GMAIL_DOMAINS = frozenset({"gmail.com", "googlemail.com"})

# https://www.rfc-editor.org/rfc/rfc2142 and what firms call such mailboxes
_ROLES = frozenset(
    re.findall(
        r"\S+",
        """
    abuse ftp hostmaster info marketing news noc postmaster root sales security support usenet uucp
    webmaster www
    account accounting accounts admin administration administrator ap ar billing booking bookings
    buchhaltung buero career careers comercial compras contact contacto contactus contato contatto
    customercare customerservice enquiries enquiry everyone facturacion feedback finance finanzas
    frontdesk hallo hello help helpdesk hi hola hr inbox inquiries inquiry invoice invoices
    it jobs kontakt legal list mail mailbox management media moin office order orders
    owner post press privacy purchasing rechnung reception reservations returns secretary service
    servicio shipping shop soporte staff store suporte team vendas ventas vertrieb welcome
        """,
    )
)
_UNUSABLE = frozenset({"bounce", "bounces", "devnull", "mailerdaemon", "nobody", "null"})
_UNUSABLE_PARTS = ("noreply", "donotreply", "mailerdaemon", "noresponder", "naoresponder")

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
    if number is None or not _is_possible(number):
        return raw
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _is_possible(number: phonenumbers.PhoneNumber) -> bool:
    return phonenumbers.is_possible_number(number) or _is_old_mexican(number)


def _is_old_mexican(number: phonenumbers.PhoneNumber) -> bool:
    national = str(number.national_number)
    return number.country_code == _MEXICO and bool(_OLD_MEXICAN.fullmatch(national))


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


def _plain_email(address: str) -> str:
    """Return the normal form of an everyday address, or "" when it takes more to tell.

    A domain is checked once for all its addresses, because that takes most of the time.
    """
    local, _at, domain = address.rpartition("@")
    if len(local) > _LONGEST_LOCAL or not _PLAIN_LOCAL.fullmatch(local):
        return ""
    domain = _normal_domain(domain)
    return f"{local.lower()}@{domain}" if domain else ""


@functools.lru_cache(maxsize=32768)
def _normal_domain(domain: str) -> str:
    if not _PLAIN_DOMAIN.fullmatch(domain) or _INTERNAL_DOMAIN.search("@" + domain):
        return ""
    try:
        found = validate_email("a@" + domain, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return ""
    return found.domain.lower()


def normalize_email(raw: str) -> str:
    """Return an e-mail address in its one lower-case form, or "" when it is unusable.

    Makes no look-up. Takes internal and test domains (`localhost`, `.local`, `.test`) too: they
    can write to us, whether or not the rest of the world can answer.
    """
    address = raw.strip()
    if plain := _plain_email(address):
        return plain
    suffix = _STAND_IN if _INTERNAL_DOMAIN.search(address) else ""
    try:
        found = validate_email(address + suffix, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return ""
    return found.normalized.lower().removesuffix(suffix)


def match_key(kind: str, value: str) -> str:
    """Return what spellings that may be one address have in common, or "" when nothing is known.

    `value` is normalised. A key suggests that two addresses are one; it is no address to write to.
    """
    if kind == "phone" and value.startswith("+"):
        return _phone_key(value)
    if kind == "email" and "@" in value:
        return _email_key(value)
    return ""


def has_spellings(key: str) -> bool:
    """Tell whether the phone number of a match key is the same line in more than one spelling."""
    return key.startswith(_SPELLED_DIFFERENTLY)


def _phone_key(value: str) -> str:
    number = _parse(value, "") if has_spellings(value) else None
    if number is None:
        return value
    national = str(number.national_number)
    if number.country_code == _BRAZIL:
        national = _add_ninth_digit(national)
    elif number.country_code == _ARGENTINA and len(national) == 11:
        national = national.removeprefix("9")
    elif _is_old_mexican(number):
        national = national[1:]
    return f"+{number.country_code}{national}"


def _add_ninth_digit(national: str) -> str:
    """Return a Brazilian mobile number with the ninth digit that it lacks.

    A number that exists without it is left alone: land lines, and 7… of the old radio networks.
    """
    longer = f"{national[:2]}9{national[2:]}"
    is_short = len(national) == 10 and not _is_brazilian(national)
    return longer if is_short and _is_brazilian(longer) else national


def _is_brazilian(national: str) -> bool:
    number = phonenumbers.PhoneNumber(country_code=_BRAZIL, national_number=int(national))
    return phonenumbers.is_valid_number(number)


def _email_key(value: str) -> str:
    local, _at, domain = value.rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _GMAIL_DOMAINS:
        return f"{local.replace('.', '') or local}@gmail.com"
    return f"{local}@{domain}"


def is_role_address(email: str) -> bool:
    """Tell whether an e-mail address is a function's and not a person's: info@, sales@."""
    local = _email_key(email.lower()).rpartition("@")[0]
    return local in _ROLES or local.endswith("-request") or is_unusable_sender(email)


def is_unusable_sender(email: str) -> bool:
    """Tell whether nobody is behind an e-mail address: no-reply@, mailer-daemon@."""
    local = email.lower().rpartition("@")[0]
    name = re.sub(r"[-._]", "", local.partition("+")[0])
    return name in _UNUSABLE or name.startswith(_UNUSABLE_PARTS) or name.endswith("noreply")


def is_anonymous_caller(number: str) -> bool:
    """Tell whether a caller hid their number. Nobody may be recognised by such a value."""
    return number.strip().lower().removeprefix("+") in ANONYMOUS_CALLERS
