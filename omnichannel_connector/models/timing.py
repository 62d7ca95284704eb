"""Times as Odoo stores them, and what to do when two transactions get into each other's way."""

import random
import time
from datetime import datetime, timezone

import psycopg2

from odoo.tools import SQL

# A concurrent transaction came first. All of them are cured by doing the work again; a unique
# violation too, because the search before it finds the other's row then.
CONFLICTS = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.LockNotAvailable,
    psycopg2.errors.UniqueViolation,
)
MAX_TRIES = 5


def to_naive_utc(moment):
    """Return an aware datetime as Odoo stores it: naive, UTC."""
    return moment.astimezone(timezone.utc).replace(tzinfo=None)


def aware(moment):
    """Return a moment as Odoo stores it with its time zone, UTC."""
    return moment.replace(tzinfo=timezone.utc)


def utc_now():
    """Return this moment as Odoo stores it, with its microseconds (Odoo's own cuts them off)."""
    return to_naive_utc(datetime.now(timezone.utc))


def pause_before(attempt):
    """Wait a moment, longer and more random each time, before the work is done again."""
    time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311


def rollback(env):
    """Undo the current transaction and forget what was read in it."""
    env.cr.rollback()
    env.invalidate_all(flush=False)


def commit_repeatedly(env, work, processed=0):
    """Run `work` and commit, again when another transaction came first. Raise what else it raises.

    For scheduled actions only. `work` has to read everything it needs itself. `processed` is how
    many items that finishes; return the seconds that Odoo leaves to the scheduled action.
    """
    for attempt in range(MAX_TRIES):
        try:
            work()
            return env["ir.cron"]._commit_progress(processed)
        except CONFLICTS:
            rollback(env)
            if attempt == MAX_TRIES - 1:
                raise
            pause_before(attempt)
    return None


def touch(record):
    """Write a row without changing it: who changed it meanwhile has to repeat, or we have to."""
    record.ensure_one()
    record.env.execute_query(
        SQL(
            "UPDATE %s SET write_date = write_date WHERE id = %s RETURNING id",
            SQL.identifier(record._table),
            record.id,
        )
    )
