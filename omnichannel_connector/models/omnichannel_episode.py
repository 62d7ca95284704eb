from odoo import api, fields, models
from odoo.tools import SQL

from .omnichannel_conversation_clock import CLOCKS
from .timing import utc_now
from .working_time import WorkingTime


class OmnichannelEpisode(models.Model):
    """One matter of a customer: from their first message to our closing of the conversation.

    Reports count these. An episode stays with the conversation where the work was done, wherever
    its messages are linked to.
    """

    _name = "omnichannel.episode"
    _description = "Episode"
    _order = "opened_at desc, id desc"
    _rec_name = "conversation_id"

    conversation_id = fields.Many2one(
        "omnichannel.conversation", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    team_id = fields.Many2one("omnichannel.team", readonly=True, ondelete="set null")
    user_id = fields.Many2one(
        "res.users", "Agent", readonly=True, help="Who answered first, or closed it unanswered."
    )
    channel = fields.Selection(selection="_get_channels", string="First Channel", readonly=True)
    opened_at = fields.Datetime("Opened", required=True, readonly=True)
    first_response_at = fields.Datetime("First Response", readonly=True)
    first_response_minutes = fields.Float(
        "First Response (working min)", readonly=True, aggregator="avg", digits=(16, 1)
    )
    first_response_wall_minutes = fields.Float(
        "First Response (min)", readonly=True, aggregator="avg", digits=(16, 1)
    )
    closed_at = fields.Datetime("Closed", readonly=True)
    resolution_hours = fields.Float(
        "Resolution (h)", readonly=True, aggregator="avg", digits=(16, 1)
    )
    inbound_count = fields.Integer("Messages From Customer", readonly=True)
    outbound_count = fields.Integer("Messages To Customer", readonly=True)
    is_target_missed = fields.Boolean(
        "Target Missed", readonly=True, help="An answer in it came later than the team wants."
    )

    _open_unique = models.UniqueIndex(
        "(conversation_id) WHERE closed_at IS NULL", "There is an open episode already."
    )
    _opened_idx = models.Index("(opened_at DESC, id DESC)")

    @api.model
    def _get_channels(self):
        return self.env["omnichannel.account"]._get_channels()

    # === LIFE === #

    @api.model
    def _open(self, openings):
        """Open an episode in each of {conversation: (moment, channel)} that has none open.

        One statement for all. A concurrent twin raises a database error; the caller repeats.
        """
        rows = [
            SQL(
                "(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                conversation.id,
                conversation.company_id.id,
                conversation.team_id.id or None,
                channel or None,
                moment,
                *(self.env.uid, self.env.cr.now()) * 2,
            )
            for conversation, (moment, channel) in openings.items()
        ]
        if rows:
            self.flush_model()
            self.env.execute_query(
                SQL(
                    """
                    INSERT INTO omnichannel_episode
                           (conversation_id, company_id, team_id, channel, opened_at,
                            create_uid, create_date, write_uid, write_date)
                    VALUES %s
                        ON CONFLICT DO NOTHING
                 RETURNING id
                    """,
                    SQL(", ").join(rows),
                )
            )

    @api.model
    def _open_of(self, conversations):
        """Return the open episodes of these conversations."""
        if not conversations:
            return self
        return self.search(
            [("conversation_id", "in", conversations.ids), ("closed_at", "=", False)]
        )

    @api.model
    def _answered_conversations(self, conversations):
        """Return the ids of those whose open episode has an answer already."""
        episodes = self._open_of(conversations)
        return set(episodes.filtered("first_response_at").conversation_id.ids)

    def _note_response(self, moment, user, is_missed):
        """Note an answer of ours in an open episode: how long the first one took."""
        self.ensure_one()
        if is_missed:
            self.is_target_missed = True
        if self.first_response_at:
            return
        team = self.conversation_id.team_id
        since = self.opened_at
        self.write(
            {
                "first_response_at": moment,
                "first_response_minutes": WorkingTime().between(team.calendar_id, since, moment),
                "first_response_wall_minutes": WorkingTime().between(None, since, moment),
                "team_id": team.id,
                "user_id": user.id or self.conversation_id.user_id.id,
            }
        )

    def _derive_response(self):
        """Find the first answers in these open episodes again, after messages went."""
        first = self._first_answers()
        changed = self.filtered(lambda e: e.first_response_at != first.get(e.id, (False,))[0])
        changed._forget_response()
        for episode in changed.filtered(lambda e: e.id in first):
            moment, user_id = first[episode.id]
            episode._note_response(moment, self.env["res.users"].browse(user_id), is_missed=False)

    def _first_answers(self):
        """Return {id: (when, user id)} of the first answers in these."""
        if not self:
            return {}
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (e.id) e.id, m.occurred_at, m.user_id
                  FROM omnichannel_episode AS e
                  JOIN omnichannel_message AS m ON m.conversation_id = e.conversation_id
                   AND m.occurred_at >= e.opened_at
             LEFT JOIN omnichannel_call AS call ON call.message_id = m.id
                 WHERE e.id IN %s AND %s
              ORDER BY e.id, m.occurred_at, m.id
                """,
                tuple(self.ids),
                CLOCKS["reached"],
            )
        )
        return {episode_id: answer for episode_id, *answer in rows}

    def _forget_response(self):
        if not self:
            return
        names = ["first_response_at", "first_response_minutes", "first_response_wall_minutes"]
        names.append("user_id")
        # raw: a zero, which is what the ORM would write, counts in averages
        self.flush_recordset()
        self.env.execute_query(
            SQL(
                "UPDATE omnichannel_episode SET %s WHERE id IN %s RETURNING id",
                SQL(", ").join(SQL("%s = NULL", SQL.identifier(name)) for name in names),
                tuple(self.ids),
            )
        )
        self.invalidate_recordset(names)

    def _close(self, user):
        """Close these open episodes now.

        One without an answer whose customer does not wait here any more is forgotten: its messages
        went elsewhere, and are counted there.
        """
        gone = self.filtered(
            lambda e: not e.first_response_at and not e.conversation_id.waiting_since
        )
        now = utc_now()
        counts = (self - gone)._count_messages(now)
        for episode in self - gone:
            conversation = episode.conversation_id
            due = conversation.response_due_at
            inbound, outbound = counts.get(episode.id, (0, 0))
            episode.write(
                {
                    "closed_at": now,
                    "resolution_hours": WorkingTime().between(None, episode.opened_at, now) / 60,
                    "team_id": conversation.team_id.id,
                    "user_id": (episode.user_id or user or conversation.user_id).id,
                    "inbound_count": inbound,
                    "outbound_count": outbound,
                    "is_target_missed": episode.is_target_missed or bool(due and due < now),
                }
            )
        gone.unlink()

    def _count_messages(self, until):
        """Return {id: (inbound, outbound)} of what was written in these."""
        if not self:
            return {}
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT e.id, count(*) FILTER (WHERE m.direction = 'inbound'),
                       count(*) FILTER (WHERE m.direction = 'outbound')
                  FROM omnichannel_episode AS e
                  JOIN omnichannel_message AS m ON m.conversation_id = e.conversation_id
                   AND m.occurred_at BETWEEN e.opened_at AND %s
                 WHERE e.id IN %s
              GROUP BY e.id
                """,
                until,
                tuple(self.ids),
            )
        )
        return {episode_id: counts for episode_id, *counts in rows}

    def action_open_conversation(self):
        """Open the thread that the episode is of."""
        self.ensure_one()
        return self.conversation_id.action_open_in_discuss()
