"""An e-mail as it came: its bytes, its headers, and how an event holds it."""

import base64
import email
from dataclasses import dataclass, field
from xmlrpc.client import Binary

from ..channels.mail_automatic import undecoded


@dataclass(slots=True, eq=False)
class Source:
    """An e-mail on its way through the gateway, byte for byte, and how far it got."""

    raw: bytes = field(repr=False)
    is_routed: bool = False
    is_taken: bool = False


def without_tag(address):
    """Return the address that `local+tag@domain` is delivered to."""
    local, sign, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}{sign}{domain}"


def headers_of(raw):
    """Return the headers of a mail without what the database stores in no text."""
    return undecoded(email.message_from_bytes(raw.replace(b"\0", b"")))


def inline(raw):
    """Return the payload of an event that holds a mail itself."""
    return {"raw": base64.b64encode(raw).decode()}


def source_of(event):
    """Return the bytes of the mail that an event stands for."""
    if "raw" in event.payload:
        return base64.b64decode(event.payload["raw"])
    return event.env["ir.attachment"].browse(event.payload["attachment_id"]).raw


def message_bytes(message):
    """Return the bytes of what Odoo's gateway is called with."""
    if isinstance(message, Binary):
        return bytes(message.data)
    return message.encode() if isinstance(message, str) else message
