"""Asking our own web page as the internet would."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from omnichannel_connector.channels.reach import handshake, reach


class Page(BaseHTTPRequestHandler):
    """Answers as its path says, and repeats the query."""

    def do_GET(self):
        self.send_response(int(self.path[1:4]))
        self.send_header("Location", "/200")
        self.end_headers()
        self.wfile.write(self.path.encode())

    def log_message(self, *args):
        """Keep the test's output clean."""


@pytest.fixture
def server():
    httpd = HTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.mark.parametrize("status", [200, 302, 403, 404, 502])
def test_the_status_is_told_and_no_redirect_followed(server, status):
    assert reach(f"{server}/{status}").status == status


def test_the_query_arrives(server):
    assert "verify_token=word" in reach(f"{server}/200", handshake("word")).body


def test_a_server_without_https_has_no_good_certificate(server):
    assert reach(server.replace("http:", "https:") + "/200").problem == "certificate"


def test_nobody_at_home_is_told(server):
    assert reach("http://127.0.0.1:9/200").problem == "unreachable"
    assert reach("http://no-such-host.invalid/200").problem == "unreachable"


@pytest.mark.parametrize("url", ["", "odoo.example.com", "http://", "ftp://127.0.0.1/"])
def test_what_is_no_address_is_told(url):
    assert reach(url).problem == "malformed"


def test_two_handshakes_differ():
    assert handshake("word") != handshake("word")
