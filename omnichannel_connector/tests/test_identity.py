from unittest.mock import patch

import requests

from odoo.tests import tagged

from ..channels.events import Profile
from ..channels.instagram import InstagramAdapter
from .common import ANA_IGSID, ANA_NUMBER, OmnichannelCase, sms_params


@tagged("-at_install", "post_install")
class TestIdentity(OmnichannelCase):
    def _partner(self, **values):
        return self.env["res.partner"].create({"name": "Ana", **values})

    def test_addresses_of_a_customer_record_become_identities(self):
        ana = self._partner(email="Ana <ANA@Example.com>", phone="+1 (202) 555-0123")

        found = {(i.kind, i.value) for i in ana.omnichannel_identity_ids}
        self.assertEqual(found, {("email", "ana@example.com"), ("phone", ANA_NUMBER)})

    def test_a_changed_address_replaces_the_recorded_one(self):
        ana = self._partner(email="old@example.com")

        ana.email = "new@example.com"

        self.assertEqual(ana.omnichannel_identity_ids.mapped("value"), ["new@example.com"])

    def test_an_address_that_was_written_from_stays(self):
        ana = self._partner(phone=ANA_NUMBER)
        self._receive_sms("Hello")

        ana.phone = False

        self.assertEqual(ana.omnichannel_identity_ids.mapped("value"), [ANA_NUMBER])

    def test_nobody_is_guessed_when_two_customers_share_a_number(self):
        ana, bob = self._partner(phone=ANA_NUMBER), self._partner(name="Bob", phone=ANA_NUMBER)

        conversation = self._receive_sms("Who am I?")

        self.assertTrue(conversation)
        self.assertNotIn(conversation.partner_id, ana | bob)
        self.assertTrue(self._identity("phone", ANA_NUMBER).is_shared)

    def test_a_second_record_with_a_known_number_steals_no_conversation(self):
        ana = self._partner(phone=ANA_NUMBER)
        conversation = self._receive_sms("Hello", sid="SM1")

        self._partner(name="Impostor", phone=ANA_NUMBER)

        self.assertEqual(self._receive_sms("Again", sid="SM2"), conversation)
        self.assertEqual(conversation.partner_id, ana)

    def test_two_records_created_at_once_share_the_address(self):
        self.env["res.partner"].create(
            [{"name": "A", "email": "x@example.com"}, {"name": "B", "email": "x@example.com"}]
        )

        identity = self._identity("email", "x@example.com")
        self.assertTrue(identity.is_shared)
        self.assertFalse(identity.partner_id)

    def test_the_same_instagram_user_is_another_customer_of_another_account(self):
        self._receive_instagram("Hello")
        other = self.instagram.copy({"external_id": "17841400000000002"})

        key = (other._identity_kind(), other._identity_scope(), ANA_IGSID)
        found = self.env["omnichannel.identity"]._find(self.env.company, [key])

        self.assertFalse(found)

    def test_a_short_code_is_not_taken_for_a_phone_number(self):
        conversation = self._receive_sms("Your code is 1234", sender="72345")

        self.assertEqual(self._identity("phone", "72345").partner_id, conversation.partner_id)
        self.assertFalse(conversation.partner_id.phone)

    def test_a_stop_is_respected_and_a_start_undoes_it(self):
        self._receive_sms("STOP", sid="SM1", OptOutType="STOP")
        identity = self._identity("phone", ANA_NUMBER)
        self.assertTrue(identity._refusal("sms", "service"))
        blacklist = self.env["phone.blacklist"]
        self.assertTrue(blacklist.search([("number", "=", ANA_NUMBER)]))

        self._store_sms(sms_params("START", sid="SM2", OptOutType="START"))._process()

        self.assertFalse(identity._refusal("sms", "service"))
        self.assertFalse(blacklist.search([("number", "=", ANA_NUMBER)]))

    def _read_profiles(self):
        self._run_cron("ir_cron_omnichannel_upkeep")
        self.env["omnichannel.event"].search([("state", "=", "new")])._process()

    def test_a_stop_from_what_is_no_phone_number_is_kept_and_blacklists_nobody(self):
        for sender in ("MYBANK", "24365", "+999123"):
            self._receive_sms("STOP", sender=sender, sid=f"SM-{sender}")

            identity = self._identity("phone", sender)
            self.assertTrue(identity.is_opted_out)
            self.assertTrue(identity._refusal("sms", "service"))
        self.assertFalse(self.env["phone.blacklist"].search([]))

    def test_a_profile_gives_a_stranger_a_name(self):
        conversation = self._receive_instagram("Hello")
        profile = Profile(name="Ana Silva", username="ana.silva")

        with patch.object(InstagramAdapter, "profile", return_value=profile):
            self._read_profiles()

        self.assertEqual(conversation.partner_id.name, "Ana Silva")
        self.assertEqual(self._identity("instagram", ANA_IGSID).display_name, "@ana.silva")
        self.assertEqual(conversation.channel_id.name, "Ana Silva")

    def test_a_profile_does_not_overwrite_a_persons_choice(self):
        conversation = self._receive_instagram("Hello")
        conversation.partner_id.name = "Ana from the fair"

        with patch.object(InstagramAdapter, "profile", return_value=Profile(name="ana123")):
            self._read_profiles()

        self.assertEqual(conversation.partner_id.name, "Ana from the fair")

    def test_a_provider_that_is_down_is_asked_again_later(self):
        self._receive_instagram("Hello")

        with self._provider(requests.exceptions.ConnectTimeout()):
            self._read_profiles()

        self.assertTrue(self._identity("instagram", ANA_IGSID).is_profile_pending)

    def test_a_provider_is_asked_once_until_its_answer_is_processed(self):
        self._receive_instagram("Hello")

        with patch.object(InstagramAdapter, "profile", return_value=Profile("Ana")) as asked:
            for _ in range(3):
                self._run_cron("ir_cron_omnichannel_upkeep")

        self.assertEqual(asked.call_count, 1)

    def test_an_account_that_is_not_connected_is_not_asked(self):
        self._receive_instagram("Hello")
        self.instagram.action_disconnect()

        with self._provider() as made:
            self._read_profiles()

        self.assertFalse(made)
        self.assertTrue(self._identity("instagram", ANA_IGSID).is_profile_pending)

    def test_a_failed_profile_touches_no_message(self):
        conversation = self._receive_instagram("Hello")

        with self._provider((400, {"error": {"code": 230, "message": "User consent"}})):
            self._read_profiles()

        self.assertEqual(self._texts(conversation), ["Hello"])
        self.assertFalse(self._identity("instagram", ANA_IGSID).is_profile_pending)
