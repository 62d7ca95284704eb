from odoo import api, fields, models

from .working_time import WorkingTime

TARGETS = {"first_response_minutes", "next_response_minutes", "calendar_id"}


class OmnichannelConversation(models.Model):
    """Until when a team wants to have answered, in its working time."""

    _inherit = "omnichannel.conversation"

    response_due_at = fields.Datetime(
        "Answer Due",
        compute="_compute_response_due_at",
        store=True,
        readonly=True,
        help="Until when the team wants to have answered.",
    )

    _due_idx = models.Index("(response_due_at) WHERE response_due_at IS NOT NULL")

    @api.depends("waiting_since", "state", "team_id")
    def _compute_response_due_at(self):
        """For many conversations at once: a batch of messages asks each calendar once."""
        waiting = self.filtered(lambda c: c.waiting_since and c.state == "open" and c.team_id)
        (self - waiting).response_due_at = False
        answered = self.env["omnichannel.episode"]._answered_conversations(waiting)
        clock = WorkingTime()
        for conversation in waiting:
            team = conversation.team_id
            is_first = conversation.id not in answered
            minutes = team.first_response_minutes if is_first else team.next_response_minutes
            conversation.response_due_at = minutes > 0 and clock.add(
                team.calendar_id, conversation.waiting_since, minutes, team.company_id
            )

    def _renew_due(self):
        """Find anew until when these are to be answered."""
        self.env.add_to_compute(self._fields["response_due_at"], self)


class OmnichannelTeam(models.Model):
    _inherit = "omnichannel.team"

    def write(self, vals):
        result = super().write(vals)
        if TARGETS & vals.keys():
            self._renew_targets()
        return result

    def _renew_targets(self):
        """Let the new targets hold for who waits already."""
        # sudo: the targets hold for all of a team's conversations, whoever sets them
        waiting_sudo = (
            self.env["omnichannel.conversation"]
            .sudo()
            .search([("team_id", "in", self.ids), ("waiting_since", "!=", False)])
        )
        waiting_sudo._renew_due()
