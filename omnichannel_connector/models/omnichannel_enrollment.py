import logging
import traceback
from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .timing import commit_repeatedly, rollback

_logger = logging.getLogger(__name__)

STOP_REASONS = [
    ("replied", "The customer replied"),
    ("human", "A person took over"),
    ("sequence_stopped", "The sequence was stopped"),
    ("by_hand", "Stopped by hand"),
]
BATCH_SIZE = 200


class OmnichannelEnrollment(models.Model):
    """One customer in one sequence."""

    _name = "omnichannel.enrollment"
    _description = "Follow-up Enrollment"
    _order = "id desc"

    sequence_id = fields.Many2one("omnichannel.sequence", required=True, ondelete="cascade")
    conversation_id = fields.Many2one(
        "omnichannel.conversation", required=True, ondelete="cascade", index=True
    )
    partner_id = fields.Many2one(related="conversation_id.partner_id")
    step_id = fields.Many2one("omnichannel.step", "Next Step", ondelete="set null")
    state = fields.Selection(
        [("active", "Active"), ("done", "Done"), ("stopped", "Stopped"), ("failed", "Failed")],
        required=True,
        default="active",
    )
    stop_reason = fields.Selection(STOP_REASONS)
    enrolled_at = fields.Datetime("Enrolled", required=True, default=fields.Datetime.now)
    next_run_at = fields.Datetime("Next Run")
    error = fields.Text("Traceback", readonly=True)
    decision_ids = fields.One2many("omnichannel.decision", "enrollment_id", "Decisions")

    _active_unique = models.UniqueIndex(
        "(sequence_id, conversation_id) WHERE state = 'active'",
        "This customer is in the sequence already.",
    )
    _due_idx = models.Index("(next_run_at, id) WHERE state = 'active'")

    @api.depends("sequence_id", "conversation_id")
    def _compute_display_name(self):
        for enrollment in self:
            enrollment.display_name = (
                f"{enrollment.sequence_id.name}: {enrollment.conversation_id.name}"
            )

    # === STOP === #

    @api.model
    def _stop_for(self, conversations, reason, moment=None):
        """Let these customers go from every sequence, in the transaction of what caused it.

        With `moment` only from those that had begun by then.
        """
        if conversations:
            domain = [("conversation_id", "in", conversations.ids), ("state", "=", "active")]
            if moment:
                domain.append(("enrolled_at", "<=", moment))
            self.sudo().search(domain)._stop(reason)

    def _stop(self, reason):
        for enrollment in self:
            enrollment._decide("stopped", dict(STOP_REASONS)[reason])
        self.write({"state": "stopped", "stop_reason": reason, "next_run_at": False})

    def action_stop(self):
        self.filtered(lambda e: e.state == "active").sudo()._stop("by_hand")

    # === RUN === #

    @api.model
    def _cron_process_due(self):
        """Enroll whom triggers found and run the steps that are due. Commits row by row."""
        self.env["omnichannel.sequence"]._enroll_triggered()
        while True:
            due = self.search(
                [("state", "=", "active"), ("next_run_at", "<=", fields.Datetime.now())],
                order="next_run_at, id",
                limit=BATCH_SIZE,
            )
            for enrollment in due:
                enrollment._run_safely()
            time_left = self.env["ir.cron"]._commit_progress(len(due), remaining=len(due))
            if not due or not time_left:
                break

    def _run_safely(self):
        try:
            commit_repeatedly(self.env, self._run)
        except Exception:  # one customer's broken step must not stop the others
            error = traceback.format_exc()
            rollback(self.env)
            _logger.exception("Enrollment %s failed", self.id)
            self._decide("failed", self.env._("An error occurred, see the enrollment."))
            self.write({"state": "failed", "error": error, "next_run_at": False})
            self.env["ir.cron"]._commit_progress()

    def _run(self):
        """Run the step that is due: check and queue in one transaction, under the locks.

        Locks the conversation, then the enrollment. An inbound message that is being written at
        this moment makes one of the two transactions repeat, so that nothing leaves after a reply.
        """
        self.conversation_id._lock()
        self._lock()
        self.invalidate_recordset()
        if self.state != "active":
            return
        if (self.conversation_id.last_inbound_at or self.enrolled_at) > self.enrolled_at:
            self._stop("replied")
            return
        if self.step_id and (self._hold() or not self._run_step()):
            return
        self._go_on()

    def _lock(self):
        """Wait for the row: `lock_for_update` would refuse, and a reply look like a failure."""
        self.env.execute_query(
            SQL(
                "SELECT id FROM omnichannel_enrollment WHERE id IN %s FOR NO KEY UPDATE",
                tuple(self.ids),
            )
        )

    def _run_step(self):
        """Queue the message of this step, unless it may not be sent. Return whether it is over.

        It is not over while it waits: then this says when to look again.
        """
        step, conversation = self.step_id, self.conversation_id
        try:
            plan = conversation._plan_send(step.channel, enrollment=self)
        except UserError as refusal:
            self._decide("skipped", str(refusal))
            return True
        decision = self._check_policy(plan)
        if not decision.is_allowed:
            return self._put_off(decision, plan.choice.account)
        # templates may name the page where this very address unsubscribes
        template = step.template_id.with_context(omnichannel_way=plan.choice.key)
        rendered = template._generate_template(conversation.ids, ("subject", "body_html"))
        values = rendered[conversation.id]
        plan = replace(plan, subject=values["subject"])
        conversation._send(plan, values["body_html"], author_id=self._author().id)
        checks = [*decision.to_record(), template._omnichannel_version()]
        self._decide("sent", plan.choice.identity.display_name, checks=checks)
        return True

    def _author(self):
        """Return in whose name a follow-up is written: the assignee, else the company."""
        return self.conversation_id.user_id.partner_id or self.conversation_id.company_id.partner_id

    def _go_on(self):
        next_step = self.step_id._next() if self.step_id else self.env["omnichannel.step"]
        if next_step:
            self.step_id = next_step
            self._plan_run()
        else:
            self.write({"state": "done", "step_id": False, "next_run_at": False})

    def _decide(self, outcome, reason, **values):
        """Write down what was decided about the step that is due, and why."""
        return self.env["omnichannel.decision"].create(
            {
                "enrollment_id": self.id,
                "step_id": self.step_id.id,
                "outcome": outcome,
                "reason": reason,
                **values,
            }
        )
