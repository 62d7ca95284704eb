"""The Instagram Graph API: `/graph/{version}/...`, any version, with or without one."""

import re
import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from urllib.parse import unquote

from .accounts import InstagramAccount, Token
from .graph import Graph, GraphError, no_object, request_params
from .instagram_comments import Comments
from .instagram_events import InstagramEvents
from .instagram_read import Reader
from .instagram_send import Sender
from .media import Media
from .state import State
from .web import Answer, Request

ROUTES = [
    ("POST", r"(?P<owner>[^/]+)/messages", "send"),
    ("POST", r"(?P<comment>[^/]+)/replies", "reply"),
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


class Instagram(Graph):
    """Answers API calls. Its webhooks are in `InstagramEvents`."""

    code = "instagram"
    routes = ROUTES
    version_header = "instagram-api-version"

    def __init__(self, state: State, events: InstagramEvents, comments: Comments, media: Media):
        super().__init__(state)
        self._sender = Sender(state, events, comments, media)
        self._comments = comments
        self._reader = Reader(state)

    def answer(self, request: Request) -> Answer:
        """Process an API call."""
        call, match = self._route(request)
        account = None
        try:
            account = self._account(request)
            if match is None:
                raise no_object(request.path)
            self._check_owner(account, match.groupdict().get("owner"))
            self._check_limits(account, call)
            answer = self._dispatch(account, call, request, match)
        except GraphError as error:
            answer = self._refusal(error, account.id if account else "")
        answer = self._with_headers(request, answer, account.id if account else "")
        if account and account.page_id:
            answer.headers[Graph.version_header] = answer.headers.pop(self.version_header)
        return answer

    def _dispatch(self, account, call: str, request: Request, match: re.Match) -> Answer:
        if call in READS:
            data = getattr(self._reader, call)(account, request, *self._node(match))
            return self._graph_answer(data)
        if call == "subscriptions":
            return self._subscriptions(account)
        if call == "reply":
            return self._reply(account, request, match["comment"])
        handler: Callable = getattr(self, f"_{call}")
        return handler(account, request)

    def _node(self, match: re.Match) -> list[str]:
        names = match.groupdict()
        if "rest" in names:
            return [unquote(match.group(0))]
        return [unquote(names["node"])] if "node" in names else []

    def _check_owner(self, account: InstagramAccount, owner: str | None):
        if owner not in (None, "me", account.id, account.page_id or "me"):
            raise no_object(owner)

    def _rate_code(self) -> int:
        return self._state.settings.instagram_rate_code

    def _check_limits(self, account: InstagramAccount, call: str):
        settings = self._state.settings
        if call == "send":
            self._check_rate(account, "send", settings.instagram_rate)
        elif call in ("conversations", "conversation"):
            self._check_rate(account, "read", settings.instagram_read_rate)

    # === SENDING === #

    def _send(self, account: InstagramAccount, request: Request) -> Answer:
        data, after = self._sender.send(account, request_params(request))
        answer = self._graph_answer(data)
        answer.after = after
        return answer

    def _reply(self, account: InstagramAccount, request: Request, key: str) -> Answer:
        text = str(request_params(request).get("message") or "")
        comment = self._comments.reply_publicly(account, key, text)
        answer = self._graph_answer({"id": comment.id})
        answer.after = [partial(self._comments.tell_own, account, comment)]
        return answer

    # === THE ACCOUNT === #

    def _refresh(self, account: InstagramAccount, request: Request) -> Answer:
        if request.arg("grant_type") != "ig_refresh_token":
            raise GraphError(100, "Invalid parameter grant_type")
        now = self._state.now()
        issued = account.tokens[self._token(request)].issued_at
        if issued and now - issued < timedelta(hours=24):
            raise GraphError(100, "(#100) The token must be at least 24 hours old to be refreshed")
        token = f"IGAA{secrets.token_hex(40)}"
        account.tokens[token] = Token(now, now + timedelta(seconds=SIXTY_DAYS))
        self._state.log.add("token", provider=self.code, account=account.id, change="refreshed")
        data = {"access_token": token, "token_type": "bearer", "expires_in": SIXTY_DAYS}
        return self._graph_answer(data)

    def _subscribe(self, account: InstagramAccount, request: Request) -> Answer:
        wanted = request_params(request).get("subscribed_fields", "")
        names = [name for name in str(wanted).split(",") if name]
        unknown = sorted(set(names) - FIELDS)
        if unknown or not names:
            name = unknown[0] if unknown else ""
            raise GraphError(
                100, f'(#100) Param subscribed_fields[0] must be one of known names - got "{name}".'
            )
        self.subscribe(account, names)
        return self._graph_answer({"success": True})

    def _unsubscribe(self, account: InstagramAccount, request: Request) -> Answer:
        self.subscribe(account, [])
        return self._graph_answer({"success": True})
