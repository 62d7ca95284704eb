from odoo import api, models

from .res_partner import AGENT

CHANGES = {"active", "group_ids", "company_ids"}


class OmnichannelConversation(models.Model):
    """Customers whose agent is gone are nobody's, so that somebody else takes them."""

    _inherit = "omnichannel.conversation"

    def write(self, vals):
        """Write. What opens again does not come back to an agent who is gone meanwhile."""
        result = super().write(vals)
        if vals.get("state") == "open" and "user_id" not in vals:
            # sudo: who opens it may not see it any more
            self.sudo()._release()
        return result

    def _release(self):
        """Take these from agents who can't answer them. Return which were taken."""
        gone = self.filtered(
            lambda c: c.user_id and not c.user_id._answers_customers_of(c.company_id)
        )
        if gone:
            gone.write({"user_id": False})
        return gone


class ResUsers(models.Model):
    """Whoever leaves, or may answer no customers any more, leaves them to the others."""

    _inherit = "res.users"

    def write(self, vals):
        result = super().write(vals)
        if CHANGES & vals.keys():
            self._kept_conversations()._release()._look_for_agent()
        return result

    @api.ondelete(at_uninstall=False)
    def _leave_conversations(self):
        kept_sudo = self._kept_conversations()
        kept_sudo.write({"user_id": False})
        kept_sudo._look_for_agent()

    def _kept_conversations(self):
        """Return what of these users' is not closed, as superuser."""
        # sudo: whoever administers users need not see customers
        return (
            self.env["omnichannel.conversation"]
            .sudo()
            .search([("user_id", "in", self.ids), ("state", "!=", "closed")])
        )

    def _answers_customers_of(self, company):
        """Tell whether this user could answer a company's customers at all."""
        self.ensure_one()
        return self.active and self.has_group(AGENT) and company in self.company_ids
