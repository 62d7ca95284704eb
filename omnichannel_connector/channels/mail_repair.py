"""E-mails whose writers did not know the rules, made readable. What is in order stays as it is."""

import hashlib
import mimetypes
import re
import unicodedata
from email import message_from_bytes, policy
from email.message import Message

LONGEST_NAME = 120
LONGEST_ID = 500  # no index takes a very long one
_FALLBACK = "windows-1252"  # what unlabelled and mislabelled mail mostly is, when it is not UTF-8


def read(raw: bytes) -> Message:
    """Return an e-mail so that every part of it can be read and every picture has a name."""
    message = message_from_bytes(raw.replace(b"\x00", b""), policy=policy.SMTP)
    for number, part in enumerate(message.walk(), 1):
        if part.get_content_maintype() == "multipart" and not part.is_multipart():
            part.replace_header("Content-Type", "text/plain")
        if part.get_content_maintype() == "text":
            _repair_charset(part)
        if part.get_content_maintype() == "image" and part["Content-ID"]:
            _name_picture(part, number)
    return message


def message_id(raw: bytes, message: Message) -> str:
    """Return an e-mail's Message-ID, or one made of its content: the same at each redelivery."""
    told = "".join(str(message.get("Message-ID") or "").split())
    if len(told) > LONGEST_ID:
        digest = hashlib.sha256(told.encode(errors="replace")).hexdigest()
        return f"<{digest}@long-message-id.invalid>"
    if told:
        return told
    content = raw
    if message.get("Date"):
        # what is the same in every copy, whichever mailbox it came through
        head = [str(message.get(name) or "") for name in ("From", "Date", "Subject")]
        content = "\n".join(head).encode(errors="replace") + _body(raw)
    return f"<{hashlib.sha256(content).hexdigest()[:40]}@without-message-id.invalid>"


def _body(raw: bytes) -> bytes:
    text = raw.replace(b"\r\n", b"\n")
    return text.partition(b"\n\n")[2].strip()


def _repair_charset(part: Message):
    """Give a text that can't be read with the charset that it names one that reads it."""
    content = part.get_payload(decode=True) or b""
    named = part.get_content_charset() or "ascii"
    fitting = next((name for name in (named, "utf-8", _FALLBACK) if _reads(name, content)), None)
    if fitting and fitting != named:
        part.set_param("charset", fitting)


def _reads(charset: str, content: bytes) -> bool:
    try:
        content.decode(charset)
    except (LookupError, ValueError):
        return False
    return True


def file_name(name: str) -> str:
    """Return the name of a file without folders, and without characters that hide what it is."""
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(char for char in name if unicodedata.category(char)[0] != "C").strip(" .")
    stem, dot, extension = name.rpartition(".")
    if len(name) > LONGEST_NAME and dot:
        name = f"{stem[: LONGEST_NAME - 20]}.{extension[:10]}"
    return name[:LONGEST_NAME] or "file"


def _name_picture(part: Message, number: int):
    """Name a picture that the text shows: Odoo takes it for no picture without."""
    if not part.get_filename():
        extension = mimetypes.guess_extension(part.get_content_type()) or ""
        part.set_param("name", f"image{number}{extension}")
