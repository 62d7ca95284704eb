from odoo import api, models

from .mail_blacklist import note_created, note_written


class PhoneBlacklist(models.Model):
    """Whose number is blocked anywhere in Odoo has refused all messages here, too."""

    _inherit = "phone.blacklist"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        note_created(records, "number", vals_list)
        return records

    def write(self, vals):
        return note_written(self, "number", lambda: super(PhoneBlacklist, self).write(vals))

    def unlink(self):
        values = set(self.filtered("active").mapped("number"))
        result = super().unlink()
        self.env["omnichannel.identity"]._note_listed("phone", values, False)
        return result
