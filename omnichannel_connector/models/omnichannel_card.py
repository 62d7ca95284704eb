from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL, ormcache

from odoo.addons.mail.tools.discuss import Store

from .omnichannel_record import RecordSource


class OmnichannelCard(models.Model):
    """A document of another app that stands in a thread: a lead, an order, an invoice.

    In the thread it is a line that nobody wrote, which counts nowhere and reaches nobody. What it
    shows is read when it is shown, with the rights of who looks.
    """

    _name = "omnichannel.card"
    _description = "Document in a Conversation"
    _order = "id desc"
    _rec_name = "res_model"

    conversation_id = fields.Many2one(
        "omnichannel.conversation", required=True, readonly=True, ondelete="cascade"
    )
    # set in the transaction that makes the row, which comes first and decides about twins
    mail_message_id = fields.Many2one(
        "mail.message", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    res_model = fields.Char("Document Model", required=True, readonly=True)
    res_id = fields.Integer("Document ID", required=True, readonly=True)

    _record_unique = models.UniqueIndex("(conversation_id, res_model, res_id)")

    # === POST === #

    @api.model
    def _post(self, pairs):
        """Show documents in threads; return the new cards.

        `pairs` are (conversation, record). Where a record has a card already nothing changes,
        whatever happens at the same time. The caller is superuser.
        """
        conversations = self.env["omnichannel.conversation"].union(*(pair[0] for pair in pairs))
        conversations._ensure_channels()
        cards = self._insert(pairs)
        messages = self.env["discuss.channel"]._message_create(
            [card._prepare_line() for card in cards]
        )
        for card, message in zip(cards, messages, strict=True):
            card.mail_message_id = message
        self.env.flush_all()
        self.env["omnichannel.message"]._push_mail_messages(messages)
        return cards

    def _prepare_line(self):
        """Return the values of the mail.message that the card is in its thread."""
        self.ensure_one()
        text = self.env._("A document")  # its name is nobody's business who may not read it
        return self.conversation_id._prepare_notice(text, fields.Datetime.now())

    @api.model
    def _insert(self, pairs):
        """Insert the rows that are not there yet; return them."""
        if not pairs:
            return self.browse()
        self.env.flush_all()
        rows = [
            SQL("(%s, %s, %s)", conversation.id, record._name, record.id)
            for conversation, record in pairs
        ]
        # ON CONFLICT: two people may confirm, or a mail be sent, at the same moment
        created = self.env.execute_query(
            SQL(
                """
                INSERT INTO omnichannel_card
                       (conversation_id, res_model, res_id,
                        create_uid, create_date, write_uid, write_date)
                SELECT row.*, %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
                  FROM (VALUES %(rows)s) AS row (conversation_id, res_model, res_id)
                    ON CONFLICT DO NOTHING
             RETURNING id
                """,
                uid=self.env.uid,
                rows=SQL(", ").join(rows),
            )
        )
        return self.browse([row[0] for row in created])

    # === FOLLOW WHAT HAPPENS IN OTHER APPS === #

    @api.model
    @ormcache(cache="stable")
    def _watched(self):
        """Return {model: names of the fields after whose change a card may be due}."""
        watched = {}
        for source in self.env["omnichannel.record"]._get_sources().values():
            if source.is_card_due:
                watched[source.model] = watched.get(source.model, frozenset()) | {*source.card_on}
        return watched

    @api.model
    def _follow(self, records):
        """Show these records in the threads of their customers, those that are that far."""
        # sudo: who confirms an order may be no agent, and gets to know nothing by this
        self_sudo = self.sudo()
        sources = self_sudo.env["omnichannel.record"]._get_sources().values()
        pairs = []
        for source in sources:
            if source.model == records._name and source.is_card_due:
                due = records.sudo().filtered(source.is_card_due)
                pairs += self_sudo._pair(due, source)
        if pairs:
            self_sudo._post(pairs)

    @api.model
    def _pair(self, records, source):
        """Return (conversation, record) for each of the customers who have a thread."""
        customers = records.mapped(source.customer)
        conversations = self.env["omnichannel.conversation"].search(
            [("partner_id", "in", customers.ids), ("channel_id", "!=", False)]
        )
        of_partner = conversations.grouped("partner_id")
        return [
            (conversation.moved_to_id or conversation, record)
            for record in records
            for partner in record.mapped(source.customer)
            for conversation in of_partner.get(partner, ())
            if self._company_of(record) in (conversation.company_id, conversation.company_id[:0])
        ]

    @api.model
    def _company_of(self, record):
        return record["company_id"] if "company_id" in record._fields else self.env["res.company"]

    # === SHOW === #

    @api.model
    @api.readonly
    def read_cards(self, ids):
        """Return what these cards show, with no more than the user may read. For the web client.

        Each is {id, isHidden}, and when it is not hidden {model, resId, icon, noun} and what
        `omnichannel.record._prepare_item` has. Those in threads that the user may not read are
        missing.
        """
        # sudo: only to find the lines of the threads, and then what they are about
        cards_sudo = self.sudo().browse(ids).exists()
        readable = cards_sudo.mail_message_id.sudo(False)._filtered_access("read")
        shown_sudo = cards_sudo.filtered(lambda card: card.mail_message_id.sudo(False) in readable)
        return [self._read_card(card_sudo) for card_sudo in shown_sudo]

    @api.model
    def _read_card(self, card_sudo):
        hidden = {"id": card_sudo.id, "isHidden": True}
        if card_sudo.res_model not in self.env:
            return hidden
        record = self.env[card_sudo.res_model].browse(card_sudo.res_id).exists()
        if not record or not record.has_access("read"):
            return hidden
        source = self._source_of(record)
        try:
            item = self.env["omnichannel.record"]._prepare_item(source, record)
        except AccessError:
            # something that belongs to it is not for this user
            return hidden
        return {
            **item,
            "id": card_sudo.id,
            "isHidden": False,
            "model": record._name,
            "resId": record.id,
            "icon": source.icon,
            "noun": source.noun,
        }

    @api.model
    def _source_of(self, record):
        """Return how a record is shown: by its source, else by its name alone."""
        for source in self.env["omnichannel.record"]._get_sources().values():
            if source.model == record._name:
                return source
        # sudo: what a kind of document is called is no secret
        noun = self.env["ir.model"].sudo()._get(record._name).name
        return RecordSource("", record._name, noun, "fa-file-text-o", noun=noun)


class OmnichannelConversation(models.Model):
    _inherit = "omnichannel.conversation"

    def _post_card(self, record):
        """Show a document of any app in this thread, once. Return its card if it is new.

        Reaches nobody and counts nowhere. Who may not read the record sees nothing of it.
        """
        self.ensure_one()
        # sudo: nobody makes cards but this; what is shown is read with the rights of who looks
        return self.env["omnichannel.card"].sudo()._post([(self.sudo(), record)])

    def _attach_lead(self, lead):
        result = super()._attach_lead(lead)
        self._post_card(lead)
        return result

    def _merge_into(self, target):
        """Take the cards along; of a record that has one in both threads one stays."""
        cards = self.env["omnichannel.card"].search(
            [("conversation_id", "in", (self | target).ids)]
        )
        for twins in cards.grouped(lambda card: (card.res_model, card.res_id)).values():
            kept = twins.sorted("id")[:1]
            (twins - kept).mail_message_id.unlink()
            kept.conversation_id = target
        return super()._merge_into(target)


class MailMessage(models.Model):
    _inherit = "mail.message"

    # at most one
    omnichannel_card_ids = fields.One2many(
        "omnichannel.card",
        "mail_message_id",
        groups="omnichannel_connector.omnichannel_group_administrator",
    )

    def _to_store_defaults(self, target):
        return [
            *super()._to_store_defaults(target),
            # sudo: who may read the line may know that it is a card; what is on it is asked apart
            Store.Attr(
                "omnichannelCard",
                lambda message: message.sudo().omnichannel_card_ids.id,
                predicate=lambda message: (
                    message.model == "discuss.channel"
                    and message.message_type == "notification"
                    and message.sudo().omnichannel_card_ids
                ),
            ),
        ]


class DiscussChannel(models.Model):
    _inherit = "discuss.channel"

    def _get_last_messages(self):
        """Return the last message of each channel, of conversations what somebody wrote last."""
        messages = super()._get_last_messages()
        # sudo: who may read the line may know that it is a card
        cards = messages.filtered(lambda message: message.sudo().omnichannel_card_ids)
        written = cards.browse()
        for card in cards:
            thread = [("model", "=", card.model), ("res_id", "=", card.res_id)]
            written |= card.search(
                [*thread, ("id", "<", card.id), ("message_type", "!=", "notification")],
                order="id desc",
                limit=1,
            )
        return (messages - cards) | written


class MailThread(models.AbstractModel):
    """What happens to documents of other apps, whichever are installed."""

    _inherit = "mail.thread"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        is_wanted = not self.env.context.get("omnichannel_no_card")
        if is_wanted and self._name in self.env["omnichannel.card"]._watched():
            self.env["omnichannel.card"]._follow(records)
        return records

    def write(self, vals):
        result = super().write(vals)
        if self.env["omnichannel.card"]._watched().get(self._name, frozenset()) & vals.keys():
            self.env["omnichannel.card"]._follow(self)
        return result
