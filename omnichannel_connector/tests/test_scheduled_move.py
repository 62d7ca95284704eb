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
        self.env["res.partner"].create(
            {"name": "Bob", "phone": ANA_NUMBER, "company_id": other.id}
        )
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
