from odoo import api, fields, models
from odoo.tools import SQL

from .res_partner import AGENT


class ResPartner(models.Model):
    """How a customer looks on a card: where they can be met, and what was said last."""

    _inherit = "res.partner"

    omnichannel_message_count = fields.Integer(
        "Messages on All Channels", compute="_compute_omnichannel_message_count", groups=AGENT
    )
    omnichannel_summary = fields.Json(
        "Channels and Last Message",
        compute="_compute_omnichannel_summary",
        groups=AGENT,
        help="The kinds of addresses, and the last message.",
    )

    def _compute_omnichannel_message_count(self):
        counts = dict(
            self.env["omnichannel.message"]._read_group(
                [("conversation_id.partner_id", "in", self.ids)],
                ["conversation_id"],
                ["__count"],
            )
        )
        self.omnichannel_message_count = 0
        for conversation, count in counts.items():
            conversation.partner_id.omnichannel_message_count += count

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_omnichannel_summary(self):
        """Return {kinds: [{code, label}], last: {channel, label, at, direction, preview} or None}.

        For all cards at once, with the user's own rights.
        """
        kinds = self._omnichannel_kinds()
        last = self._omnichannel_last_messages()
        channels = dict(self.env["omnichannel.account"]._get_channels())
        for partner in self:
            message = last.get(partner)
            partner.omnichannel_summary = {
                "kinds": kinds.get(partner, []),
                "last": message
                and {
                    "channel": message.channel,
                    "label": channels.get(message.channel, message.channel),
                    "at": str(message.occurred_at),
                    "direction": message.direction,
                    "preview": ""
                    if message.retracted_at
                    else message.mail_message_id.preview or "",
                },
            }

    def _omnichannel_kinds(self):
        labels = dict(self.env["omnichannel.identity"]._get_kinds())
        is_theirs = fields.Domain("trust", "!=", "claimed") | fields.Domain("scope", "!=", "")
        rows = self.env["omnichannel.identity"]._read_group(
            fields.Domain("partner_id", "in", self.ids) & is_theirs, ["partner_id", "kind"]
        )
        kinds = {}
        for partner, kind in rows:
            label = {"code": kind, "label": labels.get(kind, kind)}
            kinds.setdefault(partner, []).append(label)
        return kinds

    def _omnichannel_last_messages(self):
        """Return {customer: their last message} of the conversations that the user may read."""
        conversations = self.env["omnichannel.conversation"].search(
            [("partner_id", "in", self.ids)]
        )
        if not conversations:
            return {}
        messages = self.env["omnichannel.message"]
        messages.flush_model(["conversation_id", "occurred_at"])
        # one look into the index for each card, which the ORM has no words for
        rows = self.env.execute_query(
            SQL(
                """
                SELECT last.id
                  FROM unnest(%s) AS conversation (id)
            CROSS JOIN LATERAL (
                       SELECT id FROM omnichannel_message
                        WHERE conversation_id = conversation.id
                     ORDER BY occurred_at DESC, id DESC LIMIT 1) AS last
                """,
                conversations.ids,
            )
        )
        found = messages.browse([row[0] for row in rows]).sorted("occurred_at")
        return {message.conversation_id.partner_id: message for message in found}
