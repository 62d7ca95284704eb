import logging

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from .omnichannel_consent import PURPOSES, SERVICE
from .timing import commit_repeatedly, rollback
from .visible_list import VisibleList

_logger = logging.getLogger(__name__)

UNITS = [
    ("minutes", "Minutes"),
    ("hours", "Hours"),
    ("days", "Days"),
    ("weeks", "Weeks"),
    ("months", "Months"),
]


class OmnichannelSequence(models.Model):
    """A follow-up plan: when it begins, and its steps."""

    _name = "omnichannel.sequence"
    _description = "Follow-up Sequence"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    state = fields.Selection(
        [("draft", "Draft"), ("running", "Running")], required=True, default="draft", copy=False
    )
    purpose = fields.Selection(
        PURPOSES,
        required=True,
        default=SERVICE,
        help="Service: about what the customer asked for, sent unless they refused. Marketing: "
        "offers and news, sent only to who agreed to get them.",
    )
    trigger = fields.Selection(
        [("silent", "The customer is silent after our answer")], required=True, default="silent"
    )
    trigger_channel = fields.Selection(selection="_get_channels", string="On Channel")
    trigger_number = fields.Integer("Silent For", required=True, default=24)
    trigger_unit = fields.Selection(UNITS, required=True, default="hours")
    # F4: each run looks only at what became due since the last one
    scanned_until = fields.Datetime(readonly=True, copy=False)
    step_ids = fields.One2many("omnichannel.step", "sequence_id", "Steps", copy=True)
    enrollment_ids = VisibleList("omnichannel.enrollment", "sequence_id")
    enrollment_count = fields.Integer("Enrolled", compute="_compute_enrollment_count")

    _trigger_number_positive = models.Constraint(
        "CHECK(trigger_number > 0)", "The silence has to last some time."
    )
    # as many months ago is still a date
    _trigger_number_bounded = models.Constraint(
        "CHECK(trigger_number <= 20000)", "A silence is counted up to 20000. Choose a longer unit."
    )

    @api.constrains("state", "step_ids")
    def _check_has_steps(self):
        for sequence in self:
            if sequence.state == "running" and not sequence.step_ids:
                raise ValidationError(
                    self.env._("A running sequence needs a step. Stop it to remove the last one.")
                )

    @api.model
    def _get_channels(self):
        return self.env["omnichannel.account"]._get_channels()

    @api.depends("enrollment_ids")
    def _compute_enrollment_count(self):
        counts = dict(
            self.env["omnichannel.enrollment"]._read_group(
                [("sequence_id", "in", self.ids)], ["sequence_id"], ["__count"]
            )
        )
        for sequence in self:
            sequence.enrollment_count = counts.get(sequence, 0)

    def action_start(self):
        """Let the sequence enroll from now on, nobody whose silence was complete before."""
        for sequence in self:
            if not sequence.step_ids:
                raise UserError(self.env._("Add a step first, then start the sequence."))
            sequence.write({"state": "running", "scanned_until": sequence._due_before()})

    def action_stop(self):
        """Enroll nobody any more, and let go who is enrolled."""
        self.write({"state": "draft"})
        # sudo: whoever may stop the sequence lets go all who are in it, and nobody writes these
        enrollments_sudo = self.sudo().enrollment_ids
        enrollments_sudo.filtered(lambda e: e.state == "active")._stop("sequence_stopped")

    def action_open_enrollments(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "omnichannel_connector.omnichannel_enrollment_action"
        )
        return {**action, "domain": [("sequence_id", "=", self.id)]}

    # === TRIGGER === #

    def _due_before(self):
        return fields.Datetime.now() - relativedelta(**{self.trigger_unit: self.trigger_number})

    @api.model
    def _enroll_triggered(self):
        """Enroll the conversations whose silence became complete since the last run.

        An index range of conversations for each running sequence. Commits one by one.
        """
        for sequence in self.search([("state", "=", "running"), ("step_ids", "!=", False)]):
            sequence._enroll_safely()

    def _enroll_safely(self):
        try:
            commit_repeatedly(self.env, self._enroll_silent)
        except Exception:  # one broken sequence must not stop the others
            rollback(self.env)
            _logger.exception("Sequence %s could not enroll", self.id)

    def _enroll_silent(self):
        due_before = self._due_before()
        # Raw SQL: one statement however many, and ON CONFLICT where one is enrolled already
        self.env["omnichannel.conversation"].flush_model()
        enrollments = self.env["omnichannel.enrollment"]
        enrollments.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO omnichannel_enrollment
                       (sequence_id, conversation_id, step_id, state, enrolled_at, next_run_at,
                        create_uid, create_date, write_uid, write_date)
                SELECT %(sequence)s, id, %(step)s, 'active', %(now)s, %(now)s,
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM omnichannel_conversation conversation
                 WHERE waiting_for = 'customer' AND state <> 'closed'
                   AND last_outbound_at > %(since)s AND last_outbound_at <= %(until)s
                   AND company_id = %(company)s
                   AND (%(channel)s IS NULL OR last_channel = %(channel)s)
                   AND %(may_enroll)s
                    ON CONFLICT DO NOTHING
             RETURNING id
                """,
                sequence=self.id,
                step=self.step_ids[:1].id,
                now=fields.Datetime.now(),
                uid=self.env.uid,
                since=self.scanned_until or due_before,
                until=due_before,
                company=self.company_id.id,
                channel=self.trigger_channel or None,
                may_enroll=self._may_enroll(),
            )
        )
        enrollments.browse([row[0] for row in rows])._plan_first_runs()
        self.scanned_until = due_before
