"""Letting time pass quickly, and everything come to rest."""

import psycopg2

from tests.odoo_server import wait_for

# Time passes quicker here: a call whose worker died is given up after these seconds, not minutes.
# Longer than any answer of the sandbox takes.
PATIENCE = 8
HURRY = """
    UPDATE omnichannel_delivery SET lease_until = now() AT TIME ZONE 'UTC'
     WHERE state = 'sending'
       AND write_date < now() AT TIME ZONE 'UTC' - %s * interval '1 second'
"""
UNPOSTPONE = "UPDATE omnichannel_delivery SET next_attempt_at = NULL WHERE state = 'queued'"
WAKE = """
    INSERT INTO ir_cron_trigger (cron_id, call_at)
    SELECT res_id, now() AT TIME ZONE 'UTC' - interval '1 second'
      FROM ir_model_data
     WHERE module = 'omnichannel_connector' AND model = 'ir.cron'
"""
UNSETTLED = """
    SELECT (SELECT count(*) FROM omnichannel_event WHERE state = 'new'),
           (SELECT count(*) FROM omnichannel_delivery WHERE state IN ('queued', 'sending'))
"""


def hurry(odoo):
    """Let Odoo's clocks run ahead and wake its scheduler, as the next webhook would."""
    try:
        odoo.sql(HURRY, [PATIENCE])
        odoo.sql(UNPOSTPONE)
        odoo.sql(WAKE)
        odoo.sql("SELECT pg_notify('cron_trigger', %s)", [odoo.db])
    except psycopg2.Error:
        return  # the database is away; there is a next time


def settle(traffic):
    """Let everything come to rest: what is stored is processed, what is queued has left."""

    def at_rest():
        hurry(traffic.odoo)
        left = traffic.redeliver()
        return not left and traffic.odoo.sql(UNSETTLED) == [(0, 0)]

    traffic.sandbox.faults.remove()
    wait_for(at_rest, 120, lambda: f"never at rest: {traffic.odoo.sql(UNSETTLED)}")
