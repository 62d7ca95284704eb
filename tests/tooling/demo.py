"""`./omni demo`: a running Odoo with the addon, demo data and the provider sandbox."""

import os
import subprocess
import time

from tests.tooling import databases, odoo_process, odoo_source, postgres, python_env
from tests.tooling.base import (
    ADDON,
    ROOT,
    Problem,
    last_words,
    locked,
    log_path,
    port_is_free,
    port_setting,
    remove,
    run,
    say,
    shown,
    timed,
)

# Not needed by the addon, but worth seeing with it. What installs itself is left out, because
# partner_autocomplete is among it, which calls outside for every contact.
EXTRA_MODULES = ("base_import", "im_livechat")


def start(*, fresh=False):
    """Start everything, print where it is, and stay until Ctrl-C or until a part of it stops."""
    http, sandbox = port_setting("OMNI_PORT", 8069), port_setting("OMNI_SANDBOX_PORT", 8079)
    for port, variable in ((http, "OMNI_PORT"), (sandbox, "OMNI_SANDBOX_PORT")):
        _check_port(port, variable)
    database = prepare(fresh=fresh)
    children = {}
    try:
        with timed("Starting the provider sandbox and Odoo"):
            _start_sandbox(children, sandbox)
            _start_odoo(children, http, database)
        _print_summary(http, sandbox if "sandbox" in children else None, database)
        _watch(children)
    finally:
        _stop(children)


def shell():
    """Open Odoo's shell on the demo database; return its exit code."""
    words = odoo_process.command(prepare(), "--no-http", subcommand=["shell"])
    return subprocess.run(words, env=odoo_process.environment(), check=False).returncode


# === DATABASE ===


def prepare(*, fresh=False):
    """Return the demo database, made if it is not there and updated if the addon has changed."""
    odoo_source.find()
    postgres.use()
    name = os.environ.get("OMNI_DB", "omni_demo")
    with locked("demo"):
        exists, made_for = name in databases.names(name), databases.comment(name)
        if exists and not made_for:
            raise Problem(
                f"the database {name} is there and not omni's: set OMNI_DB to another name."
            )
        if fresh or not exists:
            _create(name)
        elif made_for != databases.addon_hash():
            _update(name)
    return name


def _create(name):
    template = databases.addon_template(demo=True, extra=EXTRA_MODULES)
    draft = f"{name}_draft"
    databases.copy(template, draft)
    databases.set_comment(draft, databases.addon_hash())
    databases.rename(draft, name)


def _update(name):
    current = databases.addon_hash()
    words = ["-u", ADDON.name, "--stop-after-init", "--no-http", "--max-cron-threads=0"]
    advice = "Odoo could not update the demo database: start over with './omni demo --fresh'"
    with timed(f"Updating the addon in {name}"):
        command = odoo_process.command(name, *words, "--skip-auto-install")
        run(command, "update-demo", advice, env=odoo_process.environment())
    databases.set_comment(name, current)


# === PROCESSES ===


def _check_port(port, variable):
    if not port_is_free(port):
        raise Problem(f"port {port} is in use: stop the program that uses it, or set {variable}.")


def _start_sandbox(children, port):
    if not (ROOT / "tests" / "sandbox" / "__main__.py").exists():
        say("    (tests/sandbox is missing: no fake providers)")
        return
    remove(log_path("sandbox"))
    words = [python_env.PYTHON, "-m", "tests.sandbox", "--port", port]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    children["sandbox"] = odoo_process.start(words, "sandbox", environment)
    deadline = time.monotonic() + 20
    while port_is_free(port):
        if children["sandbox"].poll() is not None or time.monotonic() > deadline:
            raise Problem(f"the sandbox did not start: see {shown(log_path('sandbox'))}.")
        time.sleep(0.05)


def _start_odoo(children, port, database):
    """Start Odoo in one process with threads.

    With workers, browsers would need a reverse proxy in front that sends /websocket to another
    port. One process serves both, and is quick enough for a few people.
    """
    remove(log_path("odoo"))
    options = ["--workers=0", "--max-cron-threads=4", f"--http-port={port}"]
    words = odoo_process.command(database, *options, f"--gevent-port={port + 1}")
    children["odoo"] = odoo_process.start(words, "odoo", odoo_process.environment())
    url = f"http://127.0.0.1:{port}/web/login"
    odoo_process.wait_for_page(url, children["odoo"], "odoo", timeout=120)


def _watch(children):
    while True:
        for name, child in children.items():
            if child.poll() is not None:
                words = last_words(log_path(name))
                raise Problem(f"{name} stopped ({words}): see {shown(log_path(name))}.")
        time.sleep(0.5)


def _stop(children):
    if children:
        say("==> Stopping")
    for child in reversed(children.values()):
        odoo_process.end(child)


# === WHAT THE USER SEES ===


def _print_summary(http, sandbox, database):
    say("")
    say(f"Odoo      http://localhost:{http}/odoo   login admin, password admin")
    if sandbox:
        say(f"Sandbox   http://localhost:{sandbox}")
        _connect(http, sandbox, database)
    say(f"Logs      {shown(log_path('odoo').parent)}/")
    say("\nCtrl-C stops everything.")


def _connect(http, sandbox, database):
    """Let tests/demo connect the demo's accounts to the sandbox, and print what it has to say."""
    if not any((ROOT / "tests" / path).exists() for path in ("demo.py", "demo/__main__.py")):
        return
    words = [str(python_env.PYTHON), "-m", "tests.demo", "--db", database]
    words += ["--odoo", f"http://127.0.0.1:{http}", "--sandbox", f"http://127.0.0.1:{sandbox}"]
    result = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    log_path("demo").write_text(result.stdout + result.stderr, encoding="utf-8")
    if result.returncode:
        words = last_words(log_path("demo"))
        raise Problem(f"tests.demo failed ({words}): see {shown(log_path('demo'))}.")
    say(result.stdout.rstrip())
