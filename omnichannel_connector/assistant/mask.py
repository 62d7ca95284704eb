"""Taking a customer's data out of a text before it is shown to another one, or sent away."""

import re
from collections.abc import Iterable

from ..channels.opt_out import fold

GAP = "[…]"
_LINK = re.compile(r"(?i)\b(?:https?://|www\.)\S+|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}/\S*")
_MAIL = re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+")
_HANDLE = re.compile(r"(?<!\w)@[\w.]{3,}")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,4})?\b")
# 7 digits and more, however they are grouped: a price, a time or a year is shorter
_LONG_NUMBER = re.compile(r"(?<![\w.,])\+?\(?\d(?:[\s().\-/]{0,2}\d){6,}(?!\w)")
_NUMBERED = re.compile(
    r"(?i)((?:\b(?:order|commande|bestellung|bestellnummer|auftrag|pedido|encomenda|invoice|"
    r"facture"
    r"|rechnung|factura|fatura|customer|client|kunde|kundennummer|cliente|tracking|booking|ref|"
    r"reference|ticket|number|nummer|numero|número|num|nr|n°|nº)\b[\s.:°º#]*){1,3}|#\s?)"
    r"([a-z]{0,4}[-/]?\d[\w/-]*)"
)
# letters and digits in one: S00042, AB-12345, 1Z999AA10123456784
_CODE = re.compile(r"(?<![\w€$£%])(?=[A-Za-z/-]*\d)(?=[\w/-]*[A-Za-z])[A-Za-z0-9][\w/-]{4,}(?!\w)")
_DIGITS = re.compile(r"(?<![\w.,:])\d{5,}(?![\w%€$£])")
_GREETING = re.compile(
    r"(?im)^(\s*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|bonjour|bonsoir|salut|"
    r"ch[eè]re?"
    r"|hallo|liebe[rs]?|guten (?:tag|morgen|abend)|servus|sehr geehrte[rs]?|hola|buenos d[ií]as"
    r"|buenas tardes|estimad[oa]|querid[oa]|ol[aá]|bom dia|boa tarde|car[oa]))"
    r"(?:[ \t]+(?:mr|mrs|ms|herr|frau|monsieur|madame|mme|sr|sra|se[nñ]or|se[nñ]ora|senhor|"
    r"senhora)"
    r"\.?)?(?:[ \t]+[A-ZÀ-Þ][\w'’.-]*){1,3}(?=[ \t]*[,!.\n]|[ \t]*$)"
)
_WISHES = (
    r"(?:kind |best |warm )?regards|best wishes|sincerely|cheers|cordialement"
    r"|bien [aà] vous|[aà] bient[oô]t|(?:liebe|viele|beste|freundliche|"
    r"mit freundlichen) gr[uü](?:ss|ß)e?n?"
    r"|mfg|lg|saludos(?: cordiales)?|un saludo|atentamente|cumprimentos|atenciosamente|"
    r"abra[cç]os?"
)
_CLOSING = re.compile(
    rf"(?ims)^\s*(?:--\s*$|{_WISHES})"
    r"(?!\w)[ \t]*[,.!]?[ \t]*(?:\n.*)?\Z"
)
# what opens something, with at most three words in between: the gate code is 4711
_SECRET = re.compile(
    r"(?i)(\b(?:pin|(?:pass|door|gate|alarm)?codes?|password|passcode|gate|door|alarm|lockbox|keybox|"
    r"digicode|mot de passe|portail|porte|passwort|kennwort|t[uü]r|tor|(?:t[uü]r|pin|zugangs)code|"
    r"contrase[nñ]a|clave|c[oó]digo|puerta|port[oó]n|senha|palavra-passe|porta|port[aã]o)\b"
    r"(?:[^\w\n]+[^\W\d]+){0,3}?[^\w\n]+)"
    r"([*#]?\d{3,8}[*#]?)(?![\w:.,]*\d)(?!\s?(?:cm|mm|m|kg|g|euros?|%|€|\$|£))(?!\w)"
)
_NAME = r"[A-ZÀ-Þ][\w'’-]+(?:[ \t]+[A-ZÀ-Þ][\w'’-]*){0,2}"
# "Yes Mitzi, …"
_ADDRESSED = re.compile(
    r"(?m)^([ \t]*(?i:yes|no|sure|of course|thanks|thank you|sorry|great|perfect|oui|non|"
    r"bien s[uû]r|merci|d[eé]sol[eé]e?|parfait|ja|nein|klar|nat[uü]rlich|gerne?|danke|super|"
    r"s[ií]|claro|gracias|perfecto|perd[oó]n|sim|n[aã]o|obrigad[oa]|perfeito|desculpe)"
    r"[ \t]*,?[ \t]+)" + _NAME + r"(?=[ \t]*[,!])"
)
_INTRODUCED = re.compile(
    r"\b(?i:i am|i['’]m|my name is|this is|je suis|je m['’]appelle|ich bin|ich hei(?:ss|ß)e|"
    r"mein name ist|hier ist|soy|me llamo|mi nombre es|sou|chamo-me|me chamo|(?:o )?meu nome [eé])"
    r"[ \t]+(?:(?i:the|a|o|die|der)[ \t]+)?"
    rf"({_NAME})"
)
_SIGNED = re.compile(
    rf"(?i:best|thanks|thank you|cheers|merci|danke|gracias|obrigad[oa]|{_WISHES})"
    rf"[ \t]*[,.!]?[ \t\n]+({_NAME})\s*\Z"
)
_TIMES = re.compile(
    r"^\d{1,2}[h:]\d{2}$|^\d+(?:[.,]\d+)?(?:cm|mm|kg|g|l|ml|h|min|x\d+\w*|px|w|v)$", re.I
)


def mask(text: str, names: Iterable[str] = (), gap: str = GAP) -> str:
    """Return a text without addresses, links, numbers of orders and phones, and these names."""
    text = _ADDRESSED.sub(lambda found: found[1] + gap, _GREETING.sub(r"\1", text))
    for pattern in (_LINK, _MAIL, _HANDLE, _IBAN, _LONG_NUMBER):
        text = pattern.sub(gap, text)
    for pattern in (_NUMBERED, _SECRET):
        text = pattern.sub(lambda found: found[1] + gap, text)
    text = _CODE.sub(lambda found: found[0] if _TIMES.match(found[0]) else gap, text)
    text = _DIGITS.sub(gap, text)
    text = _without_names(text, names, gap)
    return re.sub(rf"{re.escape(gap)}(?:[ ,]*{re.escape(gap)})+", gap, text).strip()


def without_closing(text: str) -> str:
    """Return a text without its closing formula and the signature behind it."""
    return _CLOSING.sub("", text).strip()


def own_names(text: str) -> list[str]:
    """Return by which names somebody introduces themselves, or signs."""
    return [found[1] for pattern in (_INTRODUCED, _SIGNED) for found in pattern.finditer(text)]


def _without_names(text: str, names: Iterable[str], gap: str) -> str:
    wanted = {fold(part) for name in names for part in re.findall(r"[^\W_]{2,}", name or "")}
    if not wanted:
        return text

    def replaced(found):
        # of two letters there are many small words: as a name they begin with a capital
        is_name = len(found[0]) > 2 or found[0][0].isupper()
        return gap if is_name and fold(found[0]) in wanted else found[0]

    return re.sub(r"[^\W_]{2,}", replaced, text)
