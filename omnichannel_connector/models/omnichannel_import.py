import logging
import time
import traceback
from collections import Counter

from odoo import api, fields, models
from odoo.tools import SQL

from .omnichannel_identity_import import Contact
from .timing import CONFLICTS, commit_repeatedly, rollback, utc_now

_logger = logging.getLogger(__name__)

BATCH_SIZE = 1000
CHECK_SIZE = 200
WRITERS_PAUSE = 0.5  # seconds between two looks at who still writes
WRITERS_LIFE = "15 minutes"  # no transaction that writes contacts is open for longer
ACTIVE_STATES = ("waiting", "running", "paused")
HAS_ADDRESS = SQL("active AND (email IS NOT NULL OR phone IS NOT NULL)")


class OmnichannelImport(models.Model):
    """A run that makes identities of the e-mail addresses and phone numbers of all contacts.

    In order of the contacts' ids, a commit for each batch: it may be killed at any point and goes
    on where it was. Another run afterwards changes nothing. Contacts that change meanwhile keep
    their identities in step themselves; at the end those are looked through once more, because
    their transactions may not have seen what the run wrote.
    """

    _name = "omnichannel.import"
    _description = "Contact Import"
    _order = "id desc"

    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("running", "Running"),
            ("paused", "Paused"),
            ("done", "Done"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="waiting",
    )
    started_at = fields.Datetime("Started", readonly=True)
    finished_at = fields.Datetime("Finished", readonly=True)
    last_partner_id = fields.Integer("Last Contact", readonly=True, help="Its ID in the database.")
    is_checking = fields.Boolean(
        "Looking for Changes", readonly=True, help="Contacts that changed meanwhile are compared."
    )
    scanned_at = fields.Datetime(readonly=True)
    first_transaction = fields.Char(readonly=True, help="Older ones were over when it started.")
    total_count = fields.Integer("Contacts", readonly=True, help="With an address, at the start.")
    done_count = fields.Integer("Contacts Done", readonly=True)
    created_count = fields.Integer("New Identities", readonly=True)
    shared_count = fields.Integer(
        "Shared Addresses", readonly=True, help="Found on several contacts: they match nobody."
    )
    skipped = fields.Json(readonly=True, help="{reason: number of addresses}")
    skipped_count = fields.Integer("Skipped Addresses", compute="_compute_skipped")
    skipped_reasons = fields.Char("Why Skipped", compute="_compute_skipped")
    seconds = fields.Float("Working Time", readonly=True, help="In seconds, without pauses.")
    progress = fields.Float(compute="_compute_progress")
    speed = fields.Integer("Contacts per Second", compute="_compute_progress")
    error = fields.Text("Traceback", readonly=True)

    _one_active = models.UniqueIndex(
        "((true)) WHERE state IN ('waiting', 'running', 'paused')",
        "Another import is under way. Wait for it, or resume it.",
    )

    @api.depends("started_at", "create_date")
    def _compute_display_name(self):
        for run in self:
            run.display_name = self.env._("Contact import %(number)s", number=run.id)

    @api.depends("done_count", "total_count", "state", "seconds")
    def _compute_progress(self):
        for run in self:
            share = run.done_count / run.total_count if run.total_count else 0
            run.progress = 100 if run.state == "done" else min(99, 100 * share)
            run.speed = run.done_count / run.seconds if run.seconds else 0

    @api.depends("skipped")
    def _compute_skipped(self):
        labels = self._skip_reasons()
        for run in self:
            counts = run.skipped or {}
            run.skipped_count = sum(counts.values())
            run.skipped_reasons = ", ".join(
                f"{labels.get(reason, reason)}: {count}" for reason, count in counts.items()
            )

    @api.model
    def _skip_reasons(self):
        """Return {reason: what people read}."""
        return {
            "email": self.env._("unusable e-mail address"),
            "phone": self.env._("unusable phone number"),
        }

    # === BUTTONS === #

    def action_start(self):
        """Queue a new run, unless one is under way, and open it."""
        self.check_access("create")
        run = self.search([("state", "in", ACTIVE_STATES)], limit=1) or self.create({})
        run._wake()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": run.id,
            "views": [(False, "form")],
        }

    def action_pause(self):
        self.filtered(lambda run: run.state in ("waiting", "running")).state = "paused"

    def action_resume(self):
        """Let paused and failed runs go on where they were."""
        stopped = self.filtered(lambda run: run.state in ("paused", "failed"))
        stopped.write({"state": "waiting", "error": False})
        stopped._wake()

    def _wake(self):
        if self:
            # sudo: administrators of the connector need not be administrators of Odoo
            self.env.ref("omnichannel_connector.ir_cron_omnichannel_import").sudo()._trigger()

    # === WORK === #

    @api.model
    def _cron_import(self):
        """Work on the run that waits or was cut off, until Odoo wants the worker back. Commits.

        What fails is kept on the run and can be resumed. What conflicts with other transactions
        every time is tried again at the next call.
        """
        run = self.search([("state", "in", ("waiting", "running"))], limit=1)
        if not run:
            return
        try:
            run._work()
        except CONFLICTS:
            rollback(self.env)
            _logger.warning("Import %s conflicts with other transactions and waits", run.id)
        except Exception:  # noqa: BLE001  kept on the run, for the administrator
            error = traceback.format_exc()
            rollback(self.env)
            run._fail(error)

    def _fail(self, error):
        _logger.error("Import %s failed; it can be resumed", self.id)
        self.write({"state": "failed", "error": error})
        self.env["ir.cron"]._commit_progress(remaining=0)

    def _work(self):
        """Do batch after batch, each in a transaction of its own. Commits."""
        commit_repeatedly(self.env, self._begin)
        outcome = [0]

        def work():
            self.env.invalidate_all()
            outcome[0] = self._step()

        while outcome[0] is not None:
            time.sleep(outcome[0])  # in no transaction
            commit_repeatedly(self.env, work)
            goes_on = outcome[0] == 0
            time_left = self.env["ir.cron"]._commit_progress(1, remaining=int(goes_on))
            if not time_left:
                if goes_on:
                    self._wake()
                    self.env["ir.cron"]._commit_progress()
                break

    def _begin(self):
        """Take the run, if it still waits."""
        self.invalidate_recordset()
        if self.state == "waiting":
            self.state = "running"
            if not self.started_at:
                self._note_start()

    def _note_start(self):
        """Note what there is to do, and which changes of contacts came afterwards."""
        self.started_at = fields.Datetime.now()
        query = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"
        ((self.first_transaction,),) = self.env.execute_query(SQL(query))
        query = SQL("SELECT count(*) FROM res_partner WHERE %s", HAS_ADDRESS)
        ((self.total_count,),) = self.env.execute_query(query)

    def _step(self):
        """Do the next batch; return the seconds until there is more to do, None for no more."""
        if self.state != "running":
            return None  # paused by a person
        start = time.monotonic()
        pause = self._check_batch() if self.is_checking else self._import_batch()
        self.env.flush_all()
        self.seconds += time.monotonic() - start
        return pause

    def _import_batch(self):
        """Make identities of the next contacts' addresses.

        Locks these contacts: an address that somebody changes at this moment is either seen, or a
        conflict that repeats the batch.
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT %s FROM res_partner WHERE id > %s AND %s ORDER BY id LIMIT %s FOR SHARE",
                SQL(", ").join(map(SQL.identifier, Contact._fields)),
                self.last_partner_id,
                HAS_ADDRESS,
                BATCH_SIZE,
            )
        )
        if not rows:
            return self._end_scan()
        contacts = [Contact(*row) for row in rows]
        created, shared, unusable = self.env["omnichannel.identity"]._import_contacts(contacts)
        self.created_count += created
        self.shared_count += shared
        self.skipped = dict(Counter(self.skipped or {}) + unusable)
        self.done_count += len(contacts)
        # some may have been made since the start
        self.total_count = max(self.total_count, self.done_count)
        self.last_partner_id = contacts[-1].id
        return 0

    # === CHANGES MEANWHILE === #

    def _end_scan(self):
        """Go on to the contacts that changed meanwhile, as soon as that is possible.

        A transaction that began before a batch was committed and then changed a contact of that
        batch did not see the identity that was made of the old address. So what changed is
        compared when no such transaction is left, in a transaction that begins afterwards.
        """
        if not self.scanned_at:
            self.scanned_at = utc_now()
            self._wake()  # Odoo itself holds a transaction for each call of a scheduled action
            return None
        if self._has_older_writers():
            return WRITERS_PAUSE
        self.write({"is_checking": True, "last_partner_id": 0})
        return 0

    def _has_older_writers(self):
        """Tell whether a transaction is open that began before all batches were committed."""
        return bool(
            self.env.execute_query(
                SQL(
                    """
                    SELECT 1 FROM pg_stat_activity
                     WHERE datname = current_database() AND pid <> pg_backend_pid()
                       AND backend_type = 'client backend'
                       AND xact_start <= %s::timestamp AT TIME ZONE 'UTC'
                       AND xact_start > clock_timestamp() - %s::interval
                     LIMIT 1
                    """,
                    self.scanned_at,
                    WRITERS_LIFE,
                )
            )
        )

    def _check_batch(self):
        """Bring contacts in step whose rows were written since the start of the run."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM res_partner
                 WHERE id > %s AND age(xmin) <= age(%s::xid8::xid)
              ORDER BY id LIMIT %s
                """,
                self.last_partner_id,
                self.first_transaction,
                CHECK_SIZE,
            )
        )
        if not rows:
            self.write({"state": "done", "finished_at": fields.Datetime.now()})
            return None
        partners = self.env["res.partner"].browse([row[0] for row in rows])
        self.env["omnichannel.identity"]._sync_partners(partners)
        self.last_partner_id = partners[-1].id
        return 0
