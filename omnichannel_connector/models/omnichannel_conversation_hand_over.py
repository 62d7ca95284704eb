from markupsafe import Markup, escape

from odoo import models
from odoo.exceptions import UserError


class OmnichannelConversation(models.Model):
    """Handing a customer over to a colleague or to a team, with a word about it."""

    _inherit = "omnichannel.conversation"

    def action_hand_over(self):
        """Return the dialog that asks to whom, and what they should know."""
        self.ensure_one()
        self.check_access("write")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "omnichannel_connector.omnichannel_hand_over_action"
        )
        return {**action, "context": {"default_conversation_id": self.id}}

    def _hand_over(self, user, team, note=""):
        """Give the conversation to a user, to a team, or to a user of a team. Say so inside.

        `note` is plain text; it becomes an internal note, written by who hands over. Raise
        AccessError unless the user may answer here, UserError for who can't take it. The user may
        see nothing of the conversation afterwards.
        """
        self.ensure_one()
        self.check_access("write")
        self._check_hand_over(user, team)
        self_sudo = self.sudo()  # sudo: may do it, checked above, and can't see it afterwards
        self_sudo._ensure_channels()
        values = {"user_id": user.id, "state": "open"}
        if team:
            values["team_id"] = team.id
        if not user and team.assignment != "manual":
            values["is_looking"] = True
            self.env["omnichannel.team"]._wake()
        self_sudo.write(values)
        # after the new agent became a member: only then it comes live
        self_sudo.channel_id.message_post(
            body=self._hand_over_body(user, team, note), message_type="comment"
        )

    def _check_hand_over(self, user, team):
        if not user and not team:
            raise UserError(self.env._("Choose a colleague or a team."))
        if self.sudo().moved_to_id:
            raise UserError(
                self.env._("Everything of this customer was linked to another one. Go there.")
            )
        # sudo: who can take it is told to whoever may hand it over
        able_sudo = self._possible_agents()
        if user and user not in able_sudo:
            raise UserError(
                self.env._("%(user)s does not answer customers of this company.", user=user.name)
            )
        if team and team.sudo().company_id != self.company_id:
            raise UserError(self.env._("This team is of another company. Choose another team."))

    def _possible_agents(self):
        """Return the users who could answer this customer, as superuser."""
        self.ensure_one()
        group_sudo = self.env.ref("omnichannel_connector.omnichannel_group_agent").sudo()
        # sudo: which colleagues are agents may be known to every agent
        company = self.sudo().company_id
        return group_sudo.all_user_ids.filtered(
            lambda user: user.active and not user.share and company in user.company_ids
        )

    def _hand_over_body(self, user, team, note):
        names = " / ".join(filter(None, [team.sudo().name, user.sudo().name]))
        head = escape(self.env._("Handed over to %(name)s", name=names))
        lines = [Markup("<b>%s</b>") % head, *map(escape, (note or "").strip().splitlines())]
        return Markup("<br>").join(lines)
