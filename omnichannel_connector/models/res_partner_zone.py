from odoo import models

from ..planning.zones import find_candidates
from .timing import aware, utc_now


class ResPartner(models.Model):
    """In which time zones a customer may be."""

    _inherit = "res.partner"

    def _omnichannel_zones(self, company):
        """Return the planner's Candidates for a customer of a company; never empty.

        Who has logged in has the time zone of their own browser. What else stands on the record
        may be that of whoever made it: see `find_candidates`.
        """
        self.ensure_one()
        # sudo: asked by the follow-up engine for customers of any kind
        partner_sudo = self.sudo()
        is_own = any(user.login_date for user in partner_sudo.user_ids)
        phones = partner_sudo.omnichannel_identity_ids.filtered(
            lambda identity: identity.kind == "phone" and identity.trust != "claimed"
        )
        company_sudo = company.sudo()
        return find_candidates(
            aware(utc_now()),
            own=partner_sudo.tz if is_own else "",
            record=partner_sudo.tz,
            numbers=sorted(phones.mapped("value")),
            country=partner_sudo.country_id.code,
            company=company_sudo.resource_calendar_id.tz or company_sudo.partner_id.tz,
        )
