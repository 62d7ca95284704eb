from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .waiting_common import WaitingCase


@tagged("-at_install", "post_install")
class TestWaiting(WaitingCase):
    def test_a_customer_waits_since_the_first_message_that_nobody_answered(self):
        conversation = self._says(0)
        self._says(5)

        self.assertEqual(conversation.waiting_since, self._at(0))
        self.assertEqual(conversation.unread_count, 2)
        self._assert_derived(conversation)

        self._answer(conversation, 10)
        self.assertFalse(conversation.waiting_since)
        self.assertEqual(conversation.unread_count, 0)

        self._says(12)
        self.assertEqual((conversation.waiting_since, conversation.unread_count), (self._at(12), 1))
        self._assert_derived(conversation)

    def test_automatic_messages_answer_nothing_and_ask_nothing(self):
        conversation = self._says(0)
        identity = conversation.identity_ids

        conversation._note_message(self._at(1), "sms", "outbound", identity, is_automatic=True)
        self._says(2, is_automatic=True)

        self.assertEqual(conversation.waiting_since, self._at(0))
        self.assertEqual((conversation.waiting_for, conversation.unread_count), ("us", 1))

    def test_an_answer_in_the_providers_app_counts_in_the_same_batch_too(self):
        conversation = self._receive(
            self._item(0), self._item(1, is_echo=True), self._item(2), self._item(3)
        )

        self.assertEqual(conversation.waiting_since, self._at(2))
        self.assertEqual(conversation.unread_count, 2)
        self._assert_derived(conversation)

    def test_a_late_message_that_was_answered_already_makes_nobody_wait(self):
        conversation = self._says(0)
        self._answer(conversation, 10)

        self._says(5)

        self.assertFalse(conversation.waiting_since)
        self.assertEqual(conversation.unread_count, 1, "nobody saw it")
        self._assert_derived(conversation)

    def test_a_late_message_before_the_answer_that_is_missing_counts_from_its_own_time(self):
        conversation = self._says(10)

        self._says(5)

        self.assertEqual(conversation.waiting_since, self._at(5))
        self._assert_derived(conversation)

    def test_an_answer_that_comes_late_leaves_what_was_written_after_it(self):
        conversation = self._says(0)
        self._says(10)
        self._says(20)

        self._says(5, is_echo=True)

        self.assertEqual(conversation.waiting_since, self._at(10))
        self.assertEqual(conversation.unread_count, 0, "it was written by who saw the thread")
        self._assert_derived(conversation)

    def test_messages_of_one_moment_count_in_the_order_of_their_coming(self):
        conversation = self._receive(self._item(0), self._item(0, is_echo=True))
        self.assertFalse(conversation.waiting_since)
        self._assert_derived(conversation)

        self._says(0)
        self.assertEqual(conversation.waiting_since, self._at(0))
        self._assert_derived(conversation)

    def test_the_batch_asks_the_database_as_often_for_many_messages_as_for_few(self):
        self._receive(*(self._item(0, sender=f"+120255502{n:02}") for n in range(30)))

        def count(minutes, number):
            items = [self._item(minutes, sender=f"+120255502{n % 30:02}") for n in range(number)]
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._receive(*items)
            return self.cr.sql_log_count - before

        count(1, 30)
        # one insert per message row of ours and Odoo's may be grouped; none may be per message
        self.assertLessEqual(count(3, 60) - count(2, 30), 4)

    # === CLOSING === #

    def test_what_was_closed_without_an_answer_waits_no_more(self):
        conversation = self._says(0)

        conversation.with_user(self.agent).action_close()

        self.assertFalse(conversation.waiting_since)
        self.assertEqual(conversation.unread_count, 0)
        self._assert_derived(conversation)

        self._says(30)
        self.assertEqual((conversation.waiting_since, conversation.unread_count), (self._at(30), 1))
        self._assert_derived(conversation)

    # === SEEN === #

    def test_what_the_assignee_read_is_read(self):
        conversation = self._says(0)
        conversation.user_id = self.agent
        seen = conversation.message_ids.mail_message_id
        self._says(1)
        member = conversation.channel_id.channel_member_ids

        member.with_user(self.agent)._mark_as_read(seen.id)

        self.assertEqual(conversation.unread_count, 1)
        self.assertEqual(conversation.waiting_since, self._at(0), "seen is not answered")
        self._assert_derived(conversation)

    def test_who_looks_at_a_free_conversation_has_seen_it(self):
        conversation = self._says(0)
        last = conversation.message_ids.mail_message_id

        left = conversation.with_user(self.agent).mark_seen(last.id)

        self.assertEqual((left, conversation.unread_count), (0, 0))
        self._says(1)
        self.assertEqual(conversation.unread_count, 1)
        self._assert_derived(conversation)

    def test_a_look_at_a_colleagues_conversation_is_no_reading(self):
        boss = new_test_user(self.env, "b", "omnichannel_connector.omnichannel_group_supervisor")
        conversation = self._says(0)
        conversation.user_id = self.agent

        conversation.with_user(boss).mark_seen(conversation.message_ids.mail_message_id.id)

        self.assertEqual(conversation.unread_count, 1)

    def test_nobody_marks_what_they_may_not_read(self):
        other = new_test_user(self.env, "o", "omnichannel_connector.omnichannel_group_agent")
        conversation = self._says(0)
        conversation.user_id = self.agent
        last = conversation.message_ids.mail_message_id.id

        with self.assertRaises(AccessError):
            conversation.with_user(other).mark_seen(last)

    def test_what_was_seen_stays_so_wherever_a_link_brings_it(self):
        conversation = self._says(0)
        conversation.with_user(self.agent).mark_seen(conversation.message_ids.mail_message_id.id)
        self._says(1)
        bob = self.env["res.partner"].create({"name": "Bob"})

        links = conversation.identity_ids._link(bob, "staff")
        target = bob.omnichannel_conversation_ids
        self.assertEqual((target.unread_count, target.waiting_since), (1, self._at(0)))

        links._undo()
        self.assertEqual((conversation.unread_count, conversation.waiting_since), (1, self._at(0)))
        self.assertEqual((target.unread_count, target.waiting_since), (0, False))

    # === CLIENT === #

    def test_the_header_tells_it_live(self):
        conversation = self._says(0)
        values = []
        self.patch(
            type(conversation),
            "_push_header",
            lambda c, former=None: values.append(c._to_store_value()),
        )

        self._says(1)
        self._answer(conversation, 2)

        self.assertEqual(values[0]["unread_count"], 2)
        self.assertTrue(values[0]["waiting_since"])
        self.assertEqual((values[-1]["unread_count"], values[-1]["waiting_since"]), (0, ""))

    def test_lists_show_the_last_words_without_a_query_each(self):
        one = self._says(0)
        two = self._says(1, sender="+12025550188")
        self._answer(two, 2, body="Of course")
        both = one | two
        self.env.invalidate_all()

        with self.assertQueryCount(6):
            texts = [conversation.last_preview for conversation in both.with_user(self.agent)]

        self.assertEqual(texts[1], "We: Of course")
        self.assertTrue(texts[0].startswith("w"))

    def test_lists_say_how_long_somebody_waits(self):
        conversation = self._says(0)

        with self._freeze(125):
            conversation.invalidate_recordset(["waiting_text"])
            self.assertEqual(conversation.waiting_text, "2 h 5 min")
        with self._freeze(60 * 49):
            conversation.invalidate_recordset(["waiting_text"])
            self.assertEqual(conversation.waiting_text, "2 d 1 h")
