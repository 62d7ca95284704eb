"""The Instagram Graph API: `/graph/{version}/...`, any version, with or without one."""

import re
import secrets
from collections.abc import Callable
from urllib.parse import unquote

from .instagram_events import InstagramEvents, meta_json
from .instagram_read import Reader, no_object
from .instagram_send import GraphError, Sender, request_params
from .log import Log
from .media import Media
from .models import InstagramAccount
from .state import State
from .web import Answer, Request

ROUTES = [
    ("POST", r"(?P<owner>[^/]+)/messages", "send"),
    ("GET", r"(?P<owner>[^/]+)/conversations", "conversations"),
    ("GET", r"(?P<owner>[^/]+)/subscribed_apps", "subscriptions"),
    ("POST", r"(?P<owner>[^/]+)/subscribed_apps", "subscribe"),
    ("DELETE", r"(?P<owner>[^/]+)/subscribed_apps", "unsubscribe"),
    ("GET", r"refresh_access_token", "refresh"),
    ("GET", r"me", "me"),
    ("GET", r"aWdfZAG1(?P<rest>[^/]+)", "message"),
    ("GET", r"aWdfZAG06(?P<rest>[^/]+)", "conversation"),
    ("GET", r"(?P<node>[^/]+)", "profile"),
]
FIELDS = {
    "comments",
    "live_comments",
    "mentions",
    "message_echoes",
    "message_edit",
    "message_reactions",
    "messages",
    "messaging_handover",
    "messaging_handovers",
    "messaging_optins",
    "messaging_postbacks",
    "messaging_reactions",
    "messaging_referral",
    "messaging_referrals",
    "messaging_seen",
    "standby",
}
READS = ("me", "profile", "conversations", "conversation", "message")
SIXTY_DAYS = 60 * 24 * 3600


class Instagram:
    """Answers API calls. Its webhooks are in `InstagramEvents`."""

    code = "instagram"

    def __init__(self, state: State, log: Log, events: InstagramEvents, media: Media):
        self._state = state
        self._sender = Sender(state, events, media)
        self._reader = Reader(state)
        self._log = log
        self._refreshed: dict[str, str] = {}  # token that a refresh gave out -> account

    def name_call(self, request: Request) -> str:
        """Return the name by which faults know this call."""
        return self._route(request)[0]

    def answer(self, request: Request) -> Answer:
        """Process an API call."""
        call, match = self._route(request)
        try:
            account = self._account(request)
            if match is None:
                raise no_object(request.path)
            self._check_owner(account, match.groupdict().get("owner"))
            if call in READS:
                data = getattr(self._reader, call)(account, request, *self._node(match))
                answer = self._graph_answer(data)
            else:
                handler: Callable = getattr(self, f"_{call}")
                answer = handler(account, request)
        except GraphError as error:
            answer = self._graph_answer(error.body(), error.status)
        return self._with_headers(request, answer)

    def _route(self, request: Request):
        path = re.sub(r"^(/graph)?(/v\d+\.\d+)?/", "", request.path)
        for method, pattern, call in ROUTES:
            match = re.fullmatch(pattern, path)
            if match and method == request.method:
                return call, match
        return "unknown", None

    def _node(self, match: re.Match) -> list[str]:
        names = match.groupdict()
        if "rest" in names:
            return [unquote(match.group(0))]
        return [unquote(names["node"])] if "node" in names else []

    # === WHO CALLS === #

    def _account(self, request: Request) -> InstagramAccount:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            token = request_params(request).get("access_token", "")
        with self._state.lock:
            for account in self._state.accounts.values():
                if account.provider != self.code:
                    continue
                if token and (token == account.token or self._refreshed.get(token) == account.id):
                    return account
        raise GraphError(190, "Invalid OAuth access token - Cannot parse access token", status=401)

    def _check_owner(self, account: InstagramAccount, owner: str | None):
        if owner not in (None, "me", account.id):
            raise no_object(owner)

    # === FAULTS === #

    def rate_limited(self, params: dict) -> Answer:
        """Return a rate limit error; the hint is in minutes, as Meta gives it."""
        minutes = params.get("minutes", 1)
        error = GraphError(
            params.get("code", 80002),
            "There have been too many calls to this Instagram account.",
            status=params.get("status", 429),
        )
        answer = self._graph_answer(error.body(is_transient=True), error.status)
        answer.headers.update(self._usage(100, minutes))
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

    def _with_headers(self, request: Request, answer: Answer) -> Answer:
        version = re.search(r"/(v\d+\.\d+)/", request.path)
        usage = self._usage(self._state.settings.instagram_usage, 0)
        answer.headers = {
            "instagram-api-version": version.group(1) if version else "v21.0",
            "x-fb-trace-id": secrets.token_hex(8),
            **usage,
            **answer.headers,
        }
        return answer

    def _usage(self, percent: int, minutes: int) -> dict[str, str]:
        used = {"call_count": percent, "total_cputime": percent, "total_time": percent}
        business = {
            "type": "instagram",
            **used,
            "estimated_time_to_regain_access": minutes,
        }
        owner = next((a.id for a in self._state.accounts.values() if a.provider == self.code), "0")
        return {
            "X-App-Usage": meta_json(used).decode(),
            "X-Business-Use-Case-Usage": meta_json({owner: [business]}).decode(),
        }

    # === SENDING === #

    def _send(self, account: InstagramAccount, request: Request) -> Answer:
        data, after = self._sender.send(account, request_params(request))
        answer = self._graph_answer(data)
        answer.after = after
        return answer

    # === THE ACCOUNT === #

    def _refresh(self, account: InstagramAccount, request: Request) -> Answer:
        if request.arg("grant_type") != "ig_refresh_token":
            raise GraphError(100, "Invalid parameter grant_type")
        token = f"IGAA{secrets.token_hex(40)}"
        self._refreshed[token] = account.id
        data = {"access_token": token, "token_type": "bearer", "expires_in": SIXTY_DAYS}
        return self._graph_answer(data)

    def _subscriptions(self, account: InstagramAccount, request: Request) -> Answer:
        apps = []
        if account.subscribed_fields:
            fields = account.subscribed_fields
            apps = [{"id": account.app_id, "name": "Sandbox app", "subscribed_fields": fields}]
        return self._graph_answer({"data": apps})

    def _subscribe(self, account: InstagramAccount, request: Request) -> Answer:
        wanted = request_params(request).get("subscribed_fields", "")
        names = [name for name in str(wanted).split(",") if name]
        unknown = sorted(set(names) - FIELDS)
        if unknown or not names:
            name = unknown[0] if unknown else ""
            raise GraphError(
                100, f'(#100) Param subscribed_fields[0] must be one of known names - got "{name}".'
            )
        account.subscribed_fields = names
        self._log.add("subscription", provider=self.code, account=account.id, fields=names)
        return self._graph_answer({"success": True})

    def _unsubscribe(self, account: InstagramAccount, request: Request) -> Answer:
        account.subscribed_fields = []
        self._log.add("subscription", provider=self.code, account=account.id, fields=[])
        return self._graph_answer({"success": True})
