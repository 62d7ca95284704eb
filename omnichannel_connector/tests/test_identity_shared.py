from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ..models.omnichannel_consent import BOTH
from .common import ANA_NUMBER, OmnichannelCase, sms_params

GROUP = "omnichannel_connector.omnichannel_group_"


@tagged("-at_install", "post_install")
class TestSharedIdentity(OmnichannelCase):
    """Addresses that several records carry, kept in step with them."""

    def _partner(self, name="Ana", **values):
        return self.env["res.partner"].create({"name": name, **values})

    def _shared(self):
        ana, bob = self._partner(phone=ANA_NUMBER), self._partner("Bob", phone=ANA_NUMBER)
        return ana, bob, self._identity("phone", ANA_NUMBER)

    # === IN STEP WITH THE RECORDS === #

    def test_all_records_with_the_address_are_candidates(self):
        ana, bob, identity = self._shared()
        carl = self._partner("Carl", phone=ANA_NUMBER)

        self.assertEqual(identity.candidate_ids, ana | bob | carl)
        self.assertFalse(identity.partner_id)
        self.assertFalse(identity.company_id)

    def test_the_last_one_with_the_address_has_it_alone_again(self):
        for leave in (
            lambda partner: partner.write({"phone": False}),
            lambda partner: partner.write({"phone": "+12025550199"}),
            lambda partner: partner.write({"active": False}),
            lambda partner: partner.unlink(),
        ):
            with self.subTest():
                ana, bob, identity = self._shared()

                leave(bob)

                self.assertEqual(identity.partner_id, ana)
                self.assertFalse(identity.is_shared)
                self.assertFalse(identity.candidate_ids)
                ana.unlink()
                self.assertFalse(self._identity("phone", ANA_NUMBER))

    def test_who_comes_back_shares_it_again(self):
        ana, bob, identity = self._shared()
        bob.active = False

        bob.active = True

        self.assertTrue(identity.is_shared)
        self.assertEqual(identity.candidate_ids, ana | bob)

    def test_an_address_that_nobody_has_any_more_is_forgotten(self):
        ana, bob, identity = self._shared()

        (ana | bob).phone = False

        self.assertFalse(identity.exists())

    def test_a_wish_for_no_messages_outlives_the_record(self):
        ana = self._partner(phone=ANA_NUMBER)
        identity = self._identity("phone", ANA_NUMBER)
        self.env["omnichannel.consent"]._record(identity, "sms", BOTH, "refused", "keyword")

        ana.phone = False
        self.assertFalse(identity.partner_id)
        bob = self._partner("Bob", phone=ANA_NUMBER)

        self.assertEqual(identity.partner_id, bob)
        self.assertTrue(identity.is_opted_out)

    def test_an_address_that_we_wrote_to_stays_with_its_customer(self):
        ana = self._partner(phone=ANA_NUMBER)
        conversation = self.env["omnichannel.conversation"]._for_partners(self.env.company, ana)
        conversation[ana]._ensure_channels()
        conversation[ana].channel_id.message_post(
            body="Hi", message_type="comment", omnichannel_key="sms"
        )

        ana.phone = False

        self.assertEqual(ana.omnichannel_identity_ids.value, ANA_NUMBER)

    def test_other_companies_customers_share_nothing(self):
        other = self.env["res.company"].create({"name": "Other"})
        ana = self._partner(phone=ANA_NUMBER, company_id=self.env.company.id)
        bob = self._partner("Bob", phone=ANA_NUMBER, company_id=other.id)

        identities = self._identity("phone", ANA_NUMBER)
        self.assertEqual(identities.partner_id, ana | bob)
        self.assertFalse(any(identities.mapped("is_shared")))

    def test_a_shared_address_stays_in_its_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env["res.partner"].create(
            [{"name": name, "phone": ANA_NUMBER, "company_id": other.id} for name in "AB"]
        )
        self._partner("C", phone=ANA_NUMBER, company_id=other.id)

        identity = self._identity("phone", ANA_NUMBER)
        self.assertEqual(identity.company_id, other)
        self.assertNotEqual(self._receive_sms("Hello"), identity.partner_id)
        self.assertFalse(identity.partner_id)

    def test_who_moves_to_another_company_takes_the_address_along(self):
        other = self.env["res.company"].create({"name": "Other"})
        ana = self._partner(phone=ANA_NUMBER, company_id=self.env.company.id)
        identity = ana.omnichannel_identity_ids

        ana.company_id = other

        self.assertEqual(identity.company_id, other)
        self.assertEqual(identity.partner_id, ana)

    def test_who_moves_to_where_the_address_is_known_shares_it(self):
        other = self.env["res.company"].create({"name": "Other"})
        bob = self._partner("Bob", phone=ANA_NUMBER, company_id=other.id)
        ana = self._partner(phone=ANA_NUMBER, company_id=self.env.company.id)
        message = self._receive_sms("Hello").message_ids
        self.assertEqual(message.identity_id.partner_id, ana)

        ana.company_id = other

        identity = self._identity("phone", ANA_NUMBER)
        self.assertEqual(message.identity_id, identity)
        self.assertEqual(identity.candidate_ids, ana | bob)
        self.assertTrue(identity.is_shared)
        self.assertEqual(identity.last_seen_at, message.occurred_at)

    def _count_sync(self, partners, **values):
        """Change records behind the ORM's back; return how many queries it takes to follow."""
        assignments = [SQL("%s = %s", SQL.identifier(name), values[name]) for name in values]
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                "UPDATE res_partner SET %s WHERE id IN %s RETURNING id",
                SQL(", ").join(assignments),
                tuple(partners.ids),
            )
        )
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.env["omnichannel.identity"]._sync_partners(partners)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_a_thousand_records_change_in_few_queries(self):
        counts = []
        for size in (10, 1000):
            partners = self.env["res.partner"].create(
                [{"name": "X", "email": f"{size}.{number}@example.com"} for number in range(size)]
            )
            email = f"shared{size}@example.com"
            counts.append(
                [
                    self._count_sync(partners, city="Lisbon"),
                    self._count_sync(partners, email=email, email_normalized=email),
                    self._count_sync(partners, active=False),
                ]
            )
            self.assertFalse(self._identity("email", email))

        for few, many in zip(*counts, strict=True):
            self.assertLess(many - few, 20, "Odoo deletes a hundred rows at a time, no more")

    # === MAILBOXES OF FUNCTIONS === #

    def test_a_functions_mailbox_never_matches_a_person(self):
        ana = self._partner(email="info@example.com")

        identity = self._identity("email", "info@example.com")
        self.assertTrue(identity.is_shared)
        self.assertFalse(identity.partner_id)
        self.assertEqual(identity.candidate_ids, ana)

    def test_a_functions_mailbox_is_its_companys(self):
        ana = self._partner(email="info@example.com")
        firm = self._partner("Firm", email="info@example.com", is_company=True)

        identity = self._identity("email", "info@example.com")
        self.assertEqual(identity.partner_id, firm)
        self.assertFalse(identity.is_shared)

        firm.is_company = False
        self.assertTrue(identity.is_shared)
        self.assertFalse(identity.partner_id)
        self.assertEqual(identity.candidate_ids, ana | firm)


@tagged("-at_install", "post_install")
class TestWhoIsThis(OmnichannelCase):
    """An agent says who wrote from a shared address; nobody guesses."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ana, cls.bob = cls.env["res.partner"].create(
            [{"name": name, "phone": ANA_NUMBER} for name in ("Ana", "Bob")]
        )

    def setUp(self):
        super().setUp()
        self.conversation = self._receive_sms("Hello").with_user(self.agent)
        self.identity = self._identity("phone", ANA_NUMBER)

    def _receive_more(self, text, sid):
        self._store_sms(sms_params(text, sid=sid))._process()
        return self.identity.partner_id.omnichannel_conversation_ids

    def _unclear(self):
        return self.env["omnichannel.conversation"].search([("is_unclear", "=", True)])

    def test_a_message_from_a_shared_address_asks_who_it_is(self):
        partner = self.conversation.partner_id
        self.assertNotIn(partner, self.ana | self.bob)
        self.assertEqual(partner.name, ANA_NUMBER)
        self.assertFalse(partner.phone, "it is nobody's record")
        self.assertTrue(self.conversation.is_unclear)
        self.assertEqual(self.conversation.candidate_ids, self.ana | self.bob)
        self.assertEqual(self._unclear(), self.conversation.sudo())

    def test_an_agent_says_that_it_is_ana(self):
        neutral = self.conversation.partner_id

        action = self.conversation.action_is_candidate(self.ana.id)

        anas = self.ana.omnichannel_conversation_ids
        self.assertEqual(anas.message_ids.identity_id, self.identity)
        self.assertEqual(self.identity.trust, "confirmed")
        self.assertIn("Agent Ada", self.identity.trust_evidence)
        self.assertEqual(action["tag"], "mail.action_discuss")
        self.assertEqual(self._receive_more("Again", "SM2"), anas)
        self.assertFalse(self._unclear())
        self.assertEqual(self.identity.link_ids.create_uid, self.agent)

        self.identity.link_ids._undo()

        self.assertEqual(self.identity.partner_id, neutral)
        self.assertEqual(self.identity.trust, "observed")
        self.assertFalse(anas.message_ids)
        self.assertEqual(self._unclear().partner_id, neutral)

    def test_only_candidates_can_be_chosen(self):
        stranger = self.env["res.partner"].create({"name": "Carl"})

        with self.assertRaises(UserError):
            self.conversation.action_is_candidate(stranger.id)
        with self.assertRaises(UserError):
            self.conversation.action_is_candidate(False)

        self.assertFalse(self.identity.link_ids)

    def test_a_candidate_can_be_chosen_once(self):
        self.conversation.action_is_candidate(self.ana.id)

        with self.assertRaises(UserError):
            self.conversation.action_is_candidate(self.bob.id)

    def test_only_who_may_answer_may_say_who_it_is(self):
        colleague = new_test_user(self.env, "colleague", f"{GROUP}agent")
        employee = new_test_user(self.env, "employee", "base.group_user")
        self.conversation.sudo().user_id = self.agent

        for user in (colleague, employee):
            conversation = self.conversation.with_user(user)
            for ask in (
                lambda c: c.action_is_candidate(self.ana.id),
                lambda c: c.action_is_somebody_else(),
                lambda c: c.action_is_household(),
                lambda c: c.action_ask_again(),
                lambda c: c.action_set_speaker(self.ana.id),
                lambda c: c.get_panel(),
            ):
                with self.assertRaises(AccessError):
                    ask(conversation)

    def test_the_customers_thread_of_a_colleague_is_not_shown(self):
        colleague = new_test_user(self.env, "colleague", f"{GROUP}agent")
        conversations = self.env["omnichannel.conversation"]
        conversations._for_partners(self.env.company, self.ana)[self.ana].user_id = colleague

        action = self.conversation.action_is_candidate(self.ana.id)

        self.assertEqual(action["tag"], "display_notification")

    def test_somebody_else_is_a_new_customer(self):
        neutral = self.conversation.partner_id

        self.conversation.action_is_somebody_else()

        other = self.identity.partner_id
        self.assertNotIn(other, neutral | self.ana | self.bob)
        self.assertEqual(other.phone, ANA_NUMBER)
        self.assertFalse(self._unclear())
        self.identity.link_ids._undo()
        self.assertEqual(self.identity.partner_id, neutral)
        self.assertTrue(self._unclear())

    def test_a_second_record_asks_only_where_the_first_is_nobodys(self):
        conversation = self._receive_sms("Hello", sender="+12025550188", sid="SM8")
        self.env["res.partner"].create({"name": "Carl", "phone": "+12025550188"})
        self.assertIn(conversation, self._unclear())

        conversation.partner_id.name = "Carla"

        self.assertNotIn(conversation, self._unclear())
        self.assertFalse(conversation.is_unclear)

    # === HOUSEHOLDS === #

    def test_a_household_stays_shared_and_is_not_asked_again(self):
        self.conversation.action_is_household()

        self.assertEqual(self._receive_more("Again", "SM2"), self.conversation)
        self.assertFalse(self._unclear())
        self.assertTrue(self.conversation.is_household)
        self.assertEqual(self.conversation.candidate_ids, self.ana | self.bob)

        self.conversation.action_ask_again()

        self.assertTrue(self.conversation.is_unclear)

    def test_the_agent_says_who_of_a_household_is_speaking(self):
        self.conversation.action_is_household()
        self.conversation.action_set_speaker(self.bob.id)
        self._receive_more("It is me", "SM2")
        self.conversation.sudo().channel_id.message_post(
            body="Hi Bob", message_type="comment", omnichannel_key="sms"
        )
        self.conversation.action_set_speaker(False)
        self._receive_more("Now somebody else", "SM3")

        messages = self.conversation.message_ids.sorted("id")
        self.assertEqual(
            [message.speaker_id.name for message in messages], [False, "Bob", "Bob", False]
        )
        self.assertEqual(messages[1]._to_store_value()["speaker"], "Bob")

    def test_the_speaker_is_forgotten_when_the_conversation_closes(self):
        self.conversation.action_is_household()
        self.conversation.action_set_speaker(self.ana.id)

        self.conversation.action_close()

        self.assertFalse(self.conversation.speaker_id)

    def test_only_people_with_the_address_speak(self):
        with self.assertRaises(UserError):
            self.conversation.action_set_speaker(self.ana.id)
        self.conversation.action_is_household()
        with self.assertRaises(UserError):
            self.conversation.action_set_speaker(self.env.user.partner_id.id)

    # === PANEL === #

    def test_the_panel_tells_who_it_may_be(self):
        self.ana.city = "Lisbon"

        who = self.conversation.get_panel()["who"]

        self.assertTrue(who["isUnclear"])
        self.assertEqual(
            who["candidates"],
            [
                {"id": self.ana.id, "name": "Ana", "detail": "Lisbon"},
                {"id": self.bob.id, "name": "Bob", "detail": ""},
            ],
        )
        self.assertEqual(who["identities"][0]["address"], ANA_NUMBER)
        self.assertEqual(who["identities"][0]["trustLabel"], "Observed")

    def test_of_a_switchboard_the_panel_tells_some(self):
        self.env["res.partner"].create([{"name": "X", "phone": ANA_NUMBER} for _ in range(20)])

        who = self.conversation.get_panel()["who"]

        self.assertEqual((len(who["candidates"]), who["moreCount"]), (12, 10))

    def test_candidates_that_the_user_may_not_read_are_not_told(self):
        self.env["ir.rule"].create(
            {
                "name": "Not Bob",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": f"[('id', '!=', {self.bob.id})]",
            }
        )

        who = self.conversation.get_panel()["who"]

        self.assertEqual([candidate["name"] for candidate in who["candidates"]], ["Ana"])
        with self.assertRaises(UserError):
            self.conversation.action_is_candidate(self.bob.id)
