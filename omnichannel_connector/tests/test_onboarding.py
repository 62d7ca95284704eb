"""From an empty database to a connected account, and an agent's first conversation."""

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged

from .common import OmnichannelMixin

AGENT = "omnichannel_connector.omnichannel_group_agent"
ADMINISTRATOR = "omnichannel_connector.omnichannel_group_administrator"


@tagged("-at_install", "post_install")
class TestOnboarding(OmnichannelMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._forget_demo_data()
        agents = cls.env["res.users"].search([("all_group_ids", "in", cls.env.ref(AGENT).id)])
        cls.env.ref(AGENT).user_ids -= agents
        cls.boss = new_test_user(cls.env, "boss", f"{ADMINISTRATOR},base.group_erp_manager")

    def _onboarding(self, user):
        return self.env["omnichannel.account"].with_user(user).get_onboarding()

    def _help(self, user):
        """Return what an empty list shows; Odoo's web client reads actions with sudo."""
        action = self.env.ref("omnichannel_connector.omnichannel_conversation_action")
        return action.with_user(user).sudo().read(["help", "res_model"])[0]["help"]

    def _done(self):
        return [step["key"] for step in self._onboarding(self.boss)["steps"] if step["is_done"]]

    def test_the_steps_are_done_one_after_the_other(self):
        """A step that is never marked as done sends the administrator round in circles."""
        self.assertFalse(self._done())
        self._set_up_accounts()
        self.agent.active = False
        self.assertEqual(self._done(), ["connect"])

        self.env["omnichannel.account.check"].create(
            {"account_id": self.sms.id, "name": "Settings", "level": "ok"}
        )
        self.env.invalidate_all()
        self.assertEqual(self._done(), ["connect", "test"])
        self._receive_sms("Hello")
        self.assertEqual(self._done(), ["connect", "test", "message"])
        self.agent.active = True

        onboarding = self._onboarding(self.boss)
        self.assertFalse(onboarding["steps"])
        self.assertIn("omnichannel_agent_tour", onboarding["tour_url"])

    def test_a_failed_self_test_is_not_done(self):
        """Green although something does not work: the first message would never come."""
        self._set_up_accounts()
        checks = [
            {"account_id": self.sms.id, "name": name, "level": level}
            for name, level in (("Settings", "ok"), ("Webhook", "failed"))
        ]
        self.env["omnichannel.account.check"].create(checks)
        self.env.invalidate_all()
        self.assertNotIn("test", self._done())

    def test_a_step_leads_only_where_the_user_may_go(self):
        """A link that ends in an access error is worse than none."""
        plain = new_test_user(self.env, "plain", ADMINISTRATOR)
        steps = {step["key"]: step for step in self._onboarding(plain)["steps"]}
        self.assertFalse(steps["agents"]["url"])
        self.assertIn("Ask who manages the users", steps["agents"]["text"])
        self.assertTrue(steps["connect"]["url"].endswith("/new"))
        self.assertFalse(steps["test"]["url"], "there is nothing to test yet")

    def test_others_get_no_steps_and_strangers_nothing(self):
        """What is connected and who works here is nobody else's business."""
        agent = new_test_user(self.env, "answers", AGENT)
        self.assertFalse(self._onboarding(agent)["steps"])
        stranger = new_test_user(self.env, "stranger", "base.group_user")
        with self.assertRaises(AccessError):
            self._onboarding(stranger)

    def test_an_empty_list_of_conversations_shows_the_steps(self):
        """An administrator who opens the app for the first time has to see where to begin."""
        shown = self._help(self.boss)
        self.assertIn('data-step="connect"', shown)
        self.assertIn("omnichannel_account_action/new", shown)

        agent = new_test_user(self.env, "answers", AGENT)
        shown = self._help(agent)
        self.assertNotIn("data-step", shown)
        self.assertIn("omnichannel_agent_tour", shown)
        stranger = new_test_user(self.env, "stranger", "base.group_user")
        self.assertIn("Nothing here", self._help(stranger))


@tagged("-at_install", "post_install")
class TestAgentTour(OmnichannelMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_accounts()

    def test_the_tour_leads_through_a_conversation(self):
        """The tour names buttons: when one is renamed, it would wait for it for ever."""
        self._receive_sms("Is the brass lamp in stock?")
        conversation = self.env["omnichannel.conversation"].search([])

        self.start_tour("/odoo/discuss", "omnichannel_agent_tour", login="agent")

        self.env.invalidate_all()
        self.assertEqual((conversation.user_id, conversation.state), (self.agent, "closed"))
        answer = conversation.message_ids.filtered(lambda message: message.origin == "agent")
        self.assertEqual((answer.channel, answer.state), ("sms", "queued"))
        self.assertIn("Shall we keep one", answer.preview)
        notes = conversation.channel_id.message_ids - conversation.message_ids.mail_message_id
        self.assertTrue(any("Asked twice" in note.body for note in notes))

    def test_agents_are_offered_the_tour(self):
        """Odoo offers only tours that are records, each until the user has been through it."""
        tours = self.env["web_tour.tour"].with_user(self.agent)
        tour = tours.search([("name", "=", "omnichannel_agent_tour")])
        self.assertEqual(tours.get_tour_json_by_name(tour.name)["url"], "/odoo/discuss")
        self.agent.tour_enabled = True
        others = self.env["web_tour.tour"].search([("id", "!=", tour.id)])
        others.user_consumed_ids = [(4, self.agent.id)]
        self.assertEqual(tours.get_current_tour()["name"], tour.name)
        tours.consume(tour.name)
        self.assertFalse(tours.get_current_tour())
