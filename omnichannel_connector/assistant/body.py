"""What somebody wrote, out of the HTML of a message: plain text without what they quoted."""

import html
import re

from lxml import etree
from lxml import html as lxml_html

from ..channels.opt_out import own_words

_QUOTED = re.compile(r"<blockquote|data-o-mail-quote")
_HIDDEN = re.compile(r"(?is)<(script|style|head)\b.*?</\1\s*>|<!--.*?-->")
_BREAK = re.compile(r"(?i)<br\s*/?>|</(?:p|div|li|tr|h[1-6]|blockquote)\s*>")
_TAG = re.compile(r"<[^>]*>")


def body_text(body: str) -> str:
    """Return the plain text of a message's body."""
    body = body or ""
    if _QUOTED.search(body):
        body = _without_quotes(body)
    text = _TAG.sub("", _BREAK.sub("\n", _HIDDEN.sub("", body)))
    lines = (" ".join(line.split()) for line in html.unescape(text).splitlines())
    return own_words(re.sub(r"\n{3,}", "\n\n", "\n".join(lines))).strip()


def _without_quotes(body: str) -> str:
    try:
        root = lxml_html.fromstring(f"<div>{body}</div>")
    except (etree.ParserError, ValueError):
        return body
    for quote in root.xpath("//*[@data-o-mail-quote] | //blockquote"):
        quote.drop_tree()
    return lxml_html.tostring(root, encoding="unicode")
