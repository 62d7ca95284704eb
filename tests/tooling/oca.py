"""Addons of the OCA, for the tests that show that ours works beside them: .omni/oca.

They come as wheels from the same index as everything else, without what they depend on: that is
Odoo. No other Odoo than those tests' has them on its path.
"""

from tests.tooling import python_env
from tests.tooling.base import ROOT, WORK, check_disk, digest, locked, remove, run, step

REQUIREMENTS = ROOT / "requirements-oca.txt"
FOLDER = WORK / "oca"


def addons_path():
    """Return the folder with the addons; raise a Problem when they can't be installed."""
    with locked("oca"):
        step("oca", digest(str(FOLDER), REQUIREMENTS), "Installing OCA addons", _build)
    return FOLDER / "odoo" / "addons"


def _build(_previous):
    check_disk()
    remove(FOLDER)
    pip = [python_env.PYTHON, "-m", "pip", "install", "--quiet", "--no-input", "--no-deps"]
    pip += ["--disable-pip-version-check", "--target", FOLDER, "-r", REQUIREMENTS]
    run(pip, "oca", "the package index has not the OCA addons that requirements-oca.txt pins")
