from odoo import api, models
from odoo.exceptions import UserError

from .discuss_channel import is_omnichannel
from .omnichannel_conversation_outbound import SendPlan

RECIPIENTS = {"recipient_ids", "email_to", "email_cc", "mail_message_id", "model", "res_id"}


class MailMessage(models.Model):
    """What stands in the thread of a conversation is addressed to nobody but staff."""

    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        if any(vals.get("partner_ids") for vals in vals_list):
            messages._check_addressees()
        return messages

    def write(self, vals):
        checked = self
        if not {"partner_ids", "model", "res_id"} & vals.keys():
            checked = self.browse()
        elif "partner_ids" not in vals:
            # what goes from thread to thread: who was mentioned may have left the company since
            checked = self - self.sudo()._of_streams().with_env(self.env)
        result = super().write(vals)
        checked._check_addressees()
        return result

    def _check_addressees(self):
        """Raise UserError when a customer could read one of these as theirs."""
        for message_sudo in self.sudo()._of_streams():
            partners_sudo = message_sudo.partner_ids
            if partners_sudo - partners_sudo._omnichannel_staff():
                raise UserError(
                    self.env._("Only people of the company can be mentioned in a conversation.")
                )

    def _of_streams(self):
        """Return those of these that stand in the thread of a conversation. As superuser."""
        there = self.filtered(lambda message: message.model == "discuss.channel")
        channels = self.env["discuss.channel"].browse(there.mapped("res_id"))
        streams = set(channels.exists().filtered(is_omnichannel).ids)
        return there.filtered(lambda message: message.res_id in streams)


class MailMail(models.Model):
    """The last door before the mail server: of a thread only what was meant to leave gets out."""

    _inherit = "mail.mail"

    @api.model_create_multi
    def create(self, vals_list):
        mails = super().create(vals_list)
        if not isinstance(self.env.context.get("omnichannel_plan"), SendPlan):
            mails._check_stays_inside()
        return mails

    def write(self, vals):
        result = super().write(vals)
        if RECIPIENTS & vals.keys():
            deliveries_sudo = self._omnichannel_deliveries()
            (self - deliveries_sudo.mail_id.with_env(self.env))._check_stays_inside()
        return result

    def _check_stays_inside(self):
        """Raise UserError when one of these takes a thread's message to anybody but staff."""
        # sudo: whatever the sender may see of it
        for mail_sudo in self.sudo():
            partners_sudo = mail_sudo.recipient_ids
            outsiders_sudo = partners_sudo - partners_sudo._omnichannel_staff()
            is_outward = mail_sudo.email_to or mail_sudo.email_cc or outsiders_sudo
            if is_outward and mail_sudo.mail_message_id._of_streams():
                raise UserError(
                    self.env._("Answer customers in their conversation: a note never leaves it.")
                )
