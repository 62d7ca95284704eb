from odoo import api, fields, models
from odoo.exceptions import UserError


class OmnichannelSuggestion(models.Model):
    """What a person sees of a suggestion, and what they decide."""

    _inherit = "omnichannel.suggestion"

    owner_id = fields.Many2one(related="identity_id.partner_id", string="Belongs To")
    kind = fields.Selection(related="identity_id.kind")
    last_seen_at = fields.Datetime(related="identity_id.last_seen_at")
    explanation = fields.Char("Because", compute="_compute_explanation")
    partner_addresses = fields.Char("Their Addresses", compute="_compute_partner_addresses")

    @api.depends("reasons")
    @api.depends_context("lang")
    def _compute_explanation(self):
        words = self._reason_words()
        for suggestion in self:
            reasons = suggestion.reasons or {}
            ordered = sorted(reasons, key=lambda reason: -reasons[reason])
            suggestion.explanation = ", ".join(words.get(reason, reason) for reason in ordered)

    @api.model
    def _reason_words(self):
        """Return {reason: words that say it}. To be extended."""
        return {
            "typed": self.env._("this customer typed that address"),
            "variant": self.env._("the same number, written in another way"),
            "spelling": self.env._("nearly the same e-mail address"),
            "shared": self.env._("the same address is on both records"),
            "handle": self.env._("the same handle on another channel"),
            "name": self.env._("the same name"),
            "domain": self.env._("e-mail addresses of the same organisation"),
            "company": self.env._("the same company"),
            "zip": self.env._("the same postcode"),
        }

    @api.depends("partner_id.omnichannel_identity_ids.value")
    def _compute_partner_addresses(self):
        for suggestion in self:
            identities = suggestion.partner_id.omnichannel_identity_ids
            suggestion.partner_addresses = ", ".join(identities.mapped("display_name"))

    # === DECIDE === #

    def action_link(self):
        """Open the preview of the link that this proposes."""
        self.ensure_one()
        self.check_access("read")
        return self.identity_id._open_link_wizard(self.partner_id)

    def action_reject(self):
        """Remember that they are not the same: it is never proposed again."""
        self._decide("rejected")

    def action_reopen(self):
        """Take a decision back, to decide again."""
        self._decide("open")

    def _decide(self, state):
        self.check_access("read")
        for suggestion in self:
            suggestion.identity_id._check_may_move(self.env["res.partner"])
        if self.filtered(lambda suggestion: suggestion.state == "linked"):
            raise UserError(self.env._("They are linked. Undo the link instead."))
        # sudo: nobody writes suggestions but these buttons; the rights were checked above
        self.sudo().state = state

    # === WHAT LINKS AND MERGES CHANGE === #

    def _settle(self):
        """Close what came true, reopen what is open again. What was refused stays refused."""
        for suggestion in self.filtered(lambda s: s.state != "rejected"):
            state = "linked" if suggestion._is_true() else "open"
            if suggestion.state != state:
                suggestion.state = state

    def _is_true(self):
        """Tell whether the address belongs to this customer, or both to the same one by now."""
        owner = self.identity_id.partner_id
        return owner == self.partner_id or owner in self._went_to(self.partner_id)

    @api.model
    def _went_to(self, partner):
        conversations = self.env["omnichannel.conversation"].search(
            [("partner_id", "=", partner.id), ("moved_to_id", "!=", False)]
        )
        return conversations.moved_to_id.partner_id

    @api.model
    def _merge_partners(self, src_partners, dst_partner):
        """Leave one suggestion of an address for customers who become one.

        A refusal among them stands. Called before Odoo moves its references by SQL, which would
        fail on the unique index.
        """
        partners = src_partners | dst_partner
        suggestions = self.search([("partner_id", "in", partners.ids)], order="id")
        for same in suggestions.grouped("identity_id").values():
            kept = same.filtered(lambda s: s.state == "rejected")[:1] or same.sorted("score")[-1:]
            (same - kept).unlink()
            kept.partner_id = dst_partner
        # an address of theirs that may be theirs is nothing to decide any more
        suggestions.exists().filtered(lambda s: s.identity_id.partner_id in partners).unlink()


class OmnichannelIdentity(models.Model):
    _inherit = "omnichannel.identity"

    def _settle_suggestions(self, partners):
        """Bring what was proposed in step with whose these identities are now."""
        self.env["omnichannel.suggestion"].search(
            [
                ("state", "!=", "rejected"),
                "|",
                ("identity_id", "in", self.ids),
                ("partner_id", "in", partners.ids),
            ]
        )._settle()

    def _open_link_wizard(self, partner=None):
        """Return the action that shows what linking these identities to a customer moves."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Link to another customer"),
            "res_model": "omnichannel.link.wizard",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_identity_ids": [fields.Command.set(self.ids)],
                "default_partner_id": partner.id if partner else False,
            },
        }

    def action_link(self):
        """Open the preview of linking these addresses to another customer."""
        self.check_access("read")
        return self._open_link_wizard()


class OmnichannelConversation(models.Model):
    _inherit = "omnichannel.conversation"

    def action_link(self):
        """Open the preview of linking all of this customer's addresses to another customer."""
        self.ensure_one()
        self.check_access("write")
        identities = self.identity_ids.filtered(lambda identity: identity.trust != "claimed")
        return identities._open_link_wizard()

    def _prepare_panel(self):
        """Add who this may be besides, best first."""
        sections = super()._prepare_panel()
        suggestions = self.env["omnichannel.suggestion"].search(
            [
                ("state", "=", "open"),
                "|",
                ("identity_id.partner_id", "=", self.partner_id.id),
                ("partner_id", "=", self.partner_id.id),
            ],
            limit=5,
        )
        if suggestions:
            sections["suggestions"] = [self._prepare_suggestion(s) for s in suggestions]
        return sections

    def _prepare_suggestion(self, suggestion):
        other = suggestion.partner_id
        if other == self.partner_id:
            other = suggestion.owner_id
        return {
            "id": suggestion.id,
            "partnerId": other.id,
            "name": other.display_name or suggestion.identity_id.display_name,
            "address": suggestion.identity_id.display_name,
            "because": suggestion.explanation,
            "score": suggestion.score,
        }
