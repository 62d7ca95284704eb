"""What the Instagram Graph API shows: profiles, conversations, messages."""

import re
from datetime import datetime

from .accounts import InstagramAccount
from .graph import GraphError, no_object
from .models import Customer, Message
from .state import State
from .web import Request

READABLE = 20  # only the newest messages of a conversation show their content


class Reader:
    """The GET calls of an authenticated account."""

    def __init__(self, state: State):
        self._state = state

    def me(self, account: InstagramAccount, request: Request) -> dict:
        data = {
            "id": str(int(account.id) + 1) if account.id.isdigit() else f"app-{account.id}",
            "user_id": account.id,
            "username": account.username,
            "name": account.name or account.username,
            "account_type": "BUSINESS",
            "profile_picture_url": f"{request.base_url}/avatar/{account.id}.png",
        }
        if account.page_id:
            linked = {"id": account.id, "username": account.username}
            data |= {"id": account.page_id, "instagram_business_account": linked}
        return selected(data, request.arg("fields", "id,username"))

    def profile(self, account: InstagramAccount, request: Request, node: str) -> dict:
        if node in (account.id, account.page_id):
            return self.me(account, request)
        if node in self._state.messages:
            return self.message(account, request, node)
        customer = self._state.customer_by_igsid(account.id, node)
        if customer is None:
            raise no_object(node)
        if self._state.last_inbound(account.id, customer.id) is None:
            raise GraphError(230, "User consent is required to access user profile", status=403)
        data = {
            "id": node,
            "name": customer.name or None,
            "username": customer.username,
            "profile_pic": f"{request.base_url}/avatar/{customer.id}.png",
            "follower_count": 100,
            "is_user_follow_business": True,
            "is_business_follow_user": False,
            "is_verified_user": False,
        }
        return selected(data, request.arg("fields", "name,username"))

    def conversations(self, account: InstagramAccount, request: Request) -> dict:
        if request.arg("platform", "instagram") != "instagram":
            raise GraphError(100, "Invalid parameter platform")
        wanted = request.arg("user_id")
        found = []
        for customer in list(self._state.customers.values()):
            thread = self._state.thread(account.id, customer.id)
            if thread and wanted in ("", self._state.igsid(customer, account.id)):
                found.append((thread[-1].at, self._conversation_data(account, customer, request)))
        found.sort(key=lambda pair: pair[0], reverse=True)
        return page([data for _at, data in found], request)

    def conversation(self, account: InstagramAccount, request: Request, node: str) -> dict:
        for customer in list(self._state.customers.values()):
            igsid = self._state.igsid(customer, account.id)
            if conversation_id(account.id, igsid) == node and self._state.thread(
                account.id, customer.id
            ):
                data = self._conversation_data(account, customer, request)
                if "messages" in data:
                    data["messages"] = page(data["messages"]["data"], request)
                return data
        raise no_object(node)

    def _conversation_data(self, account, customer: Customer, request: Request) -> dict:
        thread = self._state.thread(account.id, customer.id)[::-1]
        igsid = self._state.igsid(customer, account.id)
        fields = nested_fields(request.arg("fields"))
        data: dict = {"id": conversation_id(account.id, igsid)}
        if not fields or "updated_time" in fields:
            data["updated_time"] = graph_time(thread[0].at)
        if "participants" in fields:
            us = {"id": account.id, "username": account.username}
            data["participants"] = {"data": [us, {"id": igsid, "username": customer.username}]}
        if "messages" in fields:
            inner = fields["messages"] or "id,created_time"
            shown = [
                selected(self._message_data(account, message), inner if n < READABLE else "id")
                for n, message in enumerate(thread)
                if not message.deleted
            ]
            data["messages"] = {"data": shown}
        return data

    def message(self, account: InstagramAccount, request: Request, node: str) -> dict:
        message = self._state.messages.get(node)
        if message is None or message.account != account.id or message.deleted:
            raise no_object(node)
        thread = self._state.thread(account.id, message.customer)
        if message not in thread[-READABLE:]:
            raise GraphError(100, "The message was deleted or is too old", subcode=33)
        data = self._message_data(account, message)
        return selected(data, request.arg("fields", "id,created_time"))

    def _message_data(self, account: InstagramAccount, message: Message) -> dict:
        customer = self._state.customers[message.customer]
        us = {"username": account.username, "id": account.id}
        them = {"username": customer.username, "id": self._state.igsid(customer, account.id)}
        sender, recipient = (us, them) if message.direction == "outbound" else (them, us)
        data = {
            "id": message.id,
            "created_time": graph_time(message.at),
            "from": sender,
            "to": {"data": [recipient]},
            "message": message.text,
        }
        if message.attachments:
            data["attachments"] = {"data": [api_attachment(a) for a in message.attachments]}
        if message.reactions:
            data["reactions"] = {
                "data": [
                    {**r, "users": [them if who == "customer" else us]}
                    for who, r in message.reactions.items()
                ]
            }
        return data


def conversation_id(account: str, igsid: str) -> str:
    """Return the id of the one conversation of that pair."""
    return f"aWdfZAG06MTpJR01lc3NhZA2VUaHJlYWQ6{account}x{igsid}"


def graph_time(moment: datetime) -> str:
    """Return a time as the Graph API writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")


def api_attachment(attachment: dict) -> dict:
    """Return an attachment as the conversations API shows it."""
    kind = attachment.get("type", "image")
    if kind in ("image", "video"):
        return {f"{kind}_data": {"url": attachment.get("url", "")}}
    return {"mime_type": kind, "file_url": attachment.get("url", "")}


def nested_fields(text: str) -> dict[str, str]:
    """Return {field: what stands in its braces} of a `fields` parameter."""
    return dict(re.findall(r"([a-z_]+)(?:\.[^{,]*)?(?:\{([^}]*)\})?", text))


def selected(data: dict, fields: str) -> dict:
    """Return the asked-for fields, and the id in any case."""
    wanted = {"id", *nested_fields(fields)}
    return {name: value for name, value in data.items() if name in wanted and value is not None}


def page(items: list, request: Request) -> dict:
    """Return one page of a list, as Graph API cursors do."""
    start = request.number("after", 0)
    end = start + (request.number("limit", 25) or 25)
    data: dict = {"data": items[start:end]}
    if end < len(items):
        query = "&".join(f"{k}={v}" for k, v in request.query if k not in ("after", "access_token"))
        following = f"{request.base_url}{request.path}?{query}&after={end}"
        data["paging"] = {"cursors": {"after": str(end)}, "next": following}
    return data
