from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ANA_IGSID, ANA_NUMBER
from .link_common import LinkCase

BOB_NUMBER = "+12025550144"


@tagged("-at_install", "post_install")
class TestLinkMerge(LinkCase):
    """Odoo's own merge, deletion and archiving of customers with addresses, links and threads."""

    def _two(self):
        ana = self._receive_instagram("By Instagram", at=self._ago(minutes=30))
        bob = self._receive_sms("By SMS")
        return ana, bob

    # === MERGE === #

    def test_merged_customers_keep_their_links_and_undone_they_go_home(self):
        ana, bob = self._two()
        other = self.env["res.partner"].create({"name": "Other"})
        phone = self._identity("phone", ANA_NUMBER)
        link = self._link(phone, other)

        self._merge(ana.partner_id | bob.partner_id, ana.partner_id)
        self.assertEqual((phone.partner_id, phone.home_partner_id), (other, ana.partner_id))
        self._undo(link)

        self.assertEqual(phone.partner_id, ana.partner_id)
        self.assertEqual(self._texts(ana), ["By Instagram", "By SMS"])

    def test_the_customer_linked_to_is_merged_into_the_one_linked_from(self):
        _ana, bob = self._two()
        self._check_merged_both_ways(bob.partner_id)

    def test_the_customer_linked_from_is_merged_into_the_one_linked_to(self):
        ana, _bob = self._two()
        self._check_merged_both_ways(ana.partner_id)

    def _check_merged_both_ways(self, partner):
        """Link the one by SMS to the one by Instagram, merge both into `partner`, undo."""
        phone = self._identity("phone", ANA_NUMBER)
        ana = self._identity("instagram", ANA_IGSID).partner_id
        bob = phone.partner_id
        note = self._note(bob.omnichannel_conversation_ids)
        link = self._link(phone, ana)

        self._merge(ana | bob, partner)
        conversation = partner.omnichannel_conversation_ids
        self.assertEqual(len(conversation), 1)
        self.assertTrue(partner.active)
        self.assertFalse(conversation.moved_to_id)
        self._undo(link)

        self.assertEqual(self._texts(conversation), ["By Instagram", "By SMS", "A note"])
        self.assertEqual(note.res_id, conversation.channel_id.id)
        self.assertFalse(self.env["omnichannel.belonging"].search([]))

    def test_a_shared_number_linked_to_a_merged_customer_is_no_record_of_theirs(self):
        ana, bob, eve = self.env["res.partner"].create(
            [
                {"name": "Ana", "phone": ANA_NUMBER},
                {"name": "Bob", "phone": ANA_NUMBER},
                {"name": "Eve", "phone": "+12025550999"},
            ]
        )
        shared = self._identity("phone", ANA_NUMBER)
        links = self._link(shared, bob)

        self._merge(bob | eve, eve)  # Eve keeps her own number
        self._undo(links)

        self.assertEqual((shared.partner_id, shared.is_shared), (ana, False))

    def test_who_wrote_from_a_linked_shared_number_is_nobody_of_the_merged(self):
        ana, bob = self.env["res.partner"].create(
            [{"name": "Ana", "phone": ANA_NUMBER}, {"name": "Bob", "phone": ANA_NUMBER}]
        )
        shared = self._identity("phone", ANA_NUMBER)
        links = self._link(shared, bob)
        self._receive_sms("Who am I?")

        self._merge(ana | bob, bob)
        self._undo(links)

        self.assertNotIn(shared.partner_id, ana | bob)

    def test_a_linked_number_that_only_merged_records_shared_is_the_merged_customers(self):
        ana, bob, eve = self.env["res.partner"].create(
            [
                {"name": "Ana", "phone": ANA_NUMBER},
                {"name": "Bob", "phone": ANA_NUMBER},
                {"name": "Eve"},
            ]
        )
        shared = self._identity("phone", ANA_NUMBER)
        links = self._link(shared, eve)

        self._merge(ana | bob, bob)
        self._undo(links)

        self.assertEqual((shared.partner_id, shared.is_shared), (bob, False))

    def test_suggestions_about_each_other_do_not_break_the_merge(self):
        ana, bob = self._two()
        third = self.env["res.partner"].create({"name": "Third", "phone": BOB_NUMBER})
        suggestions, phone = self.env["omnichannel.suggestion"], third.omnichannel_identity_ids
        for partner in (ana.partner_id, bob.partner_id):
            suggestions._propose(phone, partner, "name", 20)
        suggestions.search([("partner_id", "=", bob.partner_id.id)]).action_reject()
        suggestions._propose(self._identity("phone", ANA_NUMBER), ana.partner_id, "typed", 30)
        suggestions._propose(self._identity("instagram", ANA_IGSID), bob.partner_id, "typed", 30)

        self._merge(ana.partner_id | bob.partner_id, ana.partner_id)

        left = suggestions.search([])
        self.assertEqual((left.identity_id, left.partner_id), (phone, ana.partner_id))
        self.assertEqual(left.state, "rejected")

    def test_the_same_address_in_two_companies_stays_with_both(self):
        other = self.env["res.company"].create({"name": "Other"})
        here, there = self.env["res.partner"].create(
            [
                {"name": "Here", "phone": BOB_NUMBER, "company_id": self.env.company.id},
                {"name": "There", "phone": BOB_NUMBER, "company_id": other.id},
            ]
        )
        everywhere = self.env["res.partner"].create({"name": "Everywhere", "phone": BOB_NUMBER})
        identities = self._identity("phone", BOB_NUMBER)
        self.assertEqual(len(identities), 3)

        self._merge(here | there | everywhere, everywhere)

        # nobody wrote from the one of all companies, and the merged record is of one
        identities = identities.exists()
        self.assertEqual(identities.partner_id, everywhere)
        self.assertEqual(identities.company_id, self.env.company | other)

    def test_who_shared_an_address_and_becomes_one_has_it(self):
        a, b = self.env["res.partner"].create(
            [{"name": "A", "phone": BOB_NUMBER}, {"name": "B", "phone": BOB_NUMBER}]
        )
        phone = self._identity("phone", BOB_NUMBER)

        self._merge(a | b, b)

        self.assertEqual((phone.partner_id, phone.is_shared), (b, False))
        self.assertFalse(phone.candidate_ids)

    def test_the_number_that_odoo_drops_from_the_record_stays_an_address(self):
        ana, bob = self.env["res.partner"].create(
            [{"name": "Ana", "phone": ANA_NUMBER}, {"name": "Bob", "phone": BOB_NUMBER}]
        )

        self._merge(ana | bob, ana)

        self.assertEqual(ana.phone, ANA_NUMBER)
        self.assertEqual(
            set(ana.omnichannel_identity_ids.mapped("value")), {ANA_NUMBER, BOB_NUMBER}
        )

    def test_conversations_of_several_companies_stay_one_in_each(self):
        other = self.env["res.company"].create({"name": "Other"})
        ana, bob = self._two()
        partners = ana.partner_id | bob.partner_id
        for partner in partners:
            ana._for_partners(other, partner)

        self._merge(partners, bob.partner_id)

        conversations = bob.partner_id.omnichannel_conversation_ids
        self.assertEqual(len(conversations), 2)
        self.assertEqual(len(conversations.company_id), 2)

    def test_the_automatic_merge_runs_over_customers_with_threads(self):
        ana, bob = self._two()
        (ana.partner_id | bob.partner_id).write({"vat": "SAME-VAT"})
        self._link(self._identity("phone", ANA_NUMBER), ana.partner_id)
        bob.partner_id.active = True
        wizard = self.env["base.partner.merge.automatic.wizard"].create({"group_by_vat": True})

        with patch.object(self.env.cr, "commit", lambda: None):
            wizard.action_start_automatic_process()

        self.env.invalidate_all()
        phone = self._identity("phone", ANA_NUMBER)
        self.assertEqual(len(phone.partner_id.omnichannel_identity_ids), 2)
        self.assertEqual(len(phone.partner_id.omnichannel_conversation_ids), 1)

    def test_a_message_after_a_merge_finds_the_one_conversation(self):
        ana, bob = self._two()
        self._merge(ana.partner_id | bob.partner_id, bob.partner_id)

        conversation = self._receive_instagram("More", mid="mid.2")

        self.assertEqual(conversation.partner_id, bob.partner_id)
        self.assertEqual(self._texts(conversation), ["By Instagram", "By SMS", "More"])

    # === DELETION AND ARCHIVE === #

    def test_a_customer_with_messages_is_not_deleted_and_the_refusal_says_what_to_do(self):
        ana, bob = self._two()
        self._link(self._identity("phone", ANA_NUMBER), ana.partner_id)

        for partner in (ana.partner_id, bob.partner_id):
            with self.assertRaisesRegex(UserError, "Archive the record"):
                partner.unlink()
        self.assertTrue(bob.partner_id.exists())

    def test_a_customer_without_messages_is_deleted_with_what_is_ours(self):
        bob = self.env["res.partner"].create({"name": "Bob", "phone": BOB_NUMBER})
        bob.action_open_conversation()
        conversation, phone = bob.omnichannel_conversation_ids, bob.omnichannel_identity_ids
        channel = conversation.channel_id

        bob.unlink()

        self.assertFalse(conversation.exists() or channel.exists() or phone.exists())

    def test_addresses_linked_to_a_deleted_customer_go_home(self):
        _ana, stranger = self._two()
        bob = self.env["res.partner"].create({"name": "Bob"})
        phone = self._identity("phone", ANA_NUMBER)
        self._link(phone, bob)

        bob.unlink()

        self.env.invalidate_all()
        self.assertEqual(phone.partner_id, stranger.partner_id)
        self.assertEqual(self._texts(stranger), ["By SMS"])
        self.assertFalse(stranger.moved_to_id)

    def test_an_archived_customer_who_writes_again_is_heard(self):
        ana, _bob = self._two()
        ana.action_close()
        ana.partner_id.active = False

        conversation = self._receive_instagram("Still there", mid="mid.2")

        self.assertEqual(self._identity("instagram", ANA_IGSID).partner_id, ana.partner_id)
        self.assertEqual(self._texts(ana), ["By Instagram", "Still there"])
        self.assertEqual(ana.state, "open")
        self.assertFalse(conversation - ana)
