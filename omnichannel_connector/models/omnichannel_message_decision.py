import uuid

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL


class OmnichannelDelivery(models.Model):
    _inherit = "omnichannel.delivery"

    def _send_again(self):
        """Queue copies of these as new attempts; the old ones keep waiting for news of theirs."""
        for delivery in self:
            retry = delivery.copy(
                {
                    "uuid": str(uuid.uuid4()),
                    "message_id": delivery.message_id.id,
                    "position": delivery.position,
                    "text": delivery.text,
                    "media": delivery.media,
                    "target_external_id": delivery.target_external_id,
                    "mail_id": delivery.mail_id.id,
                }
            )
            # of a mail only the new one follows what becomes of it
            delivery.write({"retry_id": retry.id, "mail_id": False})
            retry.mail_id.mark_outgoing()
        self.message_id._update_state()

    def _prove_late(self):
        """The first attempt did arrive: withdraw the second, if it is not too late."""
        if self.retry_id._withdraw():
            self.retry_id.write({"retry_id": self.id})
            self.retry_id = False

    def _withdraw(self):
        """Cancel these unless somebody is sending them. Return those that are canceled now.

        Atomic against the queue's claim: one of the two transactions repeats.
        """
        self.flush_recordset()
        mails = self.mail_id
        query = SQL(
            """
            UPDATE mail_mail SET state = 'cancel'
             WHERE id IN %s AND state = 'outgoing' RETURNING id
            """,
            tuple(mails.ids) or (0,),
        )
        stopped = {row[0] for row in self.env.execute_query(query)}
        mails.invalidate_recordset(["state"])
        deliveries = self.filtered(lambda d: not d.mail_id or d.mail_id.id in stopped)
        query = SQL(
            """
            UPDATE omnichannel_delivery
               SET state = 'canceled', lease_until = NULL, error = NULL, error_code = NULL
             WHERE id IN %s AND state = 'queued' RETURNING id
            """,
            tuple(deliveries.ids) or (0,),
        )
        canceled = self.browse([row[0] for row in self.env.execute_query(query)])
        self.invalidate_recordset()
        return canceled


class OmnichannelMessage(models.Model):
    """What a person decides about a message that did not leave as it should."""

    _inherit = "omnichannel.message"

    def action_resend(self):
        """Send again what failed or whose outcome is unknown, as a new attempt.

        Raise UserError when the customer may not be written to that way any more. Should the
        first attempt turn out to have arrived, the second is withdrawn if it still waits, else
        the message says that it was sent twice.
        """
        for message_sudo in self._check_decision():
            deliveries_sudo = message_sudo._undecided()
            if not deliveries_sudo:
                raise UserError(self.env._("There is nothing to send again."))
            message_sudo._check_choice()
            deliveries_sudo._send_again()
        self.env.ref("omnichannel_connector.ir_cron_omnichannel_delivery").sudo()._trigger()
        return True

    def action_discard(self):
        """Give up what failed or whose outcome is unknown.

        News from the provider that it arrived after all is still shown.
        """
        for message_sudo in self._check_decision():
            for delivery_sudo in message_sudo._undecided():
                delivery_sudo.write(
                    {
                        "state": "canceled",
                        "is_discarded": delivery_sudo.state == "unknown",
                        "look_up_at": False,
                        "error": self.env._("Given up by %(user)s.", user=self.env.user.name),
                    }
                )
            message_sudo._update_state()
        return True

    def action_cancel(self):
        """Take back what still waits to be sent. Raise UserError when it is too late."""
        for message_sudo in self._check_decision():
            waiting_sudo = message_sudo.delivery_ids.filtered(
                lambda d: d.kind == "message" and d.state == "queued"
            )
            canceled_sudo = waiting_sudo._withdraw()
            if not canceled_sudo:
                raise UserError(self.env._("It is too late: the message is being sent already."))
            canceled_sudo.error = self.env._("Canceled by %(user)s.", user=self.env.user.name)
            message_sudo._update_state()
        return True

    def _check_decision(self):
        """Return these messages as superuser. Raise AccessError for who may not answer there.

        Locks their conversations: who waits for us may change with what is decided.
        """
        self.check_access("read")
        self.conversation_id.check_access("write")
        # sudo: nobody writes messages and deliveries but these methods, after these checks
        self_sudo = self.sudo()
        self_sudo.conversation_id._lock()
        return self_sudo

    def _undecided(self):
        """Return the parts that failed or whose outcome is unknown, and were not sent again."""
        return self.delivery_ids.filtered(
            lambda d: d.kind == "message" and d.state in ("unknown", "failed") and not d.retry_id
        )

    def _check_choice(self):
        """Raise UserError unless the customer may be written to in the same way now."""
        if self.comment_id:
            reason = self._comment_obstacle()
        else:
            choices = self.conversation_id._send_choices(
                is_human=self.origin == "agent", purpose=self._purpose()
            )
            way = (self.account_id, self.identity_id)
            reason = next((c.reason for c in choices if (c.account, c.identity) == way), None)
            if reason is None:
                reason = self.env._("This customer can't be reached that way any more.")
        if reason:
            raise UserError(reason)

    def _comment_obstacle(self):
        if not self.comment_id._is_comment_open():
            return self.env._("Closed: the comment is too long ago.")
        domain = [("comment_id", "=", self.comment_id.id), ("id", "!=", self.id)]
        other = [("state", "not in", ("failed", "canceled"))]
        if self.search_count([*domain, *other], limit=1):
            return self.env._("This comment was answered already.")
        return ""
