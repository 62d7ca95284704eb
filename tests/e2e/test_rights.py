"""Real browsers' sockets and requests: who is not of the team hears and gets nothing."""

import json

import pytest
import requests
import websocket

from tests.odoo_server import wait_for
from tests.shop import AGENT, make_user

SECRET = "Kestrel"
PEOPLE = {
    "colleague": AGENT,
    "rival": AGENT,
    "clerk": "base.group_user",
    "client": "base.group_portal",
}
OUTSIDERS = ("rival", "clerk", "client", None)
TIMEOUT = 20


class Socket:
    """The websocket of a browser, of nobody who is logged in without a `login`."""

    def __init__(self, odoo, login, channels):
        cookies = f"session_id={odoo.session_cookie(login)}" if login else None
        info = odoo.http.post(
            f"{odoo.url}/web/session/get_session_info",
            json={},
            cookies={"session_id": odoo.session_cookie("admin")},
            timeout=TIMEOUT,
        ).json()["result"]
        url = f"ws://127.0.0.1:{odoo.gevent_port}/websocket"
        self.socket = websocket.create_connection(
            f"{url}?version={info['websocket_worker_version']}",
            cookie=cookies,
            origin=odoo.url,
            timeout=TIMEOUT,
        )
        self.ask({"event_name": "subscribe", "data": {"channels": channels, "last": 0}})

    def ask(self, message):
        self.socket.send(json.dumps(message))

    def hear_until(self, word):
        """Return all that is heard until somebody says a word."""
        heard = ""
        while word not in heard:
            heard += self.socket.recv()
        return heard

    def close(self):
        self.socket.close()


@pytest.fixture
def people(odoo):
    for login, group in PEOPLE.items():
        make_user(odoo, login, group)
    return {
        login: odoo.rpc("res.users", "search", [[("login", "=", login)]])[0] for login in PEOPLE
    }


@pytest.fixture
def teams(odoo, people):
    """Two teams of a company that keeps them apart: the colleague's, and the rival's."""
    company = odoo.rpc("res.users", "read", [[people["clerk"]], ["company_id"]])[0]["company_id"][0]
    private = "omnichannel_is_team_private"
    odoo.rpc("res.company", "write", [[company], {private: True}])
    ids = {
        login: odoo.rpc(
            "omnichannel.team",
            "create",
            [{"name": f"Team of {login}", "member_ids": [(4, people[login])]}],
        )
        for login in ("colleague", "rival")
    }
    yield ids
    odoo.rpc("res.company", "write", [[company], {private: False}])


@pytest.fixture
def square(odoo):
    """A channel that everybody hears, to know when everybody has heard all before it."""
    channel = odoo.rpc(
        "discuss.channel",
        "create",
        [{"name": "Square", "channel_type": "channel", "group_public_id": False}],
    )
    return channel[0] if isinstance(channel, list) else channel


@pytest.fixture
def hidden(shop, teams):
    """A customer of the colleague's team, and the conversation, which nobody took."""
    ana = shop.customer()
    shop.writes(ana, f"{SECRET} one", on="sms")
    conversation = shop.conversation_of(ana["number"])
    shop.odoo.rpc(
        "omnichannel.conversation", "write", [[conversation["id"]], {"team_id": teams["colleague"]}]
    )
    return ana, conversation


def say(odoo, square, word):
    odoo.rpc("discuss.channel", "message_post", [[square]], {"body": word})


def test_only_the_team_hears_its_conversations(shop, odoo, people, teams, square, hidden):
    ana, conversation = hidden
    thread = conversation["channel_id"][0]
    channels = [f"discuss.channel_{thread}", f"discuss.channel_{square}"]
    tricks = [f"{odoo.db},discuss.channel,{thread}", f"res.partner_{people['colleague']}"]
    sockets = {
        login: Socket(odoo, login, [*channels, *tricks]) for login in ("colleague", *OUTSIDERS)
    }
    say(odoo, square, "ready")
    for socket in sockets.values():
        socket.hear_until("ready")

    shop.writes(ana, f"{SECRET} two", on="sms")
    shop.wait_for_messages(conversation, 2)
    say(odoo, square, "over")

    heard = {login: socket.hear_until("over") for login, socket in sockets.items()}
    assert f"{SECRET} two" in heard.pop("colleague")
    for login, said in heard.items():
        assert SECRET not in said, login

    # who loses the right hears no more, though the browser never asked again
    values = {"team_id": teams["rival"]}
    odoo.rpc("omnichannel.conversation", "write", [[conversation["id"]], values])
    shop.writes(ana, f"{SECRET} three", on="sms")
    shop.wait_for_messages(conversation, 3)
    say(odoo, square, "closed")
    assert f"{SECRET} three" not in sockets["colleague"].hear_until("closed")
    # now it is the rival's to read: not so in the next test
    values = {"team_id": teams["colleague"]}
    odoo.rpc("omnichannel.conversation", "write", [[conversation["id"]], values])
    for socket in sockets.values():
        socket.close()


def test_only_the_team_gets_its_conversations(shop, odoo, people, hidden):
    _ana, conversation = hidden
    thread = conversation["channel_id"][0]
    (channel,) = odoo.rpc("discuss.channel", "read", [[thread], ["uuid"]])
    requests_made = [
        ("/mail/data", {"fetch_params": [["discuss.channel", [thread]], "init_messaging"]}),
        ("/mail/data", {"fetch_params": [["/omnichannel/unassigned", {}]]}),
        ("/discuss/channel/messages", {"channel_id": thread}),
        ("/mail/thread/messages", {"thread_model": "discuss.channel", "thread_id": thread}),
        _search("omnichannel.conversation", ["last_inbound_text"]),
        _search("omnichannel.message", ["preview"]),
        _search("mail.message", ["body"], [("body", "ilike", SECRET)]),
    ]

    def got(login):
        http = requests.Session()
        if login:
            http.cookies.set("session_id", odoo.session_cookie(login))
        said = [
            http.post(f"{odoo.url}{route}", json={"params": params}, timeout=TIMEOUT).text
            for route, params in requests_made
        ]
        link = http.get(f"{odoo.url}/chat/{thread}/{channel['uuid']}", timeout=TIMEOUT)
        return said, link.status_code

    said, _status = wait_for(lambda: got("colleague"), TIMEOUT)
    assert sum(SECRET in answer for answer in said) >= 5, said
    for login in OUTSIDERS:
        said, status = got(login)
        assert SECRET not in str(said), login
        assert status == 404, login


def _search(model, names, domain=()):
    params = {"model": model, "method": "search_read", "args": [list(domain), names], "kwargs": {}}
    return f"/web/dataset/call_kw/{model}/search_read", params
