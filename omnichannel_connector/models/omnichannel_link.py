from odoo import fields, models
from odoo.exceptions import UserError

from .omnichannel_identity import TRUST_LEVELS


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
    former_trust = fields.Selection(
        TRUST_LEVELS, "Trust Before", readonly=True, help="How sure we were without any link."
    )
    message_count = fields.Integer("Messages Moved", readonly=True)
    state = fields.Selection(
        [("linked", "In force"), ("undone", "Undone")],
        required=True,
        readonly=True,
        default="linked",
    )
    undone_at = fields.Datetime("Undone", readonly=True)
    undone_by_id = fields.Many2one("res.users", "Undone By", readonly=True)

    def action_undo(self):
        """Take these links back, with the rights on all the conversations that it touches."""
        in_force = self.filtered(lambda link: link.state == "linked")
        if not in_force:
            raise UserError(self.env._("This link was undone already."))
        # sudo: to know where the messages would go; whether the user may is asked below
        identities_sudo = in_force.identity_id.sudo()
        in_force.identity_id._check_may_move(
            identities_sudo.home_partner_id | identities_sudo.link_ids.to_partner_id
        )
        # sudo: nobody writes links but the journal itself; the rights were checked above
        in_force.sudo()._undo()

    def action_open_conversation(self):
        """Open the thread of the customer to whom the address belongs now."""
        self.ensure_one()
        return self.identity_id.partner_id.action_open_conversation()

    def _undo(self):
        """Take these links back. Moves the identities' messages; locks the conversations.

        The caller has checked the rights and is superuser.
        """
        in_force = self.filtered(lambda link: link.state == "linked")
        in_force.identity_id._lock_conversations(in_force.to_partner_id)
        in_force.write(
            {
                "state": "undone",
                "undone_at": fields.Datetime.now(),
                "undone_by_id": self.env.uid,
            }
        )
        in_force.identity_id._settle_owner()
        for link in in_force.sorted("id", reverse=True):
            link._restore_trust()
        # what changed on the records meanwhile has its effect now
        self.env["omnichannel.identity"]._sync_partners(
            (in_force.to_partner_id | in_force.identity_id.partner_id).filtered("active")
        )

    def _restore_trust(self):
        """Take a person's confirmation back, unless another one stands or the level changed."""
        identity = self.identity_id
        confirmed = identity._links_in_force().filtered(lambda link: link.reason == "staff")
        if self.reason == "staff" and not confirmed and identity.trust == "confirmed":
            identity.trust = self.former_trust or identity.trust
