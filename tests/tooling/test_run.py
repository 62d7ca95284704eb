"""`./omni test`: from a selection to green or red."""

import os
import signal
import subprocess

from tests.tooling import addon_tests, lint, odoo_source, postgres, python_env, system
from tests.tooling.base import ROOT, Problem, end_with_parent, say

# In this order, the quick ones first. Those in one pytest run, whose summary ends the log.
PYTEST = ("channels", "planning", "sandbox", "e2e", "browser", "crash")
NEED_ODOO = ("e2e", "browser", "crash")
EVERYTHING = ("lint", "addon", *PYTEST)


def run(selections):
    """Run the selected tests, or all; return the exit code."""
    everything = [name for name in EVERYTHING if _exists(name)]
    chosen = [_split(word) for word in selections or everything]
    failures = ["lint"] if ("lint", "") in chosen and lint.run() else []
    addon = [detail for name, detail in chosen if name == "addon"]
    in_pytest = [(name, detail) for name, detail in chosen if name not in ("lint", "addon")]
    options = ()
    if not selections:  # two workers share it all, see dealer.py
        options, addon = ("-n", "2", "--durations=25"), []
        in_pytest.insert(0, ("tests/whole", ""))
    for detail in addon:
        failures += _run_addon(detail)
    failures += ["pytest"] if in_pytest and _run_pytest(in_pytest, options) else []
    if failures:
        raise Problem(f"failed: {', '.join(failures)}.")
    return 0


def _split(word):
    """Return (name, detail) of a selection: "addon:TestX" or "tests/e2e/test_x.py::test_y"."""
    if word.startswith("tests/"):
        path = word.split("::")[0]
        if not (ROOT / path).exists():
            raise Problem(f"{path} does not exist.")
        return word, ""
    name, _colon, detail = word.partition(":")
    if name not in EVERYTHING:
        choice = ", ".join(EVERYTHING)
        raise Problem(f"'{name}' is no selection: use {choice}, or a path under tests/.")
    if not _exists(name):
        raise Problem(f"tests/{name} does not exist yet.")
    return name, detail


def _exists(name):
    return name in ("lint", "addon") or any((ROOT / "tests" / name).glob("**/test_*.py"))


def _run_addon(detail):
    try:
        addon_tests.run(detail)
    except Problem as problem:
        say(f"    {problem}")
        return ["addon"]
    return []


def _run_pytest(chosen, options=()):
    """Run pytest over folders and paths; return its exit code."""
    arguments = [*options]
    for name, detail in chosen:
        arguments.append(name if name.startswith("tests/") else f"tests/{name}")
        if detail:
            arguments += ["-k", detail]
    folders = {argument.split("/")[1] for argument in arguments if argument.startswith("tests/")}
    if folders & set(NEED_ODOO):
        odoo_source.find()
        postgres.use()
    if "browser" in folders:
        system.browser()
        system.node_tools()
    return _python("-m", "pytest", *arguments)


def bench(arguments):
    """Run the load tests; return their exit code."""
    if not (ROOT / "tests" / "load" / "__main__.py").exists():
        raise Problem("tests/load does not exist yet.")
    odoo_source.find()
    postgres.use()
    return _python("-m", "tests.load", *arguments)


def _python(*words):
    """Run a Python program that cleans up after itself when it is interrupted."""
    command = [str(python_env.PYTHON), *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    child = subprocess.Popen(command, cwd=ROOT, env=environment, preexec_fn=end_with_parent)
    # The terminal's Ctrl-C reaches the child by itself; a second one would cut its cleaning short.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: child.send_signal(signal.SIGINT))
    return child.wait()
