"""POST /{id}/messages of the Instagram Graph API: what is accepted, what is refused, and why."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from .accounts import InstagramAccount
from .graph import GraphError, note_action
from .instagram_comments import Comments
from .instagram_events import REACTIONS, InstagramEvents
from .media import Media
from .models import Customer, Message
from .state import State

TEXT_BYTES = 1000
WINDOW = timedelta(hours=24)
HUMAN_WINDOW = timedelta(days=7)
ATTACHMENT_TYPES = ("image", "video", "audio", "file")
ACTION_KEYS = {"message": "message_id", "reaction": "reaction"}
BARE_TYPES = ("like_heart", "MEDIA_SHARE", "template")


class Sender:
    """Checks a send in the order in which Instagram does, then puts it on the phone."""

    def __init__(self, state: State, events: InstagramEvents, comments: Comments, media: Media):
        self._state = state
        self._events = events
        self._comments = comments
        self._media = media

    def send(self, account: InstagramAccount, params: dict) -> tuple[dict, list[Callable]]:
        """Return the answer and what happens after it. Raise GraphError."""
        recipient = params.get("recipient")
        is_reply = isinstance(recipient, dict) and bool(recipient.get("comment_id"))
        comment = None
        if is_reply:
            comment = self._comments.target(account, str(recipient["comment_id"]))
            customer = self._state.customers[comment.customer]
        else:
            customer = self._recipient(account, recipient)
        self._check_control(account, customer)
        if params.get("sender_action"):
            return self._sender_action(account, customer, params)
        spec = self._content(account, params)
        if comment:
            self._comments.take(comment)
            spec["comment"] = comment.id
        else:
            self._check_window(account, customer, params)
        message = self._events.business_sends(account, customer, spec, "api")
        data = {"recipient_id": message.recipient, "message_id": message.id}
        return data, [partial(self._events.echo, account, message)]

    def _recipient(self, account: InstagramAccount, recipient) -> Customer:
        if not isinstance(recipient, dict) or not recipient.get("id"):
            raise GraphError(100, "(#100) The parameter recipient is required")
        customer = self._state.customer_by_igsid(account.id, str(recipient["id"]))
        if customer is None:
            raise GraphError(100, "The requested user cannot be found.", subcode=2534014)
        if customer.blocked:
            text = "This user is not receiving messages from you at this time."
            raise GraphError(100, text, subcode=2534029)
        return customer

    def _check_control(self, account: InstagramAccount, customer: Customer):
        if self._state.thread_owner(account, customer.id) != account.app_id:
            text = "(#10) Message not sent: another app is controlling this thread now."
            raise GraphError(10, text, subcode=2018300, status=403)

    def _check_window(self, account: InstagramAccount, customer: Customer, params: dict):
        tag = params.get("tag")
        if tag and tag != "HUMAN_AGENT":
            raise GraphError(100, "(#100) This message tag is not supported any more.")
        last = self._state.last_inbound(account.id, customer.id)
        allowed = HUMAN_WINDOW if tag else WINDOW
        if last is None or self._state.now() - last > allowed:
            text = "(#10) This message is sent outside of allowed window."
            raise GraphError(10, text, subcode=2534022, status=403)

    # === CONTENT === #

    def _content(self, account: InstagramAccount, params: dict) -> dict:
        message = params.get("message")
        if not isinstance(message, dict):
            raise GraphError(100, "(#100) The parameter message is required")
        text = message.get("text") or ""
        attachments = self._attachments(message)
        if bool(text) == bool(attachments):
            raise GraphError(100, "(#100) Give either text or attachment, not both or none")
        if len(str(text).encode()) > TEXT_BYTES:
            raise GraphError(
                100,
                f"(#100) Length of param message[text] must be less than or equal to {TEXT_BYTES}",
            )
        self._check_quick_replies(message.get("quick_replies") or [])
        return {
            "text": str(text),
            "attachments": attachments,
            "reply_to": self._reply_to(account, params.get("reply_to")),
        }

    def _attachments(self, message: dict) -> list[dict]:
        several = message.get("attachments") or []
        if not isinstance(several, list):
            raise GraphError(100, "(#100) Param message[attachments] must be an array.")
        single = message.get("attachment")
        if single is not None and not isinstance(single, dict):
            raise GraphError(100, "(#100) Param message[attachment] must be an object.")
        found = [single, *several] if single else several
        if len(found) > 10 or (len(found) > 1 and {a.get("type") for a in found} != {"image"}):
            raise GraphError(100, "Several attachments are not available", subcode=2534068)
        return [self._attachment(item) for item in found]

    def _attachment(self, item: dict) -> dict:
        kind = item.get("type")
        payload = item.get("payload") or {}
        if kind in BARE_TYPES:
            return {"type": kind, "payload": payload}
        if kind not in ATTACHMENT_TYPES:
            raise GraphError(100, "(#100) Param message[attachment][type] is not known")
        url = str(payload.get("url") or "")
        if not url.startswith(("http://", "https://")):
            raise GraphError(100, "(#100) Param message[attachment][payload][url] must be a URL")
        copy = self._media.fetch(url)
        if copy is None:
            text = "Upload attachment failure: the file could not be downloaded."
            raise GraphError(100, text, subcode=2018007)
        return {"type": kind, "url": copy, "source_url": url}

    def _check_quick_replies(self, replies: list):
        too_long = any(len(str(reply.get("title", ""))) > 20 for reply in replies)
        if len(replies) > 13 or too_long:
            raise GraphError(100, "(#100) At most 13 quick replies with titles of 20 characters")

    def _reply_to(self, account: InstagramAccount, reply_to) -> dict | None:
        if not reply_to:
            return None
        mid = reply_to.get("mid") if isinstance(reply_to, dict) else None
        return {"mid": self._known(account, mid).id}

    def _known(self, account: InstagramAccount, mid) -> Message:
        message = self._state.messages.get(str(mid))
        if message is None or message.account != account.id:
            raise GraphError(100, "(#100) The message id is not valid")
        return message

    # === SENDER ACTIONS === #

    def _sender_action(self, account, customer: Customer, params: dict) -> tuple[dict, list]:
        action = params["sender_action"]
        payload = params.get("payload") or {}
        if action in ("react", "unreact"):
            self._react(account, action, payload)
        elif action == "mark_seen":
            self._see(account, customer)
        elif action not in ("typing_on", "typing_off"):
            raise GraphError(100, "(#100) Param sender_action is not known")
        thread = (account.provider, account.id, customer.id)
        more = {name: payload.get(key, "") for name, key in ACTION_KEYS.items()}
        note_action(self._state, thread, action, **more)
        return {"recipient_id": self._state.igsid(customer, account.id)}, []

    def _see(self, account: InstagramAccount, customer: Customer):
        for message in self._state.thread(account.id, customer.id):
            if message.direction == "inbound" and message.status != "read":
                self._state.update_message(message, "status", status="read")

    def _react(self, account: InstagramAccount, action: str, payload: dict):
        message = self._known(account, payload.get("message_id"))
        name = payload.get("reaction", "")
        left = {who: what for who, what in message.reactions.items() if who != "business"}
        if action == "react":
            if name not in REACTIONS:
                raise GraphError(100, "(#100) Param payload[reaction] is not known")
            left["business"] = {"reaction": name, "emoji": REACTIONS[name]}
        self._state.update_message(message, "reaction", reactions=left)
