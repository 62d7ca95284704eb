from odoo import api, models


def note_written(records, field, write):
    """Call `write` and note what it changed of a blacklist whose addresses are in `field`."""
    kind = "email" if field == "email" else "phone"
    identities = records.env["omnichannel.identity"]
    before = {record[field]: record.active for record in records}
    result = write()
    after = {record[field]: record.active for record in records}
    gone = {value for value, active in before.items() if active and not after.get(value)}
    come = {value for value, active in after.items() if active and not before.get(value)}
    identities._note_listed(kind, gone, False)
    identities._note_listed(kind, come, True)
    return result


def note_created(records, field, vals_list):
    """Note addresses that were put on a blacklist, or that are known to be off it."""
    kind = "email" if field == "email" else "phone"
    identities = records.env["omnichannel.identity"]
    identities._note_listed(kind, set(records.filtered("active").mapped(field)), True)
    # Odoo takes an address off that was never on the list by creating it archived
    if all(vals.get("active") is False for vals in vals_list):
        off = records.filtered(lambda record: not record.active)
        identities._note_listed(kind, set(off.mapped(field)), False)


class MailBlacklist(models.Model):
    """Whoever unsubscribes anywhere in Odoo has refused marketing here, too."""

    _inherit = "mail.blacklist"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        note_created(records, "email", vals_list)
        return records

    def write(self, vals):
        return note_written(self, "email", lambda: super(MailBlacklist, self).write(vals))

    def unlink(self):
        values = set(self.filtered("active").mapped("email"))
        result = super().unlink()
        self.env["omnichannel.identity"]._note_listed("email", values, False)
        return result
