from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..planning.chance import jitter
from ..planning.delays import ELAPSED
from ..planning.limits import HOUR
from ..planning.policy import Facts, check_now, plan
from ..planning.zones import possible
from .omnichannel_message import LOST
from .timing import aware, to_naive_utc, utc_now

HOLD = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def stored(moment):
    """Return an aware moment as Odoo stores it, in whole seconds and never earlier."""
    return to_naive_utc(moment + SECOND - timedelta(microseconds=1)).replace(microsecond=0)


class OmnichannelEnrollment(models.Model):
    """When a step runs: asked when it is planned, and again in the transaction that queues it."""

    _inherit = "omnichannel.enrollment"

    throttled_account_id = fields.Many2one(
        "omnichannel.account", "Lines Up For", readonly=True, ondelete="set null"
    )

    _throttled_idx = models.Index(
        "(throttled_account_id, sequence_id, next_run_at DESC)"
        " WHERE throttled_account_id IS NOT NULL AND state = 'active'"
    )

    # === PLANNING === #

    def _plan_first_runs(self):
        """Set when the first step of these runs. They are of one sequence and just enrolled."""
        if not self:
            return
        sequence, step = self.sequence_id, self.step_id
        if step._is_delay_plain() and sequence._is_free(step.channel):
            # the same for all, so in one go
            unit = step.delay_unit if step.delay_unit in ELAPSED else "hours"
            self.next_run_at = fields.Datetime.now() + timedelta(**{unit: step.delay_number})
            return
        policy = sequence._policy(step.channel)
        for enrollment in self:
            enrollment._plan_run(policy)

    def _plan_run(self, policy=None):
        """Set when the step that comes next runs: after its delay, when the hours allow it.

        `policy` is that of the step's channel, where it is known already.
        """
        step = self.step_id
        candidates = self._zones()
        zones = [candidate.zone for candidate in possible(candidates)]
        due = step._due_at(aware(fields.Datetime.now()), zones)
        if due is None:
            reason = self.env._("There is no working time to wait for.")
            self._decide("failed", reason)
            self.write({"state": "failed", "error": reason, "next_run_at": False})
            return
        policy = policy or self.sequence_id._policy(step.channel)
        decision = plan(policy, candidates, due, self._spread())
        # what is never allowed is skipped when it is due, with its reason
        self.write({"next_run_at": stored(decision.at or due), "throttled_account_id": False})
        if decision.at and decision.waits_for:
            self._note_wait(decision)

    def _zones(self):
        return self.partner_id._omnichannel_zones(self.conversation_id.company_id)

    def _spread(self):
        return jitter(self.sequence_id.jitter_minutes, self.id, self.step_id.id)

    # === BEFORE SENDING === #

    def _check_policy(self, send_plan):
        """Return the planner's Decision for sending now.

        Under the conversation's lock: nothing else is queued for this customer meanwhile.
        """
        account = send_plan.choice.account
        policy = self.sequence_id._policy(send_plan.choice.channel)
        moment = aware(utc_now())
        mine = [("conversation_id", "=", self.conversation_id.id)]
        others = [("enrollment_id.sequence_id", "!=", self.sequence_id.id)]
        facts = Facts(
            self._zones(),
            sent=self._sent_since(mine, moment - policy.cap_period, policy.cap_count)
            if policy.cap_count
            else (),
            sent_by_others=self._sent_since([*mine, *others], moment - policy.distance, 1)
            if policy.distance
            else (),
            others=self._other_follow_ups(),
            full_since=self._full_since(account, moment, policy.per_hour),
            last_planned=self._last_in_line(account) if policy.per_hour else None,
        )
        return check_now(policy, facts, moment, self._spread())

    def _full_since(self, account, moment, per_hour):
        """Return when the first of an account's last `per_hour` follow-ups went, if in the hour."""
        if not per_hour:
            return None
        domain = [("account_id", "=", account.id)]
        return next(iter(self._sent_since(domain, moment - HOUR, 1, per_hour - 1)), None)

    def _sent_since(self, domain, since, limit, offset=0):
        """Return when the newest follow-ups of a domain went, as aware moments."""
        found = self.env["omnichannel.message"].search_fetch(
            [
                *domain,
                ("enrollment_id", "!=", False),
                ("occurred_at", ">", to_naive_utc(since)),
                ("state", "not in", LOST),
            ],
            ["occurred_at"],
            order="occurred_at DESC, id DESC",
            limit=limit,
            offset=offset,
        )
        return tuple(aware(message.occurred_at) for message in found)

    def _other_follow_ups(self):
        """Return (priority, due, name) of the customer's other follow-ups.

        Not of those on hold: nobody knows how long that takes.
        """
        others = self.conversation_id.enrollment_ids.filtered(
            lambda e: e.state == "active" and e != self and e.next_run_at and not e._find_hold()
        )
        return tuple(
            (int(e.sequence_id.priority), aware(e.next_run_at), e.sequence_id.name) for e in others
        )

    def _last_in_line(self, account):
        """Return for when the last of this sequence is planned that an account's limit put off."""
        last = self.search(
            [
                ("throttled_account_id", "=", account.id),
                ("sequence_id", "=", self.sequence_id.id),
                ("state", "=", "active"),
                ("id", "!=", self.id),
            ],
            order="next_run_at DESC",
            limit=1,
        )
        return aware(last.next_run_at) if last else None

    def _put_off(self, decision, account):
        """Move the step to when it is allowed. Return whether that never comes: it is over."""
        if decision.at is None:
            record = self._note_wait(decision, "skipped")
            record.reason = self.env._(
                "There is no time at which this may be sent: %(why)s", why=record.reason
            )
            return True
        self.write(
            {
                "next_run_at": stored(decision.at),
                "throttled_account_id": decision.is_in_line and account.id,
            }
        )
        self._note_wait(decision)
        return False

    def _note_wait(self, decision, outcome="moved"):
        """Write down what is in the way, and until when."""
        checks = decision.to_record()
        record = self._decide(
            outcome,
            "",
            rule=decision.waits_for.rule,
            until=stored(decision.at) if decision.at else False,
            checks=checks,
        )
        record.reason = record._sentence(decision.waits_for.to_record())
        return record

    # === HOLD === #

    def _hold(self):
        """Put the step off for a while when something has to be decided first. Tell whether so."""
        hold = self._find_hold()
        if not hold:
            return False
        rule, reason, values = hold
        self.write({"next_run_at": fields.Datetime.now() + HOLD, "throttled_account_id": False})
        last = self.decision_ids[:1]
        if (last.outcome, last.rule, last.step_id) != ("held", rule, self.step_id):
            checks = [{"rule": rule, "allowed": False, "next_at": None, "values": values}]
            self._decide("held", reason, rule=rule, checks=checks)
        return True

    def _find_hold(self):
        """Return (rule, sentence, values) of what has to be settled first, or None. Extended."""
        since = self.conversation_id.waiting_since
        if not since:
            return None
        reason = self.env._("The customer waits for an answer of ours. That comes first.")
        return "owed", reason, {"since": fields.Datetime.to_string(since)}


class OmnichannelSequence(models.Model):
    _inherit = "omnichannel.sequence"

    def _is_free(self, channel):
        """Tell whether a message of a channel may be planned for any time, and need not spread."""
        return self._hours(channel).is_always and not self.jitter_minutes

    def _may_enroll(self):
        """Return the SQL condition for a row `conversation` that may come in (again)."""
        if self.reenroll == "always":
            return SQL("TRUE")
        since = SQL("TRUE")
        if self.reenroll == "after":
            days = timedelta(days=self.reenroll_days)
            since = SQL("past.enrolled_at > %s", fields.Datetime.now() - days)
        return SQL(
            """
            NOT EXISTS (SELECT FROM omnichannel_enrollment past
                         WHERE past.conversation_id = conversation.id
                           AND past.sequence_id = %s AND %s)
            """,
            self.id,
            since,
        )


class OmnichannelMessage(models.Model):
    _inherit = "omnichannel.message"

    # what an account sent within the hour, however much it receives
    _follow_up_idx = models.Index("(account_id, occurred_at DESC) WHERE enrollment_id IS NOT NULL")


class MailTemplate(models.Model):
    _inherit = "mail.template"

    def _omnichannel_version(self):
        """Return which words were used, as a check of a decision record."""
        self.ensure_one()
        return {
            "rule": "template",
            "allowed": True,
            "next_at": None,
            "values": {
                "id": self.id,
                "name": self.name,
                "changed": fields.Datetime.to_string(self.write_date),
            },
        }
