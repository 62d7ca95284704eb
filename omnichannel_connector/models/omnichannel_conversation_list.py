from odoo import api, fields, models
from odoo.tools import SQL


class OmnichannelConversation(models.Model):
    """What lists of conversations show of each, read for a whole page at once."""

    _inherit = "omnichannel.conversation"

    state = fields.Selection(group_expand=True)
    last_preview = fields.Char("Last Words", compute="_compute_last_preview")
    waiting_text = fields.Char("Waiting", compute="_compute_waiting_text")
    is_overdue = fields.Boolean(
        "Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )

    @api.depends("last_message_at")
    def _compute_last_preview(self):
        newest = self._newest_messages()
        for conversation in self:
            row = newest.get(conversation.id)
            text = row and row["preview"]
            is_ours = row and row["direction"] == "outbound"
            conversation.last_preview = (
                self.env._("We: %(text)s", text=text) if text and is_ours else text
            )

    def _newest_messages(self):
        """Return {id: preview and direction of the newest message}."""
        if not self.ids:
            return {}
        self.env["omnichannel.message"].flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT c.id, newest.direction, newest.mail_message_id
                  FROM omnichannel_conversation AS c
            CROSS JOIN LATERAL (
                       SELECT m.direction, m.mail_message_id FROM omnichannel_message AS m
                        WHERE m.conversation_id = c.id
                     ORDER BY m.occurred_at DESC, m.id DESC
                        LIMIT 1) AS newest
                 WHERE c.id IN %s
                """,
                tuple(self.ids),
            )
        )
        # sudo: who may read the conversation may read what stands in it
        mail_messages = self.env["mail.message"].sudo()
        previews = {
            message.id: message.preview
            for message in mail_messages.browse([row["mail_message_id"] for row in rows])
        }
        return {row["id"]: {**row, "preview": previews[row["mail_message_id"]]} for row in rows}

    @api.depends("waiting_since", "state")
    def _compute_waiting_text(self):
        now = fields.Datetime.now()
        for conversation in self:
            since = conversation.state != "closed" and conversation.waiting_since
            conversation.waiting_text = since and self._duration_text(now - since)

    @api.model
    def _duration_text(self, duration):
        """Return a length of time as people say it, in at most two units: 3 h 20 min."""
        minutes = max(int(duration.total_seconds() // 60), 0)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        if days:
            return self.env._("%(days)s d %(hours)s h", days=days, hours=hours)
        if hours:
            return self.env._("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes)
        return self.env._("%(minutes)s min", minutes=minutes)

    @api.depends("response_due_at")
    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for conversation in self:
            due = conversation.response_due_at
            conversation.is_overdue = bool(due and due < now)

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = fields.Domain("response_due_at", "<", fields.Datetime.now())
        return overdue if True in value else ~overdue
