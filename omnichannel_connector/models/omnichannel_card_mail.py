import textwrap
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import email_normalize

from ..channels.addresses import normalize_email, normalize_phone
from .omnichannel_record import RecordSource

MAIL = "mail.message"
FIRST_WORDS = 100  # of a mail, in characters
OWN_THREADS = ("discuss.channel", "mail.thread", "omnichannel.")


class OmnichannelCard(models.Model):
    """A mail or a text message that a document of another app exchanged with the customer.

    The card refers to the document's message and has nothing of it: its words are read where they
    stand, by whoever may read the document. Who may not sees that there was a mail, and no more.
    """

    _inherit = "omnichannel.card"

    direction = fields.Selection(
        [("inbound", "From the customer"), ("outbound", "From us")],
        readonly=True,
        help="Of a mail about a document. Empty for the document itself.",
    )
    occurred_at = fields.Datetime(readonly=True, help="When that mail was sent.")
    is_automatic = fields.Boolean(readonly=True, help="A machine of the customer's wrote it.")

    # === FOLLOW === #

    @api.model
    def _has_mails(self, documents):
        """Tell whether mails of documents are shown: they exist, and are no threads of our own."""
        return bool(documents) and not documents._name.startswith(OWN_THREADS)

    @api.model
    def _follow_sent(self, letters):
        """Show messages that left for customers in their conversations, where they have one.

        `letters` are (document, message, people), people (partner or none, kind of address,
        address). Notes are not shown, whoever is mentioned in them. As superuser.
        """
        mails = []
        letters = [letter for letter in letters if not self._is_note(letter[1])]
        for company, own in self._by_company(letters).items():
            threads = self._find_threads(company, {one for letter in own for one in letter[2]})
            for _document, message, people in own:
                found = self.env["omnichannel.conversation"].union(*map(threads.get, people))
                mails += [(thread, message, "outbound") for thread in found]
        self._post_mails(mails)

    @api.model
    def _is_note(self, message):
        # Odoo files text messages as notes
        is_internal = message.is_internal or message.subtype_id.internal
        return is_internal and message.message_type != "sms"

    @api.model
    def _by_company(self, letters):
        groups = defaultdict(list)
        for letter in letters:
            groups[self._company_for(letter[0])].append(letter)
        return groups

    @api.model
    def _follow_answers(self, letters):
        """Show what came for documents; `letters` are (document, message, is automatic)."""
        for letter in letters:
            self._follow_answer(*letter)

    @api.model
    def _follow_answer(self, document, message, is_automatic):
        """Show what somebody outside wrote on a document in their conversation.

        It begins with that where there is none yet and the document is a customer's. It opens
        again, and follow-ups end, unless a machine answered. What was not written by e-mail, but
        on the web, is shown of customers' documents only. As superuser.
        """
        author = message.author_id
        if self._is_note(message) or (author and not author.partner_share):
            return
        if message.message_type != "email" and not self._is_of_customer(document):
            return
        company = self._company_for(document)
        # as it stands in the mail: "Ana" <ana@example.com>
        person = (author, "email", email_normalize(message.email_from) or "")
        threads = self._find_threads(company, [person])[person]
        if not threads and author and not is_automatic and self._is_of_customer(document):
            # the gateway's own company is that of whoever fetches mail
            company = company or author.company_id or self.env.company
            threads = self.env["omnichannel.conversation"]._for_partners(company, author)[author]
        if not is_automatic:
            threads._note_document_answer(self._moment_of(message))
        self._post_mails([(thread, message, "inbound") for thread in threads], is_automatic)

    @api.model
    def _is_of_customer(self, document):
        """Tell whether a document is of a kind that the record of a customer has."""
        return any(
            source.model == document._name
            and document.filtered_domain(source.domain(document.browse()))
            for source in self.env["omnichannel.record"]._get_sources().values()
        )

    @api.model
    def _company_for(self, document):
        """Return the company of a document, none when it is every company's."""
        return document._mail_get_companies()[document.id]

    @api.model
    def _find_threads(self, company, people):
        """Return {person: their conversation in a company}, without a company those in any."""
        found = [
            self._find_threads_in(one, people)
            for one in company or self.env["res.company"].search([])
        ]
        none = self.env["omnichannel.conversation"]
        return {person: none.union(*(own[person] for own in found)) for person in people}

    @api.model
    def _find_threads_in(self, company, people):
        """Return {person: their conversation in a company, or none}.

        Found by the customer record that was written to; where that has none, by the address. An
        address that several customers share is nobody's.
        """
        partners = self.env["res.partner"].union(*(person[0] for person in people))
        found = self._threads_of(company, partners)
        keys = {
            person: (person[1], "", self._normal_address(company, *person[1:]))
            for person in people
            if person[2] and person[0] not in found
        }
        known = self.env["omnichannel.identity"]._find(company, set(keys.values()))
        owner = {key: one.partner_id for key, one in known.items() if not one.is_shared}
        found |= self._threads_of(company, partners.union(*owner.values()) - partners)
        none = self.env["omnichannel.conversation"]
        return {
            person: found.get(person[0]) or found.get(owner.get(keys.get(person)), none)
            for person in people
        }

    @api.model
    def _threads_of(self, company, partners):
        """Return {partner: conversation with a thread}, where it is now."""
        threads = self.env["omnichannel.conversation"].search(
            [
                ("company_id", "=", company.id),
                ("channel_id", "!=", False),
                ("partner_id", "in", partners.ids),
            ]
        )
        return {thread.partner_id: thread.moved_to_id or thread for thread in threads}

    @api.model
    def _normal_address(self, company, kind, address):
        if kind == "email":
            return normalize_email(address)
        return normalize_phone(address, company.country_id.code or "")

    # === POST === #

    @api.model
    def _post_mails(self, mails, is_automatic=False):
        """Show (conversation, message of a document, direction) in the threads, each once."""
        if not mails:
            return self.browse()
        cards = self._post([(thread, message) for thread, message, _direction in mails])
        directions = {(thread.id, message.id): way for thread, message, way in mails}
        for card in cards:
            message = self.env[MAIL].browse(card.res_id)
            card.write(
                {
                    "direction": directions[card.conversation_id.id, card.res_id],
                    "occurred_at": self._moment_of(message),
                    "is_automatic": is_automatic,
                }
            )
        return cards

    @api.model
    def _moment_of(self, message):
        """Return when a mail was sent. A date from the future is when it came."""
        return min(message.date, fields.Datetime.now())

    def _prepare_line(self):
        values = super()._prepare_line()
        if self.res_model == MAIL:
            moment = self._moment_of(self.env[MAIL].browse(self.res_id))
            text = self.env._("A message about a document")
            values = self.conversation_id._prepare_notice(text, moment)
        return values

    # === SHOW === #

    @api.model
    def _read_card(self, card_sudo):
        if card_sudo.res_model != MAIL:
            return super()._read_card(card_sudo)
        message_sudo = self.env[MAIL].sudo().browse(card_sudo.res_id).exists()
        if not message_sudo or message_sudo.model not in self.env:
            return {"id": card_sudo.id, "isHidden": True}
        is_text = message_sudo.message_type == "sms"
        return {
            "id": card_sudo.id,
            "isHidden": False,
            "isLocked": False,
            "icon": "fa-commenting-o" if is_text else "fa-envelope-o",
            "direction": card_sudo.direction,
            "date": str(card_sudo.occurred_at),
            **self._read_mail(message_sudo, card_sudo.direction, is_text),
        }

    @api.model
    def _read_mail(self, message_sudo, direction, is_text):
        """Return what a card says of a message: everything, or nothing at all."""
        message = message_sudo.sudo(False)
        document = self.env[message_sudo.model].browse(message_sudo.res_id).exists()
        try:
            document.check_access("read")
            message.check_access("read")
            title = document.display_name
        except AccessError:
            document = document.browse()
        if not document:
            return {"isLocked": True, "noun": self._locked_text(direction, is_text)}
        return {
            "model": document._name,
            "resId": document.id,
            "noun": self._mail_text(message, direction, is_text),
            "title": title or "",
            "subtitle": textwrap.shorten(message.preview or "", FIRST_WORDS, placeholder="…"),
            "state": "",
            "tone": "open",
            "amount": "",
        }

    def _mail_text(self, message, direction, is_text):
        """Return who wrote how, to be followed by the name of the document."""
        author = message.author_id
        who = author.name if author and author.has_access("read") else message.email_from or ""
        if direction == "inbound":
            return self.env._("%(who)s answered on", who=who)
        if is_text:
            return self.env._("Text message by %(who)s about", who=who)
        return self.env._("E-mail by %(who)s about", who=who)

    def _locked_text(self, direction, is_text):
        if direction == "inbound":
            return self.env._("The customer answered on a document that you may not see")
        if is_text:
            return self.env._("Text message about a document that you may not see")
        return self.env._("E-mail about a document that you may not see")

    @api.model
    def _source_of(self, record):
        if record._name == MAIL:
            return RecordSource("", MAIL, "", "fa-envelope-o", noun="")
        return super()._source_of(record)


class OmnichannelConversation(models.Model):
    _inherit = "omnichannel.conversation"

    def _note_document_answer(self, moment):
        """Bring back the conversations of a customer who answered on a document.

        Nobody owes an answer here: it belongs to the document. Locks them.
        """
        self._lock()
        for conversation in self:
            values = {}
            if conversation._is_newest(moment, "last_message_at"):
                values["last_message_at"] = moment
            if conversation.state != "open":
                values.update(state="open", resume_state=False)
            if values:
                conversation.write(values)
        self.env["omnichannel.enrollment"]._stop_for(self, "replied")
        self._push_header()

    def _prepare_inbox_row(self, labels, last):
        row = super()._prepare_inbox_row(labels, last)
        message = last.get(self.id)
        if not message or message.occurred_at < self.last_message_at:
            preview = self.env._("Answered on a document")
            row.update(preview=preview, isOurs=False, isRetracted=False, hasFiles=False)
        return row
