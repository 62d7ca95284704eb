"""The HTTP server, and `Sandbox`: everything together, for the command line and for pytest."""

import contextlib
import io
import logging
import mimetypes
import re
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from .assistant import Assistant
from .call_wire import CallWire
from .calls import Calls
from .control import Control
from .control_http import ControlApi
from .faults import Faults, suffer
from .instagram import Instagram
from .instagram_comments import Comments
from .instagram_events import InstagramEvents
from .log import Log
from .mail import SmtpListener
from .mails import Mails
from .media import Media, is_loopback
from .state import State
from .twilio import Twilio
from .twilio_events import TwilioEvents
from .twilio_voice import Voice
from .web import Answer, ControlError, Request
from .webhooks import Webhooks
from .whatsapp import WhatsApp
from .whatsapp_events import WhatsAppEvents

_logger = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"
LOGGED_BODY = 4000
SECURITY = {
    "Content-Security-Policy": "default-src 'self'; img-src http: https: data: blob:",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Sandbox:
    """The fake providers on a loopback port. Use as a context manager; port 0 = any free one.

    `state`, `log`, `faults`, `webhooks`, `mails` and `control` are open to tests.
    """

    def __init__(self, port: int = 0, host: str = "127.0.0.1", smtp_port: int = 0):
        if not is_loopback(host):
            raise ValueError(f"{host} is not a loopback address: the sandbox has no passwords")
        self.log = Log()
        self.state = State(self.log)
        self.faults = Faults(self.log)
        self.webhooks = Webhooks(self.state, self.log, self.faults)
        self.media = Media(self.state)
        instagram = InstagramEvents(self.state, self.webhooks)
        twilio = TwilioEvents(self.state, self.webhooks, self.media)
        comments = Comments(self.state, instagram)
        self.instagram = Instagram(self.state, instagram, comments, self.media)
        self._wire = CallWire(self.state, self.webhooks, twilio)
        self.calls = Calls(self.state, self._wire)
        self.twilio = Twilio(self.state, twilio, Voice(self.state, self.calls))
        whatsapp = WhatsAppEvents(self.state, self.webhooks, self.media)
        self.whatsapp = WhatsApp(self.state, whatsapp, self.media)
        self.assistant = Assistant()
        self.mails = Mails(self.state, self.log, self.webhooks, self.media)
        parts = (self.state, self.log, self.faults, self.webhooks, self.media, self.mails)
        self.control = Control(*parts, instagram, comments, twilio, self.calls, whatsapp)
        self._smtp = SmtpListener(self.mails, self.faults, self.log, host, smtp_port)
        self.smtp_port = self._smtp.port
        self._control_api = ControlApi(self.control, (host, self.smtp_port))
        self._server = _Server((host, port), _Handler, self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )
        name = f"[{host}]" if ":" in host else host
        self.url = self.media.base_url = self._wire.base_url = (
            f"http://{name}:{self._server.server_port}"
        )

    def start(self) -> "Sandbox":
        """Serve in a background thread."""
        self._smtp.start()
        self._thread.start()
        return self

    def stop(self):
        """Stop serving; calls that hang in a fault are let go."""
        self.faults.remove()
        self.log.close()
        self.calls.close()
        self.webhooks.close()
        self._smtp.stop()
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()

    def join(self):
        """Wait until somebody stops the server."""
        self._thread.join()

    def __enter__(self) -> "Sandbox":
        return self.start()

    def __exit__(self, *exception):
        self.stop()

    # === ROUTING === #

    def answer(self, request: Request) -> Answer:
        """Return the answer to any request."""
        path = request.path
        if path.startswith("/control/"):
            return self._control_api.answer(request)
        if path.startswith(("/media/", "/avatar/")):
            return self.media.serve(path)
        if match := re.fullmatch(r"/mails/(\w+)\.html", path):
            return self._show_html(match[1])
        if re.match(r"/(twilio|2010-04-01|v1/Services)/", path):
            return self._call(self.twilio, request)
        if path.startswith("/assistant/"):
            return self._call(self.assistant, request)
        if re.match(r"/(graph|v\d+\.\d+)/", path):
            is_whatsapp = self.whatsapp.owns(request)
            return self._call(self.whatsapp if is_whatsapp else self.instagram, request)
        return static_file(path)

    def _show_html(self, key: str) -> Answer:
        try:
            return self.mails.show_html(key)
        except ControlError as error:
            return Answer(404, str(error).encode(), "text/plain")

    def _call(
        self, provider: Instagram | Twilio | WhatsApp | Assistant, request: Request
    ) -> Answer:
        """Let a provider answer, with the fault that waits for this call, and log both."""
        call = provider.name_call(request)
        names = {"provider": provider.code, "call": call}
        entry = self.log.add(
            "api_call",
            **names,
            method=request.method,
            path=request.path,
            query=shown_query(request),
            body=request.body.decode("utf-8", "replace")[:LOGGED_BODY],
        )
        fault = self.faults.take(provider.code, call)
        answer = suffer(fault, provider, lambda: provider.answer(request))
        self.log.add(
            "api_answer",
            **names,
            call_n=entry["n"],
            status=None if answer.transport else answer.status,
            body=answer.body.decode("utf-8", "replace")[:LOGGED_BODY],
            fault=fault.action if fault else "",
        )
        answer.call_n = entry["n"]
        return answer


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address, handler, sandbox: Sandbox):
        self.sandbox = sandbox
        self._open: set[socket.socket] = set()
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, handler)

    def process_request(self, request, client_address):
        """Remember the connection while it is open."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        """Forget the connection."""
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self):
        """Close the connections that clients keep open."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request, client_address):
        """Show bugs; clients that hang up are everyday life here."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            _logger.error("a request failed", exc_info=error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "ProviderSandbox"
    disable_nagle_algorithm = True
    server: _Server

    def _handle(self):
        answer = self.server.sandbox.answer(self._request())
        try:
            if answer.call_n and has_hung_up(self.connection):
                self.server.sandbox.log.add("answer_lost", call_n=answer.call_n)
            if answer.transport:
                self._break(reset=answer.transport == "reset")
            else:
                self._write(answer)
        finally:
            for task in answer.after:
                task()

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = do_HEAD = _handle

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        return Request(
            method=self.command,
            path=parts.path,
            query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
            base_url=self.server.sandbox.url,
        )

    def _write(self, answer: Answer):
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self._write_body(answer)
        self.wfile.flush()

    def _write_body(self, answer: Answer):
        if not answer.slow:
            self.wfile.write(answer.body)
            return
        for number in range(len(answer.body)):
            self.wfile.write(answer.body[number : number + 1])
            time.sleep(answer.slow / len(answer.body))

    def _break(self, reset: bool):
        """Close without an answer; `reset` makes the kernel send RST instead of FIN."""
        if reset:
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.rfile.close()
            self.wfile.close()
            self.connection.close()
            self.wfile = io.BytesIO()  # which http.server flushes afterwards
        self.close_connection = True

    def log_message(self, format, *args):
        """Say nothing: the log of the sandbox tells more."""


def has_hung_up(connection: socket.socket) -> bool:
    """Tell whether the client has gone while its call was processed."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def shown_query(request: Request) -> dict[str, str]:
    """Return the query for the log, without the token."""
    return {name: "***" if "token" in name else value for name, value in request.query}


def static_file(path: str) -> Answer:
    """Return a file of the page; the root is the page itself."""
    name = path.strip("/") or "index.html"
    file = STATIC / name
    if file.parent != STATIC or not file.is_file():
        return Answer(404, b"Not found", "text/plain")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    charset = "; charset=utf-8" if kind.startswith("text/") else ""
    return Answer(200, file.read_bytes(), kind + charset, {**SECURITY, "Cache-Control": "no-store"})
