import ast
from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..models.omnichannel_conversation_inbox import MOST_COUNTED
from ..models.timing import utc_now
from .common import OmnichannelCase

GROUP = "omnichannel_connector.omnichannel_group_"


@tagged("-at_install", "post_install")
class TestInbox(OmnichannelCase):
    """What stands in which box, and who sees it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = new_test_user(cls.env, "colleague", f"{GROUP}agent", name="Agent Bea")
        cls.supervisor = new_test_user(cls.env, "supervisor", f"{GROUP}supervisor")
        cls.employee = new_test_user(cls.env, "employee", "base.group_user")
        cls.team = cls.env["omnichannel.team"].create(
            {"name": "Sales", "member_ids": [Command.set(cls.agent.ids)]}
        )
        cls.now = utc_now()

    def _customer(self, number, text="Hello", **values):
        """Let a customer write by SMS that many minutes ago; return the conversation."""
        conversation = self._receive_sms(text, f"+1202555{number:04d}", sid=f"SM{number}")
        conversation.write({"last_message_at": self.now - timedelta(minutes=number), **values})
        return conversation

    def _inbox(self, box, user=None, **kwargs):
        conversations = self.env["omnichannel.conversation"].with_user(user or self.agent)
        self.env.flush_all()
        self.env.invalidate_all()
        return conversations.get_inbox(box, **kwargs)

    def _ids(self, *args, **kwargs):
        return [row["id"] for row in self._inbox(*args, **kwargs)["rows"]]

    def _rows_of(self, conversation, box, user=None):
        conversations = self.env["omnichannel.conversation"].with_user(user or self.agent)
        return conversations.get_inbox_rows(conversation.ids, box)

    # === BOXES === #

    def test_each_conversation_stands_in_its_boxes_newest_first(self):
        free = self._customer(1)
        own = self._customer(2, user_id=self.agent.id)
        answered = self._customer(3, user_id=self.agent.id, waiting_for="customer")
        team = self._customer(4, user_id=self.colleague.id, team_id=self.team.id)
        foreign = self._customer(5, user_id=self.colleague.id)
        snoozed = self._customer(6, user_id=self.agent.id, state="snoozed")
        closed = self._customer(7, state="closed")

        self.assertEqual(self._ids("mine"), (own | answered).ids)
        self.assertEqual(self._ids("unassigned"), free.ids)
        self.assertEqual(self._ids("my_teams"), team.ids)
        self.assertEqual(self._ids("waiting_us"), (free | own | team).ids)
        self.assertEqual(self._ids("waiting_customer"), answered.ids)
        self.assertEqual(self._ids("snoozed"), snoozed.ids)
        self.assertEqual(self._ids("closed"), closed.ids)
        self.assertEqual(
            self._ids("all", self.supervisor), (free | own | answered | team | foreign).ids
        )

    def test_the_own_teams_are_asked_for_by_their_numbers(self):
        own = self._customer(1, team_id=self.team.id)
        self.team.active = False
        self.assertEqual(self._ids("my_teams"), own.ids, "members keep what they have")

        conversations = self.env["omnichannel.conversation"].with_user(self.agent)
        query = conversations.sudo()._search(conversations._inbox_boxes()["my_teams"]).select()

        self.assertNotIn("omnichannel_team", query.code.replace("omnichannel_team_idx", ""))

    def test_the_counts_are_those_of_the_boxes_and_end_somewhere(self):
        self._customer(1)
        self._customer(2, user_id=self.agent.id)
        self._customer(3, user_id=self.colleague.id)

        counts = self._inbox("mine")["counts"]

        self.assertEqual((counts["mine"], counts["unassigned"], counts["waiting_us"]), (1, 1, 2))
        self.assertNotIn("all", counts)
        partners = self.env["res.partner"].create([{"name": "X"}] * (MOST_COUNTED + 1))
        self.env["omnichannel.conversation"].create(
            [{"partner_id": p.id, "last_message_at": self.now} for p in partners]
        )
        self.assertEqual(self._inbox("mine")["counts"]["unassigned"], MOST_COUNTED)

    def test_where_nothing_was_said_or_all_of_it_moved_stands_nowhere(self):
        target = self._customer(1)
        self._customer(2, moved_to_id=target.id)
        self.env["omnichannel.conversation"].create(
            {"partner_id": self.env["res.partner"].create({"name": "Silent"}).id}
        )

        self.assertEqual(self._ids("unassigned"), target.ids)

    def test_a_row_tells_what_the_last_message_was(self):
        conversation = self._customer(1, "Is it in stock?", unread_count=1)
        conversation.write({"waiting_since": self.now, "team_id": self.team.id})
        (row,) = self._inbox("unassigned")["rows"]
        self.assertEqual((row["preview"], row["isOurs"]), ("Is it in stock?", False))
        self.assertEqual((row["channel"], row["channelLabel"]), ("sms", "SMS"))
        self.assertEqual((row["unread"], row["teamName"]), (1, "Sales"))

        conversation.action_assign_to_me()
        conversation.user_id = self.agent
        channel = conversation.channel_id.with_user(self.agent)
        channel.message_post(body="It is.", message_type="comment", omnichannel_key="sms")
        channel.message_post(body="Asked twice already", message_type="comment")

        (row,) = self._inbox("mine")["rows"]
        self.assertEqual((row["preview"], row["isOurs"]), ("It is.", True))
        self.assertEqual(row["userName"], "Agent Ada")

    def test_what_was_taken_back_is_not_quoted(self):
        conversation = self._customer(1, "My card is 4111")
        conversation.message_ids.retracted_at = self.now

        (row,) = self._inbox("unassigned")["rows"]

        self.assertEqual((row["preview"], row["isRetracted"]), ("", True))

    # === SEARCH === #

    def test_customers_are_found_by_name_and_address_in_the_box_or_everywhere(self):
        ana, closed = self._customer(1), self._customer(2, state="closed")
        (ana | closed).partner_id.name = "Ana Lima"
        self._customer(3)

        self.assertEqual(self._ids("unassigned", search="lima"), ana.ids)
        self.assertEqual(self._ids("unassigned", search="+1 202 555-0001"), ana.ids)
        self.assertEqual(self._ids("any", search="Ana"), (ana | closed).ids)
        self.assertEqual(self._ids("unassigned", search="nobody"), [])

    def test_rows_are_narrowed_by_channel(self):
        sms = self._customer(1)
        instagram = self._receive_instagram("Hi")

        self.assertEqual(self._ids("unassigned", channels=["sms"]), sms.ids)
        self.assertEqual(self._ids("unassigned", channels=["instagram"]), instagram.ids)
        self.assertEqual(len(self._ids("unassigned", channels=["sms", "instagram"])), 2)

    def test_a_saved_search_is_a_favorite_of_ones_own(self):
        conversations = self.env["omnichannel.conversation"].with_user(self.agent)
        conversations.save_inbox_search("Anas", "unassigned", "Ana", ["sms"])
        (saved,) = conversations.save_inbox_search("Anas", "waiting_us", "Ana", ["sms"])

        self.assertEqual(
            {name: saved[name] for name in ("name", "box", "search", "channels")},
            {"name": "Anas", "box": "waiting_us", "search": "Ana", "channels": ["sms"]},
        )
        self.assertFalse(conversations.with_user(self.colleague).get_inbox_searches())
        favorite = self.env["ir.filters"].browse(saved["id"])
        ana = self._customer(1)
        ana.partner_id.name = "Ana Lima"
        self._customer(2)
        self.assertEqual(conversations.search(ast.literal_eval(favorite.domain)), ana)

        conversations.with_user(self.colleague).delete_inbox_search(saved["id"])
        self.assertTrue(favorite.exists())
        self.assertFalse(conversations.delete_inbox_search(saved["id"]))
        self.assertFalse(favorite.exists())

    # === RIGHTS === #

    def test_nobody_sees_what_their_rights_do_not_allow(self):
        foreign = self._customer(1, "For Bea alone", user_id=self.colleague.id)

        for box in ("mine", "my_teams", "waiting_us"):
            self.assertEqual(self._inbox(box)["rows"], [])
            self.assertEqual(self._inbox(box)["counts"][box], 0)
            self.assertEqual(self._rows_of(foreign, box)["rows"], [])
        self.assertEqual(self._ids("any", search="0001"), [])
        self.assertEqual(self._ids("waiting_us", self.supervisor), foreign.ids)
        with self.assertRaises(ValueError):
            self._inbox("all")
        for call in (lambda: self._inbox("mine", self.employee), self._setup_of_employee):
            with self.assertRaises(AccessError):
                call()

    def _setup_of_employee(self):
        self.env["omnichannel.conversation"].with_user(self.employee).get_inbox_setup()

    def test_teams_that_keep_to_themselves_share_no_unassigned_customer(self):
        self.env.company.omnichannel_is_team_private = True
        theirs = self._customer(1, team_id=self.team.id)

        self.assertEqual(self._ids("unassigned"), theirs.ids)
        self.assertEqual(self._ids("unassigned", self.colleague), [])
        self.assertEqual(self._inbox("mine", self.colleague)["counts"]["unassigned"], 0)

    def test_a_conversation_of_another_company_is_not_there(self):
        other = self.env["res.company"].create({"name": "Other"})
        partner = self.env["res.partner"].create({"name": "Elsewhere"})
        self.env["omnichannel.conversation"].create(
            {"partner_id": partner.id, "company_id": other.id, "last_message_at": self.now}
        )

        self.assertEqual(self._ids("all", self.supervisor), [])

    def test_the_setup_says_what_there_is_to_choose(self):
        setup = self.env["omnichannel.conversation"].with_user(self.agent).get_inbox_setup()

        self.assertEqual(setup["boxes"][0], "mine")
        self.assertNotIn("all", setup["boxes"])
        self.assertEqual([c["code"] for c in setup["channels"]], ["instagram", "sms"])
        self.assertFalse(setup["canConfigure"])

    # === PAGES === #

    def test_pages_show_everything_once_whatever_comes_meanwhile(self):
        conversations = self.env["omnichannel.conversation"]
        for number in range(1, 8):
            conversations |= self._customer(number)
        # two of the same moment, and one right before
        conversations[3].last_message_at = conversations[2].last_message_at
        conversations[4].last_message_at = conversations[2].last_message_at - timedelta(
            microseconds=5
        )

        page = self._inbox("unassigned", limit=3)
        seen = [row["id"] for row in page["rows"]]
        # what was shown already and what was not move to the top, and one is closed
        moved = conversations[5]
        (conversations[0] | moved).last_message_at = self.now
        conversations[6].state = "closed"
        while page["next"]:
            page = self._inbox("unassigned", limit=2, before=page["next"])
            seen += [row["id"] for row in page["rows"]]

        self.assertEqual(len(seen), len(set(seen)))
        self.assertEqual(set(seen) | set(moved.ids), set(conversations[:6].ids))
        # what moved up is told by the notification that comes with it
        self.assertEqual([r["id"] for r in self._rows_of(moved, "unassigned")["rows"]], moved.ids)

    def test_a_row_that_changed_is_told_to_be_in_the_box_or_not(self):
        conversation = self._customer(1)
        (row,) = self._rows_of(conversation, "unassigned")["rows"]
        self.assertEqual(row["id"], conversation.id)

        conversation.user_id = self.agent

        result = self._rows_of(conversation, "unassigned")
        self.assertEqual((result["rows"], result["counts"]["unassigned"]), ([], 0))

    def test_more_rows_cost_no_more_queries(self):
        def count_queries():
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self._inbox("waiting_us")
            return self.env.cr.sql_log_count - before

        for number in range(1, 3):
            self._customer(number, user_id=self.agent.id, team_id=self.team.id)
        self._inbox("waiting_us")  # what is read once a process
        few = count_queries()
        for number in range(3, 20):
            self._customer(number, user_id=self.agent.id, team_id=self.team.id)

        self.assertEqual(count_queries(), few)
