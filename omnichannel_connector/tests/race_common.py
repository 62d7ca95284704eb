"""Two real transactions: what they do is committed, and taken away again afterwards."""

from datetime import datetime, timedelta, timezone

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, new_test_user
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

from ..channels.events import InboundEvent, Kind
from ..models.omnichannel_event_process import Incoming

START = datetime(2030, 1, 1, tzinfo=timezone.utc)
AGENT = "omnichannel_connector.omnichannel_group_agent"
NUMBER = "+12025550166"


class TwoTransactions(BaseCase):
    """Two real transactions, `one` and `two`; who waits for a lock in them soon fails."""

    lock_timeout = "2s"

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.one, self.two = self._environment(), self._environment()
        self.addCleanup(self._clean)

    def _environment(self):
        cr = self.registry.cursor()
        self.addCleanup(cr.close)
        env = api.Environment(cr, SUPERUSER_ID, {})
        env.cr.execute("SELECT set_config('lock_timeout', %s, false)", [self.lock_timeout])
        env.cr.commit()  # stays after a rollback
        return env

    def _clean(self):
        self._forget(self.one)
        self._forget(self.two)
        self._remove(self.one)
        self.one.cr.commit()

    def _remove(self, env):
        """Delete what the test committed."""
        raise NotImplementedError

    def _forget(self, env):
        """Let the next thing that a transaction does see the world as it is then."""
        env.cr.rollback()
        env.invalidate_all(flush=False)

    def _assert_refused(self, error, work):
        with mute_logger("odoo.sql_db"), self.assertRaises(error):
            work()

    def _assert_conflict(self, work):
        self._assert_refused(psycopg2.errors.SerializationFailure, work)

    def _assert_blocked(self, work):
        self._assert_refused(psycopg2.errors.LockNotAvailable, work)

    def _receive_from(self, env, number, name, minute):
        """Let a message arrive at the account of `self.account_id`, some minutes after START."""
        inbound = InboundEvent(
            kind=Kind.MESSAGE,
            identity=number,
            external_id=f"{type(self).__name__}{name}",
            occurred_at=START + timedelta(minutes=minute),
            text=name,
        )
        account = env["omnichannel.account"].browse(self.account_id)
        env["omnichannel.conversation"]._receive([Incoming(None, account, inbound)])
        env.flush_all()


class RaceCase(TwoTransactions):
    """A customer who wrote by SMS, two agents, and two transactions."""

    def setUp(self):
        super().setUp()
        self.user_ids = [
            new_test_user(self.one, f"{type(self).__name__}_{name}", AGENT).id for name in "ab"
        ]
        account = self.one["omnichannel.account"].create(
            {
                "name": "Race",
                "channel": "sms",
                "external_id": f"AC{type(self).__name__}",
                "sender": "+15005550166",
                "access_token": "token",
                "signing_secrets": "token",
                "state": "connected",
            }
        )
        self.account_id = account.id
        self._receive(self.one, "first", 0)
        self.one.cr.commit()

    def _remove(self, env):
        conversation = self._conversation(env)
        channel, lead = conversation.channel_id, conversation.lead_id
        identities = env["omnichannel.identity"].search([("value", "=", NUMBER)])
        users = env["res.users"].browse(self.user_ids)
        partners = identities.partner_id | conversation.partner_id
        for records in (conversation, channel, lead, identities, partners):
            records.unlink()
        env["omnichannel.account"].search([("sender", "=", "+15005550166")]).unlink()
        employees = users.partner_id
        users.unlink()
        employees.unlink()

    def _conversation(self, env):
        identities = env["omnichannel.identity"].search([("value", "=", NUMBER)])
        return identities.partner_id.omnichannel_conversation_ids

    def _receive(self, env, text, minute):
        self._receive_from(env, NUMBER, text, minute)
