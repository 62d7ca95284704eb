"""What the adapters of Meta's messaging products share: the handshake, the Graph API, files.

https://developers.facebook.com/docs/graph-api
"""

import hmac
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from .base import ChannelAdapter, WebhookRequest
from .errors import AccountError, OutcomeUnknown, PayloadError, Rejected, SendError, SignatureError
from .events import Finding, Level
from .http import Answer, BearerAuth, call, provider_error
from .meta import GRAPH_ERRORS, SIGNATURE_HEADER, ErrorTable, graph_error, verify_signature
from .meta_webhook import as_list, as_object
from .text import load_json, scalar

CHALLENGE = re.compile(r"[A-Za-z0-9_.-]{1,256}")
MAX_PAGES = 100  # of a list; it ends long before, unless the provider pages in a circle
FORM = "application/x-www-form-urlencoded"


class GraphAdapter(ChannelAdapter):
    """A channel of Meta's: signed webhooks, and the Graph API with a token in a header."""

    errors: ClassVar[ErrorTable] = GRAPH_ERRORS

    # === WEBHOOK === #

    def challenge(self, request: WebhookRequest) -> str:
        """Answer `hub.challenge` when `hub.verify_token` is ours."""
        expected = self.account.verify_token
        given = request.query.get("hub.verify_token", "")
        answer = request.query.get("hub.challenge", "")
        is_ours = hmac.compare_digest(given.encode(errors="replace"), expected.encode())
        if not expected or not is_ours or request.query.get("hub.mode") != "subscribe":
            raise SignatureError("the verify token does not match")
        if not CHALLENGE.fullmatch(answer):  # never mirror what could be markup
            raise SignatureError("the challenge is malformed")
        return answer

    def verify(self, request: WebhookRequest) -> None:
        header = request.headers.get(SIGNATURE_HEADER, "")
        verify_signature(request.body, header, self.account.signing_secrets)

    def _envelopes(self, request: WebhookRequest) -> list[Mapping]:
        """Return the objects in a body, which may be one or a list of them."""
        try:
            body = load_json(request.body)
        except ValueError:
            raise PayloadError("the body is not JSON") from None
        envelopes = body if isinstance(body, list) else [body]
        if not all(isinstance(envelope, dict) for envelope in envelopes):
            raise PayloadError("the body is neither an object nor a list of objects")
        return envelopes

    # === GRAPH API === #

    @property
    def _api_url(self) -> str:
        return (self.account.api_url or self.default_api_url).rstrip("/")

    def _call(self, method: str, *path: str, **options) -> Answer:
        """Make one call below the API's address. Raise a send error unless it succeeds."""
        url = "/".join((self._api_url, *(quote(part, safe="") for part in path)))
        return self._request(method, url, **options)

    def _request(self, method: str, url: str, **options) -> Answer:
        answer = call(self.session, method, url, BearerAuth(self.account.access_token), **options)
        if not answer.is_success:
            raise graph_error(answer, self.account.secrets, self.errors)
        return answer

    def _post(self, *path: str, content: Mapping[str, Any]) -> Answer:
        body = json.dumps(content).encode()
        return self._call("POST", *path, body=body, content_type="application/json")

    def _pages(self, *path: str, params: Mapping[str, str]) -> Iterator[list[Mapping]]:
        """Yield the rows of a list, page by page, one call for each.

        By the cursor, not by the address of the next page: it holds the token, and may be any.
        """
        cursor: Mapping[str, str] = {}
        for _page in range(MAX_PAGES):
            answer = self._call("GET", *path, params={**params, **cursor})
            data = answer.json()
            if "data" not in data:
                raise provider_error(OutcomeUnknown, answer, text="The answer has no list.")
            yield rows_of(data)
            paging = as_object(data.get("paging"))
            after = scalar(as_object(paging.get("cursors")).get("after"))
            if not after or not paging.get("next"):
                return
            cursor = {"after": after}

    def _asked(self, check: str, ask: Callable[[], Finding]) -> Finding:
        """Return what a check finds, or that the provider refused it or did not answer."""
        try:
            return ask()
        except SendError as error:
            return refused(check, error)


def refused(check: str, error: SendError) -> Finding:
    """Return the finding for a call that failed: for good, or perhaps only now."""
    is_final = isinstance(error, AccountError | Rejected)
    detail = f"{error.code}: {error.text}" if error.code else error.text
    return Finding(check, Level.FAILED if is_final else Level.WARNING, detail)


def rows_of(value: Any) -> list[Mapping]:
    """Return the objects in a list of the Graph API, `{"data": [..]}`."""
    return [row for row in as_list(as_object(value).get("data")) if isinstance(row, Mapping)]
