import ast

import psycopg2
from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .test_target import TargetCase


@tagged("-at_install", "post_install")
class TestEpisode(TargetCase):
    def _episodes(self, conversation):
        self.env.flush_all()
        return self.env["omnichannel.episode"].search(
            [("conversation_id", "in", conversation.ids)], order="id"
        )

    def _close(self, conversation, minutes):
        with self._freeze(minutes):
            conversation.with_user(self.agent).action_close()

    def test_from_the_first_message_to_the_closing(self):
        self._targets(calendar_id=self.calendar.id)
        conversation = self._waiting()
        self._says(1)
        self._answer(conversation, 90)
        self._answer(conversation, 95)
        self._close(conversation, 120)

        episode = self._episodes(conversation)

        self.assertEqual(len(episode), 1)
        self.assertEqual(episode.opened_at, self._at(0))
        self.assertEqual(episode.first_response_at, self._at(90))
        self.assertAlmostEqual(episode.first_response_wall_minutes, 90)
        self.assertAlmostEqual(episode.first_response_minutes, 30, msg="they begin at nine")
        self.assertEqual((episode.user_id, episode.team_id), (self.agent, self.team))
        self.assertEqual(episode.closed_at, self._at(120))
        self.assertAlmostEqual(episode.resolution_hours, 2)
        self.assertEqual((episode.inbound_count, episode.outbound_count), (2, 2))
        self.assertEqual((episode.channel, episode.is_target_missed), ("sms", False))

    def test_a_customer_who_comes_back_begins_another_one(self):
        conversation = self._says(0)
        self._close(conversation, 10)
        self._says(20)
        self._says(21)

        first, second = self._episodes(conversation)

        self.assertEqual(first.user_id, self.agent, "who closed it")
        self.assertFalse(first.first_response_at)
        self.assertEqual((second.opened_at, second.closed_at), (self._at(20), False))

    def test_what_we_begin_is_none(self):
        conversation = self._says(0)
        self._close(conversation, 10)

        self._answer(conversation, 20)

        self.assertEqual(len(self._episodes(conversation)), 1)

    def test_automatic_messages_begin_and_answer_nothing(self):
        conversation = self._says(0, is_automatic=True)
        self.assertFalse(self._episodes(conversation))

    def test_question_and_answer_may_come_in_one_batch(self):
        conversation = self._receive(self._item(0), self._item(4, is_echo=True))

        episode = self._episodes(conversation)

        self.assertAlmostEqual(episode.first_response_wall_minutes, 4)

    def test_many_customers_open_theirs_with_one_statement(self):
        numbers = [f"+120255503{number:02}" for number in range(20)]
        conversations = self._receive(*(self._item(0, sender=number) for number in numbers))
        self.assertEqual(self._episodes(conversations).conversation_id, conversations)

    def test_a_late_answer_misses_the_target_for_good(self):
        self._targets()
        conversation = self._waiting()
        self._answer(conversation, 61)
        self._says(70)
        self._answer(conversation, 71)

        self.assertTrue(self._episodes(conversation).is_target_missed)

    def test_a_matter_that_is_closed_overdue_misses_it_too(self):
        self._targets()
        conversation = self._waiting()

        self._close(conversation, 61)

        self.assertTrue(self._episodes(conversation).is_target_missed)

    def test_there_is_one_open_at_most(self):
        conversation = self._says(0)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.cr.savepoint(),
        ):
            self._episodes(conversation).copy({"opened_at": self._at(1)})

    # === ANSWERS === #

    def test_each_answer_says_how_long_it_took_and_who_gave_it(self):
        self._targets(calendar_id=self.calendar.id)
        conversation = self._waiting()

        first = self._answer(conversation, 90)
        more = self._answer(conversation, 92)

        self.assertAlmostEqual(first.response_minutes, 90)
        self.assertAlmostEqual(first.response_working_minutes, 30)
        self.assertEqual((first | more).user_id, self.agent)
        self.env.cr.execute(
            "SELECT response_minutes FROM omnichannel_message WHERE id = %s", more.ids
        )
        self.assertIsNone(self.env.cr.fetchone()[0], "averages leave it out")

    # === LINKS === #

    def test_a_customer_who_is_linked_waits_in_one_episode(self):
        conversation = self._says(0)
        bob = self.env["res.partner"].create({"name": "Bob"})

        links = conversation.identity_ids._link(bob, "staff")
        target = bob.omnichannel_conversation_ids
        self.assertFalse(self._episodes(conversation), "nothing was done there")
        self.assertEqual(self._episodes(target).opened_at, self._at(0))

        links._undo()
        self.assertFalse(self._episodes(target))
        self.assertEqual(self._episodes(conversation).opened_at, self._at(0))

    def test_what_was_done_stays_where_it_was(self):
        conversation = self._says(0)
        self._answer(conversation, 3)
        bob = self.env["res.partner"].create({"name": "Bob"})

        links = conversation.identity_ids._link(bob, "staff")
        episode = self._episodes(conversation)
        self.assertAlmostEqual(episode.first_response_wall_minutes, 3)
        self.assertTrue(episode.closed_at)

        links._undo()
        self.assertEqual(self._episodes(conversation), episode)

    def test_merged_customers_keep_all_of_them(self):
        one = self._says(0)
        two = self._says(5, sender="+12025550188")
        self._answer(two, 6)
        self._close(two, 7)
        self._says(8, sender="+12025550188")

        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (one | two).partner_id.ids, one.partner_id, extra_checks=False
        )

        left = self._episodes(one)
        self.assertEqual(len(left), 2)
        self.assertEqual(left.filtered(lambda e: not e.closed_at).opened_at, self._at(0))

    # === RIGHTS === #

    def test_agents_see_those_of_what_they_may_see_and_change_none(self):
        other = new_test_user(self.env, "o", "omnichannel_connector.omnichannel_group_agent")
        conversation = self._says(0)
        conversation.user_id = self.agent
        episode = self._episodes(conversation)
        reports = self.env["omnichannel.message.report"]
        mine = [("conversation_id", "=", conversation.id)]

        self.assertTrue(episode.with_user(self.agent).opened_at)
        self.assertEqual(reports.with_user(self.agent).search_count(mine), 1)
        self.assertFalse(episode.with_user(other).search([("id", "=", episode.id)]))
        self.assertFalse(reports.with_user(other).search_count(mine))
        self.assertTrue(episode.with_user(self.boss).search([("id", "=", episode.id)]))
        with self.assertRaises(AccessError):
            episode.with_user(self.agent).write({"closed_at": self._at(1)})

    # === REPORTS === #

    def test_volume_begins_with_the_last_thirty_days(self):
        action = self.env.ref("omnichannel_connector.omnichannel_message_report_action")
        self.assertTrue(ast.literal_eval(action.context)["search_default_last_30_days"])
        view = self.env.ref("omnichannel_connector.omnichannel_message_report_view_search")
        (period,) = etree.fromstring(view.arch).xpath("//filter[@name='last_30_days']/@domain")
        old, recent = self._says(0), self._says(60 * 24 * 20, sender="+12025550188")
        reports = self.env["omnichannel.message.report"]

        with self._freeze(60 * 24 * 40):
            found = reports.search(ast.literal_eval(period)).conversation_id

        self.assertIn(recent, found)
        self.assertNotIn(old, found)

    def test_volume_of_some_days_reads_their_messages_only(self):
        self._says(0)
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        reports = self.env["omnichannel.message.report"]
        sql = reports._search([("occurred_at", ">=", self._at(0))]).select()

        plan = "\n".join(row[0] for row in self.env.execute_query(SQL("EXPLAIN %s", sql)))

        # on either index that has the time: a table of a few rows leaves the planner the choice
        self.assertRegex(plan, r"Index Cond: .*\boccurred_at >=")

    def test_volume_by_hour_is_in_the_users_time_zone(self):
        conversation = self._says(0)
        reports = self.env["omnichannel.message.report"].with_context(tz="Asia/Tokyo")

        groups = reports._read_group(
            [("conversation_id", "=", conversation.id)],
            ["hour", "weekday", "channel", "direction"],
            ["__count"],
        )

        self.assertEqual(groups, [("17:00", "1", "sms", "inbound", 1)])
