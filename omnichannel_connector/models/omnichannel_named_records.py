from odoo import api, models

from .discuss_channel import is_omnichannel

OURS = "omnichannel."


class Base(models.AbstractModel):
    """Odoo shows the name of what a row refers to without asking whether its reader may see it.

    Who may make a row of any kind could go through all customers by their ids.
    """

    _inherit = "base"

    def onchange(self, values, field_names, fields_spec):
        """Tell what a form shows. Raise AccessError when it names a conversation that is hidden."""
        context = self.env.context
        given = {**{key: context.get(f"default_{key}") for key in self._fields}, **values}
        if not self.env.su:
            self._omnichannel_check_given({key: value for key, value in given.items() if value})
        return super().onchange(values, field_names, fields_spec)

    def _omnichannel_check_given(self, given):
        for name in given.keys() & self._fields.keys():
            comodel = self._fields[name].comodel_name or ""
            if comodel.startswith(OURS) or comodel == "discuss.channel":
                # as Odoo reads what a form sends: ids, or commands for lists
                named = self.new({name: given[name]})[name]._origin
                # sudo: only to learn what it is
                if comodel != "discuss.channel" or any(map(is_omnichannel, named.sudo())):
                    named.check_access("read")


class OmnichannelNamedRecords(models.AbstractModel):
    """For models in which people without rights here may create rows that name records of ours."""

    _name = "omnichannel.named.records"
    _description = "Names only what its author may see"

    @api.model_create_multi
    def create(self, vals_list):
        """Create. Raise AccessError when one refers to a record of ours that is hidden."""
        records = super().create(vals_list)
        records._check_named(self._naming_fields())
        return records

    def write(self, vals):
        """Write. Raise AccessError as `create` does."""
        result = super().write(vals)
        self._check_named([name for name in self._naming_fields() if name in vals])
        return result

    @api.model
    def _naming_fields(self):
        return [
            name
            for name, field in self._fields.items()
            if field.store and field.relational and field.comodel_name.startswith(OURS)
        ]

    def _check_named(self, names):
        if self.env.su:
            return
        for name in names:
            # sudo: only to learn what is named; the check is the user's
            self.sudo()[name].sudo(False).check_access("read")
