"""What the conftest.py of e2e and browser have in common."""

import pytest

from tests.tooling.base import Problem

LOG_LINES = 40


@pytest.fixture(scope="session")
def sandbox():
    """The fake providers, on a free port."""
    from tests.sandbox import Sandbox

    with Sandbox() as running:
        yield running


@pytest.fixture
def shop(odoo, sandbox):
    """A shop with its accounts, and Ada who answers there."""
    from tests.shop import Shop, make_agent

    make_agent(odoo, "ada")
    running = Shop(odoo, sandbox)
    yield running
    running.close()


@pytest.fixture(scope="module")
def live_chat(odoo, shop):
    """A live chat on the website of a module's own shop."""
    from tests.livechat import LiveChat

    running = LiveChat(odoo)
    yield running
    running.close()


@pytest.fixture
def agent(odoo):
    """Ada, in Odoo's Discuss."""
    from tests.shop import make_agent

    return make_agent(odoo, "ada")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Add the end of Odoo's log to the report of a failure."""
    outcome = yield
    report = outcome.get_result()
    server = item.funcargs.get("odoo") if hasattr(item, "funcargs") else None
    if report.failed and server is not None:
        tail = server.log_text().splitlines()[-LOG_LINES:]
        report.sections.append((f"last lines of {server.log.name}", "\n".join(tail)))
    # Fixtures look here to learn how their test ended.
    setattr(item, f"report_{report.when}", report)


def started(server):
    """Yield a running server; a Problem of the tooling becomes pytest's own short failure."""
    try:
        server.__enter__()
    except Problem as problem:
        pytest.exit(str(problem), returncode=1)
    try:
        yield server
    finally:
        server.close()
