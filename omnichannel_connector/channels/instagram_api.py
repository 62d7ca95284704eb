"""What the Instagram API tells when it is asked: profiles, past messages, the account's state.

https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login
https://developers.facebook.com/docs/messenger-platform/instagram
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

from .download import download
from .errors import MediaRefused, OutcomeUnknown, Rejected, SendError
from .events import (
    Action,
    Finding,
    Level,
    Media,
    MediaRef,
    OutboundMessage,
    Profile,
    RawEvent,
    SendResult,
    Token,
)
from .http import provider_error
from .instagram_history import MESSAGE_FIELDS, file_kinds, raw_event, shows_all_since
from .meta import parse_time
from .meta_graph import FORM, GraphAdapter, refused, rows_of
from .meta_webhook import as_object
from .text import scalar

PAGE_API_URL = "https://graph.facebook.com/v26.0"
VERSION = re.compile(r"/v\d+\.\d+$")

# Where Meta keeps what customers send.
MEDIA_HOSTS = ("fbcdn.net", "cdninstagram.com", "fbsbx.com", "lookaside.facebook.com")
MEDIA_BYTES = 25 * 1024 * 1024

# https://developers.facebook.com/docs/instagram-platform/webhooks
FIELDS = (
    "messages",
    "messaging_postbacks",
    "messaging_seen",
    "messaging_referral",
    "message_reactions",
    "messaging_optins",
    "messaging_handover",
    "standby",
    "message_edit",
    "comments",
    "live_comments",
)
# https://developers.facebook.com/docs/messenger-platform/webhooks
PAGE_FIELDS = (
    "messages",
    "messaging_postbacks",
    "message_reads",
    "messaging_referrals",
    "message_reactions",
    "messaging_optins",
    "messaging_handovers",
    "standby",
)
NEEDED_FIELD = "messages"

CLOCK_SLACK = timedelta(seconds=10)  # by which the provider's clock may be behind ours
CONVERSATIONS = "20"  # in one call; more of them with their messages is refused as too much data


class InstagramApi(GraphAdapter):
    """The calls that read, and those that set up an account."""

    default_api_url = "https://graph.instagram.com/v26.0"
    scopes = (
        "instagram_business_basic",
        "instagram_business_manage_messages",
        "instagram_business_manage_comments",
    )
    can_list = True
    can_look_up = True

    @property
    def _own_ids(self) -> frozenset[str]:
        return frozenset(filter(None, (self.account.external_id, self.account.sender)))

    @property
    def _is_page(self) -> bool:
        """Tell whether the account is reached through a Facebook Page."""
        return self.account.sender not in ("", self.account.external_id)

    @property
    def _api_url(self) -> str:
        """Return the API's address; a Page's token is good on the other host only."""
        url = super()._api_url
        return PAGE_API_URL if self._is_page and url == self.default_api_url else url

    def profile(self, identity: str) -> Profile:
        """Read the name. Refused by Meta for people who have not written to us yet."""
        data = self._call("GET", identity, params={"fields": "name,username"}).json()
        return Profile(scalar(data.get("name")), scalar(data.get("username")))

    def fetch(self, media: MediaRef) -> Media:
        """Download a file. Stories are refused: they may be looked at, but not be kept."""
        if media.is_fleeting or not media.url:
            raise MediaRefused("This may not be kept, or is no file.")
        return download(
            self.session,
            media.url,
            allowed_hosts=MEDIA_HOSTS,
            max_bytes=MEDIA_BYTES,
            api_url=self._api_url,
        )

    # === HISTORY === #

    def look_up(self, message: OutboundMessage, since: datetime) -> list[SendResult]:
        """Find an attempt among the newest messages of the customer's conversation, in one call.

        Reactions, typing and seen have no record, and may be repeated. Raise OutcomeUnknown when
        more was written since than the provider shows (the 20 newest): it may be among the rest.
        https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/conversations-api
        """
        if message.action is not Action.MESSAGE:
            return []
        if not message.to:
            raise OutcomeUnknown("The customer behind the comment is not known.")
        since -= CLOCK_SLACK
        params = {"platform": "instagram", "user_id": message.to, "fields": MESSAGE_FIELDS}
        found, is_complete = [], True
        for rows in self._pages("me", "conversations", params=params):
            for conversation in rows:
                entries = rows_of(conversation.get("messages"))
                times = [parse_time(entry.get("created_time")) for entry in entries]
                is_complete &= shows_all_since(times, since)
                found += [
                    (time, scalar(entry.get("id")))
                    for time, entry in zip(times, entries, strict=True)
                    if time and time >= since and _is_attempt(entry, message)
                ]
        if not found and not is_complete:
            raise OutcomeUnknown("More was written since than the provider shows.")
        return [SendResult(mid, recipient=message.to) for _time, mid in sorted(found)]

    def list_since(self, since: datetime) -> Iterator[RawEvent]:
        """Yield messages and echoes of the conversations that changed since then.

        The conversation that changed last comes first, and of each the oldest message.

        One call for our own ids and one for each 20 conversations; the limit is two a second. Of
        each conversation the 20 newest messages are shown; reactions and the like are not.
        """
        since -= CLOCK_SLACK  # and the API's times have no fractions
        ours = self._own_ids | self._ids_of_token()
        params = {
            "platform": "instagram",
            "fields": f"id,updated_time,{MESSAGE_FIELDS}",
            "limit": CONVERSATIONS,
        }
        for rows in self._pages("me", "conversations", params=params):
            times = [parse_time(row.get("updated_time")) for row in rows]
            for conversation in rows:
                for entry in reversed(rows_of(conversation.get("messages"))):
                    time = parse_time(entry.get("created_time"))
                    event = raw_event(entry, self.account.external_id, ours)
                    if event and time and time >= since:
                        yield event
            if rows and all(time and time < since for time in times):
                return

    def _ids_of_token(self) -> frozenset[str]:
        """Return the ids of our side: the one in conversations may not be that of webhooks."""
        me = self._me()
        inner = as_object(me.get("instagram_business_account"))
        found = (me.get("id"), me.get("user_id"), inner.get("id"))
        return frozenset(filter(None, map(scalar, found)))

    def _me(self) -> Mapping:
        fields = "user_id,username,account_type"
        if self._is_page:
            fields = "id,name,instagram_business_account{id,username}"
        return self._call("GET", "me", params={"fields": fields}).json()

    # === ACCOUNT === #

    def check(self) -> list[Finding]:
        """Ask who the token belongs to, then whether messages can be read, and who is told."""
        try:
            me = self._me()
        except SendError as error:
            return [refused("credentials", error)]
        name = scalar(me.get("username")) or scalar(me.get("name"))
        return [
            Finding("credentials", Level.OK, name),
            self._check_sender(me),
            self._asked("permissions", self._check_permissions),
            self._asked("subscription", self._check_subscription),
        ]

    def _check_sender(self, me: Mapping) -> Finding:
        """Compare the ids that the provider names with those of the account."""
        if self._is_page:
            inner = as_object(me.get("instagram_business_account"))
            found = (scalar(inner.get("id")), scalar(me.get("id")))
            expected = (self.account.external_id, self.account.sender)
        else:
            found = (scalar(me.get("user_id")) or scalar(me.get("id")),)
            expected = (self.account.external_id,)
        is_personal = scalar(me.get("account_type")).upper() == "PERSONAL"
        is_good = found == expected and not is_personal
        detail = "PERSONAL" if is_personal else ", ".join(filter(None, found))
        return Finding("sender", Level.OK if is_good else Level.FAILED, detail)

    def _check_permissions(self) -> Finding:
        """Read a conversation: refused without the permission, and when its owner forbids it."""
        params = {"platform": "instagram", "limit": "1"}
        next(self._pages("me", "conversations", params=params))
        return Finding("permissions", Level.OK)

    def _check_subscription(self) -> Finding:
        """Tell which of our fields no app is told about; one may be spelt in two ways."""
        apps = next(self._pages("me", "subscribed_apps", params={}))
        told = {
            scalar(name).rstrip("s") for app in apps for name in app.get("subscribed_fields") or ()
        }
        missing = [name for name in self._fields if name.rstrip("s") not in told]
        if NEEDED_FIELD in missing:
            return Finding("subscription", Level.FAILED, ", ".join(missing))
        return Finding("subscription", Level.WARNING if missing else Level.OK, ", ".join(missing))

    @property
    def _fields(self) -> tuple[str, ...]:
        return PAGE_FIELDS if self._is_page else FIELDS

    def subscribe(self) -> None:
        """Have the app told about messages and all that belongs to them.

        The names of some fields differ between the provider's own pages: what it refuses is left
        out, and the rest asked for again, as long as messages are among it.
        """
        names = list(self._fields)
        while True:
            body = urlencode({"subscribed_fields": ",".join(names)}).encode()
            try:
                self._call("POST", "me", "subscribed_apps", body=body, content_type=FORM)
            except Rejected as error:
                left = _without_refused(names, error.text)
                if NEEDED_FIELD not in left or left == names:
                    raise
                names = left
            else:
                return

    def renew(self) -> Token | None:
        """Give an Instagram token another 60 days; it must be a day old. A Page's lives on.

        The one call whose token stands in the query, as the provider wants it.
        https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token
        """
        if self._is_page:
            return None
        answer = self._request(
            "GET",
            f"{VERSION.sub('', self._api_url)}/refresh_access_token",
            params={
                "grant_type": "ig_refresh_token",
                "access_token": self.account.access_token,
            },
        )
        token, seconds = answer.json().get("access_token"), answer.json().get("expires_in")
        if not isinstance(token, str) or not token:
            raise provider_error(OutcomeUnknown, answer, text="The answer has no token.")
        text = scalar(seconds)
        lifetime = timedelta(seconds=int(text)) if text.isdecimal() and len(text) < 11 else None
        return Token(token, datetime.now(timezone.utc) + lifetime if lifetime else None)


def _is_attempt(entry: Mapping, message: OutboundMessage) -> bool:
    """Tell whether a message of the conversation may be what an attempt has sent.

    Of a file only the kind can be compared: the provider keeps a copy under an address of its own.
    """
    if scalar(as_object(entry.get("from")).get("id")) in ("", message.to):
        return False
    text, media = scalar(entry.get("message")), message.part.media
    if media is None:
        return text.strip() == message.part.text.strip()
    kinds = file_kinds(entry)
    kind = media.content_type.partition("/")[0]
    return not text and bool(kinds) and (kind not in ("image", "video") or kind in kinds)


def _without_refused(names: list[str], text: str) -> list[str]:
    """Return the fields without the one that an error text is about, else only the needed one."""
    got = re.search(r'got "(\w+)', text)
    position = re.search(r"subscribed_fields\[(\d+)\]", text)
    if got and got[1] in names:
        return [name for name in names if name != got[1]]
    if position and int(position[1]) < len(names):
        del (left := list(names))[int(position[1])]
        return left
    left = [name for name in names if not re.search(rf"\b{name}\b", text)]
    return left if left != names else [NEEDED_FIELD]
