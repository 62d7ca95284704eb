"""A PostgreSQL server of the crash tests alone, so that killing it disturbs nobody else.

with OwnPostgres() as server:      # afterwards PGHOST leads to it
    server.load("omni_addon_bare_…")
    server.kill()
    server.start()
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time

import psutil

from tests.tooling import databases, postgres
from tests.tooling.base import WORK, Problem, log_path, remove

HOME = WORK / "pg-crash"
NAMES = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD")
# fsync stays off as everywhere in the tests: what a killed server has written is with the kernel,
# which lives on. A power cut is another test, for which a process can't be killed.
SETTINGS = {**postgres.SETTINGS, "shared_buffers": "64MB", "max_connections": "100"}


class OwnPostgres:
    """One embedded server, empty at first and gone at the end."""

    def __init__(self):
        postgres.use()
        self.folder = HOME / str(os.getpid())
        self.process = None
        self._former = {}

    def __enter__(self):
        self._remove_old()
        self._words, owner = postgres._disguise()
        self.folder.mkdir(parents=True)
        # A socket's path may have 107 bytes only.
        self.socket = tempfile.mkdtemp(prefix="omni-crash-")
        for folder in (self.folder, self.socket):
            os.chown(folder, owner, -1)
        options = ["-U", postgres.OWNER, "--auth=trust", "--encoding=UTF8", "--no-sync"]
        options += ["--locale-provider=builtin", "--locale=C.UTF-8"]
        self._run("initdb", "-D", self.folder / "data", *options)
        self._former = {name: os.environ.get(name) for name in NAMES}
        self.start()
        os.environ.update(PGHOST=self.socket, PGPORT="5432", PGUSER=postgres.OWNER)
        return self

    def __exit__(self, *error):
        for name, value in self._former.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})
        self.kill()
        remove(self.folder)
        shutil.rmtree(self.socket, ignore_errors=True)

    def load(self, name):
        """Copy a database from the usual server, under its name."""
        databases.execute("CREATE DATABASE {}", name)
        elsewhere = os.environ | {n: v for n, v in self._former.items() if v is not None}
        dump = subprocess.Popen(
            [postgres._program("pg_dump"), "--format=custom", "--compress=0", name],
            stdout=subprocess.PIPE,
            env=elsewhere,
        )
        restore = [postgres._program("pg_restore"), "--no-owner", "--exit-on-error", "-d", name]
        done = subprocess.run(restore, stdin=dump.stdout, check=False)
        if dump.wait() or done.returncode:
            raise Problem(f"the database {name} could not be copied for the crash tests.")

    def start(self):
        """Start the server, after a kill with its own recovery, and wait until it answers."""
        settings = {**SETTINGS, "unix_socket_directories": self.socket}
        command = [*self._words, postgres._program("postgres"), "-D", self.folder / "data"]
        command += ["-p", "5432"]
        command += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with log_path("postgres-crash").open("a") as output:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Problem("the crash tests' PostgreSQL did not start: see postgres-crash.log.")
            time.sleep(0.05)

    def answers(self):
        """Tell whether the server takes connections."""
        ready = [postgres._program("pg_isready"), "-q", "-h", self.socket, "-p", "5432"]
        return subprocess.run(ready, check=False).returncode == 0

    def kill(self):
        """Kill the server and all its backends (kill -9)."""
        for process in reversed(self._processes()):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait()

    def kill_backend(self, choose=min):
        """Kill one client's backend (kill -9): the server then restarts itself, with recovery."""
        pids = [process.pid for process in self._processes()[1:] if self._is_backend(process)]
        if pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(choose(sorted(pids)), signal.SIGKILL)

    def _processes(self):
        try:
            main = psutil.Process(self.process.pid)
            return [main, *main.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def _is_backend(self, process):
        with contextlib.suppress(psutil.NoSuchProcess):
            return "omni_tmp" in " ".join(process.cmdline())
        return False

    def _run(self, program, *words):
        command = [str(word) for word in (*self._words, postgres._program(program), *words)]
        subprocess.run(command, check=True, cwd="/", capture_output=True)

    def _remove_old(self):
        """Remove what a run left that was killed itself."""
        for old in HOME.glob("*"):
            if psutil.pid_exists(int(old.name)):
                continue
            with contextlib.suppress(OSError, ValueError, psutil.NoSuchProcess):
                server = psutil.Process(
                    int((old / "data" / "postmaster.pid").read_text().split()[0])
                )
                if str(old / "data") in server.cmdline():
                    server.kill()
            shutil.rmtree(old, ignore_errors=True)
