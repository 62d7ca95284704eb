import itertools
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, new_test_user, tagged

from ..channels import ADAPTERS
from ..channels.base import ChannelAdapter
from ..channels.events import Call, CallState, InboundEvent, Kind, Media, RawEvent
from .common import ANA_NUMBER, OUR_NUMBER, TWILIO_SID, OmnichannelCase, OmnichannelMixin

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=timezone.utc)


class PhoneAdapter(ChannelAdapter):
    """Calls whose stored events say what they mean."""

    code = "voice"
    label = "Phone"
    identity_kind = "phone"
    actions = frozenset()
    needs_order = False

    def verify(self, request):
        """Trust it: these tests are about what comes after."""

    def split(self, request):
        return []

    def parse(self, payload):
        call = {**payload["call"]}
        if call.get("state"):
            call["state"] = CallState(call["state"])
        return InboundEvent(
            kind=Kind.CALL,
            occurred_at=datetime.fromisoformat(payload["at"]),
            identity=payload["identity"],
            external_id=call["external_id"],
            is_recovered=payload["is_recovered"],
            call=Call(**call),
        )

    def normalize(self, address):
        return address

    def parts(self, text, media=()):
        return []

    def send(self, message):
        raise NotImplementedError

    def fetch(self, media):
        return Media(b"ID3\x04\0\0\0\0\0\0", "audio/mpeg")


class CallMixin(OmnichannelMixin):
    """An account that takes calls, and the ways to let events of calls arrive."""

    @classmethod
    def _set_up_voice(cls):
        cls.startClassPatcher(
            patch.object(
                type(cls.env["omnichannel.account"]),
                "_adapter_classes",
                lambda _self: {**ADAPTERS, "voice": PhoneAdapter},
            )
        )
        cls.voice = cls.env["omnichannel.account"].create(
            {
                "name": "Hotline",
                "channel": "voice",
                "external_id": TWILIO_SID,
                "sender": OUR_NUMBER,
                "state": "connected",
            }
        )
        cls.keys = itertools.count()

    def _store_call(self, identity=ANA_NUMBER, at=None, is_recovered=False, sid="CA1", **call):
        """Store one event of a call; a child leg has an empty identity."""
        payload = {
            "identity": identity,
            "at": (at or datetime.now(timezone.utc)).isoformat(),
            "is_recovered": is_recovered,
            "call": {"external_id": sid, **call},
        }
        raw = RawEvent(f"call:{next(self.keys)}", sid, payload)
        return self.env["omnichannel.event"]._store(self.voice.id, [raw])

    def _receive_call(self, *args, **kwargs):
        """Let one event of a call arrive and be processed. Return the call."""
        self._store_call(*args, **kwargs)._process()
        return self._call(kwargs.get("sid", "CA1"))

    def _call(self, sid="CA1"):
        return self.env["omnichannel.call"].search([("message_id.external_id", "=", sid)])


class CallCase(CallMixin, OmnichannelCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_voice()


@tagged("-at_install", "post_install")
class TestCall(CallCase):
    """A call is one entry in the customer's thread that fills in."""

    def test_a_missed_call_of_a_stranger_opens_a_conversation_that_waits_for_us(self):
        call = self._receive_call(state="ringing")
        self.assertIn("ringing", call.message_id.preview)

        self._receive_call(state="missed")

        conversation = call.conversation_id
        self.assertEqual(self._texts(conversation), ["Missed call"])
        self.assertEqual((conversation.state, conversation.waiting_for), ("open", "us"))
        self.assertEqual(conversation.last_channel, "voice")
        self.assertTrue(conversation.lead_id)
        self.assertEqual(conversation.partner_id.phone, ANA_NUMBER)

    def test_one_entry_fills_in_as_events_arrive(self):
        call = self._receive_call(state="ringing")
        self._receive_call(identity="", state="answered", answered_by="+15550001111")
        self._receive_call(identity="", state="ended", answered_by="+15550001111", seconds=200)
        self._receive_call(state="missed")  # how the caller's own leg ends, whoever answered
        self._receive_call(
            identity="", recording_url="https://api.twilio.com/rec/RE1", recording_seconds=195
        )
        self._receive_call(identity="", transcript="I want <b>two</b>\nlamps")

        body = call.message_id.mail_message_id.body
        self.assertEqual(len(call.conversation_id.message_ids), 1)
        self.assertIn("Incoming call, 3 min 20 s", body)
        self.assertIn("+15550001111", body)
        self.assertIn("Recording, 3 min 15 s", body)
        self.assertNotIn("api.twilio.com", body, "it needs the account's credentials")
        self.assertIn("I want &lt;b&gt;two&lt;/b&gt;", body)
        self.assertFalse(call.conversation_id.waiting_for, "who was spoken to waits for nobody")

    def test_a_live_transcript_says_who_speaks(self):
        call = self._receive_call(state="ended", answered_by="+15550001111", seconds=9)
        self._receive_call(identity="", transcript="2. ▸ Which one?")
        self._receive_call(identity="", transcript="1. ◂ Is it in stock?")

        self.assertIn(
            "Customer: Is it in stock?<br>We: Which one?", call.message_id.mail_message_id.body
        )

    def test_a_voice_message_is_a_missed_call(self):
        call = self._receive_call(state="missed", recording_url="https://x/1", recording_seconds=5)

        self.assertIn("Missed call", call.message_id.preview)
        self.assertIn("Voice message, 5 s", call.message_id.preview)

    def test_a_recording_of_an_old_call_does_not_ring(self):
        self._receive_call(recording_url="https://x/1")

        self.assertFalse(self.env["bus.bus"].search([("message", "like", "omnichannel/ringing")]))

    def test_a_call_joins_what_the_same_number_wrote(self):
        conversation = self._receive_sms("Do you deliver?")

        call = self._receive_call(state="missed")

        self.assertEqual(call.conversation_id, conversation)
        self.assertEqual(self._texts(conversation), ["Do you deliver?", "Missed call"])

    def test_what_comes_before_its_call_waits_for_it(self):
        """A recording names no customer: dropped, the recording would be lost."""
        early = self._store_call(identity="", recording_url="https://api.twilio.com/rec/RE1")
        early._process()
        self.assertEqual((early.state, early.target), ("early", "CA1"))

        call = self._receive_call(state="ended", seconds=5)
        self.assertEqual(early.state, "new")
        early._process()

        self.assertEqual(early.state, "done")
        self.assertEqual(call.recording_url, "https://api.twilio.com/rec/RE1")

    def test_a_batch_in_any_order_is_one_call(self):
        events = self._store_call(identity="", state="answered", at=NOW - timedelta(seconds=5))
        events += self._store_call(state="ringing", at=NOW)
        events += self._store_call(state="ended", seconds=7, at=NOW - timedelta(seconds=1))

        events._process()
        events.write({"state": "new"})
        events._process()

        call = self._call()
        self.assertEqual((call.state, call.seconds), ("ended", 7))
        self.assertEqual(len(call.conversation_id.message_ids), 1)
        self.assertEqual(set(events.mapped("state")), {"done"})

    def test_an_answered_call_of_ours_is_an_answer(self):
        conversation = self._receive_sms("Please call me")

        call = self._receive_call(is_outbound=True, state="ringing")
        self.assertEqual(conversation.waiting_for, "us", "it only rings")
        self._receive_call(is_outbound=True, state="ended", seconds=61)

        self.assertEqual(conversation.waiting_for, "customer")
        self.assertEqual((call.message_id.direction, call.message_id.origin), ("outbound", "agent"))
        self.assertIn("Outgoing call, 1 min 1 s", call.message_id.preview)

    def test_whom_we_did_not_reach_still_waits(self):
        conversation = self._receive_sms("Please call me")

        self._receive_call(is_outbound=True, state="missed")

        self.assertEqual(conversation.waiting_for, "us")
        self.assertEqual(self._texts(conversation)[-1], "Outgoing call, not answered")

    def test_a_late_recording_does_not_reopen_a_closed_conversation(self):
        call = self._receive_call(state="ended", seconds=60)
        call.conversation_id.action_close()

        self._receive_call(identity="", recording_url="https://api.twilio.com/rec/RE1")

        self.assertEqual(call.conversation_id.state, "closed")

    def test_a_call_stops_follow_ups(self):
        conversation = self._receive_sms("Hello")
        sequence = self.env["omnichannel.sequence"].search([], limit=1)
        enrollment = self.env["omnichannel.enrollment"].create(
            {"sequence_id": sequence.id, "conversation_id": conversation.id}
        )

        self._receive_call(state="missed")

        self.assertEqual((enrollment.state, enrollment.stop_reason), ("stopped", "replied"))

    def test_the_bubble_tells_about_the_call(self):
        call = self._receive_call(state="missed")

        value = call.message_id._to_store_value()

        self.assertEqual(value["call"]["state"], "missed")
        self.assertEqual(value["stateLabel"], value["call"]["stateLabel"])
        other = self._receive_sms("No call", sender="+12025550199").message_ids
        self.assertIsNone(other._to_store_value()["call"])

    def test_agents_see_the_calls_of_their_customers_only(self):
        call = self._receive_call(state="missed")
        calls = self.env["omnichannel.call"].with_user(self.agent)
        self.assertEqual(calls.search([]), call)

        call.conversation_id.user_id = self.env.ref("base.user_admin")

        self.assertFalse(calls.search([]))


@tagged("-at_install", "post_install")
class TestAnonymousCaller(CallCase):
    """Callers who hide their number are many people, and none of them is a known one."""

    def setUp(self):
        super().setUp()
        self.nobody = self.env["res.partner"].create({"name": "Without a number"})
        self.first = self._receive_call(identity="anonymous", sid="CA1", state="missed")
        self.second = self._receive_call(identity="anonymous", sid="CA2", state="missed")

    def test_they_share_a_record_that_is_no_customers(self):
        conversation = self.first.conversation_id

        self.assertEqual(self.second.conversation_id, conversation)
        self.assertEqual(conversation.partner_id.company_id, self.voice.company_id)
        self.assertFalse(conversation.lead_id)
        self.assertFalse(self.nobody.omnichannel_conversation_ids)
        self.assertNotEqual(conversation, self._receive_sms("From a word", sender="anonymous"))

    def test_nothing_can_be_sent_to_them(self):
        self.assertFalse(self.first.conversation_id.get_send_choices())

    def test_they_become_nobody_else(self):
        partner = self.first.conversation_id.partner_id
        with self.assertRaises(ValidationError):
            partner.phone = ANA_NUMBER
        with self.assertRaises(UserError):
            self.env["base.partner.merge.automatic.wizard"]._merge(
                (partner | self.nobody).ids, self.nobody, extra_checks=False
            )

    def test_each_company_has_its_own(self):
        company = self.env["res.company"].create({"name": "Another shop"})
        self.voice.company_id = company

        third = self._receive_call(identity="anonymous", sid="CA3", state="missed")

        self.assertEqual(third.conversation_id.company_id, company)
        self.assertNotEqual(third.conversation_id, self.first.conversation_id)


@tagged("-at_install", "post_install")
class TestRinging(CallCase):
    """A ringing call is shown to who may pick it up, with what the customer wrote last."""

    def setUp(self):
        super().setUp()
        self.sent = []
        bus = type(self.env["bus.bus"])
        send = bus._sendone

        def record(bus_self, target, kind, message):
            if kind.startswith("omnichannel/ringing"):
                self.sent.append((target, kind, message))
            return send(bus_self, target, kind, message)

        self.startPatcher(patch.object(bus, "_sendone", record))

    def test_all_agents_are_told_and_told_when_it_is_over(self):
        call = self._receive_call(state="ringing")
        self._receive_call(identity="", state="answered")
        self._receive_call(state="ended", seconds=3)

        agents = (self.env.company, "omnichannel_agents")
        ids = {
            "call_id": call.id,
            "conversation_id": call.conversation_id.id,
            "account_id": self.voice.id,
        }
        self.assertEqual(self.sent[0], (agents, "omnichannel/ringing", ids))
        self.assertEqual(self.sent[1], (agents, "omnichannel/ringing_end", {"call_id": call.id}))

    def test_only_the_accounts_agents_are_told_where_it_names_some(self):
        self.voice.user_ids = self.agent

        self._receive_call(state="ringing")

        self.assertEqual([target for target, _kind, _message in self.sent], [self.agent.partner_id])

    def test_who_was_told_is_told_of_the_end_also_when_somebody_took_it(self):
        for users in (self.env["res.users"], self.agent | self.env.ref("base.user_admin")):
            with self.subTest(users=users.mapped("login")):
                self.sent.clear()
                self.voice.user_ids = users
                sid = f"CA{len(users)}"
                call = self._receive_call(sid=sid, state="ringing")
                told = {target for target, kind, _m in self.sent if kind.endswith("ringing")}

                call.conversation_id.user_id = self.agent
                self._receive_call(sid=sid, identity="", state="answered")

                ended = [(t, message) for t, kind, message in self.sent if kind.endswith("_end")]
                self.assertLessEqual(told, {target for target, _message in ended})
                self.assertEqual([m for _t, m in ended], [{"call_id": call.id}] * len(ended))
                call.conversation_id.user_id = False

    def test_what_nobody_can_pick_up_any_more_does_not_ring(self):
        self._receive_call(sid="CA1", state="ringing", at=self._ago(minutes=2))
        self._receive_call(sid="CA2", state="ringing", is_recovered=True)
        self._receive_call(sid="CA3", state="ringing", is_outbound=True)
        self._receive_call(sid="CA4", state="missed")

        self.assertFalse(self.sent)

    def test_the_agent_sees_who_calls_and_what_they_wrote_last(self):
        conversation = self._receive_sms("Where is my lamp?")
        conversation.partner_id.name = "Ana Silva"
        call = self._receive_call(state="ringing")

        shown = self.env["omnichannel.call"].with_user(self.agent).get_ringing(call.id)

        self.assertEqual(shown["customer"], "Ana Silva")
        self.assertEqual(shown["number"], ANA_NUMBER)
        self.assertEqual(shown["account"], "Hotline")
        self.assertEqual((shown["last_channel"], shown["last_text"]), ("SMS", "Where is my lamp?"))
        self.assertEqual(shown["channel_id"], conversation.channel_id.id)

    def test_a_call_that_is_over_is_not_shown(self):
        call = self._receive_call(state="ringing")
        self._receive_call(state="missed")

        self.assertFalse(self.env["omnichannel.call"].with_user(self.agent).get_ringing(call.id))

    def test_who_may_not_read_the_conversation_learns_nothing(self):
        call = self._receive_call(state="ringing")
        call.conversation_id.user_id = self.env.ref("base.user_admin")
        employee = new_test_user(self.env, "employee", "base.group_user")

        for user in (self.agent, employee):
            with self.assertRaises(AccessError):
                self.env["omnichannel.call"].with_user(user).get_ringing(call.id)


@tagged("-at_install", "post_install")
class TestRecording(CallMixin, HttpCase):
    """Who may read a call may listen to it, without the provider's credentials."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_accounts()
        cls._set_up_voice()

    def test_an_agent_listens_and_others_find_nothing(self):
        call = self._receive_call(state="missed", recording_url="https://x.example/1")
        address = call.message_id._to_store_value()["call"]["recordingUrl"]
        new_test_user(self.env, "employee", "base.group_user")

        self.authenticate("agent", "agent")
        heard = self.url_open(address)
        self.assertEqual((heard.status_code, heard.headers["Content-Type"]), (200, "audio/mpeg"))
        self.assertEqual(heard.headers["Cache-Control"], "private, no-store")

        self.assertEqual(self.url_open(f"{address}9").status_code, 404)
        call.conversation_id.user_id = self.env.ref("base.user_admin")
        self.assertEqual(self.url_open(address).status_code, 404)
        self.authenticate("employee", "employee")
        self.assertEqual(self.url_open(address).status_code, 404)
