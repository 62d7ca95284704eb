from odoo import api, models
from odoo.exceptions import AccessError, UserError

from .discuss_channel import is_omnichannel


class DiscussChannel(models.Model):
    """What keeps the stream of a conversation inside, whoever posts, joins or writes, and however.

    What customers get leaves by deliveries. Odoo's own ways to tell people about a message reach
    staff only.
    """

    _inherit = "discuss.channel"

    # === WHO IS TOLD === #

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        if not is_omnichannel(self):
            return recipients
        partners = self.env["res.partner"].browse(r["id"] for r in recipients if r["id"])
        staff = partners._omnichannel_staff()
        return [recipient for recipient in recipients if recipient["id"] in staff.ids]

    def _notify_thread_by_sms(self, message, recipients_data, msg_vals=False, **kwargs):
        """Send none: `message_post` takes numbers from whoever calls it."""
        if is_omnichannel(self):
            return True
        return super()._notify_thread_by_sms(message, recipients_data, msg_vals=msg_vals, **kwargs)

    # === WHO GETS IN === #

    def _find_or_create_persona_for_channel(self, *args, **kwargs):
        """Let nobody in by the address of a thread, who read it once or was told it."""
        if is_omnichannel(self) and not self._find_or_create_member_for_self():
            raise UserError(self.env._("Ask who answers this customer to invite you."))
        return super()._find_or_create_persona_for_channel(*args, **kwargs)

    # === WHOSE IT IS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Create; streams of conversations are made by the conversation alone."""
        channels = super().create(vals_list)
        if not self.env.su:
            channels._check_no_stream()
        return channels

    def write(self, vals):
        """Write; nobody changes a stream by hand, nor makes one of another channel."""
        if not self.env.su:
            self._check_no_stream()
            if "omnichannel_conversation_id" in vals:
                raise AccessError(self.env._("A conversation has the thread that it has."))
        return super().write(vals)

    def _check_no_stream(self):
        # sudo: only to tell what it is
        if any(is_omnichannel(one) or one.omnichannel_conversation_id for one in self.sudo()):
            raise AccessError(self.env._("A conversation's thread is kept by the conversation."))


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _omnichannel_staff(self):
        """Return who of these work here."""
        # sudo: whoever works here is no secret to the program
        staff = self.sudo().filtered(lambda p: any(u._is_internal() for u in p.user_ids))
        return staff.with_env(self.env)
