from odoo import api, fields, models
from odoo.exceptions import UserError


class OmnichannelPrivacyLog(models.Model):
    """That somebody was exported or erased: who did it, when, how much. Never whom.

    Append-only: nobody changes or deletes a line.
    """

    _name = "omnichannel.privacy.log"
    _description = "Privacy Log"
    _order = "id desc"
    _rec_name = "action"

    action = fields.Selection(
        [("export", "Exported"), ("erase", "Erased")], required=True, readonly=True
    )
    user_id = fields.Many2one("res.users", "By", required=True, readonly=True, ondelete="restrict")
    done_at = fields.Datetime(
        "When", required=True, readonly=True, default=lambda self: fields.Datetime.now()
    )
    counts = fields.Json(readonly=True, help="{section: rows}")
    summary = fields.Text(compute="_compute_summary")

    def _compute_summary(self):
        labels = self.env["omnichannel.privacy"]._section_labels()
        for line in self:
            line.summary = ", ".join(
                f"{labels.get(name, name)}: {count}" for name, count in (line.counts or {}).items()
            )

    def write(self, vals):
        if self:
            raise UserError(self.env._("The privacy log is never changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The privacy log is never changed."))


class OmnichannelPrivacy(models.AbstractModel):
    _inherit = "omnichannel.privacy"

    @api.model
    def _section_labels(self):
        """Return {name of a section or count: how people call it}."""
        return {
            "identities": self.env._("Addresses"),
            "links": self.env._("Links between addresses and customers"),
            "suggestions": self.env._("Suggestions"),
            "consents": self.env._("Consents"),
            "conversations": self.env._("Conversations"),
            "notes": self.env._("Internal notes"),
            "messages": self.env._("Messages"),
            "calls": self.env._("Calls"),
            "media": self.env._("Files named by the provider"),
            "deliveries": self.env._("Deliveries"),
            "enrollments": self.env._("Follow-ups"),
            "decisions": self.env._("Follow-up decisions"),
            "belongings": self.env._("Notes and leads that went along with a link"),
            "proposals": self.env._("Proposals about what the person wants"),
            "verifications": self.env._("Verifications of addresses"),
            "scheduled": self.env._("Messages that were to be sent later"),
            "events": self.env._("Raw provider events"),
            "files": self.env._("Files"),
            "leads": self.env._("Leads (kept without the person)"),
            "origins": self.env._("Records that the addresses were linked from"),
            "suppressions": self.env._("Refusals that are kept as a keyed hash"),
            "recordings": self.env._("Recordings at the provider"),
            "blacklisted": self.env._("Entries in Odoo's blacklists"),
            "is_deleted": self.env._("Customer record deleted"),
        }
