from odoo import fields, models

from odoo.addons.mail.tools.discuss import Store


class OmnichannelMessage(models.Model):
    """Messages whose content fills in after they were shown: calls and files."""

    _inherit = "omnichannel.message"

    # at most one: an index says so
    call_ids = fields.One2many("omnichannel.call", "message_id")

    def _to_store_value(self):
        call = self.call_ids._to_store_value()
        value = {**super()._to_store_value(), "call": call}
        return {**value, "stateLabel": call["stateLabel"]} if call else value

    def _push_content(self):
        """Send text, files and bubble to everybody who has the thread open."""
        for message in self:
            mail_message = message.mail_message_id
            Store(
                bus_channel=message.conversation_id.channel_id, bus_subchannel="internal_users"
            ).add(
                mail_message,
                [
                    Store.Many("attachment_ids", sort="id"),
                    "body",
                    {"omnichannel": message._to_store_value()},
                ],
            ).bus_send()
