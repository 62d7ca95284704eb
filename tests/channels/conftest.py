"""A provider on 127.0.0.1 that answers what a test tells it to."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Provider:
    """Answers the next call with `answer`; remembers the calls.

    `answer` is (status, headers, body), or a function that gets the handler and does as it likes.
    """

    def __init__(self, url):
        self.url = url
        self.calls = []
        self.answer = (200, {}, b"{}")
        self.is_over = threading.Event()  # ends the waiting of a provider that never answers

    def handle(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        self.calls.append((handler.command, handler.path, handler.headers, body))
        if callable(self.answer):
            self.answer(handler)
            return
        status, headers, content = self.answer
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.provider.handle(self)

    do_GET = do_POST

    def log_message(self, *args):
        """Keep the test's output clean."""


@pytest.fixture(scope="session")
def provider_server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def provider(provider_server):
    provider = Provider(f"http://127.0.0.1:{provider_server.server_port}")
    provider_server.provider = provider
    yield provider
    provider.is_over.set()
