"""The one place where a customer's file is downloaded, from an address that a stranger chose.

So nothing of the address is trusted: only https, only hosts that the provider keeps files on, only
public addresses, each redirect checked anew, no proxy, no .netrc, a cap on bytes and on time.
"""

import ipaddress
import re
import time
from collections.abc import Collection
from email.message import Message
from typing import NamedTuple
from urllib.parse import unquote, urljoin

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from .errors import FetchError, MediaGone, MediaRefused
from .events import Media
from .text import clean

TIMEOUT = (5, 15)  # seconds to connect, and between two reads
TOTAL_TIME = 60  # seconds for all of it: a server that trickles must not hold a worker
MAX_REDIRECTS = 4
CHUNK = 1 << 16
NAME_CHARS = 100

GONE = frozenset({403, 404, 410})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
DEFAULT_PORTS = {"https": 443, "http": 80}

_CONTENT_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")
_UNSAFE_URL = re.compile(r"[\s\\\x00-\x1f\x7f]")
_UNSAFE_NAME = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]')
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Origin(NamedTuple):
    """Who is spoken to: the part of a URL that decides where credentials may go."""

    scheme: str
    host: str
    port: int


def download(
    session: requests.Session,
    url: str,
    *,
    allowed_hosts: Collection[str],
    max_bytes: int,
    api_url: str = "",
    auth: AuthBase | None = None,
    auth_hosts: Collection[str] = (),
) -> Media:
    """Return a file. Raise FetchError (try again later), MediaGone or MediaRefused.

    A host in `allowed_hosts` stands for its subdomains too. `auth` goes to `auth_hosts` only, and
    never along with a redirect. The origin of `api_url`, which an administrator typed, is trusted
    like one of both: it may be a test server on this machine, without https. The session is for
    nothing else afterwards: it has lost its proxies and reaches public addresses only.
    """
    trusted = _origin(api_url) if api_url else None
    _guard(session, trusted)
    deadline = time.monotonic() + TOTAL_TIME
    for hop in range(MAX_REDIRECTS + 1):
        request = _prepared(url)
        origin = _checked_origin(request.url, allowed_hosts, trusted)
        if auth and not hop and (origin == trusted or _is_in(origin.host, auth_hosts)):
            request = auth(request)
        with _sent(session, request) as response:
            if response.status_code not in REDIRECTS:
                return _media(response, request.url, max_bytes, deadline)
            url = _joined(request.url, response.headers.get("Location", ""))
    raise MediaRefused("The file is behind too many redirects.")


# === WHERE TO === #


def _joined(url: str, target: str) -> str:
    try:
        return urljoin(url, target)
    except ValueError:
        raise MediaRefused("The address of the file is malformed.") from None


def _prepared(url: str) -> requests.PreparedRequest:
    # Not prepared by the session: that adds what .netrc, cookies and the environment say.
    # Compressed, a small answer could unpack to a huge one.
    if _UNSAFE_URL.search(url):
        raise MediaRefused("The address of the file is malformed.")
    try:
        return requests.Request("GET", url, headers={"Accept-Encoding": "identity"}).prepare()
    except (ValueError, urllib3.exceptions.HTTPError):
        raise MediaRefused("The address of the file is malformed.") from None


def _origin(url: str) -> Origin | None:
    """Return the origin of a URL as the library that connects reads it, None when unusable."""
    try:
        parts = urllib3.util.parse_url(url)
    except urllib3.exceptions.HTTPError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.host or parts.auth:
        return None
    return Origin(parts.scheme, parts.host.rstrip("."), parts.port or DEFAULT_PORTS[parts.scheme])


def _checked_origin(url: str, allowed_hosts: Collection[str], trusted: Origin | None) -> Origin:
    origin = _origin(url)
    if origin is None:
        raise MediaRefused("The address of the file is malformed.")
    if origin == trusted:
        return origin
    if (origin.scheme, origin.port) != ("https", 443) or not _is_in(origin.host, allowed_hosts):
        raise MediaRefused("The file is not where the provider keeps files.")
    return origin


def _is_in(host: str, names: Collection[str]) -> bool:
    return any(host == name or host.endswith("." + name) for name in names)


# === TO WHICH ADDRESS === #


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the public internet, also one inside another."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if ip.version == 6:
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if ip in _NAT64:
            inner = ipaddress.ip_address(int(ip) & 0xFFFFFFFF)
        if inner and not is_public(str(inner)):
            return False
        ip = ip.ipv4_mapped or ip
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_private)


class _Guard:
    """Checks whom a connection has reached before a byte is sent, TLS included.

    Not by asking the DNS first: it may answer otherwise the second time.
    """

    def _new_conn(self):
        connected = super()._new_conn()
        if not is_public(connected.getpeername()[0]):
            connected.close()
            raise MediaRefused("The file is at an address that is not public.")
        return connected


class _GuardedConnection(_Guard, HTTPConnection):
    pass


class _GuardedTlsConnection(_Guard, HTTPSConnection):
    pass


class _GuardedPool(HTTPConnectionPool):
    ConnectionCls = _GuardedConnection


class _GuardedTlsPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedTlsConnection


class _GuardedAdapter(HTTPAdapter):
    def __init__(self):
        super().__init__()
        self.poolmanager.pool_classes_by_scheme = {"http": _GuardedPool, "https": _GuardedTlsPool}


def _guard(session: requests.Session, trusted: Origin | None):
    session.trust_env = False
    session.proxies = {}
    # or requests reads the body of a redirect, whatever its length, though it follows none
    session.get_redirect_target = lambda response: None
    for scheme in DEFAULT_PORTS:
        session.mount(f"{scheme}://", _GuardedAdapter())
    if trusted:
        host = f"[{trusted.host}]" if ":" in trusted.host else trusted.host
        ends = {f":{trusted.port}/"} | (
            {"/"} if trusted.port == DEFAULT_PORTS[trusted.scheme] else set()
        )
        for end in ends:
            session.mount(f"{trusted.scheme}://{host}{end}", HTTPAdapter())


# === THE ANSWER === #


def _sent(session: requests.Session, request: requests.PreparedRequest) -> requests.Response:
    # Exceptions are not chained: their texts hold the URL, which lets anybody see the file.
    try:
        return session.send(
            request, timeout=TIMEOUT, allow_redirects=False, stream=True, proxies={}
        )
    except (OSError, ValueError, urllib3.exceptions.HTTPError) as exc:
        raise FetchError(f"The file could not be reached ({type(exc).__name__}).") from None


def _media(response: requests.Response, url: str, max_bytes: int, deadline: float) -> Media:
    status = response.status_code
    if status != 200:
        error_class = MediaGone if status in GONE else FetchError
        raise error_class(f"The file is not to be had (HTTP {status}).", f"http_{status}")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise MediaRefused("The file came compressed, though it was not to be.")
    content = _content(response, max_bytes, deadline)
    content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if not _CONTENT_TYPE.fullmatch(content_type):
        content_type = ""
    return Media(content, content_type, _file_name(response, url))


def _content(response: requests.Response, max_bytes: int, deadline: float) -> bytes:
    length = response.headers.get("Content-Length", "")
    expected = int(length) if length.isascii() and length.isdigit() and len(length) < 16 else None
    chunks, size = [], 0
    # read1 returns what is there; read waits for the whole chunk, however slowly it comes
    read = getattr(response.raw, "read1", response.raw.read)
    while (expected or 0) <= max_bytes and size <= max_bytes:
        try:
            chunk = read(CHUNK)
        except (OSError, ValueError, urllib3.exceptions.HTTPError) as exc:
            raise FetchError(f"The file broke off ({type(exc).__name__}).") from None
        if not chunk:
            if expected is not None and size < expected:
                raise FetchError("The file broke off.")
            return b"".join(chunks)
        if time.monotonic() > deadline:
            raise FetchError("The file comes too slowly.")
        chunks.append(chunk)
        size += len(chunk)
    raise MediaRefused(f"The file is larger than {max_bytes} bytes.")


def _file_name(response: requests.Response, url: str) -> str:
    """Return a name without folders and tricks, from the answer, else from the address."""
    header = Message()
    header["Content-Disposition"] = clean(response.headers.get("Content-Disposition", ""))
    try:
        given = header.get_filename("")
    except (ValueError, LookupError):  # an unknown character set
        given = ""
    path = urllib3.util.parse_url(url).path or ""
    return harmless_name(given) or harmless_name(unquote(path.rpartition("/")[2]))


def harmless_name(name: str) -> str:
    """Return a file name that is safe on every system: no folder, no control, not hidden."""
    name = re.split(r"[/\\]", clean(name))[-1]
    name = _UNSAFE_NAME.sub("", name).strip(" .")
    stem, dot, suffix = name.rpartition(".")
    if len(name) > NAME_CHARS and dot and len(suffix) < 10:
        return f"{stem[: NAME_CHARS - len(suffix) - 1]}.{suffix}"
    return name[:NAME_CHARS]
