from odoo import fields, models

from odoo.addons.mail.tools.discuss import Store


class MailMessage(models.Model):
    _inherit = "mail.message"

    # at most one: an index says so
    omnichannel_message_ids = fields.One2many(
        "omnichannel.message",
        "mail_message_id",
        groups="omnichannel_connector.omnichannel_group_agent",
    )

    def _to_store_defaults(self, target):
        return [
            *super()._to_store_defaults(target),
            # sudo: whoever may read the message may read what its bubble shows
            Store.Attr(
                "omnichannel",
                lambda message: message.sudo().omnichannel_message_ids._to_store_value(),
                predicate=lambda message: (
                    message.model == "discuss.channel" and message.sudo().omnichannel_message_ids
                ),
            ),
        ]
