"""How well earlier questions fit a new one, and how sure that is."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .concepts import MARK
from .words import language, terms

LEAST = 0.15  # what fits worse is not worth a look
ANSWER_WEIGHT = 0.45  # of a word that is in the answer only
CONCEPT_WEIGHT = 1.6
OTHER_LANGUAGE = 0.7
FOREIGN = 0.2  # less sure for each concept that an example does not speak of


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


def confidence(text: str, example: str) -> float:
    """Return how sure it is that two questions ask the same: 0 to 1.

    All that one of them says has to be in the other: a question that asks for more is no match.
    """
    one, two = set(terms(text)), set(terms(example))
    if not one or not two:
        return 0.0

    def weight(some):
        return sum(2.0 if term.startswith(MARK) else 1.0 for term in some)

    shared = weight(one & two)
    sure = 0.5 * shared / weight(one) + 0.5 * shared / weight(two)
    foreign = sum(term.startswith(MARK) for term in one - two)
    return max(0.0, sure - FOREIGN * foreign)
