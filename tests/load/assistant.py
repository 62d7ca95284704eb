"""How often a suggested reply is the right one: 200 past questions, and others in other words.

The questions are in assistant_questions/, which says who wrote them. The past ones are asked and
answered through the product's own doors, in two companies; the agent who asks is of one of them.
"""

import json
import re
from pathlib import Path

from tests.odoo_server import OdooServer

QUESTIONS = Path(__file__).with_name("assistant_questions")
INSIDE = Path(__file__).with_name("inside_assistant.py")


def measure():
    """Return {what: figures} of the held-out questions, see `inside_assistant.run`."""
    odoo = OdooServer("bench")
    try:
        odoo.create_database()
        code = f"{INSIDE.read_text()}\nrun(env, {past()!r}, {held_out()!r})\n"
        return json.loads(odoo.shell(code).splitlines()[-1])
    finally:
        odoo.close()


def past():
    """Return [(topic, question, its answer)]."""
    found, topic, asked = [], "", []
    for line in (QUESTIONS / "past.txt").read_text().splitlines():
        if line.startswith("["):
            topic, asked = line[1:-1], []
        elif match := re.match(r"(..)\|(.+)", line):
            asked.append(match.groups())
        elif match := re.match(r"(..)=(.+)", line):
            language, answer = match.groups()
            found += [(topic, text, answer) for code, text in asked if code == language]
    return found


def held_out():
    """Return [(topic, language, question)]."""
    lines = (QUESTIONS / "held_out.txt").read_text().splitlines()
    return [tuple(line.split("|", 2)) for line in lines if not line.startswith("#")]
