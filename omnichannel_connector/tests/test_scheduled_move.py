"""Messages that are to leave later, and what becomes of the address that they go to."""

from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from .common import ANA_NUMBER
from .link_common import LinkCase

BEA_NUMBER = "+12025550144"
GROUP = "omnichannel_connector.omnichannel_group_"


class ScheduledMoveCase(LinkCase):
    def _schedule(self, conversation, key="sms"):
        conversation._ensure_channels()
        moment = fields.Datetime.to_string(fields.Datetime.now() + timedelta(hours=2))
        scheduled_id = conversation.with_user(self.agent).schedule_message(key, "Later", moment)
        return self.env["omnichannel.scheduled"].browse(scheduled_id)

    def _run_due(self, scheduled):
        scheduled.scheduled_at = fields.Datetime.now() - timedelta(seconds=1)
        self._run_cron("ir_cron_omnichannel_scheduled")

    def _conversation_of(self, partner):
        company = self.env.company
        return self.env["omnichannel.conversation"]._for_partners(company, partner)[partner]


@tagged("-at_install", "post_install")
class TestScheduledAddress(ScheduledMoveCase):
    """The address goes, but not silently what was to be written to it."""

    def setUp(self):
        super().setUp()
        self.ana = self.env["res.partner"].create({"name": "Ana", "phone": ANA_NUMBER})
        self.conversation = self._conversation_of(self.ana)
        self.scheduled = self._schedule(self.conversation)

    def test_it_is_held_back_when_its_address_was_corrected(self):
        self.ana.phone = BEA_NUMBER

        self._run_due(self.scheduled)

        self.assertEqual(self.scheduled.state, "held_back")
        self.assertRegex(self.scheduled.reason, "can't be reached that way")
        self.assertEqual(self.conversation.activity_ids.user_id, self.agent)

    def test_an_address_that_was_only_kept_for_it_goes_with_it(self):
        self.ana.phone = BEA_NUMBER
        self.assertTrue(self._identity("phone", ANA_NUMBER))

        self.scheduled.with_user(self.agent).action_discard()

        self.assertFalse(self._identity("phone", ANA_NUMBER))
        self.assertTrue(self._identity("phone", BEA_NUMBER))

    def test_it_goes_to_the_same_address_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env["res.partner"].create({"name": "Bob", "phone": ANA_NUMBER, "company_id": other.id})
        self.ana.company_id = self.env.company

        self.ana.company_id = other

        identity = self._identity("phone", ANA_NUMBER)
        self.assertEqual(self.scheduled.exists().identity_id, identity)

    def test_a_customer_is_erased_or_deleted_with_it(self):
        administrator = new_test_user(
            self.env, "officer", f"{GROUP}administrator,base.group_partner_manager"
        )
        self.ana.phone = BEA_NUMBER
        privacy = self.env["omnichannel.privacy"].with_user(administrator)

        privacy._erase(self.ana.with_user(administrator))

        self.assertFalse(self.scheduled.exists() or self.ana.exists())
        self.assertFalse(self._identity("phone", ANA_NUMBER) | self._identity("phone", BEA_NUMBER))
        bob = self.env["res.partner"].create({"name": "Bob", "phone": ANA_NUMBER})
        scheduled = self._schedule(self._conversation_of(bob))
        bob.unlink()
        self.assertFalse(scheduled.exists() or self._identity("phone", ANA_NUMBER))


@tagged("-at_install", "post_install")
class TestScheduledLink(ScheduledMoveCase):
    """It follows its address through links, and comes back with it."""

    def setUp(self):
        super().setUp()
        self.ana = self._receive_sms("Hello", sender=ANA_NUMBER)
        self.bea = self._receive_sms("Hello", sender=BEA_NUMBER, sid="SM2")
        (self.ana | self.bea).partner_id.omnichannel_is_stranger = False
        self.phone = self._identity("phone", BEA_NUMBER)
        self.scheduled = self._schedule(self.bea)

    def test_it_waits_where_its_address_is(self):
        link = self._link(self.phone, self.ana.partner_id)
        self.assertEqual(self.bea.moved_to_id, self.ana)
        self.assertEqual(self.scheduled.conversation_id, self.ana)

        self._undo(link)

        self.assertEqual(self.scheduled.conversation_id, self.bea)
        self.assertEqual(self.scheduled.state, "waiting")

    def test_it_leaves_from_there_to_its_address(self):
        self._link(self.phone, self.ana.partner_id)
        self.scheduled.seen_ids = self.ana.channel_id.message_ids.ids

        self._run_due(self.scheduled)

        message = self.ana.message_ids.sorted("id")[-1]
        self.assertEqual((message.direction, message.identity_id), ("outbound", self.phone))

    def test_what_was_held_back_is_decided_there(self):
        self._receive_sms("Wait", sender=BEA_NUMBER, sid="SM3")
        self._run_due(self.scheduled)
        self.assertTrue(self.bea.activity_ids)

        link = self._link(self.phone, self.ana.partner_id)

        self.assertFalse(self.bea.activity_ids)
        self.assertEqual(self.ana.activity_ids.user_id, self.agent)
        self._undo(link)
        self.assertFalse(self.ana.activity_ids)
        self.assertEqual(self.bea.activity_ids.user_id, self.agent)
        seen_ids = self.bea.channel_id.message_ids.ids
        self.scheduled.with_user(self.agent).action_send_now(seen_ids)
        self.assertFalse(self.scheduled.exists() or self.bea.activity_ids)

    def test_a_first_message_follows_an_address_without_any(self):
        carl = self.env["res.partner"].create({"name": "Carl", "phone": "+12025550155"})
        conversation = self._conversation_of(carl)
        scheduled = self._schedule(conversation)

        link = self._link(self._identity("phone", "+12025550155"), self.ana.partner_id)
        self.assertEqual(scheduled.conversation_id, self.ana)
        self._undo(link)

        self.assertEqual(scheduled.conversation_id, conversation)
        self.assertEqual(conversation.state, "open")

    def test_nothing_is_left_in_a_thread_that_is_closed(self):
        """Nor what goes to an address that the customer had once."""
        self.bea.partner_id.phone = "+12025550166"
        address = self._identity("phone", "+12025550166")
        old = self._schedule(self.bea)
        old.identity_id = address
        self.bea.partner_id.phone = False

        self._link(self.phone, self.ana.partner_id)

        self.assertEqual(self.bea.moved_to_id, self.ana)
        self.assertEqual(old.conversation_id, self.ana)

    def test_merged_customers_keep_their_to_dos(self):
        self._receive_sms("Wait", sender=BEA_NUMBER, sid="SM3")
        self._run_due(self.scheduled)

        self._merge((self.ana | self.bea).partner_id, self.ana.partner_id)

        self.assertEqual(self.scheduled.conversation_id, self.ana)
        self.assertEqual(self.ana.activity_ids.user_id, self.agent)
