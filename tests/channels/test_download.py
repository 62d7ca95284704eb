"""Downloading a customer's file: from where, how much, how long, and with whose credentials."""

import json
import socket
import threading

import pytest
import requests
from requests.auth import HTTPBasicAuth

from omnichannel_connector.channels import download as module
from omnichannel_connector.channels.download import download, harmless_name, is_public
from omnichannel_connector.channels.errors import FetchError, MediaGone, MediaRefused
from omnichannel_connector.channels.events import Media

from .support import SHARED

HOSTS = ("files.example", "fbcdn.net")
AUTH = HTTPBasicAuth("AC1", "secret-token")
HOSTILE = sorted((SHARED / "chatwoot_twilio").glob("media_*_host.json"))


def fetch(url, **options):
    options = {"allowed_hosts": HOSTS, "max_bytes": 1000, **options}
    with requests.Session() as session:
        return download(session, url, **options)


def error_of(url, **options):
    with pytest.raises(FetchError) as caught:
        fetch(url, **options)
    return caught.value


@pytest.fixture
def resolve(monkeypatch):
    """Let any name stand for the given addresses, one after the other; returns who was asked."""

    def install(*addresses):
        asked, left = [], list(addresses)

        def getaddrinfo(host, port, *args, **kwargs):
            asked.append(host)
            address = left.pop(0) if len(left) > 1 else left[0]
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return asked

    return install


# === WHERE FROM === #


@pytest.mark.parametrize(
    "url",
    [
        "http://files.example/a.png",
        "https://other.example/a.png",
        "https://files.example.evil.example/a.png",
        "https://evilfiles.example/a.png",
        "https://files.example:8443/a.png",
        "https://files.example@evil.example/a.png",
        "https://user:word@files.example/a.png",
        "https://evil.example\\@files.example/a.png",
        "https://evil.example#@files.example/a.png",
        "https://evil.example?.files.example/a.png",
        "https://files.example\t.evil.example/a.png",
        "https://127.0.0.1/a.png",
        "https://[::1]/a.png",
        "https://2130706433/a.png",
        "https:///a.png",
        "https://a..b/",
        "https://[/a",
        "file:///etc/passwd",
        "ftp://files.example/a.png",
        "//files.example/a.png",
        "a.png",
        "",
    ],
)
def test_an_address_where_the_provider_keeps_no_files_is_refused_unasked(url, resolve):
    asked = resolve("93.184.216.34")

    assert type(error_of(url)) is MediaRefused
    assert asked == []


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.5", "169.254.169.254", "::1", "::ffff:127.0.0.1"]
)
def test_an_allowed_name_that_stands_for_a_private_address_is_refused(address, monkeypatch):
    """Whoever owns a name decides what it stands for, so the address that was reached counts."""
    connected = FakeSocket(address)
    monkeypatch.setattr(module.HTTPSConnection, "_new_conn", lambda self: connected)

    assert type(error_of("https://cdn.files.example/a.png")) is MediaRefused
    assert connected.is_closed
    assert connected.sent == []


class FakeSocket:
    def __init__(self, address):
        self.address, self.sent, self.is_closed = address, [], False

    def getpeername(self):
        return self.address, 443

    def close(self):
        self.is_closed = True

    def sendall(self, data):
        self.sent.append(data)


def test_a_name_that_changes_its_address_gains_nothing(resolve):
    """DNS rebinding: public when it is checked, private when it is called."""
    received = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        port = server.getsockname()[1]

        def listen():
            connection, _ = server.accept()
            connection.settimeout(5)
            received.append(connection.recv(100))

        listener = threading.Thread(target=listen)
        listener.start()
        resolve("127.0.0.1")
        with requests.Session() as session:
            module._guard(session, None)
            with pytest.raises(MediaRefused):
                session.get(f"https://files.example:{port}/")
        listener.join()

    assert received == [b""]  # not even the beginning of a TLS handshake


@pytest.mark.parametrize("path", HOSTILE or [None], ids=lambda path: path and path.stem)
def test_the_hosts_of_shared_payloads_are_told_apart(path, resolve):
    if path is None:
        pytest.skip("no shared payloads here")
    asked = resolve("169.254.169.254")
    url = json.loads(path.read_text())["params"]["MediaUrl0"]

    found = error_of(url, allowed_hosts=("twilio.com",), auth=AUTH, auth_hosts=("api.twilio.com",))

    if "twilio_host" in path.stem:  # allowed, but nobody is there
        assert type(found) in (FetchError, MediaRefused)
        assert asked == ["api.twilio.com"]
    else:
        assert type(found) is MediaRefused
        assert asked == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("::ffff:93.184.216.34", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.0.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:a9fe:a9fe", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a00:1", False),
        ("2002:7f00:1::", False),
        ("2001:db8::1", False),
    ],
)
def test_only_addresses_of_the_public_internet_are_public(address, expected):
    assert is_public(address) is expected


# === OUR OWN API === #


def test_the_origin_of_the_api_is_trusted_without_https(provider):
    provider.answer = (200, {"Content-Type": "image/PNG; x=1"}, b"pixels")

    media = fetch(provider.url + "/media/1/a%20cat.png?x=1", api_url=provider.url + "/graph/v26.0")

    assert media == Media(b"pixels", "image/png", "a cat.png")
    headers = provider.calls[0][2]
    assert headers["Accept-Encoding"] == "identity"
    assert "Authorization" not in headers


@pytest.mark.parametrize("change", [("http:", "https:"), ("127.0.0.1", "localhost")])
def test_another_origin_than_that_of_the_api_is_not_trusted(provider, change):
    found = error_of(provider.url.replace(*change) + "/a.png", api_url=provider.url)

    assert type(found) is MediaRefused
    assert provider.calls == []


def test_another_port_than_that_of_the_api_is_not_trusted(provider):
    assert type(error_of(provider.url + "/a", api_url="http://127.0.0.1:9")) is MediaRefused


def test_proxies_and_netrc_are_ignored(provider, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)

    fetch(provider.url + "/a", api_url=provider.url)

    assert "Authorization" not in provider.calls[0][2]


# === CREDENTIALS AND REDIRECTS === #


def test_credentials_go_to_the_api(provider):
    fetch(provider.url + "/a", api_url=provider.url, auth=AUTH)

    assert provider.calls[0][2]["Authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("host", "expected"), [("api.files.example", True), ("cdn.files.example", False)]
)
def test_credentials_go_to_the_named_hosts_only(host, expected, monkeypatch):
    sent = []

    def send(self, request, **kwargs):
        sent.append(request.headers)
        raise requests.ConnectionError

    monkeypatch.setattr(requests.Session, "send", send)

    assert type(error_of(f"https://{host}/", auth=AUTH, auth_hosts=["api.files.example"])) is (
        FetchError
    )
    assert ("Authorization" in sent[0]) is expected


def redirecting(provider, times, status=307, target="/next"):
    def answer(handler):
        moved = len(provider.calls) <= times
        handler.send_response(status if moved else 200)
        if moved:
            handler.send_header("Location", target)
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"ok")

    return answer


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_without_the_credentials(provider, status):
    provider.answer = redirecting(provider, 1, status)

    assert fetch(provider.url + "/a", api_url=provider.url, auth=AUTH).content == b"ok"
    first, second = (call[2] for call in provider.calls)
    assert "Authorization" in first
    assert "Authorization" not in second


@pytest.mark.parametrize(
    "target",
    [
        "http://localhost/a",
        "https://other.example/a",
        "//other.example/a",
        "https://169.254.169.254/latest",
        "file:///etc/passwd",
        "http://[",
        "https://a b/",
    ],
)
def test_a_redirect_to_where_no_files_are_is_refused(provider, target):
    provider.answer = redirecting(provider, 1, target=target)

    assert type(error_of(provider.url + "/a", api_url=provider.url)) is MediaRefused
    assert len(provider.calls) == 1


def test_the_body_of_a_redirect_is_not_read(provider):
    endless = b"HTTP/1.1 302 Found\r\nLocation: https://other.example/\r\n\r\n"

    def answer(handler):
        handler.wfile.write(endless)
        provider.is_over.wait(5)

    provider.answer = answer

    assert type(error_of(provider.url + "/a", api_url=provider.url)) is MediaRefused


def test_a_redirect_to_nowhere_and_endless_ones_are_given_up(provider):
    provider.answer = redirecting(provider, 99)

    assert type(error_of(provider.url + "/a", api_url=provider.url)) is MediaRefused
    assert len(provider.calls) == 5


# === WHAT COMES === #


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (403, MediaGone),
        (404, MediaGone),
        (410, MediaGone),
        (400, FetchError),
        (401, FetchError),
        (408, FetchError),
        (429, FetchError),
        (500, FetchError),
        (503, FetchError),
        (206, FetchError),
        (304, FetchError),
    ],
)
def test_what_is_no_file_is_told_apart_by_its_status(provider, status, expected):
    provider.answer = (status, {}, b"")

    found = error_of(provider.url + "/a", api_url=provider.url)

    assert (type(found), found.code) == (expected, f"http_{status}")


def test_a_file_of_exactly_the_limit_is_taken(provider):
    provider.answer = (200, {}, b"x" * 1000)

    assert len(fetch(provider.url + "/a", api_url=provider.url).content) == 1000


def test_a_file_that_says_it_is_too_large_is_not_read(provider):
    provider.answer = lambda handler: handler.wfile.write(
        b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"
    )

    assert type(error_of(provider.url + "/a", api_url=provider.url)) is MediaRefused


def test_a_file_that_does_not_say_its_size_is_cut_off(provider):
    provider.answer = lambda handler: handler.wfile.write(
        b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 200000
    )

    assert type(error_of(provider.url + "/a", api_url=provider.url)) is MediaRefused


def test_a_file_in_pieces_is_put_together(provider):
    provider.answer = lambda handler: handler.wfile.write(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )

    assert fetch(provider.url + "/a", api_url=provider.url).content == b"abcde"


@pytest.mark.parametrize(
    "begin",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc",
        b"",
        b"nonsense\r\n\r\n",
    ],
)
def test_a_file_that_breaks_off_is_tried_again_later(provider, begin):
    def answer(handler):
        handler.wfile.write(begin)
        handler.close_connection = True

    provider.answer = answer

    assert type(error_of(provider.url + "/a", api_url=provider.url)) is FetchError


def test_a_compressed_file_is_refused(provider):
    provider.answer = (200, {"Content-Encoding": "gzip"}, b"\x1f\x8b")

    assert type(error_of(provider.url + "/a", api_url=provider.url)) is MediaRefused


def test_a_server_that_never_answers_is_given_up(provider, monkeypatch):
    monkeypatch.setattr(module, "TIMEOUT", (1, 0.05))
    provider.answer = lambda handler: provider.is_over.wait(5)

    assert type(error_of(provider.url + "/a", api_url=provider.url)) is FetchError


def test_a_trickling_file_is_given_up_though_each_read_brings_something(provider, monkeypatch):
    monkeypatch.setattr(module, "TOTAL_TIME", 0.1)

    def answer(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
        while not provider.is_over.wait(0.02):
            try:
                handler.wfile.write(b"x")
            except OSError:
                return

    provider.answer = answer

    assert "slowly" in error_of(provider.url + "/a", api_url=provider.url).text


def test_a_failure_names_no_address(monkeypatch):
    def fail(self, request, **kwargs):
        raise requests.ConnectionError(f"{request.url}")

    monkeypatch.setattr(requests.Session, "send", fail)
    found = error_of("https://files.example/SECRET-PATH")

    assert "SECRET-PATH" not in repr(found) + str(found.__cause__) + found.text
    assert found.__suppress_context__


# === ITS NAME === #


@pytest.mark.parametrize(
    ("disposition", "expected"),
    [
        ('attachment; filename="report 1.pdf"', "report 1.pdf"),
        ("attachment; filename*=UTF-8''gr%C3%BC%C3%9Fe.pdf", "grüße.pdf"),
        ("attachment; filename*=nonsense''a%FF.pdf", "a.pdf"),
        ('inline; filename="../../etc/passwd"', "passwd"),
        ("inline", "from_url.png"),
        ("", "from_url.png"),
    ],
)
def test_a_file_is_called_what_the_server_calls_it(provider, disposition, expected):
    provider.answer = (200, {"Content-Disposition": disposition}, b"x")

    name = fetch(provider.url + "/x/from_url.png", api_url=provider.url).name

    assert name.replace("\ufffd", "").replace("ÿ", "") == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        (".htaccess", "htaccess"),
        ("..", ""),
        ("a\0b\n.png", "ab.png"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ('a<b>:"|?*.png', "ab.png"),
        ("x" * 300 + ".jpeg", "x" * 95 + ".jpeg"),
        ("x" * 300, "x" * 100),
    ],
)
def test_a_name_cannot_do_harm(name, expected):
    assert harmless_name(name) == expected
