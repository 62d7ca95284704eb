"""A stand-in for an OpenAI-compatible server: /assistant/v1/chat/completions.

It writes what `reply` says, else that it read so many lines. Whatever a prompt asks of it, it does:
a test may let it repeat everything that it was told, to see what that is.
"""

import itertools

from .web import Answer, ControlError, Request, json_answer

PATH = "/assistant/v1/chat/completions"


class Assistant:
    """`asked` holds the requests, oldest first; `reply` what is answered (text, or bytes as is)."""

    code = "assistant"

    def __init__(self):
        self.asked: list[dict] = []
        self.reply: str | bytes | None = None
        self._numbers = itertools.count(1)

    def name_call(self, request: Request) -> str:
        """Return the name by which faults know this call."""
        return "complete" if request.path == PATH else "unknown"

    def answer(self, request: Request) -> Answer:
        """Process an API call."""
        if request.path != PATH or request.method != "POST":
            return self._error(404, "not_found")
        if not request.headers.get("authorization", "").startswith("Bearer "):
            return self._error(401, "invalid_api_key")
        try:
            body = request.json()
        except ControlError:
            return self._error(400, "invalid_request_error")
        self.asked.append(body)
        if isinstance(self.reply, bytes):
            return Answer(200, self.reply)
        return json_answer(self._completion(body))

    def _completion(self, body: dict) -> dict:
        said = body["messages"][-1]["content"]
        text = self.reply or f"A draft after {len(said.splitlines())} lines."
        return {
            "id": f"chatcmpl-{next(self._numbers)}",
            "object": "chat.completion",
            "model": body.get("model", ""),
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": text},
                    "finish_reason": "stop",
                }
            ],
        }

    def _error(self, status: int, code: str) -> Answer:
        return json_answer({"error": {"message": code, "type": code, "code": code}}, status)

    def rate_limited(self, params: dict) -> Answer:
        """Return 429."""
        return self._error(params.get("status", 429), "rate_limit_exceeded")

    def failure(self, params: dict) -> Answer:
        """Return any error of the API."""
        return self._error(params.get("status", 400), params.get("code", "invalid_request_error"))

    def server_error(self) -> Answer:
        """Return what a failing server says."""
        return self._error(500, "server_error")
