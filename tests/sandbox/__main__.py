"""Run the sandbox: `python -m tests.sandbox --port 8079`."""

import argparse
import contextlib
import json
import sys
from pathlib import Path

from . import Sandbox


def main(arguments: list[str] | None = None):
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tests.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument("--port", type=int, default=8079)
    parser.add_argument("--smtp-port", type=int, default=0, help="for Odoo's mails; 0 = any free")
    parser.add_argument(
        "--state", type=Path, help="JSON file with accounts, customers and settings to begin with"
    )
    options = parser.parse_args(arguments)
    try:
        sandbox = Sandbox(options.port, options.host, options.smtp_port)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    with sandbox, contextlib.suppress(KeyboardInterrupt):
        if options.state:
            load(sandbox, json.loads(options.state.read_text()))
        sys.stdout.write(f"Provider sandbox: {sandbox.url}/\n")
        sys.stdout.write(f"SMTP: {options.host}:{sandbox.smtp_port}\n")
        sys.stdout.flush()
        sandbox.join()


def load(sandbox: Sandbox, state: dict):
    """Register what a state file holds, in the shapes of the control API."""
    sandbox.state.change_settings(state.get("settings", {}))
    for account in state.get("accounts", []):
        sandbox.control.add_account(**account)
    for customer in state.get("customers", []):
        sandbox.control.add_customer(**customer)
    if "mail_gateway" in state:
        sandbox.mails.configure(**state["mail_gateway"])


if __name__ == "__main__":
    main()
