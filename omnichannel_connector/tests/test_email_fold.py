from unittest.mock import patch

from lxml import etree

from odoo.tests import TransactionCase, tagged
from odoo.tools import html_sanitize, mute_logger

from ..models import mail_history
from ..models.mail_history import QUOTE, fold

MODULE = mail_history.__name__
ITERWALK = etree.iterwalk


@tagged("-at_install", "post_install")
class TestEmailFold(TransactionCase):
    """Marking the history of an e-mail loses no mail, whatever it looks like."""

    def _fold(self, body):
        return str(fold(html_sanitize(body)))

    def test_comments_are_no_elements(self):
        quote = "<blockquote>It is dimmable.</blockquote>"
        for comment in ("<!-- q -->", "<!-- a --><br><!-- b -->"):
            for above in ("<div>Yes</div>", "<div><!-- HEADER -->Yes</div>"):
                with self.subTest(comment + above):
                    folded = self._fold(above + comment + quote)
                    self.assertIn("Yes", folded)
                    self.assertIn("It is dimmable.", folded)

    def test_the_line_above_a_quotation_is_found_behind_a_comment(self):
        line = "<div><!-- HEADER -->On Monday, Our Shop wrote:</div>"
        quote = "<!-- q --><blockquote>It is dimmable.</blockquote>"

        folded = self._fold(f"<p>Yes</p>{line}{quote}")

        self.assertIn(f'<div {QUOTE}="1"><!-- HEADER -->On Monday', folded)

    def test_control_characters_are_left_out(self):
        history = "On Mon, Ana wrote:\n> It is dimmable."
        for char in ("\x0b", "\x0c", "\x1b", "&#12;", "&#x1b;", "\ufffe"):
            tracker = '<img src="https://track.example" width="1" height="1">'
            body = f"<p>Y{char}es</p>{tracker}{char}<pre>a{char}\n{history}{char}</pre>"
            with self.subTest(char):
                folded = str(fold(body))
                self.assertIn("Yes", folded)
                self.assertIn(f'<span {QUOTE}="1">', folded)
                self.assertNotIn("track.example", folded)

    def test_a_mail_that_cannot_be_folded_is_shown_as_it_is(self):
        body = "<p>Yes</p><blockquote>No</blockquote>"
        with patch(f"{MODULE}.is_head", side_effect=ValueError("a bug")), mute_logger(MODULE):
            self.assertEqual(fold(body), body)

    def test_the_work_is_bounded(self):
        """In steps, not in seconds: one mail must not keep all others waiting."""
        steps = 0

        def counted(*args, **kwargs):
            nonlocal steps
            for step in ITERWALK(*args, **kwargs):
                steps += 1
                yield step

        nested = "<div>" * 200 + "<p></p>" * 20_000 + "</div>" * 200
        flat = "<div><i></i><i></i></div>" * 20_000
        for body in (nested, flat):
            with self.subTest(body[:20]), patch(f"{MODULE}.etree.iterwalk", counted):
                steps = 0
                fold(f"{body}<p>Yes</p>")
                self.assertLess(steps, 200_000)

    def test_a_head_below_a_few_empty_blocks_is_found(self):
        blocks = "<p>Yes</p>" + "<div></div>" * 50
        head = "<p><b>From:</b> Our Shop<br><b>Sent:</b> Saturday<br><b>Subject:</b> Lamp</p>"

        folded = str(fold(f"{blocks}<div>{head}</div><p>It is dimmable.</p>"))

        self.assertIn(f'<p {QUOTE}="1">It is dimmable.', folded)
