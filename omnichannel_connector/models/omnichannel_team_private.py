from odoo import api, fields, models
from odoo.fields import Domain


class OmnichannelConversation(models.Model):
    """Where teams are kept apart, what belongs to another team's customer is hidden, too."""

    _inherit = "omnichannel.conversation"

    @api.model
    def _hidden_domain(self):
        """Return which conversations hide their customer from this user, None where none do."""
        # sudo: how a company is set up is read by nobody else
        private_sudo = self.env.user.sudo().company_ids.filtered("omnichannel_is_team_private")
        if not private_sudo:
            return None
        return Domain("company_id", "in", private_sudo.ids) & ~self._visible_domain()

    @api.model
    def _shown_domain(self, partner_field):
        """Return the domain of records whose customer is hidden by no conversation."""
        hidden = self._hidden_domain()
        if hidden is None:
            return Domain.TRUE
        is_hidden = Domain("omnichannel_conversation_ids", "any!", hidden)
        return Domain(partner_field, "=", False) | ~Domain(partner_field, "any!", is_hidden)

    @api.model
    def _hidden_partners(self, partners):
        """Return which of these customers are hidden from this user."""
        hidden = self._hidden_domain()
        if hidden is None:
            return partners.browse()
        # sudo: what is hidden can only be found by who sees it
        conversations_sudo = self.sudo().search(Domain("partner_id", "in", partners.ids) & hidden)
        return partners & conversations_sudo.partner_id


class OmnichannelSuggestion(models.Model):
    _inherit = "omnichannel.suggestion"

    is_visible = fields.Boolean(
        compute="_compute_is_visible", search="_search_is_visible", compute_sudo=False
    )

    @api.depends_context("uid")
    @api.depends("partner_id", "identity_id.partner_id")
    def _compute_is_visible(self):
        both = self.partner_id | self.sudo().identity_id.partner_id
        hidden = self.env["omnichannel.conversation"]._hidden_partners(both)
        for suggestion in self:
            named = suggestion.partner_id | suggestion.sudo().identity_id.partner_id
            suggestion.is_visible = not named & hidden

    def _search_is_visible(self, operator, value):
        if operator != "in":
            return NotImplemented
        shown = self.env["omnichannel.conversation"]._shown_domain("partner_id")
        shown &= Domain("identity_id", "any!", Domain("is_visible", "=", True))
        return shown if True in value else ~shown
