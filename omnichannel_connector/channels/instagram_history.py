"""Messages as the conversations API shows them, in the shape in which the webhook tells them.

https://developers.facebook.com/docs/messenger-platform/instagram/features/conversation
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .events import RawEvent
from .meta_graph import rows_of
from .meta_webhook import as_object, read_item
from .text import scalar

READABLE = 20  # only the newest messages of a conversation show more than their id
MESSAGE_FIELDS = (
    f"messages.limit({READABLE})"
    "{id,created_time,from,to,message,attachments,shares,story,is_unsupported}"
)
FILE_KINDS = {"image_data": "image", "video_data": "video"}


def raw_event(entry: Mapping, account_id: str, ours: frozenset[str]) -> RawEvent | None:
    """Return a message as its webhook would have told it, with the key of that, or None.

    None when the API shows no more of the message than its id, or does not tell who wrote it to
    whom.
    """
    mid, author = scalar(entry.get("id")), scalar(as_object(entry.get("from")).get("id"))
    readers = [scalar(row.get("id")) for row in rows_of(entry.get("to"))]
    is_echo = author in ours
    customer = next((side for side in readers if side not in ours), "") if is_echo else author
    if not mid or not customer or not (is_echo or ours.intersection(readers)):
        return None
    sides = (account_id, customer) if is_echo else (customer, account_id)
    payload = {
        "entry_id": account_id,
        "source": "messaging",
        "time": entry.get("created_time"),
        "item": {
            "sender": {"id": sides[0]},
            "recipient": {"id": sides[1]},
            "timestamp": entry.get("created_time"),
            "message": _message(entry, mid, is_echo),
        },
        "recovered": True,
    }
    item = read_item(payload, ours)
    return RawEvent(item.key(), item.customer, payload, item.recipients)


def shows_all_since(times: list[datetime | None], since: datetime) -> bool:
    """Tell whether the messages of a conversation that are shown go back that far.

    `times` are those of the messages, None for one of which only the id is shown.
    """
    if any(time and time < since for time in times):
        return True
    return None not in times and len(times) < READABLE


def _message(entry: Mapping, mid: str, is_echo: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"mid": mid}
    if is_echo:
        found["is_echo"] = True
    if entry.get("is_unsupported") is True:
        found["is_unsupported"] = True
    if text := scalar(entry.get("message")):
        found["text"] = text
    story = as_object(entry.get("story"))
    if files := _files(entry, story):
        found["attachments"] = files
    if story.get("reply_to"):
        answered = as_object(story["reply_to"])
        found["reply_to"] = {"story": {"id": answered.get("id"), "url": answered.get("link")}}
    return found


def _files(entry: Mapping, story: Mapping) -> list[dict[str, Any]]:
    found = [_file(row) for row in rows_of(entry.get("attachments"))]
    found += [_attachment("share", row.get("link")) for row in rows_of(entry.get("shares"))]
    if story.get("mention"):
        found.append(_attachment("story_mention", as_object(story["mention"]).get("link")))
    return found


def _file(row: Mapping) -> dict[str, Any]:
    for name, kind in FILE_KINDS.items():
        if row.get(name):
            return _attachment(kind, as_object(row[name]).get("url"))
    return _attachment(_kind(row), row.get("file_url"))


def _kind(row: Mapping) -> str:
    word = scalar(row.get("mime_type")).partition("/")[0]
    return word if word in ("image", "video", "audio") else "file"


def _attachment(kind: str, url: Any) -> dict[str, Any]:
    return {"type": kind, "payload": {"url": url} if scalar(url) else {}}


def file_kinds(entry: Mapping) -> set[str]:
    """Return the kinds of the files of a message: image, video, audio or file."""
    return {file["type"] for file in map(_file, rows_of(entry.get("attachments")))}
