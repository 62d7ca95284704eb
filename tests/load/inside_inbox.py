"""Runs inside Odoo's shell, for inbox.py: what agents' browsers ask, of two databases by turns.

Each request goes through Odoo's own HTTP stack, with a session, so that the user's rights count and
everything that a request costs the server is in it; only the network is left out.
"""

import json
import threading
import time

from lxml import etree
from werkzeug.test import Client
from werkzeug.wrappers import Response

from odoo import SUPERUSER_ID, api
from odoo.http import root
from odoo.modules.registry import Registry
from odoo.tools import config

CONVERSATION = "omnichannel.conversation"
LIST_LIMIT, COUNT_LIMIT = 80, 10_000  # the web client's own, where a view has no other
PAGE = 40
LOCAL = {"REMOTE_ADDR": "127.0.0.1"}


class World:
    """One of the databases: who asks there, and the threads that are opened."""

    def __init__(self, env):
        self.env = env
        self.clients = {login: self._log_in(login) for login in ("ada", "rita", "sue")}
        self.specification, self.count_limit = self._read_list_view()
        self.threads = self._find_threads()

    def _log_in(self, login):
        client = Client(root, Response)
        params = {"db": self.env.cr.dbname, "login": login, "password": login}
        _post(client, "/web/session/authenticate", params)
        return client

    def _read_list_view(self):
        """Return what the web client asks for in the list of conversations."""
        view = self.env[CONVERSATION].with_user(self._user("ada")).get_view(view_type="list")
        arch = etree.fromstring(view["arch"])
        fields = self.env[CONVERSATION]._fields
        names = [node.get("name") for node in arch.iter("field")]
        specification = {
            name: {"fields": {"display_name": {}}} if fields[name].relational else {}
            for name in names
        }
        return specification, int(arch.get("count_limit") or COUNT_LIMIT)

    def _user(self, login):
        return self.env["res.users"].search([("login", "=", login)])

    def _find_threads(self):
        """Return (conversation id, channel id, last message id) of Ada's, the longest first."""
        self.env.cr.execute(
            """
            SELECT c.id, c.channel_id, max(m.id)
              FROM omnichannel_conversation c
              JOIN mail_message m ON m.model = 'discuss.channel' AND m.res_id = c.channel_id
              JOIN res_partner p ON p.id = c.partner_id
             WHERE c.user_id = %s AND c.state = 'open' AND p.name LIKE 'Regular 0-%%'
               AND c.waiting_for = 'us'
          GROUP BY c.id
          ORDER BY count(*) DESC, c.id
            """,
            [self._user("ada").id],
        )
        found = self.env.cr.fetchall()
        self.env.cr.rollback()
        return found

    def keep_apart(self, is_private):
        """Let agents see what is of their own teams only, or not."""
        self.env["res.company"].search([]).omnichannel_is_team_private = is_private
        self.env.cr.commit()

    # === WHAT BROWSERS ASK === #

    def call(self, login, model, method, *args, **kwargs):
        """Return (answer, seconds, queries) of a method that the web client calls."""
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self.post(login, f"/web/dataset/call_kw/{model}/{method}", params)

    def post(self, login, path, params):
        start = time.perf_counter()
        answer = _post(self.clients[login], path, params)
        return answer, time.perf_counter() - start, threading.current_thread().query_count

    def read_list(self, login, *conditions):
        return self.call(
            login,
            CONVERSATION,
            "web_search_read",
            domain=[("moved_to_id", "=", False), *conditions],
            specification=self.specification,
            limit=LIST_LIMIT,
            count_limit=self.count_limit + 1,
        )

    def read_groups(self, login, field):
        return self.call(
            login,
            CONVERSATION,
            "web_read_group",
            domain=[("moved_to_id", "=", False), ("state", "=", "open")],
            groupby=[field],
            aggregates=["__count"],
        )

    def read_box(self, login, box):
        return self.call(
            login,
            CONVERSATION,
            "get_inbox",
            box,
            search="",
            channels=[],
            before=None,
            limit=PAGE,
        )

    def read_sidebar(self, login):
        params = {"known_channel_ids": [], "changed_conversation_ids": []}
        return self._read_data(login, "/omnichannel/unassigned", params)

    def _read_data(self, login, name, params):
        return self.post(login, "/mail/data", {"fetch_params": [[name, params]], "context": {}})

    def read_thread(self, thread):
        return self._read_data("ada", "discuss.channel", [thread[1]])

    def read_messages(self, thread):
        params = {"channel_id": thread[1], "fetch_params": {"limit": 30}}
        return self.post("ada", "/discuss/channel/messages", params)

    def read_choices(self, thread):
        return self.call("ada", CONVERSATION, "get_send_choices", [thread[0]])

    def read_panel(self, thread):
        return self.call("ada", CONVERSATION, "get_panel", [thread[0]])

    def mark_as_read(self, thread):
        params = {"channel_id": thread[1], "last_message_id": thread[2]}
        return self.post("ada", "/discuss/channel/mark_as_read", params)


OPEN, CLOSED = ("state", "=", "open"), ("state", "=", "closed")
LISTS = {
    "list of open": lambda world, _n: world.read_list("ada", OPEN),
    "list of closed": lambda world, _n: world.read_list("ada", CLOSED),
    "list of all": lambda world, _n: world.read_list("ada"),
    "list of open, supervisor": lambda world, _n: world.read_list("sue", OPEN),
    "list of all, supervisor": lambda world, _n: world.read_list("sue"),
    "sidebar": lambda world, _n: world.read_sidebar("ada"),
}
PRIVATE = {
    "list of open, private teams": lambda world, _n: world.read_list("ada", OPEN),
    "list of open, small private team": lambda world, _n: world.read_list("rita", OPEN),
    "list of all, small private team": lambda world, _n: world.read_list("rita"),
    "sidebar, small private team": lambda world, _n: world.read_sidebar("rita"),
}
THREADS = {
    "thread: channel": World.read_thread,
    "thread: messages": World.read_messages,
    "thread: choices": World.read_choices,
    "thread: panel": World.read_panel,
    "thread: mark as read": World.mark_as_read,
}
# What costs more the more there is; shown, not promised.
OTHERS = {
    "search a name": lambda world, n: world.read_list(
        "ada", OPEN, ("partner_id", "ilike", f"regular 0-{n}")
    ),
    "search an address": lambda world, n: world.read_list(
        "ada", ("partner_id.omnichannel_address", "ilike", f"regular.0-{2 * n}@")
    ),
    "grouped by assignee": lambda world, _n: world.read_groups("ada", "user_id"),
}


def _post(client, path, params):
    body = {"jsonrpc": "2.0", "method": "call", "params": params}
    answer = json.loads(client.post(path, json=body, environ_base=LOCAL).data)
    if "error" in answer:
        raise AssertionError(answer["error"]["data"]["debug"])
    return answer.get("result")


def _boxes(world, login):
    """Return a measure for each box of the inbox."""
    if not hasattr(world.env[CONVERSATION], "get_inbox"):
        return {}
    setup, *_figures = world.call(login, CONVERSATION, "get_inbox_setup")
    suffix = "" if login == "ada" else ", small private team"
    return {
        f"box {name}{suffix}": lambda world, _n, name=name: world.read_box(login, name)
        for name in setup["boxes"]
    }


class Comparison:
    """Figures of the same requests in two databases: {what: [[(seconds, queries)], [...]]}."""

    def __init__(self, worlds, rounds):
        self.worlds, self.rounds = worlds, rounds
        self.figures = {}
        self.sizes = {}  # of the answers: the same page is compared, not another one

    def run(self, measures, argument):
        """Measure by turns. `argument(world, number)` is what a measure is called with."""
        for number in range(-2, self.rounds):  # the first rounds warm up
            for name, measure in measures.items():
                figures = self.figures.setdefault(name, [[], []])
                sizes = self.sizes.setdefault(name, [0, 0])
                for index in (0, 1) if number % 2 else (1, 0):
                    world = self.worlds[index]
                    answer, *figure = measure(world, argument(world, number + 2))
                    sizes[index] += len(json.dumps(answer)) + 500
                    if number >= 0:
                        figures[index].append(figure)
        for name, (empty, full) in self.sizes.items():
            if not 0.7 < empty / full < 1.4:
                raise AssertionError(f"{name}: answers of {empty} and {full} characters")


def run(env, other, rounds):
    """Print {what: [[(seconds, queries)] in the shell's database, [...] in the other one]}."""
    config["db_name"] = [env.cr.dbname, other]
    other_env = api.Environment(Registry(other).cursor(), SUPERUSER_ID, {})
    worlds = [World(each) for each in (env, other_env)]
    comparison = Comparison(worlds, rounds)
    for is_private in (False, True):
        for world in worlds:
            world.keep_apart(is_private)
        measures = PRIVATE if is_private else LISTS
        boxes = _boxes(worlds[0], "rita" if is_private else "ada")
        comparison.run({**measures, **boxes}, lambda _world, number: number)
    comparison.run(OTHERS, lambda _world, number: number)
    comparison.run(THREADS, lambda world, number: world.threads[number + 1])
    hot = {name.replace("thread", "long thread"): measure for name, measure in THREADS.items()}
    del hot["long thread: mark as read"]
    comparison.run(hot, lambda world, _number: world.threads[0])
    print(json.dumps(comparison.figures))
