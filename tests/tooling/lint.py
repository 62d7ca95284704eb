"""`./omni lint`: the linters, quickest first."""

import shutil
import subprocess
import time

from tests.tooling import python_env, system
from tests.tooling.base import ADDON, ROOT, say

STATIC = ADDON / "static"
# Odoo's own files do neither.
NOT_CHECKED = "xml-header-wrong,xml-field-numeric-without-eval"


def run(*, fix=False):
    """Run every linter and return how many of them complain."""
    complaints = 0
    for name, command in [*_python_linters(fix), *_script_linters(fix)]:
        started = time.monotonic()
        result = subprocess.run(
            [str(word) for word in command],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        verdict = "FAILED" if result.returncode else "ok"
        say(f"lint: {name:<13} {verdict:<6} {time.monotonic() - started:4.1f} s")
        if result.returncode:
            say((result.stdout + result.stderr).strip())
            complaints += 1
    return complaints


def _python_linters(fix):
    tools = python_env.VENV / "bin"
    addon = ADDON.name
    ruff, short = tools / "ruff", "--output-format=concise"
    yield "ruff", [ruff, "check", short, *(["--fix"] if fix else []), "."]
    yield "ruff format", [ruff, "format", *([] if fix else ["--check", short]), "."]
    yield "import-linter", [tools / "lint-imports", "--no-logo"]
    yield "oca-checks", [tools / "oca-checks-odoo-module", f"--disable={NOT_CHECKED}", addon]
    yield "pylint-odoo", [tools / "pylint", "--rcfile=.pylintrc", addon]


def _script_linters(fix):
    """Yield eslint and prettier, if the addon has anything for them to read."""
    scripts, styles = [sorted(STATIC.rglob(f"*.{ending}")) for ending in ("js", "scss")]
    if not scripts and not styles:
        return
    tools = system.node_tools()
    if scripts:
        # eslint resolves a configuration's imports from where it lies: node_modules is in .omni.
        config = shutil.copy(ROOT / "eslint.config.mjs", system.NODE / "eslint.config.mjs")
        command = [tools / "eslint", "--config", config, *(["--fix"] if fix else [])]
        yield "eslint", [*command, *scripts]
    yield "prettier", [tools / "prettier", "--write" if fix else "--check", *scripts, *styles]
