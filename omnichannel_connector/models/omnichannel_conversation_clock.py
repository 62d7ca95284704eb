from odoo import fields, models
from odoo.tools import SQL

from .omnichannel_call import TALKED
from .timing import touch

# Which messages count for which clock. An automatic reply of the customer is no answer and leaves
# us waiting; a follow-up of ours does not count as an answer, or it would trigger the next one.
# Whom we called and did not reach still waits as before.
CLOCKS = {
    "last": SQL("TRUE"),
    "said": SQL("m.direction = 'inbound' AND m.is_automatic IS NOT TRUE"),
    "answer": SQL(
        "m.direction = 'outbound' AND m.is_automatic IS NOT TRUE"
        " AND (call.id IS NULL OR call.state IN %s)",
        tuple(state.value for state in TALKED),
    ),
    "turn": SQL(
        """
        CASE WHEN m.direction = 'inbound' THEN m.is_automatic IS NOT TRUE
             WHEN m.keeps_turn THEN FALSE
             ELSE call.id IS NULL OR call.state IN %s END
        """,
        tuple(state.value for state in TALKED),
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
        self, moment, channel, direction, identity, is_automatic=False, keeps_turn=False
    ):
        """Note one message in either direction. Late messages turn no clock back.

        An automatic reply of the customer reopens nothing that a person closed. With `keeps_turn`
        the customer waits for us as before. The row is written
        in any case: who moves messages at this moment has to notice, and to repeat.
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
        if is_turn and self._is_newest(moment, "turn_at"):
            values["turn_at"] = moment
            values["waiting_for"] = "us" if direction == "inbound" else "customer"
        if direction == "inbound" and not is_automatic and self.state != "open":
            values.update(state="open", resume_state=False)
        if values:
            self.write(values)
        else:
            self._touch()

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
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT c.id, last.occurred_at AS last_message_at, last.channel AS last_channel,
                       said.occurred_at AS last_inbound_at,
                       said.identity_id AS last_inbound_identity_id,
                       answer.occurred_at AS last_outbound_at, turn.occurred_at AS turn_at,
                       CASE WHEN turn.direction = 'outbound' THEN 'customer'
                            WHEN turn.call_state IN %(talked)s THEN NULL
                            WHEN turn.direction = 'inbound' THEN 'us' END AS waiting_for
                  FROM omnichannel_conversation AS c
                  %(joins)s
                 WHERE c.id IN %(ids)s
                """,
                talked=tuple(state.value for state in TALKED),
                joins=SQL(" ").join(self._join_newest(name) for name in CLOCKS),
                ids=tuple(self.ids),
            )
        )
        for row in rows:
            values = {name: value or False for name, value in row.items() if name != "id"}
            self.browse(row["id"]).write(values)

    def _join_newest(self, name):
        """Return the join that finds the newest message that counts for a clock."""
        return SQL(
            """
            LEFT JOIN LATERAL (
                SELECT m.occurred_at, m.channel, m.direction, m.identity_id,
                       call.state AS call_state
                  FROM omnichannel_message AS m
             LEFT JOIN omnichannel_call AS call ON call.message_id = m.id
                 WHERE m.conversation_id = c.id AND %(condition)s
              ORDER BY m.occurred_at DESC, m.id DESC
                 LIMIT 1) AS %(name)s ON TRUE
            """,
            condition=CLOCKS[name],
            name=SQL.identifier(name),
        )
