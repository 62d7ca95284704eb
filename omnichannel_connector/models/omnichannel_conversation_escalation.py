from datetime import datetime, timezone

from odoo import api, fields, models

from .timing import commit_repeatedly

ACTIVITY_TYPE = "omnichannel_connector.mail_activity_type_escalation"
SUPERVISOR = "omnichannel_connector.omnichannel_group_supervisor"
BATCH_SIZE = 100


class OmnichannelConversation(models.Model):
    """Customers whom nobody answered in time are somebody's to-do, until they have their answer.

    Odoo's activities want a few methods of a followed record. A conversation has no followers:
    who is responsible is assigned, and what is told stands in the thread, as a note.
    """

    _name = "omnichannel.conversation"
    _inherit = ["omnichannel.conversation", "mail.activity.mixin"]

    escalated_at = fields.Datetime(
        "Escalated", readonly=True, help="When it was noted that the answer is late."
    )

    # what is late and nobody was told of yet: what was escalated long ago is not read again
    _late_idx = models.Index(
        "(response_due_at, id) WHERE response_due_at IS NOT NULL AND escalated_at IS NULL"
    )

    # === ESCALATE === #

    @api.model
    def _cron_escalate(self):
        """Make the to-dos of answers that are overdue, one a turn. Commits batch by batch."""
        while self._search_overdue():
            if not commit_repeatedly(self.env, self._escalate_due):
                break

    @api.model
    def _search_overdue(self):
        return self.search(
            [("response_due_at", "<=", fields.Datetime.now()), ("escalated_at", "=", False)],
            order="response_due_at, id",
            limit=BATCH_SIZE,
        )

    @api.model
    def _escalate_due(self):
        """Escalate a batch. Locks their rows: who answers one meanwhile makes us repeat."""
        overdue = self._search_overdue()
        overdue._lock()
        overdue.write({"escalated_at": fields.Datetime.now()})
        for conversation in overdue:
            conversation._escalate()

    def _escalate(self):
        user = self._escalation_user()
        self.env["omnichannel.episode"]._open_of(self).is_target_missed = True
        if user:
            # the to-do is there; a mail about it would carry the customer's name
            self.with_context(lang=user.lang, mail_activity_quick_update=True).activity_schedule(
                ACTIVITY_TYPE,
                date_deadline=self._today_of(user),
                user_id=user.id,
                summary=self.with_context(lang=user.lang).env._("The customer waits too long"),
            )

    def _today_of(self, user):
        return fields.Datetime.context_timestamp(
            self.with_context(tz=user.tz or "UTC"), datetime.now(timezone.utc).replace(tzinfo=None)
        ).date()

    def _escalation_user(self):
        """Return whose to-do it is: whom the team names, else the assignee, else a supervisor."""
        team = self.team_id
        named = team.escalation_user_id or self.user_id
        if named.active:
            return named
        supervisors = self.env.ref(SUPERVISOR).all_user_ids.filtered(
            lambda user: user.active and not user.share and self.company_id in user.company_ids
        )
        return (supervisors & team.member_ids)[:1] or supervisors[:1]

    # === ANSWERED === #

    def write(self, vals):
        """Write, and take back the to-dos of what is answered, or another team's now."""
        # sudo: who gives it away may not see it afterwards
        former = {c: c.team_id for c in self.sudo()} if "team_id" in vals else {}
        result = super().write(vals)
        if {"waiting_since", "state", "team_id"} & vals.keys():
            over_sudo = self.sudo().filtered(
                lambda c: (
                    c.escalated_at and (c._is_turn_over() or c.team_id != former.get(c, c.team_id))
                )
            )
            if over_sudo:
                over_sudo._end_escalation()
        return result

    def _is_turn_over(self):
        """Tell whether nobody waits any more for the answer that was late."""
        return (
            not self.waiting_since or self.state != "open" or self.waiting_since > self.escalated_at
        )

    def _end_escalation(self):
        # sudo: the to-do is somebody else's, and done with the answer
        self_sudo = self.sudo()
        self_sudo.activity_ids.filtered(
            lambda activity: activity.activity_type_id == self.env.ref(ACTIVITY_TYPE)
        ).unlink()
        self_sudo.write({"escalated_at": False})

    # === NEW TARGETS === #

    def _renew_due(self):
        """Take back the to-dos of what is due later now; with a new one it is late then.

        What the new targets alone make late is nobody's to-do: it is overdue in the inbox, and
        there may be hundreds of them.
        """
        known = self.filtered(lambda c: c._is_late())
        result = super()._renew_due()
        newly = (self - known).filtered(lambda c: c._is_late() and not c.escalated_at)
        newly.write({"escalated_at": fields.Datetime.now()})
        on_time = self.filtered(lambda c: c.escalated_at and not c._is_late())
        if on_time:
            on_time._end_escalation()
        return result

    def _is_late(self):
        return bool(self.response_due_at) and self.response_due_at <= fields.Datetime.now()

    # === WHAT ACTIVITIES ASK === #

    @api.private
    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Follow nothing: who is responsible is assigned, and sees all of it."""
        return True

    @api.private
    def message_post_with_source(self, source_ref, **kwargs):
        """Write what became of an activity into the thread, as a note."""
        messages = self.env["mail.message"]
        self._ensure_channels()
        for channel in self.channel_id:
            messages |= channel.message_post_with_source(source_ref, **kwargs)
        return messages

    @api.private
    def message_notify(self, **kwargs):
        """Tell somebody that an activity is theirs now."""
        return self.env["mail.thread"].message_notify(**kwargs)
