"""What a provider may send one day: every payload file, changed at random, 10,000 times a channel.

Whatever comes, it is stored (an event, or the body as unreadable), its key does not depend on the
delivery, and nobody of our own side becomes a customer.
"""

import copy
import json

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from omnichannel_connector.channels import ADAPTERS
from omnichannel_connector.channels.errors import PayloadError, SignatureError
from omnichannel_connector.channels.events import InboundEvent, Kind

from .support import PAYLOADS, make_adapter, make_request

EXAMPLES = 10_000
KEY_BYTES = 2_000  # an index row of PostgreSQL takes about 2,700
INERT = (Kind.UNKNOWN, Kind.IGNORED)  # are kept, and nothing follows from them
ECHOING = {"instagram"}  # what we write there comes back, with us as its author

CODES = sorted(code for code in ADAPTERS if list((PAYLOADS / code).glob("*.json")))
CASES = {
    code: [json.loads(path.read_text()) for path in sorted((PAYLOADS / code).glob("*.json"))]
    for code in CODES
}
for _code, _cases in CASES.items():
    for _case in _cases:
        _case["adapter"] = make_adapter(_code, **_case["account"])

# What stands in place of a value: other types, borders, and what breaks databases and parsers.
STRANGE = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    10**30,
    1e308,
    float("nan"),
    "",
    " ",
    "0",
    "\0",
    "\ud83d",
    "é" * 400,
    "9" * 400,
    "-1",
    "NaN",
    "²",
    "javascript:alert(1)",
    "https://[",
    [],
    {},
    [[]],
    [None],
    {"id": {}},
    {"": None},
]


def spots(value, found):
    """Collect (container, key) of every value at any depth."""
    for key in value if isinstance(value, dict) else range(len(value)):
        found.append((value, key))
        if isinstance(value[key], dict | list):
            spots(value[key], found)
    return found


def mutate(draw, body):
    """Change one spot of a JSON-like value: drop, replace, double, rename or swap it."""
    found = spots(body, [])
    if not found:
        return
    container, key = found[draw(len(found))]
    other, other_key = found[draw(len(found))]
    choice = draw(6)
    if choice == 0:
        del container[key]
    elif choice == 1:
        container[key] = copy.deepcopy(other[other_key])
    elif choice == 2 and isinstance(container, list):
        container.append(copy.deepcopy(container[key]))
    elif choice == 3 and isinstance(container, dict):
        container[f"{key}x" if draw(2) else str(other_key)] = container.pop(key)
    else:
        container[key] = copy.deepcopy(STRANGE[draw(len(STRANGE))])


def mutated(case, draw):
    """Return the request of a payload file, changed in a few places."""
    request = copy.deepcopy(case["request"])
    holder = {"json": json.loads(request["body"])} if "body" in request else request
    for _ in range(1 + draw(4)):
        mutate(draw, holder)
    if "json" in holder:
        body = json.dumps(holder["json"])
        if not draw(50):
            body = body[: draw(len(body) + 1)]
        return make_request(body=body)
    return make_request(form=pairs(holder.get("form")), query=texts(holder.get("query")))


def pairs(form):
    """Return a form as a web server would: pairs of text."""
    form = list(form.items()) if isinstance(form, dict) else form
    rows = form if isinstance(form, list) else []
    return [
        tuple(map(text, row[:2])) for row in rows if isinstance(row, list | tuple) and len(row) > 1
    ]


def texts(query):
    return {text(k): text(v) for k, v in query.items()} if isinstance(query, dict) else {}


def text(value):
    """Return a value as it can come out of a decoded form."""
    return str(value).encode("utf-8", "replace").decode()


def split(adapter, request):
    try:
        return adapter.split(request)
    except (PayloadError, SignatureError):
        return None


def check(code, case, request):
    adapter = case["adapter"]
    own_ids = {adapter.account.external_id, adapter.account.sender} - {""}
    events, again = split(adapter, request), split(adapter, request)
    if events is None:
        assert again is None
        return
    assert [raw.key for raw in events] == [raw.key for raw in again]
    for raw in events:
        assert raw.key
        assert len(raw.key.encode()) <= KEY_BYTES
        stored = json.dumps(dict(raw.payload), allow_nan=False)
        assert "\\u0000" not in stored
        assert isinstance(raw.customer, str)
        assert all(isinstance(name, str) and name for name in raw.recipients)
        event = adapter.parse(json.loads(stored))
        assert isinstance(event, InboundEvent)
        assert event.occurred_at.tzinfo
        if code in ECHOING:
            assert event.kind in INERT or event.identity not in own_ids


@pytest.mark.parametrize("code", CODES)
def test_nothing_that_a_provider_may_send_is_lost_or_misread(code):
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.randoms(use_true_random=True))
    def run(random):
        case = random.choice(CASES[code])
        check(code, case, mutated(case, random.randrange))

    run()
