"""The virtual environment .omni/venv: built by any Python 3.10-3.13, then used for all the rest."""

import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.tooling import system
from tests.tooling.base import ROOT, WORK, Problem, check_disk, digest, locked, remove, run, step

VENV = WORK / "venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = [ROOT / name for name in ("requirements.txt", "requirements-dev.txt")]
# Settings of the caller that would make pip or Python look elsewhere.
FOREIGN = ("PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX")


def is_inside():
    """Tell whether this process runs on .omni/venv."""
    return os.path.realpath(sys.prefix) == os.path.realpath(VENV)


def enter(arguments):
    """Build the environment if needed and start omni again on its Python. Does not return."""
    build()
    os.environ["OMNI_CALLER_PYTHON"] = sys.executable
    command = [str(PYTHON), "-m", "tests.tooling", *arguments]
    os.environ["PYTHONPATH"] = str(ROOT)
    os.execv(PYTHON, command)


def build():
    """Create .omni/venv with everything that the two requirements files pin."""
    # The folder belongs to the key: the scripts of an environment name it, a moved one is broken.
    key = digest(str(VENV), *REQUIREMENTS)
    with locked("venv"):
        if not _runs():
            remove(WORK / "stamps" / "venv")
        step("venv", key, "Installing Python packages into .omni/venv (about a minute)", _build)


def _runs():
    """Tell whether the environment's Python starts: its base may have been removed or upgraded."""
    command = [PYTHON, "-c", "import pip"]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _build(previous):
    check_disk()
    if previous is None:
        _create()
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    for path in REQUIREMENTS:
        pip += ["-r", path]
    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    run(pip, "pip", "pip could not install the pinned packages: check the network", env=environment)


def _create():
    _end_leftovers()
    if not importlib.util.find_spec("ensurepip"):  # Debian ships it apart
        system.install(["python3-venv"], "which makes Python environments")
        if not importlib.util.find_spec("ensurepip"):
            raise Problem("this Python has no ensurepip: install its venv package.")
    advice = f"{sys.executable} could not make a virtual environment"
    run([sys.executable, "-m", "venv", "--clear", VENV], "venv", advice)


def _end_leftovers():
    """Kill the pip that a killed run's `venv` left: it would write into the new environment."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # processes come and go
            words = path.read_bytes()
            if words.startswith(str(VENV).encode()) and b"pip" in words:
                os.kill(int(path.parent.name), signal.SIGKILL)
