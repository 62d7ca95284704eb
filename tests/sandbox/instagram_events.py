"""Instagram's webhooks: what Meta sends when somebody does something."""

import base64
import secrets
from dataclasses import replace

from .accounts import InstagramAccount
from .graph_events import GraphEvents, milliseconds
from .hooks import Hook, Result
from .models import Customer, Message
from .web import ControlError

REACTIONS = {
    "love": "\u2764\ufe0f",
    "laugh": "\U0001f606",
    "wow": "\U0001f62e",
    "sad": "\U0001f622",
    "angry": "\U0001f620",
    "like": "\U0001f44d",
}


def new_mid() -> str:
    """Return a message id: opaque, long, case-sensitive."""
    return "aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlE" + base64.urlsafe_b64encode(
        secrets.token_bytes(66)
    ).decode().replace("-", "Z").replace("_", "A")


class InstagramEvents(GraphEvents):
    """What customers and the business do in the Instagram app, turned into webhooks."""

    def hook(
        self, account: InstagramAccount, event: str, items: list[dict], key: str = "messaging"
    ) -> Hook:
        """Return a signed webhook with these items of `messaging`, or of `standby`."""
        now = milliseconds(self._state.now())
        entries = [{"id": account.id, "time": now, key: [item]} for item in items]
        return self.raw_hook(account, event, {"object": "instagram", "entry": entries})

    def emit(
        self,
        account: InstagramAccount,
        message: Message,
        event: str,
        item: dict,
        sync: bool = False,
    ) -> Result | None:
        """Send a webhook about a message, in `standby` while another app owns the thread."""
        key = "messaging"
        if self._state.thread_owner(account, message.customer) != account.app_id:
            key = "standby"
            if "postback" in item:
                item["postback"].pop("payload", None)
        hook = self.hook(account, event, [item], key)
        hook = replace(hook, message=message.id, customer=message.customer)
        return self.deliver(account, hook, sync)

    # === MESSAGES === #

    def message_item(self, message: Message) -> dict:
        """Return the item of `messaging` for a new message or its echo."""
        body: dict = {"mid": message.id}
        if message.text:
            body["text"] = message.text
        if message.attachments:
            body["attachments"] = [webhook_attachment(a) for a in message.attachments]
        if message.reply_to:
            body["reply_to"] = message.reply_to
        if message.direction == "outbound":
            body["is_echo"] = True
        return {**envelope(message), "message": body}

    def customer_sends(
        self, account: InstagramAccount, customer: Customer, spec: dict, sync: bool
    ) -> tuple[Message, Result | None]:
        """Write to the business as the customer.

        `spec`: text, attachments [{type, url}], reply_to ({mid} or {story}), postback ({title,
        payload}), quick_reply (payload), referral, extra (more keys of `message`), at.
        """
        igsid = self._state.igsid(customer, account.id)
        message = self._new(account, customer, spec, "inbound", "customer", igsid, account.id)
        if message.postback:
            item = {**envelope(message), "postback": {"mid": message.id, **message.postback}}
            return message, self.emit(account, message, "postback", item, sync)
        item = self.message_item(message)
        if spec.get("quick_reply"):
            item["message"]["quick_reply"] = {"payload": spec["quick_reply"]}
        if spec.get("referral"):
            item["message"]["referral"] = spec["referral"]
        item["message"].update(spec.get("extra") or {})
        return message, self.emit(account, message, "message", item, sync)

    def business_sends(
        self, account: InstagramAccount, customer: Customer, spec: dict, source: str
    ) -> Message:
        """Put a message of the business on the customer's phone. The echo is a call of its own."""
        igsid = self._state.igsid(customer, account.id)
        return self._new(account, customer, spec, "outbound", source, account.id, igsid)

    def echo(self, account: InstagramAccount, message: Message, sync: bool = False):
        """Send the echo of a message of the business."""
        return self.emit(account, message, "echo", self.message_item(message), sync)

    def _new(self, account, customer, spec, direction, source, sender, recipient) -> Message:
        return self._state.add_message(
            Message(
                id=spec.get("id") or new_mid(),
                provider=account.provider,
                account=account.id,
                customer=customer.id,
                direction=direction,
                source=source,
                at=spec.get("at") or self._state.now(),
                text=spec.get("text") or (spec.get("postback") or {}).get("title", ""),
                attachments=list(spec.get("attachments") or []),
                status="sent",
                sender=sender,
                recipient=recipient,
                reply_to=spec.get("reply_to"),
                postback=spec.get("postback"),
                comment=spec.get("comment", ""),
            )
        )

    # === WHAT HAPPENS TO MESSAGES === #

    def act(
        self, account: InstagramAccount, customer: Customer, action: str, spec: dict, sync: bool
    ) -> Result | None:
        """Do something to a message as the customer: react, unreact, edit, unsend, read."""
        acts = ("react", "unreact", "edit", "unsend", "read")
        if action not in acts:
            raise ControlError(f"unknown action {action}: use {', '.join(acts)}")
        message = self._target(account, customer, action, spec.get("message"))
        if action in ("edit", "unsend") and message.source != "customer":
            raise ControlError("customers can only change their own messages")
        return getattr(self, f"_{action}")(account, customer, message, spec, sync)

    def _target(self, account, customer, action: str, key: str | None) -> Message:
        if key:
            return self._state.message(key)
        direction = "outbound" if action in ("read", "react", "unreact") else "inbound"
        thread = self._state.thread(account.id, customer.id)
        found = [message for message in thread if message.direction == direction]
        if not found:
            raise ControlError("there is no such message yet", 409)
        return found[-1]

    def _react(self, account, customer, message, spec, sync):
        name = spec.get("reaction", "love")
        reaction = {"reaction": name, "emoji": spec.get("emoji") or REACTIONS.get(name, "")}
        reactions = {**message.reactions, "customer": reaction}
        self._state.update_message(message, "reaction", reactions=reactions)
        if self._state.settings.reaction_opens:
            self._state.open_window(account.id, customer.id)
        value = {"mid": message.id, "action": "react", **reaction}
        return self._from_customer(account, customer, message, "reaction", value, sync)

    def _unreact(self, account, customer, message, spec, sync):
        left = {who: what for who, what in message.reactions.items() if who != "customer"}
        self._state.update_message(message, "reaction", reactions=left)
        value = {"mid": message.id, "action": "unreact"}
        return self._from_customer(account, customer, message, "reaction", value, sync)

    def _edit(self, account, customer, message, spec, sync):
        edits = message.edits + 1
        self._state.update_message(message, "edit", text=spec.get("text", ""), edits=edits)
        value = {"mid": message.id, "text": message.text, "num_edit": edits}
        return self._from_customer(account, customer, message, "message_edit", value, sync)

    def _unsend(self, account, customer, message, spec, sync):
        self._state.update_message(message, "unsend", deleted=True, text="", attachments=[])
        value = {"mid": message.id, "is_deleted": True}
        item = {**envelope(message), "message": value}
        return self.emit(account, message, "unsend", item, sync)

    def _read(self, account, customer, message, spec, sync):
        """Mark everything up to the message as read; quiet when it is already."""
        thread = self._state.thread(account.id, customer.id)
        seen = [m for m in thread if m.direction == "outbound" and m.at <= message.at]
        if message.status == "read":
            return None
        for older in seen:
            if older.status != "read":
                self._state.update_message(older, "status", status="read")
        value = {"mid": message.id}
        return self._from_customer(account, customer, message, "read", value, sync)

    def _from_customer(self, account, customer, message, key, value, sync):
        item = {
            "sender": {"id": self._state.igsid(customer, account.id)},
            "recipient": {"id": account.id},
            "timestamp": milliseconds(self._state.now()),
            key: value,
        }
        event = "edit" if key == "message_edit" else key
        return self.emit(account, message, event, item, sync)


def envelope(message: Message) -> dict:
    """Return sender, recipient and time of a message's own event."""
    return {
        "sender": {"id": message.sender},
        "recipient": {"id": message.recipient},
        "timestamp": milliseconds(message.at),
    }


def webhook_attachment(attachment: dict) -> dict:
    """Return an attachment as webhooks show it; some kinds have no payload at all."""
    payload = {**attachment.get("payload", {})}
    if attachment.get("url"):
        payload["url"] = attachment["url"]
    return {"type": attachment.get("type", "image"), **({"payload": payload} if payload else {})}
