"""The history below an e-mail, marked so that Odoo's web client folds it."""

import logging
import re
from itertools import islice

from lxml import etree, html
from markupsafe import Markup

from ..channels.mail_history import is_attribution, is_head, split

_logger = logging.getLogger(__name__)

# Odoo itself knows the quotations of Gmail, Yahoo and Outlook on the web, and quoted lines.
QUOTE = "data-o-mail-quote"
LOOK = 2_000  # characters of a block that tell what it is
MOST_STEPS = 500  # through a block; what has begun by then with nothing to read is no head
MOST_BLOCKS = 2_000  # looked at for a head
LONGEST = 2_000_000  # characters: who writes more has it shown as it is
EVENTS = ("start", "end", "comment", "pi")  # Odoo itself writes comments into mails
BLOCKS = ("p", "div", "td", "span", "font", "pre", "li")
# libxml2 reads these, and lxml refuses to write them again
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def fold(body):
    """Return the HTML of an e-mail with its history marked, and without invisible pictures.

    What can't be marked is returned as it came: a mail is worth more than that.
    """
    if not body or len(body) > LONGEST:
        return body
    try:
        return _folded(str(body))
    except Exception:
        _logger.exception("The history of an e-mail could not be marked")
        return body


def _folded(body):
    root = html.fragment_fromstring(body, create_parent="div")
    _drop_unwritable(root)
    _drop_trackers(root)
    for pre in root.iter("pre"):
        _fold_text(pre)
    blocks = islice(root.iter(*BLOCKS), MOST_BLOCKS)
    head = next((block for block in blocks if is_head(_text(block))), None)
    if head is not None:
        _mark_from(_innermost(head), root)
    for quote in root.xpath(f"//*[@{QUOTE}] | //blockquote"):
        _mark_attribution(quote)
    if not _has_own_words(root):
        # a forwarded mail: what is quoted is what it is about
        for quote in root.xpath(f"//*[@{QUOTE}]"):
            del quote.attrib[QUOTE]
            quote.attrib.pop("id", None)  # by which Odoo would know it once more
    inner = html.tostring(root, encoding="unicode")
    return Markup(inner[len("<div>") : -len("</div>")])  # noqa: S704  sanitized when it is stored


def _drop_trackers(root):
    """Take out pictures of one pixel: they tell their sender who read the mail, and when."""
    for image in list(root.iter("img")):
        sizes = {image.get("width", ""), image.get("height", "")}
        is_remote = image.get("src", "").lower().startswith(("http:", "https:", "//"))
        if is_remote and sizes <= {"0", "1", "0px", "1px"}:
            # not removed: what stands behind many would be copied for each of them
            image.attrib.clear()
            image.tag = "span"


def _drop_unwritable(root):
    for node in root.iter():
        for name in ("text", "tail"):
            text = getattr(node, name)
            if text and _UNWRITABLE.search(text):
                setattr(node, name, _UNWRITABLE.sub("", text))


def _fold_text(pre):
    if not len(pre):
        written, history = split(pre.text or "")
        if history:
            pre.text = written
            quote = html.Element("span", {QUOTE: "1"})
            quote.text = history
            pre.append(quote)


def _has_own_words(root):
    """Tell whether anything is left to be read when the history is folded."""
    walker = etree.iterwalk(root, events=EVENTS)
    for event, node in walker:
        if event == "start" and (node.tag == "blockquote" or node.get(QUOTE)):
            walker.skip_subtree()
        elif _piece(event, node).strip() or node.tag == "img":
            return True
    return False


def _text(block):
    """Return how the text of a block begins, with its line breaks."""
    parts, length = [], 0
    for event, node in islice(etree.iterwalk(block, events=EVENTS), MOST_STEPS):
        is_break = event == "start" and node.tag == "br"
        piece = (
            "\n" if is_break else "" if node is block and event == "end" else _piece(event, node)
        )
        parts.append(piece)
        length += len(piece)
        if length > LOOK:
            break
    return "".join(parts).strip()


def _piece(event, node):
    """Return the text between what `iterwalk` came to and what it comes to next."""
    return (node.text if event == "start" else node.tail) or ""


def _innermost(block):
    """Return the smallest block that holds nothing before the head."""
    while True:
        children = [child for child in block if isinstance(child.tag, str)]
        first = children[0] if children and not (block.text or "").strip() else None
        if first is None or first.tag not in BLOCKS or not is_head(_text(first)):
            return block
        block = first


def _mark_from(element, root):
    """Mark an element and all that comes after it in the mail."""
    element.set(QUOTE, "1")
    while element is not root and element is not None:
        for sibling in element.itersiblings():
            if isinstance(sibling.tag, str):
                sibling.set(QUOTE, "1")
        _wrap_tails(element)
        element = element.getparent()


def _wrap_tails(element):
    """Put the bare texts behind an element into marked ones, which can be hidden."""
    for node in [element, *element.itersiblings()]:
        if (node.tail or "").strip() and node.getparent() is not None:
            wrap = html.Element("span", {QUOTE: "1"})
            wrap.text, node.tail = node.tail, None
            node.addnext(wrap)


def _mark_attribution(quote):
    """Mark the line above a quotation, too."""
    above = quote.getprevious()
    while above is not None and _is_blank(above):
        above = above.getprevious()
    if above is None or above.get(QUOTE) or (above.tail or "").strip():
        return
    if is_attribution(_text(above)):
        above.set(QUOTE, "1")


def _is_blank(node):
    """Tell whether a node and what follows it is a line break, or nothing that is shown."""
    is_shown = isinstance(node.tag, str) and node.tag != "br"
    return not is_shown and not (node.tail or "").strip()
