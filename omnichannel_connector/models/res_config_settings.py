from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .omnichannel_event_log import DAYS, DAYS_PARAMETER, FEWEST_DAYS


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    omnichannel_event_days = fields.Integer(
        "Keep Processed Events", config_parameter=DAYS_PARAMETER, default=DAYS
    )
    omnichannel_is_team_private = fields.Boolean(
        related="company_id.omnichannel_is_team_private", readonly=False
    )
    omnichannel_import_note = fields.Char(compute="_compute_omnichannel_import_note")

    def _compute_omnichannel_import_note(self):
        """Tell the administrator how far the latest import of contacts is."""
        # sudo: administrators of Odoo need not be administrators of the connector
        run_sudo = self.env["omnichannel.import"].sudo().search([], limit=1)
        states = dict(run_sudo._fields["state"]._description_selection(self.env))
        note = f"{states[run_sudo.state]}, {run_sudo.progress:.0f} %" if run_sudo else False
        self.omnichannel_import_note = note

    @api.constrains("omnichannel_event_days")
    def _check_omnichannel_event_days(self):
        for settings in self:
            if settings.omnichannel_event_days < FEWEST_DAYS:
                raise ValidationError(
                    self.env._("Keep events for at least %(days)s days.", days=FEWEST_DAYS)
                )
