from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.mail.tools.discuss import Store

STATES = [
    ("received", "Received"),
    ("queued", "Waiting to be sent"),
    ("sending", "Being sent"),
    ("sent", "Sent"),
    ("delivered", "Delivered"),
    ("read", "Read"),
    ("unknown", "Not sure whether it was sent"),
    ("failed", "Not sent"),
    ("canceled", "Canceled"),
]
# The customer did not get it, or not all of it: a message is as good as its worst part, and what
# is left of an answer is none until a person looked. `unknown` may have arrived.
LOST = ("failed", "canceled")


class OmnichannelMessage(models.Model):
    """One customer-visible message, in either direction. A note is never one."""

    _name = "omnichannel.message"
    _description = "Customer Message"
    _order = "id desc"
    _rec_name = "mail_message_id"

    mail_message_id = fields.Many2one("mail.message", required=True, ondelete="cascade")
    conversation_id = fields.Many2one("omnichannel.conversation", required=True, ondelete="cascade")
    identity_id = fields.Many2one("omnichannel.identity", required=True, ondelete="restrict")
    account_id = fields.Many2one("omnichannel.account", required=True, ondelete="restrict")
    channel = fields.Selection(selection="_get_channels", required=True)
    direction = fields.Selection([("inbound", "Inbound"), ("outbound", "Outbound")], required=True)
    origin = fields.Selection(
        [
            ("customer", "Customer"),
            ("agent", "Agent"),
            ("sequence", "Follow-up"),
            ("notice", "Automatic notice"),
            ("assistant", "Automatic first answer"),
            ("app", "Answered in the provider's app"),
        ],
        required=True,
    )
    enrollment_id = fields.Many2one("omnichannel.enrollment", ondelete="set null")
    step_id = fields.Many2one("omnichannel.step", ondelete="set null")
    external_id = fields.Char("Provider's ID")
    occurred_at = fields.Datetime("When", required=True)
    state = fields.Selection(STATES, required=True)
    error = fields.Char()
    payload = fields.Char(help="What the button says that the customer pressed.")
    context = fields.Json(help="What a public comment is about.")
    is_comment = fields.Boolean("Public Comment")
    comment_id = fields.Many2one(
        "omnichannel.message", "Answer to Comment", ondelete="set null", index="btree_not_null"
    )
    is_automatic = fields.Boolean(help="A machine wrote it: an out-of-office note, a follow-up.")
    wants_no_answer = fields.Boolean(help="Nothing automatic may answer it; a person may.")
    keeps_turn = fields.Boolean(
        help="No answer to the customer, who waits for us as before: a notice that we are closed."
    )
    is_recovered = fields.Boolean(
        "Recovered", help="The provider never told us about it; it was found there later."
    )
    revision = fields.Integer(help="The number of the last edit.")
    edited_at = fields.Datetime("Edited")
    retracted_at = fields.Datetime("Taken Back")
    reaction_at = fields.Datetime(help="When the customer last changed their reaction.")
    own_reaction_at = fields.Datetime(help="When our side did so in the provider's app.")
    delivery_ids = fields.One2many("omnichannel.delivery", "message_id")
    preview = fields.Char(related="mail_message_id.preview")

    _mail_message_unique = models.UniqueIndex("(mail_message_id)")
    _external_unique = models.UniqueIndex(
        "(account_id, external_id) WHERE external_id IS NOT NULL",
        "This message is in a thread already.",
    )
    # whatever crashes, a follow-up step never sends twice
    _step_unique = models.UniqueIndex(
        "(enrollment_id, step_id) WHERE enrollment_id IS NOT NULL",
        "This step was sent already.",
    )
    _identity_idx = models.Index("(identity_id)")
    _occurred_idx = models.Index("(occurred_at)")
    _conversation_idx = models.Index("(conversation_id, occurred_at DESC, id DESC)")

    @api.model
    def _get_channels(self):
        return self.env["omnichannel.account"]._get_channels()

    @api.model
    def _known_ids(self, keys):
        """Return which of these (account id, external id) are in a thread already."""
        keys = tuple({key for key in keys if key[1]})
        if not keys:
            return set()
        self.flush_model(["account_id", "external_id"])
        query = SQL(
            """
            SELECT account_id, external_id FROM omnichannel_message
             WHERE (account_id, external_id) IN %s
            """,
            keys,
        )
        return set(self.env.execute_query(query))

    def _is_lost(self):
        return self.state in LOST

    # === CLIENT === #

    def _to_store_value(self):
        """Return what a bubble shows beside its text."""
        self.ensure_one()
        labels = dict(self._get_channels())
        trust_labels = dict(self.identity_id._fields["trust"]._description_selection(self.env))
        state_labels = dict(self._fields["state"]._description_selection(self.env))
        return {
            "id": self.id,
            "key": f"{self.account_id.id}:{self.identity_id.id}",
            "channel": self.channel,
            "channelLabel": labels.get(self.channel, self.channel),
            "direction": self.direction,
            "origin": self.origin,
            "address": self.identity_id.display_name,
            "trust": self.identity_id.trust,
            "trustLabel": trust_labels[self.identity_id.trust],
            "state": self.state,
            "stateLabel": state_labels[self.state],
            "error": self.error or "",
            "isComment": self.is_comment,
            "commentId": self.comment_id.id,
            "isRecovered": self.is_recovered,
            "isAutomatic": self.is_automatic,
            "isEdited": bool(self.edited_at),
            "isRetracted": bool(self.retracted_at),
            "context": self.context or {},
        }

    def _push_new(self):
        """Show new messages to everybody who has a thread open, one notification each.

        The payload is built once for all messages and then cut: Odoo's own way, one build for
        each message, costs four times as much.
        """
        self._push_mail_messages(self.mail_message_id)

    @api.model
    def _push_mail_messages(self, mail_messages):
        if not mail_messages:
            return
        channel = self.env["discuss.channel"].browse(mail_messages[:1].res_id)
        data = Store(bus_channel=channel).add(mail_messages).get_result()
        rows = {row["id"]: row for row in data.pop("mail.message")}
        for mail_message in mail_messages:
            row = rows[mail_message.id]
            channel = self.env["discuss.channel"].browse(mail_message.res_id)
            # first the new one, as the client expects; behind it what it quotes
            shown = [row, *filter(None, [rows.get(row.get("parent_id"))])]
            channel._bus_send(
                "discuss.channel/new_message",
                {"id": channel.id, "data": {**_referenced(shown, data), "mail.message": shown}},
            )


def _referenced(rows, data):
    """Return the records in `data` that messages' rows refer to."""
    wanted = {
        "mail.thread": {(row.get("thread") or {}).get("id") for row in rows},
        "res.partner": {row.get("author_id") for row in rows},
        "mail.message.subtype": {row.get("subtype_id") for row in rows},
        "ir.attachment": {id_ for row in rows for id_ in row.get("attachment_ids") or ()},
    }
    return {
        model: [record for record in records if record.get("id") in wanted[model]]
        if model in wanted
        else records
        for model, records in data.items()
    }
