from odoo import api, models

from .omnichannel_livechat import VISITOR


class OmnichannelIdentity(models.Model):
    """Who chats on the website: a person with a login, or a browser of which nobody knows more."""

    _inherit = "omnichannel.identity"

    @api.model
    def _resolve(self, company, wanted):
        keys = [key for key in wanted if key[0] == VISITOR and self._login_of(key[2])]
        known = self._find(company, keys)
        for key in keys:
            partner = self._login_of(key[2])
            if key not in known and partner.company_id in (company, company.browse()):
                self._create_login(key, wanted[key], partner)
        return super()._resolve(company, wanted)

    @api.model
    def _login_of(self, value):
        """Return the customer whose login a visitor's address names, if any."""
        name, _colon, number = value.partition(":")
        return self.env["res.partner"].browse(int(number) if name == "partner" else ()).exists()

    @api.model
    def _create_login(self, key, hint, partner):
        """Create the identity of somebody whom Odoo itself, or our own website, says who it is."""
        evidence = self.env._("Logged in on the website")
        if not partner.with_context(active_test=False).user_ids:
            evidence = self.env._("Signed by the website")
        return self.create(
            {
                **self._prepare_identity(key, hint),
                "partner_id": partner.id,
                "source": "record",
                "trust": "attested",
                "trust_evidence": evidence,
            }
        )

    def _compute_display_name(self):
        result = super()._compute_display_name()
        for identity in self.filtered(lambda identity: identity.kind == VISITOR):
            identity.display_name = self._visitor_name(identity.value)
        return result

    def _visitor_name(self, value):
        name, _colon, number = value.partition(":")
        if name == "partner":
            return self.env._("Login on the website")
        return self.env._("Website visitor %(number)s", number=number)

    def _stranger_name(self, kind, value):
        return self._visitor_name(value) if kind == VISITOR else super()._stranger_name(kind, value)
