from odoo import fields, models
from odoo.tools import SQL


class OmnichannelConversation(models.Model):
    """What the inbox shows of a conversation."""

    _inherit = "omnichannel.conversation"

    def _to_inbox_rows(self):
        """Return one dict for each of these conversations, with the user's own rights."""
        labels = dict(self._get_channels())
        last = self._last_messages()
        return [conversation._prepare_inbox_row(labels, last) for conversation in self]

    def _prepare_inbox_row(self, labels, last):
        """Return what a row shows. `last` is {conversation id: its last message}."""
        self.ensure_one()
        # sudo: the name of the assignee is no secret for those who may read the conversation
        user_sudo = self.sudo().user_id
        return {
            "id": self.id,
            "channelId": self.channel_id.id,
            "partnerId": self.partner_id.id,
            "name": self.name or "",
            "state": self.state,
            # all of it: the order of the rows, and where the next page begins
            "lastAt": self.last_message_at.isoformat(" ", "microseconds"),
            "channel": self.last_channel or "",
            "channelLabel": labels.get(self.last_channel, self.last_channel) or "",
            **self._prepare_inbox_clocks(),
            "userId": user_sudo.id,
            "userName": user_sudo.name or "",
            "teamId": self.team_id.id,
            "teamName": self.team_id.name or "",
            **last.get(self.id, self.env["omnichannel.message"])._prepare_inbox_preview(),
        }

    def _prepare_inbox_clocks(self):
        return {
            "unread": self.unread_count,
            "waitingFor": self.waiting_for or "",
            "waitingSince": fields.Datetime.to_string(self.waiting_since) or "",
            "dueAt": fields.Datetime.to_string(self.response_due_at) or "",
            "snoozedUntil": fields.Datetime.to_string(self.snoozed_until) or "",
        }

    def _last_messages(self):
        """Return {conversation id: last message} of those that have one. Notes are none."""
        if not self:
            return {}
        messages = self.env["omnichannel.message"]
        messages.flush_model(["conversation_id", "occurred_at"])
        # one step into the index for each: the ORM would read all their messages
        rows = self.env.execute_query(
            SQL(
                """
                SELECT last.id
                  FROM unnest(%s) AS c(id)
            CROSS JOIN LATERAL (SELECT m.id FROM omnichannel_message AS m
                                 WHERE m.conversation_id = c.id
                              ORDER BY m.occurred_at DESC, m.id DESC LIMIT 1) AS last
                """,
                list(self.ids),
            )
        )
        found = messages.browse(message_id for (message_id,) in rows)
        return {message.conversation_id.id: message for message in found}


class OmnichannelMessage(models.Model):
    _inherit = "omnichannel.message"

    def _prepare_inbox_preview(self):
        """Return what the inbox shows of the last message; self may be empty."""
        return {
            "preview": "" if self.retracted_at else self.preview or "",
            "isOurs": self.direction == "outbound",
            "isRetracted": bool(self.retracted_at),
            # sudo: who may read the message may know whether it has files
            "hasFiles": bool(self.sudo().mail_message_id.attachment_ids),
            "isFailed": self.state in ("failed", "unknown"),
        }
