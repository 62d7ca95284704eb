"""The addon's own tests, which Odoo runs in a fresh database."""

import re
import subprocess
import time

from tests.tooling import databases, odoo_process, postgres, system
from tests.tooling.base import (
    ADDON,
    ROOT,
    WORK,
    Problem,
    end_with_parent,
    free_port,
    log_path,
    say,
    shown,
)

FLOOR = ROOT / "tests" / "addon_test_floor.txt"
RESULT = re.compile(r"odoo\.tests\.result: (\d+) failed, (\d+) error\(s\) of (\d+) tests")
LINE = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ \d+ (?P<level>[A-Z]+) \S+ (?P<logger>[^\s:]+): ")
STARTING = re.compile(r": Starting (\w+\.\w+)")


def run(selection=""):
    """Run the addon's tests, or a selection such as TestClass.test_name, and judge the log.

    Return how many ran and how long they took, as a line for a reader.
    """
    system.browser()
    postgres.use()
    name = databases.temporary_name("addon")
    databases.copy(databases.deps_template(), name)
    say(f"==> Running the addon's tests (log: {shown(log_path('addon'))})")
    started = time.monotonic()
    try:
        code, lines = _run_odoo(name, f"/{ADDON.name}{':' + selection if selection else ''}")
    finally:
        databases.drop(name)
    faults = list(_faults(code, lines, floor=0 if selection else _floor()))
    count = next((found[3] for found in map(RESULT.search, lines) if found), 0)
    summary = f"{count} tests, {time.monotonic() - started:.1f} s"
    say(f"    {summary}")
    if faults:
        raise Problem(f"addon tests: {'; '.join(faults)} (see {shown(log_path('addon'))}).")
    return summary


def _run_odoo(database, tags):
    """Run Odoo, keep its log and show what matters of it; return exit code and lines."""
    options = ["-i", ADDON.name, "--test-tags", tags, "--stop-after-init", "--skip-auto-install"]
    options += ["--workers=0", "--max-cron-threads=0", f"--http-port={free_port()}"]
    options += ["--screenshots", WORK / "screenshots"]
    words = odoo_process.command(database, *options)
    process = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=odoo_process.environment(),
        cwd=ROOT,
        text=True,
        errors="replace",
        preexec_fn=end_with_parent,
    )
    try:
        with log_path("addon").open("w", encoding="utf-8") as log:
            return _follow(process, log)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _follow(process, log):
    lines, showing = [], False
    for line in process.stdout:
        log.write(line)
        lines.append(line.rstrip("\n"))
        head = LINE.match(line)
        if head:  # a traceback's lines have no head and belong to the line before
            showing = head["level"] in ("WARNING", "ERROR", "CRITICAL")
        if showing:
            say("    " + lines[-1])
    return process.wait(), lines


def _faults(code, lines, floor):
    """Yield every reason why the run is not green."""
    result = next((found for found in map(RESULT.search, reversed(lines)) if found), None)
    if code:
        yield f"Odoo exited with {code}"
    if result is None:
        yield "Odoo's closing line is missing, so no test ran"
    else:
        failed, errors, count = map(int, result.groups())
        if failed or errors:
            yield f"{failed} failed, {errors} errors of {count}"
        if count < max(floor, 1):
            yield f"only {count} tests ran, {FLOOR.name} asks for {max(floor, 1)}"
    bad = sum(map(_is_complaint, lines))
    if bad:
        yield f"{bad} lines of warning or error in the log"


def _is_complaint(line):
    """Tell whether a log line is an error of anybody, or a warning that concerns the addon."""
    head = LINE.match(line)
    if not head or RESULT.search(line):
        return False
    if head["level"] in ("ERROR", "CRITICAL"):
        return True
    return head["level"] == "WARNING" and "omnichannel" in line


def _floor():
    """Return how many tests must run at least: Odoo skips what it does not find, without a word."""
    lines = FLOOR.read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.strip() and not line.startswith("#")))
