from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.mail.tools.discuss import Store

from .timing import utc_now

UNDO_SECONDS = 5


class ResCompany(models.Model):
    _inherit = "res.company"

    omnichannel_undo_seconds = fields.Integer(
        "Undo Sending Within",
        default=UNDO_SECONDS,
        help="Seconds for which a message written in the web client waits before it leaves. "
        "0: it leaves at once.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    omnichannel_undo_seconds = fields.Integer(
        related="company_id.omnichannel_undo_seconds", readonly=False
    )


class OmnichannelConversation(models.Model):
    _inherit = "omnichannel.conversation"

    def _held_until(self, plan):
        """Return until when a message waits for its author to change their mind, or False."""
        seconds = self.company_id.omnichannel_undo_seconds
        return plan.is_held and seconds > 0 and utc_now() + timedelta(seconds=seconds)


class OmnichannelMessage(models.Model):
    """For some seconds the author of a message can take it back as if it had never been.

    The deliveries themselves carry the time before which they do not leave, so that no crash lets
    one out early or keeps it. The web client wakes the queue when the time is up; Odoo, which looks
    at triggers for later once a minute, is the net below.
    """

    _inherit = "omnichannel.message"

    held_until = fields.Datetime(
        readonly=True, help="Until when its author may take it back before it leaves."
    )

    def action_undo(self):
        """Take a message back that is still held, and remove it from the thread.

        For its author only. Raise UserError when it is too late, or another's. Locks the
        conversation, then the deliveries.
        """
        self.ensure_one()
        message_sudo = self._check_decision()
        if message_sudo.mail_message_id.author_id != self.env.user.partner_id:
            raise UserError(self.env._("Only who wrote it can undo this."))
        conversation_sudo = message_sudo.conversation_id
        parts_sudo = message_sudo.delivery_ids
        if not message_sudo.held_until or parts_sudo._withdraw() != parts_sudo:
            raise UserError(self.env._("It is too late: the message is being sent already."))
        message_sudo._remove()
        conversation_sudo._follow_losses()
        return True

    def _remove(self):
        """Delete what never left. Its files go back to who writes, and to nobody else."""
        self._push_removed()
        files = self.mail_message_id.attachment_ids
        files.filtered(lambda file: file.res_model == "discuss.channel").write(
            {"res_model": "mail.compose.message", "res_id": 0}
        )
        self.mail_message_id.unlink()

    def _push_removed(self):
        """Take the bubble from everybody's screen."""
        Store(bus_channel=self.conversation_id.channel_id, bus_subchannel="internal_users").delete(
            self.mail_message_id
        ).bus_send()

    def wake_held(self):
        """Wake the queues because the time to undo is up. Changes nothing, whoever calls it."""
        self.check_access("read")
        # sudo: agents have no rights on scheduled actions
        self.env.ref("omnichannel_connector.ir_cron_omnichannel_delivery").sudo()._trigger()
        if "email" in self.mapped("channel"):
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    def _to_store_value(self):
        """Add for how many seconds it can still be undone: clients' clocks may be wrong."""
        return {**super()._to_store_value(), "holdSeconds": self._hold_seconds()}

    def _hold_seconds(self):
        if self.state != "queued" or not self.held_until:
            return 0
        return max(0, (self.held_until - utc_now()).total_seconds())
