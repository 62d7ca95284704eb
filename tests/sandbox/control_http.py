"""The control API over HTTP. See README.md for the table of calls."""

import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from urllib.parse import unquote

from .control import Control
from .faults import ACTIONS
from .web import Answer, ControlError, Request, json_answer

ROUTES: list[tuple[str, str, str]] = [
    ("GET", "state", "show_state"),
    ("POST", "reset", "reset"),
    ("GET", "log", "show_log"),
    ("POST", "accounts", "add_account"),
    ("POST", "accounts/(.+)/handshake", "handshake"),
    ("POST", "accounts/(.+)/token", "set_token"),
    ("POST", "accounts/(.+)/subscription", "set_subscription"),
    ("POST", "customers", "add_customer"),
    ("GET", "customers/(.+)/messages", "show_thread"),
    ("POST", "customers/(.+)/messages", "customer_sends"),
    ("POST", "customers/(.+)/actions", "customer_acts"),
    ("POST", "customers/(.+)/app_messages", "business_sends"),
    ("POST", "customers/(.+)/comments", "customer_comments"),
    ("GET", "comments", "show_comments"),
    ("POST", "comments/(.+)/end", "end_broadcast"),
    ("GET", "customers/(.+)/calls", "show_calls"),
    ("POST", "customers/(.+)/calls", "customer_calls"),
    ("GET", "calls", "show_calls"),
    ("GET", r"calls/(\w+)", "show_call"),
    ("POST", r"calls/(\w+)/(\w+)", "act_on_call"),
    ("GET", "customers/(.+)/mails", "show_mails"),
    ("POST", "customers/(.+)/mails", "customer_mails"),
    ("GET", "messages/(.+)", "show_message"),
    ("POST", "messages/(.+)/status", "set_status"),
    ("POST", "mail_gateway", "set_gateway"),
    ("GET", "mails", "show_mails"),
    ("GET", "mails/(.+)/raw", "show_raw"),
    ("GET", "mails/(.+)", "show_mail"),
    ("POST", "mails/raw", "send_raw_mail"),
    ("POST", "mails/(.+)/resend", "resend_mail"),
    ("GET", "faults", "show_faults"),
    ("POST", "faults", "add_fault"),
    ("DELETE", "faults", "remove_faults"),
    ("DELETE", r"faults/(\d+)", "remove_faults"),
    ("GET", "webhooks", "show_held"),
    ("POST", "webhooks", "send_raw"),
    ("POST", "webhooks/release", "release"),
    ("POST", r"webhooks/(\d+)/resend", "resend"),
    ("POST", "settings", "change_settings"),
    ("POST", "clock", "move_clock"),
    ("POST", "media", "add_media"),
]
LONGEST_WAIT = 60


class ControlApi:
    """Turns calls below /control/ into calls of `Control`."""

    def __init__(self, control: Control, smtp: tuple[str, int]):
        self._control = control
        self._mails = control.mails
        self._smtp = smtp

    def answer(self, request: Request) -> Answer:
        """Answer a control call."""
        path = request.path.removeprefix("/control/").rstrip("/")
        try:
            for method, pattern, name in ROUTES:
                match = re.fullmatch(pattern, path)
                if match and method == request.method:
                    check_origin(request)
                    handler: Callable = getattr(self, f"_http_{name}")
                    return handler(request, *map(unquote, match.groups()))
        except ControlError as error:
            return json_answer({"error": str(error)}, error.status)
        except (KeyError, TypeError, ValueError) as error:
            return json_answer({"error": f"{type(error).__name__}: {error}"}, 400)
        return json_answer({"error": f"no control call {request.method} {request.path}"}, 404)

    def _http_show_state(self, request: Request) -> Answer:
        gateway = self._control.state.mail_gateway
        with self._control.state.lock:
            return json_answer(
                {
                    "accounts": [a.public() for a in self._control.state.accounts.values()],
                    "customers": [asdict(c) for c in self._control.state.customers.values()],
                    "settings": asdict(self._control.state.settings),
                    "faults": self._control.faults.active(),
                    "held": self._control.webhooks.held(),
                    "now": self._control.state.now().isoformat(timespec="seconds"),
                    "clock_offset": self._control.state.clock_offset.total_seconds(),
                    "last": self._control.log.last,
                    "actions": sorted(ACTIONS),
                    "smtp": {"host": self._smtp[0], "port": self._smtp[1]},
                    "mail_gateway": gateway.public() if gateway else None,
                }
            )

    def _http_show_log(self, request: Request) -> Answer:
        names = ("after", "wait", "count")
        match = {name: value for name, value in request.query if name not in names}
        timeout = min(LONGEST_WAIT, float(request.arg("wait", "0")))
        after, count = request.number("after", 0), request.number("count", 1)
        entries = self._control.log.wait(count, after, timeout, **match)
        last = entries[-1]["n"] if entries else max(after, 0)
        return json_answer({"entries": entries, "last": last})

    def _http_reset(self, request: Request) -> Answer:
        self._control.reset(**request.json())
        return json_answer({"ok": True})

    def _http_add_account(self, request: Request) -> Answer:
        return json_answer(self._control.add_account(**request.json()), 201)

    def _http_handshake(self, request: Request, key: str) -> Answer:
        return json_answer(self._control.handshake(key))

    def _http_set_token(self, request: Request, key: str) -> Answer:
        return json_answer(self._control.set_token(key, **request.json()))

    def _http_set_subscription(self, request: Request, key: str) -> Answer:
        return json_answer(self._control.set_subscription(key, **request.json()))

    def _http_add_customer(self, request: Request) -> Answer:
        return json_answer(asdict(self._control.add_customer(**request.json())), 201)

    def _http_show_thread(self, request: Request, key: str) -> Answer:
        messages = [message.public() for message in self._control.thread(key)]
        return json_answer({"messages": messages, "last": self._control.log.last})

    def _http_customer_sends(self, request: Request, key: str) -> Answer:
        return json_answer(self._control.customer_sends(key, **request.json()))

    def _http_customer_acts(self, request: Request, key: str) -> Answer:
        return json_answer(self._control.customer_acts(key, **request.json()))

    def _http_customer_comments(self, request: Request, key: str) -> Answer:
        return json_answer(self._control.customer_comments(key, **request.json()))

    def _http_show_comments(self, request: Request) -> Answer:
        with self._control.state.lock:
            comments = [comment.public() for comment in self._control.state.comments.values()]
        return json_answer({"comments": comments})

    def _http_end_broadcast(self, request: Request, key: str) -> Answer:
        return json_answer(self._control.comments.end_broadcast(key).public())

    def _http_business_sends(self, request: Request, key: str) -> Answer:
        return json_answer(self._control.business_sends(key, **request.json()))

    def _http_show_message(self, request: Request, key: str) -> Answer:
        return json_answer(self._control.state.message(key).public())

    def _http_set_status(self, request: Request, key: str) -> Answer:
        return json_answer(self._control.set_status(key, **request.json()))

    # === CALLS === #

    def _http_customer_calls(self, request: Request, key: str) -> Answer:
        return json_answer(self._control.customer_calls(key, **request.json()))

    def _http_show_calls(self, request: Request, key: str = "") -> Answer:
        customer = self._control.state.customer(key).id if key else ""
        return json_answer({"calls": self._control.calls.of(customer)})

    def _http_show_call(self, request: Request, key: str) -> Answer:
        return json_answer(self._control.calls.public(self._control.calls.find(key)))

    def _http_act_on_call(self, request: Request, key: str, action: str) -> Answer:
        return json_answer(self._control.calls.act(key, action, **request.json()))

    # === MAILS === #

    def _http_set_gateway(self, request: Request) -> Answer:
        return json_answer(self._mails.configure(**request.json()))

    def _http_show_mails(self, request: Request, key: str = "") -> Answer:
        mails = self._mails.of(key) if key else self._mails.all()
        shown = [mail.public() for mail in mails]
        return json_answer({"mails": shown, "last": self._control.log.last})

    def _http_show_mail(self, request: Request, key: str) -> Answer:
        return json_answer(self._control.state.mail(key).public())

    def _http_show_raw(self, request: Request, key: str) -> Answer:
        return Answer(200, self._control.state.mail(key).raw, "message/rfc822")

    def _http_customer_mails(self, request: Request, key: str) -> Answer:
        return json_answer(self._mails.customer_sends(key, **request.json()))

    def _http_send_raw_mail(self, request: Request) -> Answer:
        is_sync = request.arg("sync", "true") != "false"
        return json_answer(self._mails.send_raw(request.body, request.arg("customer"), is_sync))

    def _http_resend_mail(self, request: Request, key: str) -> Answer:
        return json_answer(self._mails.resend(key, **request.json()))

    # === FAULTS AND WEBHOOKS === #

    def _http_show_faults(self, request: Request) -> Answer:
        return json_answer({"faults": self._control.faults.active()})

    def _http_add_fault(self, request: Request) -> Answer:
        return json_answer(self._control.faults.add(**request.json()).public(), 201)

    def _http_remove_faults(self, request: Request, number: str = "") -> Answer:
        return json_answer(
            {"removed": self._control.faults.remove(int(number) if number else None)}
        )

    def _http_show_held(self, request: Request) -> Answer:
        webhooks = self._control.webhooks
        if request.arg("idle"):
            webhooks.wait_idle(min(LONGEST_WAIT, float(request.arg("idle"))))
        return json_answer({"held": webhooks.held(), "pending": webhooks.pending()})

    def _http_send_raw(self, request: Request) -> Answer:
        return json_answer(self._control.send_raw(**request.json()))

    def _http_release(self, request: Request) -> Answer:
        return json_answer({"released": self._control.webhooks.release(**request.json())})

    def _http_resend(self, request: Request, number: str) -> Answer:
        return json_answer(
            {"webhook": self._control.webhooks.resend(int(number), **request.json())}
        )

    def _http_change_settings(self, request: Request) -> Answer:
        return json_answer(asdict(self._control.state.change_settings(request.json())))

    def _http_move_clock(self, request: Request) -> Answer:
        values = request.json()
        offset = self._control.state.clock_offset if "advance" in values else timedelta()
        seconds = float(values.get("advance", values.get("offset", 0)))
        self._control.state.clock_offset = offset + timedelta(seconds=seconds)
        self._control.log.add("clock", offset=self._control.state.clock_offset.total_seconds())
        return json_answer({"now": self._control.state.now().isoformat(timespec="seconds")})

    def _http_add_media(self, request: Request) -> Answer:
        kind = request.headers.get("content-type", "")
        return json_answer(
            {"url": self._control.media.put(request.body, request.arg("name", "file"), kind)}
        )


def check_origin(request: Request):
    """Refuse calls from foreign web pages. Our page has our origin, a tester has none."""
    origin = request.headers.get("origin", "")
    host = request.headers.get("host", "")
    if origin and origin != f"http://{host}":
        raise ControlError("control calls from other web pages are refused", 403)
