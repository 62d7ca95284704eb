"""A real Odoo server for the tests that need one: e2e, browser, crash and load.

    with OdooServer("e2e", workers=2, cron_threads=4) as odoo:
        odoo.rpc("res.partner", "search_count", [[]])
        odoo.kill()
        odoo.start()
        with odoo.second_node() as other:  # the same database, another process, other folders
            other.kill_worker(HTTP)

Its database is a copy of a template with the addon installed, which is built once for each state of
the addon's files; it is dropped at the end.
"""

import contextlib
import itertools
import os
import re
import signal
import subprocess
import threading
import time

import psutil
import requests

from tests.tooling import databases, odoo_process, postgres
from tests.tooling.base import WORK, free_port, log_path, remove

_numbers = itertools.count(1)
HTTP, CRON = "WorkerHTTP", "WorkerCron"  # the kinds of worker, as Odoo's log calls them


class OdooError(Exception):
    """What a call raised inside Odoo: `name` is the exception's class, `debug` its traceback."""

    def __init__(self, error):
        data = error.get("data") or {}
        super().__init__(data.get("message") or error.get("message"))
        self.name = data.get("name", "")
        self.debug = data.get("debug", "")


class OdooServer:
    """One Odoo server with a database of its own.

    `purpose` names the database and the log (.omni/log/<purpose>.log). With `workers` it is a
    multi-process server, whose websockets are on `gevent_port`; without, one process with threads
    serves everything on `port`. `options` go to Odoo's command line, `env` to its environment.
    `modules` are installed besides, `addons` are folders in which Odoo finds some of them.
    `template` is the database to copy instead of the usual one. With `database`, which another
    server made, nothing is copied and the files are kept in a folder of this server's own.
    """

    def __init__(
        self,
        purpose="test",
        *,
        workers=0,
        cron_threads=2,
        demo=False,
        modules=(),
        addons=(),
        options=(),
        env=None,
        template=None,
        database=None,
    ):
        postgres.use()
        self.purpose = purpose
        self.workers, self.cron_threads = workers, cron_threads
        self.demo, self.modules, self.addons = demo, tuple(modules), tuple(addons)
        self.options = [*odoo_process.addons_option(addons), *options]
        self.env = dict(env or {})
        self.template = template
        self.db = database or f"{databases.temporary_name(purpose)}_{next(_numbers)}"
        self.own_files = WORK / f"data-{purpose}" if database else None
        if self.own_files:
            self.options.append(f"--data-dir={self.own_files}")
        self.port, self.gevent_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None
        self._cookies = {}
        self._local = threading.local()

    # === LIFE ===

    def __enter__(self):
        remove(self.log)
        if not self.own_files:
            self.create_database()
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *error):
        self.close()

    def create_database(self):
        """Make the database anew, with the addon (and `modules`) installed."""
        template = self.template or databases.addon_template(
            demo=self.demo, extra=self.modules, addons=self.addons
        )
        databases.copy(template, self.db)
        self._cookies, self._local = {}, threading.local()

    def start(self, timeout=120):
        """Start the server and wait until it answers."""
        options = [f"--workers={self.workers}", f"--max-cron-threads={self.cron_threads}"]
        options += [f"--http-port={self.port}", f"--gevent-port={self.gevent_port}", *self.options]
        words = odoo_process.command(self.db, *options)
        name = self.purpose
        self.process = odoo_process.start(words, name, odoo_process.environment(**self.env))
        odoo_process.wait_for_page(f"{self.url}/web/login", self.process, name, timeout)

    def stop(self):
        """Stop the server as an administrator would."""
        if self.process:
            odoo_process.end(self.process)
            self.process = None

    def kill(self):
        """Kill every process of the server at once (kill -9)."""
        odoo_process.kill_group(self.process)
        self.process = None

    def kill_worker(self, kind, choose=min):
        """Kill a single worker (kill -9), HTTP or CRON; return its process id or None."""
        pids = self.worker_pids(kind)
        if not pids:
            return None
        pid = choose(pids)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return pid

    def is_running(self):
        """Tell whether the main process is alive; Odoo ends itself when PostgreSQL is away."""
        return self.process is not None and self.process.poll() is None

    def restart(self):
        """Stop the server and start it again."""
        self.stop()
        self.start()

    def close(self):
        """Stop the server and drop its database, or the folder of a further node."""
        self.stop()
        if self.own_files:
            remove(self.own_files)
        else:
            databases.drop(self.db)

    def second_node(self):
        """Return another server on the same database, with its own processes, port and folder.

        As on another machine: it sees neither the files nor the sessions of this one.
        """
        return OdooServer(
            f"{self.purpose}-2",
            workers=self.workers,
            cron_threads=self.cron_threads,
            options=[option for option in self.options if "data-dir" not in option],
            env=self.env,
            database=self.db,
        )

    def processes(self):
        """Return the server's processes (psutil), the main one first."""
        main = psutil.Process(self.process.pid)
        return [main, *main.children(recursive=True)]

    def worker_pids(self, kind):
        """Return the process ids of the workers of a kind that are alive."""
        named = {int(pid) for pid in re.findall(rf"Worker {kind} \((\d+)\) alive", self.log_text())}
        with contextlib.suppress(psutil.NoSuchProcess):
            return sorted(named & {process.pid for process in self.processes()})
        return []

    # === LOG ===

    @property
    def log(self):
        """The file that the server's output goes to."""
        return log_path(self.purpose)

    def log_text(self):
        """Return what the server has logged since the database was made."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    # === TALKING TO IT ===

    @property
    def http(self):
        """A requests.Session of the calling thread, without a login."""
        return self._session(None)

    def rpc(self, model, method, args=(), kwargs=None, login="admin", password=None):
        """Call a public method of a model as a user, whose password is the login unless given."""
        if login not in self._cookies:
            self._cookies[login] = self.session_cookie(login, password)
        params = {"model": model, "method": method, "args": list(args), "kwargs": kwargs or {}}
        path = f"/web/dataset/call_kw/{model}/{method}"
        return self._call(self._session(login), path, params).get("result")

    def session_cookie(self, login="admin", password=None):
        """Log a user in and return the value of the cookie session_id, for a browser."""
        with requests.Session() as session:
            params = {"db": self.db, "login": login, "password": password or login}
            self._call(session, "/web/session/authenticate", params)
            return session.cookies["session_id"]

    def _session(self, login):
        """Return the calling thread's session of a user: they are not made for several threads."""
        sessions = self._local.__dict__.setdefault("sessions", {})
        if login not in sessions:
            sessions[login] = requests.Session()
            if login:
                sessions[login].cookies.set("session_id", self._cookies[login])
        return sessions[login]

    def _call(self, session, path, params):
        body = {"jsonrpc": "2.0", "method": "call", "params": params}
        answer = session.post(self.url + path, json=body, timeout=120).json()
        if "error" in answer:
            raise OdooError(answer["error"])
        return answer

    def ref(self, xmlid):
        """Return the database id of a record, by its external id."""
        module, name = xmlid.split(".")
        domain = [("module", "=", module), ("name", "=", name)]
        return self.rpc("ir.model.data", "search_read", [domain, ["res_id"]])[0]["res_id"]

    def run_cron(self, name):
        """Run a scheduled action of the addon now, as an administrator would."""
        cron = self.ref(f"omnichannel_connector.{name}")

        def run():
            try:
                self.rpc("ir.cron", "method_direct_trigger", [[cron]])
            except OdooError as error:
                if "already executing" not in str(error):
                    raise
                return False  # the run that is under way may not have seen what the test did
            return True

        wait_for(run, 60, f"{name} is always being executed")

    def wake(self):
        """Let the scheduler look for work now, as the next webhook would."""
        # it listens on this database, whichever it works for
        databases.fetch("postgres", "SELECT pg_notify('cron_trigger', %s)", [self.db])

    def sql(self, query, parameters=None):
        """Run a statement in a transaction of its own and return its rows."""
        return databases.fetch(self.db, query, parameters)

    def shell(self, code):
        """Run Python in Odoo's shell (it has `env`; commit yourself), return what it printed."""
        words = odoo_process.command(self.db, "--no-http", "--log-level=warn", subcommand=["shell"])
        result = subprocess.run(
            words,
            input=code,
            env=odoo_process.environment(**self.env),
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode or "Traceback (most recent call last)" in result.stderr:
            raise AssertionError(f"the shell failed:\n{result.stderr}")
        return result.stdout


def wait_for(condition, timeout=20, message="it did not happen in time"):
    """Call a condition until it returns something true, and return that."""
    deadline = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(message() if callable(message) else message)
        time.sleep(0.05)
