import psycopg2

from odoo.tests import tagged
from odoo.tools import SQL

from .common import OmnichannelCase, instagram_item


@tagged("-at_install", "post_install")
class TestStatementLog(OmnichannelCase):
    def _failure_of(self, statement):
        """Return what Odoo logs about a statement that fails."""
        with (
            self.assertLogs("odoo.sql_db", "ERROR") as log,
            self.assertRaises(psycopg2.Error),
            self.cr.savepoint(flush=False),
        ):
            self.cr.execute(statement)
        return "\n".join(log.output)

    def test_a_failed_statement_shows_no_text_of_a_customer(self):
        self._store_instagram(instagram_item("My dearest wish"))

        text = self._failure_of(
            SQL("UPDATE omnichannel_event SET payload = %s WHERE shard / 0 = 1", "My dearest wish")
        )

        self.assertIn("UPDATE omnichannel_event", text)
        self.assertNotIn("dearest", text)

    def test_what_is_pushed_to_screens_and_who_it_is_about_is_not_shown_either(self):
        for statement in (
            "INSERT INTO bus_bus (message) SELECT %s WHERE 1 / 0 = 1",
            "UPDATE res_partner SET phone = %s WHERE 1 / 0 = 1",
            "UPDATE crm_lead SET name = %s WHERE 1 / 0 = 1",
        ):
            self.assertNotIn("dearest", self._failure_of(SQL(statement, "My dearest wish")))

    def test_a_failed_statement_shows_no_secret(self):
        statement = "UPDATE omnichannel_account SET access_token = %s WHERE id / 0 = 1"

        self.assertNotIn("hush-hush", self._failure_of(SQL(statement, "hush-hush")))

    def test_statements_of_other_tables_are_logged_as_ever(self):
        statement = "UPDATE res_country SET name = %s WHERE id / 0 = 1"

        self.assertIn("Atlantis", self._failure_of(SQL(statement, "Atlantis")))
