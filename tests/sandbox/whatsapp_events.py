"""WhatsApp Cloud's webhooks: messages of customers, and what becomes of ours."""

import base64
import hashlib
import secrets
from dataclasses import replace

from .accounts import WhatsAppAccount
from .graph_events import GraphEvents
from .hooks import Hook, Result
from .instagram_events import REACTIONS
from .media import Media
from .models import Customer, Message
from .state import State
from .web import ControlError
from .webhooks import Webhooks

FAILURES = {
    131026: "Message undeliverable",
    131047: "Re-engagement message",
    131053: "Media upload error",
}
STATUSES = ("sent", "delivered", "read", "failed")


class WhatsAppEvents(GraphEvents):
    """What happens on the customer's WhatsApp, turned into webhooks."""

    def __init__(self, state: State, webhooks: Webhooks, media: Media):
        super().__init__(state, webhooks)
        self._media = media

    def hook(self, account: WhatsAppAccount, event: str, value: dict) -> Hook:
        """Return a signed webhook with one change."""
        metadata = {
            "display_phone_number": account.number.lstrip("+"),
            "phone_number_id": account.id,
        }
        value = {"messaging_product": "whatsapp", "metadata": metadata, **value}
        entry = {"id": account.waba_id, "changes": [{"value": value, "field": "messages"}]}
        payload = {"object": "whatsapp_business_account", "entry": [entry]}
        return self.raw_hook(account, event, payload)

    def emit(self, account, message: Message, event: str, value: dict, sync: bool = False):
        """Send a webhook about a message."""
        hook = replace(
            self.hook(account, event, value), message=message.id, customer=message.customer
        )
        return self.deliver(account, hook, sync)

    # === INBOUND === #

    def customer_sends(
        self, account: WhatsAppAccount, customer: Customer, spec: dict, sync: bool
    ) -> tuple[Message, Result | None]:
        """Write to our number as the customer.

        `spec`: text, attachments [{type (image, document, ...), url (of our media), mime_type,
        caption, filename}] of which there is one in a message, reply_to ({mid}), postback ({title,
        payload}: a template's button), user_id (instead of the number: `from` is absent), extra
        (more keys of the message), at.
        """
        if not customer.number and not spec.get("user_id"):
            raise ControlError("this customer has no phone number", 409)
        message = self._new(account, customer, spec)
        item = {
            "id": message.id,
            "timestamp": str(int(message.at.timestamp())),
            **self._content(message, spec),
            **(spec.get("extra") or {}),
        }
        contact: dict = {"profile": {"name": customer.name}}
        if spec.get("user_id"):
            contact["user_id"] = spec["user_id"]
        else:
            item = {"from": wa_id(customer), **item}
            contact["wa_id"] = wa_id(customer)
        value = {"contacts": [contact], "messages": [item]}
        return message, self.emit(account, message, "message", value, sync)

    def _new(self, account, customer: Customer, spec: dict) -> Message:
        attachments = [self._kept(one) for one in spec.get("attachments") or []]
        if len(attachments) > 1:
            raise ControlError("WhatsApp sends each file as a message of its own")
        return self._state.add_message(
            Message(
                id=spec.get("id") or new_wamid(),
                provider=account.provider,
                account=account.id,
                customer=customer.id,
                direction="inbound",
                source="customer",
                at=spec.get("at") or self._state.now(),
                text=spec.get("text") or (spec.get("postback") or {}).get("title", ""),
                attachments=attachments,
                status="received",
                sender=wa_id(customer),
                recipient=account.id,
                reply_to=spec.get("reply_to"),
                postback=spec.get("postback"),
            )
        )

    def _kept(self, attachment: dict) -> dict:
        """Return an attachment with the id under which Meta keeps the file."""
        url = attachment.get("url", "")
        kept = self._media.read(url)
        kind = attachment.get("mime_type") or (kept[0] if kept else "image/png")
        key = f"9{secrets.randbelow(10**14):014d}"
        with self._state.lock:
            self._state.files[key] = {"url": url, "mime_type": kind, "at": self._state.now()}
        return {"type": "image", **attachment, "id": key, "mime_type": kind}

    def _content(self, message: Message, spec: dict) -> dict:
        context = {}
        if message.reply_to:
            context = {"context": {"from": message.recipient, "id": message.reply_to["mid"]}}
        if message.postback:
            button = {"text": message.postback.get("title"), **message.postback}
            button.pop("title", None)
            return {"type": "button", "button": button, **context}
        if not message.attachments:
            return {"type": "text", "text": {"body": message.text}, **context}
        (attachment,) = message.attachments
        kept = self._media.read(attachment.get("url", ""))
        content = {
            "id": attachment["id"],
            "mime_type": attachment["mime_type"],
            "sha256": base64.b64encode(hashlib.sha256(kept[1] if kept else b"").digest()).decode(),
        }
        caption = attachment.get("caption") or message.text
        more = {"caption": caption, "filename": attachment.get("filename")}
        content.update({name: value for name, value in more.items() if value})
        return {"type": attachment["type"], attachment["type"]: content, **context}

    # === WHAT CUSTOMERS DO === #

    def act(
        self, account: WhatsAppAccount, customer: Customer, action: str, spec: dict, sync: bool
    ) -> Result | None:
        """React, take a reaction back, or read as the customer."""
        thread = self._state.thread(account.id, customer.id)
        ours = [message for message in thread if message.direction == "outbound"]
        if not spec.get("message") and not ours:
            raise ControlError("there is no such message yet", 409)
        message = self._state.message(spec["message"]) if spec.get("message") else ours[-1]
        if action == "read":
            return self.set_status(account, message, "read", sync=sync)
        if action not in ("react", "unreact"):
            raise ControlError(f"unknown action {action}: use react, unreact, read")
        reactions = {who: what for who, what in message.reactions.items() if who != "customer"}
        reaction: dict = {"message_id": message.id}
        if action == "react":
            name = spec.get("reaction", "love")
            emoji = spec.get("emoji") or REACTIONS.get(name, "")
            reactions["customer"] = {"reaction": name, "emoji": emoji}
            reaction["emoji"] = emoji
        self._state.update_message(message, "reaction", reactions=reactions)
        item = {
            "from": wa_id(customer),
            "id": new_wamid(),
            "timestamp": str(int(self._state.now().timestamp())),
            "type": "reaction",
            "reaction": reaction,
        }
        contact = {"profile": {"name": customer.name}, "wa_id": wa_id(customer)}
        value = {"contacts": [contact], "messages": [item]}
        return self.emit(account, message, "reaction", value, sync)

    # === STATUS === #

    def progress(self, account: WhatsAppAccount, message: Message, failure: int, sync=False):
        """Tell what becomes of our message: the wanted statuses, or only that it failed."""
        statuses = ["failed"] if failure else self._state.settings.whatsapp_statuses
        for status in statuses:
            if sync:
                self.set_status(account, message, status, failure, sync)
            else:
                self._webhooks.run(
                    account.id,
                    lambda s=status: self.set_status(account, message, s, failure, sync=True),
                )

    def set_status(
        self, account, message: Message, status: str, error_code: int | None = None, sync=False
    ) -> Result | None:
        """Give our message a status and tell it."""
        if status not in STATUSES:
            raise ControlError(f"unknown status {status}: use {', '.join(STATUSES)}")
        code = error_code or None
        self._state.update_message(message, "status", status=status, error_code=code)
        value = {
            "id": message.id,
            "status": status,
            "timestamp": str(int(self._state.now().timestamp())),
            "recipient_id": message.recipient,
        }
        if message.callback_data:
            value["biz_opaque_callback_data"] = message.callback_data
        if code:
            title = FAILURES.get(code, "Message failed")
            details = {"details": f"{title}. A test or the rules of WhatsApp want it."}
            value["errors"] = [
                {"code": code, "title": title, "message": title, "error_data": details}
            ]
        return self.emit(account, message, "status", {"statuses": [value]}, sync)


def wa_id(customer: Customer) -> str:
    """Return a customer's number as WhatsApp writes it: digits only."""
    return customer.number.lstrip("+")


def new_wamid() -> str:
    """Return the id of a message."""
    return f"wamid.{base64.b64encode(secrets.token_bytes(36)).decode()}"
