from odoo.tests import HttpCase, tagged

from odoo.addons.web.tests.test_js import unit_test_error_checker


@tagged("-at_install", "post_install")
class TestWebClient(HttpCase):
    """Run the addon's hoot tests, static/tests, in headless Chromium."""

    def _suite_id(self, suite):
        """Return hoot's name of a suite in addresses, as web's own runner computes it."""
        number = 0
        for char in suite:
            number = ((number << 5) - number + ord(char)) & 0xFFFFFFFF
        return f"{number:08x}"

    def test_unit_tests_of_the_web_client_pass(self):
        suite = self._suite_id("@omnichannel_connector")

        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={suite}",
            "",
            "",
            login="admin",
            timeout=600,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=unit_test_error_checker,
        )
