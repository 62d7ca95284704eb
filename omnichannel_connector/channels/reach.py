"""Ask for a web page of our own as the internet would: what the self-test learns about a server."""

import secrets
from dataclasses import dataclass

import requests
import urllib3

TIMEOUT = (5, 10)  # seconds to connect, and for the answer to begin
ANSWER_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Reach:
    """How a page answered. `status` 0 means not at all; then `problem` is one word why.

    `problem`: "certificate", "timeout", "unreachable" (name, connection), "malformed".
    """

    status: int = 0
    body: str = ""
    problem: str = ""


def reach(url: str, params: dict[str, str] | None = None) -> Reach:
    """Make one GET request without credentials and cookies; follow no redirect. Raise nothing."""
    try:
        with (
            requests.Session() as session,
            session.get(
                url, params=params, timeout=TIMEOUT, allow_redirects=False, stream=True
            ) as response,
        ):
            body = next(response.iter_content(ANSWER_BYTES), b"")
            return Reach(response.status_code, body.decode("utf-8", "replace"))
    except requests.exceptions.SSLError:
        return Reach(problem="certificate")
    except (requests.Timeout, urllib3.exceptions.TimeoutError):
        return Reach(problem="timeout")
    except ValueError:  # also requests' own exceptions for addresses that it can't read
        return Reach(problem="malformed")
    except (OSError, urllib3.exceptions.HTTPError):
        return Reach(problem="unreachable")


def handshake(verify_token: str) -> dict[str, str]:
    """Return the query of the handshake that Meta makes when a webhook address is saved.

    https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests
    """
    return {
        "hub.mode": "subscribe",
        "hub.verify_token": verify_token,
        "hub.challenge": str(secrets.randbelow(10**12)),
    }
