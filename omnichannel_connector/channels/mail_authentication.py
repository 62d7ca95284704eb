"""What our own mail server found out about the sender of an e-mail (RFC 8601)."""

import re
from dataclasses import dataclass, field

LONGEST = 20_000  # characters of a header that are read

# RFC 8601 §2.7: what a method's result says against the sender
_DMARC_DECIDES = frozenset({"pass", "fail"})
_SPF_AGAINST = frozenset({"fail", "softfail"})

_RESULT = re.compile(r"\s*([A-Za-z0-9-]+)\s*(?:/\s*\d+\s*)?=\s*([A-Za-z]+)")
_DOMAIN = re.compile(r"\bheader\.(?:d|i)\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Results:
    """One header: who says it, and [(method, result, its properties)]."""

    authserv: str
    found: list[tuple[str, str, str]] = field(default_factory=list)


def is_unverified(headers: list[str], sender: str, trusted: str = "") -> bool:
    """Tell whether our own server found that an e-mail does not come from its sender.

    `headers` are the Authentication-Results of the mail, topmost first. Whoever writes a mail can
    write such headers into it, so only what our own server added counts: with `trusted` the
    headers of that authserv-id, else the topmost one, because each server adds its own above all
    others (RFC 8601 §4.1; it removes others that bear its name, §5).

    DMARC decides when it has an opinion (RFC 7489). Without one, SPF's `fail` and `softfail` count
    against the sender unless a DKIM signature of the sender's own domain is good: `softfail` is no
    reason to refuse a mail (RFC 7208 §8.5), but none either to show it as a customer's. No header
    is no finding; with `trusted` it is one, since our server writes it on all mail.
    """
    results = [_parse(header[:LONGEST]) for header in headers]
    if trusted:
        results = [result for result in results if result.authserv == trusted.strip().lower()]
        if not results:
            return True
    else:
        results = results[:1]
    found = [entry for result in results for entry in result.found]
    dmarc = {value for method, value, _rest in found if method == "dmarc"} & _DMARC_DECIDES
    if dmarc:
        return "fail" in dmarc
    if any(_is_own_signature(entry, sender) for entry in found):
        return False
    return any(method == "spf" and value in _SPF_AGAINST for method, value, _rest in found)


def _is_own_signature(entry: tuple[str, str, str], sender: str) -> bool:
    """Tell whether a result is a good signature of the sender's domain, or of one above it.

    Not of one below: under some domains everybody can have one.
    """
    method, value, rest = entry
    if (method, value) != ("dkim", "pass"):
        return False
    domain = sender.rpartition("@")[2].lower()
    signers = {signer.rpartition("@")[2].lower().strip(".") for signer in _DOMAIN.findall(rest)}
    return any(f".{domain}".endswith(f".{signer}") for signer in signers if "." in signer)


def _parse(header: str) -> Results:
    """Read one header. What can't be read says nothing."""
    first, *rest = _split(_without_comments(header))
    authserv = (first.split() or [""])[0].strip('"').lower()
    found = []
    for part in rest:
        if match := _RESULT.match(part):
            found.append((match[1].lower(), match[2].lower(), part[match.end() :]))
    return Results(authserv, found)


def _without_comments(header: str) -> str:
    """Return a header without its (comments), which may be nested, and not those in quotes."""
    kept, depth, is_quoted, is_escaped = [], 0, False, False
    for char in header:
        if is_escaped:
            is_escaped = False
        elif char == "\\":
            is_escaped = True
        elif char == '"' and not depth:
            is_quoted = not is_quoted
        elif char == "(" and not is_quoted:
            depth += 1
        elif char == ")" and not is_quoted and depth:
            depth -= 1
            continue
        if not depth:
            kept.append(char)
    return "".join(kept)


def _split(header: str) -> list[str]:
    """Cut a header at its semicolons, but not at those in quotes."""
    parts, is_quoted = [""], False
    for char in header:
        if char == '"':
            is_quoted = not is_quoted
        if char == ";" and not is_quoted:
            parts.append("")
        else:
            parts[-1] += char
    return parts
