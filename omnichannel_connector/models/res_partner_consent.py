from odoo import fields, models

from .res_partner import AGENT


class ResPartner(models.Model):
    _inherit = "res.partner"

    omnichannel_consent_ids = fields.Many2many(
        "omnichannel.consent",
        string="Consent",
        compute="_compute_omnichannel_consent_ids",
        groups=AGENT,
    )

    def _compute_omnichannel_consent_ids(self):
        """The ledger of the customer's addresses, as far as the user may read it."""
        lines = self.env["omnichannel.consent"].search(
            [("identity_id.partner_id", "in", self.ids)], limit=None
        )
        of_partner = lines.grouped(lambda line: line.identity_id.partner_id.id)
        for partner in self:
            partner.omnichannel_consent_ids = of_partner.get(partner._origin.id, lines.browse())
