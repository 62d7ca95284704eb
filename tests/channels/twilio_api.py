"""A stand-in for Twilio's REST API, for the channel tests."""

import json
from datetime import datetime, timezone
from email.utils import format_datetime
from urllib.parse import parse_qs, urlsplit

from .support import make_adapter

AC, US, CUSTOMER, AGENT = "AC1", "+14155550199", "+14155550123", "+14155550177"
SINCE = datetime(2026, 3, 8, 19, 0, tzinfo=timezone.utc)


def at(minute, hour=19):
    return format_datetime(datetime(2026, 3, 8, hour, minute, tzinfo=timezone.utc))


def query_of(called):
    """Return the query of a call that the provider got."""
    return parse_qs(urlsplit(called[1]).query)


class Api:
    """Answers by path below the account; a list of answers is given out one by one."""

    def __init__(self, provider, answers):
        self.provider = provider
        self.answers = answers
        provider.answer = self._answer

    def _answer(self, handler):
        path = urlsplit(handler.path).path.removeprefix(f"/2010-04-01/Accounts/{AC}")
        answer = self.answers.get(f"{handler.command} {path}", (404, {"code": 20404}))
        if isinstance(answer, list):
            answer = answer.pop(0)
        status, value = answer if isinstance(answer, tuple) else (200, answer)
        content = value if isinstance(value, bytes) else json.dumps(value).encode()
        handler.send_response(status)
        if status == 307:
            handler.send_header("Location", content.decode())
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    @property
    def queries(self):
        return [query_of(called) for called in self.provider.calls]


def adapter_at(provider, code="sms", **settings):
    base = {"external_id": AC, "sender": US, "api_url": provider.url + "/2010-04-01"}
    return make_adapter(code, **{**base, **settings})


def message(sid="SM1", **values):
    return {
        "sid": sid,
        "account_sid": AC,
        "messaging_service_sid": None,
        "direction": "outbound-api",
        "from": US,
        "to": CUSTOMER,
        "body": "Hello",
        "num_media": "0",
        "num_segments": "1",
        "status": "queued",
        "error_code": None,
        "error_message": None,
        "date_created": at(5),
        "date_updated": at(6),
        **values,
    }


def page(*rows, name="messages", more=None):
    return {name: list(rows), "next_page_uri": more}
