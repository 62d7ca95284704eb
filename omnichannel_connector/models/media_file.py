"""What strangers send, made harmless: types by content, names without tricks."""

import mimetypes
import re
import unicodedata
from urllib.parse import urlsplit

from odoo.tools.mimetypes import guess_mimetype

MAX_BYTES = 100 * 1024 * 1024  # adapters have lower limits of their own
MAX_NAME = 100
UNKNOWN_TYPE = "application/octet-stream"
PLAIN_TYPE = "text/plain"
WEB_SCHEMES = ("https://", "http://")
# Formats that are only played or looked at. Their content is not always recognised.
_PLAYED = re.compile(r"(?:image|audio|video)/[a-z0-9.+-]{1,60}")
_ACTIVE = re.compile(r"ht|xml|svg|script|ecma")


def safe_type(content, claimed):
    """Return the MIME type under which a file may be served.

    The content decides. A type that a browser would run is served as text. `claimed` counts only
    where the content says nothing, and only for what is played.
    """
    found = guess_mimetype(content, default=UNKNOWN_TYPE)
    if found == UNKNOWN_TYPE:
        claimed = claimed.partition(";")[0].strip().lower()
        found = claimed if _PLAYED.fullmatch(claimed) else UNKNOWN_TYPE
    is_office = found.startswith("application/vnd.openxmlformats")
    return PLAIN_TYPE if _ACTIVE.search(found) and not is_office else found


def safe_name(name, mimetype):
    """Return a file name without folders, control characters and a false ending."""
    name = re.split(r"[/\\]", name)[-1]
    # format characters too: one of them turns "gpj.exe" around
    name = "".join(char for char in name if unicodedata.category(char)[0] != "C").strip(" .")
    stem, dot, ending = name.rpartition(".")
    is_true = mimetypes.guess_type(name)[0] == mimetype
    wanted = f".{ending}" if dot and is_true else mimetypes.guess_extension(mimetype) or ""
    stem = stem if is_true else name
    return f"{(stem or 'file')[:MAX_NAME]}{wanted}"


def is_link(url):
    """Tell whether an address is one of the web."""
    return url.startswith(WEB_SCHEMES)


def host_of(url):
    """Return the host that a link leads to, as a person should see it before they follow it."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
