"""One call of an OpenAI-compatible server, within a total time, whatever the server does."""

import json
import threading
from dataclasses import dataclass, field
from typing import Any

import requests

from ..channels.errors import SendError
from ..channels.http import BearerAuth, call

# of one process and server: one that never ends holds no more threads than these, and no other's
MOST_AT_ONCE = 4
_places: dict[str, threading.BoundedSemaphore] = {}
_places_lock = threading.Lock()


class EndpointError(Exception):
    """No usable answer. `code` is one of busy, slow, unreachable, refused, unreadable."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Server:
    """Where the server is. `url` is the base address, with its /v1."""

    url: str
    key: str = field(default="", repr=False)


class _Call(threading.Thread):
    """The call, which is left alone when it takes too long: no time limit of a read is a total."""

    def __init__(self, server: Server, body: bytes, seconds: float, places):
        super().__init__(daemon=True, name="omnichannel-endpoint")
        self._server, self._body, self._seconds, self._places = server, body, seconds, places
        self.answer, self.error = None, None

    def run(self):
        try:
            with requests.Session() as session:
                auth = BearerAuth(self._server.key) if self._server.key else _no_auth
                url = self._server.url.rstrip("/") + "/chat/completions"
                self.answer = call(
                    session,
                    "POST",
                    url,
                    auth,
                    body=self._body,
                    content_type="application/json",
                    read_seconds=self._seconds,  # the first byte comes when all is written
                )
        except SendError as error:
            self.error = error
        finally:
            self._places.release()


def _no_auth(request):
    # not nothing: requests would look for a password in the user's .netrc
    return request


def _places_of(server: Server) -> threading.BoundedSemaphore:
    with _places_lock:
        return _places.setdefault(server.url, threading.BoundedSemaphore(MOST_AT_ONCE))


def complete(server: Server, payload: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Return the server's answer as JSON. Raise EndpointError, at the latest after `seconds`."""
    places = _places_of(server)
    if not places.acquire(blocking=False):
        raise EndpointError("busy")
    running = _Call(server, json.dumps(payload).encode(), seconds, places)
    running.start()
    running.join(seconds)
    if running.is_alive():
        raise EndpointError("slow")
    answer = running.answer
    if answer is None:
        raise EndpointError("unreachable")
    if not answer.is_success:
        raise EndpointError("refused")
    found = answer.json()
    if not found:
        raise EndpointError("unreadable")
    return found
