"""Mutated webhook bodies, made from the payload files: right in form, wild in content.

Each carries its own number in an extra value, and belongs to one of a few invented customers, so
that afterwards it can be told whose words stand where.
"""

import copy
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

PAYLOADS = Path(__file__).resolve().parents[1] / "omnichannel_connector" / "tests" / "payloads"
MARK = "x_mutant"
# Where a provider names the event. Two mutants with one name there would be repetitions.
IDS = re.compile(r"mid|comment_id|\w*(Message|Sms|Call|Transcription|Recording)Sid|RecordingUrl")
PEOPLE = 40
STRANGE = (
    None,
    True,
    0,
    -1,
    7.5,
    10**30,
    "",
    " ",
    "0",
    "null",
    "\0",
    "a\0b",
    "\ud83d",
    "\u202e\u200b\ufeff",
    "😀" * 300,
    "<script>alert(1)</script>",
    "%s %(x)s {0} ' \" \\",
    "x" * 5000,
    "1e999",
    "2026-13-45T99:99:99Z",
    [],
    {},
    [[]],
    [None],
    {"": None},
    {"id": {"id": "1"}},
)


@dataclass
class Mutant:
    """One mutated event: an item of a JSON list, or a form.

    `words` is all that it says; `is_nameless` tells that its id may be that of another one.
    """

    number: int
    content: object
    words: set = field(default_factory=set)
    is_nameless: bool = False


def cases_of(channel):
    """Return the payload files of a channel, decoded."""
    return [json.loads(path.read_text()) for path in sorted((PAYLOADS / channel).glob("*.json"))]


def forms_of(channel, dice, count):
    """Return mutants of the channel's forms."""
    cases = [case for case in cases_of(channel) if "form" in case["request"]]
    return _with_names([_mutate_form(dice, dice.choice(cases), number) for number in range(count)])


def items_of(channel, dice, count):
    """Return mutants of the items in the channel's JSON bodies: what `messaging` or `changes` has.

    `content` is (name of the list, item).
    """
    sources = [
        (case, name, item)
        for case in cases_of(channel)
        for name, item in _items(case["request"].get("json"))
    ]
    return _with_names(
        [_mutate_item(dice, *dice.choice(sources), number) for number in range(count)]
    )


def _items(body):
    """Yield (name of its list, item) of each item in a JSON body."""
    for envelope in body if isinstance(body, list) else [body]:
        entries = envelope.get("entry") if isinstance(envelope, dict) else None
        for entry in entries if isinstance(entries, list) else []:
            for name in ("messaging", "standby", "changes"):
                items = entry.get(name) if isinstance(entry, dict) else None
                for item in items if isinstance(items, list) else []:
                    if isinstance(item, dict):
                        yield name, item


def ids(value):
    """Return the values in the places where events are named."""
    if isinstance(value, dict):
        named = [inner for key, inner in value.items() if IDS.fullmatch(key)]
        is_named = "id" in value and {"media", "timestamp", "from", "text", MARK} & set(value)
        named += [value["id"]] if is_named else []
        return named + [one for inner in value.values() for one in ids(inner)]
    return [one for inner in value for one in ids(inner)] if isinstance(value, list) else []


def strings(value):
    """Return all strings and numbers in a JSON value, as texts."""
    if isinstance(value, dict):
        return set(value) | set().union(*map(strings, value.values()))
    if isinstance(value, list):
        return set().union(*map(strings, value))
    return {str(value)}


# === PEOPLE AND IDS === #


def _own_names(case, content, number):
    """Return {text in the file: text of this mutant}: other customers, ids of its own."""
    names = {one: f"{one}-{number}" for one in ids(content) if isinstance(one, str)}
    for event in case["events"]:
        for key in ("customer", "identity"):
            if re.fullmatch(r"\+?\d{7,}", event.get(key, "")):
                names[event[key]] = _customer(event[key], number % PEOPLE)
    return names


def _with_names(mutants):
    """Return the mutants, those marked as nameless that are named like another one."""
    names = {mutant.number: set(map(repr, _names(mutant.content))) for mutant in mutants}
    counts = Counter(name for found in names.values() for name in found)
    for mutant in mutants:
        mutant.is_nameless |= any(counts[name] > 1 for name in names[mutant.number])
    return mutants


def _names(content):
    """Return what names an event: in a form, in which a name may stand twice, or in an item.

    NUL can't be stored: a name with one is the same name.
    """
    if isinstance(content, list):
        return [value for name, value in content if IDS.fullmatch(name.replace("\0", ""))]
    return ids(content[1])


def _customer(address, which):
    return f"{address[:-4]}{which:04d}"


def _renamed(value, names):
    """Return a copy of a value with other names for people and messages."""
    if isinstance(value, dict):
        return {key: _renamed(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [_renamed(inner, names) for inner in value]
    return names.get(value, value) if isinstance(value, str) else value


# === MUTATION === #


def _mutate_item(dice, case, name, item, number):
    item = _renamed(copy.deepcopy(item), _own_names(case, item, number))
    for _time in range(dice.choice([0, 1, 1, 2, 3])):
        _mutate_somewhere(dice, item, number)
    item[MARK] = number
    is_nameless = False
    if name == "changes":  # what has no id is named by its value, or by what is in its lists
        is_nameless = not (isinstance(item.get("value"), dict) and _mark(item["value"], number))
    return Mutant(number, (name, item), strings(item), is_nameless)


def _mark(value, number):
    """Mark a value, and each message and status in it: WhatsApp has several in one.

    Return whether all of it could be marked: other junk is the same in several mutants.
    """
    value[MARK] = number
    inner = [one for key in ("messages", "statuses") if key in value for one in _listed(value[key])]
    for one in inner:
        if isinstance(one, dict):
            one[MARK] = number
    return all(isinstance(one, dict) for one in inner)


def _listed(value):
    return value if isinstance(value, list) else [None]


def _mutate_somewhere(dice, value, number):
    """Change one thing in a JSON object, deep or not."""
    while True:
        keys = list(value) if isinstance(value, dict) else range(len(value))
        if not keys:
            return
        key = dice.choice(list(keys))
        if isinstance(value[key], (dict, list)) and value[key] and dice.random() < 0.7:
            value = value[key]
            continue
        break
    way = dice.choice(["drop", "strange", "strange", "text", "wrap", "copy"])
    if way == "drop":
        del value[key]
    elif way == "strange":
        value[key] = copy.deepcopy(dice.choice(STRANGE))
    elif way == "text":
        value[key] = f"text {number} {dice.random()}"
    elif way == "wrap":
        value[key] = dice.choice([[value[key]], {"id": value[key]}, [value[key]] * 3])
    elif isinstance(value, dict):
        value[f"{key}_{dice.randrange(3)}"] = copy.deepcopy(value[key])


def _mutate_form(dice, case, number):
    form = case["request"]["form"]
    names = _own_names(case, dict(form), number)
    form = [[name, names.get(value, value)] for name, value in form]
    for _time in range(dice.choice([0, 1, 1, 2, 3])):
        if not form:
            break
        _mutate_pair(dice, form, number)
    form.append([MARK, str(number)])
    # a form is sent as UTF-8, in which half a surrogate pair can't be
    form = [tuple(part.encode("utf-8", "replace").decode() for part in pair) for pair in form]
    return Mutant(number, form, {value for _name, value in form})


def _mutate_pair(dice, form, number):
    place = dice.randrange(len(form))
    way = dice.choice(["drop", "strange", "strange", "text", "twice", "rename"])
    if way == "drop":
        del form[place]
    elif way == "strange":
        strange = dice.choice([value for value in STRANGE if isinstance(value, str)])
        form[place][1] = strange
    elif way == "text":
        form[place][1] = f"text {number} {dice.random()}"
    elif way == "twice":
        form.insert(dice.randrange(len(form)), list(form[place]))
    else:
        form[place][0] += dice.choice(["0", "_", "\0", "é"])
