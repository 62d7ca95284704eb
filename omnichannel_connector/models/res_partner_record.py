from odoo import api, models
from odoo.exceptions import AccessError

from .res_partner import AGENT


class ResPartner(models.Model):
    """What the partner form shows of a customer in all apps."""

    _inherit = "res.partner"

    @api.readonly
    def get_omnichannel_record(self):
        """Return {partnerId, sections}: what there is of this customer, as the user may see it.

        For agents. The sections are those of `omnichannel.record._read_sections`.
        """
        self._check_omnichannel_agent()
        return {
            "partnerId": self.id,
            "sections": self.env["omnichannel.record"]._read_sections(self),
        }

    def action_open_omnichannel_record(self, key, group="own"):
        """Return the action that lists everything of one section of the record."""
        self._check_omnichannel_agent()
        return self.env["omnichannel.record"]._prepare_action(key, group, self)

    def _check_omnichannel_agent(self):
        """Refuse who is no agent, or may not read this one customer."""
        self.ensure_one()
        if not self.env.user.has_group(AGENT):
            raise AccessError(self.env._("Only agents of the Omnichannel app see this."))
        self.check_access("read")


class OmnichannelConversation(models.Model):
    _inherit = "omnichannel.conversation"

    def _prepare_panel(self):
        panel = super()._prepare_panel()
        if self.partner_id.has_access("read"):
            panel["record"] = self.partner_id.get_omnichannel_record()
        return panel
