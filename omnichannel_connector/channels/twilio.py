"""What all Twilio products share: request signature and REST errors."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qs

from .base import WebhookRequest
from .errors import (
    AccountError,
    NotSent,
    OptedOut,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    SendError,
    SignatureError,
)
from .http import Answer, provider_error, status_error
from .text import scalar

SIGNATURE_HEADER = "x-twilio-signature"
# Comes with webhooks that a SharedKey signs: `key=<its id>,algorithm=HMAC_SHA256`.
SETTINGS_HEADER = "x-twilio-webhooks-signature-settings"
DEFAULT_ALGORITHM = "HMAC_SHA1"
ALGORITHMS = {"HMAC_SHA1": hashlib.sha1, "HMAC_SHA256": hashlib.sha256}
BODY_HASH = "bodySHA256"
PORTS = {"https": "443", "http": "80"}

_HOST = re.compile(r"(\[[^\]]*\]|[^:]*)(?::([0-9]*))?")

OPTED_OUT = "21610"
# Everything that is not listed is decided by the HTTP status. Codes of one destination or one
# sender id are a refusal of that message, not a fault of the account.
# https://www.twilio.com/docs/api/errors
REST_ERRORS = {
    OPTED_OUT: OptedOut,
    # the account, its credentials or its sender
    "20003": AccountError,
    "20404": AccountError,
    "21212": AccountError,
    "21603": AccountError,
    "21606": AccountError,
    "21609": AccountError,
    "21703": AccountError,
    "21705": AccountError,
    "30002": AccountError,
    "30032": AccountError,
    "30034": AccountError,
    # the address
    "14101": Rejected,
    "21211": Rejected,
    "21214": Rejected,
    "21217": Rejected,
    "21219": Rejected,
    "21265": Rejected,
    "21266": Rejected,
    "21408": Rejected,
    "21421": Rejected,
    "21608": Rejected,
    "21612": Rejected,
    "21614": Rejected,
    "30003": Rejected,
    "30005": Rejected,
    "30006": Rejected,
    "30018": Rejected,
    "30024": Rejected,
    "63003": Rejected,
    # the content
    "14103": Rejected,
    "21602": Rejected,
    "21617": Rejected,
    "21620": Rejected,
    "21623": Rejected,
    "30004": Rejected,
    "30007": Rejected,
    "30011": Rejected,
    "30019": Rejected,
    "63016": Rejected,
    "63024": Rejected,
    "63032": Rejected,
    "63038": Rejected,
    # too much at once
    "14107": RateLimited,
    "20429": RateLimited,
    "21611": RateLimited,
    "30001": RateLimited,
    "30022": RateLimited,
    "30023": RateLimited,
    "30027": RateLimited,
    "63018": RateLimited,
    # the way there
    "30008": OutcomeUnknown,
    "30017": NotSent,
    "30410": OutcomeUnknown,
}


def verify_signature(request: WebhookRequest, secrets: Iterable[str]) -> None:
    """Raise SignatureError unless one of the secrets signs the request.

    The header chooses between the two schemes (HMAC-SHA1 with the auth token, HMAC-SHA256 with
    a SharedKey) but can't switch the check off: an unknown one is refused.
    https://www.twilio.com/docs/usage/security#validating-requests
    """
    digest = ALGORITHMS.get(_algorithm(request.headers.get(SETTINGS_HEADER, "")))
    if digest is None:
        raise SignatureError("unknown signature algorithm")
    _check_body(request)
    given = request.headers.get(SIGNATURE_HEADER, "").encode(errors="replace")
    parameters = _signed_parameters(request.form)
    for secret in filter(None, secrets):
        for url in _signed_urls(request.url):
            signed = (url + parameters).encode(errors="replace")
            expected = base64.b64encode(hmac.digest(secret.encode(), signed, digest))
            if hmac.compare_digest(given, expected):
                return
    raise SignatureError("no secret of the account matches the signature")


def _algorithm(settings: str) -> str:
    """Return the algorithm that the settings header names, as Twilio's own libraries read it."""
    for part in settings.split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return value.strip().upper()
    return DEFAULT_ALGORITHM


def _check_body(request: WebhookRequest) -> None:
    """Check a body that is no form: the signature covers only its hash, which is in the URL."""
    if not request.body:
        return
    query = request.url.partition("#")[0].partition("?")[2]
    claimed = parse_qs(query).get(BODY_HASH, [""])[0].encode(errors="replace")
    actual = hashlib.sha256(request.body).hexdigest().encode()
    if not hmac.compare_digest(claimed, actual):
        raise SignatureError("the body does not match the hash in the URL")


def _signed_parameters(form: Iterable[tuple[str, str]]) -> str:
    """Return the form as it is signed: names sorted, the distinct values of each sorted too."""
    return "".join(name + value for name, value in sorted(set(form)))


def _signed_urls(url: str) -> Iterator[str]:
    """Yield the forms of a URL that Twilio may have signed.

    It is not consistent about the port: the given one may be missing, the standard one of the
    scheme added. An apostrophe in the query may have been written as %27. A fragment holds
    Twilio's own connection options and is never part of it.
    """
    base, mark, query = url.partition("#")[0].partition("?")
    scheme, _, rest = base.partition("://")
    authority, slash, path = rest.partition("/")
    credentials, at, host = authority.rpartition("@")
    for netloc in _hosts(host, PORTS.get(scheme.lower(), "")):
        front = f"{scheme}://{credentials}{at}{netloc}{slash}{path}{mark}"
        for variant in dict.fromkeys((query, query.replace("'", "%27"))):
            yield front + variant


def _hosts(host: str, standard_port: str) -> tuple[str, ...]:
    match = _HOST.fullmatch(host)
    if match is None:
        return (host,)
    name, port = match.groups()
    return (host, name) if port else (host, f"{name}:{standard_port}")


def rest_error(answer: Answer, secrets: Iterable[str] = ()) -> SendError:
    """Return the send error for an answer of the REST API that is no success.

    Twilio may have taken the message before it failed with 5xx, whatever code it gives.
    """
    data = answer.json()
    code = scalar(data.get("code")) or scalar(data.get("error_code"))
    if answer.status >= 500:
        error_class = OutcomeUnknown
    else:
        error_class = REST_ERRORS.get(code) or status_error(answer.status)
    text = scalar(data.get("message")) or scalar(data.get("error_message"))
    return provider_error(error_class, answer, code=code, text=text, secrets=secrets)
