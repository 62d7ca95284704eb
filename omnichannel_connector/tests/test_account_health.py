from datetime import timedelta

from odoo.tests import tagged

from ..channels.events import RawEvent
from .account_common import AccountCase, lost_note


@tagged("-at_install", "post_install")
class TestAccountHealth(AccountCase):
    """An account that does not work is red, says why, and is a to-do until it works again."""

    def _look(self):
        self._run_cron("ir_cron_omnichannel_health")
        return self.loft.health

    def _codes(self):
        self._look()
        return {code: level for level, code, _values in self.loft.health_findings or []}

    def _receive(self, moment, customer="loft-9", key=None, state="done", **payload):
        key = key or f"message:{customer}:{moment.timestamp()}"
        raw = RawEvent(key, customer, {"loft": customer, "ring": key, "note": "Coo", **payload})
        event = self.env["omnichannel.event"]._store(self.loft.id, [raw])
        event.write({"received_at": moment, "state": state})
        return event

    def test_an_account_in_order_is_healthy(self):
        self.assertEqual((self._look(), self.loft.health_text), ("ok", ""))

    def test_an_account_that_is_not_connected_has_no_health(self):
        self.loft.action_disconnect()

        self.assertFalse(self._look())

    def test_a_paused_account_says_why(self):
        self.loft._flag_error("The token expired")

        self.assertEqual(self._look(), "error")
        self.assertIn("The token expired", self.loft.health_text)
        self.assertIn("The token expired", self.loft.health_panel)

    def test_failed_events_are_an_error(self):
        self._receive(self._now(), state="failed")

        self.assertEqual(self._codes(), {"failed_events": "error"})

    def test_events_that_wait_are_a_warning_and_then_an_error(self):
        event = self._receive(self._now() - timedelta(minutes=5), state="new")
        self.assertEqual(self._codes(), {"lag": "warning"})

        event.received_at = self._now() - timedelta(hours=1)

        self.assertEqual(self._codes(), {"lag": "error"})

    def _queue(self, minutes):
        self._receive(self._now(), state="new")._process()
        conversation = self.env["omnichannel.conversation"].search([])
        conversation.channel_id.message_post(
            body="Coo back", message_type="comment", omnichannel_key="pigeon"
        )
        delivery = self.env["omnichannel.delivery"].search([])
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE omnichannel_delivery SET create_date = %s WHERE id = %s",
            [self._now() - timedelta(minutes=minutes), delivery.id],
        )
        self.env.invalidate_all()
        return delivery

    def test_messages_that_wait_to_be_sent_are_a_warning_and_then_an_error(self):
        delivery = self._queue(minutes=20)
        self.assertEqual(self._codes(), {"queue": "warning"})

        delivery.next_attempt_at = self._now() + timedelta(hours=1)
        self.assertEqual(self._codes(), {}, "the provider asked for a pause")

    def test_messages_nobody_knows_about_are_a_warning(self):
        self._queue(minutes=0).state = "unknown"

        self.assertEqual(self._codes(), {"unknown_deliveries": "warning"})

    def test_the_tokens_end_is_announced(self):
        cases = ((20, {}), (13, "warning"), (6, "warning"), (0.5, "error"))
        for days, level in cases:
            with self.subTest(days=days):
                self.loft.token_expires_at = self._now() + timedelta(days=days)
                self.assertEqual(self._codes(), {"token": level} if level else {})
        self.loft.token_expires_at = self._now() - timedelta(days=1)
        self.assertEqual(self._codes(), {"token_dead": "error"})

    def test_a_lost_subscription_is_an_error(self):
        self.loft.subscription_error = "forbidden"

        self.assertEqual(self._codes(), {"subscription": "error"})

    def test_a_provider_that_can_not_be_asked_for_long_is_a_warning(self):
        self.loft.checked_until = self._now() - timedelta(hours=7)

        self.assertEqual(self._codes(), {"gap": "warning"})

    def test_every_finding_has_a_sentence(self):
        codes = (
            *("account", "subscription", "gap", "failed_events", "lag", "queue"),
            *("unknown_deliveries", "token", "token_dead", "silence"),
        )
        values = {"since": "2026-01-01 00:00:00", "moment": "2026-01-01 00:00:00"}
        for code in codes:
            self.assertGreater(len(self.loft._finding_text(code, values)), 20, code)

    # === SILENCE === #

    def _history(self, customers, hours=6, weeks=4):
        """Let so many customers have written in the last hours of each of the weeks before."""
        now = self._now().replace(microsecond=0)
        for week in range(1, weeks + 1):
            for number in range(customers):
                at = now - timedelta(weeks=week) - timedelta(hours=hours) * number / (customers + 1)
                self._receive(at - timedelta(minutes=1), customer=f"loft-{number}")
        self._receive(now - timedelta(weeks=weeks + 1), customer="first")
        self._receive(now - timedelta(hours=hours), customer="last")

    def test_unusual_silence_is_an_error(self):
        self._history(customers=20)

        self.assertEqual(self._codes(), {"silence": "error"})
        self.assertIn("usually about", self.loft.health_text)

    def test_silence_that_may_be_chance_is_no_alarm(self):
        self._history(customers=4)

        self.assertEqual(self._codes(), {})

    def test_silence_at_hours_that_are_always_quiet_is_no_alarm(self):
        self._history(customers=20)
        # the same, but half a week earlier: now is the night, as it were
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE omnichannel_event SET received_at = received_at - interval '3 days 12 hours'"
            " WHERE customer NOT IN ('first', 'last')"
        )
        self.env.invalidate_all()

        self.assertEqual(self._codes(), {})

    def test_a_young_account_gives_no_alarm(self):
        self._history(customers=20, weeks=2)

        self.assertEqual(self._codes(), {})

    def test_a_chatty_customer_is_one_arrival(self):
        now = self._now().replace(microsecond=0)
        self._history(customers=1)
        for week in range(1, 5):
            for number in range(30):
                at = now - timedelta(weeks=week) - timedelta(minutes=10 * number + 1)
                self._receive(at, key=f"chatty:{week}:{number}")

        self.assertEqual(self._codes(), {})

    def test_what_we_found_ourselves_breaks_no_silence(self):
        self._history(customers=20)
        self.env["omnichannel.event"]._store(self.loft.id, [lost_note(1)])
        self.env["omnichannel.event"].search([("state", "=", "new")]).state = "done"

        self.assertEqual(self._codes(), {"silence": "error"})

    # === ALARM === #

    def _activities(self):
        return self.loft.activity_ids.filtered(lambda activity: activity.active)

    def test_every_administrator_gets_one_activity_until_it_is_green_again(self):
        self.loft._flag_error("The token expired")
        self._look()
        self._look()

        users = self._activities().mapped("user_id")
        self.assertEqual(len(self._activities()), len(users), "one each")
        self.assertIn(self.administrator, users)
        self.assertNotIn(self.agent, users)
        self.assertIn("The token expired", self._activities()[0].note)

        self.loft.action_connect()
        self._look()

        self.assertFalse(self._activities())

    def test_a_warning_neither_alarms_nor_calms(self):
        self._queue(minutes=20)
        self._look()
        self.assertFalse(self._activities())

        self.loft.subscription_error = "forbidden"
        self._look()
        self.loft.subscription_error = False
        self._look()

        self.assertEqual(self.loft.health, "warning")
        self.assertTrue(self._activities())
