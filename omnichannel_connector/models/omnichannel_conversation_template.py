from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import html2plaintext

CANNED = "mail.canned.response"
BODY_FIELDS = {"sms.template": "body", "mail.template": "body_html"}
ENGINES = {"sms.template": "inline_template", "mail.template": "qweb"}
MOST = 200  # texts of one kind that are offered


class OmnichannelConversation(models.Model):
    """Prepared texts for answers: Odoo's canned responses and templates, filled in for a customer.

    They become text in the composer and nothing else; sending stays with the person.
    """

    _inherit = "omnichannel.conversation"

    @api.private
    def mail_allowed_qweb_expressions(self):
        """Return the placeholders that anybody may write into a text about a conversation."""
        return (
            *super().mail_allowed_qweb_expressions(),
            "object.company_id.name",
            "object.last_inbound_channel",
            "object.last_inbound_text",
            "object.partner_id.email",
            "object.partner_id.phone",
        )

    @api.readonly
    def get_prepared_texts(self):
        """Return what the composer offers to insert: [{model, id, name, preview}].

        The user's own and shared canned responses, and templates about conversations or customers,
        as far as the user may read them.
        """
        self.ensure_one()
        self.check_access("read")
        canned = self.env[CANNED].search([], order="last_used desc nulls last, id desc", limit=MOST)
        texts = [
            {"model": CANNED, "id": text.id, "name": text.source, "preview": text.substitution}
            for text in canned
        ]
        for model in BODY_FIELDS:
            for template in self.env[model].search(self._template_domain(), limit=MOST):
                texts.append(self._prepare_text(template))
        return texts

    def _template_domain(self):
        return [("model", "in", (self._name, "res.partner"))]

    def _prepare_text(self, template):
        body = template[BODY_FIELDS[template._name]] or ""
        preview = html2plaintext(body) if template._name == "mail.template" else body
        return {
            "model": template._name,
            "id": template.id,
            "name": template.name,
            "preview": preview.strip(),
        }

    @api.readonly
    def render_prepared_text(self, model, template_id):
        """Return {text, subject} of a prepared text, filled in for this customer.

        With the user's own rights. Raise UserError for a text that is gone, and for a canned
        response with more than simple placeholders: anybody may write and share those.
        """
        self.ensure_one()
        self.check_access("read")
        if model == CANNED:
            domain = []
        elif model in BODY_FIELDS:
            domain = self._template_domain()
        else:
            raise UserError(self.env._("There is no such text."))
        template = self.env[model].search([("id", "=", template_id), *domain])
        if not template:
            raise UserError(self.env._("There is no such text any more."))
        if model == CANNED:
            return {"text": self._fill_in(template.substitution), "subject": ""}
        return self._render_prepared(template)

    def _fill_in(self, text):
        """Return a text with its placeholders replaced; code is never run, whoever asks."""
        mixin = self.env["mail.render.mixin"]
        if mixin._has_unsafe_expression_template_inline_template(text, self._name):
            raise UserError(
                self.env._(
                    "This text has placeholders that are not allowed in canned responses. Allowed "
                    "are: %(names)s",
                    names=", ".join(sorted(self.mail_allowed_qweb_expressions())),
                )
            )
        return mixin._render_template(text, self._name, self.ids)[self.id]

    def _render_prepared(self, template):
        record = self if template.model == self._name else self.partner_id
        name, engine = BODY_FIELDS[template._name], ENGINES[template._name]
        body = template._render_field(name, record.ids, engine=engine, compute_lang=True)[record.id]
        if template._name != "mail.template":
            return {"text": body, "subject": ""}
        subject = template._render_field("subject", record.ids, compute_lang=True)[record.id]
        return {"text": html2plaintext(body).strip(), "subject": subject or ""}
