"""What a mail server's report says about an address that it could not reach (RFC 3464)."""

from dataclasses import dataclass
from email.message import Message

# Permanent, but about the message and not about the address: full, too long, too big, content,
# policy. https://www.rfc-editor.org/rfc/rfc3463
_ABOUT_THE_MESSAGE = ("5.2.2", "5.2.3", "5.3.4", "5.6.", "5.7.")


@dataclass(frozen=True, slots=True)
class Bounce:
    """That an address can't be reached for good, with the mail server's own words."""

    addresses: tuple[str, ...]
    reason: str


def hard_bounce(message: Message) -> Bounce | None:
    """Return what a delivery report says about its first dead address, or None.

    A read receipt, a delay, a full mailbox or a refused content is none.
    """
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        for fields in blocks[1:] if isinstance(blocks, list) else ():
            if _is_dead(fields):
                names = ("Original-Recipient", "Final-Recipient")
                addresses = (_typed(fields.get(name)) for name in names)
                return Bounce(tuple(dict.fromkeys(filter(None, addresses))), _reason(fields))
    return None


def _is_dead(fields: Message) -> bool:
    status = str(fields.get("Status") or "").split()[:1]
    if str(fields.get("Action") or "").strip().lower() != "failed" or not status:
        return False
    return status[0].startswith("5.") and not status[0].startswith(_ABOUT_THE_MESSAGE)


def _typed(value: str | None) -> str:
    """Return the address in `rfc822; ana@example.com`."""
    return str(value or "").rpartition(";")[2].strip().strip("<>").lower()


def _reason(fields: Message) -> str:
    said = " ".join(_typed_text(fields.get("Diagnostic-Code")).split())
    return (said or str(fields.get("Status")).strip())[:250]


def _typed_text(value: str | None) -> str:
    text = str(value or "")
    kind, separator, rest = text.partition(";")
    return rest if separator and " " not in kind.strip() else text
