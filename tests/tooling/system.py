"""Programs that only the system's package manager or npm can bring."""

import os
import shutil
import subprocess

from tests.tooling.base import ROOT, WORK, Problem, digest, locked, remove, run, step

# Chromium brings no font of its own; without one a screenshot shows boxes.
BROWSER_PACKAGES = ("chromium", "fonts-dejavu-core")
NODE = WORK / "node"


def administrator():
    """Return the words that run a command as root (none for root itself), or None."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        allowed = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if allowed.returncode == 0:
            return ["sudo", "-n"]
    return None


def install(packages, purpose):
    """Install Debian packages, or tell the user to."""
    command = f"apt-get install {' '.join(packages)}"
    prefix = administrator()
    if prefix is None or not shutil.which("apt-get"):
        raise Problem(f"{packages[0]} is missing, {purpose}: install it (on Debian: {command}).")
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-y"]
    apt += ["-o", "DPkg::Lock::Timeout=120"]
    words = [*apt, "install", "--no-install-recommends", *packages]
    try:
        # Not killed with omni: half an installation would be left to the administrator.
        run(words, "apt-install", "apt-get install failed", preexec_fn=None)
    except Problem:
        # A new machine has no package lists, an old one has links to versions that are gone.
        run([*apt, "update"], "apt-update", "apt-get update failed: check the network")
        advice = f"{packages[0]} is missing, {purpose}: '{command}' failed"
        run(words, "apt-install", advice, preexec_fn=None)


def browser():
    """Return the path of Chromium, installing it where we may."""
    found = find_browser()
    if not found:
        with locked("browser"):
            step("browser", digest(*BROWSER_PACKAGES), "Installing Chromium", _install_browser)
        found = find_browser()
    if not found:
        raise Problem("chromium is not on the PATH: install it (apt-get install chromium).")
    return found


def find_browser():
    """Return the path of a Chromium or Chrome, or None; Odoo's test runner looks likewise."""
    names = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


def _install_browser(previous):
    install(BROWSER_PACKAGES, "which shows the pages in the browser tests")


def node_tools():
    """Install what package.json names, as package-lock.json pins it; return its programs' folder.

    They are installed under .omni, so that a check-out stays clean.
    """
    key = digest(ROOT / "package.json", ROOT / "package-lock.json")
    with locked("node"):
        if not (NODE / "node_modules" / ".bin" / "eslint").exists():
            remove(WORK / "stamps" / "node")
        step("node", key, "Installing eslint, prettier, axe-core and rtlcss", _install_node_tools)
    if not shutil.which("node"):
        raise Problem(
            "node is missing, which runs eslint and rtlcss: install Node.js 20 or newer, and npm."
        )
    return NODE / "node_modules" / ".bin"


def _install_node_tools(previous):
    if not shutil.which("npm"):
        raise Problem(
            "npm is missing, which brings eslint and prettier for './omni lint' and axe-core for"
            " the browser tests: install Node.js 20 or newer with npm."
        )
    NODE.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(ROOT / name, NODE / name)
    advice = "npm could not install what package.json names: check the network"
    run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], "npm", advice, cwd=NODE)
