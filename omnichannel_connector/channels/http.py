"""The one place where adapters do HTTP: time limits, a capped answer, exceptions as send errors.

The request goes through `requests.Session.send` in the end, which Odoo's test cases block; a
forgotten mock fails there instead of reaching a provider. The body of a request is a stream
(see `_Body`); a test that mocks `send` reads it with `request.body.getvalue()`, and answers with
a `requests.Response` whose `raw` is an `io.BytesIO`.
"""

import io
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

import requests
import urllib3
from requests.auth import AuthBase

from .errors import AccountError, NotSent, OutcomeUnknown, RateLimited, Rejected, SendError
from .text import clean, load_json

TIMEOUT = (5, 15)  # seconds to connect, and between two reads
ANSWER_TIME = 30  # seconds for the whole body: a provider that trickles must not hold a worker
ANSWER_BYTES = 1 << 20
ERROR_CHARS = 500

# Used where the provider's own error code says nothing. A redirect or a missing page of an API
# means that the address of the API is wrong.
STATUS_ERRORS = {
    401: AccountError,
    403: AccountError,
    404: AccountError,
    405: AccountError,
    407: AccountError,
    408: OutcomeUnknown,
    429: RateLimited,
}
CLASS_ERRORS = {3: AccountError, 4: Rejected}

HIDDEN = "***"
_URL = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)(?:[^\s/?#@]*@)?([^\s/?#\"'<>]*)[^\s\"'<>]*")
_ASSIGNED = re.compile(
    r"(?i)\b(access_token|auth_token|client_secret|appsecret_proof|fb_exchange_token|token|secret"
    r"|password|signature|sig)=[^\s&\"'<>]+"
)
_AUTHORIZATION = re.compile(r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}")
_META_TOKEN = re.compile(r"\b(?:EAA|IG[A-Z]{2})[A-Za-z0-9_-]{16,}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider answered. `body` is empty when it was too long or too slow."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> dict[str, Any]:
        """Return the JSON object in the body, or {} when there is none."""
        try:
            value = load_json(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    def retry_after(self) -> float | None:
        """Return the pause in seconds that the Retry-After header asks for (RFC 9110)."""
        value = self.headers.get("Retry-After", "").strip()
        if value.isascii() and value.isdigit():
            return float(value[:9])
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, TypeError):
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
        return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())


class BearerAuth(AuthBase):
    """Send the token in a header: a token in the query ends in logs.

    An auth object and not a plain header, because requests replaces a plain header by what the
    user's .netrc says.
    """

    def __init__(self, token: str):
        self._header = f"Bearer {token}"

    def __call__(self, request):
        request.headers["Authorization"] = self._header
        return request


class _Body(io.BytesIO):
    """A request body that knows whether anybody began to send it.

    It is read only when the connection stands, TLS and proxy included. So a failure before that
    proves that the provider got nothing; the type of the exception does not (a TLS error, for
    instance, happens on both sides of that line).
    """

    is_sent = False

    def read(self, *args):
        self.is_sent = True
        return super().read(*args)


def call(
    session: requests.Session,
    method: str,
    url: str,
    auth: AuthBase,
    *,
    params: Mapping[str, str] | None = None,
    body: bytes | None = None,
    content_type: str = "",
    read_seconds: float = TIMEOUT[1],
) -> Answer:
    """Make one HTTP attempt and return the answer, whatever its status.

    `read_seconds` is how long a provider may be silent.

    Follow no redirect: it would carry the credentials away. Raise NotSent when the provider
    can't have seen the request, AccountError when it can't even be made, else OutcomeUnknown.
    """
    stream = None if body is None else _Body(body)
    headers = {"Accept-Encoding": "identity"}  # a compressed answer could outgrow the cap
    if content_type:
        headers["Content-Type"] = content_type
    try:
        with session.request(
            method,
            url,
            params=params,
            data=stream,
            headers=headers,
            auth=auth,
            timeout=(TIMEOUT[0], read_seconds),
            allow_redirects=False,
            stream=True,
        ) as response:
            return Answer(response.status_code, response.headers, _read(response))
    except (OSError, ValueError, urllib3.exceptions.HTTPError) as exc:
        # Not chained: the texts of these exceptions hold the URL and sometimes the headers.
        raise _transport_error(exc, stream) from None


def _read(response: requests.Response) -> bytes:
    """Return the body of an answer, or nothing when it is longer or slower than allowed."""
    deadline = time.monotonic() + ANSWER_TIME
    chunks, size = [], 0
    # read1 returns what is there; read waits for the whole chunk, however slowly it comes
    read = getattr(response.raw, "read1", response.raw.read)
    while chunk := read(1 << 16):
        chunks.append(chunk)
        size += len(chunk)
        if size > ANSWER_BYTES or time.monotonic() > deadline:
            return b""
    return b"".join(chunks)


def _transport_error(exc: Exception, stream: _Body | None) -> SendError:
    """Return the send error for a call that got no answer."""
    name = type(exc).__name__
    has_effect = stream is not None  # a call without a body only reads
    if has_effect and (stream.is_sent or isinstance(exc, requests.ReadTimeout)):
        return OutcomeUnknown(f"The provider gave no complete answer ({name}).")
    if isinstance(exc, ValueError):
        return AccountError(f"The API address or a credential is malformed ({name}).")
    return NotSent(f"The provider could not be reached ({name}).")


def status_error(status: int) -> type[SendError]:
    """Return the class of send error that an HTTP status means by itself."""
    return STATUS_ERRORS.get(status) or CLASS_ERRORS.get(status // 100, OutcomeUnknown)


def provider_error(
    error_class: type[SendError],
    answer: Answer,
    *,
    code: str = "",
    text: str = "",
    secrets: Iterable[str] = (),
    retry_after: float | None = None,
) -> SendError:
    """Build the send error for a refusal, from the provider's own code and redacted text."""
    text = redact(text, secrets) or f"HTTP {answer.status}"
    code = code or f"http_{answer.status}"
    if issubclass(error_class, NotSent):
        if retry_after is None:
            retry_after = answer.retry_after()
        return error_class(text, code, retry_after=retry_after)
    return error_class(text, code)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a provider's text without secrets: it may quote our URLs and tokens.

    Of a URL only scheme and host stay, because paths carry secrets too.
    """
    text = clean(text)
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    text = _URL.sub(r"\1\2/" + HIDDEN, text)
    text = _ASSIGNED.sub(r"\1=" + HIDDEN, text)
    text = _AUTHORIZATION.sub(r"\1 " + HIDDEN, text)
    return _META_TOKEN.sub(HIDDEN, text)[:ERROR_CHARS]
