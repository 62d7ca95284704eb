from odoo import api, fields, models
from odoo.tools import SQL


class OmnichannelConversation(models.Model):
    """Who waits, since when, and what nobody of us has seen.

    What waits is told by the messages. `_derive_clocks` finds the same as `_note_message`.
    """

    _inherit = "omnichannel.conversation"

    waiting_since = fields.Datetime(
        readonly=True, help="When the customer wrote first of what nobody has answered yet."
    )
    unread_count = fields.Integer(
        "Unread", readonly=True, help="Messages of the customer that nobody of us has seen."
    )
    answered_at = fields.Datetime(
        "Last Answered", readonly=True, help="When somebody of ours answered or spoke to them last."
    )

    # the first page of each list, newest first
    _inbox_idx = models.Index("(last_message_at DESC, id DESC) WHERE state = 'open'")
    _closed_idx = models.Index("(last_message_at DESC, id DESC) WHERE state = 'closed'")

    # === CLOCKS === #

    def _prepare_turn(self, moment, direction, is_automatic):
        """Return the values that tell whose turn it is after a message in either direction.

        An automatic message of ours answers nothing: who waits for us still does.
        """
        values = {}
        is_newest = self._is_newest(moment, "turn_at")
        if is_newest:
            values["turn_at"] = moment
        if direction == "inbound":
            values["unread_count"] = self.unread_count + 1
            if self._is_newest(moment, "answered_at"):
                since = min(self.waiting_since or moment, moment)
                values.update(waiting_for="us", waiting_since=since)
            return values
        if not is_automatic:
            values["unread_count"] = 0
            if self._is_newest(moment, "answered_at"):
                values["answered_at"] = moment
        if self.waiting_for != "us":
            if is_newest:
                values["waiting_for"] = "customer"
        elif not is_automatic and not self._is_late_answer(moment):
            values.update(waiting_for="customer", waiting_since=False)
        return values

    def _is_late_answer(self, moment):
        """Tell whether the customer wrote after an answer of ours that reaches us only now."""
        is_open = self.waiting_for == "us" and self.last_inbound_at
        return bool(is_open) and moment < self.last_inbound_at

    # === SEEN === #

    def mark_seen(self, mail_message_id):
        """Note that the user saw this thread up to a mail.message. For the web client.

        It counts when the conversation is the user's, or nobody's. Return what is unread still.
        Locks the conversation.
        """
        self.ensure_one()
        self.check_access("read")
        self._note_seen_until(int(mail_message_id))
        return self.unread_count

    def _note_seen_until(self, mail_message_id):
        """Note what the user saw, when it is theirs to see."""
        if self.user_id and self.user_id != self.env.user:
            return
        # sudo: agents write no messages; whoever may read this one may have seen it
        self_sudo = self.sudo()
        if self_sudo.unread_count and self_sudo._flag_messages("is_seen", mail_message_id):
            self_sudo._touch()  # the customer who writes meanwhile makes us repeat
            self_sudo._derive_clocks()
            self_sudo._push_header()

    def _flag_messages(self, flag, until=None):
        """Set a flag of the customer's messages, up to a mail.message. Return whether any had not.

        The flags stand on the messages, so that they go where these go.
        """
        self.env["omnichannel.message"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE omnichannel_message SET %(flag)s = TRUE
                 WHERE conversation_id IN %(ids)s AND direction = 'inbound'
                   AND %(flag)s IS NOT TRUE
                   AND (%(until)s IS NULL OR mail_message_id <= %(until)s)
             RETURNING id
                """,
                flag=SQL.identifier(flag),
                ids=tuple(self.ids) or (0,),
                until=until,
            )
        )
        self.env["omnichannel.message"].invalidate_model([flag], flush=False)
        return bool(rows)

    # === CLOSE === #

    def write(self, vals):
        """Write, and settle what waits in a conversation that a person closes.

        What a link closes goes on waiting: it comes back with the link's end.
        """
        if vals.get("state") != "closed" or self._is_by_link(vals):
            return super().write(vals)
        closing = self.filtered(lambda c: c.state != "closed")
        result = super().write(vals)
        closing._settle_waiting()
        return result

    @api.model
    def _is_by_link(self, vals):
        """Tell whether a link changes the state: it is to come back as it was."""
        return bool(vals.get("moved_to_id") or vals.get("resume_state"))

    def _settle_waiting(self):
        """Nobody waits any more in what was closed: that needed no answer."""
        waiting = self.filtered(lambda c: c.waiting_since or c.unread_count)
        if waiting:
            # sudo: agents write no messages, and may close conversations
            waiting.sudo()._flag_messages("is_settled")
            waiting.write({"waiting_since": False, "unread_count": 0})

    # === CLIENT === #

    def _to_store_value(self):
        self.ensure_one()
        return {
            **super()._to_store_value(),
            "team_id": self.team_id.id,
            "team_name": self.team_id.name or "",
            "waiting_since": fields.Datetime.to_string(self.waiting_since) or "",
            "unread_count": self.unread_count,
            "response_due_at": fields.Datetime.to_string(self.response_due_at) or "",
            "snoozed_until": fields.Datetime.to_string(self.snoozed_until) or "",
        }


class OmnichannelMessage(models.Model):
    _inherit = "omnichannel.message"

    is_seen = fields.Boolean("Seen", readonly=True, help="Somebody of us saw it in the thread.")
    is_settled = fields.Boolean(
        "Closed", readonly=True, help="The conversation was closed without an answer to it."
    )
