from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import OmnichannelCase

GROUP = "omnichannel_connector.omnichannel_group_"


@tagged("-at_install", "post_install")
class TestRights(OmnichannelCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = new_test_user(cls.env, "colleague", f"{GROUP}agent")
        cls.supervisor = new_test_user(cls.env, "supervisor", f"{GROUP}supervisor")
        cls.administrator = new_test_user(cls.env, "administrator", f"{GROUP}administrator")
        cls.employee = new_test_user(cls.env, "employee", "base.group_user")
        cls.portal = new_test_user(cls.env, "portal_user", "base.group_portal")

    def _visible(self, user, model="omnichannel.conversation"):
        return self.env[model].with_user(user).search_count([])

    def test_an_agent_sees_own_and_unassigned_conversations(self):
        conversation = self._receive_instagram("Hello")
        self.assertEqual(self._visible(self.agent), 1)

        conversation.user_id = self.colleague

        self.assertEqual(self._visible(self.agent), 0)
        self.assertEqual(self._visible(self.colleague), 1)
        self.assertEqual(self._visible(self.supervisor), 1)

    def test_the_thread_follows_the_rights_of_the_conversation(self):
        conversation = self._receive_instagram("Hello")
        conversation.user_id = self.colleague
        channel, message = conversation.channel_id, conversation.message_ids.mail_message_id

        message.with_user(self.colleague).read(["body"])
        message.with_user(self.supervisor).read(["body"])
        for user in (self.agent, self.employee, self.portal):
            self.assertFalse(channel.with_user(user).has_access("read"))
            with self.assertRaises(AccessError):
                message.with_user(user).read(["body"])

    def test_messages_deliveries_and_decisions_follow_too(self):
        conversation = self._receive_sms("Hello")
        conversation.user_id = self.colleague
        conversation.channel_id.message_post(
            body="Hi", message_type="comment", omnichannel_key="sms"
        )

        for model in ("omnichannel.message", "omnichannel.delivery"):
            self.assertTrue(self._visible(self.colleague, model))
            self.assertFalse(self._visible(self.agent, model))

    def test_nobody_but_agents_sees_anything(self):
        self._receive_sms("Hello")

        for user in (self.employee, self.portal, self.env.ref("base.public_user")):
            for model in ("account", "event", "identity", "conversation", "message", "delivery"):
                with self.assertRaises(AccessError):
                    self._visible(user, f"omnichannel.{model}")

    def test_other_employees_read_customers_and_messages_as_before(self):
        conversation = self._receive_sms("Hello")
        note = conversation.partner_id.message_post(body="Hi", message_type="comment")

        fields_seen = self.env["res.partner"].with_user(self.employee).fields_get()
        self.assertFalse([name for name in fields_seen if name.startswith("omnichannel")])
        note.with_user(self.employee).read()

    def test_secrets_are_an_administrators(self):
        names = ["access_token", "signing_secrets", "verify_token", "webhook_token", "webhook_url"]
        for user in (self.agent, self.supervisor):
            for name in names:
                with self.assertRaises(AccessError):
                    self.instagram.with_user(user).read([name])

        values = self.instagram.with_user(self.administrator).read(names)[0]
        self.assertEqual(values["access_token"], "instagram-token")

    def test_raw_events_are_an_administrators(self):
        self._receive_instagram("Hello")

        with self.assertRaises(AccessError):
            self._visible(self.supervisor, "omnichannel.event")
        self.assertEqual(self._visible(self.administrator, "omnichannel.event"), 1)

    def test_secrets_stay_out_of_what_python_prints(self):
        printed = repr(self.instagram._settings())

        for secret in ("instagram-token", "instagram-app-secret", "instagram-verify"):
            self.assertNotIn(secret, printed)

    def test_an_agent_answers_without_being_a_member(self):
        conversation = self._receive_sms("Hello")

        message = conversation.channel_id.with_user(self.agent).message_post(
            body="Hi", message_type="comment", omnichannel_key="sms"
        )

        self.assertEqual(message.author_id, self.agent.partner_id)
        self.assertEqual(conversation.user_id, self.agent)

    def test_nobody_answers_in_a_colleagues_conversation(self):
        conversation = self._receive_sms("Hello")
        conversation.user_id = self.colleague

        for user in (self.agent, self.employee, self.portal):
            with self.assertRaises(AccessError):
                conversation.channel_id.with_user(user).message_post(
                    body="Hi", message_type="comment", omnichannel_key="sms"
                )

    def test_companies_are_kept_apart(self):
        other = self.env["res.company"].create({"name": "Other"})
        conversation = self._receive_instagram("Hello")
        stranger = new_test_user(
            self.env,
            "stranger",
            f"{GROUP}supervisor",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )

        self.assertEqual(self._visible(stranger), 0)
        self.assertFalse(conversation.channel_id.with_user(stranger).has_access("read"))
        self.assertEqual(self._visible(stranger, "omnichannel.account"), 0)

    def test_an_agent_opens_a_customers_conversation_from_the_record(self):
        ana = self.env["res.partner"].create({"name": "Ana", "phone": "+12025550199"})

        action = ana.with_user(self.agent).action_open_conversation()

        self.assertEqual(action["tag"], "mail.action_discuss")
        self.assertEqual(len(ana.omnichannel_conversation_ids), 1)
