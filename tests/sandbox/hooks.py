"""One outgoing webhook, and the rules of the providers about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urldefrag

Result = dict


@dataclass
class Hook:
    """One webhook, signed. `payload` is the content before it became bytes.

    `merge` makes one hook out of several of its kind, where the provider sends batches.
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
    id: int = 0
    attempt: int = 0
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
    """Return the hooks with those of one account and address merged into batches."""
    groups: dict[tuple, list[Hook]] = {}
    for hook in hooks:
        key = (hook.account, hook.url) if hook.merge else id(hook)
        groups.setdefault((key,), []).append(hook)
    return [group[0].merge(group) if len(group) > 1 else group[0] for group in groups.values()]


def broken_signature(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers with every signature replaced by one that fits nothing."""
    wrong = {"X-Hub-Signature-256": "sha256=" + "0" * 64, "X-Hub-Signature": "sha1=" + "0" * 40}
    wrong["X-Twilio-Signature"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAA="
    return {name: wrong.get(name, value) for name, value in headers.items()}


def failed(kind: str, error: Exception) -> Result:
    """Return the result of an attempt that got no answer."""
    text = f"{kind}: {type(error).__name__}"
    return {"status": None, "body": "", "content_type": "", "error": text}
