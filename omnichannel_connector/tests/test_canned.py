"""Prepared texts are filled in for the customer, with nobody else's rights, and never sent."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .delivery_common import DeliveryCase

GROUP = "omnichannel_connector.omnichannel_group_"
CODE = "{{ object.env['res.users'].search([]).mapped('login') }}"


@tagged("-at_install", "post_install")
class TestCanned(DeliveryCase):
    def setUp(self):
        super().setUp()
        self.conversation = self._receive_sms("Is it dimmable?")
        self.conversation.partner_id.name = "Ana"
        self.as_agent = self.conversation.with_user(self.agent)

    def _canned(self, text, user=None, **values):
        return (
            self.env["mail.canned.response"]
            .with_user(user or self.agent)
            .create({"source": "hello", "substitution": text, **values})
        )

    def _render(self, record, conversation=None):
        conversation = conversation or self.as_agent
        return conversation.render_prepared_text(record._name, record.id)

    def _template(self, model, about="omnichannel.conversation", **values):
        model_id = self.env["ir.model"]._get_id(about)
        return self.env[model].create({"name": "Opening hours", "model_id": model_id, **values})

    def test_a_canned_response_is_filled_in(self):
        text = self._canned("Hi {{ object.partner_id.name }}! “{{ object.last_inbound_text }}”")

        self.assertEqual(self._render(text)["text"], "Hi Ana! “Is it dimmable?”")

    def test_templates_about_conversations_and_customers_are_filled_in(self):
        sms = self._template("sms.template", body="Hi {{ object.partner_id.name }}")
        mail = self._template(
            "mail.template",
            about="res.partner",
            subject="For {{ object.name }}",
            body_html='<p>Hi <t t-out="object.name"/></p>',
        )

        self.assertEqual(self._render(sms), {"text": "Hi Ana", "subject": ""})
        self.assertEqual(self._render(mail), {"text": "Hi Ana", "subject": "For Ana"})

    def test_nothing_is_sent(self):
        self._render(self._canned("Hi {{ object.partner_id.name }}"))

        self.assertEqual(len(self.conversation.message_ids), 1)

    def test_code_in_a_canned_response_runs_for_nobody(self):
        boss = new_test_user(self.env, "boss", f"{GROUP}administrator,base.group_system")
        shared = self._canned(CODE, group_ids=[(4, self.env.ref("base.group_user").id)])

        for user in (self.agent, boss, self.env.ref("base.user_root")):
            with self.assertRaisesRegex(UserError, "not allowed"):
                self._render(shared, self.conversation.with_user(user))

    def test_what_is_offered_is_what_the_user_may_read(self):
        bea = new_test_user(self.env, "bea", f"{GROUP}agent")
        own, foreign = self._canned("Mine"), self._canned("Hers", user=bea)
        group = self.env.ref(f"{GROUP}agent")
        shared = self._canned("Ours", user=bea, group_ids=[(4, group.id)])
        about_leads = self._template("sms.template", about="crm.lead", body="x")
        about_us = self._template("sms.template", body="x")

        offered = {(text["model"], text["id"]) for text in self.as_agent.get_prepared_texts()}

        for record in (own, shared, about_us):
            self.assertIn((record._name, record.id), offered)
        for record in (foreign, about_leads):
            self.assertNotIn((record._name, record.id), offered)
            with self.assertRaisesRegex(UserError, "no such text"):
                self._render(record)

    def test_other_models_hold_no_texts(self):
        for model in ("res.users", "ir.config_parameter", "nothing"):
            with self.assertRaisesRegex(UserError, "no such text"):
                self.as_agent.render_prepared_text(model, 1)

    def test_who_does_not_see_the_conversation_gets_no_text_about_it(self):
        self.conversation.user_id = self.agent
        bea = new_test_user(self.env, "bea", f"{GROUP}agent")
        text = self._canned("Hi {{ object.partner_id.name }}", user=bea)

        for method, arguments in (
            ("get_prepared_texts", ()),
            ("render_prepared_text", (text._name, text.id)),
        ):
            with self.assertRaises(AccessError):
                getattr(self.conversation.with_user(bea), method)(*arguments)
