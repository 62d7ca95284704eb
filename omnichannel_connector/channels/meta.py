"""What Instagram shares with Meta's other messaging products: signature, errors, times."""

import hashlib
import hmac
import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from .errors import (
    AccountError,
    OptedOut,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    SendError,
    SignatureError,
)
from .http import Answer, provider_error, status_error
from .text import load_json, scalar

SIGNATURE_HEADER = "x-hub-signature-256"
SIGNATURE_PREFIX = "sha256="

ErrorTable = Mapping[tuple[str, str], type[SendError]]

# (code, subcode) of a Graph error; subcode "" holds for all that are not listed.
# https://developers.facebook.com/docs/graph-api/guides/error-handling
# https://developers.facebook.com/docs/messenger-platform/error-codes
GRAPH_ERRORS: ErrorTable = {
    ("1", ""): OutcomeUnknown,  # seen together with a message that was delivered
    ("2", ""): OutcomeUnknown,
    ("3", ""): AccountError,
    ("4", ""): RateLimited,
    ("10", ""): AccountError,  # permission denied
    ("10", "1893063"): AccountError,  # the account is restricted for a time
    ("10", "2018108"): Rejected,
    ("10", "2018278"): Rejected,  # outside the window (Messenger)
    ("10", "2018300"): Rejected,  # another app controls the thread
    ("10", "2534022"): Rejected,  # outside the window (Instagram)
    ("17", ""): RateLimited,
    ("32", ""): RateLimited,
    ("100", ""): Rejected,
    ("100", "33"): Rejected,  # nobody has that id (any more)
    ("100", "2018001"): Rejected,
    ("100", "2534001"): Rejected,  # the thread was archived or deleted
    ("100", "2534014"): Rejected,
    ("100", "2534025"): Rejected,  # the comment can't be answered in private (any more)
    ("100", "2534029"): OptedOut,  # the customer blocked us
    ("100", "2534068"): Rejected,  # several files in one message
    ("102", ""): AccountError,
    ("190", ""): AccountError,  # the token is dead: expired, revoked, password changed
    ("200", ""): AccountError,
    ("200", "2534041"): AccountError,  # the owner switched access to messages off
    ("230", ""): Rejected,  # no profile of a person who never wrote
    ("551", ""): Rejected,  # the person can't be reached now
    ("9010", ""): Rejected,  # no profile of a person who is unknown
    ("613", ""): RateLimited,
    ("36000", ""): Rejected,  # the file is too big
    ("36103", ""): AccountError,
    ("80001", ""): RateLimited,
    ("80002", ""): RateLimited,
    ("80006", ""): RateLimited,
    ("80008", ""): RateLimited,
    ("2018007", ""): Rejected,  # Meta could not fetch the file
}

USAGE_HEADER = "X-Business-Use-Case-Usage"
APP_USAGE_HEADER = "X-App-Usage"
USAGE_COUNTS = ("call_count", "total_cputime", "total_time")  # in percent of what is allowed
_MILLISECONDS_FROM = 100_000_000_000  # as seconds this is the year 5138
_COMPACT_OFFSET = re.compile(r"([+-]\d\d)(\d\d)$")


def verify_signature(body: bytes, header: str, secrets: Iterable[str]) -> None:
    """Raise SignatureError unless one of the secrets signs the raw body.

    Meta signs the bytes as sent, with its own escapes, so nothing may parse them before. The
    legacy SHA-1 header is not taken. Several secrets, because the documentation is at odds about
    which of the two app secrets signs (Instagram Login), and for the time of a rotation.
    https://developers.facebook.com/docs/graph-api/webhooks/getting-started
    """
    given = header.encode(errors="replace")
    for secret in filter(None, secrets):
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        if hmac.compare_digest(given, f"{SIGNATURE_PREFIX}{digest}".encode()):
            return
    raise SignatureError("no secret of the account matches the signature")


def graph_error(
    answer: Answer, secrets: Iterable[str] = (), errors: ErrorTable = GRAPH_ERRORS
) -> SendError:
    """Return the send error for an answer of the Graph API that is no success.

    The server may have worked before it failed with 5xx, whatever code it gives. Any part of the
    error object may be missing; the HTTP status decides then.
    """
    error = answer.json().get("error")
    error = error if isinstance(error, dict) else {}
    code, subcode = scalar(error.get("code")), scalar(error.get("error_subcode"))
    if answer.status >= 500:
        error_class = OutcomeUnknown
    else:
        error_class = errors.get((code, subcode)) or errors.get((code, ""))
    if error_class is None:
        is_transient = error.get("is_transient") is True
        error_class = OutcomeUnknown if is_transient else status_error(answer.status)
    return provider_error(
        error_class,
        answer,
        code=f"{code}/{subcode}" if subcode else code,
        text=scalar(error.get("message")),
        secrets=secrets,
        retry_after=regain_access(answer),
    )


def regain_access(answer: Answer) -> float | None:
    """Return the pause in seconds that the usage header asks for; it counts in minutes.

    https://developers.facebook.com/docs/graph-api/overview/rate-limiting
    """
    rows = _usage_rows(answer)
    return 60.0 * max(_number(row.get("estimated_time_to_regain_access")) for row in rows) or None


def usage(answer: Answer) -> float:
    """Return which part of the allowed calls is used up, 0 to 1. Who goes on at 1 is blocked."""
    rows = [*_usage_rows(answer), _header(answer, APP_USAGE_HEADER)]
    return min(max(_number(row.get(name)) for row in rows for name in USAGE_COUNTS) / 100, 1.0)


def _usage_rows(answer: Answer) -> list[Mapping]:
    """Return what stands in the header for each of the business's accounts, at least one row."""
    groups = _header(answer, USAGE_HEADER).values()
    rows = [row for group in groups if isinstance(group, list) for row in group]
    return [row for row in rows if isinstance(row, dict)] or [{}]


def _header(answer: Answer, name: str) -> Mapping:
    try:
        value = load_json(answer.headers.get(name, "").encode())
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> float:
    """Return a positive number, 0 for anything else."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and value > 0 else 0.0


def parse_time(value: Any) -> datetime | None:
    """Return a provider's time as UTC, or None when it is unreadable.

    Messaging items count in milliseconds, `changes` in seconds, test tools send strings and ISO
    dates: the magnitude decides, not the place.
    """
    text = scalar(value).strip()
    try:
        number = float(text)
    except ValueError:
        return _parse_iso(text)
    if not math.isfinite(number) or number <= 0:
        return None
    seconds = number / 1000 if number >= _MILLISECONDS_FROM else number
    try:
        return datetime.fromtimestamp(seconds, timezone.utc)
    except (OverflowError, ValueError, OSError):
        return None


def _parse_iso(text: str) -> datetime | None:
    """Read an ISO time with `+0000` or `Z` too, which Python 3.10 does not."""
    text = _COMPACT_OFFSET.sub(r"\1:\2", text.replace("Z", "+00:00"))
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
        return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
