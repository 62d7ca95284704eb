from odoo import fields, models


class OmnichannelLink(models.Model):
    """The journal of whose an identity was said to be. Undone lines stay.

    An identity belongs to the customer of its latest link in force, else to its home: links can be
    undone in any order, at any time.
    """

    _name = "omnichannel.link"
    _description = "Identity Link"
    _order = "id desc"
    _rec_name = "identity_id"

    identity_id = fields.Many2one(
        "omnichannel.identity", required=True, readonly=True, index=True, ondelete="cascade"
    )
    from_partner_id = fields.Many2one(
        "res.partner", "From", readonly=True, index="btree_not_null", ondelete="set null"
    )
    to_partner_id = fields.Many2one(
        "res.partner", "To", required=True, readonly=True, index=True, ondelete="cascade"
    )
    reason = fields.Selection(
        [
            ("staff", "Linked by a person"),
            ("verification", "Verified by the customer"),
            ("variant", "The same number, written in another way"),
        ],
        required=True,
        readonly=True,
    )
    evidence = fields.Char(readonly=True)
    state = fields.Selection(
        [("linked", "In force"), ("undone", "Undone")],
        required=True,
        readonly=True,
        default="linked",
    )
    undone_at = fields.Datetime(readonly=True)
    undone_by_id = fields.Many2one("res.users", "Undone By", readonly=True)

    def _undo(self):
        """Take these links back. Moves the identities' messages; locks the conversations."""
        self.filtered(lambda link: link.state == "linked").write(
            {
                "state": "undone",
                "undone_at": fields.Datetime.now(),
                "undone_by_id": self.env.uid,
            }
        )
        self.identity_id._settle_owner()


class OmnichannelIdentity(models.Model):
    _inherit = "omnichannel.identity"

    def _link(self, partner, reason, evidence=""):
        """Say that these identities belong to a customer; return the links.

        Moves exactly the messages that came or went through them. Can be undone by
        `omnichannel.link._undo`. Locks the conversations. The caller has checked the rights.
        """
        self = self.filtered(lambda identity: identity.partner_id != partner)
        for identity in self.filtered(lambda identity: not identity.home_partner_id):
            identity.home_partner_id = identity.partner_id
        links = self.env["omnichannel.link"].create(
            [
                {
                    "identity_id": identity.id,
                    "from_partner_id": identity.partner_id.id,
                    "to_partner_id": partner.id,
                    "reason": reason,
                    "evidence": evidence,
                }
                for identity in self
            ]
        )
        self._settle_owner()
        return links

    def _settle_owner(self):
        """Bring owner and messages of these identities in step with the links in force."""
        for identity in self:
            in_force = identity.link_ids.filtered(lambda link: link.state == "linked")
            newest = in_force.sorted("id")[-1:]
            identity.partner_id = newest.to_partner_id or identity.home_partner_id
        self._place()

    def _place(self):
        """Bring the messages of these identities to the conversations of their customers."""
        for identity in self:
            messages = self.env["omnichannel.message"].search([("identity_id", "=", identity.id)])
            for company, of_company in messages.grouped(
                lambda message: message.conversation_id.company_id
            ).items():
                conversation = self.env["omnichannel.conversation"]._for_partners(
                    company, identity.partner_id
                )[identity.partner_id]
                conversation._ensure_channels()
                moving = of_company.filtered(lambda m, to=conversation: m.conversation_id != to)
                moving.conversation_id = conversation
                moving.mail_message_id.res_id = conversation.channel_id.id
