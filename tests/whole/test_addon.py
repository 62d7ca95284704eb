"""The addon's own tests as one test among pytest's, so that two workers share all the work."""

import pytest

from tests.tooling import addon_tests
from tests.tooling.base import Problem


@pytest.mark.timeout(2400)  # 1,400 tests
def test_addon(record_property):
    """Odoo's runner is green, and ran as many tests as it should."""
    try:
        record_property("addon", addon_tests.run())
    except Problem as problem:
        pytest.fail(str(problem), pytrace=False)
