"""What the headers of an e-mail say about who wrote it: a person or a machine (RFC 3834)."""

import re
from collections.abc import Collection
from email import policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses

# RFC 3834 §5 and what mail programs do instead of it
_AUTOMATIC_HEADERS = (
    "X-Autoreply",
    "X-Autorespond",
    "X-AutoReply-From",
    "X-Mail-Autoreply",
)
_AUTOMATIC_PRECEDENCES = frozenset({"bulk", "junk", "auto_reply"})
_LIST_HEADERS = ("List-Id", "List-Post", "List-Unsubscribe")
_MACHINES = frozenset({"mailer-daemon", "postmaster"})
_MACHINE_PARTS = re.compile(r"(?:^owner-|-request$|^(?:no|do-?not)[._-]?reply\b|^bounces?\b)")

# How Outlook, Exchange and others begin the subject of an out-of-office note; nothing a person
# writes begins so, not even an answer to one (Re: Automatic reply: …).
_AWAY = re.compile(
    r"\s*(?:automatic reply|auto(?:matic)?[ -]?(?:reply|response)"
    r"|out of (?:the )?office(?: autoreply)?"
    r"|automatische antwort|abwesenheits(?:notiz|nachricht|assistent|meldung)?|abwesenheit"
    r"|r[ée]ponse automatique|absence du bureau|message d'absence"
    r"|respuesta autom[áa]tica|fuera de (?:la )?oficina"
    r"|resposta autom[áa]tica|risposta automatica|fuori sede"
    r"|automatisch antwoord|afwezigheidsmelding"
    r"|autosvar|automatiskt svar|automatisk svar|automaattinen vastaus|odpowied[źz] automatyczna)"
    r"\s*(?::|$|[-–(])",
    re.IGNORECASE,
)
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')
_BRACKETED = re.compile(r"<([^<>\s]+@[^<>\s]+)>")
_POSTS = re.compile(r"<mailto:([^<>\s?]+)", re.IGNORECASE)


def undecoded(message: Message) -> Message:
    """Return the headers of an e-mail as they stand there.

    What is decoded may look like another address, and Python fails on some that are broken.
    """
    headers = Message(policy=policy.compat32)
    for name, value in message.raw_items():
        # bytes that are no ASCII are mostly UTF-8
        text = str(value).encode(errors="surrogateescape").decode(errors="replace")
        headers.set_raw(name, text)
    return headers


def is_automatic(message: Message, own: Collection[str] = ()) -> bool:
    """Tell whether a machine wrote this e-mail: an out-of-office note, a list, a notice.

    Such mail reopens nothing, stops no follow-up and is never answered by a machine of ours.
    `message` has to be `undecoded`. A list at one of our `own` addresses is how people reach us.
    """
    if _word(message, "Auto-Submitted") not in ("", "no"):
        return True
    if _word(message, "Precedence") in _AUTOMATIC_PRECEDENCES:
        return True
    if any(message.get(header) is not None for header in _AUTOMATIC_HEADERS):
        return True
    if _is_from_list(message) and not _is_list_at(message, own):
        return True
    return is_from_machine(message) or bool(_AWAY.match(_decoded(_text(message, "Subject"))))


def _is_from_list(message: Message) -> bool:
    is_named = any(message.get(header) is not None for header in _LIST_HEADERS)
    return is_named or _word(message, "Precedence") == "list"


def _is_list_at(message: Message, own: Collection[str]) -> bool:
    """Tell whether the list that sent an e-mail is one of these addresses (RFC 2369, 2919)."""
    posts = {post.lower() for post in _POSTS.findall(_text(message, "List-Post"))}
    name = _text(message, "List-Id").rpartition("<")[2].strip().rstrip(">").lower()
    return any(address in posts or address.replace("@", ".") == name for address in own)


def wants_no_answer(message: Message, own: Collection[str] = ()) -> bool:
    """Tell whether nothing automatic may answer this e-mail, whoever wrote it.

    Arguments as in `is_automatic`.
    """
    # https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxcmail
    suppressed = set(re.split(r"[,\s]+", _text(message, "X-Auto-Response-Suppress").lower()))
    return bool(
        is_automatic(message, own)
        or suppressed & {"all", "autoreply", "oof"}
        or message.get("X-Loop") is not None
        or any(map(_is_machine, addresses(message, "From")))
    )


def is_from_machine(message: Message) -> bool:
    """Tell whether nobody reads what is answered: no return path, a daemon, a no-reply address."""
    if _text(message, "Return-Path").strip() == "<>":
        return True
    if not any(map(_is_machine, addresses(message, "From"))):
        return False
    # a form on a website: what somebody wrote there is sent by the site
    return not any(not _is_machine(address) for address in addresses(message, "Reply-To"))


def is_report(message: Message) -> bool:
    """Tell whether a mail server wrote this about another e-mail, in whatever form."""
    senders = {address.partition("@")[0].lower() for address in addresses(message, "From")}
    # a postmaster may be a person, too
    is_sent_by_machine = _text(message, "Return-Path").strip() == "<>" or (
        _word(message, "Auto-Submitted") not in ("", "no")
    )
    return "mailer-daemon" in senders or ("postmaster" in senders and is_sent_by_machine)


def is_receipt(message: Message) -> bool:
    """Tell whether this says that an e-mail was displayed or deleted (RFC 8098)."""
    kind = str(message.get_param("report-type") or "").lower()
    return message.get_content_type() == "multipart/report" and kind == "disposition-notification"


def sender(message: Message) -> tuple[str, str]:
    """Return the name and address that an e-mail says it is from, or two empty strings.

    `message` has to be `undecoded`: an encoded name can hold an address, and would be taken for
    one.
    """
    for name in ("From", "Sender"):
        value = str(message.get(name) or "")
        # what stands in brackets is the address, whatever the name before it looks like
        bracketed = _BRACKETED.search(_QUOTED.sub("", value))
        found = [pair for pair in getaddresses([value]) if "@" in pair[1]]
        for told, address in found:
            if not bracketed or address == bracketed[1]:
                return _decoded(told), address
        if bracketed:
            return "", bracketed[1]
    return "", ""


def is_ambiguous(message: Message) -> bool:
    """Tell whether an e-mail names several senders: a check of one of them proves nothing."""
    senders = {address.lower() for address in addresses(message, "From")}
    return len(senders) > 1 or len(message.get_all("From", [])) > 1


def addresses(message: Message, *names: str) -> list[str]:
    """Return the addresses in some headers, in their order, without names."""
    values = [str(value) for name in names for value in message.get_all(name, [])]
    return [address for _name, address in getaddresses(values) if "@" in address]


def _is_machine(address: str) -> bool:
    local_part = address.partition("@")[0].lower()
    return local_part in _MACHINES or bool(_MACHINE_PARTS.search(local_part))


def _decoded(name: str) -> str:
    try:
        return str(make_header(decode_header(name)))
    except (LookupError, ValueError, MessageError):
        return ""


def _word(message: Message, name: str) -> str:
    """Return the value of a header without its parameters and comments."""
    return re.split(r"[;(\s]", _text(message, name).strip().lower(), maxsplit=1)[0]


def _text(message: Message, name: str) -> str:
    return str(message.get(name) or "")
