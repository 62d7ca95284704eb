import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, html2plaintext, plaintext2html

from ..channels.events import OutboundPart
from .omnichannel_account import LIVECHAT
from .timing import CONFLICTS, commit_repeatedly

_logger = logging.getLogger(__name__)

BATCH_SIZE = 100


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
        message.state = delivery.state
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
        posted = True
        while posted:
            batch = []
            commit_repeatedly(self.env, lambda batch=batch: batch.extend(self._post_due()))
            posted = len(batch) == BATCH_SIZE
        return super()._cron_process_queue()

    @api.model
    def _post_due(self):
        """Post the next answers in live chats whose time has come; return them."""
        self.env.invalidate_all()  # consent and chats may have changed since they were queued
        rows = self.env.execute_query(
            SQL(
                """
                SELECT d.id FROM omnichannel_delivery d
                 WHERE d.account_id IN (SELECT id FROM omnichannel_account WHERE channel = %s)
                   AND d.state = 'queued' AND d.mail_id IS NULL AND d.kind = 'message'
                   AND (d.next_attempt_at IS NULL
                        OR d.next_attempt_at <= clock_timestamp() AT TIME ZONE 'UTC')
              ORDER BY d.id
                 LIMIT %s
                   FOR NO KEY UPDATE SKIP LOCKED
                """,
                LIVECHAT,
                BATCH_SIZE,
            )
        )
        due = self.browse([row[0] for row in rows])
        refusals = due._refusals()
        for delivery in due:
            if reason := delivery._check_passage(refusals.get(delivery, ""))[0]:
                delivery._move("canceled", error=reason)
            else:
                delivery._post_safely()
        due.message_id._update_state()
        return due

    def _post_safely(self):
        """Post in the chat; what Odoo refuses fails alone."""
        try:
            with self.env.cr.savepoint():
                self._post_in_chat()
        except CONFLICTS:
            raise
        except Exception:
            _logger.exception("Delivery %s: it could not be posted in its live chat", self.id)
            self._move("failed", error=self.env._("Odoo could not post it in the live chat."))
