from odoo import fields, models

from odoo.addons.mail.tools.discuss import Store

from .discuss_channel import is_omnichannel


class MailMessage(models.Model):
    _inherit = "mail.message"

    # at most one: an index says so
    omnichannel_message_ids = fields.One2many(
        "omnichannel.message",
        "mail_message_id",
        groups="omnichannel_connector.omnichannel_group_agent",
    )

    def _to_store_defaults(self, target):
        defaults = super()._to_store_defaults(target)
        if not self._is_for_staff(target):
            return defaults
        return [
            *defaults,
            # sudo: whoever works here and may read the message may read what its bubble shows
            Store.Attr(
                "omnichannel",
                lambda message: message.sudo().omnichannel_message_ids._to_store_value(),
                predicate=lambda message: message._is_in_stream(),
            ),
        ]

    def _is_in_stream(self):
        """Tell whether this is a customer's message in a conversation.

        Of what visitors chat nothing of ours is read: it could break their chat.
        """
        if self.model != "discuss.channel":
            return False
        # sudo: only to tell what it is
        self_sudo = self.sudo()
        channel_sudo = self_sudo.env["discuss.channel"].browse(self.res_id)
        return is_omnichannel(channel_sudo) and bool(self_sudo.omnichannel_message_ids)

    def _is_for_staff(self, target):
        """Tell whether who gets this works here: customers read their own messages, and no more.

        The members of a conversation's thread do.
        """
        reader = self.env.user if target.channel is None else target.channel
        if reader._name == "res.users":
            return reader._is_internal()
        return reader._name != "mail.guest"

    def _omnichannel_set_reaction(self, partner, content):
        """Make `content` the one reaction of somebody, or take theirs away when it is empty."""
        self.ensure_one()
        reactions = self.env["mail.message.reaction"].search(
            [("message_id", "=", self.id), ("partner_id", "=", partner.id)]
        )
        guest = self.env["mail.guest"]
        for old in set(reactions.mapped("content")) - {content}:
            self._message_reaction(old, "remove", partner, guest)
        if content:
            self._message_reaction(content, "add", partner, guest)

    def _message_reaction(self, content, action, partner, guest, store=None):
        """Take an agent's reaction to a customer's message to the customer."""
        result = super()._message_reaction(content, action, partner, guest, store=store)
        # sudo: who may react here may read what the message is
        message_sudo = self.sudo().omnichannel_message_ids
        is_own = partner and partner == self.env.user.partner_id and self.env.user._is_internal()
        if message_sudo.direction == "inbound" and is_own:
            message_sudo._queue_reaction()
        return result
