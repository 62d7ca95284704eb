from odoo import api, models
from odoo.fields import Domain

from .omnichannel_timeline import DOCUMENT


class OmnichannelCard(models.Model):
    """Mails of documents in the timeline of a customer."""

    _inherit = "omnichannel.card"

    def _to_timeline(self):
        """Return what the timeline shows of these cards, with the user's own rights."""
        shown = {card["id"]: card for card in self.read_cards(self.ids)}
        # sudo: the caller read the conversations; what is on a card is asked with the user's rights
        gone = {"isHidden": True}
        return [
            card_sudo._prepare_timeline_entry(shown.get(card_sudo.id, gone))
            for card_sudo in self.sudo()
        ]

    def _prepare_timeline_entry(self, shown):
        self.ensure_one()
        text = self.env._("A message about a document that is gone")
        if not shown["isHidden"]:
            text = " ".join(filter(None, [shown["noun"], shown.get("title")]))
        return {
            "id": self.id,
            "isCard": True,
            "channel": DOCUMENT,
            "channelLabel": self.env._("Documents"),
            "direction": self.direction,
            "who": "",
            "occurredAt": str(self.occurred_at),
            "preview": ": ".join(filter(None, [text, shown.get("subtitle")])),
            "isRetracted": False,
            "state": "",
            "stateLabel": "",
            "error": "",
            "attachments": 0,
            "call": None,
            "threadId": self.mail_message_id.res_id,
            "mailMessageId": self.mail_message_id.id,
        }

    @api.model
    def _search_timeline(self, conversations, direction, before, limit):
        """Return the newest of these threads, older than `before`: an entry's record, or none."""
        domain = self._timeline_domain(conversations)
        if direction:
            domain &= Domain("direction", "=", direction)
        if before is not None:
            if not before:
                return self.browse()
            moment = before.sudo().occurred_at
            older = Domain("occurred_at", "<", moment)
            same = Domain("occurred_at", "=", moment)
            # of one moment messages come first
            is_card = before._name == self._name
            domain &= older | (same & Domain("id", "<", before.id) if is_card else same)
        # sudo: the caller read the conversations; what is on a card is asked with the user's rights
        return self.sudo().search(domain, order="occurred_at desc, id desc", limit=limit)

    @api.model
    def _timeline_domain(self, conversations):
        """Return the domain of the cards in these threads: also those that a link brought there."""
        # sudo: only where its cards went
        moved_sudo = conversations.sudo().search([("moved_to_id", "in", conversations.ids)])
        return Domain(
            [
                ("conversation_id", "in", [*conversations.ids, *moved_sudo.ids]),
                ("mail_message_id.res_id", "in", conversations.sudo().channel_id.ids),
                ("direction", "!=", False),
            ]
        )
