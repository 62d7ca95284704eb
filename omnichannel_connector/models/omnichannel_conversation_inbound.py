from collections import defaultdict
from email.utils import parseaddr

from markupsafe import Markup, escape

from odoo import api, models

from ..channels.events import Kind
from ..channels.mail_repair import file_name
from .mail_history import fold
from .timing import to_naive_utc


class OmnichannelConversation(models.Model):
    _inherit = "omnichannel.conversation"

    @api.model
    def _receive(self, items):
        """Add inbound messages and echoes to their conversations, in bulk.

        Called by the event processor with `Incoming` items of one shard in provider-time order.
        Does not commit. Safe to run twice: what is there already is left alone. Locks the rows of
        the conversations it changes. Return the new omnichannel.message records, which the caller
        pushes to those who look.
        """
        items = self._drop_known(items)
        items = self.env["omnichannel.delivery"]._match_echoes(items)
        items = [item for item in items if item.inbound.identity]
        if not items:
            return self.env["omnichannel.message"]
        for company, company_items in self._by_company(items).items():
            self._attach(company, company_items)
        conversations = self.browse(dict.fromkeys(item.conversation.id for item in items))
        conversations._ensure_channels()
        messages = self._create_messages(items)
        self._note_traffic(items, messages)
        conversations.flush_recordset()  # locks them before their enrollments: one order for all
        self._follow_consequences(items, conversations)
        self._follow_wishes(items, messages)
        self.env.flush_all()
        conversations._push_header()
        return messages

    def _by_company(self, items):
        groups = defaultdict(list)
        for item in items:
            groups[item.account.company_id].append(item)
        return groups

    def _drop_known(self, items):
        """Leave out what is in a thread already, and repetitions within the batch."""
        seen = self.env["omnichannel.message"]._known_ids(
            [(item.account.id, item.inbound.external_id) for item in items]
        )
        fresh = []
        for item in items:
            key = (item.account.id, item.inbound.external_id)
            if key in seen:
                continue
            if item.inbound.external_id:
                seen.add(key)
            fresh.append(item)
        return fresh

    def _attach(self, company, items):
        """Set identity and conversation of each item."""
        wanted = {}
        for item in items:
            hint = wanted.setdefault(self._identity_key(item), {"account_id": item.account.id})
            hint["raw"] = hint.get("raw") or self._raw_address(item)
            hint["name"] = hint.get("name") or item.inbound.profile_name
            hint["username"] = hint.get("username") or item.inbound.username
        identities = self.env["omnichannel.identity"]._resolve(company, wanted)
        partners = self.env["res.partner"].union(*(i.partner_id for i in identities.values()))
        conversations = self._for_partners(company, partners)
        for item in items:
            item.identity = identities[self._identity_key(item)]
            item.conversation = conversations[item.identity.partner_id]
            item.is_stranger = item.identity._is_stranger()

    def _raw_address(self, item):
        """Return the customer's address as it came to us."""
        if item.mail:
            return parseaddr(item.mail["email_from"])[1]
        return item.inbound.identity

    def _identity_key(self, item):
        account, value = item.account, item.inbound.identity
        if item.adapter:
            value = item.adapter.normalize(value)
        return account._identity_kind(), account._identity_scope(), value

    # === MESSAGES === #

    def _create_messages(self, items):
        comment_id = self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment")
        parents = self._find_parents(items)
        mail_messages = self.env["discuss.channel"]._message_create(
            [
                {
                    **item.conversation._prepare_mail_message(item, comment_id),
                    "parent_id": parents.get(item),
                }
                for item in items
            ]
        )
        messages = self.env["omnichannel.message"].create(
            [
                {"mail_message_id": mail_message.id, **self._prepare_message(item)}
                for mail_message, item in zip(mail_messages, items, strict=True)
            ]
        )
        self.env["omnichannel.media"]._note(messages, items)
        return messages

    def _prepare_message(self, item):
        """Return the values of the omnichannel.message of an inbound item."""
        inbound = item.inbound
        return {
            "conversation_id": item.conversation.id,
            "identity_id": item.identity.id,
            "account_id": item.account.id,
            "channel": item.account.channel,
            "direction": "outbound" if inbound.is_echo else "inbound",
            "origin": "app" if inbound.is_echo else "customer",
            "external_id": inbound.external_id or False,
            "occurred_at": to_naive_utc(inbound.occurred_at),
            "state": "sent" if inbound.is_echo else "received",
            "payload": inbound.payload or False,
            "context": {**inbound.referral, **inbound.context} or False,
            "is_comment": inbound.kind is Kind.COMMENT,
            "is_recovered": inbound.is_recovered,
            "is_automatic": item.is_automatic,
            "wants_no_answer": item.wants_no_answer,
        }

    @api.model
    def _find_parents(self, items):
        """Return {item: id of the mail.message that it answers}, in the same thread only."""
        answers = [item for item in items if item.inbound.reply_to]
        targets = self.env["omnichannel.message"]._find_targets(
            [(item.account.id, item.inbound.reply_to) for item in answers]
        )
        found = {}
        for item in answers:
            target = targets.get((item.account.id, item.inbound.reply_to))
            if target and target.conversation_id == item.conversation:
                found[item] = target.mail_message_id.id
        return found

    def _prepare_mail_message(self, item, subtype_id):
        """Return the values of the mail.message that shows an inbound item in the thread."""
        self.ensure_one()
        author = self.company_id.partner_id if item.inbound.is_echo else item.identity.partner_id
        values = {
            "model": "discuss.channel",
            "res_id": self.channel_id.id,
            "message_type": "comment",
            "subtype_id": subtype_id,
            "author_id": author.id,
            "email_from": False,
            "reply_to": False,
            "body": self._render_body(item.inbound),
            "date": to_naive_utc(item.inbound.occurred_at),
            "record_company_id": self.company_id.id,
        }
        if item.mail:
            values.update(self._prepare_mail_values(item.mail))
        return values

    def _prepare_mail_values(self, mail):
        """Return what an e-mail has and other channels have not. Creates its attachments."""
        values = {
            "message_type": "email",
            "subject": mail.get("subject"),
            "message_id": mail["message_id"],
            "email_from": mail["email_from"],
            "incoming_email_to": mail["to_filtered"],
            "incoming_email_cc": mail["cc_filtered"],
        }
        body = fold(mail["body"])
        files = [file._replace(fname=file_name(file.fname)) for file in mail["attachments"]]
        processed = self.channel_id.sudo()._process_attachments_for_post(
            files,
            [],
            {"model": "discuss.channel", "res_id": self.channel_id.id, "body": body},
        )
        return {**values, "body": body, **processed}

    def _render_body(self, inbound):
        lines = [Markup("<br>").join(map(escape, inbound.text.splitlines()))]
        lines += self.env["omnichannel.media"]._lines(inbound.attachments)
        return Markup("<br>").join(filter(None, lines)) or escape(self.env._("(no content)"))

    # === CONSEQUENCES === #

    def _note_traffic(self, items, messages):
        """Bring clocks of identities and conversations up to date. Late messages turn none back."""
        self._open_episodes(items)
        unsettled = self.browse()
        for item, message in zip(items, messages, strict=True):
            moment = to_naive_utc(item.inbound.occurred_at)
            opens_window = not (item.inbound.is_echo or item.inbound.kind is Kind.COMMENT)
            item.identity._note_seen(moment, item.account, inbound=opens_window)
            item.identity._note_standby(item.inbound)
            if item.conversation._note_message(
                moment,
                item.account.channel,
                "outbound" if item.inbound.is_echo else "inbound",
                item.identity,
                is_automatic=item.is_automatic,
                message=message,
            ):
                unsettled |= item.conversation
        unsettled._derive_clocks()

    def _follow_consequences(self, items, conversations):
        """Do what follows from customers having written: stop follow-ups, make leads."""
        answered = self.browse(
            dict.fromkeys(item.conversation.id for item in items if not item.is_automatic)
        )
        self.env["omnichannel.enrollment"]._stop_for(answered, "replied")
        conversations._ensure_leads(items)

    def _ensure_leads(self, items):
        """Make a lead of a stranger's first message and attach it to the conversation."""
        first = {}
        for item in items:
            is_person = not (item.inbound.is_echo or item.is_automatic)
            if item.is_stranger and is_person and not item.conversation.lead_id:
                first.setdefault(item.conversation, item)
        if not first:
            return
        leads = (
            self.env["crm.lead"]
            .sudo()
            .with_context(
                mail_create_nosubscribe=True,
                mail_create_nolog=True,
                omnichannel_no_card=True,  # every stranger has one: it says nothing new
            )
            .create(
                [conversation._prepare_lead_values(item) for conversation, item in first.items()]
            )
        )
        for conversation, lead in zip(first, leads, strict=True):
            conversation.lead_id = lead

    def _prepare_lead_values(self, item):
        label = dict(self._get_channels())[item.account.channel]
        values = {
            "name": self.env._(
                "%(customer)s on %(channel)s",
                customer=self.partner_id.name or self.partner_id.display_name,
                channel=label,
            ),
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "omnichannel_conversation_id": self.id,
            "user_id": False,
            "referred": item.inbound.referral.get("ad_title") or item.inbound.referral.get("ref"),
        }
        return {key: value for key, value in values.items() if value is not None}
