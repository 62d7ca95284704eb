from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.omnichannel_consent import BOTH


class OmnichannelConsentNote(models.TransientModel):
    """What a customer told a person of ours: allowed or refused, in which words and where."""

    _name = "omnichannel.consent.note"
    _inherit = "omnichannel.named.records"
    _description = "Note Consent"

    identity_id = fields.Many2one("omnichannel.identity", "Address", required=True, readonly=True)
    channel = fields.Selection(selection="_get_channels", required=True)
    purpose = fields.Selection(
        [("service", "Service"), ("marketing", "Marketing"), ("both", "Both")], required=True
    )
    state = fields.Selection(
        [("refused", "Refuses"), ("granted", "Agrees")], required=True, default="refused"
    )
    words = fields.Text("Exact Words", required=True)
    evidence = fields.Char("Where It Was Said", required=True)

    @api.model
    def _get_channels(self):
        return self.env["omnichannel.account"]._get_channels()

    def action_record(self):
        """Record it in the ledger.

        Raise UserError for what only the customer can take back, AccessError for who may not
        answer this customer.
        """
        self.ensure_one()
        self._check_rights()
        if not (self.words or "").strip() or not (self.evidence or "").strip():
            raise UserError(self.env._("Write down what the customer said and where."))
        if self.channel not in self.identity_id._messaging_channels():
            raise UserError(self.env._("This address is not one of that channel."))
        if self.state == "granted":
            self.identity_id._check_unlocked(self.channel)
        self.env["omnichannel.consent"]._record(
            self.identity_id,
            self.channel,
            BOTH if self.purpose == "both" else (self.purpose,),
            self.state,
            "staff",
            words=self.words.strip(),
            evidence=self.evidence.strip(),
        )
        return {"type": "ir.actions.act_window_close"}

    def _check_rights(self):
        """Raise AccessError unless the user may answer this customer, in the panel or anywhere."""
        self.identity_id.check_access("read")
        conversations = self.env["omnichannel.conversation"]
        domain = [
            ("partner_id", "=", self.identity_id.partner_id.id),
            ("company_id", "in", self.env.companies.ids),
        ]
        # sudo: only to know whether there are conversations that the user may not see
        hidden = conversations.sudo().search_count(domain) and not conversations.search_count(
            domain
        )
        if hidden:
            raise AccessError(self.env._("A colleague answers this customer."))
