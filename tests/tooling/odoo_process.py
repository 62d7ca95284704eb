"""How Odoo is started: its command line, its environment, its life and its death."""

import contextlib
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request

from tests.tooling import odoo_source, python_env
from tests.tooling.base import (
    ADDON,
    ROOT,
    WORK,
    Problem,
    end_with_parent,
    log_path,
    run,
    shown,
    write_atomically,
)

SCRIPT = ROOT / "tests" / "tooling" / "bin" / "odoo"
DATA_DIR = WORK / "data"
CONFIG = WORK / "odoo.conf"
# No dbfilter: with one, Odoo asks PostgreSQL for the list of databases at every request.
CONFIG_TEXT = """\
[options]
addons_path = {addons_path}
data_dir = {data_dir}
list_db = False
http_interface = {interface}
limit_time_cpu = 300
limit_time_real = 600
"""


def command(database, *options, subcommand=()):
    """Return the command line that starts Odoo on a database."""
    if not (ADDON / "__manifest__.py").exists():
        raise Problem(f"{shown(ADDON)}/__manifest__.py is missing: this clone is incomplete.")
    interface = os.environ.get("OMNI_INTERFACE", "127.0.0.1")
    text = CONFIG_TEXT.format(addons_path=ROOT, data_dir=DATA_DIR, interface=interface)
    write_atomically(CONFIG, text)
    words = [python_env.PYTHON, SCRIPT, *subcommand, "-c", CONFIG, "-d", database, *options]
    return [str(word) for word in words]


def addons_option(folders):
    """Return the options with which Odoo finds addons in these folders, too."""
    return [f"--addons-path={','.join(map(str, [ROOT, *folders]))}"] if folders else []


def environment(**extra):
    """Return the environment that Odoo runs in."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ODOO_") and k != "PGDATABASE"}
    return kept | {
        "PYTHONPATH": str(odoo_source.find()),
        # A cron job that stopped half-way goes on at once, not at the next poll a minute later.
        "ODOO_NOTIFY_CRON_CHANGES": "1",
        **extra,
    }


def install(database, modules, *options, log):
    """Install modules into a database (a new one, if it does not exist) and return."""
    words = ["-i", ",".join(modules), "--stop-after-init", "--no-http", "--max-cron-threads=0"]
    words += ["--workers=0", "--skip-auto-install", *options]
    advice = f"Odoo could not install {', '.join(modules)}"
    run(command(database, *words), log, advice, env=environment())
    check_installed(database, modules, log)


def check_installed(database, modules, log):
    """Raise a Problem if modules are not installed: Odoo exits with 0 if it knows no such one."""
    from tests.tooling import databases

    query = "SELECT name FROM ir_module_module WHERE state = 'installed' AND name = ANY(%s)"
    installed = {name for (name,) in databases.fetch(database, query, [list(modules)])}
    missing = sorted(set(modules) - installed)
    if missing:
        raise Problem(f"Odoo did not install {', '.join(missing)}: see {shown(log_path(log))}.")


def start(words, log, env):
    """Start a server in a process group of its own that ends when this process does."""
    with log_path(log).open("ab") as output:
        return subprocess.Popen(
            [str(word) for word in words],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=ROOT,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )


def end(process, patience=15):
    """Stop a server that start() started, and whatever else its process group holds."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    kill_group(process)


def kill_group(process):
    """Kill a server with all its workers, as a power cut would."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_for_page(url, process, log, timeout):
    """Wait until a page answers 200; raise a Problem when the server dies or takes too long."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Problem(f"{log} stopped while starting: see {shown(log_path(log))}.")
        if page_answers(url):
            return
        time.sleep(0.1)
    raise Problem(f"{url} did not answer within {timeout} s: see {shown(log_path(log))}.")


def page_answers(url):
    """Tell whether a page answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
