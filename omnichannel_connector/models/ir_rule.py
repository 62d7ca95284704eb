from odoo import models

STREAMS = {"discuss.channel", "discuss.channel.member"}


class IrRule(models.Model):
    _inherit = "ir.rule"

    def _make_access_error(self, operation, records):
        """Refuse without a name: Odoo's debug mode tells how the records are called.

        The name of a conversation is its customer's, that of a message its subject.
        """
        if records._name not in STREAMS and not records._name.startswith("omnichannel."):
            return super()._make_access_error(operation, records)
        error = super()._make_access_error(operation, records.browse())
        records.invalidate_recordset()
        return error
