from odoo.tests import Form, new_test_user, tagged

from .common import ANA_IGSID, ANA_NUMBER, OmnichannelCase

GROUP = "omnichannel_connector.omnichannel_group_"


@tagged("-at_install", "post_install")
class TestCustomerSearch(OmnichannelCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.country_id = cls.env.ref("base.us")
        cls.ana = cls.env["res.partner"].create(
            {"name": "Ana", "phone": ANA_NUMBER, "email": "Ana.Lima@Example.com"}
        )
        cls.bob = cls.env["res.partner"].create({"name": "Bob", "phone": "+351 912 345 678"})
        cls.env["omnichannel.identity"].create(
            {
                "kind": "instagram",
                "scope": cls.instagram.external_id,
                "value": ANA_IGSID,
                "username": "ana.lima",
                "partner_id": cls.ana.id,
            }
        )

    def _find(self, text, user=None, operator="ilike"):
        partners = self.env["res.partner"].with_user(user or self.agent)
        return partners.search([("omnichannel_address", operator, text)])

    def test_a_number_is_found_in_any_format(self):
        for text in (ANA_NUMBER, "(202) 555-0123", "202.555.0123", "2025550123", "1 202 555 0123"):
            with self.subTest(text):
                self.assertEqual(self._find(text), self.ana)
        for text in ("00351912345678", "+351 912-345-678", "00 351 912 345 678"):
            with self.subTest(text):
                self.assertEqual(self._find(text), self.bob)

    def test_a_piece_of_a_number_is_enough(self):
        for text in ("555-0123", "0123", "912 345", "0912 345 678"):
            with self.subTest(text):
                self.assertEqual(len(self._find(text)), 1)

    def test_an_address_is_found_in_any_case(self):
        for text in ("ANA.LIMA@EXAMPLE.COM", " ana.lima@example.com ", "lima@exam"):
            with self.subTest(text):
                self.assertEqual(self._find(text), self.ana)

    def test_a_handle_is_found_with_and_without_its_sign(self):
        for text in ("@ana.lima", "ana.lima", "@Ana.Lima", "@ana", ANA_IGSID):
            with self.subTest(text):
                self.assertEqual(self._find(text), self.ana)

    def test_a_whole_address_means_that_one(self):
        carl = self.env["res.partner"].create({"name": "Carl", "email": "e@example.com"})
        self.env["res.partner"].create({"name": "Eve", "email": "eve.e@example.com"})

        self.assertEqual(self._find("e@example.com"), carl)
        self.assertEqual(self._find("e@example.com", operator="="), carl)

    def test_what_nobody_has_finds_nobody(self):
        for text in ("+12025550199", "nobody@example.com", "@nobody", "@"):
            with self.subTest(text):
                self.assertFalse(self._find(text))

    def test_a_shared_address_finds_everybody_who_carries_it(self):
        identity = self._identity("phone", ANA_NUMBER)
        identity.write(
            {"partner_id": False, "is_shared": True, "candidate_ids": (self.ana | self.bob).ids}
        )

        self.assertEqual(self._find(ANA_NUMBER), self.ana | self.bob)

    def test_results_respect_the_rights(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "stranger",
            f"{GROUP}agent",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.ana.company_id = self.env.company

        self.assertEqual(self._find(ANA_NUMBER), self.ana)
        self.assertFalse(self._find(ANA_NUMBER, stranger))

    def test_the_views_search_by_address(self):
        conversation = self._receive_sms("Hello")
        employee = new_test_user(self.env, "employee", "base.group_user")
        partners = self.env["res.partner"]
        field = '<field name="omnichannel_address"'

        self.assertIn(field, partners.with_user(self.agent).get_view(view_type="search")["arch"])
        self.assertNotIn(field, partners.with_user(employee).get_view(view_type="search")["arch"])
        found = (
            self.env["omnichannel.conversation"]
            .with_user(self.agent)
            .search([("partner_id.omnichannel_address", "ilike", "(202) 555-0123")])
        )
        self.assertEqual(found, conversation)


@tagged("-at_install", "post_install")
class TestCustomerCard(OmnichannelCase):
    def _cards(self, partners, user=None):
        rows = partners.with_user(user or self.agent).read(["omnichannel_summary"])
        return {row["id"]: row["omnichannel_summary"] for row in rows}

    def test_a_card_does_not_show_what_was_only_typed(self):
        eve = self._receive_sms("I am ana@example.com").partner_id

        kinds = self._cards(eve)[eve.id]["kinds"]

        self.assertEqual([kind["code"] for kind in kinds], ["phone"])

    def test_a_card_shows_channels_and_the_last_message(self):
        ana = self.env["res.partner"].create(
            {"name": "Ana", "phone": ANA_NUMBER, "email": "ana@example.com"}
        )
        self._receive_sms("First", sid="SM1")
        conversation = self._receive_sms("Last", sid="SM2")
        nobody = self.env["res.partner"].create({"name": "Nobody"})

        cards = self._cards(ana | nobody)

        self.assertEqual({kind["code"] for kind in cards[ana.id]["kinds"]}, {"phone", "email"})
        last = cards[ana.id]["last"]
        self.assertEqual((last["preview"], last["label"]), ("Last", "SMS"))
        self.assertEqual(cards[nobody.id], {"kinds": [], "last": None})
        self.assertEqual(ana.with_user(self.agent).omnichannel_message_count, 2)

        conversation.user_id = new_test_user(self.env, "colleague", f"{GROUP}agent")
        self.env.invalidate_all()
        self.assertIsNone(self._cards(ana)[ana.id]["last"])

    def test_more_cards_need_no_more_queries(self):
        partners = self.env["res.partner"]
        for number in range(6):
            phone = f"+1202555013{number}"
            partners |= partners.create({"name": f"Customer {number}", "phone": phone})
            self._receive_sms("Hello", sender=phone, sid=f"SM{number}")

        def count(some):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._cards(some)
            return self.cr.sql_log_count - before

        count(partners)
        self.assertLessEqual(count(partners), count(partners[:1]))

    def test_the_form_and_the_cards_open_for_agents_and_for_others(self):
        ana = self.env["res.partner"].create({"name": "Ana", "phone": ANA_NUMBER})
        employee = new_test_user(self.env, "employee", "base.group_user")

        for user, is_agent in ((self.agent, True), (employee, False)):
            Form(ana.with_user(user))
            for view_type, word in (("form", "omnichannel_timeline"), ("kanban", "_summary")):
                arch = ana.with_user(user).get_view(view_type=view_type)["arch"]
                self.assertEqual(word in arch, is_agent)
