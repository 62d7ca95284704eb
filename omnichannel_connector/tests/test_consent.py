from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import ANA_IGSID, ANA_NUMBER, sms_params
from .delivery_common import CREATED, SENT, DeliveryCase

GROUP = "omnichannel_connector.omnichannel_group_"
BOTH = ("service", "marketing")
BLOCKED = (400, {"error": {"code": 100, "error_subcode": 2534029, "message": "Blocked"}})


class ConsentCase(DeliveryCase):
    def _record(self, identity, state, purposes=BOTH, source="page", channel="sms", **values):
        return self.env["omnichannel.consent"]._record(
            identity, channel, purposes, state, source, **values
        )

    def _phone(self, number=ANA_NUMBER):
        return self._identity("phone", number)

    def _allowed(self, identity, channel="sms"):
        """Return which purposes an automation may write for."""
        return {
            purpose for purpose in BOTH if not identity._refusal(channel, purpose, is_human=False)
        }

    def _listed(self, number=ANA_NUMBER):
        return bool(self.env["phone.blacklist"].search([("number", "=", number)]))


@tagged("-at_install", "post_install")
class TestConsent(ConsentCase):
    def setUp(self):
        super().setUp()
        self.conversation = self._receive_sms("Hello", sid="SM0")
        self.identity = self._phone()

    # === LEDGER === #

    def test_service_is_allowed_and_marketing_is_not_until_granted(self):
        self.assertEqual(self._allowed(self.identity), {"service"})

        self._record(self.identity, "granted", ("marketing",), words="Yes, please")

        self.assertEqual(self._allowed(self.identity), {"service", "marketing"})

    def test_a_lifted_refusal_leaves_what_was_before(self):
        self._record(self.identity, "granted", ("marketing",))
        self._record(self.identity, "refused")
        self.assertEqual(self._allowed(self.identity), set())

        self._record(self.identity, "lifted")

        self.assertEqual(self._allowed(self.identity), {"service", "marketing"})

    def test_a_lifted_refusal_grants_nothing(self):
        self._record(self.identity, "refused")
        self._record(self.identity, "lifted")

        self.assertEqual(self._allowed(self.identity), {"service"})

    def test_nobody_changes_or_deletes_what_was_said(self):
        (entry, _other) = self._record(self.identity, "refused", words="stop")
        administrator = new_test_user(self.env, "administrator", f"{GROUP}administrator")

        for user in (administrator, self.agent):
            for attempt in (
                lambda user=user: entry.with_user(user).write({"words": "go on"}),
                lambda user=user: entry.with_user(user).unlink(),
                lambda user=user: entry.with_user(user).copy(),
            ):
                with self.assertRaises(UserError):
                    attempt()
        with self.assertRaises(UserError):
            entry.sudo().words = "go on"
        with self.assertRaises(UserError):
            entry.sudo().unlink()

    def test_only_the_superuser_erases_a_person(self):
        entries = self._record(self.identity, "refused")
        administrator = new_test_user(self.env, "administrator", f"{GROUP}administrator")
        erasing = entries.with_context(omnichannel_erase_consent=True)

        with self.assertRaises(AccessError):
            erasing.with_user(administrator).unlink()
        erasing.sudo().unlink()

        self.assertFalse(entries.exists())

    def test_the_same_again_says_nothing_new(self):
        first = self._record(self.identity, "refused", words="stop")

        self.assertFalse(self._record(self.identity, "refused", words="stop"))
        self.assertFalse(self._record(self._phone(), "lifted", ("service",), channel="whatsapp"))
        self.assertEqual(self.identity.consent_ids, first)

    def test_the_moment_at_which_it_was_said_decides(self):
        """A STOP that a gap hid, found after the START that followed it, stops nothing."""
        self._receive_sms("START", sid="SM2")
        now = fields.Datetime.now()
        self._record(self.identity, "refused", occurred_at=now - timedelta(hours=3))
        self._record(self.identity, "lifted", occurred_at=now - timedelta(hours=1))

        self._record(self.identity, "refused", occurred_at=now - timedelta(hours=2))

        self.assertEqual(self._allowed(self.identity), {"service"})

    # === SEVERAL ADDRESSES === #

    def _second_number(self, number="+12025550124"):
        self._receive_sms("Me too", sender=number, sid=f"SM{number}")
        return self._phone(number)

    def test_linking_restricts_marketing_and_unlinking_restores_it(self):
        other = self._second_number()
        self._record(self.identity, "granted", ("marketing",))
        self._record(other, "granted", ("marketing",))
        self._record(other, "refused", ("marketing",))

        self.assertEqual(self._allowed(self.identity), {"service", "marketing"})
        (change,) = other._consent_preview(self.identity.partner_id)
        self.assertEqual(change["identity"], self.identity.id)
        self.assertIn("another address", change["reason"])
        links = other._link(self.identity.partner_id, "staff")
        self.assertEqual(self._allowed(self.identity), {"service"})
        self.assertIn("another address", self.identity._refusal("sms", "marketing", is_human=False))
        links._undo()

        self.assertEqual(self._allowed(self.identity), {"service", "marketing"})

    def test_a_grant_does_not_spread_by_linking(self):
        other = self._second_number()
        self._record(other, "granted", ("marketing",))

        other._link(self.identity.partner_id, "staff")

        self.assertEqual(self._allowed(self.identity), {"service"})
        self.assertEqual(self._allowed(other), {"service", "marketing"})

    def test_for_service_the_exact_address_counts(self):
        other = self._second_number()
        self._record(other, "refused")

        other._link(self.identity.partner_id, "staff")

        self.assertEqual(self._allowed(self.identity), {"service"})
        self.assertEqual(self._allowed(other), set())

    def test_an_address_is_one_whatever_company_it_is_recorded_in(self):
        company = self.env["res.company"].create({"name": "Second"})
        partner = self.env["res.partner"].create(
            {"name": "Ana", "company_id": company.id, "phone": ANA_NUMBER}
        )
        twin = partner.omnichannel_identity_ids
        self.assertNotEqual(twin, self.identity)
        self._record(twin, "refused")

        self.assertEqual(self._allowed(self.identity), set())

    def test_many_are_asked_in_a_few_queries(self):
        keys = {(self._second_number(f"+120255501{n}"), "sms", "marketing") for n in range(20, 40)}
        self.env.flush_all()
        self.env["omnichannel.identity"]._refusals(keys, is_human=False)

        with self.assertQueryCount(4):
            found = self.env["omnichannel.identity"]._refusals(keys, is_human=False)

        self.assertEqual(len(found), 20)

    # === KEYWORDS === #

    def test_stop_keeps_the_exact_words(self):
        self._receive_sms(" stop ", sid="SM2")

        entries = self.identity.consent_ids
        self.assertEqual(set(entries.mapped("purpose")), set(BOTH))
        self.assertEqual(set(entries.mapped("words")), {" stop "})
        self.assertEqual(set(entries.mapped("source")), {"provider"})
        self.assertEqual(entries.message_id.preview.strip(), "stop")
        self.assertTrue(self._listed())
        self.assertIn("“ stop ”", self.identity._refusal("sms", "service"))

    def test_a_keyword_of_another_language_is_the_customers_own(self):
        self._receive_sms("Arrêt", sid="SM2")

        self.assertEqual(set(self.identity.consent_ids.mapped("source")), {"keyword"})
        self.assertEqual(self._allowed(self.identity), set())

    def test_what_the_provider_understood_wins_over_the_text(self):
        self._receive_sms("basta ya", sid="SM2", OptOutType="STOP")

        self.assertEqual(self._allowed(self.identity), set())

    def test_a_repeated_stop_changes_nothing(self):
        self._receive_sms("STOP", sid="SM2")
        self._receive_sms("STOP", sid="SM3")
        self._store_sms(sms_params("STOP", sid="SM3"))._process()

        self.assertEqual(len(self.identity.consent_ids), 2)

    def test_start_ends_what_the_provider_told(self):
        self._receive_sms("STOP", sid="SM2")
        self._receive_sms("START", sid="SM3")

        self.assertEqual(self._allowed(self.identity), {"service"})
        self.assertFalse(self._listed())

    def test_help_records_nothing_and_is_not_answered(self):
        self._receive_sms("HELP", sid="SM2")

        self.assertFalse(self.identity.consent_ids)
        self.assertFalse(self.env["omnichannel.delivery"].search([]))

    def test_help_is_answered_where_that_is_wanted(self):
        self.sms.help_text = "Call us: +1 500 555 0100"
        self._receive_sms("HELP", sid="SM2")
        self._receive_sms("HELP", sid="SM3", OptOutType="HELP")

        message = self.env["omnichannel.delivery"].search([]).message_id
        self.assertEqual((len(message), message.origin), (1, "notice"))

    # === WHO MAY LIFT === #

    def test_nobody_of_us_lifts_what_the_provider_told(self):
        self._receive_sms("STOP", sid="SM2")

        for source in ("staff", "page", "blacklist"):
            self.assertFalse(self._record(self.identity, "granted", source=source))
            self.assertFalse(self._record(self.identity, "lifted", source=source))
        with self.assertRaisesRegex(UserError, "START"):
            self._note(state="granted").action_record()

        self.assertEqual(self._allowed(self.identity), set())

    def test_a_refusal_at_the_provider_is_added_to_one_that_was_only_said(self):
        self._record(self.identity, "refused", words="☐ SMS")
        self._receive_sms("STOP", sid="SM2")

        self._record(self.identity, "lifted", source="page")

        self.assertEqual(self._allowed(self.identity), set())

    def _note(self, user=None, **values):
        return (
            self.env["omnichannel.consent.note"]
            .with_user(user or self.agent)
            .create(
                {
                    "identity_id": self.identity.id,
                    "channel": "sms",
                    "purpose": "marketing",
                    "state": "granted",
                    "words": "Yes, send me your offers",
                    "evidence": "on the phone, 3 May",
                    **values,
                }
            )
        )

    def test_a_person_notes_a_grant_with_words_and_place(self):
        self._note().action_record()

        entry = self.identity.consent_ids
        self.assertEqual(entry.user_id, self.agent)
        self.assertEqual((entry.source, entry.evidence), ("staff", "on the phone, 3 May"))
        self.assertEqual(self._allowed(self.identity), {"service", "marketing"})

    def test_a_grant_without_words_or_place_is_no_grant(self):
        for values in ({"words": " "}, {"evidence": " "}):
            with self.assertRaises(UserError):
                self._note(**values).action_record()

    def test_nobody_notes_consent_of_a_colleagues_customer(self):
        self.conversation.user_id = new_test_user(self.env, "colleague", f"{GROUP}agent")

        with self.assertRaises(AccessError):
            self._note().action_record()

    def test_what_was_said_to_a_colleague_is_not_read(self):
        self._receive_sms("STOP", sid="SM2")
        self.conversation.user_id = new_test_user(self.env, "colleague", f"{GROUP}agent")

        ledger = self.env["omnichannel.consent"]
        self.assertFalse(ledger.with_user(self.agent).search([]))
        self.assertEqual(len(ledger.with_user(self.conversation.user_id).search([])), 2)
        portal = new_test_user(self.env, "portal_user", "base.group_portal")
        with self.assertRaises(AccessError):
            ledger.with_user(portal).search([])

    # === CONFIRMATION === #

    def test_a_stop_is_confirmed_once_where_the_provider_does_not(self):
        self.sms.confirms_opt_out = True
        self._receive_sms("STOP", sid="SM2")
        self._receive_sms("STOP", sid="SM3")

        made = self._send_queue(CREATED)

        self.assertEqual(len(made), 1)
        self.assertIn("START", made[0].body.read().decode())
        with self.assertRaises(UserError):
            self._answer(self.conversation)

    def test_a_stop_is_not_confirmed_by_itself(self):
        self._receive_sms("STOP", sid="SM2")

        self.assertFalse(self._send_queue())

    def test_a_stop_that_the_provider_answered_is_not_confirmed(self):
        self.sms.confirms_opt_out = True
        self._receive_sms("STOP", sid="SM2", OptOutType="STOP")

        self.assertFalse(self._send_queue())

    def test_a_confirmation_that_is_late_is_not_sent(self):
        self.sms.confirms_opt_out = True
        self._receive_sms("STOP", sid="SM2")
        message = self.env["omnichannel.delivery"].search([]).message_id
        self.env.cr.execute(
            "UPDATE omnichannel_consent SET occurred_at = occurred_at - interval '6 minutes'"
        )
        self.env.invalidate_all()

        self.assertFalse(self._send_queue())
        self.assertEqual(message.state, "canceled")

    # === AT THE PROVIDER === #

    def test_an_opted_out_error_is_a_refusal_told_by_the_provider(self):
        self._answer(self.conversation)
        self._send_queue((400, {"code": 21610, "message": "Unsubscribed recipient"}))

        entry = self.identity.consent_ids[:1]
        self.assertEqual((entry.source, entry.state), ("provider", "refused"))
        self.assertIn("21610", entry.evidence)

    def test_an_opted_out_status_is_one_too(self):
        message = self._answer(self.conversation)
        self._send_queue(CREATED)

        self._status(message.delivery_ids, "undelivered", ErrorCode="21610")

        self.assertEqual(self.identity.consent_ids[:1].source, "provider")
        self.assertTrue(self._listed())

    def test_an_instagram_block_ends_when_the_customer_writes_again(self):
        conversation = self._receive_instagram("Hello")
        identity = self._identity("instagram", ANA_IGSID)
        self._answer(conversation, "instagram")
        self._send_queue(BLOCKED)
        self.assertEqual(self._allowed(identity, "instagram"), set())
        with self.assertRaises(UserError):
            self._answer(conversation, "instagram")

        later = fields.Datetime.now() + timedelta(seconds=2)
        with patch.object(fields.Datetime, "now", lambda: later):
            self._receive_instagram("Me again", mid="mid.2", at=self._ago(seconds=-2))

        self.assertEqual(self._allowed(identity, "instagram"), {"service"})
        self._answer(conversation, "instagram")
        self._send_queue(SENT)

    def test_writing_again_by_sms_does_not_end_a_stop(self):
        self._receive_sms("STOP", sid="SM2")
        self._receive_sms("Where is my parcel?", sid="SM3")

        self.assertEqual(self._allowed(self.identity), set())

    # === VIEWS === #

    def test_who_wants_no_messages_is_found(self):
        other = self._second_number()
        self._receive_sms("STOP", sid="SM2")
        found = self.env["omnichannel.identity"].search([("is_opted_out", "=", True)])
        self.assertEqual(found, self.identity)
        self.assertTrue(self.identity.is_opted_out)

        self._receive_sms("START", sid="SM3")

        identities = self.env["omnichannel.identity"]
        self.assertFalse(identities.search([("is_opted_out", "=", True)]))
        self.assertLessEqual(
            self.identity | other, identities.search([("is_opted_out", "=", False)])
        )
        self.identity.invalidate_recordset()
        self.assertFalse(self.identity.is_opted_out)

    def test_an_address_keeps_what_was_said_when_its_record_loses_it(self):
        partner = self.env["res.partner"].create({"name": "Bob", "email": "bob@example.com"})
        identity = self._identity("email", "bob@example.com")
        self._record(identity, "refused", channel="email")

        partner.email = "new@example.com"
        self.assertTrue(identity.exists())
        self.assertFalse(identity.partner_id)
        partner.email = "bob@example.com"

        self.assertEqual(identity.partner_id, partner)
        self.assertEqual(self._allowed(identity, "email"), set())

    def test_the_panel_says_what_holds_at_each_address(self):
        self._receive_sms("STOP", sid="SM2")

        consent = self.conversation.with_user(self.agent).get_panel()["consent"]

        lines = {(line["channel"], line["purpose"]): line for line in consent["lines"]}
        self.assertFalse(lines["sms", "service"]["allowed"])
        self.assertEqual(lines["sms", "service"]["words"], "STOP")
        self.assertTrue(lines["sms", "service"]["isLocked"])
        self.assertTrue(lines["sms", "service"]["since"])


@tagged("-at_install", "post_install")
class TestConsentProposal(ConsentCase):
    def _proposals(self):
        return self.env["omnichannel.consent.proposal"].search([])

    def test_free_text_is_proposed_and_nothing_more(self):
        conversation = self._receive_sms("Please stop texting me")

        proposal = self._proposals()
        self.assertEqual((proposal.channel, proposal.wants), ("sms", "stop"))
        self.assertFalse(self._phone().consent_ids)
        shown = conversation.message_ids._to_store_value()["proposals"]
        self.assertEqual(shown[0]["id"], proposal.id)
        panel = conversation.with_user(self.agent).get_panel()
        self.assertEqual(panel["consent"]["proposals"], shown)

    def test_marketing_is_held_until_somebody_decides(self):
        self._receive_sms("Hello", sid="SM0")
        self._record(self._phone(), "granted", ("marketing",))
        self._receive_sms("no more texts please", sid="SM1")
        self.assertEqual(self._allowed(self._phone()), {"service"})
        self.assertEqual(self._phone()._refusal("sms", "marketing"), "")

        self._proposals().with_user(self.agent).action_ignore()

        self.assertEqual(self._allowed(self._phone()), {"service", "marketing"})

    def test_one_click_records_the_customers_words(self):
        conversation = self._receive_sms("Please stop texting me")

        self._proposals().with_user(self.agent).action_record()

        entries = self._phone().consent_ids
        self.assertEqual(set(entries.mapped("words")), {"Please stop texting me"})
        self.assertEqual(entries.user_id, self.agent)
        self.assertEqual(entries.message_id, conversation.message_ids)
        self.assertEqual(self._allowed(self._phone()), set())
        self.assertFalse(conversation.message_ids._to_store_value()["proposals"])

    def test_a_wish_about_another_channel_is_recorded_there(self):
        conversation = self._receive_instagram("please stop texting me")
        conversation.partner_id.phone = ANA_NUMBER
        self._proposals().unlink()
        self._receive_instagram("please stop texting me", mid="mid.2")

        self._proposals().action_record()

        self.assertEqual(self._allowed(self._phone()), set())
        instagram = self._identity("instagram", ANA_IGSID)
        self.assertEqual(self._allowed(instagram, "instagram"), {"service"})

    def test_who_unsubscribes_keeps_getting_answers(self):
        self._receive_instagram("Unsubscribe me please")

        self._proposals().action_record()

        identity = self._identity("instagram", ANA_IGSID)
        self.assertEqual(self._allowed(identity, "instagram"), {"service"})
        self.assertEqual(identity.consent_ids.mapped("purpose"), ["marketing"])

    def test_who_asks_again_gets_messages_again(self):
        self._receive_instagram("Hello", mid="mid.0")
        identity = self._identity("instagram", ANA_IGSID)
        self._record(identity, "refused", channel="instagram")
        self._receive_instagram("ok, opt me back in", mid="mid.1")

        self._proposals().action_record()

        self.assertEqual(self._allowed(identity, "instagram"), {"service"})

    def test_a_person_can_not_start_what_the_provider_stopped(self):
        self._receive_sms("STOP", sid="SM1")
        self._receive_sms("you can text me again", sid="SM2")

        with self.assertRaisesRegex(UserError, "START"):
            self._proposals().action_record()

    def test_a_keyword_and_a_false_friend_are_not_proposed(self):
        self._receive_sms("STOP", sid="SM1")
        self._receive_sms("I'll stop by the shop", sid="SM2")
        self._receive_instagram("please stop texting me", echo=True)

        self.assertFalse(self._proposals())

    def test_a_colleagues_proposals_are_not_decided(self):
        conversation = self._receive_sms("Please stop texting me")
        conversation.user_id = new_test_user(self.env, "colleague", f"{GROUP}agent")

        with self.assertRaises(AccessError):
            self._proposals().with_user(self.agent).action_record()
        self.assertFalse(self._phone().consent_ids)
