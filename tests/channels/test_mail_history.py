"""Where an e-mail in plain text ends and what it answers begins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnichannel_connector.channels.mail_history import is_attribution, is_head, split

OLD = "> It is dimmable.\n> Your shop"


@pytest.mark.parametrize(
    "history",
    [
        f"On Sat, 21 Nov 2026 at 09:00, Our Shop <hello@shop.example> wrote:\n{OLD}",
        f"On Sat, 21 Nov 2026 at 09:00, Our Shop\n<hello@shop.example> wrote:\n{OLD}",
        f"Am 21.11.2026 um 09:00 schrieb Our Shop <hello@shop.example>:\n{OLD}",
        f"Le 21/11/2026 à 09:00, Our Shop a écrit :\n\n{OLD}",
        f"El sáb, 21 nov 2026 a las 9:00, Our Shop escribió:\n{OLD}",
        f"Il giorno sab 21 nov 2026 Our Shop ha scritto:\n{OLD}",
        f"Em sáb., 21 de nov. de 2026, Our Shop escreveu:\n{OLD}",
        f"Op za 21 nov. 2026 om 09:00 schreef Our Shop <hello@shop.example>:\n{OLD}",
        f"On Sat, Our Shop wrote:\n{OLD}\n-- \nAna",
        "-----Original Message-----\nFrom: Our Shop\nSubject: Lamp\n\nIt is dimmable.",
        "-----Ursprüngliche Nachricht-----\nVon: Our Shop\n\nIt is dimmable.",
        "________________________________\nFrom: Our Shop\n\nIt is dimmable.",
        "From: Our Shop <hello@shop.example>\nSent: Saturday\nTo: Ana\n\nIt is dimmable.",
        "Von: Our Shop\nGesendet: Samstag\nAn: Ana\n\nIt is dimmable.",
        "De : Our Shop\nEnvoyé : samedi\nÀ : Ana\n\nIt is dimmable.",
        "*From:* Our Shop\n*Date:* Saturday\n\nIt is dimmable.",
    ],
)
def test_history_is_told_from_what_was_written(history):
    written, folded = split(f"Two of them.\n\n{history}")
    assert (written, folded) == ("Two of them.\n", f"\n{history}")


@pytest.mark.parametrize(
    "text",
    [
        "Two of them.",
        "",
        "On Monday my neighbour wrote:\nnothing at all",
        f"On Sat, Our Shop wrote:\n{OLD}\nGood.\n> Two?\nYes.",
        "From: the heart.\nI thank you.",
        "---------- Forwarded message ---------\nFrom: Dan\nDate: Friday\n\nAsk the shop.",
        "From: Dan\nSent: Friday\n\nAsk the shop.",
        "Sent from my phone\n__________\n",
    ],
)
def test_what_is_no_history_stays(text):
    assert split(text) == (text, "")


def test_many_lines_above_no_quotation_are_read_once():
    """A mail of many lines that all look like one above a quotation."""
    reads = 0

    class Line(str):
        def lstrip(self, *args):
            nonlocal reads
            reads += 1
            return super().lstrip(*args)

    class Text(str):
        def replace(self, *args):
            return self

        def __getitem__(self, key):
            return self

        def split(self, *args):
            return [Line(line) for line in super().split(*args)]

    text = Text("> <a@b.example> wrote:\n" * 1000 + "No.")

    assert split(text) == (text, "")
    assert reads < 10_000


def test_heads_and_attributions_are_told_from_sentences():
    assert is_head("From: Our Shop\nSent: Saturday")
    assert not is_head("From: the heart, I thank you.")
    assert is_attribution("On Monday, Our Shop wrote:")
    assert not is_attribution("On Monday, Our Shop wrote: what a lamp!")


@given(st.text(max_size=300))
def test_nothing_is_lost(text):
    assert "".join(split(text)) in (text, text.replace("\r\n", "\n"))


def test_a_huge_history_takes_no_time():
    written, history = split("Yes.\n\nOn Sat, Our Shop wrote:\n" + "> It is dimmable.\n" * 50_000)
    assert (written.strip(), len(history) > 800_000) == ("Yes.", True)
