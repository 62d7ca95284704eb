"""A sandbox, and a client of the providers that records what it receives."""

import threading
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlsplit
from xmlrpc.client import Fault
from xmlrpc.server import SimpleXMLRPCRequestHandler, SimpleXMLRPCServer

import pytest
import requests

from tests.sandbox import Sandbox

IG_ACCOUNT = "17841400000000001"
IG_TOKEN = "ig-token"
TWILIO_SID = "AC" + "1" * 32
TWILIO_TOKEN = "twilio-token"
OUR_NUMBER = "+15550001000"
STUDIO = "info@studio.example"
ZOE = "zoe@example.com"


@dataclass
class Received:
    """One webhook as it arrived."""

    method: str
    path: str
    headers: dict
    body: bytes

    @property
    def form(self) -> dict:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


class Receiver:
    """The webhook endpoint of a product, which answers 200 unless told otherwise."""

    def __init__(self):
        self.received: list[Received] = []
        self.statuses: deque[int] = deque()
        self.verify_token = "verify-me"
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def wait(self, count: int = 1, timeout: float = 5) -> list[Received]:
        """Return what came once there are `count` webhooks."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.received) >= count, timeout)
            assert len(self.received) >= count
            return list(self.received)

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def _take(self, received: Received) -> int:
        with self._changed:
            self.received.append(received)
            self._changed.notify_all()
            return self.statuses.popleft() if self.statuses else 200

    def _handler(receiver):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.reply(receiver._take(Received("POST", self.path, headers, body)), b"ok")

            def do_GET(self):
                query = parse_qs(urlsplit(self.path).query)
                if query.get("hub.verify_token") != [receiver.verify_token]:
                    return self.reply(403, b"no")
                return self.reply(200, query["hub.challenge"][0].encode())

            def reply(self, status, body):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        return Handler


class Client:
    """Calls the sandbox over HTTP, as the product and a tester would."""

    def __init__(self, url: str):
        self.url = url

    def control(self, method: str, path: str, **values):
        answer = requests.request(method, f"{self.url}/control/{path}", json=values or None)
        return answer.json()

    def graph(self, method: str, path: str, token: str = IG_TOKEN, **options):
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{self.url}/graph/v26.0/{path}"
        return requests.request(method, url, headers=headers, **{"timeout": 5, **options})

    def twilio(self, method: str, path: str, token: str = TWILIO_TOKEN, **options):
        url = f"{self.url}/twilio/2010-04-01/Accounts/{TWILIO_SID}{path}"
        options = {"timeout": 5, **options}
        return requests.request(method, url, auth=(TWILIO_SID, token), **options)

    def dm(self, to: str, text: str, **more):
        body = {"recipient": {"id": to}, "message": {"text": text}, **more}
        return self.graph("POST", f"{IG_ACCOUNT}/messages", json=body)

    def sms(self, to: str, text: str, **more):
        return self.twilio("POST", "/Messages.json", data={"To": to, "Body": text, **more})


class Odoo:
    """The XML-RPC services of an Odoo that know one user, and keep the mails."""

    def __init__(self):
        self.mails: list[bytes] = []
        self.logins = 0
        self.answer: object = 42
        self._server = SimpleXMLRPCServer(("127.0.0.1", 0), _Handler, logRequests=False)
        self._server.register_function(self.authenticate)
        self._server.register_function(self.execute_kw)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def authenticate(self, db, login, password, _environment):
        self.logins += 1
        return 2 if (db, login, password) == ("demo", "admin", "secret") else False

    def execute_kw(self, db, uid, password, model, method, arguments):
        assert (db, uid, password) == ("demo", 2, "secret")
        assert (model, method, arguments[0]) == ("mail.thread", "message_process", False)
        if isinstance(self.answer, Fault):
            raise self.answer
        self.mails.append(arguments[1].data)
        return self.answer

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class _Handler(SimpleXMLRPCRequestHandler):
    rpc_paths = ("/xmlrpc/2/common", "/xmlrpc/2/object")


@pytest.fixture
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox):
    return Client(sandbox.url)


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def instagram(sandbox, receiver):
    """An account with a customer, Zoe, who has not written yet."""
    sandbox.state.change_settings({"instagram_retries": []})
    sandbox.control.add_account(
        "instagram",
        id=IG_ACCOUNT,
        username="studio",
        token="ig-token",
        app_secret="app-secret",
        verify_token="verify-me",
        callback_url=receiver.url,
    )
    sandbox.control.add_customer("instagram", id="9001", name="Zoë Żak", username="zoe")
    return sandbox


@pytest.fixture
def twilio(sandbox, receiver):
    """An account with one number, and a customer with a phone."""
    sandbox.control.add_account(
        "twilio",
        account_sid=TWILIO_SID,
        auth_token=TWILIO_TOKEN,
        numbers=[OUR_NUMBER],
        callback_url=f"{receiver.url}?a=1",
    )
    sandbox.control.add_customer("twilio", number="+15550002000", name="Zoe")
    return sandbox


@pytest.fixture
def odoo():
    odoo = Odoo()
    yield odoo
    odoo.close()


@pytest.fixture
def mailbox(sandbox, odoo):
    """A customer with an address, a business with one, and the Odoo behind it."""
    sandbox.control.add_account("email", address=STUDIO, name="Studio")
    sandbox.control.add_customer("email", id="zoe", name="Zoë Żak", email=ZOE)
    sandbox.mails.configure(odoo.url, "demo", "admin", "secret")
    return sandbox
