"""The command line of omni."""

import argparse
import signal

from tests.tooling import python_env
from tests.tooling.base import Problem, fail, say

DESCRIPTION = "Build, run and check the Omnichannel Connector. All that it makes lies in .omni/."
DETAILS = """\
commands:
  demo [--fresh]        from nothing to a running Odoo with demo data and the provider sandbox;
                        Ctrl-C stops all. --fresh throws the demo database away first
  test [SELECTION ...]  the tests; without selection all that there are, in this order:
                        lint, addon, channels, sandbox, e2e, browser, crash
                          addon:TestClass.test_name    one of the addon's tests
                          e2e:WORD                     pytest's -k WORD (any of the pytest folders)
                          tests/e2e/test_x.py::test_y  a path as pytest takes it
  lint [--fix]          the linters alone; --fix also formats and repairs what can be repaired
  shell                 Odoo's shell on the demo database
  bench [MEASURE ...]   the load tests: webhook, backlog, drain, import, resolve, inbox, latency
                        (default: all); --contacts, --conversations and --messages N make the large
                        databases smaller; tests/load/README.md says what they measure
  setup                 install all that the other commands need, and stop

environment:
  ODOO_HOME             an Odoo 19.0 check-out or its unpacked Debian package
                        (default: an importable odoo 19, else Debian's package from suite sid)
  PGHOST PGPORT PGUSER PGPASSWORD, or DATABASE_URL
                        a PostgreSQL server (default: an embedded one); the role needs CREATEDB
  OMNI_PG_FSYNC=on      let the embedded server wait for the disk, for honest measurements
  OMNI_PORT             Odoo's port in the demo, pages and websockets (8069)
  OMNI_INTERFACE        the address that Odoo listens on (127.0.0.1)
  OMNI_SANDBOX_PORT     the sandbox's port in the demo (8079)
  OMNI_DB               the demo's database (omni_demo)
"""


def main(arguments):
    """Run one command; return the exit code."""
    options = _parse(arguments)
    # All three end omni in the same orderly way; a shell's background job would ignore the first.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        if not python_env.is_inside():
            python_env.enter(arguments)
        return COMMANDS[options.command](options) or 0
    except Problem as problem:
        fail(problem)
        return 1
    except KeyboardInterrupt:
        say("")
        return 130


def _interrupt(number, frame):
    """Raise what Ctrl-C raises, so that everything that was started is stopped."""
    raise KeyboardInterrupt


def _parse(arguments):
    parser = argparse.ArgumentParser(
        prog="./omni",
        description=DESCRIPTION,
        epilog=DETAILS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", metavar="command", required=True)
    demo = commands.add_parser("demo")
    demo.add_argument("--fresh", action="store_true")
    test = commands.add_parser("test")
    test.add_argument("selection", nargs="*")
    lint = commands.add_parser("lint")
    lint.add_argument("--fix", action="store_true")
    bench = commands.add_parser("bench")
    bench.add_argument("arguments", nargs=argparse.REMAINDER)
    commands.add_parser("shell")
    commands.add_parser("setup")
    return parser.parse_args(arguments)


# Imports of the parts that need .omni/venv are made when they are used: see python_env.enter().


def _setup(options):
    from tests.tooling import databases, odoo_source, postgres, system

    system.node_tools()
    system.browser()
    odoo_source.find()
    postgres.use()
    databases.deps_template()
    say("Ready. Try './omni demo' or './omni test'.")


def _demo(options):
    from tests.tooling import demo

    demo.start(fresh=options.fresh)


def _test(options):
    from tests.tooling import test_run

    return test_run.run(options.selection)


def _lint(options):
    from tests.tooling import lint

    return lint.run(fix=options.fix)


def _shell(options):
    from tests.tooling import demo

    return demo.shell()


def _bench(options):
    from tests.tooling import test_run

    return test_run.bench(options.arguments)


COMMANDS = {
    "demo": _demo,
    "test": _test,
    "lint": _lint,
    "shell": _shell,
    "bench": _bench,
    "setup": _setup,
}
