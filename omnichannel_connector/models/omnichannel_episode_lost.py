from odoo import models
from odoo.tools import SQL

from .omnichannel_conversation_clock import CLOCKS


class OmnichannelEpisode(models.Model):
    """Episodes whose answer got lost, or arrived after all."""

    _inherit = "omnichannel.episode"

    def _reopen_last(self):
        """Open the last of each conversation's episodes again, if who waits now wrote in it."""
        last = self.browse()
        for conversation, episodes in self.grouped("conversation_id").items():
            newest = episodes.sorted("opened_at")[-1]
            if newest.opened_at <= conversation.waiting_since <= newest.closed_at:
                last |= newest
        last._forget(["closed_at", "resolution_hours"])

    def _derive_response(self):
        """Find the first answer that left in each of these open episodes."""
        first = self._first_answers()
        changed = self.filtered(lambda e: e.first_response_at != first[e.id][0])
        changed._forget(
            [
                "first_response_at",
                "first_response_minutes",
                "first_response_wall_minutes",
                "user_id",
            ]
        )
        for episode in changed:
            moment, user_id = first[episode.id]
            if moment:
                user = self.env["res.users"].browse(user_id)
                episode._note_response(moment, user, is_missed=False)

    def _first_answers(self):
        """Return {id: (when, whose)} of the first answers in these, with (False, None) for none."""
        found = dict.fromkeys(self.ids, (False, None))
        if not self:
            return found
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (e.id) e.id, m.occurred_at, m.user_id
                  FROM omnichannel_episode AS e
                  JOIN omnichannel_message AS m ON m.conversation_id = e.conversation_id
                   AND m.occurred_at >= e.opened_at
             LEFT JOIN omnichannel_call AS call ON call.message_id = m.id
                 WHERE e.id IN %(ids)s AND %(reached)s
              ORDER BY e.id, m.occurred_at, m.id
                """,
                ids=tuple(self.ids),
                reached=CLOCKS["reached"],
            )
        )
        return {**found, **{episode_id: answer for episode_id, *answer in rows}}

    def _forget(self, names):
        """Empty fields: a zero, which is what the ORM would write, counts in averages."""
        if not self:
            return
        self.flush_recordset()
        self.env.execute_query(
            SQL(
                "UPDATE omnichannel_episode SET %s WHERE id IN %s RETURNING id",
                SQL(", ").join(SQL("%s = NULL", SQL.identifier(name)) for name in names),
                tuple(self.ids),
            )
        )
        self.invalidate_recordset(names)
