"""One outgoing webhook, and the rules of the providers about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urldefrag

Result = dict
BATCH = 1000


@dataclass
class Hook:
    """One webhook, signed. `payload` is the content before it became bytes.

    `merge` makes one hook out of several of the same `group`, where the provider sends batches;
    `parts` are then the hooks that went into it.
    """

    provider: str
    account: str
    event: str
    url: str
    body: bytes
    headers: Mapping[str, str]
    payload: object = None
    customer: str = ""
    message: str = ""
    method: str = "POST"
    merge: Callable[[list["Hook"]], "Hook"] | None = None
    group: tuple = ()
    parts: list["Hook"] = field(default_factory=list)
    id: int = 0
    attempt: int = 0
    started: float = 0  # of the first attempt, on the monotonic clock
    result: Result = field(default_factory=dict)

    def public(self) -> dict:
        """Return what the control API tells about it."""
        names = ("id", "provider", "account", "customer", "message", "event", "url", "attempt")
        return {name: getattr(self, name) for name in names}


def twilio_retries(url: str, result: Result) -> int:
    """Return how often Twilio tries again after such a result.

    By default once, after a connect failure only. The URL's fragment overrides it, `#rc=3&rp=all`
    (https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides).
    """
    options = dict(parse_qsl(urldefrag(url).fragment))
    policies = set(options.get("rp", "ct").split(","))
    status = result["status"] or 0
    causes = {
        "ct": result["error"].startswith("connect"),
        "rt": result["error"].startswith("timeout"),
        "4xx": 400 <= status < 500,
        "5xx": status >= 500,
    }
    hit = {name for name, is_cause in causes.items() if is_cause}
    if not hit or not ("all" in policies or hit & policies):
        return 0
    return min(5, int(options.get("rc", 1)))


def merged(hooks: list[Hook]) -> list[Hook]:
    """Return the hooks with those of one group merged into batches, in the order of the first.

    One app has one address for all its accounts, so that a batch may hold entries of several. At
    most 1000 of them (https://developers.facebook.com/docs/graph-api/webhooks/getting-started).
    """
    groups: dict[tuple, list[Hook]] = {}
    for hook in hooks:
        groups.setdefault(hook.group if hook.merge else (id(hook),), []).append(hook)
    batches = []
    for group in groups.values():
        for start in range(0, len(group), BATCH):
            batches.append(batch_of(group[start : start + BATCH]))
    return batches


def batch_of(hooks: list[Hook]) -> Hook:
    """Return one hook for several of a group."""
    if len(hooks) == 1:
        return hooks[0]
    return replace(hooks[0].merge(hooks), parts=hooks)


def broken_signature(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers with every signature replaced by one that fits nothing."""
    wrong = {"X-Hub-Signature-256": "sha256=" + "0" * 64, "X-Hub-Signature": "sha1=" + "0" * 40}
    wrong["X-Twilio-Signature"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAA="
    return {name: wrong.get(name, value) for name, value in headers.items()}


def failed(kind: str, error: Exception) -> Result:
    """Return the result of an attempt that got no answer."""
    text = f"{kind}: {type(error).__name__}"
    return {"status": None, "body": "", "content_type": "", "error": text}
