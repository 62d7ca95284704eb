from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.omnichannel_consent import PURPOSES


class OmnichannelLinkWizard(models.TransientModel):
    """Shows what linking addresses to another customer moves, before anything does."""

    _name = "omnichannel.link.wizard"
    _inherit = "omnichannel.named.records"
    _description = "Link to Another Customer"

    identity_ids = fields.Many2many(
        "omnichannel.identity",
        "omnichannel_link_wizard_identity_rel",
        string="Addresses",
        required=True,
        domain=[("trust", "!=", "claimed")],
    )
    partner_id = fields.Many2one("res.partner", "Link To")
    evidence = fields.Char("How Do You Know?", help="Kept in the journal.")
    owner_ids = fields.Many2many(
        "res.partner", compute="_compute_owner_ids", string="Belongs To Now"
    )
    preview = fields.Html(compute="_compute_preview", sanitize=False)
    refusal = fields.Text(compute="_compute_refusal")

    @api.depends("identity_ids")
    def _compute_owner_ids(self):
        for wizard in self:
            wizard.owner_ids = wizard.identity_ids.partner_id

    @api.depends("identity_ids", "partner_id")
    def _compute_refusal(self):
        for wizard in self:
            wizard.refusal = wizard._find_refusal() if wizard.partner_id else False

    def _find_refusal(self):
        """Return why this can't be linked, or False."""
        try:
            self._check()
        except AccessError:
            return self.env._(
                "Some of these conversations are a colleague's. Ask them, or a supervisor."
            )
        except UserError as refusal:
            return str(refusal)
        return False

    def _check(self):
        """Raise AccessError or UserError when this can't be linked, or not by this user."""
        self.partner_id.check_access("read")
        identities = self._identities()
        if not identities:
            raise UserError(self.env._("They belong to this customer already."))
        identities._check_may_move(self.partner_id)
        # sudo: conversations of other companies count, too; the rights were checked above
        identities.sudo()._check_link(self.partner_id.sudo())

    def _identities(self):
        return self.identity_ids._origin.filtered(lambda i: i.partner_id != self.partner_id)

    def action_link(self):
        """Link, and show the thread in which the messages are now."""
        self.ensure_one()
        if not self.partner_id:
            raise UserError(self.env._("Choose the customer first."))
        self._check()
        # sudo: nobody links but through this door; the rights on both sides were checked above
        self._identities().sudo()._link(self.partner_id.sudo(), "staff", self.evidence or "")
        return {"type": "ir.actions.act_window_close"}

    # === PREVIEW === #

    @api.depends("identity_ids", "partner_id")
    def _compute_preview(self):
        for wizard in self:
            wizard.preview = self.env["ir.qweb"]._render(
                "omnichannel_connector.omnichannel_link_preview", wizard._prepare_preview()
            )

    def _prepare_preview(self):
        """Return what the preview's template shows. With the user's own rights."""
        identities = self._identities()
        leaving = self._leaving(identities)
        return {
            "partner": self.partner_id,
            "moves": self._moves(identities),
            "leaving": leaving,
            "notes": sum(conversation._count_notes() for conversation in leaving),
            "leads": leaving._find_own_leads(),
            "archived": leaving.partner_id.filtered("omnichannel_is_stranger"),
            "follow_ups": leaving.enrollment_ids.filtered(lambda e: e.state == "active"),
            "consent": self._prepare_consent_preview() if self.partner_id else [],
        }

    def _moves(self, identities):
        """Return a line for each address and channel: how many messages and calls, from when."""
        labels = dict(self.env["omnichannel.account"]._get_channels())
        groups = self.env["omnichannel.message"]._read_group(
            [("identity_id", "in", identities.ids)],
            ["identity_id", "channel"],
            ["__count", "occurred_at:min", "occurred_at:max"],
        )
        found = {identity: [] for identity in identities}
        for identity, channel, count, first, last in groups:
            found[identity].append((labels.get(channel, channel), count, first, last))
        return [
            {"identity": identity, "channel": channel, "count": count, "first": first, "last": last}
            for identity, lines in found.items()
            for channel, count, first, last in lines or [("", 0, None, None)]
        ]

    def _leaving(self, identities):
        """Return the conversations of those who keep no address, so that all of theirs moves."""
        conversations = self.env["omnichannel.conversation"]
        for partner in identities.partner_id:
            rest = partner.omnichannel_identity_ids.filtered(lambda i: i.trust != "claimed")
            if not rest - identities:
                conversations |= partner.omnichannel_conversation_ids
        return conversations

    def _prepare_consent_preview(self):
        """Return sentences about what will be allowed, or no more, afterwards."""
        channels = dict(self.env["omnichannel.account"]._get_channels())
        purposes = dict(PURPOSES)
        return [
            self.env._(
                "%(channel)s (%(purpose)s) to %(address)s: %(change)s",
                channel=channels.get(line["channel"], line["channel"]),
                purpose=purposes[line["purpose"]],
                address=line["address"],
                change=line["reason"] or self.env._("allowed"),
            )
            for line in self._identities()._consent_preview(self.partner_id)
        ]


class OmnichannelConversation(models.Model):
    _inherit = "omnichannel.conversation"

    def _count_notes(self):
        """Return how many lines of this thread are no messages of the customer's or to them."""
        self.ensure_one()
        return len(self._find_notes())

    def _find_own_leads(self):
        """Return the leads that go where these customers go, of those that the user may read."""
        leads = self.env["crm.lead"]
        if not leads.has_access("read"):
            return leads
        return leads.union(*(leads.search(conversation._own_leads()) for conversation in self))
