from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import ANA_NUMBER
from .link_common import LinkCase


@tagged("-at_install", "post_install")
class TestSuggestion(LinkCase):
    def setUp(self):
        super().setUp()
        self.ana = self.env["res.partner"].create({"name": "Ana Silva"})

    def _suggest(self):
        self.env["omnichannel.suggestion"]._suggest_batch(0, 10**9)
        return self._suggestions()

    def _suggestions(self):
        return self.env["omnichannel.suggestion"].search([])

    def _person(self, name, **values):
        return self.env["res.partner"].create({"name": name, **values})

    def test_spellings_of_one_address_are_proposed_for_the_older_record(self):
        old = self._person("Old", email="a.b@example.com")
        new = self._person("New", email="ab@example.com")
        (old | new).omnichannel_identity_ids.match_key = "ab@example.com"

        suggestion = self._suggest()

        self.assertEqual(suggestion.identity_id, new.omnichannel_identity_ids)
        self.assertEqual((suggestion.partner_id, suggestion.score), (old, 40))
        self.assertEqual(suggestion.reasons, {"spelling": 40})
        self.assertIn("nearly the same", suggestion.explanation)

    def test_numbers_that_may_be_one_weigh_more(self):
        first = self._person("First", phone=ANA_NUMBER)
        second = self._person("Second", phone="+12025550144")
        (first | second).omnichannel_identity_ids.match_key = "same"

        self.assertEqual(self._suggest().reasons, {"variant": 60})

    def test_a_name_needs_something_else_in_common(self):
        self._person("Eva Lopez", email="eva@acme.example.com")
        self._person("Eva Lopez", email="eva.lopez@acme.example.com")
        self._person("Bob Smith", email="bob@gmail.com", zip="")
        self._person("Bob Smith", email="bob.smith@gmail.com", zip="")

        suggestion = self._suggest()

        self.assertEqual(suggestion.reasons, {"name": 20, "domain": 20})
        self.assertEqual(suggestion.partner_id.email, "eva@acme.example.com")

    def test_the_same_handle_at_two_providers_is_proposed(self):
        conversation = self._receive_instagram("Hello")
        identity = conversation.partner_id.omnichannel_identity_ids
        identity.username = "ana.silva"
        other = identity.copy(
            {
                "scope": "other",
                "partner_id": self._person("Ana", email="x@example.com").id,
                "username": "Ana.Silva",
            }
        )

        suggestion = self._suggest()

        self.assertEqual(suggestion.identity_id, other)
        self.assertEqual(suggestion.reasons, {"handle": 30})

    def test_looking_again_changes_nothing(self):
        self._person("Eva Lopez", email="eva@acme.example.com")
        self._person("Eva Lopez", email="eva.lopez@acme.example.com")
        first = self._suggest()

        self.assertEqual(self._suggest(), first)

    def test_what_was_refused_is_never_proposed_again_by_another_address_either(self):
        old = self._person("Eva Lopez", email="eva@acme.example.com", phone="+12025550191")
        new = self._person("Eva Lopez", email="eva.lopez@acme.example.com")
        suggestion = self._suggest()
        suggestion.with_user(self.agent).action_reject()

        new.phone = "+12025550192"
        (old | new).omnichannel_identity_ids.filtered(lambda i: i.kind == "phone").match_key = "k"
        self.env["omnichannel.suggestion"]._propose(suggestion.identity_id, old, "name", 20)

        self.assertEqual(self._suggest().mapped("state"), ["rejected"])

    def test_the_nightly_look_goes_through_everybody_in_batches(self):
        self._person("Eva Lopez", email="eva@acme.example.com")
        self._person("Eva Lopez", email="eva.lopez@acme.example.com")

        self._run_cron("ir_cron_omnichannel_suggest")

        self.assertEqual(len(self._suggestions()), 1)
        pointer = self.env["ir.config_parameter"].get_param(
            "omnichannel_connector.suggestions_looked_at"
        )
        self.assertEqual(pointer, "0")

    # === DECISIONS === #

    def _one(self):
        conversation = self._receive_sms("Hello")
        identity = self._identity("phone", ANA_NUMBER)
        self.env["omnichannel.suggestion"]._propose(identity, self.ana, "typed", 30)
        return conversation, self._suggestions()

    def test_a_link_closes_what_came_true_and_undone_it_is_open_again(self):
        conversation, suggestion = self._one()
        back = self.env["omnichannel.identity"].create(
            {"kind": "email", "value": "ana@example.com", "partner_id": self.ana.id}
        )
        self.env["omnichannel.suggestion"]._propose(back, conversation.partner_id, "name", 20)
        both = self._suggestions()

        link = self._link(suggestion.identity_id, self.ana)
        self.assertEqual(both.mapped("state"), ["linked", "linked"])
        with self.assertRaises(UserError):
            suggestion.action_reject()
        self._undo(link)

        self.assertEqual(both.mapped("state"), ["open", "open"])

    def test_a_suggestion_opens_the_preview_of_its_link(self):
        _conversation, suggestion = self._one()

        context = suggestion.with_user(self.agent).action_link()["context"]

        self.assertEqual(context["default_partner_id"], self.ana.id)
        self.assertEqual(context["default_identity_ids"][0][2], suggestion.identity_id.ids)

    def test_a_refusal_is_taken_back(self):
        _conversation, suggestion = self._one()
        suggestion.with_user(self.agent).action_reject()

        suggestion.with_user(self.agent).action_reopen()

        self.assertEqual(suggestion.state, "open")

    def test_a_colleagues_customer_is_not_decided_about(self):
        conversation, suggestion = self._one()
        colleague = new_test_user(
            self.env, "colleague", "omnichannel_connector.omnichannel_group_agent"
        )
        conversation.user_id = colleague

        with self.assertRaises(AccessError):
            suggestion.with_user(self.agent).action_reject()

    def test_the_panel_says_who_this_may_be_and_why(self):
        conversation, suggestion = self._one()

        panel = conversation.with_user(self.agent).get_panel()

        self.assertEqual(panel["suggestions"][0]["id"], suggestion.id)
        self.assertEqual(panel["suggestions"][0]["name"], "Ana Silva")
        self.assertIn("typed", panel["suggestions"][0]["because"])
        suggestion.with_user(self.agent).action_reject()
        self.assertNotIn("suggestions", conversation.with_user(self.agent).get_panel())
