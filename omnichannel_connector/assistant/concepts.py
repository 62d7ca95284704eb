"""What a text is about: the concepts of the thesaurus (`thesaurus/`) that it speaks of."""

import re

from .thesaurus import CONCEPTS

MARK = "zz"  # begins a concept among the terms; no word does


def _compiled(words: str) -> re.Pattern:
    phrases = (" ".join(phrase.split()) for phrase in words.split("|"))
    patterns = (re.escape(phrase).replace(r"\*", r"\w*") for phrase in phrases if phrase)
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b")


_PATTERNS = {MARK + name: _compiled(words) for name, words in CONCEPTS.items()}


def find_concepts(folded: str) -> list[str]:
    """Return the concepts that a folded text is about."""
    return [name for name, pattern in _PATTERNS.items() if pattern.search(folded)]


def split_concepts(folded: str) -> tuple[dict[str, str], str]:
    """Return {concept: the words that speak of it} of a folded text, and all its other words."""
    spoken, rest = {}, list(folded)
    for name, pattern in _PATTERNS.items():
        for found in pattern.finditer(folded):
            spoken[name] = f"{spoken.get(name, '')} {found[0]}".strip()
            rest[found.start() : found.end()] = " " * len(found[0])
    return spoken, "".join(rest)
