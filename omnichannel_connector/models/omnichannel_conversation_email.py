import uuid

from odoo import models
from odoo.tools import formataddr

from .omnichannel_conversation_choice import EMAIL


class OmnichannelConversation(models.Model):
    """Answers by e-mail leave through Odoo's own mail queue."""

    _inherit = "omnichannel.conversation"

    def _prepare_post_values(self, plan):
        """Return what `message_post` needs for a message on the plan's channel."""
        if plan.choice.channel != EMAIL:
            return {}
        account = plan.choice.account
        address = formataddr((account.name, account.sudo().alias_email))
        return {
            "subject": plan.subject or self._reply_subject(),
            "email_from": address,
            "reply_to": address,
        }

    def _last_mail(self):
        return self.env["omnichannel.message"].search(
            [("conversation_id", "=", self.id), ("channel", "=", EMAIL)], order="id desc", limit=1
        )

    def _reply_subject(self):
        subject = self._last_mail().mail_message_id.subject or ""
        if not subject:
            return self.env._("Your conversation with %(company)s", company=self.company_id.name)
        return subject if subject.lower().startswith("re:") else f"Re: {subject}"

    def _queue_mail(self, message, plan):
        """Hand an e-mail to Odoo's mail queue, threaded below the last one of the conversation."""
        mail_message = message.mail_message_id
        previous = self.env["omnichannel.message"].search(
            [
                ("conversation_id", "=", self.id),
                ("channel", "=", EMAIL),
                ("identity_id", "=", plan.choice.identity.id),
                ("id", "!=", message.id),
            ],
            order="id desc",
            limit=8,
        )
        references = [m.mail_message_id.message_id for m in reversed(previous)]
        headers = {"X-Odoo-Objects": f"discuss.channel-{self.channel_id.id}"}
        if references:
            headers["In-Reply-To"] = references[-1]
        if not plan.is_human:
            is_reply = plan.is_notice or plan.is_first_answer
            headers["Auto-Submitted"] = "auto-replied" if is_reply else "auto-generated"
            headers["X-Auto-Response-Suppress"] = "All"
            choice, purpose = plan.choice, message._purpose()
            headers.update(choice.identity._unsubscribe_headers(choice.account, purpose))
        mail = (
            self.env["mail.mail"]
            .sudo()
            .with_context(omnichannel_plan=plan)  # meant to leave: see mail_guard.py
            .create(
                {
                    "mail_message_id": mail_message.id,
                    "email_to": formataddr((self.partner_id.name, plan.choice.identity.value)),
                    "email_cc": ", ".join(plan.also_to),
                    "body_html": mail_message.body,
                    "references": " ".join([*references, mail_message.message_id]),
                    "headers": repr(headers),
                    "auto_delete": False,
                    "scheduled_date": message.held_until,
                }
            )
        )
        self.env["omnichannel.delivery"].create(
            {"uuid": str(uuid.uuid4()), "message_id": message.id, "mail_id": mail.id}
        )
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger(message.held_until or None)
