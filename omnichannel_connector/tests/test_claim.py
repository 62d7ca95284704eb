from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .claim_common import FORGED, ClaimCase
from .common import ANA_IGSID, ANA_NUMBER, instagram_item

LOGGER = "odoo.addons.omnichannel_connector.models.omnichannel_identity_claim"


@tagged("-at_install", "post_install")
class TestClaim(ClaimCase):
    def _owner(self, **values):
        return self.env["res.partner"].create({"name": "Ana Silva", **values})

    def _suggestions(self):
        return self.env["omnichannel.suggestion"].search([])

    # === FINDING === #

    def test_addresses_in_a_dm_are_kept_as_claims_of_who_typed_them(self):
        conversation = self._receive_instagram(f"I am ana@example.com, call {ANA_NUMBER}")

        claims = self._claims()
        self.assertEqual(set(claims.mapped("value")), {"ana@example.com", ANA_NUMBER})
        self.assertEqual(claims.partner_id, conversation.partner_id)
        self.assertEqual(set(claims.mapped("source")), {"typed"})
        self.assertEqual(claims.claim_message_id, conversation.message_ids)
        self.assertIn("Instagram", claims[0].trust_evidence)
        self.assertTrue(all(claims.mapped("match_key")))
        self.assertFalse(conversation.partner_id.email)

    def test_addresses_in_an_sms_are_kept(self):
        self._receive_sms("Write to ana@example.com")

        self.assertTrue(self._claims("ana@example.com"))

    def test_of_an_email_only_what_was_written_now_counts(self):
        self._deliver_mail(
            "I am also at ana@home.example\n\n"
            "On Tue, 3 Nov 2026 at 10:00, Shop <other@example.com> wrote:\n"
            "> old@example.com\n"
        )

        self.assertEqual(self._claims().mapped("value"), ["ana@home.example"])

    def test_the_address_that_somebody_writes_from_is_no_claim(self):
        self._receive_sms(f"My number is {ANA_NUMBER}")
        self._deliver_mail("I am ana@example.com")

        self.assertFalse(self._claims())

    def test_our_own_addresses_are_no_claims(self):
        self._receive_instagram(f"Is {self.sms.sender} yours, and hello@{self.alias_domain}?")

        self.assertFalse(self._claims())

    def test_the_address_of_a_colleague_is_asked_about_never(self):
        self.agent.partner_id.email = "ada@shop.example"

        conversation = self._receive_instagram("I talked to ada@shop.example")

        self.assertEqual(self._claims().claim_state, "dismissed")
        self.assertFalse(self._suggestions())
        self.assertNotIn("claims", conversation.get_panel())

    def test_what_we_wrote_ourselves_claims_nothing(self):
        self._store_instagram(
            instagram_item("Write to ana@example.com", mid="mid.echo", echo=True)
        )._process()

        self.assertFalse(self._claims())

    def test_the_same_address_again_changes_nothing(self):
        self._receive_instagram("I am ana@example.com", mid="mid.1")
        self._receive_instagram("As I said: ana@example.com", mid="mid.2")

        self.assertEqual(len(self._claims()), 1)

    def test_two_strangers_may_claim_the_same_address(self):
        self._receive_instagram("I am ana@example.com", mid="mid.1")
        self._receive_instagram("No, I am ana@example.com", mid="mid.2", sender="900000000000002")

        self.assertEqual(len(self._claims("ana@example.com").partner_id), 2)

    def test_a_message_is_worth_more_than_what_it_mentions(self):
        path = "odoo.addons.omnichannel_connector.models.omnichannel_identity_claim.find_addresses"
        with (
            patch(path, side_effect=ValueError("ana@example.com")),
            self.assertLogs(LOGGER, "ERROR") as logs,
        ):
            conversation = self._receive_instagram("I am ana@example.com")

        self.assertEqual(self._texts(conversation), ["I am ana@example.com"])
        self.assertNotIn("ana@example.com", str(logs.output))

    def test_a_failing_statement_costs_no_message_either(self):
        broken = patch.object(
            type(self.env["omnichannel.suggestion"]),
            "_propose",
            lambda self, *args: self.env.cr.execute("SELECT 1/0"),
        )
        self._owner(email="ana@example.com")
        with broken, self.assertLogs(LOGGER, "ERROR"), self.assertLogs("odoo.sql_db", "ERROR"):
            conversation = self._receive_instagram("I am ana@example.com")

        self.assertEqual(self._texts(conversation), ["I am ana@example.com"])
        self.assertFalse(self._claims())

    def test_many_messages_cost_no_more_queries_than_a_few(self):
        """Claims of strangers' addresses are written in bulk."""

        def queries(start, count):
            items = [
                instagram_item(f"I am a{n}@example.com", mid=f"mid.{n}", at=self._ago(minutes=1))
                for n in range(start, start + count)
            ]
            messages = self.env["omnichannel.conversation"]._receive
            events = self._store_instagram(*items)
            batch = events._parse()
            with patch.object(
                type(self.env["omnichannel.conversation"]), "_heed_words", lambda *args: None
            ):
                found = messages(batch)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.env["omnichannel.conversation"]._heed_words(found, batch)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(0, 2)

        self.assertLessEqual(queries(100, 40), queries(10, 2) + 2)
        self.assertEqual(len(self._claims()), 44)

    def test_a_message_that_is_taken_back_claims_nothing_any_more(self):
        self._receive_instagram("I am ana@example.com")

        item = instagram_item("", mid="mid.1")
        item["message"] = {"mid": "mid.1", "is_deleted": True}
        self._receive_items(item)

        self.assertFalse(self._claims())

    # === WHAT A CLAIM DOES NOT DO === #

    def test_a_claim_resolves_to_nobody(self):
        self._receive_instagram("I am ana@example.com")
        found = self.env["omnichannel.identity"]._find(
            self.env.company, [("email", "", "ana@example.com")]
        )

        self.assertFalse(found)

    def test_nothing_can_be_sent_to_a_claim(self):
        conversation = self._receive_instagram(f"I am ana@example.com, call {ANA_NUMBER}")

        channels = {choice["channel"] for choice in conversation.get_send_choices()}
        self.assertEqual(channels, {"instagram"})

    def test_another_customers_address_is_a_suggestion(self):
        owner = self._owner(email="ana@example.com")

        conversation = self._receive_instagram("I am ana@example.com")

        suggestion = self._suggestions()
        self.assertEqual(suggestion.identity_id, self._identity("instagram", ANA_IGSID))
        self.assertEqual((suggestion.partner_id, suggestion.score), (owner, 50))
        self.assertNotEqual(conversation.partner_id, owner)

    def test_who_comes_later_with_a_typed_address_is_suggested_too(self):
        self._receive_instagram(f"I am ana@example.com, call {ANA_NUMBER}")

        self._receive_sms("Me again")
        owner = self._owner(email="ana@example.com")
        caller = self._identity("phone", ANA_NUMBER).filtered(lambda i: i.trust != "claimed")

        suggestions = self._suggestions()
        self.assertEqual(suggestions.identity_id, self._identity("instagram", ANA_IGSID))
        self.assertEqual(suggestions.partner_id, caller.partner_id | owner)

    def test_a_claim_that_was_decided_suggests_nobody_later(self):
        self._receive_instagram("I am ana@example.com")
        self._claims().claim_state = "dismissed"

        self._owner(email="ana@example.com")

        self.assertFalse(self._suggestions())

    def test_an_office_that_comes_later_is_not_suggested(self):
        self._receive_instagram("Ask info@example.com")

        self._owner(name="Firm", email="info@example.com", is_company=True)

        self.assertFalse(self._suggestions())

    def test_what_two_workers_did_at_once_is_suggested_at_night(self):
        self._receive_instagram("I am ana@example.com")
        with patch.object(type(self.env["omnichannel.identity"]), "_suggest_claimants"):
            owner = self._owner(email="ana@example.com")
        self.assertFalse(self._suggestions())

        self._run_cron("ir_cron_omnichannel_suggest")

        self.assertEqual(self._suggestions().partner_id, owner)

    def test_an_address_of_many_suggests_nobody(self):
        self._owner(email="info@example.com")
        self._owner(name="A", email="a@example.com")
        self._owner(name="B", email="a@example.com")

        self._receive_instagram("I am info@example.com and a@example.com")

        self.assertEqual(len(self._claims()), 2)
        self.assertFalse(self._suggestions())

    def test_customers_who_claim_the_same_can_be_merged(self):
        one = self._receive_instagram("I am ana@example.com", mid="mid.1")
        other = self._receive_sms("I am ana@example.com")
        partners = one.partner_id | other.partner_id
        kept = one.partner_id

        self.env["base.partner.merge.automatic.wizard"]._merge(partners.ids, kept)

        self.assertEqual(self._claims("ana@example.com").partner_id, kept)

    def test_a_claim_stays_with_who_typed_it_when_they_are_linked(self):
        conversation, claim = self._claim_on_instagram()
        bob = self._owner(name="Bob")

        (self._identity("instagram", ANA_IGSID) | claim)._link(bob, "staff")

        self.assertEqual(self._identity("instagram", ANA_IGSID).partner_id, bob)
        self.assertEqual(claim.partner_id, conversation.partner_id)

    # === THE PANEL === #

    def test_the_panel_shows_a_claim_and_nothing_of_who_has_the_address(self):
        self._owner(email="ana@example.com", phone="+12025550199", comment="Owes us money")
        conversation, claim = self._claim_on_instagram()

        panel = self._as_agent(conversation).get_panel()["claims"]

        self.assertEqual(panel["conversationId"], conversation.id)
        (shown,) = panel["claims"]
        self.assertEqual((shown["id"], shown["value"]), (claim.id, "ana@example.com"))
        self.assertFalse(shown["verification"])
        for secret in ("Ana Silva", "+12025550199", "Owes us money"):
            self.assertNotIn(secret, str(panel))

    def test_a_dismissed_claim_does_not_come_back(self):
        conversation, claim = self._claim_on_instagram()

        self._as_agent(conversation).dismiss_claim(claim.id)
        self._receive_instagram("But I am ana@example.com", mid="mid.2")

        self.assertNotIn("claims", conversation.get_panel())
        self.assertEqual(len(self._claims("ana@example.com")), 1)

    def test_who_has_a_dismissed_address_is_suggested_no_more(self):
        self._owner(email="ana@example.com")
        conversation, claim = self._claim_on_instagram()
        self.assertIn("suggestions", conversation.get_panel())

        self._as_agent(conversation).dismiss_claim(claim.id)

        self.assertNotIn("suggestions", conversation.get_panel())

    def test_a_person_confirms_an_address_that_nobody_has(self):
        conversation, claim = self._claim_on_instagram()

        self.assertIs(self._as_agent(conversation).confirm_claim(claim.id), True)

        self.assertEqual(claim.trust, "confirmed")
        self.assertIn("Agent Ada", claim.trust_evidence)
        self.assertNotIn("claims", conversation.get_panel())
        channels = {choice["channel"] for choice in conversation.get_send_choices()}
        self.assertEqual(channels, {"instagram", "email"})

    def test_confirming_another_customers_address_only_opens_the_suggestion(self):
        owner = self._owner(email="ana@example.com")
        conversation, claim = self._claim_on_instagram()

        action = self._as_agent(conversation).confirm_claim(claim.id)

        self.assertEqual(action["res_model"], "omnichannel.suggestion")
        self.assertEqual(claim.trust, "claimed")
        self.assertEqual(self._identity("instagram", ANA_IGSID).partner_id, conversation.partner_id)
        self.assertEqual(owner.omnichannel_identity_ids.trust, "observed")

    def test_a_claim_that_became_a_recorded_address_is_shown_no_more(self):
        conversation, claim = self._claim_on_instagram()

        conversation.partner_id.email = "ana@example.com"

        self.assertNotIn("claims", conversation.get_panel())
        self.assertIs(conversation.confirm_claim(claim.id), True)
        own = conversation.partner_id.omnichannel_identity_ids - claim
        self.assertIn("confirmed", own.mapped("trust"))

    def test_only_who_may_answer_decides(self):
        conversation, claim = self._claim_on_instagram()
        conversation.user_id = self.agent
        other = new_test_user(
            self.env, "bea", "omnichannel_connector.omnichannel_group_agent", name="Bea"
        )
        outsider = new_test_user(self.env, "carl", "base.group_user")
        portal = new_test_user(self.env, "dora", "base.group_portal")

        for user in (other, outsider, portal):
            as_user = conversation.with_user(user)
            for name, args in (
                ("verify_claim", ("code",)),
                ("confirm_claim", ()),
                ("dismiss_claim", ()),
            ):
                with self.assertRaises(AccessError):
                    getattr(as_user, name)(claim.id, *args)
        self.assertEqual(claim.claim_state, "open")

    def test_a_claim_of_another_conversation_is_not_touched(self):
        _conversation, claim = self._claim_on_instagram()
        other = self._receive_sms("Hello")

        for name, args in (("verify_claim", ("code",)), ("confirm_claim", ())):
            with self.assertRaises(UserError):
                getattr(self._as_agent(other), name)(claim.id, *args)

    def test_no_other_address_of_the_customer_can_be_decided_about(self):
        conversation, _claim = self._claim_on_instagram()
        own = self._identity("instagram", ANA_IGSID)

        with self.assertRaises(UserError):
            self._as_agent(conversation).dismiss_claim(own.id)

    # === SENDERS THAT FAILED AUTHENTICATION === #

    def test_a_mail_that_failed_authentication_goes_to_a_conversation_of_its_own(self):
        self._deliver_mail("The real one")
        real = self._identity("email", "ana@example.com")

        self._deliver_mail("A forged one", headers=FORGED)
        self._deliver_mail("Another forged one", headers=FORGED)

        forged = self._identity("email", "ana@example.com") - real
        self.assertEqual((forged.scope, forged.trust), ("unverified", "claimed"))
        self.assertNotEqual(forged.partner_id, real.partner_id)
        self.assertEqual(len(forged.partner_id.omnichannel_conversation_ids.message_ids), 2)
        self.assertEqual(len(real.partner_id.omnichannel_conversation_ids.message_ids), 1)
        self.assertFalse(forged.partner_id.email)
        self.assertNotIn("Ana Silva", forged.partner_id.name)
        bubble = forged.partner_id.omnichannel_conversation_ids.message_ids[0]._to_store_value()
        self.assertEqual(bubble["trust"], "claimed")

    def test_who_failed_authentication_is_not_answered_and_the_reason_is_shown(self):
        self._deliver_mail("A forged one", headers=FORGED)
        identity = self._identity("email", "ana@example.com")
        conversation = identity.partner_id.omnichannel_conversation_ids

        (choice,) = conversation.get_send_choices()

        self.assertIn("could not be verified", choice["reason"])
        with self.assertRaises(UserError), self.mock_mail_gateway():
            conversation.channel_id.message_post(
                body="Hello", message_type="comment", omnichannel_key="email"
            )

    def test_the_topmost_header_or_that_of_our_server_counts(self):
        theirs = "Authentication-Results: mx.evil.test; dmarc=pass\n"
        self._deliver_mail("Forged", headers=FORGED + theirs)
        self.assertEqual(self._identity("email", "ana@example.com").scope, "unverified")

        self.email.trusted_authserv = "mx.shop.example"
        self._deliver_mail("Forged", headers=theirs + FORGED, sender="bob@example.com")
        self.assertEqual(self._identity("email", "bob@example.com").scope, "unverified")

    def test_who_failed_authentication_is_never_linked_or_merged(self):
        ana = self._owner(email="ana@example.com")
        self._deliver_mail("A forged one", headers=FORGED)
        forged = self._identity("email", "ana@example.com") - ana.omnichannel_identity_ids

        with self.assertRaises(UserError):
            forged._link(ana, "staff")
        with self.assertRaises(UserError):
            self.env["base.partner.merge.automatic.wizard"]._merge(
                (ana | forged.partner_id).ids, ana
            )
