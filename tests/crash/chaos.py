"""Who is killed, when, and who starts it again."""

import contextlib
import os
import signal
import threading

import psutil
import psycopg2

from tests.odoo_server import CRON, HTTP

# what dies -> how often
VICTIMS = {
    "web_worker": 28,
    "cron_worker": 32,
    "whole_server": 7,
    "main_process": 4,
    "connections": 12,
    "database_backend": 11,
    "database_server": 6,
}


class Chaos:
    """Kills one thing at a time and does what systemd would do afterwards."""

    def __init__(self, odoo, postgres, sandbox, dice):
        self.odoo, self.postgres, self.sandbox, self.dice = odoo, postgres, sandbox, dice
        self._never = threading.Event()

    def strike(self):
        """Wait for a random moment and kill something; return what."""
        victim = self.dice.choices(list(VICTIMS), list(VICTIMS.values()))[0]
        self._wait_for_moment()
        getattr(self, f"_kill_{victim}")()
        return victim

    def _wait_for_moment(self):
        """Let some time pass, or wait for the moment when most is at stake."""
        if self.dice.random() < 0.5:
            self._never.wait(self.dice.uniform(0.1, 1.2))
            return
        moment = self.dice.choice([{"kind": "api_call", "call": "send"}, {"kind": "webhook"}])
        self.sandbox.log.wait(after=self.sandbox.log.last, timeout=1.5, **moment)
        self._never.wait(self.dice.uniform(0, 0.3))

    def _kill_web_worker(self):
        self.odoo.kill_worker(HTTP, self.dice.choice)

    def _kill_cron_worker(self):
        for _each in range(self.dice.choice([1, 1, 3])):
            self.odoo.kill_worker(CRON, self.dice.choice)

    def _kill_whole_server(self):
        self.odoo.kill()

    def _kill_main_process(self):
        """Leave the workers behind for a moment: they notice, finish what they do and end."""
        children = self.odoo.processes()[1:]
        os.kill(self.odoo.process.pid, signal.SIGKILL)
        psutil.wait_procs(children, timeout=self.dice.uniform(0, 2))
        self.odoo.kill()

    def _kill_connections(self):
        with contextlib.suppress(psycopg2.Error):
            self.odoo.sql(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()
                """
            )

    def _kill_database_backend(self):
        self.postgres.kill_backend(self.dice.choice)

    def _kill_database_server(self):
        self.postgres.kill()
        self._never.wait(self.dice.uniform(0, 1))
        self.postgres.start()

    def repair(self):
        """Start again what does not do so by itself."""
        if not self.odoo.is_running():
            if self.odoo.process:
                self.odoo.kill()
            self.odoo.start()
