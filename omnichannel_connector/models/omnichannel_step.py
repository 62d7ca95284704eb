from odoo import api, fields, models

from .omnichannel_account import IN_PERSON
from .omnichannel_sequence import UNITS


class OmnichannelStep(models.Model):
    """One message of a sequence: how long after the one before, on which channel, which words."""

    _name = "omnichannel.step"
    _description = "Follow-up Step"
    _order = "sequence_id, position, id"

    sequence_id = fields.Many2one(
        "omnichannel.sequence", required=True, ondelete="cascade", index=True
    )
    position = fields.Integer(default=10)
    delay_number = fields.Integer("Wait", default=0)
    delay_unit = fields.Selection(UNITS, required=True, default="hours")
    channel = fields.Selection(selection="_get_channels", required=True, string="Send By")
    template_id = fields.Many2one(
        "mail.template",
        "Template",
        required=True,
        ondelete="restrict",
        domain=[("model", "=", "omnichannel.conversation")],
    )

    @api.model
    def _get_channels(self):
        channels = self.env["omnichannel.account"]._get_channels()
        return [(code, label) for code, label in channels if code != IN_PERSON]

    @api.depends("channel", "template_id")
    def _compute_display_name(self):
        labels = dict(self._get_channels())
        for step in self:
            step.display_name = f"{labels.get(step.channel, '')}: {step.template_id.name or ''}"

    def _next(self):
        """Return the step after this one, if any."""
        later = self.sequence_id.step_ids
        return later[later.ids.index(self.id) + 1 :][:1]
