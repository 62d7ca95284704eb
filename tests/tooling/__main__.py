"""Run the tooling as `python -m tests.tooling`, which is how omni re-enters its own environment."""

import sys

from tests.tooling.cli import main

sys.exit(main(sys.argv[1:]))
