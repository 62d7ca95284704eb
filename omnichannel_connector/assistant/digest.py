"""Catching up with a long thread: what is open in it, in the words that were written.

Nothing is made up: every line is a sentence of the thread. English, French, German, Spanish and
Portuguese. Where it is in doubt whether something is open, it is shown.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..channels.opt_out import fold, own_words
from .words import terms

LONGEST_QUOTE = 240
LONGEST_TEXT = 4000
MOST = 8  # lines of a kind
COMPARED = 40  # of them that an answer is compared with

_SENTENCE = re.compile(r"[^.!?\n…]+(?:[.!?…](?=\S)[^.!?\n…\s][^.!?\n…]*)*[.!?…]*")
_LINK = re.compile(r"https?://\S+|www\.\S+")
_ASKING = re.compile(
    r"^(?:(?:hi|hello|hey|so|and|also|please|bonjour|hallo|hola|ola|und|et|y|e)[ ,]+)*(?:"
    r"(?:what|when|where|why|who|which|how|can you|could you|do you|does|did|are you|is it|"
    r"is there|"
    r"will you|would you|can i|could i|may i|any news)\b|"
    r"(?:quand|combien|comment|pourquoi|ou est|quel|quelle|est-ce|pouvez-vous|avez-vous|"
    r"peut-on)\b|"
    r"(?:wann|wie|wo|warum|was|wer|welche[rsn]?|kann ich|konnt ihr|konnen sie|habt ihr|haben sie|"
    r"gibt es)\b|"
    r"(?:cuando|cuanto|cuanta|como puedo|donde|por que|cual|pueden|puedo|tienen|hay)\b|"
    r"(?:quando|quanto|quanta|onde|porque|qual|podem|posso|ha algum))"
)
_PROMISE = re.compile(
    # English
    r"\b(?:i|we|he|she|they|my colleague|somebody|someone|you)(?:'ll|ll| will| shall|'m going to|"
    r" am going to|'re going to| are going to| promise)\b(?! (?:not|never)\b)|"
    r"\blet me (?:check|ask|"
    r"look|find|see|get|send|come)\b|"
    # French
    r"\b(?:je|j'|nous|on) ?(?:(?:vous|te|t'|le|la|les|lui|m'en|me|nous|y) ?){0,2}\w{2,}(?:rai|"
    r"rons|ra)\b|"
    r"\b(?:je|nous) (?:(?:vous|te|le|la|les) |t'){1,2}(?:envoie|envoyons|rappelle|rappelons|"
    r"appelle|appelons|tiens|tenons|confirme|confirmons|transmets|prepare|preparons|apporte)\b|"
    r"\b(?:je vais|nous allons|on va|je m'en occupe|je reviens vers)\b|"
    # German
    r"\b(?:ich werde|wir werden|(?:melde|melden|kummere|kummern) (?:mich|uns|wir uns)|"
    r"(?:schicke|schicken|sende|senden|bringe|bringen|rufe|rufen|gebe|geben|prufe|prufen|"
    r"klare|klaren|"
    r"uberweise|uberweisen|zahle|zahlen) (?:ich |wir )?(?:dir|euch|ihnen|sie|dich|es|das|"
    r"morgen|heute|"
    r"noch|gleich|bis|die|den|am|bescheid)\b)|"
    # Spanish
    r"\b(?:voy a|vamos a|(?:le|les|te|se|os|lo|la|me|nos) (?:\w+ )?\w{2,}(?:are|ere|ire|remos)|"
    r"\w{3,}(?:aremos|eremos|iremos))\b|\b(?:te|le|les|os) (?:mando|envio|aviso|confirmo|"
    r"llamo)\b|"
    # Portuguese
    r"\b(?:vou|vamos) (?!a\b)\w+(?:ar|er|ir|or)\b|\b\w{3,}(?:arei|erei|irei|aremos|eremos|"
    r"iremos)\b|"
    r"\b(?:mando|envio|confirmo|aviso|ligo|telefono)(?:-| )(?:lhe|te|vos|ja|amanha|hoje)\b|"
    r"\b\w{3,}-(?:lhes?|te|vos|o|a)-(?:ei|emos)\b"
)
_CONDITIONAL = re.compile(
    r"\b(?:if|whether|unless|si|wenn|falls|ob|se|will you|would you|vous pourrez|tu pourras)\b"
)
_DONE = re.compile(
    r"\b(?:here (?:is|are|it is|you go)|attached|enclosed|i(?:'ve| have)? (?:just )?sent|done|"
    r"is on its way|"
    r"voici|ci-joint|en piece jointe|je (?:vous |t')?ai envoye|c'est fait|"
    r"hier ist|hier sind|anbei|im anhang|habe (?:ich )?(?:\w+ ){0,3}(?:geschickt|gesendet)|"
    r"erledigt|"
    r"aqui (?:esta|tiene|tienes|vai|van)|adjunto|adjunta|he enviado|ya (?:lo )?envie|hecho|"
    r"em anexo|segue|ja enviei|enviei|feito)\b"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One message or note of a thread, oldest first. `key` is the caller's."""

    key: object
    text: str
    is_ours: bool
    is_note: bool = False  # internal: nobody outside reads it
    is_automatic: bool = False
    has_files: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of the thread, and where it stands."""

    key: object
    text: str
    is_ours: bool = False
    is_note: bool = False


@dataclass(slots=True)
class Digest:
    """What is open: the customer's questions, and what either side said that it would do."""

    questions: list[Line] = field(default_factory=list)
    promises: list[Line] = field(default_factory=list)


def digest(entries: Sequence[Entry]) -> Digest:
    """Return what is open in a thread, newest first."""
    entries = [entry for entry in entries if not entry.is_automatic]
    sentences = [(entry, _sentences(entry.text)) for entry in entries]
    return Digest(_open_questions(sentences)[:MOST], _open_promises(sentences)[:MOST])


def _sentences(text: str) -> list[str]:
    text = _LINK.sub(lambda found: found[0].replace("?", "\ue000"), own_words(text[:LONGEST_TEXT]))
    found = (part.strip().replace("\ue000", "?") for part in _SENTENCE.findall(text))
    return [part for part in found if len(part) > 2]


# === QUESTIONS === #


def is_question(sentence: str) -> bool:
    """Tell whether somebody asks something, with or without the mark."""
    bare = _LINK.sub("", sentence).rstrip(" )\"'»")
    if bare.endswith(("?", "!")):
        return bare.endswith("?") and bool(re.search(r"\w{2}", bare))
    return bool(_ASKING.match(fold(bare))) and len(bare.split()) > 1


def questions(text: str) -> set[str]:
    """Return the questions in a text, folded: who asks again asks once."""
    return {fold(part).strip(" ?") for part in _sentences(text) if is_question(part)}


def _open_questions(sentences) -> list[Line]:
    """Return questions without an answer yet.

    Any answer of ours counts for all that was asked before it, unless it puts the customer off,
    or speaks of some of several questions only.
    """
    waiting: dict[str, Line] = {}  # by what they say: who asks again asks once
    for entry, parts in sentences:
        if entry.is_note:
            continue
        if not entry.is_ours:
            for part in filter(is_question, parts):
                said = fold(part)
                waiting.pop(said, None)
                waiting[said] = Line(entry.key, _quote(part))
        elif waiting and _says_anything(entry) and not _puts_off(parts):
            left = _left_over(list(waiting.values())[-COMPARED:], entry.text)
            waiting = {said: line for said, line in waiting.items() if line in left}
    return list(waiting.values())[::-1]


def _says_anything(entry: Entry) -> bool:
    """Tell whether it can be an answer: what has neither text nor files, like a call, is none."""
    return bool(entry.text.strip() or entry.has_files)


def _puts_off(parts: list[str]) -> bool:
    """Tell whether an answer only says that one will come."""
    return bool(parts) and any(map(is_promise, parts)) and len(parts) <= 3


def _left_over(waiting: list[Line], answer: str) -> list[Line]:
    said = set(terms(answer))
    spoken_of = [line for line in waiting if said & set(terms(line.text))]
    if not spoken_of or len(waiting) < 2:
        return []
    return [line for line in waiting if line not in spoken_of and terms(line.text)]


# === PROMISES === #


def is_promise(sentence: str) -> bool:
    """Tell whether somebody says what will be done."""
    folded = fold(sentence)
    if is_question(sentence):
        return False
    found = _PROMISE.search(folded.replace("on verra", ""))
    return bool(found) and not _CONDITIONAL.search(folded[: found.start()])


def _open_promises(sentences) -> list[Line]:
    """Return what was promised and not said to be done since, by who promised it."""
    waiting: list[tuple[Line, set]] = []
    for entry, parts in sentences:
        if entry.has_files or _DONE.search(fold(entry.text[:LONGEST_TEXT])):
            waiting = _kept(waiting, entry)
        for part in parts:
            if is_promise(part):
                line = Line(entry.key, _quote(part), entry.is_ours, entry.is_note)
                waiting = [*waiting[-COMPARED:], (line, set(terms(part)))]
    return [line for line, _terms in waiting[::-1]]


def _kept(waiting, entry: Entry):
    """Drop the promises of a side that one of its messages fulfils: it speaks of the same."""
    said = set(terms(entry.text))
    return [
        (line, about)
        for line, about in waiting
        if line.is_ours != entry.is_ours or not (about & said or entry.has_files)
    ]


def _quote(sentence: str) -> str:
    sentence = " ".join(sentence.split())
    if len(sentence) <= LONGEST_QUOTE:
        return sentence
    return sentence[: LONGEST_QUOTE - 1].rstrip() + "…"


def open_points(lines: Iterable[Line]) -> list[str]:
    """Return the texts of some lines."""
    return [line.text for line in lines]
