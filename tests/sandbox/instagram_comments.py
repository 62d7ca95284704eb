"""Public comments below posts, their webhooks, and who may still be answered in private."""

import secrets
from dataclasses import replace
from datetime import timedelta

from .accounts import InstagramAccount
from .graph import GraphError
from .hooks import Hook, Result
from .instagram_events import InstagramEvents
from .models import Comment, Customer
from .state import State, derived_igsid
from .web import ControlError

PRIVATE_REPLY = timedelta(days=7)


class Comments:
    """What happens below the posts of an account."""

    def __init__(self, state: State, events: InstagramEvents):
        self._state = state
        self._events = events

    def customer_comments(
        self, account: InstagramAccount, customer: Customer, spec: dict, sync: bool
    ) -> tuple[Comment, Result | None]:
        """Comment as the customer; it doesn't open the window.

        `spec`: text, media (id or {id, media_product_type, ...}), live, parent (a comment's id),
        id, at; `other_id` = `from.id` is not the customer's id in direct messages; `shape` "flat"
        = without a list of changes; `id_key` "comment_id" = as with Facebook Login; `extra` (more
        keys of `value`).
        """
        comment = self._new(account, customer, spec)
        author = self._state.igsid(customer, account.id)
        if spec.get("other_id"):
            author = derived_igsid(customer.id, f"comments.{account.id}")
        value = {
            "from": {"id": author, "username": customer.username},
            "media": comment.media,
            spec.get("id_key") or "id": comment.id,
            **({"parent_id": comment.parent} if comment.parent else {}),
            "text": comment.text,
            **(spec.get("extra") or {}),
        }
        hook = self._hook(account, comment, value, spec.get("shape", "changes"))
        return comment, self._events.deliver(account, hook, sync)

    def _new(self, account, customer: Customer, spec: dict) -> Comment:
        media = spec.get("media") or "17900000000000001"
        live = bool(spec.get("live"))
        if not isinstance(media, dict):
            media = {"id": str(media), "media_product_type": "IG_LIVE" if live else "FEED"}
        return self._add(
            Comment(
                id=spec.get("id") or new_id(),
                account=account.id,
                customer=customer.id,
                at=spec.get("at") or self._state.now(),
                text=spec.get("text") or "",
                media=media,
                live=live,
                parent=spec.get("parent") or "",
            )
        )

    def _add(self, comment: Comment) -> Comment:
        with self._state.lock:
            self._state.comments[comment.id] = comment
        self._state.log.add(
            "comment",
            provider="instagram",
            account=comment.account,
            customer=comment.customer,
            comment=comment.id,
            direction=comment.direction,
            text=comment.text,
        )
        return comment

    def _hook(self, account, comment: Comment, value: dict, shape: str) -> Hook:
        change = {"field": "live_comments" if comment.live else "comments", "value": value}
        entry = {"id": account.id, "time": int(comment.at.timestamp())}  # seconds here
        entry.update(change if shape == "flat" else {"changes": [change]})
        payload = {"entry": [entry], "object": "instagram"}
        hook = self._events.raw_hook(account, "comment", payload, is_spaced=True)
        return replace(hook, customer=comment.customer)

    def find(self, key: str) -> Comment:
        """Return the comment with that id, or tell the tester that there is none."""
        with self._state.lock:
            if key in self._state.comments:
                return self._state.comments[key]
        raise ControlError(f"no comment {key}", 404)

    def end_broadcast(self, key: str) -> Comment:
        """End the broadcast below which a live comment stands: nobody can be answered any more."""
        media = self.find(key).media.get("id")
        with self._state.lock:
            for comment in self._state.comments.values():
                if comment.live and comment.media.get("id") == media:
                    comment.ended = True
        return self.find(key)

    # === WHAT THE BUSINESS DOES === #

    def target(self, account: InstagramAccount, key: str) -> Comment:
        """Return the comment that a private reply may answer. Raise GraphError."""
        comment = self._state.comments.get(key)
        is_ours = comment is not None and comment.account == account.id
        if not is_ours or comment.direction != "inbound" or comment.answered or comment.ended:
            raise not_valid()
        if self._state.now() - comment.at > PRIVATE_REPLY:
            raise not_valid()
        return comment

    def take(self, comment: Comment):
        """Use up the one private reply of a comment. Raise GraphError when somebody has."""
        with self._state.lock:
            if comment.answered:
                raise not_valid()
            comment.answered = True

    def reply_publicly(self, account: InstagramAccount, key: str, text: str) -> Comment:
        """Answer below the comment, for all to see. Raise GraphError."""
        comment = self._state.comments.get(key)
        if comment is None or comment.account != account.id:
            raise GraphError(100, "The comment does not exist", subcode=33)
        if not text:
            raise GraphError(100, "(#100) The parameter message is required")
        now = self._state.now()
        changes = {"id": new_id(), "at": now, "text": text, "parent": key, "direction": "outbound"}
        return self._add(replace(comment, **changes))

    def tell_own(self, account: InstagramAccount, comment: Comment, sync: bool = False):
        """Send the webhook that comments of the business itself cause as well."""
        value = {
            "from": {"id": account.id, "username": account.username},
            "media": comment.media,
            "id": comment.id,
            "parent_id": comment.parent,
            "text": comment.text,
        }
        hook = self._hook(account, comment, value, "changes")
        return self._events.deliver(account, hook, sync)


def new_id() -> str:
    """Return the id of a comment: digits only."""
    return f"17{secrets.randbelow(10**15):015d}"


def not_valid() -> GraphError:
    """Return the error for a comment that can't be answered in private (any more)."""
    return GraphError(100, "The comment is not valid for a private reply", subcode=2534025)
