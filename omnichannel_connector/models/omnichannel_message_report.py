from odoo import fields, models
from odoo.tools import SQL

from .omnichannel_message import LOST


class OmnichannelMessageReport(models.Model):
    """How much is written: by channel, hour of the day, agent and direction.

    Hours are those of the user's time zone.
    """

    _name = "omnichannel.message.report"
    _description = "Message Volume"
    _auto = False
    _order = "occurred_at desc, id desc"
    _rec_name = "conversation_id"

    occurred_at = fields.Datetime("When", readonly=True)
    hour = fields.Char("Hour of Day", readonly=True)
    weekday = fields.Selection(
        [
            ("1", "Monday"),
            ("2", "Tuesday"),
            ("3", "Wednesday"),
            ("4", "Thursday"),
            ("5", "Friday"),
            ("6", "Saturday"),
            ("7", "Sunday"),
        ],
        readonly=True,
    )
    channel = fields.Selection(
        selection=lambda self: self.env["omnichannel.account"]._get_channels(), readonly=True
    )
    direction = fields.Selection(
        [("inbound", "From Customers"), ("outbound", "To Customers")], readonly=True
    )
    origin = fields.Selection(
        selection=lambda self: self.env["omnichannel.message"]._fields["origin"].selection,
        string="Written By",
        readonly=True,
    )
    user_id = fields.Many2one("res.users", "Agent", readonly=True)
    team_id = fields.Many2one("omnichannel.team", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    conversation_id = fields.Many2one("omnichannel.conversation", readonly=True)
    response_minutes = fields.Float("Response (min)", readonly=True, aggregator="avg")
    response_working_minutes = fields.Float(
        "Response (working min)", readonly=True, aggregator="avg"
    )

    @property
    def _table_query(self):
        zone = self.env.context.get("tz") or self.env.user.tz or "UTC"
        return SQL(
            """
            SELECT m.id, m.occurred_at, m.channel, m.direction, m.origin, m.user_id,
                   m.conversation_id,
                   CASE WHEN m.state NOT IN %(lost)s THEN m.response_minutes END
                   AS response_minutes,
                   CASE WHEN m.state NOT IN %(lost)s THEN m.response_working_minutes END
                   AS response_working_minutes,
                   c.team_id, c.company_id,
                   to_char(m.occurred_at AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s, 'HH24:00')
                   AS hour,
                   to_char(m.occurred_at AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s, 'ID') AS weekday
              FROM omnichannel_message AS m
              JOIN omnichannel_conversation AS c ON c.id = m.conversation_id
            """,
            zone=zone,
            lost=LOST,
        )
