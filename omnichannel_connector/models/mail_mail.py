from odoo import models


class MailMail(models.Model):
    _inherit = "mail.mail"

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        """Ask for consent again right before our e-mails leave: it may have been queued for long.

        What may not leave any more is canceled, in one update against another worker's sending.
        """
        deliveries_sudo = self._omnichannel_deliveries().filtered(lambda d: d.state == "queued")
        refusals = deliveries_sudo._refusals()
        deliveries_sudo._lock_for(dict.fromkeys(refusals, "canceled"))
        for delivery_sudo, refusal in refusals.items():
            if delivery_sudo._withdraw():
                delivery_sudo.error = refusal
        deliveries_sudo.message_id._update_state()
        self.invalidate_recordset(["state"])
        return super().send(
            auto_commit=auto_commit,
            raise_exception=raise_exception,
            post_send_callback=post_send_callback,
        )

    def _omnichannel_deliveries(self):
        # sudo: whoever sends mails need not be an agent
        return self.env["omnichannel.delivery"].sudo().search([("mail_id", "in", self.ids)])

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Tell the thread what became of its e-mails."""
        for delivery in self._omnichannel_deliveries():
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
