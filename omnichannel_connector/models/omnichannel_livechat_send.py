import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, html2plaintext, plaintext2html

from ..channels.events import OutboundPart
from .omnichannel_account import LIVECHAT
from .timing import commit_repeatedly, rollback

_logger = logging.getLogger(__name__)


class OmnichannelConversation(models.Model):
    """Answers that appear in the visitor's chat window."""

    _inherit = "omnichannel.conversation"

    def _queue_parts(self, message, plan):
        """Post in the chat at once, with this transaction, unless its author may take it back."""
        if plan.choice.channel != LIVECHAT:
            return super()._queue_parts(message, plan)
        mail_message = message.mail_message_id
        text = html2plaintext(mail_message.body, include_references=False).strip()
        if not text and not mail_message.attachment_ids:
            raise UserError(self.env._("Write something first, or attach a file."))
        delivery = self.env["omnichannel.delivery"].create(
            self._prepare_part(message, 0, OutboundPart(text))
        )
        if message.held_until:
            cron = self.env.ref("omnichannel_connector.ir_cron_omnichannel_delivery")
            return cron._trigger(message.held_until)
        delivery._post_in_chat()
        message.write({"state": delivery.state, "error": delivery.error})
        return None


class OmnichannelDelivery(models.Model):
    """The live chat has no provider to call: what is due is posted, and that is all."""

    _inherit = "omnichannel.delivery"

    def _post_in_chat(self):
        """Post this answer in the chat of the visitor, as who wrote it; fail if it is over.

        The visitor sees it when this transaction is committed. Its echo is known by the id.
        """
        self.ensure_one()
        chat = self.identity_id._open_chat(self.account_id)
        self.write({"attempts": self.attempts + 1, "attempted_at": fields.Datetime.now()})
        if not chat:
            self._move("failed", error=self.identity_id._closed_reason())
            return
        source = self.message_id.mail_message_id
        files = source.attachment_ids.copy({"res_model": chat._name, "res_id": chat.id})
        posted = chat.message_post(
            body=plaintext2html(self.text) if self.text else "",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            author_id=source.author_id.id,
            attachment_ids=files.ids,
        )
        chat.livechat_failure = "no_failure"  # for Odoo's statistics: it was answered
        self._move("sent", external_id=str(posted.id))

    # === WHAT WAS HELD === #

    @api.model
    def _cron_process_queue(self):
        """Post what is due in live chats, then make the calls of the other channels. Commits."""
        while self._post_next():
            pass
        return super()._cron_process_queue()

    @api.model
    def _post_next(self):
        """Post the next answer in a live chat, if one is due. Return whether there was one.

        Commits after each: nothing of one is lost when Odoo refuses the next, which then fails.
        """
        taken = []

        def work():
            self.env.invalidate_all()  # consent and chats may have changed since it was queued
            taken[:] = self._take_due()
            for delivery in taken:
                delivery._post_or_cancel()

        try:
            commit_repeatedly(self.env, work)
        except Exception:
            rollback(self.env)
            if not taken:
                raise
            _logger.exception("Delivery %s could not be posted in its live chat", taken[0].id)
            error = self.env._("Odoo could not post it in the live chat.")
            commit_repeatedly(self.env, lambda: taken[0]._advance("failed", error=error))
        return bool(taken)

    @api.model
    def _take_due(self):
        """Return the next answer in a live chat whose time has come, locked."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT d.id FROM omnichannel_delivery d
                 WHERE d.account_id IN (SELECT id FROM omnichannel_account WHERE channel = %s)
                   AND d.state = 'queued' AND d.mail_id IS NULL AND d.kind = 'message'
                   AND (d.next_attempt_at IS NULL
                        OR d.next_attempt_at <= clock_timestamp() AT TIME ZONE 'UTC')
              ORDER BY d.id
                 LIMIT 1
                   FOR NO KEY UPDATE SKIP LOCKED
                """,
                LIVECHAT,
            )
        )
        return self.browse([row[0] for row in rows])

    def _post_or_cancel(self):
        """Post in the chat what may still be sent."""
        reason, _is_late = self._check_passage(self._refusals().get(self, ""))
        if reason:
            self._move("canceled", error=reason)
        else:
            self._post_in_chat()
        self.message_id._update_state()
