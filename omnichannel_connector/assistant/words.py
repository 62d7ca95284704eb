"""Texts as sets of terms that mean the same whatever the wording: for finding, not for reading.

A term is a shortened word or a concept (`concepts.py`). English, French, German, Spanish and
Portuguese; words of other languages are kept as they are, and found when they are repeated.
"""

import re
from functools import lru_cache

from ..channels.opt_out import fold
from .concepts import find_concepts, split_concepts

LONGEST = 4000  # characters that are looked at
_WORD = re.compile(r"[a-z0-9]{2,}")
_SUFFIX = re.compile(
    r"(?:ations?|amentos?|amiento|ements?|ungen|ung|ings?|ed|ern|ers?|es|en|em|est|os|as|s|e|n|a|o)$"
)
_STEM_CHARS = 6

_STOP_WORDS = {
    "en": """the and for you your yours are was were with have has had can could would will shall
        this that these those there here what which who whom how when where why do does did is it
        its my me we our us they them their from into about but not any some just please hello hi
        hey thanks thank get got also still yet one of to in on at be or if so an as by am up out
        dear no yes ok okay much many more than then now""",
    "fr": """le la les un une des du de et ou est sont avec pour dans sur que qui quoi quel quelle
        quels quelles vous nous votre vos notre nos mon ma mes je tu il elle on ce cet cette ces
        ne pas plus bonjour bonsoir salut merci svp plait sil avez ai suis etes peut puis pouvez
        comment quand au aux en se si y me te mais donc est-ce jai cest avoir""",
    "de": """der die das den dem des ein eine einen einem einer und oder ist sind war mit fur von
        zu zum zur im in auf an bei ich du er sie es wir ihr euch mich mir uns mein meine dein
        deine euer eure eurer habt habe hat haben kann kannst konnt konnen man wie was wann wo
        wer warum nicht kein keine auch noch schon hallo danke bitte gruss guten tag morgen es
        gibt gibts bin seid doch mal nur aber denn dann""",
    "es": """el la los las un una unos unas de del y o es son con para por en que quien cual como
        cuando donde yo tu usted ustedes su sus mi mis nos se le les lo me te no si mas hola
        gracias favor buenos dias buenas tardes hay tiene tienen puedo puede pueden estoy esta
        estan este esto ese eso al ya muy pero""",
    "pt": """o a os as um uma uns umas de do da dos das e ou com para por em no na nos nas que quem
        qual como quando onde eu tu voce voces vosso vossa seu sua meu minha se me te lhe nao sim
        mais ola oi obrigado obrigada favor bom dia boa tarde ha tem tenho posso pode podem estou
        esta estao este isto esse isso ao ja muito mas""",
}
STOP_WORDS = {code: frozenset(words.split()) for code, words in _STOP_WORDS.items()}
_ALL_STOP_WORDS = frozenset().union(*STOP_WORDS.values())


@lru_cache(maxsize=4096)
def terms(text: str) -> tuple[str, ...]:
    """Return the distinct terms of a text, concepts first."""
    folded = fold(text[:LONGEST])
    return tuple(dict.fromkeys((*find_concepts(folded), *_stems(folded))))


def meaning(text: str) -> tuple[dict[str, set[str]], set[str]]:
    """Return ({concept: terms that speak of it}, terms that speak of none): each word once."""
    spoken, rest = split_concepts(fold(text[:LONGEST]))
    return {name: set(_stems(words)) for name, words in spoken.items()}, set(_stems(rest))


def _stems(folded: str) -> list[str]:
    return [stem(word) for word in _WORD.findall(folded) if word not in _ALL_STOP_WORDS]


def stem(word: str) -> str:
    """Return a folded word without its ending, roughly the same for all forms of it."""
    if len(word) > 4:
        short = _SUFFIX.sub("", word)
        word = short if len(short) >= 3 else word
    return word[:_STEM_CHARS]


def language(text: str) -> str:
    """Return the code of the language that most small words are of, empty when nothing tells."""
    words = re.findall(r"[a-z]+", fold(text[:LONGEST]))
    counts = {
        code: sum(word in stop_words for word in words) for code, stop_words in STOP_WORDS.items()
    }
    best = max(counts, key=counts.__getitem__)
    return best if counts[best] else ""
