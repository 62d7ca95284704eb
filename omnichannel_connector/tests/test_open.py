from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.mail.tools.discuss import Store

from .common import ANA_NUMBER, OmnichannelCase


@tagged("-at_install", "post_install")
class TestOpen(OmnichannelCase):
    """The way to a customer's thread from whatever is about them."""

    def _open(self, record, user=None):
        conversations = self.env["omnichannel.conversation"].with_user(user or self.agent)
        return conversations.open_from(record._name, record.id)

    def _channel_of(self, action):
        return action["params"]["active_id"]

    def _has_button(self, record, user):
        """Return what the chatter of a record gets to know."""
        store = Store()
        store.add(record.with_user(user), as_thread=True, request_list=["followers"])
        threads = store.get_result()["mail.thread"]
        return threads[0].get("hasOmnichannelCustomer", False)

    def _lead(self, **values):
        return self.env["crm.lead"].create({"name": "Lamps", "user_id": self.agent.id, **values})

    def _let_sell(self):
        self.agent.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")

    def test_from_a_lead_to_the_thread_of_its_contact(self):
        self._let_sell()
        ana = self.env["res.partner"].create({"name": "Ana Lima", "phone": ANA_NUMBER})
        conversation = self._receive_sms("Hello")
        lead = self._lead(partner_id=ana.id)
        self.assertFalse(lead.omnichannel_conversation_id)

        action = lead.with_user(self.agent).action_open_conversation()

        channel = conversation.channel_id
        self.assertEqual(self._channel_of(action), f"discuss.channel_{channel.id}")

    def test_from_any_record_with_a_customer_a_first_thread_is_made(self):
        self._let_sell()
        ana = self.env["res.partner"].create({"name": "Ana Lima"})

        action = self._open(self._lead(partner_id=ana.id))

        channel = ana.omnichannel_conversation_ids.channel_id
        self.assertTrue(channel)
        self.assertEqual(self._channel_of(action), f"discuss.channel_{channel.id}")

    def test_without_a_customer_it_says_what_to_do(self):
        self._let_sell()

        with self.assertRaisesRegex(UserError, "Choose one first"):
            self._open(self._lead())

    def test_nobody_gets_further_than_their_rights(self):
        ana = self.env["res.partner"].create({"name": "Ana Lima"})
        lead = self._lead(partner_id=ana.id)
        seller = new_test_user(
            self.env, "seller", "base.group_user,sales_team.group_sale_salesman_all_leads"
        )

        with self.assertRaises(AccessError):
            self._open(lead)  # an agent who may not read leads
        with self.assertRaises(UserError):
            self._open(lead, seller)
        with self.assertRaises(AccessError):
            self._open(self.env["ir.config_parameter"].search([], limit=1))

    def test_the_chatter_offers_it_where_there_is_a_customer(self):
        ana = self.env["res.partner"].create({"name": "Ana Lima"})
        records = self.env.registry["omnichannel.account"]
        self.patch(records, "_mail_get_partners", lambda model, **kw: dict.fromkeys(model.ids, ana))

        self.assertTrue(self._has_button(self.sms, self.agent))
        employee = new_test_user(self.env, "employee", "base.group_user")
        self.assertFalse(self._has_button(ana, employee))

    def test_people_of_ours_are_nobodys_customers(self):
        partner = self.agent.partner_id
        records = self.env.registry["omnichannel.account"]
        self.patch(
            records, "_mail_get_partners", lambda model, **kw: dict.fromkeys(model.ids, partner)
        )

        self.assertFalse(self._has_button(self.sms, self.agent))
