"""Where Odoo 19 comes from: ODOO_HOME, the calling Python, or Debian's package, unpacked.

Whatever the source, the result is one folder for PYTHONPATH that holds the package `odoo`.
"""

import functools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.tooling.base import (
    WORK,
    Problem,
    check_disk,
    digest,
    last_words,
    locked,
    log_path,
    remove,
    run,
    step,
    write_atomically,
)

UNPACKED = WORK / "odoo"
PACKAGES = Path("usr/lib/python3/dist-packages")
APT = WORK / "apt"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
SID_PACKAGES = (
    "odoo-19",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-montserrat",
    "fonts-roboto-unhinted",
)
# Odoo links to version 4.7's file names, which sid's version 7 no longer has.
OWN_SUITE_PACKAGES = ("fonts-font-awesome",)
# Not free, so Debian leaves it out, but the asset bundle names it: one console error on every page,
# and a console error fails every tour. Only the video call's background blur would use it.
LEFT_OUT = "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
HOW_TO = (
    "set ODOO_HOME to a check-out of Odoo's branch 19.0 or to its unpacked Debian package, or run"
    " omni on a Debian machine, which can download it"
)


@functools.cache
def find():
    """Return the folder that goes on PYTHONPATH to import Odoo 19; get Odoo first if need be."""
    home = os.environ.get("ODOO_HOME")
    if home:
        return _from_home(Path(home).expanduser().absolute())
    return _from_caller() or _from_debian()


def identity(path):
    """Return a word that changes with Odoo's version, to name databases after it."""
    release = path / "odoo" / "release.py"
    version = UNPACKED / "version"
    if path == UNPACKED / PACKAGES and version.exists():
        return digest(release, version)
    head = ["git", "-C", path, "rev-parse", "HEAD"]
    commit = subprocess.run(head, capture_output=True, text=True, check=False).stdout
    return digest(release, commit, str((path / "odoo").resolve()))


# === ODOO THAT IS THERE ALREADY ===


def _from_home(home):
    for folder in (home, home / PACKAGES):
        if _series(folder) == "19.0":
            return folder
        if _series(folder):
            raise Problem(f"ODOO_HOME={home} is Odoo {_series(folder)}: point it to Odoo 19.0.")
    raise Problem(f"ODOO_HOME={home} holds no Odoo (odoo/release.py): {HOW_TO}.")


def _series(folder):
    """Return the series of the Odoo in a folder ("19.0"), or None."""
    try:
        text = (folder / "odoo" / "release.py").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(r"^version_info = \((\d+), (\d+)", text, re.M)
    return ".".join(found.groups()) if found else None


def _from_caller():
    """Find an Odoo 19 that the Python which started omni can import.

    It is linked into a folder of its own: the folder it lies in may hold other versions of the
    packages that .omni/venv pins.
    """
    code = "import odoo, json; print(json.dumps(list(odoo.__path__)))"
    python = os.environ.get("OMNI_CALLER_PYTHON", sys.executable)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    command = [python, "-c", code]
    answer = subprocess.run(command, capture_output=True, env=environment, cwd="/", check=False)
    for path in json.loads(answer.stdout) if answer.returncode == 0 else ():
        if _series(Path(path).parent) == "19.0":
            return _linked(Path(path))
    return None


def _linked(package):
    folder = WORK / "odoo-link"
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / "odoo"
    if not link.is_symlink() or link.readlink() != package:
        remove(link)
        link.symlink_to(package)
    community = package.parent / "addons"  # beside the package in a check-out
    if community.is_dir() and not (folder / "addons").exists():
        (folder / "addons").symlink_to(community)
    return folder


# === DEBIAN'S PACKAGE ===


def _from_debian():
    with locked("odoo"):
        if _series(UNPACKED / PACKAGES) != "19.0":
            remove(WORK / "stamps" / "odoo")
        key = digest(*SID_PACKAGES, *OWN_SUITE_PACKAGES)
        step("odoo", key, "Downloading Odoo 19 from Debian (125 MB)", _unpack)
    return UNPACKED / PACKAGES


def _unpack(previous):
    for program in ("apt-get", "dpkg-deb"):
        if not shutil.which(program):
            raise Problem(f"there is no Odoo 19 here and no {program} to get it with: {HOW_TO}.")
    check_disk()
    files = _download()
    draft = WORK / "odoo.new"
    remove(draft)
    draft.mkdir(parents=True)
    for file in files:
        run(["dpkg-deb", "-x", file, draft], "dpkg", f"{file.name} could not be unpacked")
    (draft / PACKAGES / LEFT_OUT).parent.mkdir(parents=True, exist_ok=True)
    (draft / PACKAGES / LEFT_OUT).write_text("/* left out by Debian */\n", encoding="utf-8")
    (draft / "version").write_text("\n".join(sorted(f.name for f in files)), encoding="utf-8")
    remove(UNPACKED)
    draft.rename(UNPACKED)
    remove(APT)


def _download():
    """Download the packages with an apt of our own, which checks their signatures."""
    mirror, suite = _mirror()
    sources = f"deb [signed-by={KEYRING}] {mirror} sid main\n"
    sources += f"deb [signed-by={KEYRING}] {mirror} {suite} main\n"
    write_atomically(APT / "sources.list", sources)
    options = _own_apt("sid") + _options({"Dir::Etc::sourcelist": APT / "sources.list"})
    options += _options({"Dir::Etc::sourceparts": "-"})
    no_lists = "apt could not read Debian's suite sid: check the network"
    strict = _options({"APT::Update::Error-Mode": "any"})  # else a missing list is a mere warning
    run(["apt-get", *options, *strict, "update"], "apt-sid", no_lists)
    folder = APT / "debs"
    remove(folder)
    folder.mkdir(parents=True)
    wanted = [f"{name}/sid" for name in SID_PACKAGES]
    wanted += [f"{name}/{suite}" for name in OWN_SUITE_PACKAGES]
    advice = f"apt could not download Odoo 19: {HOW_TO}"
    run(["apt-get", *options, "download", *wanted], "apt-download", advice, cwd=folder)
    return sorted(folder.glob("*.deb"))


def _mirror():
    """Return the mirror that this machine uses and the suite to take the old font from.

    A new machine has no package lists yet; then they are fetched into our own folder.
    """
    targets = _targets([])
    if not targets:
        options = _own_apt("machine")
        with log_path("apt-machine").open("w") as output:
            # Third parties' sources may fail; what matters is whether Debian's is there afterwards.
            command = ["apt-get", *options, "update"]
            subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False)
        targets = _targets(options)
    if not targets:
        words = last_words(log_path("apt-machine"))
        raise Problem(f"apt knows no Debian mirror here ({words}): {HOW_TO}.")
    mirror, suite = targets[0]
    return mirror, "stable" if suite in ("sid", "forky", "duke") else suite


def _targets(options):
    form = "$(REPO_URI) $(CODENAME)"
    command = ["apt-get", *options, "indextargets", "--format", form]
    command += ["Created-By: Packages", "Origin: Debian", "Component: main"]
    lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    pairs = [line.split() for line in lines]
    # Updates and security have no font; the suite itself has a bare name.
    return [pair for pair in pairs if len(pair) == 2 and "-" not in pair[1]]


def _own_apt(name):
    """Return apt options that keep all its state in our folder, so that any user may run it."""
    lists, cache = APT / name / "lists", APT / name / "cache"
    for folder in (lists / "partial", cache / "archives" / "partial"):
        folder.mkdir(parents=True, exist_ok=True)
    return _options(
        {
            "Dir::State::Lists": lists,
            "Dir::Cache": cache,
            "Acquire::Languages": "none",
            # Root's apt would hand the download to a user who may not enter our folder.
            "APT::Sandbox::User": "root",
        }
    )


def _options(values):
    return [word for name, value in values.items() for word in ("-o", f"{name}={value}")]
