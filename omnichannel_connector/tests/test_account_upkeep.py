from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..channels.errors import AccountError, NotSent
from ..channels.events import Token
from ..models import omnichannel_account_gap
from .account_common import AccountCase, LoftAdapter, lost_note

LOGGERS = tuple(
    f"odoo.addons.omnichannel_connector.models.omnichannel_account_{name}"
    for name in ("token", "gap")
)
LATER = datetime(2030, 1, 1, tzinfo=timezone.utc)


@tagged("-at_install", "post_install")
class TestAccountUpkeep(AccountCase):
    """Tokens are renewed, subscriptions kept, and what webhooks never told is found."""

    # === TOKEN === #

    def _care(self):
        self._run_cron("ir_cron_omnichannel_daily")

    @mute_logger(*LOGGERS)
    def test_a_token_is_renewed_before_it_dies(self):
        self._provider_says(renewal=Token("new-token", LATER))

        self._care()

        self.assertEqual(self.loft.access_token, "new-token")
        self.assertEqual(self.loft.token_expires_at, LATER.replace(tzinfo=None))

    def test_a_token_with_a_long_life_is_left_alone(self):
        self.loft.token_expires_at = LATER.replace(tzinfo=None)

        self._care()

        self.assertNotIn("renew", LoftAdapter.calls)

    @mute_logger(*LOGGERS)
    def test_a_token_that_an_administrator_enters_meanwhile_wins(self):
        self._provider_says(renewal=Token("new-token", LATER))
        loft = self.loft

        class Slow(LoftAdapter):
            def renew(self):
                loft.access_token = "by-hand"
                loft.flush_recordset()
                return self.renewal

        accounts = type(self.env["omnichannel.account"])
        with patch.object(accounts, "_adapter_class", lambda _self: Slow):
            self._care()

        self.assertEqual((self.loft.access_token, self.loft.token_expires_at), ("by-hand", False))

    def test_a_token_entered_by_hand_has_a_new_life(self):
        self.loft.token_expires_at = LATER.replace(tzinfo=None)

        self.loft.access_token = "by-hand"

        self.assertFalse(self.loft.token_expires_at)

    @mute_logger(*LOGGERS)
    def test_a_dead_token_pauses_sending_and_events_still_come_in(self):
        dead = self._finding("credentials")
        self._provider_says(renewal=AccountError("expired", "190"), findings=(dead,))

        self._care()
        self.assertEqual((self.loft.state, self.loft.error), ("error", "expired"))
        self.env.flush_all()

        account_id, _adapter = self.env["omnichannel.account"]._webhook_adapter(
            "pigeon", self.loft.webhook_token
        )
        self.assertEqual(account_id, self.loft.id)
        self.assertTrue(self.env["omnichannel.event"]._store(account_id, [lost_note(1)]))

    @mute_logger(*LOGGERS)
    def test_a_provider_that_does_not_answer_pauses_nothing(self):
        self._provider_says(renewal=NotSent("down"))

        self._care()

        self.assertEqual((self.loft.state, self.loft.access_token), ("connected", "old-token"))

    @mute_logger(*LOGGERS)
    def test_a_token_that_is_too_young_to_be_renewed_still_sends(self):
        good = self._finding("credentials", "ok")
        self._provider_says(renewal=AccountError("too young", "10"), findings=(good,))

        self._care()

        self.assertEqual(self.loft.state, "connected")

    @mute_logger(*LOGGERS)
    def test_a_bug_in_one_channel_does_not_stop_the_others(self):
        other = self.loft.copy({"external_id": "loft-0", "access_token": "old", "name": "A loft"})
        other.action_connect()

        class Broken(LoftAdapter):
            def renew(self):
                if self.account.external_id == "loft-0":
                    raise ZeroDivisionError
                return Token("new-token", LATER)

        accounts = type(self.env["omnichannel.account"])
        with patch.object(accounts, "_adapter_class", lambda _self: Broken):
            self._care()

        self.assertEqual((other.access_token, self.loft.access_token), ("old", "new-token"))

    # === SUBSCRIPTION === #

    @mute_logger(*LOGGERS)
    def test_a_lost_subscription_is_made_again_and_told(self):
        self._provider_says(findings=(self._finding("subscription"),))

        self._care()

        self.assertIn("subscribe", LoftAdapter.calls)
        self.assertFalse(self.loft.subscription_error)
        self.assertIn("subscribed again", self.loft.message_ids[0].body)

    @mute_logger(*LOGGERS)
    def test_a_subscription_that_is_refused_is_kept_as_an_error_until_it_works(self):
        self._provider_says(
            findings=(self._finding("subscription"),), subscription=AccountError("forbidden")
        )
        self._care()
        self.assertEqual(self.loft.subscription_error, "forbidden")

        self._provider_says(findings=(self._finding("subscription", "ok"),), subscription=None)
        self._care()

        self.assertFalse(self.loft.subscription_error)

    def test_somebody_elses_address_at_the_provider_is_told_and_left_alone(self):
        self._provider_says(findings=(self._finding("webhook", detail="https://other"),))

        self._care()

        self.assertEqual(self.loft.subscription_error, "https://other")
        self.assertNotIn("subscribe", LoftAdapter.calls)

    # === GAP === #

    def _repair(self):
        self._run_cron("ir_cron_omnichannel_gap")
        return self.env["omnichannel.event"].search([("account_id", "=", self.loft.id)])

    @mute_logger(*LOGGERS)
    def test_what_the_webhook_never_told_is_stored_once(self):
        known = lost_note(1)
        known.payload.pop("recovered")
        self.env["omnichannel.event"]._store(self.loft.id, [known])
        self._provider_says(listed=(lost_note(1), lost_note(2), lost_note(3)))

        self._repair()
        events = self._repair()

        self.assertEqual(len(events), 3)
        self.assertEqual(self.loft.recovered_event_count, 2)
        recovered = events.search([("account_id", "=", self.loft.id), ("is_recovered", "=", True)])
        self.assertEqual(sorted(recovered.mapped("key")), ["message:ring-2", "message:ring-3"])
        others = events.search([("account_id", "=", self.loft.id), ("is_recovered", "=", False)])
        self.assertEqual(others.mapped("key"), ["message:ring-1"])

    @mute_logger(*LOGGERS)
    def test_a_long_list_is_stored_batch_by_batch(self):
        self._provider_says(listed=tuple(map(lost_note, range(7))))

        with patch.object(omnichannel_account_gap, "BATCH_SIZE", 3):
            events = self._repair()

        self.assertEqual(len(events), 7)

    def test_the_list_begins_a_little_before_the_last_complete_one(self):
        at = self._now().replace(microsecond=0) - timedelta(hours=2)
        self.loft.checked_until = at

        self._repair()

        (since,) = LoftAdapter.calls
        self.assertEqual(since, (at - timedelta(minutes=10)).replace(tzinfo=timezone.utc))
        self.assertGreater(self.loft.checked_until, at)

    def test_nobody_looks_back_for_ever(self):
        self.loft.checked_until = self._now().replace(microsecond=0) - timedelta(days=300)

        self._repair()

        (since,) = LoftAdapter.calls
        self.assertGreater(since.replace(tzinfo=None), self._now() - timedelta(days=8))

    @mute_logger(*LOGGERS)
    def test_a_list_that_breaks_off_is_read_again_from_its_beginning(self):
        at = self.loft.checked_until = self._now().replace(microsecond=0) - timedelta(hours=2)
        self._provider_says(listed=(lost_note(1), NotSent("down")))

        with patch.object(omnichannel_account_gap, "BATCH_SIZE", 1):
            events = self._repair()

        self.assertEqual(len(events), 1, "what came before is kept")
        self.assertEqual(self.loft.checked_until, at)

    @mute_logger(*LOGGERS)
    def test_a_refused_token_pauses_the_account(self):
        dead = self._finding("credentials")
        self._provider_says(listed=(AccountError("expired", "190"),), findings=(dead,))

        self._repair()

        self.assertEqual(self.loft.state, "error")

    @mute_logger(*LOGGERS)
    def test_a_token_that_may_not_list_still_sends(self):
        good = self._finding("credentials", "ok")
        self._provider_says(listed=(AccountError("not allowed", "10"),), findings=(good,))

        self._repair()

        self.assertEqual(self.loft.state, "connected")

    def test_the_button_wakes_the_scheduled_action(self):
        self.env["ir.cron.trigger"].search([]).unlink()

        self.loft.with_user(self.administrator).action_repair_gap()

        cron = self.env.ref("omnichannel_connector.ir_cron_omnichannel_gap")
        self.assertEqual(self.env["ir.cron.trigger"].search([]).cron_id, cron)
