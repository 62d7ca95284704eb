"""Instagram Direct, with Instagram Login or through a Facebook Page.

https://developers.facebook.com/docs/instagram-platform/webhooks
https://developers.facebook.com/docs/messenger-platform/instagram
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from .base import Limits, WebhookRequest
from .errors import OutcomeUnknown, Rejected
from .events import (
    Action,
    InboundEvent,
    Kind,
    OutboundMessage,
    OutboundPart,
    RawEvent,
    SendResult,
)
from .http import provider_error
from .instagram_api import InstagramApi
from .meta import usage
from .meta_graph import MEGABYTE
from .meta_webhook import (
    HANDOVER_ITEMS,
    UNSUPPORTED,
    Item,
    as_object,
    attachments,
    raw_events,
    read_item,
    referral,
)
from .text import scalar

IGNORED_FIELDS = frozenset({"story_insights"})
# A subscription to newsletters, which Meta has given up; nothing follows from it.
IGNORED_ITEM = "optin"
POLICY_ITEM = "policy_enforcement"

# The dashboard's test button sends these; some products put the people under a real account.
TEST_ENTRY = "0"
TEST_PEOPLE = {"12334", "23245"}

# Whose thread it may become. https://developers.facebook.com/docs/messenger-platform/handover-protocol
INBOX_APPS = {"263902037430900": "Page inbox", "1217981644879628": "Instagram inbox"}
OWNER_KEYS = ("previous_owner_app_id", "new_owner_app_id", "requested_owner_app_id")

# What a comment is about: of the comment, and of the post. The post's id is `media_id`.
COMMENT_KEYS = ("parent_id", "media_id")
POST_KEYS = ("media_product_type", "ad_id", "ad_title", "original_media_id")

OUTBOUND_TYPES = {"image": "image", "video": "video", "audio": "audio"}  # else "file"
LIKE = "like_heart"  # as the content type of a file: the heart that has no file
# The emoji of a reaction without its variation selector -> the provider's word.
REACTIONS = {
    "\u2764": "love",
    "\U0001f606": "laugh",
    "\U0001f602": "laugh",
    "\U0001f62e": "wow",
    "\U0001f622": "sad",
    "\U0001f620": "angry",
    "\U0001f621": "angry",
    "\U0001f44d": "like",
}
VARIATION_SELECTOR = "\ufe0f"

SENDER_ACTIONS = {Action.SEEN: "mark_seen", Action.TYPING: "typing_on"}


class InstagramAdapter(InstagramApi):
    """Instagram Direct.

    `external_id` is the id of the professional account, as the webhooks name it. `sender` may
    hold the id under which messages are sent when it is another one (a Facebook Page).
    """

    code = "instagram"
    label = "Instagram"
    identity_kind = "instagram"
    is_block_lifted_by_writing = True
    identity_scoped = True
    has_profiles = True
    required_settings = frozenset(
        {"external_id", "access_token", "signing_secrets", "verify_token"}
    )
    optional_settings = frozenset({"sender"})
    # The rate is that of texts; of audio and video files it is 10 a second.
    # https://developers.facebook.com/docs/instagram-platform/overview
    limits = Limits(
        text_bytes=1000,
        window=timedelta(hours=24),
        human_window=timedelta(days=7),
        comment_window=timedelta(days=7),
        rate=100.0,
        media={
            "image/jpeg": 8 * MEGABYTE,
            "image/png": 8 * MEGABYTE,
            "image/gif": 8 * MEGABYTE,
            "audio": 25 * MEGABYTE,
            "video": 25 * MEGABYTE,
            "application/pdf": 25 * MEGABYTE,
        },
    )
    actions = frozenset(Action)
    can_reply = True

    # === INBOUND === #

    def split(self, request: WebhookRequest) -> list[RawEvent]:
        return raw_events(self._envelopes(request), self._own_ids)

    def parse(self, payload: Mapping) -> InboundEvent:
        item = read_item(payload, self._own_ids)
        if self._is_ignored(item):
            return item.event(Kind.IGNORED)
        if item.recipients and self._own_ids.isdisjoint(item.recipients):
            # Of an account that nobody here has connected. Its customers are none of ours.
            return item.event(Kind.UNKNOWN)
        handler = self._HANDLERS.get(item.kind or item.field)
        event = handler(self, item) if handler else None
        return event or item.event(Kind.UNKNOWN, context=_policy(item))

    def _is_ignored(self, item: Item) -> bool:
        """Tell whether an item is understood and asks for nothing.

        The business may write to itself to try things out.
        """
        is_test = item.entry_id == TEST_ENTRY or {item.sender, item.recipient} == TEST_PEOPLE
        is_self = item.data.get("is_self") or item.content.get("is_self")
        is_idle = item.field in IGNORED_FIELDS or IGNORED_ITEM in item.data
        return bool(is_test or is_self or is_idle)

    def _message(self, item: Item) -> InboundEvent | None:
        message, mid = item.content, scalar(item.content.get("mid"))
        if not (mid and (item.customer or item.is_echo)):
            return None
        if message.get("is_deleted"):
            return item.event(Kind.UNSEND, target_id=mid, is_echo=item.is_echo)
        text = scalar(message.get("text"))
        refs = attachments(message)
        if (not text and not refs) or message.get("is_unsupported"):
            refs += (UNSUPPORTED,)
        return item.event(
            Kind.MESSAGE,
            external_id=mid,
            text=text,
            attachments=refs,
            reply_to=scalar(as_object(message.get("reply_to")).get("mid")),
            is_echo=item.is_echo,
            payload=scalar(as_object(message.get("quick_reply")).get("payload")),
            referral=referral(message.get("referral")),
        )

    def _reaction(self, item: Item) -> InboundEvent | None:
        target = scalar(item.content.get("mid"))
        if not target or not item.customer:
            return None
        # Both may be missing on `react`, and always are on `unreact`.
        word = scalar(item.content.get("emoji")) or scalar(item.content.get("reaction")) or "other"
        reaction = "" if item.content.get("action") == "unreact" else word
        return item.event(Kind.REACTION, target_id=target, reaction=reaction, is_echo=item.is_echo)

    def _postback(self, item: Item) -> InboundEvent | None:
        if not item.customer:
            return None
        return item.event(
            Kind.POSTBACK,
            external_id=scalar(item.content.get("mid")),
            text=scalar(item.content.get("title")) or scalar(item.content.get("payload")),
            payload=scalar(item.content.get("payload")),
            referral=referral(item.content.get("referral")),
        )

    def _read(self, item: Item) -> InboundEvent | None:
        """Take a receipt of the customer; one of our own side says nothing about delivery."""
        if item.is_echo:
            return item.event(Kind.IGNORED)
        target = scalar(item.content.get("mid"))
        if not target or not item.customer:
            return None
        return item.event(Kind.READ, target_id=target)

    def _referral_item(self, item: Item) -> InboundEvent | None:
        if not item.customer:
            return None
        return item.event(Kind.REFERRAL, referral=referral(item.content))

    def _edit(self, item: Item) -> InboundEvent | None:
        """Take an edit. In development mode Meta sends one of number 0 with each new message."""
        target, text = scalar(item.content.get("mid")), scalar(item.content.get("text"))
        number = scalar(item.content.get("num_edit"))
        if not text and number in ("", "0"):
            return item.event(Kind.IGNORED)
        if not target:
            return None
        revision = int(number) if number.isdecimal() and len(number) < 10 else 0
        return item.event(
            Kind.EDIT, target_id=target, text=text, is_echo=item.is_echo, revision=revision
        )

    def _comment(self, item: Item) -> InboundEvent | None:
        """Take a comment on a post or in a live broadcast, unless it is our own."""
        data, author = item.data, as_object(item.data.get("from"))
        if item.is_echo or author.get("self_ig_scoped_id"):
            return item.event(Kind.IGNORED)
        comment_id, text = (
            scalar(data.get("id") or data.get("comment_id")),
            scalar(data.get("text")),
        )
        if not comment_id or not item.customer:
            return None
        return item.event(
            Kind.COMMENT,
            external_id=comment_id,
            text=text,
            attachments=() if text else (UNSUPPORTED,),
            username=scalar(author.get("username")),
            context=_comment_context(item),
        )

    def _mention(self, item: Item) -> InboundEvent:
        """Take that somebody named us under a post of theirs. Who it was has to be asked for."""
        return item.event(
            Kind.COMMENT,
            external_id=scalar(item.data.get("comment_id")),
            username=scalar(as_object(item.data.get("from")).get("username")),
            context={**_comment_context(item), "is_mention": "1"},
        )

    def _handover(self, item: Item) -> InboundEvent:
        """Take that a thread goes from one app to another. The metadata is another app's."""
        owners = {name: scalar(item.content.get(name)) for name in OWNER_KEYS}
        known = {name: value for name, value in owners.items() if value}
        owner = owners["new_owner_app_id"] or owners["requested_owner_app_id"]
        return item.event(
            Kind.HANDOVER,
            text=INBOX_APPS.get(owner, owner),
            context={"control": item.kind.partition("_")[0], **known},
        )

    _HANDLERS: ClassVar = {
        "message": _message,
        "reaction": _reaction,
        "postback": _postback,
        "read": _read,
        "referral": _referral_item,
        "message_edit": _edit,
        "comments": _comment,
        "live_comments": _comment,
        "mentions": _mention,
        **dict.fromkeys(sorted(HANDOVER_ITEMS), _handover),
    }

    # === OUTBOUND === #

    def normalize(self, address: str) -> str:
        return address.strip()

    def send(self, message: OutboundMessage) -> SendResult:
        """Send one text or file, or act on the thread. Echo and `look_up` reconcile.

        There is no idempotency key. After 24 hours a person may still write for seven days, with
        a tag that no automation may use; without one nothing is sent then.
        https://developers.facebook.com/docs/messenger-platform/instagram/features/send-message
        """
        if message.is_late and not message.is_human:
            raise Rejected("Only a person may answer after 24 hours.", "not_human")
        content = {"recipient": {"id": message.to}, **_content(message)}
        if message.comment_id:
            content["recipient"] = {"comment_id": message.comment_id}
        sender = self.account.sender or self.account.external_id
        answer = self._post(sender, "messages", content=content)
        data = answer.json()
        message_id = scalar(data.get("message_id"))
        if not message_id and message.action is Action.MESSAGE:
            raise provider_error(OutcomeUnknown, answer, text="The answer names no message.")
        return SendResult(
            message_id, recipient=scalar(data.get("recipient_id")), usage=usage(answer)
        )


# === WHAT COMES IN === #


def _comment_context(item: Item) -> dict[str, str]:
    """Return what a comment is about: the post, the advert, the comment that it answers."""
    post = as_object(item.data.get("media"))
    found = {name: scalar(item.data.get(name)) for name in COMMENT_KEYS}
    found["media_id"] = found["media_id"] or scalar(post.get("id"))
    found.update({name: scalar(post.get(name)) for name in POST_KEYS})
    found["is_live"] = "1" if item.field == "live_comments" else ""
    return {name: value for name, value in found.items() if value}


def _policy(item: Item) -> dict[str, str]:
    """Return why Meta warned or blocked the account, if that is what the item is about."""
    policy = as_object(item.data.get(POLICY_ITEM))
    return {name: text for name in ("action", "reason") if (text := scalar(policy.get(name)))}


# === WHAT GOES OUT === #


def _content(message: OutboundMessage) -> dict[str, Any]:
    if message.action is Action.REACT:
        return _reaction(message)
    if message.action in SENDER_ACTIONS:
        return {"sender_action": SENDER_ACTIONS[message.action]}
    content: dict[str, Any] = {"message": _message_content(message.part)}
    if message.reply_to:
        content["reply_to"] = {"mid": message.reply_to}
    if message.comment_id:
        return content
    if message.is_late:
        return {**content, "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    return {**content, "messaging_type": "RESPONSE"}


def _message_content(part: OutboundPart) -> dict[str, Any]:
    if part.media is None:
        return {"text": part.text}
    if part.media.content_type == LIKE:
        return {"attachment": {"type": LIKE}}
    kind = OUTBOUND_TYPES.get(part.media.content_type.partition("/")[0], "file")
    return {"attachment": {"type": kind, "payload": {"url": part.media.url}}}


def _reaction(message: OutboundMessage) -> dict[str, Any]:
    """Return a reaction by the provider's word. Raise Rejected when it has none for it."""
    payload = {"message_id": message.target_id}
    if not message.reaction:
        return {"sender_action": "unreact", "payload": payload}
    emoji = message.reaction.replace(VARIATION_SELECTOR, "")
    word = REACTIONS.get(emoji, emoji)
    if word not in REACTIONS.values():
        raise Rejected("Instagram has no such reaction.", "unknown_reaction")
    return {"sender_action": "react", "payload": {**payload, "reaction": word}}
