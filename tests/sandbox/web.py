"""One HTTP request and its answer, as the sandbox passes them around."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl


class ControlError(Exception):
    """A control call that can't be done. The text tells the tester why."""

    def __init__(self, message: str, status: int = 400):
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Request:
    """`path` is still percent-encoded; `headers` has lower-case names."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base_url: str = ""

    def arg(self, name: str, default: str = "") -> str:
        """Return the first value of a query parameter."""
        return next((value for key, value in self.query if key == name), default)

    def number(self, name: str, default: int) -> int:
        """Return a query parameter as a whole number, the default when it is none."""
        value = self.arg(name)
        return int(value) if value.isdigit() else default

    def is_json(self) -> bool:
        """Tell whether the body claims to be JSON."""
        return self.headers.get("content-type", "").split(";")[0].strip() == "application/json"

    def json(self) -> dict:
        """Return the JSON object in the body; an empty body is an empty object."""
        if not self.body:
            return {}
        try:
            data = json.loads(self.body)
        except ValueError as error:
            raise ControlError(f"the body is not JSON: {error}") from error
        if not isinstance(data, dict):
            raise ControlError("the body is not a JSON object")
        return data

    def form(self) -> list[tuple[str, str]]:
        """Return the pairs of a form body, in their order."""
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)

    def basic_auth(self) -> tuple[str, str]:
        """Return user and password of HTTP basic auth; empty texts without."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return "", ""
        try:
            user, _, password = base64.b64decode(value).decode().partition(":")
        except ValueError:
            return "", ""
        return user, password


@dataclass
class Answer:
    """What goes back. `after` runs when the answer is out, `call_n` is the call's log entry.

    `transport` breaks the answer: "close" sends nothing and closes, "reset" sends a TCP reset.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    after: list[Callable[[], object]] = field(default_factory=list)
    transport: str = ""
    call_n: int = 0


def json_answer(data, status: int = 200, **headers: str) -> Answer:
    """Return an answer with a JSON body."""
    return Answer(status, json.dumps(data).encode(), headers=headers)
