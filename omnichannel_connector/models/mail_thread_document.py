import logging

from odoo import api, models

from .mail_thread import is_automatic

_logger = logging.getLogger(__name__)


class MailThread(models.AbstractModel):
    """Documents of other apps that write to customers, and customers who answer there.

    What goes wrong in showing that stays here: a document sends, and gets, its mails as without
    this addon. Where nobody outside is written to nothing is asked.
    """

    _inherit = "mail.thread"

    # === SENT === #

    def _notify_thread_by_email(self, message, recipients_data, **kwargs):
        result = super()._notify_thread_by_email(message, recipients_data, **kwargs)
        people = [
            (self.env["res.partner"].browse(r["id"] or ()), "email", r["email_normalized"])
            for r in recipients_data
            if r["notif"] == "email" and r["share"]
        ]
        if people:
            self._omnichannel_show("_follow_sent", message, people)
        return result

    def _notify_thread_by_sms(self, message, recipients_data, **kwargs):
        result = super()._notify_thread_by_sms(message, recipients_data, **kwargs)
        partners = self.env["res.partner"]
        numbers = kwargs.get("sms_pid_to_number") or {}
        people = [
            (partners.browse(r["id"]), "phone", numbers.get(r["id"]) or "")
            for r in recipients_data
            if r["notif"] == "sms" and r["share"]
        ]
        people += [(partners, "phone", number) for number in kwargs.get("sms_numbers") or ()]
        if people:
            self._omnichannel_show("_follow_sent", message, people)
        return result

    # === ANSWERED === #

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Remember whether a machine wrote the mail: the message itself does not tell."""
        if is_automatic(message):
            self = self.with_context(omnichannel_automatic=True)
        return super()._message_route_process(message, message_dict, routes)

    def _message_post_after_hook(self, message, msg_vals):
        result = super()._message_post_after_hook(message, msg_vals)
        if msg_vals.get("message_type") == "email":
            is_machine = bool(self.env.context.get("omnichannel_automatic"))
            self._omnichannel_show("_follow_answer", message, is_machine)
        return result

    # === SHOW === #

    def _omnichannel_show(self, method, message, *args):
        """Show a message of this document in conversations. Never raises for what is ours."""
        # sudo: who sends an order may be no agent, and gets to know nothing by this
        cards_sudo = self.env["omnichannel.card"].sudo()
        if not message or not cards_sudo._has_mails(self):
            return
        # what the document itself cannot store is not ours to hide
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                getattr(cards_sudo, method)(self.sudo(), message.sudo(), *args)
        except Exception:
            _logger.exception("A message of %s could not be shown to agents", self._name)
