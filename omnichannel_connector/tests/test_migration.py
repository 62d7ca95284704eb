"""What an update does to a database of the version before."""

from odoo.modules.module import load_script
from odoo.tests import tagged
from odoo.tools import SQL
from odoo.tools.misc import file_path

from ..models.omnichannel_conversation_clock import COLUMNS
from .waiting_common import WaitingCase

FOLDER = "omnichannel_connector/migrations/19.0.1.1.0"


@tagged("-at_install", "post_install")
class TestMigration(WaitingCase):
    def _migrate(self, stage):
        self.env.flush_all()
        self._run(stage)
        self.env.invalidate_all()

    def _run(self, stage):
        path = file_path(f"{FOLDER}/{stage}-migrate.py")
        load_script(path, f"{stage}-migrate").migrate(self.cr, "19.0.1.0.0")

    def _forget_new(self, conversations):
        """Leave what the version before knew."""
        self.env.flush_all()
        names = ("waiting_since", "unread_count", "answered_at", "turn_at")
        self.cr.execute(
            SQL(
                "UPDATE omnichannel_conversation SET %s",
                SQL(", ").join(SQL("%s = NULL", SQL.identifier(name)) for name in names),
            )
        )
        self.cr.execute("DELETE FROM omnichannel_episode")
        self.cr.execute(
            "UPDATE omnichannel_message SET user_id = NULL, is_seen = NULL, is_settled = NULL"
        )
        self.env.invalidate_all(flush=False)

    def _opened(self, conversations):
        episodes = self.env["omnichannel.episode"]
        found = episodes.search([("conversation_id", "in", conversations.ids)], order="id")
        return {e.conversation_id: (e.opened_at, e.channel) for e in found}

    def _clocks(self, conversations):
        return [{name: c[name] for name in COLUMNS} for c in conversations]

    def test_who_waits_is_known_after_it(self):
        waiting = self._says(0)
        self._says(5)
        answered = self._says(0, sender="+12025550188")
        answer = self._answer(answered, 10)
        lost = self._says(0, sender="+12025550189")
        self._answer(lost, 10).delivery_ids._advance("failed", error="No")
        closed = self._says(0, sender="+12025550190")
        closed.action_close()
        conversations = waiting | answered | lost | closed
        before = self._clocks(conversations)
        episodes = self._opened(waiting | lost)
        self._forget_new(conversations)

        self._migrate("post")

        self.assertEqual(self._clocks(conversations), before)
        self.assertEqual(self._opened(conversations), episodes)
        self.assertEqual(answer.user_id, self.agent)
        for conversation in conversations:
            self._assert_derived(conversation)

    def test_what_the_assignee_has_seen_in_discuss_is_seen(self):
        conversation = self._says(0)
        conversation.user_id = self.agent
        seen = conversation.message_ids.mail_message_id
        self._says(1)
        conversation.channel_id.channel_member_ids.with_user(self.agent)._mark_as_read(seen.id)
        self._forget_new(conversation)

        self._migrate("post")

        self.assertEqual(conversation.unread_count, 1)
        self._assert_derived(conversation)

    def test_a_database_without_conversations_has_nothing_to_fill(self):
        self.assertFalse(self.env["omnichannel.conversation"].search([]))
        self._migrate("post")

    def test_what_the_update_has_not_written_yet_is_not_forgotten(self):
        self.team.name = "Support"

        self._run("post")

        self.assertEqual(self.team.name, "Support")

    def test_access_rules_are_rewritten_by_every_update(self):
        rules = self.env["ir.model.data"].search(
            [("module", "=", "omnichannel_connector"), ("model", "=", "ir.rule")]
        )
        self.assertTrue(rules)
        self.assertFalse(rules.filtered("noupdate"), "an old domain would go on showing too much")
        rules.noupdate = True

        self._migrate("pre")

        self.assertFalse(rules.filtered("noupdate"))
