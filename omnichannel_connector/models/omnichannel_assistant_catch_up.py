from odoo import api, fields, models
from odoo.tools import SQL

from ..assistant.body import body_text
from ..assistant.digest import Entry, digest
from .omnichannel_message import LOST

MOST_MESSAGES = 2000  # the newest of a thread that are read


class OmnichannelConversation(models.Model):
    """Catching up with a long thread: what is open in it, in its own words."""

    _inherit = "omnichannel.conversation"

    @api.readonly
    def get_catch_up(self):
        """Return {questions, promises, channels, count, canWrite} for the web client.

        Questions and promises are [{text, messageId, by, isInternal, at, author}], newest first;
        channels are [{channel, label, direction, at, preview, isInternal, messageId, stateLabel}].
        With the user's own rights. What stands in a note `isInternal`.
        """
        self.ensure_one()
        self.check_access("read")
        rows = self._read_thread()
        found = digest([self._digest_entry(row) for row in rows])
        by_id = {row["id"]: row for row in rows}
        return {
            "questions": [self._digest_line(line, by_id) for line in found.questions],
            "promises": [self._digest_line(line, by_id) for line in found.promises],
            "channels": self._channel_states(rows),
            "count": len(rows),
            "canWrite": bool(self.env["omnichannel.endpoint"]._of(self.company_id)),
        }

    def _read_thread(self, with_notes=True):
        """Return the newest messages and notes, oldest first, as dicts.

        Only what the user may read: who reads the conversation reads its stream, and both are
        asked for with the user's rules.
        """
        self.env["discuss.channel"].browse(self.channel_id.id).check_access("read")
        self.env.flush_all()
        query = SQL(
            """
            SELECT mm.id, mm.body, mm.date, partner.name AS author, m.id AS message_id,
                   m.direction, m.channel, m.origin, m.is_automatic, m.state, m.occurred_at,
                   m.retracted_at, mm.subtype_id, mm.message_type,
                   EXISTS (SELECT FROM message_attachment_rel AS r WHERE r.message_id = mm.id)
                       AS has_files,
                   EXISTS (SELECT FROM omnichannel_call AS c WHERE c.message_id = m.id) AS is_call
              FROM mail_message AS mm
         LEFT JOIN omnichannel_message AS m ON m.mail_message_id = mm.id
         LEFT JOIN res_partner AS partner ON partner.id = mm.author_id
             WHERE mm.model = 'discuss.channel' AND mm.res_id = %(channel)s
               AND mm.message_type IN ('comment', 'email')
               AND m.conversation_id IS NOT DISTINCT FROM
                   CASE WHEN m.id IS NOT NULL THEN %(conversation)s END
               AND (%(notes)s OR m.id IS NOT NULL)
          ORDER BY mm.id DESC
             LIMIT %(most)s
            """,
            channel=self.channel_id.id or 0,
            conversation=self.id,
            notes=with_notes,
            most=MOST_MESSAGES,
        )
        return [self._readable(row) for row in reversed(self.env.execute_query_dict(query))]

    @api.model
    def _readable(self, row):
        return {**row, "text": "" if row["retracted_at"] else body_text(row["body"])}

    @api.model
    def _digest_entry(self, row):
        is_note = not row["message_id"]
        is_lost = row["state"] in LOST
        return Entry(
            row["id"],
            "" if is_lost or row["is_call"] else row["text"],
            is_ours=is_note or row["direction"] == "outbound",
            is_note=is_note,
            is_automatic=bool(row["is_automatic"]) or is_lost,
            has_files=row["has_files"] and not row["retracted_at"],
        )

    @api.model
    def _digest_line(self, line, by_id):
        row = by_id[line.key]
        return {
            "text": line.text,
            "messageId": line.key,
            "by": "us" if line.is_ours else "customer",
            "isInternal": line.is_note,
            "author": row["author"] or "",
            "at": fields.Datetime.to_string(row["occurred_at"] or row["date"]),
        }

    def _channel_states(self, rows):
        """Return the last message on each channel, the newest channel first."""
        labels = dict(self._get_channels())
        states = dict(
            self.env["omnichannel.message"]._fields["state"]._description_selection(self.env)
        )
        last = {row["channel"]: row for row in rows if row["message_id"]}
        calls = self._logged_headlines([row for row in last.values() if row["is_call"]])
        return [
            {
                "channel": channel,
                "label": labels.get(channel, channel),
                "direction": row["direction"],
                "preview": calls.get(row["message_id"]) or " ".join(row["text"].split())[:120],
                "isInternal": row["message_id"] in calls,
                "stateLabel": states[row["state"]] if row["direction"] == "outbound" else "",
                "messageId": row["id"],
                "at": fields.Datetime.to_string(row["occurred_at"]),
            }
            for channel, row in sorted(last.items(), key=lambda item: -item[1]["id"])
        ]

    def _logged_headlines(self, rows):
        """Return {message id: what happened} of logged calls: the note is no customer's word."""
        # sudo: whoever reads the thread sees that there was a call
        calls_sudo = self.env["omnichannel.call"].sudo()
        logged = calls_sudo.search(
            [("message_id", "in", [row["message_id"] for row in rows]), ("outcome", "!=", False)]
        )
        return {call.message_id.id: call._logged_headline() for call in logged}
