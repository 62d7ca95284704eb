import os
from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import config, mute_logger

from ..channels.errors import AccountError
from ..channels.reach import Reach
from ..models import omnichannel_account_server, omnichannel_account_test
from .account_common import AccountCase, LoftAdapter

TEST_LOGGER = "odoo.addons.omnichannel_connector.models.omnichannel_account_test"


@tagged("-at_install", "post_install")
class TestAccountCheck(AccountCase):
    """The self-test says what works, what does not, and what to do next."""

    def setUp(self):
        super().setUp()
        self.loft.public_url = "https://odoo.example.com"
        self.answer = None
        self.startPatcher(patch.object(omnichannel_account_test, "reach", self._reach))
        self.startPatcher(
            patch.object(
                omnichannel_account_server, "db_list", lambda **_kwargs: [self.env.cr.dbname]
            )
        )

    def _reach(self, url, params=None):
        if self.answer:
            return self.answer
        if url != self.loft.webhook_url:
            return Reach(404)
        if params and params["hub.verify_token"] == self.loft.verify_token:
            return Reach(200, params["hub.challenge"])
        return Reach(403)

    def _test(self, name, account=None):
        """Run the self-test and return (level, detail and advice) of one row."""
        account = account or self.loft
        account.with_user(self.administrator).action_test()
        row = account.check_ids.filtered(lambda check: check.name == name)
        self.assertEqual(len(row), 1, account.check_ids.mapped("name"))
        return row.level, f"{row.detail} {row.advice}"

    def test_an_account_in_order_has_nothing_that_failed(self):
        self._provider_says(findings=(self._finding("credentials", "ok"),))

        self.loft.with_user(self.administrator).action_test()

        self.assertNotIn("failed", self.loft.check_ids.mapped("level"))
        self.assertNotEqual(self.loft.test_result, "failed")
        self.assertTrue(self.loft.tested_at)

    def test_testing_again_replaces_the_rows(self):
        self.loft.action_test()
        before = self.loft.check_ids

        self.loft.action_test()

        self.assertFalse(before.exists())
        self.assertTrue(self.loft.check_ids)

    def test_missing_settings_are_named_and_the_provider_is_not_asked(self):
        self.loft.access_token = False
        self._provider_says(findings=(self._finding("credentials"),))

        level, text = self._test("Settings")

        self.assertEqual(level, "failed")
        self.assertIn("Access Token", text)
        self.assertNotIn("Credentials", self.loft.check_ids.mapped("name"))

    def test_what_the_provider_says_is_shown_with_advice(self):
        self._provider_says(findings=(self._finding("permissions", detail="coo is missing"),))

        level, text = self._test("Permissions")

        self.assertEqual(level, "failed")
        self.assertIn("coo is missing", text)
        self.assertIn("new token", text)

    def test_a_check_that_nobody_knows_is_shown_as_it_is(self):
        self._provider_says(findings=(self._finding("feathers", "warning", "wet"),))

        self.assertEqual(self._test("feathers")[0], "warning")

    def test_a_lost_subscription_is_made_again_and_said(self):
        self._provider_says(findings=(self._finding("subscription"),))

        level, text = self._test("Subscription")

        self.assertEqual((level, LoftAdapter.calls), ("ok", ("subscribe",)))
        self.assertIn("has been made now", text)

    @mute_logger(TEST_LOGGER)
    def test_a_refused_subscription_is_said_with_the_providers_reason(self):
        refusal = AccountError("no permission", "200")
        self._provider_says(findings=(self._finding("subscription"),), subscription=refusal)

        level, text = self._test("Subscription")

        self.assertEqual(level, "failed")
        self.assertIn("no permission", text)

    def test_the_test_connects_what_works_and_nothing_else(self):
        self.loft.action_disconnect()
        self._provider_says(findings=(self._finding("credentials"),))
        self.loft.action_test_and_connect()
        self.assertEqual(self.loft.state, "draft")

        self._provider_says(findings=(self._finding("credentials", "ok"),))
        self.loft.action_test_and_connect()

        self.assertEqual(self.loft.state, "connected")

    # === WEBHOOK === #

    def test_our_own_webhook_is_asked_from_outside(self):
        self.assertEqual(self._test("Webhook address")[0], "ok")
        self.assertEqual(self._test("Handshake with the verify token")[0], "ok")

    def test_every_way_not_to_reach_the_webhook_has_its_advice(self):
        cases = {
            Reach(404): "db_name",
            Reach(301): "redirect",
            Reach(502): "logs",
            Reach(403): "bot protection",
            Reach(problem="certificate"): "certificate",
            Reach(problem="timeout"): "firewall",
            Reach(problem="unreachable"): "port",
            Reach(problem="malformed"): "Correct",
        }
        for answer, word in cases.items():
            with self.subTest(answer=answer):
                self.answer = answer
                level, text = self._test("Webhook address")
                self.assertEqual(level, "failed")
                self.assertIn(word, text)

    def test_a_handshake_that_fails_is_seen(self):
        with patch.object(omnichannel_account_test, "handshake", lambda _token: self._wrong()):
            self.assertEqual(self._test("Handshake with the verify token")[0], "failed")

    def _wrong(self):
        return {"hub.verify_token": "wrong", "hub.challenge": "123"}

    def test_the_public_address_has_to_be_https_and_public(self):
        cases = {
            "https://odoo.example.com": "ok",
            "http://odoo.example.com": "failed",
            "http://localhost:8069": "warning",
            "https://192.168.0.7": "warning",
        }
        for address, expected in cases.items():
            with self.subTest(address=address):
                self.loft.public_url = address
                self.assertEqual(self._test("Public address")[0], expected)

    # === SERVER === #

    def test_webhooks_have_to_find_this_database(self):
        self.assertEqual(self._test("Choice of the database")[0], "ok")
        with patch.object(omnichannel_account_server, "db_list", lambda **_kwargs: ["a", "b"]):
            level, text = self._test("Choice of the database")

        self.assertEqual(level, "failed")
        self.assertIn(self.env.cr.dbname, text)

    def test_a_dbfilter_is_named_as_slow(self):
        with patch.dict(config.options, {"dbfilter": "x"}):
            self.assertEqual(self._test("Choice of the database")[0], "warning")

    def test_a_proxy_that_odoo_does_not_know_is_seen(self):
        self.assertEqual(self._test("Proxy")[0], "ok")
        environ = {"HTTP_X_FORWARDED_FOR": "10.0.0.1"}
        request = SimpleNamespace(httprequest=SimpleNamespace(environ=environ))
        with (
            patch.object(omnichannel_account_server, "request", request),
            patch.dict(config.options, {"proxy_mode": False}),
        ):
            self.assertEqual(self._test("Proxy")[0], "warning")

    def test_scheduled_actions_that_are_off_or_late_are_named(self):
        self.assertEqual(self._test("Scheduled actions")[0], "ok")
        cron = self.env.ref("omnichannel_connector.ir_cron_omnichannel_event_2")

        cron.nextcall = fields.Datetime.now() - timedelta(hours=1)
        level, text = self._test("Scheduled actions")
        self.assertEqual(level, "failed")
        self.assertIn(cron.name, text)

        cron.write({"nextcall": fields.Datetime.now(), "active": False})
        level, text = self._test("Scheduled actions")
        self.assertEqual(level, "failed")
        self.assertIn("Switched off", text)

    def test_too_few_workers_for_scheduled_actions_are_seen(self):
        for count, expected in ((2, "warning"), (6, "ok")):
            with patch.dict(config.options, {"max_cron_threads": count}):
                self.assertEqual(self._test("Workers for scheduled actions")[0], expected)

    def test_a_server_that_does_not_wake_itself_is_seen(self):
        with patch.dict(os.environ, {"ODOO_NOTIFY_CRON_CHANGES": "1"}):
            self.assertEqual(self._test("Waking")[0], "ok")
        with patch.dict(os.environ, {"ODOO_NOTIFY_CRON_CHANGES": ""}):
            self.assertEqual(self._test("Waking")[0], "warning")

    # === E-MAIL === #

    def _email_account(self):
        domain = self.env["mail.alias.domain"].search([], limit=1) or self.env[
            "mail.alias.domain"
        ].create({"name": "test.example.com"})
        return self.env["omnichannel.account"].create(
            {
                "name": "Mail",
                "channel": "email",
                "alias_name": "self-test",
                "alias_domain_id": domain.id,
            }
        )

    def test_incoming_mail_is_proven_by_mail_or_a_server(self):
        account = self._email_account()
        self.env["fetchmail.server"].search([]).action_archive()
        self.assertEqual(self._test("Incoming mail", account)[0], "warning")

        raw = self._store_sms()
        raw.account_id = account
        self.assertEqual(self._test("Incoming mail", account)[0], "ok")

    def test_outgoing_mail_needs_a_server_for_the_address(self):
        account = self._email_account()
        servers = self.env["ir.mail_server"]
        servers.search([]).active = False
        with patch.dict(config.options, {"smtp_server": "localhost"}):
            self.assertEqual(self._test("Outgoing mail", account)[0], "failed")
        values = {"name": "Out", "smtp_host": "smtp.example.com", "from_filter": "other.com"}
        server = servers.create(values)
        self.assertEqual(self._test("Outgoing mail", account)[0], "warning")

        server.from_filter = account.alias_domain

        self.assertEqual(self._test("Outgoing mail", account)[0], "ok")
