from odoo import api, fields, models
from odoo.fields import NO_ACCESS

TYPING = "omnichannel.chatbot"  # what a transaction is marked with in which a chatbot speaks
TYPED_FIELDS = {"email", "phone"}


class DiscussChannel(models.Model):
    """Chatbots write what visitors type into customer records: it stays somebody's word."""

    _inherit = "discuss.channel"

    def write(self, vals):
        """Write; note that a chatbot goes on, whose next step may write a customer record."""
        if "chatbot_current_step_id" in vals:
            self.env.cr.precommit.data[TYPING] = True
        return super().write(vals)


class ResPartner(models.Model):
    _inherit = "res.partner"

    omnichannel_typed = fields.Json(
        copy=False,
        groups=NO_ACCESS,
        help="Which of the fields email and phone a visitor typed to a chatbot, and no person "
        "wrote since.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        if self._is_chatbot_speaking():
            vals_list = [
                {**vals, "omnichannel_typed": sorted(TYPED_FIELDS & vals.keys())}
                for vals in vals_list
            ]
        return super().create(vals_list)

    def write(self, vals):
        """Write; remember which addresses are a visitor's word, until somebody else writes them."""
        written = TYPED_FIELDS & vals.keys()
        if written and self._is_chatbot_speaking():
            self._note_typed(lambda typed: typed | written)
        elif written:
            self._note_typed(lambda typed: typed - written)
        return super().write(vals)

    def _is_chatbot_speaking(self):
        return bool(self.env.cr.precommit.data.get(TYPING))

    def _note_typed(self, change):
        # sudo: it is noted whoever writes the addresses
        for partner_sudo in self.sudo():
            before = set(partner_sudo.omnichannel_typed or ())
            after = change(before)
            if after != before:
                partner_sudo.omnichannel_typed = sorted(after)


class OmnichannelIdentity(models.Model):
    _inherit = "omnichannel.identity"

    @api.model
    def _sync_partners(self, partners):
        """Leave the addresses for later while a chatbot writes: it may not be disturbed."""
        return None if partners._is_chatbot_speaking() else super()._sync_partners(partners)

    def _partner_addresses(self, partner):
        """Leave out what a visitor typed to a chatbot: it is a claim, noted with their message."""
        # sudo: whoever writes contacts
        typed = partner.sudo().omnichannel_typed or ()
        for kind, value in super()._partner_addresses(partner):
            if kind not in typed:
                yield kind, value
