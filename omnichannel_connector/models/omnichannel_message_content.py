from odoo import fields, models


class OmnichannelMessage(models.Model):
    """Calls are messages whose bubble shows more."""

    _inherit = "omnichannel.message"

    # at most one: an index says so
    call_ids = fields.One2many("omnichannel.call", "message_id")

    def _to_store_value(self):
        call = self.call_ids._to_store_value()
        value = {**super()._to_store_value(), "call": call}
        return {**value, "stateLabel": call["stateLabel"]} if call else value
