from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import ANA_NUMBER, OmnichannelCase

AGENT = "omnichannel_connector.omnichannel_group_agent"


@tagged("-at_install", "post_install")
class TestCreate(OmnichannelCase):
    """Records of other apps out of a conversation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ana = cls.env["res.partner"].create(
            {"name": "Ana Lima", "phone": ANA_NUMBER, "email": "ana@example.com"}
        )
        cls.seller = new_test_user(cls.env, "seller", f"{AGENT},sales_team.group_sale_salesman")

    def _create(self, conversation, request="click-1", user=None, kind="lead"):
        made = conversation.with_user(user or self.seller).create_document(kind, request)
        return self.env[made["model"]].browse(made["resId"])

    def test_a_lead_begins_with_what_is_known(self):
        conversation = self._receive_sms("Do you ship to Portugal?")

        lead = self._create(conversation)

        self.assertEqual((lead.partner_id, lead.name), (self.ana, "Ana Lima on SMS"))
        self.assertEqual(lead.company_id, conversation.company_id)
        self.assertEqual(lead.user_id, self.seller)
        self.assertEqual(lead.omnichannel_conversation_id, conversation)
        self.assertEqual(conversation.lead_id, lead)

    def test_the_thread_is_attached_as_a_note_without_notes(self):
        conversation = self._receive_sms("Do you ship to Portugal?")
        conversation.channel_id.message_post(body="Difficult customer", message_type="comment")
        mails = self.env["mail.mail"].search_count([])

        lead = self._create(conversation)

        (note,) = lead.message_ids.filtered(lambda message: "Portugal" in message.body)
        self.assertTrue(note.is_internal)
        self.assertIn(f"discuss.channel_{conversation.channel_id.id}", note.body)
        self.assertNotIn("Difficult", "".join(lead.message_ids.mapped("body")))
        self.assertFalse(note.notification_ids)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        self.assertNotIn(self.ana, lead.message_partner_ids)

    def test_it_has_a_card_and_stands_in_the_panel(self):
        conversation = self._receive_sms("Hello")

        lead = self._create(conversation)

        card = self.env["omnichannel.card"].search([("conversation_id", "=", conversation.id)])
        self.assertEqual((card.res_model, card.res_id), ("crm.lead", lead.id))
        sections = conversation.with_user(self.seller).get_panel()["record"]["sections"]
        self.assertEqual([section["key"] for section in sections], ["lead"])

    def test_one_click_makes_one_record(self):
        conversation = self._receive_sms("Hello")

        first, again = self._create(conversation), self._create(conversation)
        other = self._create(conversation, "click-2")

        self.assertEqual(first, again)
        self.assertNotEqual(first, other)
        self.assertEqual(self.env["crm.lead"].search_count([("partner_id", "=", self.ana.id)]), 2)

    def test_only_with_the_users_own_rights(self):
        conversation = self._receive_sms("Hello")
        theirs = self._receive_sms("Hi", sender="+12025550177", sid="SM2")
        theirs.user_id = self.agent
        employee = new_test_user(self.env, "employee", "base.group_user")

        self.assertNotIn("create", conversation.with_user(self.agent).get_panel())
        with self.assertRaises(UserError):
            self._create(conversation, user=self.agent)
        with self.assertRaises(AccessError):
            self._create(theirs)
        with self.assertRaises(AccessError):
            self._create(conversation, user=employee)
        self.assertFalse(self.env["crm.lead"].search([("partner_id", "=", self.ana.id)]))

    def test_the_panel_offers_what_is_installed(self):
        conversation = self._receive_sms("Hello")

        kinds = conversation.with_user(self.seller).get_panel()["create"]["kinds"]

        offered = {kind["key"] for kind in kinds}
        self.assertIn("lead", offered)
        self.assertEqual("ticket" in offered, "helpdesk.ticket" in self.env)
        for kind in ("nothing", None, "order" if "order" not in offered else "nothing"):
            with self.assertRaises(UserError):
                self._create(conversation, kind=kind)

    def test_a_click_without_a_name_makes_nothing(self):
        conversation = self._receive_sms("Hello")

        for request in ("", None, 7, "x" * 65):
            with self.assertRaises(UserError):
                self._create(conversation, request)
