"""WhatsApp Cloud in the Graph API: `/graph/{version}/{phone_number_id}/messages` and files."""

import hashlib
import re
from datetime import timedelta
from functools import partial

from .accounts import WhatsAppAccount
from .graph import Graph, GraphError, no_object, note_action, request_params
from .media import Media
from .models import Customer, Message
from .state import State
from .twilio_wire import owner_of
from .web import Answer, Request
from .whatsapp_events import WhatsAppEvents, new_wamid, wa_id

ROUTES = [
    ("POST", r"(?P<owner>[^/]+)/messages", "send"),
    ("GET", r"(?P<owner>[^/]+)/subscribed_apps", "subscriptions"),
    ("POST", r"(?P<owner>[^/]+)/subscribed_apps", "subscribe"),
    ("DELETE", r"(?P<owner>[^/]+)/subscribed_apps", "unsubscribe"),
    ("GET", r"whatsapp_file/(?P<node>\d+)", "download"),
    ("GET", r"(?P<node>[^/]+)", "node"),
]
TEXT_CHARS = 4096
CAPTION_CHARS = 1024
WINDOW = timedelta(hours=24)
LINK = timedelta(minutes=5)  # so long the address of a file is good
MEDIA_TYPES = ("image", "document", "audio", "video", "sticker")
NODE_FIELDS = ("id", "display_phone_number", "verified_name", "quality_rating")


class WhatsApp(Graph):
    """Answers API calls. Its webhooks are in `WhatsAppEvents`."""

    code = "whatsapp"
    routes = ROUTES
    rate_code = 130429

    def __init__(self, state: State, events: WhatsAppEvents, media: Media):
        super().__init__(state)
        self._events = events
        self._media = media

    def owns(self, request: Request) -> bool:
        """Tell whether a call to the Graph API is for WhatsApp: by its address or its token."""
        node = self._path(request).split("/")[0]
        with self._state.lock:
            account = self._state.accounts.get(node)
        is_ours = isinstance(account, WhatsAppAccount) or node == "whatsapp_file"
        return is_ours or self.knows_token(request)

    def answer(self, request: Request) -> Answer:
        """Process an API call."""
        call, match = self._route(request)
        account = None
        try:
            account = self._account(request)
            if match is None:
                raise no_object(request.path)
            owner = match.groupdict().get("owner")
            if owner not in (None, account.id, account.waba_id):
                raise no_object(owner)
            answer = getattr(self, f"_{call}")(account, request, *self._node_of(match))
        except GraphError as error:
            answer = self._refusal(error, account.id if account else "")
        return self._with_headers(request, answer, account.id if account else "")

    def _node_of(self, match: re.Match) -> list[str]:
        node = match.groupdict().get("node")
        return [node] if node else []

    # === READING === #

    def _node(self, account: WhatsAppAccount, request: Request, node: str) -> Answer:
        if node == account.id:
            name = account.name or account.username
            values = (account.id, account.number, name, "GREEN")
            return self._graph_answer(dict(zip(NODE_FIELDS, values, strict=True)))
        if node == account.waba_id:
            return self._graph_answer({"id": node, "name": account.name or account.username})
        file = self._state.files.get(node)
        if file is None:
            raise no_object(node)
        kept = self._media.read(file["url"])
        content = kept[1] if kept else b""
        file["asked_at"] = self._state.now()
        data = {
            "messaging_product": "whatsapp",
            "url": f"{request.base_url}/graph/whatsapp_file/{node}",
            "mime_type": file["mime_type"],
            "sha256": hashlib.sha256(content).hexdigest(),
            "file_size": len(content),
            "id": node,
        }
        return self._graph_answer(data)

    def _download(self, account: WhatsAppAccount, request: Request, node: str) -> Answer:
        """Return a file; the address is good for some minutes after it was asked for."""
        file = self._state.files.get(node, {})
        kept = self._media.read(file.get("url", ""))
        asked_at = file.get("asked_at")
        if kept is None or asked_at is None or self._state.now() - asked_at > LINK:
            return Answer(404, b"Not found", "text/plain")
        return Answer(200, kept[1], file["mime_type"])

    def _subscribe(self, account: WhatsAppAccount, request: Request) -> Answer:
        self.subscribe(account, ["messages"])
        return self._graph_answer({"success": True})

    def _unsubscribe(self, account: WhatsAppAccount, request: Request) -> Answer:
        self.subscribe(account, [])
        return self._graph_answer({"success": True})

    # === SENDING === #

    def _send(self, account: WhatsAppAccount, request: Request) -> Answer:
        params = request_params(request)
        self._check_rate(account, "send", self._state.settings.whatsapp_rate)
        if params.get("messaging_product") != "whatsapp":
            raise GraphError(100, "(#100) The parameter messaging_product is required.")
        if params.get("status") == "read":
            return self._see(account, params)
        to = re.sub(r"[^\d]", "", str(params.get("to") or ""))
        if not 7 <= len(to) <= 15:
            raise GraphError(100, "(#100) The parameter to is required.")
        customer = owner_of(self._state, f"+{to}")
        kind = params.get("type", "text")
        if kind == "reaction":
            return self._react(account, customer, params.get("reaction") or {})
        return self._create(account, customer, kind, params)

    def _create(self, account, customer: Customer, kind: str, params: dict) -> Answer:
        text, attachments = self._content(kind, params.get(kind))
        mid = (params.get("context") or {}).get("message_id")
        message = self._state.add_message(
            Message(
                id=new_wamid(),
                provider=self.code,
                account=account.id,
                customer=customer.id,
                direction="outbound",
                source="api",
                at=self._state.now(),
                text=text,
                attachments=attachments,
                status="accepted",
                sender=account.id,
                recipient=wa_id(customer),
                reply_to={"mid": mid} if mid else None,
                callback_data=str(params.get("biz_opaque_callback_data") or ""),
            )
        )
        failure = self._failure(account, customer, kind, attachments)
        return self._sent(account, customer, message, failure)

    def _sent(self, account, customer: Customer, message: Message, failure: int) -> Answer:
        contact = {"input": message.recipient, "wa_id": wa_id(customer)}
        data = {
            "messaging_product": "whatsapp",
            "contacts": [contact],
            "messages": [{"id": message.id}],
        }
        answer = self._graph_answer(data)
        answer.after = [partial(self._events.progress, account, message, failure)]
        return answer

    def _content(self, kind: str, value) -> tuple[str, list[dict]]:
        if not isinstance(value, dict):
            raise GraphError(100, f"(#100) The parameter {kind} is required.")
        if kind == "template":
            return f"[template {value.get('name', '')}]", []
        if kind == "text":
            text = str(value.get("body") or "")
            if not text or len(text) > TEXT_CHARS:
                raise GraphError(100, f"(#100) text.body has 1 to {TEXT_CHARS} characters")
            return text, []
        if kind not in MEDIA_TYPES:
            raise GraphError(100, f"(#100) Param type {kind} is not known")
        caption = str(value.get("caption") or "")
        if len(caption) > CAPTION_CHARS or bool(value.get("link")) == bool(value.get("id")):
            raise GraphError(100, f"(#100) {kind} needs either link or id, and a short caption")
        url = str(value.get("link") or self._state.files.get(str(value.get("id")), {}).get("url"))
        copy = self._media.fetch(url) if value.get("link") else url
        return caption, [{"type": kind, "url": copy or "", "source_url": url}]

    def _failure(self, account, customer: Customer, kind: str, attachments: list) -> int:
        """Return the error that only a later status tells, 0 when all is well."""
        if customer.blocked:
            return 131026
        last = self._state.last_inbound(account.id, customer.id)
        if kind != "template" and (last is None or self._state.now() - last > WINDOW):
            return 131047
        return 131053 if any(not one["url"] for one in attachments) else 0

    def _known(self, account: WhatsAppAccount, key) -> Message:
        message = self._state.messages.get(str(key))
        if message is None or message.account != account.id:
            raise GraphError(100, "(#100) The message id is not valid")
        return message

    def _see(self, account: WhatsAppAccount, params: dict) -> Answer:
        """Mark a customer's message as read, and show that we are typing."""
        message = self._known(account, params.get("message_id"))
        self._state.update_message(message, "status", status="read")
        actions = ["mark_seen", *(["typing_on"] if params.get("typing_indicator") else [])]
        for action in actions:
            self._note(message, action)
        return self._graph_answer({"success": True})

    def _react(self, account: WhatsAppAccount, customer: Customer, reaction: dict) -> Answer:
        message = self._known(account, reaction.get("message_id"))
        left = {who: what for who, what in message.reactions.items() if who != "business"}
        emoji = str(reaction.get("emoji") or "")
        if emoji:
            left["business"] = {"reaction": emoji, "emoji": emoji}
        self._state.update_message(message, "reaction", reactions=left)
        self._note(message, "react" if emoji else "unreact", emoji)
        data = {
            "messaging_product": "whatsapp",
            "messages": [{"id": new_wamid()}],
        }
        return self._graph_answer(data)

    def _note(self, message: Message, action: str, reaction: str = ""):
        thread = (self.code, message.account, message.customer)
        more = {"message": message.id, "reaction": reaction}
        note_action(self._state, thread, action, **more)
