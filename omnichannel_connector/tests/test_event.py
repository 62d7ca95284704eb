import json
from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..channels.events import RawEvent
from ..models import omnichannel_event, omnichannel_event_process
from .common import ANA_IGSID, OmnichannelCase, instagram_item

EVENT_LOGGER = "odoo.addons.omnichannel_connector.models.omnichannel_event_process"


@tagged("-at_install", "post_install")
class TestEvent(OmnichannelCase):
    def _drain(self):
        self.env["omnichannel.event"].search([]).write({"received_at": "2026-01-01 00:00:00"})
        for shard in range(omnichannel_event.SHARDS):
            self._run_cron(f"ir_cron_omnichannel_event_{shard}")

    def test_there_is_a_scheduled_action_for_every_shard(self):
        codes = self.env["ir.cron"].search([("code", "like", "_cron_process(")]).mapped("code")

        shards = [f"model._cron_process({shard})" for shard in range(omnichannel_event.SHARDS)]
        self.assertEqual(sorted(codes), shards)

    def test_the_processor_drains_everything_that_is_stored(self):
        for number in range(30):
            self._store_instagram(
                instagram_item(f"Text {number}", sender=f"90{number}", mid=f"mid.{number}")
            )

        with patch.object(omnichannel_event_process, "BATCH_SIZE", 4):
            self._drain()

        self.assertEqual(self.env["omnichannel.message"].search_count([]), 30)
        self.assertFalse(self.env["omnichannel.event"].search([("state", "!=", "done")]))

    def test_storing_wakes_the_processor_of_the_shard_only(self):
        self.env["ir.cron.trigger"].search([]).unlink()

        event = self._store_instagram(instagram_item())

        triggered = self.env["ir.cron.trigger"].search([]).cron_id
        cron = self.env.ref(f"omnichannel_connector.ir_cron_omnichannel_event_{event.shard}")
        self.assertEqual(triggered, cron)

    def test_one_customer_is_always_in_one_shard(self):
        events = self._store_instagram(
            instagram_item("One", mid="mid.1"),
            instagram_item("Two", mid="mid.2"),
            instagram_item("Echo", mid="mid.3", echo=True),
        )

        self.assertEqual(len(set(events.mapped("shard"))), 1)

    @mute_logger(EVENT_LOGGER)
    def test_an_event_that_fails_is_kept_and_blocks_nobody(self):
        self._store_instagram(instagram_item("Before", mid="mid.1", at=self._ago(minutes=3)))
        poison = self._store_instagram(instagram_item("Poison", mid="mid.2"))
        poison.write({"payload": {"item": "not what it was"}})
        self._store_instagram(instagram_item("After", mid="mid.3"))
        self._store_instagram(instagram_item("Other", mid="mid.4", sender="901"))
        render = type(self.env["omnichannel.conversation"])._render_body

        def explode(conversation, inbound):
            if inbound.external_id == "mid.2":
                raise ZeroDivisionError
            return render(conversation, inbound)

        poison.write({"payload": self._payload("Poison", "mid.2")})
        with patch.object(type(self.env["omnichannel.conversation"]), "_render_body", explode):
            self._drain()

        self.assertEqual(poison.state, "failed")
        self.assertIn("ZeroDivisionError", poison.error)
        conversation = self._identity(
            "instagram", ANA_IGSID
        ).partner_id.omnichannel_conversation_ids
        self.assertEqual(self._texts(conversation), ["Before", "After"])
        self.assertEqual(self.env["omnichannel.message"].search_count([]), 3)

    def _payload(self, text, mid):
        item = instagram_item(text, mid=mid)
        return {"entry_id": self.instagram.external_id, "source": "messaging", "item": item}

    @mute_logger(EVENT_LOGGER)
    def test_a_failed_event_can_be_tried_again(self):
        event = self._store_instagram(instagram_item("Hello"))
        conversations = type(self.env["omnichannel.conversation"])
        with patch.object(conversations, "_receive", side_effect=ZeroDivisionError):
            self._drain()
        self.assertEqual(event.state, "failed")

        event.action_retry()
        self._drain()

        self.assertEqual((event.state, event.error), ("done", False))
        self.assertEqual(self.env["omnichannel.message"].search_count([]), 1)

    def test_processing_an_event_again_changes_nothing(self):
        conversation = self._receive_instagram("Hello")
        before = (self._texts(conversation), conversation.last_message_at, conversation.lead_id)
        event = self.env["omnichannel.event"].search([])

        for _ in range(3):
            event.state = "new"
            event._process()

        after = (self._texts(conversation), conversation.last_message_at, conversation.lead_id)
        self.assertEqual(after, before)
        self.assertEqual(self.env["omnichannel.message"].search_count([]), 1)

    def test_what_nobody_understands_is_kept_and_counted(self):
        item = {**instagram_item(), "sticker_dance": {"mid": "x"}}
        del item["message"]
        event = self._store_sms()
        event.write({"account_id": self.instagram.id})
        event.payload = {
            "entry_id": self.instagram.external_id,
            "source": "messaging",
            "item": item,
        }

        event._process()

        self.assertEqual((event.state, event.kind), ("done", "unknown"))
        self.assertIn("sticker_dance", json.dumps(event.payload))

    def test_events_of_a_burst_wait_for_each_other(self):
        events = self.env["omnichannel.event"]
        wait = events._settle_wait

        self.assertEqual(wait([timedelta(seconds=1)]), 0, "one quiet event is due")
        self.assertGreater(wait([timedelta(milliseconds=10)]), 0, "a fresh one waits a little")
        self.assertGreater(wait([timedelta(seconds=1), timedelta(milliseconds=900)]), 0)
        self.assertEqual(wait([timedelta(seconds=9), timedelta(0)]), 0, "nobody waits for ever")

    def _count_calls(self, is_urgent):
        """Store two events in quick succession; return how often the scheduler was woken."""
        calls = []
        with patch.object(type(self.env["ir.cron"]), "_notifydb", lambda cron: calls.append(1)):
            for number in range(2):
                raw = RawEvent(f"urgent:{is_urgent}:{number}", "somebody", {})
                self.env["omnichannel.event"]._store(self.sms.id, [raw], is_urgent=is_urgent)
                self.env.cr.postcommit.run()
        return len(calls)

    def test_each_event_of_a_call_wakes_the_scheduler(self):
        """Its processor does not wait for siblings: the one of a moment ago may be through."""
        self.assertEqual(self._count_calls(is_urgent=True), 2)
        self.assertLessEqual(self._count_calls(is_urgent=False), 1)
