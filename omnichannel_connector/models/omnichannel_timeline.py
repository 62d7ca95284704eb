from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

DOCUMENT = "document"  # the channel under which mails of other apps' documents are listed
MOST = 100  # entries of one page


def _is_card(record):
    return record._name == "omnichannel.card"


def _timeline_key(record):
    """Return what an entry is sorted by: of one moment messages are the newer ones."""
    return record.occurred_at, not _is_card(record), record.id


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
    def get_omnichannel_timeline(
        self, channel=None, before_id=None, limit=30, direction=None, before_card_id=None
    ):
        """Return a page of the customer's messages on all channels, newest first, notes excluded.

        For agents; of conversations that they may read, which have the same rules as their
        messages. Mails of other apps' documents stand among them, with isCard, on the channel
        "document". `before_id` is the last entry of the page before, `before_card_id` when that
        one is a card. The result is {entries, hasMore} and, on the first page, channels:
        [{code, label, count}] of all there is.
        """
        self._check_omnichannel_agent()
        conversations = self.env["omnichannel.conversation"].search([("partner_id", "=", self.id)])
        everything = Domain("conversation_id", "in", conversations.ids)
        before = self._find_timeline_entry(conversations, before_id, before_card_id)
        limit = max(1, min(limit, MOST))
        found = []
        if channel != DOCUMENT:
            found += self._search_timeline(everything, channel, direction, before, limit + 1)
        if not channel or channel == DOCUMENT:
            cards = self.env["omnichannel.card"]
            found += cards._search_timeline(conversations, direction, before, limit + 1)
        found.sort(key=_timeline_key, reverse=True)
        page = {"entries": self._to_timeline(found[:limit]), "hasMore": len(found) > limit}
        is_first = before is None
        return {**page, "channels": self._timeline_channels(conversations)} if is_first else page

    def _to_timeline(self, records):
        """Return the entries of messages and cards, in their order."""
        cards = self.env["omnichannel.card"].browse(r.id for r in records if _is_card(r))
        messages = self.env["omnichannel.message"].browse(r.id for r in records if not _is_card(r))
        of_cards, of_messages = iter(cards._to_timeline()), iter(messages._to_timeline())
        return [next(of_cards if _is_card(record) else of_messages) for record in records]

    def _find_timeline_entry(self, conversations, message_id, card_id):
        """Return the record of an entry, none for the first page; an empty one when it is gone."""
        if card_id:
            # sudo: only of threads that the user may read
            cards_sudo = self.env["omnichannel.card"].sudo()
            of_card = Domain("id", "=", card_id)
            return cards_sudo.search(cards_sudo._timeline_domain(conversations) & of_card)
        if message_id:
            own = [("conversation_id", "in", conversations.ids), ("id", "=", message_id)]
            return self.env["omnichannel.message"].search(own)
        return None

    def _search_timeline(self, domain, channel, direction, before, limit):
        """Return the newest messages, older than an entry; nothing is older than one that is gone.

        `before` is the entry's record, or None.
        """
        if channel:
            domain &= Domain("channel", "=", channel)
        if direction:
            domain &= Domain("direction", "=", direction)
        if before is not None:
            domain &= self._before_timeline_entry(before)
        return self.env["omnichannel.message"].search(
            domain, order="occurred_at desc, id desc", limit=limit
        )

    def _before_timeline_entry(self, last):
        if not last:
            return Domain.FALSE
        if _is_card(last):
            return Domain("occurred_at", "<", last.occurred_at)
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

    def _timeline_channels(self, conversations):
        """Return the channels that there are messages of, the busiest first."""
        labels = dict(self.env["omnichannel.account"]._get_channels())
        labels[DOCUMENT] = self.env._("Documents")
        everything = [("conversation_id", "in", conversations.ids)]
        counts = self.env["omnichannel.message"]._read_group(everything, ["channel"], ["__count"])
        # sudo: how many there are is seen in the thread
        cards_sudo = self.env["omnichannel.card"].sudo()
        if mails := cards_sudo.search_count(cards_sudo._timeline_domain(conversations)):
            counts.append((DOCUMENT, mails))
        return [
            {"code": code, "label": labels.get(code, code), "count": count}
            for code, count in sorted(counts, key=lambda row: (-row[1], row[0]))
        ]
