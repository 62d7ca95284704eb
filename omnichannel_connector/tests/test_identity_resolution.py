from odoo.tests import tagged

from .common import ANA_NUMBER, OUR_NUMBER, OmnichannelCase, sms_params

BRAZILIAN, BRAZILIAN_OLD = "+5511982345678", "+551182345678"


@tagged("-at_install", "post_install")
class TestIdentityResolution(OmnichannelCase):
    def _partner(self, name="Ana", **values):
        return self.env["res.partner"].create({"name": name, **values})

    def _hint(self):
        return {"account_id": self.sms.id}

    def _resolve(self, *keys):
        wanted = {key: self._hint() for key in keys}
        return self.env["omnichannel.identity"]._resolve(self.env.company, wanted)

    def _suggestions(self, identity):
        return self.env["omnichannel.suggestion"].search([("identity_id", "=", identity.id)])

    # === ONE QUERY === #

    def test_known_addresses_are_found_in_one_query_however_many_there_are(self):
        keys = [("phone", "", f"+5511982340{number:03}") for number in range(100)]
        keys += [("email", "", f"customer{number}@example.com") for number in range(100)]
        self._resolve(*keys)
        self.env.flush_all()

        for some in (keys[:1], keys):
            self.env.invalidate_all()
            with self.assertQueryCount(1):
                found = self._resolve(*some)
            self.assertEqual(set(found), set(some))

    def test_strangers_take_no_query_each(self):
        counts = []
        for start, end in ((0, 5), (5, 55)):
            keys = [("phone", "", f"+120255501{number:02}") for number in range(start, end)]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._resolve(*keys)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)

        self.assertLess(counts[1] - counts[0], 50, "fewer queries than strangers")

    # === SPELLINGS === #

    def test_another_spelling_of_a_customers_number_is_that_customers(self):
        ana = self._partner(phone=BRAZILIAN_OLD)

        conversation = self._receive_sms("Oi", sender=BRAZILIAN)

        self.assertEqual(conversation.partner_id, ana)
        identity = self._identity("phone", BRAZILIAN)
        self.assertEqual(identity.link_ids.mapped("reason"), ["variant"])
        self.assertFalse(identity.home_partner_id)
        self.assertFalse(conversation.lead_id, "Ana is no stranger")

    def test_argentine_and_mexican_spellings_too(self):
        for written, sent in (
            ("+541123456789", "+5491123456789"),
            ("+52 1 55 1234 5678", "+525512345678"),
        ):
            ana = self._partner(phone=written)
            self.assertEqual(self._resolve(("phone", "", sent))["phone", "", sent].partner_id, ana)

    def test_a_spelling_that_was_taken_back_is_a_stranger_of_its_own(self):
        ana = self._partner(phone=BRAZILIAN_OLD)
        conversation = self._receive_sms("Oi", sender=BRAZILIAN)
        identity = self._identity("phone", BRAZILIAN)

        identity.link_ids._undo()

        self.assertTrue(identity.partner_id)
        self.assertNotEqual(identity.partner_id, ana)
        self.assertFalse(conversation.message_ids)
        again = self._receive_sms("Oi?", sender=BRAZILIAN, sid="SM2")
        self.assertEqual(again.partner_id, identity.partner_id)
        self.assertEqual(len(again.message_ids), 2)

    def test_a_spelling_of_two_customers_numbers_is_only_suggested(self):
        ana, bob = self._partner(phone=BRAZILIAN_OLD), self._partner("Bob", phone=BRAZILIAN_OLD)

        conversation = self._receive_sms("Oi", sender=BRAZILIAN)

        self.assertNotIn(conversation.partner_id, ana | bob)
        suggestions = self._suggestions(self._identity("phone", BRAZILIAN))
        self.assertEqual(suggestions.partner_id, ana | bob)
        self.assertEqual(suggestions[0].reasons, {"variant": 60})

    def test_a_claimed_number_has_no_spellings(self):
        ana = self._partner()
        self.env["omnichannel.identity"].create(
            {
                "kind": "phone",
                "value": BRAZILIAN_OLD,
                "partner_id": ana.id,
                "trust": "claimed",
                "source": "typed",
            }
        )

        conversation = self._receive_sms("Oi", sender=BRAZILIAN)

        self.assertNotEqual(conversation.partner_id, ana)
        self.assertFalse(self._suggestions(self._identity("phone", BRAZILIAN)))

    def test_an_archived_customers_spelling_links_nobody(self):
        ana = self._partner()
        self._receive_sms("Oi", sender=BRAZILIAN_OLD)
        identity = self._identity("phone", BRAZILIAN_OLD)
        identity.partner_id = ana
        ana.active = False

        conversation = self._receive_sms("Oi", sender=BRAZILIAN, sid="SM2")

        self.assertNotEqual(conversation.partner_id, ana)

    def test_a_spelling_of_a_mailbox_is_only_suggested(self):
        ana = self._partner(email="ana.silva@gmail.com")
        key = ("email", "", "anasilva+shop@googlemail.com")

        identity = self._resolve(key)[key]

        self.assertNotEqual(identity.partner_id, ana)
        self.assertEqual(self._suggestions(identity).partner_id, ana)
        self.assertEqual(self._suggestions(identity).reasons, {"spelling": 50})

    def test_another_companys_spelling_is_nobodys_here(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._partner(phone=BRAZILIAN_OLD, company_id=other.id)
        key = ("phone", "", BRAZILIAN)

        identity = self._resolve(key)[key]

        self.assertFalse(identity.link_ids)
        self.assertFalse(self._suggestions(identity))

    # === WHAT IS KNOWN OF AN ADDRESS === #

    def test_an_address_from_a_channel_tells_what_it_is(self):
        self._receive_sms("Hello")

        identity = self._identity("phone", ANA_NUMBER)
        self.assertEqual(identity.raw_value, ANA_NUMBER)
        self.assertEqual(identity.match_key, ANA_NUMBER)
        self.assertEqual(identity.trust_evidence, "Delivered by SMS")
        self.assertTrue(identity.first_seen_at and identity.last_seen_at)

    def test_an_address_from_a_record_tells_what_it_is(self):
        ana = self._partner(email="Ana.Silva+x@Gmail.com", phone="+1 (202) 555-0123")

        by_kind = {identity.kind: identity for identity in ana.omnichannel_identity_ids}
        self.assertEqual(by_kind["email"].raw_value, "Ana.Silva+x@Gmail.com")
        self.assertEqual(by_kind["email"].match_key, "anasilva@gmail.com")
        self.assertEqual(by_kind["phone"].raw_value, "+1 (202) 555-0123")
        self.assertEqual(by_kind["phone"].trust_evidence, "On a customer record")
        self.assertFalse(by_kind["phone"].first_seen_at)

    def test_a_message_from_a_recorded_address_is_better_evidence(self):
        self._partner(phone=ANA_NUMBER)

        self._receive_sms("Hello")

        self.assertEqual(self._identity("phone", ANA_NUMBER).trust_evidence, "Delivered by SMS")

    def test_trust_only_rises(self):
        self._receive_sms("Hello")
        identity = self._identity("phone", ANA_NUMBER)

        identity._raise_trust("confirmed", "Said by Ada")
        identity._raise_trust("attested", "Sent a code back")

        self.assertEqual(identity.trust, "confirmed")
        self.assertEqual(identity.trust_evidence, "Said by Ada")

    # === WHAT IS NO CUSTOMER'S === #

    def test_our_own_addresses_on_a_record_are_no_identities(self):
        domain = self.env["mail.alias.domain"].create({"name": "ours.example.com"})
        self.env["mail.alias"].create(
            {
                "alias_name": "shop",
                "alias_domain_id": domain.id,
                "alias_model_id": self.env["ir.model"]._get_id("res.partner"),
            }
        )
        emails = ["shop@ours.example.com", domain.bounce_email, domain.catchall_email]

        partners = self.env["res.partner"].create(
            [{"name": email, "email": email} for email in emails]
            + [{"name": "Us", "phone": OUR_NUMBER}]
        )

        self.assertFalse(partners.omnichannel_identity_ids)
        for email in emails:
            self.assertFalse(self._identity("email", email))

    def test_nobody_is_recognised_by_a_machines_mailbox(self):
        self.assertFalse(self._partner(email="no-reply@example.com").omnichannel_identity_ids)

    # === LEADS === #

    def _lead(self, **values):
        return self.env["crm.lead"].create({"name": "Asked on the website", **values})

    def test_a_stranger_who_has_an_open_lead_gets_no_second_one(self):
        self._lead(phone=ANA_NUMBER, contact_name="Older Ana")
        lead = self._lead(phone=ANA_NUMBER, contact_name="Ana Silva")

        conversation = self._receive_sms("Hello")

        self.assertEqual(conversation.lead_id, lead)
        self.assertEqual(lead.omnichannel_conversation_id, conversation)
        self.assertEqual(lead.partner_id, conversation.partner_id)
        self.assertEqual(conversation.partner_id.name, "Ana Silva")
        leads = self.env["crm.lead"].search([("phone_sanitized", "=", ANA_NUMBER)])
        self.assertEqual(len(leads), 2)

    def test_a_lead_that_is_over_is_left_alone(self):
        self._lead(phone=ANA_NUMBER).action_set_lost()
        self._lead(phone=ANA_NUMBER).action_set_won()

        conversation = self._receive_sms("Hello")

        self.assertEqual(conversation.lead_id.name, f"{ANA_NUMBER} on SMS")

    def test_another_companys_lead_is_left_alone(self):
        other = self.env["res.company"].create({"name": "Other"})
        lead = self._lead(phone=ANA_NUMBER, company_id=other.id)

        conversation = self._receive_sms("Hello")

        self.assertNotEqual(conversation.lead_id, lead)

    def test_leads_of_many_strangers_are_found_in_one_query(self):
        numbers = [f"+120255501{number:02}" for number in range(10, 30)]
        for number in numbers:
            self._lead(phone=number)
        events = self.env["omnichannel.event"]
        for position, number in enumerate(numbers):
            events |= self._store_sms(sms_params("Hello", number, f"SM{position}"))
        before = self.env["crm.lead"].search_count([])

        events._process()

        self.assertEqual(self.env["crm.lead"].search_count([]), before)
        attached = self.env["crm.lead"].search([("omnichannel_conversation_id", "!=", False)])
        self.assertEqual(sorted(attached.mapped("phone_sanitized")), numbers)

    def test_a_changed_address_of_a_lead_touches_no_identity(self):
        lead = self._lead(partner_id=self._partner(phone=ANA_NUMBER).id)
        before = self.env["omnichannel.identity"].search([])

        lead.write({"phone": "+12025550199", "email_from": "new@example.com"})

        # Odoo itself writes the customer's record where it follows its lead
        self.assertFalse(
            (self.env["omnichannel.identity"].search([]) - before).filtered(
                lambda identity: identity.source != "record"
            )
        )
