"""The signature of Twilio's webhooks, in its two schemes."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qs

from .base import WebhookRequest
from .errors import SignatureError

SIGNATURE_HEADER = "x-twilio-signature"
# Comes with webhooks that a SharedKey signs: `key=<its id>,algorithm=HMAC_SHA256`.
SETTINGS_HEADER = "x-twilio-webhooks-signature-settings"
DEFAULT_ALGORITHM = "HMAC_SHA1"
ALGORITHMS = {"HMAC_SHA1": hashlib.sha1, "HMAC_SHA256": hashlib.sha256}
# A secret of the account that begins so is a SharedKey: it never verifies the older scheme.
SHARED_KEY = "sha256:"
BODY_HASH = "bodySHA256"
PORTS = {"https": "443", "http": "80"}

_HOST = re.compile(r"(\[[^\]]*\]|[^:]*)(?::([0-9]*))?")


def verify_signature(request: WebhookRequest, secrets: Iterable[str]) -> None:
    """Raise SignatureError unless one of the secrets signs the request.

    The header chooses between the two schemes (HMAC-SHA1 with the auth token, HMAC-SHA256 with
    a SharedKey) but can't switch the check off: an unknown one is refused. A secret written as
    `sha256:<secret>` is good for the newer scheme only, so an account that has no other kind
    accepts no SHA-1.
    https://www.twilio.com/docs/usage/security#validating-requests
    """
    algorithm = _algorithm(request.headers.get(SETTINGS_HEADER, ""))
    if algorithm not in ALGORITHMS:
        raise SignatureError("unknown signature algorithm")
    _check_body(request)
    given = request.headers.get(SIGNATURE_HEADER, "").encode(errors="replace")
    parameters = _signed_parameters(request.form)
    for key in _keys(secrets, algorithm):
        for url in _signed_urls(request.url):
            signed = (url + parameters).encode(errors="replace")
            expected = base64.b64encode(hmac.digest(key, signed, ALGORITHMS[algorithm]))
            if hmac.compare_digest(given, expected):
                return
    raise SignatureError("no secret of the account matches the signature")


def bare_secret(secret: str) -> str:
    """Return a secret without the mark that says which scheme it is for."""
    return secret.removeprefix(SHARED_KEY)


def _keys(secrets: Iterable[str], algorithm: str) -> Iterator[bytes]:
    for secret in secrets:
        is_allowed = algorithm == "HMAC_SHA256" or not secret.startswith(SHARED_KEY)
        if is_allowed and bare_secret(secret):
            yield bare_secret(secret).encode()


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
