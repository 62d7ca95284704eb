"""How customers say that they want no messages, or want them again: keywords and wording.

A keyword is the whole message and is followed at once. Wording is only understood, never followed:
a person decides. So the keywords are those that providers document, and the wording may be wider.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .events import OptOut

# Beyond what the provider itself acts on. Whole message, any case, with or without accents.
# French: https://www.twilio.com/docs/proxy/opt-out-keywords
# `OPT-OUT`: https://docs.aws.amazon.com/sms-voice/latest/userguide/keywords-required.html
# `AIDE`: https://docs.aws.amazon.com/end-user-messaging/latest/userguide/nx-rcs-launch-ca-french
# `STOP ALL`: https://developers.telnyx.com/docs/messaging/messages/advanced-opt-in-out
_KEYWORDS = {
    OptOut.STOP: (
        "STOP", "STOPALL", "STOP ALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT",
        "OPT OUT", "OPT-OUT", "ARRET", "ARRETE", "ARRETT",
    ),
    OptOut.START: ("START", "UNSTOP"),
    OptOut.HELP: ("HELP", "INFO", "AIDE"),
}  # fmt: skip
KEYWORDS = {word: meaning for meaning, words in _KEYWORDS.items() for word in words}

# Whole messages that mean it where people speak that language, but no provider acts on them.
_LONE_WORDS = frozenset(
    """unsub, stopp, stop please, please stop, stop it, parar, alto, baja, cancelar, sair, pare,
    basta, abmelden, abbestellen, desabonner, desinscription, desabonnement, leave me alone,
    remove me""".replace("\n", " ").split(",")
)
LONE_WORDS = frozenset(" ".join(word.split()) for word in _LONE_WORDS)

_QUOTE_MARKS = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'", "ß": "ss"})
_EDGES = " \t\r\n.,;:!?\"'“”«»()[]*_-"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a customer seems to ask for in their own words.

    `wants` is STOP or START. `channel` is the code of the channel that they name, empty for the
    one on which they wrote. `is_marketing` tells that they speak of offers and newsletters only.
    """

    wants: OptOut
    channel: str = ""
    is_marketing: bool = False


def fold(text: str) -> str:
    """Return a text in lower case, without accents and with single spaces."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_QUOTE_MARKS))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(plain.lower().split())


def keyword(text: str) -> OptOut:
    """Return what a message says that is nothing but a keyword, else NOTHING."""
    return KEYWORDS.get(fold(text).strip(_EDGES).upper(), OptOut.NOTHING)


# What is sent, in the five languages; which channel a word names is told by `_CHANNEL_WORDS`.
_THING = (
    r"(?:texts?|text messages?|messages?|e-?mails?|mails?|sms|newsletters?|marketing|ads|adverts|"
    r"offers|promos?|promotions?|spam|mensajes|correos?(?: electronicos)?|publicidad|promociones|"
    r"boletin(?:es)?|courriels?|pubs?|publicites?|nachrichten|werbung|werbemails?|mensagens|"
    r"publicidade|propagandas?|promocoes|notifications?|notificaciones|notificacoes)"
)
_CLAUSE = r"(?:^|(?<=[.!?,;] )|(?<=[.!?,;]))"  # where one begins
_MAY = r"(?:\w+ ){0,3}?"
_OFTEN = r"(?: any ?more| again| ever| please)*"
_WHEN = (
    r"(?! (?:before|until|till|after|at|on|during|when|while|if|unless|today|tonight|tomorrow|now|"
    r"the|your|a|an|that|it|this|those|these|as)\b)"
)

_STOP_WORDING = (
    # English
    rf"(?:stop|quit|cease) (?:texting|messaging|e-?mailing|mailing|contacting|writing(?: to)?|"
    rf"spamming|bothering|sending)(?= me\b| us\b| my\b| this number| {_MAY}{_THING}| ?[.!?,]|$)",
    rf"(?:stop|quit|end|cease) (?:these|those|the|your|all|with the) {_MAY}{_THING}\b",
    rf"(?:do not|don't|dont|never) (?:ever )?(?:text|message|e-?mail|mail|sms|contact|write to|"
    rf"write|spam) (?:me|us|this number)\b{_OFTEN}{_WHEN}",
    rf"(?:do not|don't|dont) send (?:me|us) (?:any|more|any more|your) {_MAY}{_THING}\b",
    rf"(?:{_CLAUSE}(?:please |pls |ok |thanks |and |but |so |just )*|want |wish )"
    rf"no (?:more|further) {_THING}(?= ?[.!?,;]| please| thank| from you| to me|$)",
    r"unsubscribe\b",
    r"(?:take|remove|delete) (?:me|us|my (?:number|e-?mail|address|name)(?: address)?) "
    rf"(?:off|from) (?:of )?(?:your|the|this|all) {_MAY}(?:lists?|database|newsletter)\b",
    rf"opt(?:ing)?[ -](?:me )?out\b(?! of (?!{_MAY}{_THING}))",
    r"(?:(?:do not|don't|dont) (?:want|wish)|no longer (?:want|wish)) (?:to (?:get|receive|have|"
    rf"hear)|any|your|these|more)\b(?= {_MAY}(?:{_THING}|from you)\b)",
    r"leave me alone\b",
    # Spanish
    r"no (?:me |nos )?(?:mande[ns]?|manden|envie[ns]?|escriba[ns]?) mas\b",
    r"dej(?:a|e|en|ad) de (?:mandar|enviar|escribir|molestar)(?:me|nos)\b",
    r"(?:darme|dame|denme|deme|darnos) de baja\b",
    rf"no (?:quiero|deseo|queremos) (?:recibir )?(?:mas |sus |tus |vuestros ){{0,2}}{_THING}\b",
    rf"{_CLAUSE}(?:por favor,? |pero )?no mas {_THING}\b",
    # French
    r"(?:arrete[zr]?|cessez?|cesse) de (?:m'|nous |me )(?:envoyer|ecrire|contacter|harceler)",
    rf"(?:arretez?|stoppez?|cessez?) (?:les|ces|vos|tous les|avec vos) {_THING}\b",
    r"(?:m'|me |nous )(?:envoyez?|ecrivez|ecris|contactez?) plus\b",
    rf"ne (?:veux|souhaite|desire|voulons) plus (?:recevoir|etre contacte|(?:de |vos ){_THING})",
    r"desabonne[zr]?[- ](?:moi|nous)\b|me desabonner\b",
    r"desinscri(?:vez|re|s)[- ]moi\b|me desinscrire\b",
    # German
    rf"(?:will|mochte|moechte|wunsche|wollen|mochten) {_MAY}keine (?:\w+ )?{_THING}\b",
    r"(?:schick|send|schreib)(?:t|en|e|et)? (?:sie )?(?:mir|uns) (?:bitte )?"
    rf"(?:nicht mehr|nichts mehr|nie wieder|nie mehr|keine (?:\w+ )?{_THING})",
    rf"^(?:bitte )?keine (?:weiteren )?{_THING}(?: mehr)?(?: bitte)?[.!]*$",
    r"hor(?:t|en sie)? (?:bitte )?auf,? (?:mir|mich|uns) (?:\w+ ){0,3}zu "
    r"(?:schreiben|schicken|senden|kontaktieren)\b",
    r"meld(?:e|et|en sie) mich (?:bitte )?(?:\w+ ){0,4}ab\b",
    r"(?:vom newsletter|mich (?:bitte )?(?:\w+ ){0,3})(?:abmelden|austragen)\b",
    rf"{_THING} (?:bitte )?abbestellen\b",
    r"(?:nehm(?:t|en sie)|streich(?:t|en sie)) mich (?:bitte )?(?:\w+ ){0,2}verteiler\b",
    # Portuguese
    r"(?:pare|parem|deixe|deixem|para) de (?:me |nos )(?:mandar|enviar|escrever|conta[c]?tar)\b",
    rf"(?:pare|parem) de (?:mandar|enviar) {_THING}\b",
    r"nao (?:me |nos )?(?:mande[m]?|envie[m]?|escreva[m]?|contac?te[m]?) mais\b",
    rf"nao quero (?:mais )?(?:receber )?(?:mais )?{_THING}\b|nao quero mais receber\b",
    r"(?:me descadastr\w+|descadastr\w+[- ]me|sair da (?:\w+ )?lista)\b",
)  # fmt: skip
_START_WORDING = (
    # English
    r"opt(?:ing)? (?:me )?(?:back )?in\b",
    r"(?:re-?)?subscribe me\b|resubscribe\b",
    rf"sign me (?:back )?up (?:for|to) {_MAY}{_THING}\b",
    r"(?:can|may) (?:text|message|e-?mail|contact|write) (?:to )?me again\b",
    r"start (?:texting|messaging|e-?mailing|sending) me\b",
    rf"(?:want|like) to (?:receive|get) {_MAY}{_THING} again\b",
    # Spanish
    rf"(?:quiero|deseo) (?:volver a )?recibir {_MAY}{_THING} (?:de nuevo|otra vez)\b",
    rf"quiero volver a recibir (?:{_MAY}){_THING}\b",
    r"(?:darme|denme|dame|deme) de alta\b|(?:suscribanme|suscribirme|suscribeme)\b",
    # French
    r"(?:re)?abonne[zr]?[- ]moi\b|me reabonner\b|recommencez? a m'(?:envoyer|ecrire)\b",
    r"veux (?:de|a) nouveau recevoir\b",
    # German
    rf"(?:will|mochte|moechte) (?:\w+ )?wieder {_MAY}{_THING} (?:bekommen|erhalten)\b",
    r"(?:durft|durfen|konnt|konnen) (?:sie )?mir wieder (?:schreiben|schicken|senden)\b",
    r"meld(?:e|et|en sie) mich (?:bitte )?(?:\w+ ){0,3}wieder an\b",
    # Portuguese
    r"quero voltar a receber\b|podem? voltar a (?:me )?(?:enviar|mandar|escrever)\b",
    rf"quero receber {_MAY}{_THING} (?:de novo|novamente|outra vez)\b",
)
# What turns the meaning round when it stands right before the wording.
_NEGATED = re.compile(
    r"(?:\b(?:can't|cannot|can not|couldn't|don't|dont|do not|didn't|did not|never|not|won't|"
    r"shouldn't|didnt|cant|nicht|nunca|jamais)(?: (?:want|have|wish|mean|ever|just))?(?: to)?|"
    r"\b(?:did|have|had|do|when did|why did) (?:you|they|he|she|i)) $"
)
_OWN_NEGATION = re.compile(r"^(?:do not|don't|dont|never|no|nao|ne|keine|m'|me |nous )")
_CHANNEL_WORDS = {
    "sms": re.compile(r"\b(?:text(?:s|ing|ed)?(?: messages?)?|sms)\b"),
    "email": re.compile(
        r"e-?mail(?:s|ing)?\b|\b(?:mails?|mailing|newsletters?|correos?|courriels?|boletin(?:es)?"
        r"|werbemails?)\b"
    ),
    "instagram": re.compile(r"\b(?:instagram|insta|dms?)\b"),
}
_MARKETING_WORDS = re.compile(
    r"\b(?:unsubscribe|newsletters?|marketing|ads|adverts|offers|promos?|promotions?|spam\w*|"
    r"publicidad\w*|promocion\w*|promoco\w*|boletin\w*|pubs?|publicites?|werb\w+|propaganda\w*|"
    r"abmelden|abbestellen|desabonn\w+|desinscri\w+|verteiler|lista?s?|baja|alta|descadastr\w+|"
    r"subscribe|resubscribe|sign me|abonn\w+|reabonn\w+|suscrib\w+)\b"
)


def _compiled(wording: Iterable[str]) -> re.Pattern:
    return re.compile("|".join(rf"(?<![\w'-])(?:{pattern})" for pattern in wording))


_WORDING: Mapping[OptOut, re.Pattern] = {
    OptOut.STOP: _compiled(_STOP_WORDING),
    OptOut.START: _compiled(_START_WORDING),
}
LONGEST = 2000  # characters that are looked at: who wants to be left alone says so soon


def wish(text: str) -> Wish | None:
    """Return what a free text asks for in one of five languages, or None."""
    folded = fold(text[:LONGEST])
    lone = folded.strip(_EDGES)
    if lone in LONE_WORDS or KEYWORDS.get(lone.upper()) is OptOut.STOP:
        return Wish(OptOut.STOP, is_marketing=bool(_MARKETING_WORDS.search(lone)))
    for meaning, pattern in _WORDING.items():
        for match in pattern.finditer(folded):
            if _is_meant(folded, match):
                return _understood(meaning, _sentence(folded, match))
    return None


def _is_meant(text: str, match: re.Match) -> bool:
    return bool(_OWN_NEGATION.match(match[0])) or not _NEGATED.search(text[: match.start()])


def _sentence(text: str, match: re.Match) -> str:
    """Return the sentence around a match: what it names is often behind it."""
    start = max(text.rfind(mark, 0, match.start()) for mark in ".!?;") + 1
    ends = [text.find(mark, match.end()) for mark in ".!?;"]
    return text[start : min((end for end in ends if end >= 0), default=len(text))]


def _understood(meaning: OptOut, sentence: str) -> Wish:
    named = [code for code, words in _CHANNEL_WORDS.items() if words.search(sentence)]
    return Wish(
        meaning,
        channel=named[0] if len(named) == 1 else "",
        is_marketing=bool(_MARKETING_WORDS.search(sentence)),
    )


_REPLY_HEAD = re.compile(
    r"^\s*(?:>|-{2,}\s*(?:original|forwarded)|_{8,}|(?:from|von|de|gesendet|sent|enviado):\s|"
    r"(?:on|am|le|el|em)\b.{5,120}(?:wrote|schrieb.*|ecrit|écrit|escribio|escribió|escreveu)\s*:)",
    re.IGNORECASE,
)


def own_words(text: str) -> str:
    """Return what somebody wrote in an e-mail, without what they answered to."""
    lines = []
    for line in text.splitlines():
        if _REPLY_HEAD.match(line):
            break
        lines.append(line)
    return "\n".join(lines)
