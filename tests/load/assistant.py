"""How often a suggested reply is the right one: 200 past questions, and others in other words.

The questions are in assistant_questions/, which says who wrote them. The past ones are asked and
answered through the product's own doors, in two companies; the agent who asks is of one of them.
"""

import json
import re
from pathlib import Path

import tests.conftest  # noqa: F401  lets Python find the addon's plain packages without Odoo
from omnichannel_connector.assistant import words
from omnichannel_connector.assistant.rank import Candidate, rank
from tests.odoo_server import OdooServer

QUESTIONS = Path(__file__).with_name("assistant_questions")
SETS = ("fresh", "held_out")
INSIDE = Path(__file__).with_name("inside_assistant.py")


def measure():
    """Return {what: figures}, see `inside_assistant.run`. The set that counts is "fresh"."""
    sets = {name: questions(name) for name in SETS}
    odoo = OdooServer("bench")
    try:
        odoo.create_database()
        code = f"{INSIDE.read_text()}\nrun(env, {past()!r}, {sets!r})\n"
        figures = json.loads(odoo.shell(code).splitlines()[-1])
    finally:
        odoo.close()
    return {**figures, "top 3 without the thesaurus": without_thesaurus()}


def without_thesaurus():
    """Return the share in the top 3 when nothing but the words themselves is compared.

    What questions get that are about something that the thesaurus does not know.
    """
    find_concepts, words.find_concepts = words.find_concepts, lambda _text: []
    words.terms.cache_clear()
    try:
        earlier = [Candidate(topic, asked, answer) for topic, _language, asked, answer in past()]
        known = {candidate.key for candidate in earlier}
        asked = [(topic, text) for topic, _language, text in questions("fresh") if topic in known]
        found = [{c.key for _score, c in rank(text, earlier, 3)} for _topic, text in asked]
        right = sum(topic in topics for (topic, _text), topics in zip(asked, found, strict=True))
        return right / len(asked)
    finally:
        words.find_concepts = find_concepts
        words.terms.cache_clear()


def past():
    """Return [(topic, language, question, its answer)]."""
    found, topic, asked = [], "", []
    for line in (QUESTIONS / "past.txt").read_text().splitlines():
        if line.startswith("["):
            topic, asked = line[1:-1], []
        elif match := re.match(r"(..)\|(.+)", line):
            asked.append(match.groups())
        elif match := re.match(r"(..)=(.+)", line):
            language, answer = match.groups()
            found += [(topic, code, text, answer) for code, text in asked if code == language]
    return found


def questions(name):
    """Return [(topic, language, question)] of a set."""
    lines = (QUESTIONS / f"{name}.txt").read_text().splitlines()
    return [tuple(line.split("|", 2)) for line in lines if not line.startswith("#")]
