import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import clean_context, format_datetime, html2plaintext, plaintext2html

QUOTED = 20  # messages of the thread that a new record begins with
WORDS = 500  # of one of them, in characters
LONGEST_KEY = 64


@dataclass(frozen=True, slots=True)
class Creation:
    """A kind of record that is made from a conversation; `values` tells what it begins with."""

    model: str
    label: str
    icon: str  # Font Awesome
    values: Callable


class OmnichannelCard(models.Model):
    _inherit = "omnichannel.card"

    request_uuid = fields.Char(
        readonly=True,
        groups="base.group_system",
        help="Of the click that made the document: one click makes one.",
    )

    _request_unique = models.UniqueIndex(
        "(conversation_id, request_uuid) WHERE request_uuid IS NOT NULL"
    )


class OmnichannelConversation(models.Model):
    """Leads, quotations, tasks and tickets out of a conversation, with its words attached."""

    _inherit = "omnichannel.conversation"

    def create_document(self, kind, request_uuid):
        """Make a record about this customer; return {model, resId}. For the web client.

        With the user's own rights. `kind` is a key of `_get_creations`, `request_uuid` names the
        click: with the same one again nothing is made and the same record returned. What was said
        stands in the record's chatter as a note, which reaches nobody. Locks the conversation.
        """
        self.ensure_one()
        self.check_access("write")
        if not isinstance(request_uuid, str) or not 0 < len(request_uuid) <= LONGEST_KEY:
            raise UserError(self.env._("Reload the page, then try again."))
        # a second click waits here, repeats its transaction, and finds the first one's record
        self._lock()
        self._touch()
        # sudo: nobody makes cards but this
        card_sudo = self.env["omnichannel.card"].sudo()
        own = [("conversation_id", "=", self.id), ("request_uuid", "=", request_uuid)]
        if done_sudo := card_sudo.search(own):
            record = self.env[done_sudo.res_model].browse(done_sudo.res_id)
        else:
            record = self._make_document(kind)
            self._post_card(record)
            about = [("res_model", "=", record._name), ("res_id", "=", record.id)]
            card_sudo.search([*own[:1], *about]).request_uuid = request_uuid
        return {"model": record._name, "resId": record.id}

    def _make_document(self, kind):
        creation = self._get_creations().get(kind)
        if not creation:
            raise UserError(self.env._("You can't create that from a conversation."))
        env = self.env(context=clean_context(self.env.context))
        record = env[creation.model].with_company(self.company_id).create(creation.values())
        record._message_log(body=self._render_excerpt())
        if creation.model == "crm.lead" and not self.lead_id:
            # sudo: which lead it has is the conversation's own business
            self.sudo().lead_id = record
        return record

    # === KINDS === #

    def _get_creations(self):
        """Return {kind: Creation} of what this user may make here. To be extended."""
        creations = {
            "lead": self._create_lead(),
            "order": self._create_order(),
            "task": self._create_task(),
            "ticket": self._create_ticket(),
        }
        return {
            kind: creation
            for kind, creation in creations.items()
            if creation and self.env[creation.model].has_access("create")
        }

    def _create_lead(self):
        label = self.env._("Lead")
        return Creation("crm.lead", label, "fa-handshake-o", self._prepare_document_lead)

    def _prepare_document_lead(self):
        return {
            "name": self._document_title(),
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "omnichannel_conversation_id": self.id,
        }

    def _create_order(self):
        if "sale.order" not in self.env:
            return None
        values = {"partner_id": self.partner_id.id, "company_id": self.company_id.id}
        return Creation("sale.order", self.env._("Quotation"), "fa-shopping-cart", lambda: values)

    def _create_task(self):
        """Return a task in a project, a favorite if there is one: without it would be private."""
        if "project.project" not in self.env or not self.env["project.project"].has_access("read"):
            return None
        if not self._find_project():
            return None
        return Creation("project.task", self.env._("Task"), "fa-tasks", self._prepare_document_task)

    def _find_project(self, *terms):
        """Return the first project of the conversation's company that the user may see, if any."""
        of_company = [("company_id", "in", [False, self.company_id.id])]
        return self.env["project.project"].search([*of_company, *terms], limit=1)

    def _prepare_document_task(self):
        project = self._find_project(("is_favorite", "=", True)) or self._find_project()
        return {
            "name": self._document_title(),
            "partner_id": self.partner_id.id,
            "project_id": project.id,
            "user_ids": [fields.Command.link(self.env.uid)],
        }

    def _create_ticket(self):
        """Return a ticket of OCA's helpdesk_mgmt, or of Odoo's own app."""
        if "helpdesk.ticket" not in self.env:
            return None
        label = self.env._("Ticket")
        return Creation("helpdesk.ticket", label, "fa-life-ring", self._prepare_document_ticket)

    def _prepare_document_ticket(self):
        """Return what a ticket begins with: the two apps differ in what it keeps of a customer."""
        partner, tickets = self.partner_id, self.env["helpdesk.ticket"]
        title = self._document_title()
        values = {
            "name": title,
            "partner_id": partner.id,
            "partner_name": partner.name,
            "partner_email": partner.email,
            "company_id": self.company_id.id,
            "description": plaintext2html(self.last_inbound_text or title),
        }
        return {
            name: value
            for name, value in values.items()
            if name in tickets._fields and not tickets._fields[name].related
        }

    def _document_title(self):
        """Return the subject of the customer's last e-mail, or who wrote where."""
        subject = self._last_mail().mail_message_id.subject
        if subject:
            return subject
        label = dict(self._get_channels()).get(self.last_channel)
        if not label:
            return self.name or ""
        return self.env._("%(customer)s on %(channel)s", customer=self.name, channel=label)

    # === EXCERPT === #

    def _render_excerpt(self):
        """Return what was said last, without notes, and a link to the thread."""
        self.sudo()._ensure_channels()
        messages = self.env["omnichannel.message"].search(
            [("conversation_id", "=", self.id), ("retracted_at", "=", False)],
            order="occurred_at desc, id desc",
            limit=QUOTED,
        )
        labels = dict(self._get_channels())
        link = Markup('<a href="/odoo/action-mail.action_discuss?active_id=%s">%s</a>') % (
            f"discuss.channel_{self.channel_id.id}",
            self.env._("Open the conversation"),
        )
        lines = [Markup("<p>%s</p>") % link]
        lines += [message._render_quoted(labels) for message in reversed(messages)]
        return Markup("").join(lines)

    # === CLIENT === #

    def _prepare_panel(self):
        panel = super()._prepare_panel()
        if not self.has_access("write"):
            return panel
        kinds = [
            {"key": kind, "label": creation.label, "icon": creation.icon}
            for kind, creation in self._get_creations().items()
        ]
        return {**panel, "create": {"kinds": kinds}} if kinds else panel


class OmnichannelMessage(models.Model):
    _inherit = "omnichannel.message"

    def _render_quoted(self, labels):
        """Return this message as a paragraph of an excerpt."""
        self.ensure_one()
        text = html2plaintext(self.mail_message_id.body or "").strip()
        head = " · ".join(
            filter(
                None,
                [
                    self._timeline_author(),
                    labels.get(self.channel, self.channel),
                    format_datetime(self.env, self.occurred_at),
                ],
            )
        )
        return Markup("<p><b>%s</b><br/>%s</p>") % (head, textwrap.shorten(text, WORDS))
