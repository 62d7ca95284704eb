import logging

from odoo import models

from ..channels.addresses import normalize_email
from ..channels.bounce import hard_bounce
from ..channels.mail_automatic import is_receipt

_logger = logging.getLogger(__name__)


class MailThread(models.AbstractModel):
    """E-mails that come back."""

    _inherit = "mail.thread"

    def _routing_handle_bounce(self, email_message, message_dict):
        """Note an address whose mail server says that nothing ever arrives there.

        Never raises: whatever fails on this path loses the mail.
        """
        if is_receipt(email_message):
            return None  # Odoo takes it for a bounce, though it says that the mail was read
        result = super()._routing_handle_bounce(email_message, message_dict)
        try:
            with self.env.cr.savepoint():
                self._omnichannel_note_bounce(email_message, message_dict)
        except Exception:  # a report that can't be noted must not stop the gateway
            _logger.exception("A bounce could not be noted")
        return result

    def _omnichannel_note_bounce(self, email_message, message_dict):
        bounce = hard_bounce(email_message)
        # anybody can write a report; only who got our mail knows its Message-Id
        mail_message_sudo = message_dict["bounced_message"].sudo()
        if not bounce or not mail_message_sudo:
            return
        ours_sudo = mail_message_sudo.omnichannel_message_ids
        if ours_sudo._others() & set(map(normalize_email, bounce.addresses)):
            return  # somebody else on the mail, about whom nothing is known
        identities_sudo = ours_sudo.identity_id or self._omnichannel_recipients(
            mail_message_sudo, set(map(normalize_email, bounce.addresses))
        )
        identities_sudo._note_invalid("bounced", bounce.reason)
        for delivery_sudo in ours_sudo.delivery_ids:
            delivery_sudo._advance("failed", error=bounce.reason)

    def _omnichannel_recipients(self, mail_message_sudo, addresses):
        """Return the addresses among these to which a document's mail really went."""
        partners_sudo = mail_message_sudo.notification_ids.res_partner_id
        known = addresses & set(map(normalize_email, partners_sudo.mapped("email_normalized")))
        # sudo: the gateway runs as whoever fetches mail
        return (
            self.env["omnichannel.identity"]
            .sudo()
            .search(
                [("kind", "=", "email"), ("value", "in", list(known)), ("trust", "!=", "claimed")]
            )
        )
