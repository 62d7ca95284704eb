"""Files that customers send, copies of what the business sends, and drawn pictures."""

import functools
import hashlib
import ipaddress
import mimetypes
import struct
import threading
import zlib
from urllib.parse import quote, urlsplit

import requests

from .state import State
from .web import Answer

LARGEST = 25 * 1024 * 1024


class Media:
    """Keeps files in memory and serves them under /media/<id>/<name>."""

    def __init__(self, state: State):
        self._state = state
        self._lock = threading.Lock()
        self._files: dict[str, tuple[str, bytes]] = {}
        self._moved: dict[str, str] = {}
        self._expired: set[str] = set()
        self.base_url = ""

    def put(self, content: bytes, name: str = "file", content_type: str = "") -> str:
        """Keep a file and return its URL."""
        content_type = content_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
        key = hashlib.sha256(content).hexdigest()[:24]
        with self._lock:
            self._files[key] = (content_type, content)
        return f"{self.base_url}/media/{key}/{quote(name)}"

    def redirect(self, url: str) -> str:
        """Return a URL that redirects to another, wherever that is."""
        key = f"r{len(self._moved)}"
        self._moved[key] = url
        return f"{self.base_url}/media/{key}/moved"

    def expire(self, url: str):
        """Let the link to a file be out of date, as those of a CDN are after some time."""
        self._expired.add(url.partition("/media/")[2].split("/")[0])

    def serve(self, path: str) -> Answer:
        """Return the file of a /media/ or /avatar/ path."""
        section, _, rest = path.strip("/").partition("/")
        if section == "avatar":
            return Answer(200, picture(rest, 96), "image/png")
        if rest == "sample.png":
            return Answer(200, picture("sample", 480), "image/png")
        key = rest.split("/")[0]
        if key in self._moved:
            return Answer(302, headers={"Location": self._moved[key]})
        if key in self._expired:
            return Answer(403, b"URL signature expired", "text/plain")
        with self._lock:
            found = self._files.get(key)
        if found is None:
            return Answer(404, b"no such file", "text/plain")
        headers = {"X-Content-Type-Options": "nosniff"}
        if "html" in found[0] or "xml" in found[0]:  # also SVG: no scripts on our page's origin
            headers["Content-Security-Policy"] = "sandbox"
        return Answer(200, found[1], found[0], headers)

    def read(self, url: str) -> tuple[str, bytes] | None:
        """Return type and content of a file that we keep, None for any other address."""
        head, _, rest = url.partition("/media/")
        with self._lock:
            return self._files.get(rest.split("/")[0]) if head in ("", self.base_url) else None

    def fetch(self, url: str) -> str | None:
        """Download a file as the provider would and return the URL of the copy, None if it fails.

        Other hosts than loopback are not asked: their files count as downloaded.
        """
        if not self._state.settings.fetch_media or not is_loopback(urlsplit(url).hostname or ""):
            return url
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.get(url, timeout=5, allow_redirects=True)
        except requests.RequestException:
            return None
        if answer.status_code != 200 or len(answer.content) > LARGEST:
            return None
        name = urlsplit(url).path.rsplit("/", 1)[-1] or "file"
        return self.put(answer.content, name, answer.headers.get("content-type", ""))


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@functools.lru_cache(maxsize=64)
def picture(seed: str, size: int) -> bytes:
    """Return a PNG with a soft gradient whose colours come from the seed."""
    digest = hashlib.sha256(seed.encode()).digest()
    first, second = digest[:3], digest[3:6]
    rows = []
    for y in range(size):
        row = bytearray(b"\0")
        for x in range(size):
            share = (x + y) / (2 * size)
            row += bytes(
                round(a * (1 - share) + b * share) for a, b in zip(first, second, strict=True)
            )
        rows.append(bytes(row))
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(name, data) for name, data in parts)


def png_chunk(name: bytes, data: bytes) -> bytes:
    """Return one chunk of a PNG file."""
    checksum = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)
