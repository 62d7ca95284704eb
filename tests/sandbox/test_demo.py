"""The demo's phones tell what the demo's database knows already."""

import re

from tests.demo.connect import HISTORY
from tests.tooling.base import ADDON


def test_phones_and_database_have_the_same_messages_by_the_same_ids():
    """Else gap repair brings each of them a second time."""
    data = (ADDON / "demo" / "omnichannel_demo.xml").read_text(encoding="utf-8")
    stored = re.findall(r'<field name="key">message:([^<]+)</field>', data)

    assert sorted(stored) == sorted(external_id for external_id, *_rest in HISTORY)
    for external_id, *_rest, text in HISTORY:
        event = next(line for line in data.splitlines() if f"'{external_id}'" in line)
        assert text in event
