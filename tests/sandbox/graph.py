"""What Meta's APIs have in common: parameters, tokens, errors, limits, headers."""

import json
import re
import secrets
from typing import ClassVar

from .accounts import GraphAccount
from .limits import RateLimits
from .state import State
from .web import Answer, ControlError, Request

RATE_CODES = {4, 17, 32, 613, 80002, 80008, 130429}
TOKEN_TEXTS = {
    460: "The session has been invalidated because the user changed their password",
    463: "Error validating access token: Session has expired",
    467: "Error validating access token: The access token is invalid",
}


def meta_json(data) -> bytes:
    """Return JSON as Meta writes it: compact, non-ASCII as lower-case escapes, slashes escaped."""
    return json.dumps(data, separators=(",", ":")).replace("/", "\\/").encode("ascii")


class GraphError(Exception):
    """An error answer of the Graph API."""

    def __init__(
        self,
        code: int,
        message: str,
        subcode: int | None = None,
        status: int = 400,
    ):
        super().__init__(message)
        self.code = code
        self.subcode = subcode
        self.status = status

    def body(self, **extra) -> dict:
        """Return the JSON of the answer."""
        error = {"message": str(self), "type": "OAuthException", "code": self.code}
        if self.subcode:
            error["error_subcode"] = self.subcode
        return {"error": {**error, **extra, "fbtrace_id": f"A{secrets.token_urlsafe(16)}"}}


def request_params(request: Request) -> dict:
    """Return query and body of a call as one dict; form values that are JSON are decoded."""
    params = dict(request.query)
    if request.is_json():
        try:
            params.update(request.json())
        except ControlError as error:
            raise GraphError(100, f"Invalid JSON for postcard: {error}") from error
    elif request.body:
        params.update({name: decoded(value) for name, value in request.form()})
    return params


def decoded(value: str):
    """Return a form value, decoded when it is a JSON object or list."""
    if not value.startswith(("{", "[")):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def no_object(node: str) -> GraphError:
    """Return the error for an id that is nobody's business."""
    text = (
        f"Unsupported get request. Object with ID '{node}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation."
    )
    return GraphError(100, text, subcode=33)


def note_action(state: State, message_of: tuple, action: str, **more):
    """Log what the business does besides writing; `message_of` = provider, account, customer."""
    provider, account, customer = message_of
    names = {"provider": provider, "account": account, "customer": customer}
    state.log.add("sender_action", **names, action=action, **more)


class Graph:
    """Base of the providers that are a part of the Graph API."""

    code = ""
    routes: ClassVar[list[tuple[str, str, str]]] = []  # method, path, name of the call
    rate_code = 80002
    version_header = "facebook-api-version"

    def __init__(self, state: State):
        self._state = state
        self._limits = RateLimits(state)

    # === WHICH CALL === #

    def name_call(self, request: Request) -> str:
        """Return the name by which faults know this call."""
        return self._route(request)[0]

    def _path(self, request: Request) -> str:
        return re.sub(r"^(/graph)?(/v\d+\.\d+)?/", "", request.path)

    def _route(self, request: Request) -> tuple[str, re.Match | None]:
        path = self._path(request)
        for method, pattern, call in self.routes:
            match = re.fullmatch(pattern, path)
            if match and method == request.method:
                return call, match
        return "unknown", None

    # === WHO CALLS === #

    def _token(self, request: Request) -> str:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return token
        if request.headers.get("content-type", "").startswith("multipart/"):
            return request.arg("access_token")
        return str(request_params(request).get("access_token", ""))

    def knows_token(self, request: Request) -> bool:
        """Tell whether the call comes with the token of one of our accounts, good or dead."""
        try:
            return self._holder(self._token(request)) is not None
        except GraphError:
            return False

    def _holder(self, token: str) -> GraphAccount | None:
        with self._state.lock:
            for account in self._state.accounts.values():
                if account.provider == self.code and token in account.tokens:
                    return account
        return None

    def _account(self, request: Request) -> GraphAccount:
        token = self._token(request)
        account = self._holder(token) if token else None
        if account is None:
            text = "Invalid OAuth access token - Cannot parse access token"
            raise GraphError(190, text, status=401)
        found = account.tokens[token]
        is_over = found.expires_at is not None and found.expires_at <= self._state.now()
        if found.dead or is_over:
            subcode = found.dead or 463
            text = TOKEN_TEXTS.get(subcode, "Error validating access token")
            raise GraphError(190, text, subcode=subcode, status=401)
        return account

    def _check_rate(self, account: GraphAccount, kind: str, rate: float):
        if not self._limits.takes(f"{account.id}.{kind}", rate):
            text = "There have been too many calls to this account. Wait a bit and try again."
            raise GraphError(self._rate_code(), text, status=429)

    def _rate_code(self) -> int:
        return self.rate_code

    # === FAULTS === #

    def rate_limited(self, params: dict, account: str = "") -> Answer:
        """Return a rate limit error; the hint is in minutes, as Meta gives it."""
        minutes = params.get("minutes", 1)
        error = GraphError(
            params.get("code", self.rate_code),
            "There have been too many calls to this account.",
            status=params.get("status", 429),
        )
        answer = self._graph_answer(error.body(is_transient=True), error.status)
        answer.headers.update(self._usage(100, minutes, account))
        return answer

    def failure(self, params: dict) -> Answer:
        """Return any error of the Graph API."""
        error = GraphError(
            params.get("code", 2),
            params.get("message", "An error that a test asked for."),
            subcode=params.get("subcode"),
            status=params.get("status", 400),
        )
        return self._graph_answer(error.body(**params.get("extra", {})), error.status)

    def server_error(self) -> Answer:
        """Return what a failing Graph API says."""
        error = GraphError(1, "An unknown error has occurred.", status=500)
        return self._graph_answer(error.body(), 500)

    # === ANSWERS === #

    def _graph_answer(self, data, status: int = 200) -> Answer:
        return Answer(status, meta_json(data), "application/json; charset=UTF-8")

    def _refusal(self, error: GraphError, account: str = "") -> Answer:
        if error.code in RATE_CODES:
            minutes = -(-self._state.settings.rate_block // 60)
            params = {"code": error.code, "status": error.status, "minutes": int(minutes)}
            return self.rate_limited(params, account)
        return self._graph_answer(error.body(), error.status)

    def _with_headers(self, request: Request, answer: Answer, account: str = "") -> Answer:
        version = re.search(r"/(v\d+\.\d+)/", request.path)
        usage = self._usage(self._state.settings.instagram_usage, 0, account)
        answer.headers = {
            self.version_header: version.group(1) if version else "v21.0",
            "x-fb-trace-id": secrets.token_hex(8),
            **usage,
            **answer.headers,
        }
        return answer

    def _usage(self, percent: int, minutes: int, account: str = "") -> dict[str, str]:
        used = {"call_count": percent, "total_cputime": percent, "total_time": percent}
        business = {
            "type": self.code,
            **used,
            "estimated_time_to_regain_access": minutes,
        }
        accounts = self._state.accounts.values()
        owner = account or next((a.id for a in accounts if a.provider == self.code), "0")
        return {
            "X-App-Usage": meta_json(used).decode(),
            "X-Business-Use-Case-Usage": meta_json({owner: [business]}).decode(),
        }

    # === SUBSCRIPTIONS === #

    def _subscriptions(self, account: GraphAccount) -> Answer:
        apps = []
        if account.subscribed_fields:
            fields = account.subscribed_fields
            apps = [{"id": account.app_id, "name": "Sandbox app", "subscribed_fields": fields}]
        return self._graph_answer({"data": apps})

    def subscribe(self, account: GraphAccount, names: list[str]):
        """Have an account's webhooks come, or none of them with an empty list."""
        account.subscribed_fields = names
        self._state.log.add("subscription", provider=self.code, account=account.id, fields=names)
