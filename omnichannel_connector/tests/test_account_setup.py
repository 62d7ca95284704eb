from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .account_common import AccountCase


@tagged("-at_install", "post_install")
class TestAccountSetup(AccountCase):
    """An administrator is led through the set-up, whatever the channel."""

    def _new(self, channel, **values):
        return self.env["omnichannel.account"].create(
            {"name": "New", "channel": channel, "external_id": "new-1", **values}
        )

    def test_a_verify_token_is_made_and_differs_for_every_account(self):
        first, second = self._new("pigeon"), self._new("pigeon", external_id="new-2")

        self.assertGreaterEqual(len(first.verify_token), 20)
        self.assertNotEqual(first.verify_token, second.verify_token)

    def test_the_form_shows_what_the_adapter_knows(self):
        account = self._new("pigeon")

        self.assertEqual(account.shown_settings, "access_token,external_id,sender,verify_token")
        self.assertEqual(account.scopes, "coo, fly")
        self.assertTrue(account.can_list)

    def test_the_form_of_a_foreign_channel_needs_no_view_of_its_own(self):
        form = Form(self.env["omnichannel.account"].with_user(self.administrator))
        form.name = "Foreign"
        form.channel = "pigeon"
        form.external_id = "loft-2"

        account = form.save()

        self.assertIn("Webhook Address", account.setup_guide)
        self.assertIn("coo, fly", account.setup_guide)

    def test_every_channel_of_ours_has_a_guide_of_its_own(self):
        guides = {
            code: str(self._new(code, external_id=code).setup_guide)
            for code in ("instagram", "sms", "email")
        }

        self.assertIn("Allow access to messages", guides["instagram"])
        self.assertIn("Account SID", guides["sms"])
        self.assertIn("FROM Filtering", guides["email"])

    def test_the_instagram_guide_knows_accounts_behind_a_facebook_page(self):
        account = self._new("instagram")
        self.assertNotIn("pages_messaging", account.setup_guide)

        account.api_url = "https://graph.facebook.com/v26.0"

        self.assertIn("pages_messaging", account.setup_guide)

    def test_the_guide_does_not_let_markup_in(self):
        account = self._new("pigeon", public_url="https://a.example.com/<script>")

        self.assertNotIn("<script>", account.setup_guide)

    def test_connecting_names_what_is_missing(self):
        account = self._new("pigeon")

        with self.assertRaisesRegex(UserError, "Access Token"):
            account.action_connect()
        with self.assertRaisesRegex(UserError, "Access Token"):
            account.action_test_and_connect()

    def test_addresses_that_nobody_can_call_are_refused(self):
        for address in ("odoo.example.com", "ftp://a.example.com", "https://a b.com", "https://"):
            with self.assertRaises(ValidationError):
                self.loft.public_url = address
        with self.assertRaises(ValidationError):
            self.loft.api_url = "https://user:password@api.example.com"

    def test_looking_for_missed_messages_begins_when_an_account_is_connected(self):
        self.assertTrue(self.loft.checked_until)
        before = self.loft.checked_until = self._now().replace(microsecond=0, year=2026, month=1)

        self.loft.action_disconnect()
        self.loft.action_connect()

        self.assertEqual(self.loft.checked_until, before, "a pause leaves no gap")

    def test_the_adapter_gets_the_settings_for_calls(self):
        self.loft.write({"forward_to": "+12025550199", "greeting": "Hello"})
        self.env.flush_all()

        _id, adapter = self.env["omnichannel.account"]._webhook_adapter(
            "pigeon", self.loft.webhook_token
        )

        for settings in (self.loft._settings(), adapter.account):
            self.assertEqual((settings.forward_to, settings.greeting), ("+12025550199", "Hello"))

    def test_agents_neither_test_nor_connect(self):
        for action in ("action_test", "action_connect", "action_repair_gap"):
            with self.assertRaises(AccessError):
                getattr(self.loft.with_user(self.agent), action)()
        with self.assertRaises(AccessError):
            self.env["omnichannel.account.check"].with_user(self.agent).search_count([])
