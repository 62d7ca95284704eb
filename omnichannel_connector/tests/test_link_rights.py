from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import ANA_NUMBER
from .link_common import LinkCase

GROUP = "omnichannel_connector.omnichannel_group_"


@tagged("-at_install", "post_install")
class TestLinkRights(LinkCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = new_test_user(cls.env, "colleague", f"{GROUP}agent")
        cls.supervisor = new_test_user(cls.env, "supervisor", f"{GROUP}supervisor")
        cls.employee = new_test_user(cls.env, "employee", "base.group_user")
        cls.portal = new_test_user(cls.env, "portal_user", "base.group_portal")

    def setUp(self):
        super().setUp()
        self.ana = self._receive_instagram("By Instagram", at=self._ago(minutes=30))
        self.stranger = self._receive_sms("By SMS")
        self.phone = self._identity("phone", ANA_NUMBER)

    def _wizard(self, user, partner=None):
        action = self.phone.with_user(user).action_link()
        wizards = self.env["omnichannel.link.wizard"].with_user(user)
        return wizards.with_context(**action["context"]).create(
            {"partner_id": (partner or self.ana.partner_id).id}
        )

    def test_an_agent_links_after_a_preview_and_takes_it_back(self):
        self._note(self.stranger)
        wizard = self._wizard(self.agent)

        self.assertFalse(wizard.refusal)
        self.assertFalse(wizard.new({"identity_ids": wizard.identity_ids}).refusal, "no one chosen")
        for said in (ANA_NUMBER, "SMS", "Internal notes", "is archived"):
            self.assertIn(said, wizard.preview)
        self.assertFalse(self._links(), "a preview moves nothing")
        wizard.action_link()
        link = self._links()
        self.assertEqual((link.create_uid, link.message_count), (self.agent, 1))
        self.assertEqual(self.phone.partner_id, self.ana.partner_id)
        link.with_user(self.agent).action_undo()

        self.assertEqual(self.phone.partner_id, self.stranger.partner_id)
        self.assertEqual(link.undone_by_id, self.agent)
        with self.assertRaises(UserError):
            link.with_user(self.agent).action_undo()

    def test_the_preview_tells_what_may_be_sent_no_more(self):
        other = self.ana.partner_id
        other.phone = "+12025550177"
        number = self._identity("phone", "+12025550177")
        consents = self.env["omnichannel.consent"]
        consents._record(number, "sms", ["marketing"], "granted", "staff", words="Yes please")
        consents._record(self.phone, "sms", ["marketing"], "refused", "keyword", words="stop")

        wizard = self._wizard(self.agent)

        self.assertIn("SMS (Marketing) to +12025550177: Refused by SMS", wizard.preview)
        self.assertFalse(number._refusal("sms", "marketing"), "a preview changes nothing")
        wizard.action_link()
        self.assertTrue(number._refusal("sms", "marketing"))
        self._undo(self._links())
        self.assertFalse(number._refusal("sms", "marketing"))

    def test_a_colleagues_conversation_on_either_side_is_refused(self):
        for conversation in (self.ana, self.stranger):
            conversation.user_id = self.colleague
            wizard = self._wizard(self.agent)

            self.assertIn("colleague", wizard.refusal)
            with self.assertRaises(AccessError):
                wizard.action_link()
            conversation.user_id = False
        self.assertFalse(self._links())

    def test_a_supervisor_links_everybodys(self):
        self.ana.user_id = self.colleague

        self._wizard(self.supervisor).action_link()

        self.assertEqual(self.phone.partner_id, self.ana.partner_id)

    def test_a_colleagues_link_is_not_undone(self):
        self._wizard(self.supervisor).action_link()
        self.ana.user_id = self.colleague

        with self.assertRaises(AccessError):
            self._links().with_user(self.agent).action_undo()

    def test_nobody_but_agents_links_or_sees_links(self):
        self._wizard(self.agent).action_link()

        for user in (self.employee, self.portal, self.env.ref("base.public_user")):
            for model in ("link", "suggestion", "link.wizard", "belonging"):
                with self.assertRaises(AccessError):
                    self.env[f"omnichannel.{model}"].with_user(user).search([])
            with self.assertRaises(AccessError):
                self._links().with_user(user).action_undo()

    def test_nobody_writes_the_journal_by_hand(self):
        self._wizard(self.supervisor).action_link()

        with self.assertRaises(AccessError):
            self._links().with_user(self.supervisor).write({"state": "undone"})
        with self.assertRaises(AccessError):
            self.phone.with_user(self.supervisor).write({"partner_id": False})

    def test_a_conversation_is_linked_as_a_whole(self):
        self.stranger.partner_id.email = "stranger@example.com"
        action = self.stranger.with_user(self.agent).action_link()
        wizard = (
            self.env["omnichannel.link.wizard"]
            .with_user(self.agent)
            .with_context(**action["context"])
            .create({"partner_id": self.ana.partner_id.id})
        )

        wizard.action_link()

        self.assertEqual(len(self._links()), 2)
        self.assertEqual(self.stranger.moved_to_id, self.ana)

    def test_a_thread_that_went_elsewhere_is_opened_there_and_takes_no_note(self):
        self._wizard(self.agent).action_link()

        action = self.stranger.with_user(self.agent).action_open_in_discuss()
        self.assertIn(str(self.ana.channel_id.id), action["params"]["active_id"])
        with self.assertRaises(UserError):
            self._note(self.stranger)

    def test_viewers_are_told_to_read_both_threads_again(self):
        sent = []
        channels = type(self.env["discuss.channel"])

        def note(channel, name, message, **_kwargs):
            sent.append((name, message))

        self.patch(channels, "_bus_send", note)
        self._wizard(self.agent).action_link()

        told = {m["channel_id"] for name, m in sent if name == "omnichannel/moved"}
        self.assertEqual(told, {self.ana.channel_id.id, self.stranger.channel_id.id})
