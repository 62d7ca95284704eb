from lxml import etree, html
from markupsafe import Markup, escape

from odoo import api, models

from .media_file import host_of, is_link

LINE_CLASS = "o-omnichannel-media-%d"


class OmnichannelMedia(models.Model):
    """The line of a message's text that stands for a file, until the file is there."""

    _inherit = "omnichannel.media"

    @api.model
    def _lines(self, refs):
        """Return the lines for the files and shared things of a message that just came."""
        return [self._line(position, ref) for position, ref in enumerate(refs)]

    @api.model
    def _line(self, position, ref):
        """Return a line that stands for a file or a shared thing, whatever its type.

        What is going to be fetched has no link: it is dead after a while, or has to be asked for
        with our credentials. Any other names the host it leads to, because a customer chose it.
        """
        label = ref.name or ref.kind.replace("_", " ").capitalize()
        if ref.is_fleeting and is_link(ref.url):
            text = self.env._(
                "%(file)s: %(host)s, for a short time only", file=label, host=host_of(ref.url)
            )
            content = self._link(ref.url, text)
        elif is_link(ref.url) and not self._is_file(ref):
            content = self._link(ref.url, f"{label}: {host_of(ref.url)}")
        else:
            content = escape(label)
        return self._mark(position, content)

    def _final_line(self):
        """Return the line for a file that will not come."""
        label = self.name or self.kind.replace("_", " ").capitalize()
        if self.state == "gone":
            content = escape(self.env._("%(file)s: no longer available", file=label))
            return self._mark(self.position, content)
        reason, url = self.error or "", self.url or ""
        text = self.env._("%(file)s: not fetched (%(reason)s)", file=label, reason=reason)
        content = self._link(url, f"{text}: {host_of(url)}") if is_link(url) else escape(text)
        return self._mark(self.position, content)

    @api.model
    def _link(self, url, text):
        return Markup('<a href="%s" target="_blank" rel="noreferrer noopener">%s</a>') % (url, text)

    @api.model
    def _mark(self, position, content):
        return Markup('<span class="%s">[%s]</span>') % (LINE_CLASS % position, content)

    def _show(self):
        """Let the message say what became of the file, for everybody who looks at it."""
        self.ensure_one()
        line = Markup("") if self.state == "done" else self._final_line()
        body = self.message_id.mail_message_id.body
        self.message_id._show_body(replace_line(body, self.position, line))


def replace_line(body, position, line):
    """Return a body with another line for the file at `position`; an empty one removes it.

    The body stays as it is when it has no such line: the message was edited meanwhile.
    """
    root = html.fragment_fromstring(str(body or ""), create_parent="div")
    found = root.xpath(f".//span[@class='{LINE_CLASS % position}']")
    if not found:
        return body
    (span,) = found[:1]
    if line:
        new = html.fragment_fromstring(str(line))
        new.tail = span.tail
        span.getparent().replace(span, new)
    else:
        _remove(span)
    return etree.tostring(root, encoding="unicode", method="html")[len("<div>") : -len("</div>")]


def _remove(span):
    """Take a line out, with the line break before it, or after it when it is the first."""
    previous, following = span.getprevious(), span.getnext()
    if previous is not None and previous.tag == "br" and not (previous.tail or "").strip():
        previous.drop_tree()
    elif following is not None and following.tag == "br" and not (span.tail or "").strip():
        following.drop_tree()
    span.drop_tree()
