from odoo import api, fields, models
from odoo.tools import SQL

from .omnichannel_call import TALKED
from .omnichannel_message import LOST
from .timing import touch

# Which messages count for which clock. An automatic reply of the customer is no answer and leaves
# us waiting; a follow-up of ours does not count as an answer, or it would trigger the next one.
# Whom we called and did not reach still waits as before, and so does who did not get our message.
_TALKED = tuple(state.value for state in TALKED)
# a person wrote, or spoke to them
_WRITTEN = SQL(
    """
    CASE WHEN call.id IS NULL THEN m.direction = 'outbound' AND m.is_automatic IS NOT TRUE
         ELSE call.state IN %s END
    """,
    _TALKED,
)
CLOCKS = {
    "last": SQL("TRUE"),
    "said": SQL("m.direction = 'inbound' AND m.is_automatic IS NOT TRUE"),
    "answer": SQL(
        "m.direction = 'outbound' AND m.is_automatic IS NOT TRUE"
        " AND m.state NOT IN %s AND (call.id IS NULL OR call.state IN %s)",
        LOST,
        _TALKED,
    ),
    # the customer has nothing to wait for: an answer left, or they spoke
    "reached": SQL("%s AND m.state NOT IN %s", _WRITTEN, LOST),
    "turn": SQL(
        """
        CASE WHEN m.direction = 'inbound' THEN m.is_automatic IS NOT TRUE
             WHEN m.keeps_turn OR m.state IN %s THEN FALSE
             ELSE call.id IS NULL OR call.state IN %s END
        """,
        LOST,
        _TALKED,
    ),
}
# What of the customer's waits for an answer: not what a person closed without one.
OWED = SQL(
    "m.direction = 'inbound' AND m.is_automatic IS NOT TRUE AND m.is_settled IS NOT TRUE"
    " AND (call.id IS NULL OR call.state NOT IN %s)",
    _TALKED,
)

# When the customer answered on a document last: the answer stands there, here is only its card.
_DOCUMENT = SQL(
    """
    (SELECT max(card.occurred_at)
       FROM omnichannel_conversation AS home
       JOIN omnichannel_card AS card ON card.conversation_id = home.id
       JOIN mail_message AS line ON line.id = card.mail_message_id
      WHERE (home.id = c.id OR home.moved_to_id = c.id)
        AND card.direction = 'inbound' AND NOT card.is_automatic
        AND line.model = 'discuss.channel' AND line.res_id = c.channel_id)
    """
)
# What a conversation keeps of these.
COLUMNS = {
    "last_message_at": SQL("GREATEST(last.occurred_at, %s)", _DOCUMENT),
    "last_channel": SQL("last.channel"),
    "last_inbound_at": SQL("said.occurred_at"),
    "last_inbound_identity_id": SQL("said.identity_id"),
    "last_outbound_at": SQL("answer.occurred_at"),
    "turn_at": SQL("turn.occurred_at"),
    "answered_at": SQL("reached.occurred_at"),
    "waiting_since": SQL("owed.since"),
    "unread_count": SQL("owed.unread"),
    "waiting_for": SQL(
        """
        CASE WHEN reached.id IS NULL AND said.id IS NOT NULL
               OR (said.occurred_at, said.id) > (reached.occurred_at, reached.id)
             THEN 'us'
             WHEN turn.direction = 'outbound' THEN 'customer' END
        """
    ),
}


class OmnichannelConversation(models.Model):
    """What a conversation knows from its messages: who wrote last, when, and whose turn it is.

    All of it follows from the messages that are there. `_note_message` keeps it up to date with
    each new one, `_derive_clocks` finds the same after messages moved.
    """

    _inherit = "omnichannel.conversation"

    turn_at = fields.Datetime(readonly=True, help="When the message came that decides who waits.")

    def _note_message(
        self,
        moment,
        channel,
        direction,
        identity,
        is_automatic=False,
        keeps_turn=False,
        message=None,
    ):
        """Note one message in either direction. Late messages turn no clock back.

        An automatic reply of the customer reopens nothing that a person closed. With `keeps_turn`
        the customer waits for us as before. The row is written in any case: who moves messages at
        this moment has to notice, and to repeat. `message` is the omnichannel.message, to note how
        long an answer took. Return whether the caller has to derive the clocks, once all messages
        are there: an answer came late, before what the customer wrote last.
        """
        self.ensure_one()
        if self.moved_to_id:
            self._come_back()
        values = {}
        if self.resume_state:  # it was closed because nothing was left in it
            values.update(state=self.resume_state, resume_state=False)
        clock = f"last_{direction}_at"
        if not is_automatic and self._is_newest(moment, clock):
            values[clock] = moment
            if direction == "inbound":
                values["last_inbound_identity_id"] = identity.id
        if self._is_newest(moment, "last_message_at"):
            values.update(last_message_at=moment, last_channel=channel)
        is_turn = (not is_automatic or direction == "outbound") and not keeps_turn
        if is_turn:
            values.update(self._prepare_turn(moment, direction, is_automatic))
        is_answer = direction == "outbound" and not is_automatic
        is_late = is_answer and self._is_late_answer(moment)
        if is_answer:
            self._note_answer(moment, message)
        if direction == "inbound" and not is_automatic and self.state != "open":
            values.update(state="open", resume_state=False)
        if values:
            self.write(values)
        else:
            self._touch()
        return is_late

    def _is_newest(self, moment, clock):
        return not self[clock] or moment >= self[clock]

    def _touch(self):
        """Write the row without changing it, so that who moves messages meanwhile has to repeat."""
        touch(self)

    def _derive_clocks(self):
        """Bring the clocks in step with the messages that are in these conversations now."""
        if not self:
            return
        self.env.flush_all()
        query = self._select_clocks(SQL("c.id IN %s", tuple(self.ids)))
        for row in self.env.execute_query_dict(query):
            values = {name: value or False for name, value in row.items() if name != "id"}
            self.browse(row["id"]).write(values)

    @api.model
    def _select_clocks(self, condition):
        """Return the query for the ids and clocks of the conversations `c` for which this holds."""
        return SQL(
            """
            SELECT c.id, %(columns)s
              FROM omnichannel_conversation AS c
              %(joins)s
              %(owed)s
             WHERE %(condition)s
            """,
            columns=SQL(", ").join(
                SQL("%s AS %s", value, SQL.identifier(name)) for name, value in COLUMNS.items()
            ),
            joins=SQL(" ").join(self._join_newest(name) for name in CLOCKS),
            owed=self._join_owed(),
            condition=condition,
        )

    def _join_newest(self, name):
        """Return the join that finds the newest message that counts for a clock."""
        return SQL(
            """
            LEFT JOIN LATERAL (
                SELECT m.id, m.occurred_at, m.channel, m.direction, m.identity_id
                  FROM omnichannel_message AS m
             LEFT JOIN omnichannel_call AS call ON call.message_id = m.id
                 WHERE m.conversation_id = c.id AND %(condition)s
              ORDER BY m.occurred_at DESC, m.id DESC
                 LIMIT 1) AS %(name)s ON TRUE
            """,
            condition=CLOCKS[name],
            name=SQL.identifier(name),
        )

    def _join_owed(self):
        """Return the join that finds what waits for an answer, and how much nobody saw.

        An answer is after a message by its time; whoever wrote it saw what stood in the thread
        before it, whatever became of the answer.
        """
        return SQL(
            """
            LEFT JOIN LATERAL (
                SELECT max(m.id) AS id
                  FROM omnichannel_message AS m
             LEFT JOIN omnichannel_call AS call ON call.message_id = m.id
                 WHERE m.conversation_id = c.id AND %(written)s) AS seen ON TRUE
            LEFT JOIN LATERAL (
                SELECT min(m.occurred_at) FILTER (
                           WHERE reached.id IS NULL
                              OR (m.occurred_at, m.id) > (reached.occurred_at, reached.id)
                       ) AS since,
                       count(*) FILTER (
                           WHERE m.is_seen IS NOT TRUE AND m.id > coalesce(seen.id, 0)
                       ) AS unread
                  FROM omnichannel_message AS m
             LEFT JOIN omnichannel_call AS call ON call.message_id = m.id
                 WHERE m.conversation_id = c.id AND %(owed)s) AS owed ON TRUE
            """,
            written=_WRITTEN,
            owed=OWED,
        )
