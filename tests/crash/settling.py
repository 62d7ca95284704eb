"""Letting time pass quickly, and everything come to rest."""

import time

import psycopg2

from tests.odoo_server import wait_for

# Time passes quicker here: a call whose worker died is given up after these seconds, not minutes.
# Longer than any answer of the sandbox takes.
PATIENCE = 8
HURRY = """
    UPDATE omnichannel_delivery SET lease_until = now() AT TIME ZONE 'UTC'
     WHERE state = 'sending'
       AND attempted_at < now() AT TIME ZONE 'UTC' - %s * interval '1 second'
"""
UNPOSTPONE = """
    UPDATE omnichannel_delivery
       SET next_attempt_at = NULL,
           look_up_at = CASE WHEN look_up_at IS NOT NULL THEN now() AT TIME ZONE 'UTC' END
     WHERE state IN ('queued', 'unknown')
"""
WAKE = """
    INSERT INTO ir_cron_trigger (cron_id, call_at)
    SELECT res_id, now() AT TIME ZONE 'UTC' - interval '1 second'
      FROM ir_model_data
     WHERE module = 'omnichannel_connector' AND model = 'ir.cron'
       AND name ~ '_(event_[0-9]|early|delivery|reconcile)$'
"""
UNSETTLED = """
    SELECT (SELECT count(*) FROM omnichannel_event WHERE state = 'new'),
           (SELECT count(*) FROM omnichannel_delivery
             WHERE state IN ('queued', 'sending')
                OR state = 'unknown' AND look_up_at IS NOT NULL)
"""

REMAINING = """
    SELECT id, state, attempts, look_ups, attempted_at, look_up_at, next_attempt_at, lease_until
      FROM omnichannel_delivery
     WHERE state IN ('queued', 'sending') OR state = 'unknown' AND look_up_at IS NOT NULL
"""


def hurry(odoo):
    """Let Odoo's clocks run ahead and wake its scheduler, as the next webhook would."""
    try:
        odoo.sql(HURRY, [PATIENCE])
        odoo.sql(UNPOSTPONE)
        odoo.sql(WAKE)
        odoo.wake()
    except psycopg2.Error:
        return  # the database is away; there is a next time


def settle(traffic):
    """Let everything come to rest: what is stored is processed, what is queued has left."""

    hurried = 0

    def at_rest():
        nonlocal hurried
        if time.monotonic() > hurried + 2:
            hurry(traffic.odoo)
            hurried = time.monotonic()
        return not traffic.sandbox.webhooks.pending() and traffic.odoo.sql(UNSETTLED) == [(0, 0)]

    def restless():
        events_and_deliveries, deliveries = map(traffic.odoo.sql, (UNSETTLED, REMAINING))
        return f"never at rest: {events_and_deliveries}, {deliveries}"

    traffic.sandbox.faults.remove()
    wait_for(at_rest, 120, restless)
