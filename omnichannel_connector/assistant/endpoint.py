"""One call of an OpenAI-compatible server, within a total time, whatever the server does."""

import json
import threading
from dataclasses import dataclass, field
from typing import Any

import requests

from ..channels.errors import SendError
from ..channels.http import BearerAuth, call

MOST_AT_ONCE = 4  # of one process: a server that never ends holds no more threads than these
_places = threading.BoundedSemaphore(MOST_AT_ONCE)


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

    def __init__(self, server: Server, body: bytes):
        super().__init__(daemon=True, name="omnichannel-endpoint")
        self._server, self._body = server, body
        self.answer, self.error = None, None

    def run(self):
        try:
            with requests.Session() as session:
                auth = BearerAuth(self._server.key) if self._server.key else _no_auth
                url = self._server.url.rstrip("/") + "/chat/completions"
                self.answer = call(
                    session, "POST", url, auth, body=self._body, content_type="application/json"
                )
        except SendError as error:
            self.error = error
        finally:
            _places.release()


def _no_auth(request):
    # not nothing: requests would look for a password in the user's .netrc
    return request


def complete(server: Server, payload: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Return the server's answer as JSON. Raise EndpointError, at the latest after `seconds`."""
    if not _places.acquire(blocking=False):
        raise EndpointError("busy")
    running = _Call(server, json.dumps(payload).encode())
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
