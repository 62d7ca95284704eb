import logging
from functools import partial

from odoo import api, models
from odoo.tools import email_split

from ..channels.mail_automatic import is_automatic, undecoded
from .timing import CONFLICTS, MAX_TRIES, pause_before

_logger = logging.getLogger(__name__)


def seen_from(env, value):
    """Return records, or what holds some, as another transaction sees them."""
    if isinstance(value, models.BaseModel):
        return value.with_env(env)
    if isinstance(value, list | tuple):
        return type(value)(seen_from(env, one) for one in value)
    return value


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
            (
                self.env["res.partner"].browse(r["id"] or ()),
                "email",
                r.get("email_normalized") or "",
            )
            for r in recipients_data
            if r.get("notif") == "email" and r.get("share")
        ]
        if people and message:
            self._omnichannel_show("_follow_sent", [(self.sudo(), message.sudo(), people)])
        return result

    def _notify_thread_by_sms(self, message, recipients_data, **kwargs):
        result = super()._notify_thread_by_sms(message, recipients_data, **kwargs)
        partners = self.env["res.partner"]
        numbers = kwargs.get("sms_pid_to_number") or {}
        people = [
            (partners.browse(r["id"]), "phone", numbers.get(r["id"]) or "")
            for r in recipients_data
            if r.get("notif") == "sms" and r.get("share")
        ]
        people += [(partners, "phone", number or "") for number in kwargs.get("sms_numbers") or ()]
        if people and message:
            self._omnichannel_show("_follow_sent", [(self.sudo(), message.sudo(), people)])
        return result

    def _message_mail_after_hook(self, mails):
        """Show, too, what is sent from many documents at once, as far as it stays on them."""
        result = super()._message_mail_after_hook(mails)
        # sudo: whoever sends these may know to whom
        if letters := mails.sudo()._omnichannel_letters():
            self._omnichannel_show("_follow_sent", letters)
        return result

    # === ANSWERED === #

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Remember whether a machine wrote the mail: the message itself does not tell."""
        if self._omnichannel_is_machine(message):
            self = self.with_context(omnichannel_automatic=True)
        return super()._message_route_process(message, message_dict, routes)

    @api.model
    def _omnichannel_is_machine(self, message):
        """Tell whether a machine wrote a mail. Never raises: that would lose the mail."""
        try:
            return is_automatic(undecoded(message))
        except Exception:  # headers that cannot be read
            _logger.exception("It is not known whether a machine wrote a mail")
            return False

    def _message_post_after_hook(self, message, msg_vals):
        result = super()._message_post_after_hook(message, msg_vals)
        kind = msg_vals.get("message_type")
        # in the portal, too: where the mail's button leads
        if kind == "email" or (kind == "comment" and self.env.user.share):
            is_machine = bool(self.env.context.get("omnichannel_automatic"))
            letters = [(self.sudo(), message.sudo(), is_machine)]
            self._omnichannel_show("_follow_answers", letters)
        return result

    # === SHOW === #

    def _omnichannel_show(self, method, letters):
        """Show messages of documents in conversations. Never raises for what is ours.

        `letters` are (document, message, more), as `method` of the cards takes them.
        """
        # sudo: who sends an order may be no agent, and gets to know nothing by this
        cards_sudo = self.env["omnichannel.card"].sudo()
        if not cards_sudo._has_mails(self):
            return
        # what the document itself cannot store is not ours to hide
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                getattr(cards_sudo, method)(letters)
        except CONFLICTS:
            # this transaction cannot see who came first: once it is through another one can
            again = partial(self._omnichannel_show_again, method, letters)
            self.env.cr.postcommit.add(again)
        except Exception:
            _logger.exception("A message of %s could not be shown to agents", self._name)

    def _omnichannel_show_again(self, method, letters):
        """Show messages that are stored by now, in a transaction of our own. Never raises."""
        for attempt in range(MAX_TRIES):
            pause_before(attempt)
            try:
                with self.env.registry.cursor() as cr:
                    # su: as the first time, see there
                    env = self.env(cr=cr, su=True)
                    # what was undone within the transaction was never written
                    stored = [one for one in seen_from(env, letters) if one[1].exists()]
                    getattr(env["omnichannel.card"], method)(stored)
            except Exception as error:
                if not isinstance(error, CONFLICTS) or attempt == MAX_TRIES - 1:
                    _logger.exception("A message of %s could not be shown to agents", self._name)
                    return
            else:
                return


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _omnichannel_letters(self):
        """Return those of these mails that are shown, as `_follow_sent` takes them."""
        return [
            (self.env[mail.model].browse(mail.res_id), mail.mail_message_id, people)
            for mail in self
            if mail._omnichannel_stays() and (people := mail._omnichannel_people())
        ]

    def _omnichannel_stays(self):
        """Tell whether a mail leaves now and its message stays on a document. No marketing."""
        is_marketing = "mailing_id" in self._fields and self.mailing_id
        is_of_document = self.model in self.env and self.res_id
        is_leaving = self.is_notification and self.state == "outgoing"
        return is_of_document and is_leaving and not is_marketing

    def _omnichannel_people(self):
        """Return the people outside whom a mail goes to: (partner or none, "email", address)."""
        outside = self.recipient_ids.filtered("partner_share")
        people = [(partner, "email", partner.email_normalized or "") for partner in outside]
        nobody = self.env["res.partner"]
        return people + [(nobody, "email", address) for address in email_split(self.email_to or "")]
