from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

MOST = 100  # entries of one page


class OmnichannelMessage(models.Model):
    """An entry of a customer's timeline."""

    _inherit = "omnichannel.message"

    def _to_timeline(self):
        """Return what the timeline shows of these messages, with the user's own rights."""
        channels = dict(self._get_channels())
        states = dict(self._fields["state"]._description_selection(self.env))
        return [message._prepare_timeline_entry(channels, states) for message in self]

    def _prepare_timeline_entry(self, channels, states):
        self.ensure_one()
        mail_message = self.mail_message_id
        call = self.call_ids._to_store_value()
        return {
            "id": self.id,
            "channel": self.channel,
            "channelLabel": channels.get(self.channel, self.channel),
            "direction": self.direction,
            "who": self._timeline_author(),
            "occurredAt": str(self.occurred_at),
            "preview": "" if self.retracted_at else mail_message.preview or "",
            "isRetracted": bool(self.retracted_at),
            "state": self.state,
            "stateLabel": call["stateLabel"] if call else states[self.state],
            "error": self.error or "",
            # sudo: who may read the message may know how many files it has
            "attachments": len(mail_message.sudo().attachment_ids),
            "call": call and {"state": call["state"], "seconds": call["seconds"]},
            "threadId": self.conversation_id.channel_id.id,
            "mailMessageId": mail_message.id,
        }

    def _timeline_author(self):
        """Return who wrote: a person, or what stood in for one."""
        if self.origin == "sequence":
            return self.env._("Follow-up")
        if self.origin == "app":
            return self.env._("Answered in the app")
        author = self.mail_message_id.author_id
        return author.display_name if author and author.has_access("read") else ""


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.readonly
    def get_omnichannel_timeline(self, channel=None, before_id=None, limit=30, direction=None):
        """Return a page of the customer's messages on all channels, newest first, notes excluded.

        For agents; of conversations that they may read, which have the same rules as their
        messages. `before_id` is the last entry of the page before. The result is {entries,
        hasMore} and, on the first page, channels: [{code, label, count}] of all there is.
        """
        self._check_omnichannel_agent()
        conversations = self.env["omnichannel.conversation"].search([("partner_id", "=", self.id)])
        everything = Domain("conversation_id", "in", conversations.ids)
        domain = everything
        if channel:
            domain &= Domain("channel", "=", channel)
        if direction:
            domain &= Domain("direction", "=", direction)
        if before_id:
            domain &= self._before_timeline_entry(everything, before_id)
        limit = max(1, min(limit, MOST))
        messages = self.env["omnichannel.message"].search(
            domain, order="occurred_at desc, id desc", limit=limit + 1
        )
        page = {"entries": messages[:limit]._to_timeline(), "hasMore": len(messages) > limit}
        return page if before_id else {**page, "channels": self._timeline_channels(everything)}

    def _before_timeline_entry(self, everything, before_id):
        """Return what is older than an entry; nothing is older than one that is gone."""
        last = self.env["omnichannel.message"].search(everything & Domain("id", "=", before_id))
        if not last:
            return Domain.FALSE
        # to the microsecond, to which Odoo's own conditions round; begins to read the index there
        rows = self.env.execute_query(
            SQL("SELECT occurred_at, id FROM omnichannel_message WHERE id = %s", last.id)
        )
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "(%s, %s) < %s",
                SQL.identifier(alias, "occurred_at"),
                SQL.identifier(alias, "id"),
                rows[0],
            )
        )

    def _timeline_channels(self, everything):
        """Return the channels that there are messages of, the busiest first."""
        labels = dict(self.env["omnichannel.account"]._get_channels())
        counts = self.env["omnichannel.message"]._read_group(everything, ["channel"], ["__count"])
        return [
            {"code": code, "label": labels.get(code, code), "count": count}
            for code, count in sorted(counts, key=lambda row: (-row[1], row[0]))
        ]
