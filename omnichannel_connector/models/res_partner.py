from odoo import api, models
from odoo.exceptions import UserError

from .visible_list import VisibleList

AGENT = "omnichannel_connector.omnichannel_group_agent"
ADDRESS_FIELDS = {"email", "phone", "active", "country_id", "company_id", "is_company"}


class ResPartner(models.Model):
    _inherit = "res.partner"

    omnichannel_identity_ids = VisibleList(
        "omnichannel.identity", "partner_id", "Channel Identities", groups=AGENT
    )
    omnichannel_conversation_ids = VisibleList(
        "omnichannel.conversation", "partner_id", groups=AGENT
    )

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        if not self.env.context.get("omnichannel_skip_sync"):
            self.env["omnichannel.identity"]._sync_partners(partners)
        return partners

    def write(self, vals):
        result = super().write(vals)
        if ADDRESS_FIELDS & vals.keys():
            self.env["omnichannel.identity"]._sync_partners(self)
        if "name" in vals:
            self._rename_streams()
        return result

    def _rename_streams(self):
        # sudo: whoever may rename the customer may rename what carries the name
        conversations_sudo = self.sudo().omnichannel_conversation_ids
        for conversation_sudo in conversations_sudo:
            partner_sudo = conversation_sudo.partner_id
            conversation_sudo.channel_id.name = partner_sudo.name or partner_sudo.display_name
        conversations_sudo._push_inbox()

    def action_open_conversation(self):
        """Open the customer's conversation in the current company, creating it if need be."""
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group(AGENT):
            raise UserError(
                self.env._("Ask an administrator to make you an agent of the Omnichannel app.")
            )
        # sudo: agents create conversations through this door only
        conversations_sudo = self.env["omnichannel.conversation"].sudo()
        conversation_sudo = conversations_sudo._for_partners(self.env.company, self)[self]
        return conversation_sudo.sudo(False).action_open_in_discuss()
