"""When no automatic answer may be given: somebody asks for a person, or complains, or more.

In doubt it is a doubt: a person answers then, as without the assistant.
"""

import re

from ..channels.opt_out import fold
from .digest import questions

LONGEST = 400  # characters; who writes more has more to say than one question

_PERSON = re.compile(
    r"\b(?:(?:speak|talk|chat|write|spoken?) (?:to|with) (?:\w+ ){0,2}?(?:person|human|"
    r"someone|somebody|agent"
    r"|people|employee|staff|manager|colleague)|(?:real|actual|living|human) (?:person|human|"
    r"being|agent)|"
    r"human please|person please|want (?:a|the) (?:person|human|agent)|need (?:a|"
    r"the) (?:person|human)"
    r"|not a (?:bot|robot|machine)|(?:are|is) (?:you|this) (?:a )?(?:bot|robot|machine)|"
    r"(?:parler|discuter) (?:a|avec) (?:\w+ ){0,2}?(?:quelqu'un|personne|humain|conseiller\w*|"
    r"responsable)|"
    r"(?:vraie|vrai) (?:personne|humain)|un humain|une personne reelle|pas (?:a )?un robot|"
    r"(?:mit|einen|einem|echten?) (?:\w+ )?(?:menschen|mitarbeiter\w*|person|berater\w*)|"
    r"kein(?:en)? (?:bot|roboter)|"
    r"(?:hablar|comunicar\w*) con (?:\w+ ){0,2}?(?:alguien|persona|humano|agente|asesor\w*|"
    r"encargad\w*)|"
    r"persona real|un humano|no (?:un|a un) (?:bot|robot)|"
    r"(?:falar|conversar) com (?:\w+ ){0,2}?(?:alguem|pessoa|humano|atendente|responsavel)|"
    r"pessoa real|"
    r"nao (?:um )?(?:robo|bot))\b|^\W*(?:person|human|agent|operator|mensch|mitarbeiter|"
    r"humain|conseiller|"
    r"humano|persona|agente|pessoa|atendente)\W*$"
)
_COMPLAINT = re.compile(
    r"\b(?:complain\w*|complaint\w*|unacceptable|disappoint\w*|angry|furious|terrible|awful|"
    r"horrible|"
    r"worst|scam|fraud|lawyer|solicitor|attorney|sue|legal action|police|ridiculous|disgust\w*|"
    r"never again|third time|second time|still waiting|emergency|urgent\w*|injur\w*|hurt|"
    r"allergic|"
    r"plainte|reclamation|inacceptable|decu\w*|scandal\w*|arnaque|avocat|honteux|furieu\w+|"
    r"urgen\w+|"
    r"beschwer\w+|reklamation|inakzeptabel|enttausch\w+|frechheit|betrug|anwalt|unverschamt\w*|"
    r"wutend|unmoglich|dringend\w*|notfall|"
    r"queja\w*|reclama\w+|inaceptable|decepcion\w*|estafa|abogad\w+|verguenza|indignad\w*|"
    r"urgente\w*|"
    r"queixa\w*|inaceitavel|desilud\w+|decepcionad\w*|burla|advogad\w+|vergonha)\b|[!?]{3,}"
)


def wants_person(text: str) -> bool:
    """Tell whether somebody asks for a person, or whether they talk to a machine."""
    return bool(_PERSON.search(fold(text[: LONGEST * 5])))


def is_complaint(text: str) -> bool:
    """Tell whether somebody complains, or is in need."""
    return bool(_COMPLAINT.search(fold(text[: LONGEST * 5])))


def doubt(text: str) -> str:
    """Return why a text is left to a person: "complaint", "long", "several", or nothing."""
    if is_complaint(text):
        return "complaint"
    if len(text) > LONGEST:
        return "long"
    if len(questions(text)) > 1:
        return "several"
    return ""
