"""Nobody answers past a message that they have not seen."""

import threading
from datetime import datetime, timezone

import psycopg2

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tests.common import HttpCase, JsonRpcException
from odoo.tools import mute_logger

from ..models.omnichannel_conversation_seen import UnseenMessages
from .common import ANA_NUMBER, OmnichannelMixin
from .delivery_common import DeliveryCase
from .race_common import TwoTransactions

NUMBER = "+12025550178"
START = datetime(2030, 1, 1, tzinfo=timezone.utc)


@tagged("-at_install", "post_install")
class TestCompareAndSend(DeliveryCase):
    def setUp(self):
        super().setUp()
        self.conversation = self._receive_sms("Hello")
        self.conversation.partner_id.name = "Ana"

    def _screen(self):
        """Return the ids of what an agent sees who has just opened the thread."""
        return self.conversation.channel_id.message_ids.ids

    def _answer_seeing(self, seen_ids, user=None):
        channel = self.conversation.channel_id.with_user(user or self.agent).sudo()
        return channel.message_post(
            body="Here we are",
            message_type="comment",
            omnichannel_key="sms",
            omnichannel_seen_ids=seen_ids,
        ).omnichannel_message_ids

    def _assert_refused(self, seen_ids, pattern=".", user=None):
        deliveries = self.env["omnichannel.delivery"].search_count([])
        with self.assertRaisesRegex(UnseenMessages, pattern) as caught:
            self._answer_seeing(seen_ids, user)
        self.assertEqual(self.env["omnichannel.delivery"].search_count([]), deliveries)
        return caught.exception.context["omnichannel_unseen_ids"]

    def test_who_has_seen_everything_may_send(self):
        self.assertEqual(self._answer_seeing(self._screen()).state, "queued")

    def test_nobody_closes_what_they_have_not_seen(self):
        """What is closed is settled: nobody would look at it again."""
        seen = self._screen()
        self._receive_sms("One more thing", sid="SM2")
        conversation = self.conversation.with_user(self.agent)

        with self.assertRaisesRegex(UserError, "read it before you close"):
            conversation.action_close(seen)
        self.assertEqual((self.conversation.state, self.conversation.waiting_for), ("open", "us"))
        conversation.action_close(self._screen())

        self.assertEqual(self.conversation.state, "closed")

    def test_a_message_that_came_meanwhile_on_any_channel_is_named(self):
        seen = self._screen()
        self._identity("phone", ANA_NUMBER).partner_id.email = "ana@example.com"
        self._receive_sms("One more thing", sid="SM2")

        unseen = self._assert_refused(seen, "New message from Ana by SMS")

        self.assertEqual(unseen, self.conversation.message_ids.sorted("id")[-1].mail_message_id.ids)

    def test_who_has_read_it_sends_again(self):
        self._receive_sms("One more thing", sid="SM2")

        self.assertTrue(self._answer_seeing(self._screen()))

    def test_what_a_colleague_answered_meanwhile_is_seen_first(self):
        seen = self._screen()
        bea = new_test_user(
            self.env, "bea", "omnichannel_connector.omnichannel_group_supervisor", name="Bea"
        )
        self._answer_seeing(seen, user=bea)

        self._assert_refused(seen, "New message from Bea by SMS")

    def test_ones_own_messages_and_notes_stand_in_no_ones_way(self):
        seen = self._screen()
        self._answer_seeing(seen)
        self.conversation.channel_id.message_post(body="A note", message_type="comment")

        self.assertTrue(self._answer_seeing(seen))

    def test_a_message_that_became_visible_late_is_noticed_although_its_id_is_lower(self):
        late = self.conversation.message_ids.mail_message_id
        self._receive_sms("Newer", sid="SM2")
        first_note = self.conversation.channel_id.message_ids.ids
        older = min(first_note) - 1

        unseen = self._assert_refused([older, max(first_note)])

        self.assertEqual(unseen, late.ids)

    def test_what_never_reached_the_customer_counts_for_nothing(self):
        seen = self._screen()
        bea = new_test_user(
            self.env, "bea", "omnichannel_connector.omnichannel_group_supervisor", name="Bea"
        )
        self._answer_seeing(seen, user=bea).state = "failed"

        self.assertTrue(self._answer_seeing(seen))

    def test_who_saw_nothing_and_who_tells_nonsense_is_refused(self):
        for odd in ([], ["x", None], "12", {"1": 2}, 7):
            self._assert_refused(odd)

    def test_programs_that_do_not_look_at_a_screen_are_not_asked(self):
        self._receive_sms("One more thing", sid="SM2")

        self.assertEqual(self._answer(self.conversation).state, "queued")


@tagged("-at_install", "post_install")
class TestCompareAndSendRoute(OmnichannelMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_accounts()

    def test_the_web_client_is_told_which_messages_it_has_not_seen(self):
        conversation = self._receive_sms("Hello")
        self.authenticate("agent", "agent")
        post_data = {
            "body": "Here we are",
            "message_type": "comment",
            "omnichannel_key": "sms",
            "omnichannel_seen_ids": [],
        }
        params = {
            "thread_model": "discuss.channel",
            "thread_id": conversation.channel_id.id,
            "post_data": post_data,
        }

        with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
            self.make_jsonrpc_request("/mail/message/post", params)

        post_data["omnichannel_seen_ids"] = conversation.channel_id.message_ids.ids
        self.make_jsonrpc_request("/mail/message/post", params)
        self.assertEqual(len(conversation.message_ids), 2)


@tagged("-at_install", "post_install")
class TestCompareAndSendRace(TwoTransactions):
    """An answer and a customer's message at the same moment."""

    lock_timeout = "30s"  # one test is about waiting

    def setUp(self):
        super().setUp()
        self.agent, self.inbound = self.one, self.two
        account = self.agent["omnichannel.account"].create(
            {
                "name": "Race",
                "channel": "sms",
                "external_id": "ACRACE2",
                "sender": "+15005550178",
                "state": "connected",
            }
        )
        self.account_id = account.id
        self._receive(self.agent, "first", 10)
        self.agent.cr.commit()
        self.conversation_id = self._identity(self.agent).partner_id.omnichannel_conversation_ids.id
        self._forget(self.agent)

    def _identity(self, env):
        return env["omnichannel.identity"].search([("value", "=", NUMBER)])

    def _remove(self, env):
        account = env["omnichannel.account"].browse(self.account_id)
        identities = self._identity(env)
        partners = identities.partner_id
        conversations = partners.omnichannel_conversation_ids
        channels, leads = conversations.channel_id, conversations.lead_id
        conversations.unlink()
        channels.unlink()
        leads.unlink()
        identities.unlink()
        partners.unlink()
        account.unlink()

    def _receive(self, env, text, minute):
        self._receive_from(env, NUMBER, text, minute)

    def _conversation(self, env):
        return env["omnichannel.conversation"].browse(self.conversation_id)

    def _look(self):
        """Let the agent's transaction begin, and return what stands on the screen."""
        return self._conversation(self.agent).channel_id.message_ids.ids

    def _send(self, seen_ids):
        self._conversation(self.agent).channel_id.message_post(
            body="Answer",
            message_type="comment",
            omnichannel_key="sms",
            omnichannel_seen_ids=seen_ids,
        )
        self.agent.flush_all()

    def _texts(self):
        self._forget(self.agent)
        messages = self._conversation(self.agent).channel_id.message_ids.sorted("id")
        return [message.preview for message in messages if not message.omnichannel_card_ids]

    def _assert_refused_on_repetition(self, seen_ids):
        """As Odoo repeats a request that another transaction came before."""
        self._forget(self.agent)
        with self.assertRaises(UnseenMessages):
            self._send(seen_ids)

    # Minutes before ten: late messages, which turn no clock forward.

    def test_a_message_committed_after_the_agent_looked_is_noticed(self):
        for number, minute in enumerate((20, 5)):
            with self.subTest(minute=minute):
                seen = self._look()
                self._receive(self.inbound, f"meanwhile {number}", minute)
                self.inbound.cr.commit()

                self._assert_conflict(lambda seen=seen: self._send(seen))
                self._assert_refused_on_repetition(seen)
                self._forget(self.agent)

    def test_a_message_that_is_being_written_is_waited_for(self):
        seen = self._look()
        self._receive(self.inbound, "meanwhile", 20)
        outcome = []

        def send():
            try:
                with mute_logger("odoo.sql_db"):
                    self._send(seen)
            except psycopg2.errors.SerializationFailure as error:
                outcome.append(error)

        waiting = threading.Thread(target=send)
        waiting.start()
        self._wait_until_blocked()
        self.inbound.cr.commit()
        waiting.join(timeout=30)

        self.assertEqual(len(outcome), 1)
        self._assert_refused_on_repetition(seen)

    def _wait_until_blocked(self):
        """Return when the agent's transaction waits for the other one's lock."""
        pid = self.agent.cr._cnx.get_backend_pid()
        with self.registry.cursor() as cr:
            for _attempt in range(10_000):
                cr.execute("SELECT cardinality(pg_blocking_pids(%s))", [pid])
                if cr.fetchone()[0]:
                    return
        self.fail("The agent's transaction waited for nothing.")

    def test_what_was_sent_first_stands_before_the_customers_message(self):
        self._conversation(self.inbound).mapped("name")  # its transaction has begun
        self._send(self._look())
        self.agent.cr.commit()

        self._assert_conflict(lambda: self._receive(self.inbound, "meanwhile", 5))
        self._forget(self.inbound)
        self._receive(self.inbound, "meanwhile", 5)
        self.inbound.cr.commit()

        self.assertEqual(self._texts(), ["first", "Answer", "meanwhile"])
