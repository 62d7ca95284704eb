"""How well earlier questions fit a new one, and how sure that is."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..channels.opt_out import fold
from .concepts import MARK
from .digest import questions
from .words import language, meaning, stem, terms

LEAST = 0.15  # what fits worse is not worth a look
ANSWER_WEIGHT = 0.45  # of a word that is in the answer only
CONCEPT_WEIGHT = 1.6
OTHER_LANGUAGE = 0.7
SAME_CONCEPT = 0.7  # how much of a match it is to speak of the same in other words
FOREIGN = 0.2  # less sure for all that an example does not speak of, each


@dataclass(frozen=True, slots=True)
class Candidate:
    """An earlier question with its answer. `key` is the caller's; `similarity` is 0 to 1."""

    key: object
    question: str
    answer: str
    similarity: float = 0.0


def rank(text: str, candidates: Sequence[Candidate], limit: int) -> list[tuple[float, Candidate]]:
    """Return the best (score, candidate), best first, each answer once."""
    wanted = terms(text)
    if not wanted:
        return []
    known = [(set(terms(c.question)), set(terms(c.answer))) for c in candidates]
    weight = _weights(wanted, known)
    spoken = language(text)
    scored = [
        (_score(wanted, *of, weight, candidate) * _language_factor(spoken, candidate), candidate)
        for candidate, of in zip(candidates, known, strict=True)
    ]
    scored.sort(key=lambda pair: -pair[0])
    return _distinct(scored, limit)


def _weights(wanted: Iterable[str], known: Sequence[tuple[set, set]]) -> dict[str, float]:
    """Return what each term says: much when few of the questions have it."""
    counts = Counter(term for question, _answer in known for term in question)
    total = len(known) + 1
    weight = {
        term: math.log(1 + total / (1 + counts[term]))
        * (CONCEPT_WEIGHT if term.startswith(MARK) else 1)
        for term in (*wanted, *counts)
    }
    # a word that nobody used before is a name, a typing error or small talk
    for term in wanted:
        if not counts[term] and not term.startswith(MARK):
            weight[term] *= 0.35
    return weight


def _score(wanted, question, answer, weight, candidate) -> float:
    total = sum(weight[term] for term in wanted)
    shared = sum(weight[term] for term in wanted if term in question)
    shared += ANSWER_WEIGHT * sum(
        weight[term] for term in wanted if term in answer and term not in question
    )
    own = sum(weight[term] for term in question) or 1
    back = sum(weight[term] for term in question if term in wanted)
    return 0.55 * shared / total + 0.25 * back / own + 0.2 * candidate.similarity


def _language_factor(spoken: str, candidate: Candidate) -> float:
    answered = language(candidate.answer)
    return OTHER_LANGUAGE if spoken and answered and spoken != answered else 1


def _distinct(scored, limit):
    best, seen = [], set()
    for score, candidate in scored:
        said = " ".join(candidate.answer.lower().split())
        if score < LEAST or len(best) == limit:
            break
        if said not in seen:
            seen.add(said)
            best.append((score, candidate))
    return best


# What turns a question into another one, though it has the same words: those are small words, and
# left out elsewhere. Portuguese "no" is here, too: in doubt a person answers.
_TURNS = {
    name: re.compile(rf"\b(?:{words})\b")
    for name, words in {
        "not": r"not|no|never|\w+n't|cannot|pas|jamais|nicht|nie|niemals|kein\w*|nunca|nao",
        "why": "why|how come|pourquoi|warum|wieso|weshalb|por que|porque",
        "past": "was|were|been|did|had|etai\\w*|etiez|ete|war|waren|wart|hatte\\w*|wurde\\w*|"
        "estaba\\w*|fue|fueron|estava\\w*|foi|foram",
    }.items()
}
# Said around a question without asking anything
_POLITE_WORDS = """tell know like wondering re ll ve dire savoir voudrais aimerais sagen wissen
    mochte wollte gerne decir decirme saber quisiera gustaria dizer gostaria queria"""
_POLITE = frozenset(map(stem, _POLITE_WORDS.split()))


def confidence(text: str, example: str) -> float:
    """Return how sure it is that two questions ask the same: 0 to 1.

    All that one of them says has to be in the other: a question that asks for more is no match,
    nor is what asks nothing, or asks why, or why not.
    """
    if fold(text) == fold(example):
        return 1.0 if text.strip() else 0.0
    if not questions(text) or _turns(text) != _turns(example):
        return 0.0
    (spoken, words), (known, known_words) = meaning(text), meaning(example)
    words, known_words = words - _POLITE, known_words - _POLITE
    one, two = (2 * len(spoken) + len(words)), (2 * len(known) + len(known_words))
    if not one or not two:
        return 0.0
    shared = len(words & known_words) + sum(
        2 * (1 if spoken[name] & known[name] else SAME_CONCEPT) for name in spoken.keys() & known
    )
    foreign = len(spoken.keys() - known) + len(words - known_words)
    sure = 0.5 * shared / one + 0.5 * shared / two - FOREIGN * foreign
    said, answered = language(text), language(example)
    return max(0.0, sure * (OTHER_LANGUAGE if said and answered and said != answered else 1))


def _turns(text: str) -> set[str]:
    folded = fold(text)
    return {name for name, pattern in _TURNS.items() if pattern.search(folded)}
