from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError


class OmnichannelPrivacyExport(models.TransientModel):
    """Export everything about a person. The files go when Odoo cleans up, within hours."""

    _name = "omnichannel.privacy.export"
    _description = "Export Everything About a Person"

    partner_id = fields.Many2one(
        "res.partner", "Person", required=True, readonly=True, ondelete="cascade"
    )
    attachment_ids = fields.Many2many("ir.attachment", string="Files", readonly=True)

    def action_export(self):
        """Make the files and show them."""
        self.ensure_one()
        privacy = self.env["omnichannel.privacy"]
        self.attachment_ids = privacy._export(self.partner_id, self)
        privacy._log("export", privacy._count(self.partner_id))
        return _open(self)


class OmnichannelPrivacyErase(models.TransientModel):
    """Erase a person, after a look at what goes and with their name typed."""

    _name = "omnichannel.privacy.erase"
    _description = "Erase a Person"

    # both are empty afterwards: nothing here remembers who it was
    partner_id = fields.Many2one("res.partner", "Person", readonly=True, ondelete="set null")
    confirmation = fields.Char("Type the Name")
    is_done = fields.Boolean(readonly=True)
    preview = fields.Html(compute="_compute_preview", sanitize=False)
    result = fields.Text(readonly=True)

    @api.depends("partner_id", "is_done")
    def _compute_preview(self):
        privacy = self.env["omnichannel.privacy"]
        for wizard in self:
            is_open = wizard.partner_id and not wizard.is_done
            counts = privacy._count(wizard.partner_id) if is_open else {}
            wizard.preview = self._count_table(counts) if is_open else False

    def _count_table(self, counts):
        labels = self.env["omnichannel.privacy"]._section_labels()
        if not counts:
            return Markup("<p>%s</p>") % self.env._("Only the customer record itself.")
        rows = Markup().join(
            Markup('<tr><th scope="row" class="fw-normal">%s</th><td class="text-end">%s</td></tr>')
            % (labels.get(name, name), count)
            for name, count in counts.items()
        )
        return Markup('<table class="table table-sm">%s</table>') % rows

    def action_erase(self):
        """Erase the person whose name was typed. Can't be undone."""
        self.ensure_one()
        name = (self.partner_id.name or "").strip()
        if not name or (self.confirmation or "").strip() != name:
            raise UserError(
                self.env._("Type the name exactly as it is written above, to be sure who it is.")
            )
        done = self.env["omnichannel.privacy"]._erase(self.partner_id)
        self.invalidate_recordset()
        self.write(
            {
                "partner_id": False,
                "confirmation": False,
                "is_done": True,
                "result": "\n".join(self._sentences(done)),
            }
        )
        return _open(self)

    def _sentences(self, done):
        """Yield what the administrator has to know of what is left."""
        if done["is_deleted"]:
            yield self.env._("The person and everything the Omnichannel app knew is deleted.")
        else:
            yield self.env._(
                "Everything the Omnichannel app knew is deleted. Other apps need the customer "
                "record (orders, invoices, meetings): it was emptied, renamed and archived. "
                "What these apps wrote down themselves stays."
            )
        if done["suppressions"]:
            yield self.env._(
                "That this person refused messages is kept as a keyed hash of the address."
            )
        if done["blacklisted"]:
            yield self.env._(
                "Odoo's own blacklists still hold %(count)s of the addresses in clear: they keep "
                "other apps from writing. Decide whether they may stay.",
                count=done["blacklisted"],
            )
        if done["recordings"]:
            yield self.env._(
                "Recordings of calls are at the phone provider: %(count)s. Delete them there.",
                count=done["recordings"],
            )
        yield self.env._(
            "The messages also exist at the providers. What was pushed to screens is gone from "
            "the database within a day, backups keep theirs."
        )

    def action_close(self):
        """Leave the page of a record that may be gone."""
        self.check_access("read")
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("contacts.action_contacts"),
            "target": "main",
        }


def _open(wizard):
    """Return the action that shows a wizard again."""
    return {
        "type": "ir.actions.act_window",
        "name": wizard._description,
        "res_model": wizard._name,
        "res_id": wizard.id,
        "views": [(False, "form")],
        "target": "new",
    }
