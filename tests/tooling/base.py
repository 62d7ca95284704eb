"""Paths, errors, progress, locks and completion stamps that every part of the tooling uses."""

import contextlib
import ctypes
import fcntl
import hashlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / ".omni"
ADDON = ROOT / "omnichannel_connector"
GIGABYTE = 1024**3
PR_SET_PDEATHSIG = 1


class Problem(Exception):
    """Something the user has to change. The message is one sentence that says what to do."""


def say(text):
    """Print one line of progress at once, also into a pipe."""
    print(text, flush=True)


@contextlib.contextmanager
def timed(title):
    """Announce a step that takes a while, and say afterwards how long it took."""
    say(f"==> {title}")
    started = time.monotonic()
    yield
    say(f"    {time.monotonic() - started:.1f} s")


# === FILES ===


def log_path(name):
    """Return the file under .omni/log for the output of one program, for each pytest worker."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    path = WORK / "log" / f"{name}-{worker}.log" if worker else WORK / "log" / f"{name}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def write_atomically(path, text):
    """Write a file so that a reader, or a killed writer, never leaves half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def remove(path):
    """Remove a file or a whole folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def digest(*parts):
    """Return a short hash of strings and of files' contents, to name what was built from them."""
    total = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else str(part).encode()
        total.update(len(content).to_bytes(8, "big") + content)
    return total.hexdigest()[:12]


def read_stamp(name):
    """Return the key under which a step was last completed, or None."""
    try:
        return (WORK / "stamps" / name).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def step(name, key, title, build):
    """Run `build(previous_key)` unless it was completed for this key.

    The stamp goes before the work begins and comes back after it ended, so that a run killed in
    between is seen as "never done" (previous_key is None) and starts from scratch.
    """
    previous = read_stamp(name)
    if previous == key:
        return
    (WORK / "stamps" / name).unlink(missing_ok=True)
    with timed(title):
        build(previous)
    write_atomically(WORK / "stamps" / name, key)


@contextlib.contextmanager
def locked(name):
    """Keep two runs of omni from building the same thing; the lock dies with its process."""
    path = WORK / "locks" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say(f"    waiting for another omni ({name})")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def check_disk():
    """Refuse to begin a download or a database that the disk can't hold."""
    free = shutil.disk_usage(ROOT).free
    if free < 4 * GIGABYTE:
        raise Problem(
            f"only {free / GIGABYTE:.1f} GB are free on this disk, but the tools, Odoo and its"
            " databases need 4 GB: make room."
        )


# === PROGRAMS ===


def end_with_parent():
    """Ask the kernel to end this new process when its parent dies, however it dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def killed_with_parent():
    """As end_with_parent(), but without asking: for a step that the next run does again."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def run(command, log, advice, **options):
    """Run a program into its log file; on failure raise its last words and the advice."""
    options.setdefault("preexec_fn", killed_with_parent)
    path = log_path(log)
    with path.open("w", encoding="utf-8") as output:
        try:
            subprocess.run(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=True,
                **options,
            )
        except (subprocess.CalledProcessError, OSError) as error:
            raise Problem(f"{advice} ({last_words(path) or error}; see {shown(path)})") from error


def last_words(path):
    """Return the last line of a log that says something."""
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")[:300]


def shown(path):
    """Return a path as the user would type it in the repository."""
    return os.path.relpath(path, ROOT)


def free_port():
    """Return a TCP port that nobody listens on, below those that the kernel gives to clients.

    So a server that is killed and started again finds its port free.
    """
    for port in random.sample(range(20000, 30000), 100):
        if port_is_free(port):
            return port
    raise Problem("no free port between 20000 and 30000: stop some servers.")


def port_is_free(port):
    """Tell whether a server could listen on the port, on any address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


def port_setting(variable, default):
    """Return a port from the environment, or raise a Problem that names the variable."""
    value = os.environ.get(variable) or str(default)
    if not value.isdigit() or not 0 < int(value) < 65535:
        raise Problem(f"{variable}={value} is no port number: use one from 1 to 65534.")
    return int(value)


def fail(problem):
    """Print a Problem as the one line that the user sees."""
    sys.stdout.flush()
    sys.stderr.write(f"omni: {problem}\n")
