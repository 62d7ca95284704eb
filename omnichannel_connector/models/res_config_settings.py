from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .omnichannel_event_log import DAYS, DAYS_PARAMETER, FEWEST_DAYS


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    omnichannel_event_days = fields.Integer(
        "Keep Processed Events", config_parameter=DAYS_PARAMETER, default=DAYS
    )

    @api.constrains("omnichannel_event_days")
    def _check_omnichannel_event_days(self):
        for settings in self:
            if settings.omnichannel_event_days < FEWEST_DAYS:
                raise ValidationError(
                    self.env._("Keep events for at least %(days)s days.", days=FEWEST_DAYS)
                )
