from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain


class OmnichannelTeam(models.Model):
    """People who share customers: which accounts reach them, when they work, how fast they answer.

    Times to answer are minutes of working time, as the calendar has it; without a calendar the
    clock of the wall.
    """

    _name = "omnichannel.team"
    _inherit = ["bus.listener.mixin"]
    _description = "Conversation Team"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    member_ids = fields.Many2many(
        "res.users",
        "omnichannel_team_user_rel",
        "team_id",
        "user_id",
        "Members",
        domain=[("share", "=", False)],
    )
    account_ids = fields.One2many("omnichannel.account", "team_id", "Accounts")
    calendar_id = fields.Many2one(
        "resource.calendar",
        "Working Hours",
        check_company=True,
        help="Empty: open at any time. A lunch break in them counts as closed.",
    )
    assignment = fields.Selection(
        [
            ("manual", "By hand"),
            ("round_robin", "In turn, among those online"),
            ("least_loaded", "Whoever has the fewest open, among those online"),
        ],
        required=True,
        default="manual",
    )
    first_response_minutes = fields.Integer(
        "First Response Within", help="Minutes of working time. 0: no target."
    )
    next_response_minutes = fields.Integer(
        "Next Response Within", help="Minutes of working time. 0: no target."
    )
    escalation_user_id = fields.Many2one(
        "res.users", "Escalate To", domain=[("share", "=", False)], check_company=True
    )
    closed_reply = fields.Text(
        "Out-of-hours Reply",
        translate=True,
        help="Sent once to each customer who writes while the team is closed. Empty: none.",
    )
    is_reassigning = fields.Boolean(
        "Reassign When Away",
        help="A customer who writes while their agent is away gets another agent of the team.",
    )

    _minutes_positive = models.Constraint(
        "CHECK (first_response_minutes >= 0 AND next_response_minutes >= 0)",
        "Minutes to answer can't be fewer than 0. 0 means no target.",
    )

    @api.constrains("member_ids", "company_id")
    def _check_members(self):
        for team in self:
            # sudo: whom somebody adds may work in companies that they don't see
            for user in team.sudo().member_ids:
                if user.share:
                    raise ValidationError(
                        self.env._(
                            "%(user)s is a portal user. Members answer customers inside Odoo: "
                            "choose an internal user.",
                            user=user.name,
                        )
                    )
                if team.company_id not in user.company_ids:
                    raise ValidationError(
                        self.env._(
                            "%(user)s does not work in %(company)s. Choose somebody who does, or "
                            "allow them that company first.",
                            user=user.name,
                            company=team.company_id.name,
                        )
                    )

    @api.constrains("company_id")
    def _check_company_stays(self):
        """What is of a team is of its company: a team with accounts or conversations stays."""
        for team_sudo in self.sudo().with_context(active_test=False):
            company = team_sudo.company_id
            elsewhere = [("team_id", "=", team_sudo.id), ("company_id", "!=", company.id)]
            for model in ("omnichannel.account", "omnichannel.conversation"):
                if self.env[model].sudo().with_context(active_test=False).search_count(elsewhere):
                    raise ValidationError(
                        self.env._(
                            "%(team)s has accounts or conversations of another company. Make a new "
                            "team for %(company)s instead.",
                            team=team_sudo.name,
                            company=company.name,
                        )
                    )

    @api.ondelete(at_uninstall=False)
    def _keep_conversations(self):
        """Delete no team that has conversations: without one they would be everybody's."""
        # sudo: to ask whether there are any
        of_teams = [("team_id", "in", self.ids)]
        conversation_sudo = self.env["omnichannel.conversation"].sudo().search(of_teams, limit=1)
        if conversation_sudo:
            raise UserError(
                self.env._(
                    "%(team)s has conversations. Archive it instead: it gets no new ones then, and "
                    "its members keep what they have.",
                    team=conversation_sudo.team_id.name,
                )
            )


class OmnichannelAccount(models.Model):
    _inherit = "omnichannel.account"
    _check_company_auto = True

    team_id = fields.Many2one(
        "omnichannel.team",
        "Team",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        help="Whose conversations those are that begin here.",
    )


class OmnichannelConversation(models.Model):
    """Which team a conversation is of, and who may see it.

    The access rules of everything that hangs on a conversation ask `is_visible`: here alone stands
    what an agent may see.
    """

    _inherit = "omnichannel.conversation"
    _check_company_auto = True

    team_id = fields.Many2one(
        "omnichannel.team", index="btree_not_null", ondelete="set null", check_company=True
    )
    is_visible = fields.Boolean(compute="_compute_is_visible", search="_search_is_visible")

    @api.depends_context("uid")
    @api.depends("user_id", "team_id.member_ids", "company_id.omnichannel_is_team_private")
    def _compute_is_visible(self):
        visible = self.filtered_domain(self._visible_domain())
        visible.is_visible = True
        (self - visible).is_visible = False

    def _search_is_visible(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._visible_domain() if True in value else ~self._visible_domain()

    @api.model
    def _visible_domain(self):
        """Return which conversations an agent sees: own, the own teams', and what nobody took.

        Where a company keeps its teams apart, what nobody took is the own teams' or no team's.
        Teams and companies stand in it by their ids: with them PostgreSQL finds what little an
        agent sees by indexes, while of joined tables it has to read all that there is.
        """
        user = self.env.user.with_context(active_test=False)
        shared = user.company_ids.filtered(lambda c: not c.omnichannel_is_team_private)
        mine = Domain("user_id", "=", self.env.uid)
        own_teams = Domain("team_id", "in", user.omnichannel_team_ids.ids)
        is_free = Domain("user_id", "=", False)
        is_shared = Domain("team_id", "=", False) | Domain("company_id", "in", shared.ids)
        return mine | own_teams | (is_free & is_shared)


class ResUsers(models.Model):
    _inherit = "res.users"

    omnichannel_team_ids = fields.Many2many(
        "omnichannel.team", "omnichannel_team_user_rel", "user_id", "team_id", "Conversation Teams"
    )


class ResCompany(models.Model):
    _inherit = "res.company"

    omnichannel_is_team_private = fields.Boolean(
        "Teams See Their Own Conversations Only",
        help="Agents learn nothing of other teams' conversations, also of those nobody took.",
    )
