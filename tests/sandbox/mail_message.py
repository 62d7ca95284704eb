"""E-mails as bytes: read what arrives, write what a customer sends (RFC 5322)."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.message import Message as Part
from email.utils import format_datetime, formataddr, getaddresses, make_msgid

from .media import Media
from .models import Customer, Mail
from .web import ControlError

# \n ends a line, as odoo-mailgate reads them. Longer lines than usual: Python would encode a long
# Message-ID to fold it.
PIPED = policy.default.clone(max_line_length=998)

# Odoo fills the preview of a mail with invisible characters.
FILLER = re.compile("^[\u034f\u200b \u00a0]*[\u034f\u200b][\u034f\u200b \u00a0]*\n", re.MULTILINE)


@dataclass
class Draft:
    """What a customer wants to send. `headers` replace others, null removes one.

    `attachments`: [{name, type, and `content` (base64) or `url` (of our media)}].
    """

    to: str = ""
    cc: str = ""
    subject: str | None = None
    text: str = ""
    html: str = ""
    in_reply_to: str = ""
    quote: bool = False
    headers: dict[str, str | None] = field(default_factory=dict)
    attachments: list[dict] = field(default_factory=list)


# === READING === #


def parsed(raw: bytes, media: Media, **values) -> Mail:
    """Return a mail from its bytes. Never fails: what can't be decoded stays as it is."""
    message = message_from_bytes(raw)
    text, html, attachments = contents(message, media)
    senders = people(message, "From")
    return Mail(
        raw=raw,
        message_id=decoded(message["Message-ID"]).strip(),
        in_reply_to=decoded(message["In-Reply-To"]).strip(),
        references=decoded(message["References"]).split(),
        sender=senders[0] if senders else {"name": "", "address": ""},
        to=people(message, "To"),
        cc=people(message, "Cc"),
        reply_to=people(message, "Reply-To"),
        subject=" ".join(decoded(message["Subject"]).split()),
        text=text,
        html=html,
        headers={name.lower(): decoded(value) for name, value in reversed(message.items())},
        attachments=attachments,
        **values,
    )


def decoded(value) -> str:
    """Return a header's text without its encoding."""
    try:
        return str(make_header(decode_header(value or "")))
    except (LookupError, ValueError, MessageError):
        return str(value)


def people(message: Part, name: str) -> list[dict[str, str]]:
    """Return the names and addresses in a header."""
    pairs = getaddresses([str(value) for value in message.get_all(name, [])])
    return [{"name": decoded(title), "address": address} for title, address in pairs if address]


def contents(message: Part, media: Media) -> tuple[str, str, list[dict]]:
    """Return the text, the HTML and the files of a mail."""
    bodies: dict[str, list[str]] = {"text/plain": [], "text/html": []}
    files = []
    for part in leaves(message):
        is_file = part.get_content_disposition() == "attachment" or part.get_filename()
        if part.get_content_type() in bodies and not is_file:
            bodies[part.get_content_type()].append(text_of(part))
        else:
            files.append(file_of(part, media))
    return "\n".join(bodies["text/plain"]), "\n".join(bodies["text/html"]), files


def leaves(part: Part) -> Iterator[Part]:
    """Return the parts that are no containers; a mail inside a mail is one part."""
    if part.get_content_maintype() != "multipart" or not part.is_multipart():
        yield part
        return
    for child in part.get_payload():
        yield from leaves(child)


def text_of(part: Part) -> str:
    """Return the text of a part with \\n as line end."""
    content = part.get_payload(decode=True) or b""
    try:
        text = content.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        text = content.decode("latin-1")
    return text.replace("\r\n", "\n").rstrip("\n")


def file_of(part: Part, media: Media) -> dict:
    """Keep a file where the page can show it."""
    if part.is_multipart():
        content = b"\n".join(child.as_bytes() for child in part.get_payload())
    else:
        content = part.get_payload(decode=True) or b""
    name = decoded(part.get_filename()) if part.get_filename() else "file"
    return {
        "name": name,
        "type": part.get_content_type(),
        "size": len(content),
        "content_id": (part["Content-ID"] or "").strip().strip("<>"),
        "url": media.put(content, name, part.get_content_type()),
    }


# === WRITING === #


def written(draft: Draft, customer: Customer, original: Mail | None, now: datetime, media: Media):
    """Return a customer's mail as bytes. `draft` has its recipient already."""
    message = EmailMessage(policy=PIPED)
    for name, value in headers(draft, customer, original, now).items():
        message[name] = value
    message.set_content(draft.text + (quoted(original) if draft.quote and original else ""))
    if draft.html:
        message.add_alternative(draft.html, subtype="html")
    for attachment in draft.attachments:
        attach(message, attachment, media)
    for name, value in draft.headers.items():
        del message[name]
        if value is not None:
            message[name] = str(value)
    return message.as_bytes()


def headers(draft: Draft, customer: Customer, original: Mail | None, now: datetime) -> dict:
    """Return what a mail program and its server write above a mail."""
    values = {
        "Return-Path": f"<{customer.email}>",
        "From": formataddr((customer.name, customer.email)),
        "To": draft.to,
        "Cc": draft.cc,
        "Subject": subject_of(draft, original),
        "Date": format_datetime(now),
        "Message-ID": make_msgid(domain=customer.email.rpartition("@")[2]),
    }
    if original is not None:
        values["In-Reply-To"] = original.message_id
        chain = dict.fromkeys([*original.references, original.message_id])
        values["References"] = " ".join(chain)
    return {name: value for name, value in values.items() if value}


def subject_of(draft: Draft, original: Mail | None) -> str:
    """Return the wanted subject, or that of an answer."""
    if draft.subject is not None or original is None:
        return draft.subject or ""
    is_answer = original.subject.lower().startswith("re:")
    return original.subject if is_answer else f"Re: {original.subject}"


def quoted(original: Mail) -> str:
    """Return a mail's text as mail programs put it below the answer."""
    who = original.sender["name"] or original.sender["address"]
    text = FILLER.sub("", original.text)
    lines = "".join(f"> {line}\n" for line in text.splitlines())
    return f"\n\nOn {original.at:%a, %d %b %Y at %H:%M}, {who} wrote:\n{lines}"


def attach(message: EmailMessage, attachment: dict, media: Media):
    """Put a file into a mail."""
    content, kind = b"", attachment.get("type", "")
    if "content" in attachment:
        content = base64.b64decode(attachment["content"], validate=True)
    elif (found := media.read(attachment.get("url", ""))) is None:
        raise ControlError("an attachment needs `content` (base64) or the `url` of a media file")
    else:
        kind, content = kind or found[0], found[1]
    main, _, sub = (kind or "application/octet-stream").partition("/")
    name = attachment.get("name") or "file"
    message.add_attachment(content, maintype=main, subtype=sub or "octet-stream", filename=name)
