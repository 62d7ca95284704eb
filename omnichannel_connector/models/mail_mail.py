from odoo import models


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Tell the thread what became of its e-mails."""
        deliveries = self.env["omnichannel.delivery"].sudo().search([("mail_id", "in", self.ids)])
        for delivery in deliveries:
            if failure_type or failure_reason:
                delivery._advance("failed", error=failure_reason or failure_type)
            else:
                delivery._advance("sent", external_id=delivery.mail_id.message_id)
        return super()._postprocess_sent_message(
            success_pids,
            success_emails,
            failure_reason=failure_reason,
            failure_type=failure_type,
        )
