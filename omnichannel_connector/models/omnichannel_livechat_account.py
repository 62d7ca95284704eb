from odoo import api, models

from .omnichannel_account import LIVECHAT
from .omnichannel_livechat import VISITOR


class OmnichannelAccount(models.Model):
    """The live chat as an account: of one live chat channel, or of all of them."""

    _inherit = "omnichannel.account"

    def _identity_kind(self):
        return VISITOR if self.channel == LIVECHAT else super()._identity_kind()

    def _missing_settings(self):
        if self.channel != LIVECHAT:
            return super()._missing_settings()
        is_installed = "livechat_channel_id" in self.env["discuss.channel"]._fields
        return [] if is_installed else [self.env._("the app Live Chat (install it)")]

    def _test_mail(self):
        return [] if self.channel == LIVECHAT else super()._test_mail()

    @api.depends("channel")
    def _compute_shown_settings(self):
        result = super()._compute_shown_settings()
        of_chats = self.filtered(lambda account: account.channel == LIVECHAT)
        of_chats.shown_settings = "external_id,signing_secrets"
        return result
