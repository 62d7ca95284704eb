from odoo import api, models

from .omnichannel_consent import BOTH, MARKETING

# In the context of what we do to Odoo's blacklists ourselves: the ledger knows it already.
OWN_CHANGE = "omnichannel_own_blacklist_change"


class OmnichannelIdentity(models.Model):
    """Odoo's blacklists and the ledger say the same, whichever of them is changed."""

    _inherit = "omnichannel.identity"

    # === FROM THE LEDGER === #

    def _sync_blacklist(self):
        """Bring Odoo's blacklist in step with what the ledger says of this address.

        As superuser: the blacklists are an administrator's, the wish is the customer's.
        """
        self.ensure_one()
        if self.kind not in ("phone", "email") or not self._is_listable():
            return
        # that of e-mail addresses is about mailings only
        purposes = (MARKETING,) if self.kind == "email" else BOTH
        is_refused = any(
            standing.state == "refused" and purpose in purposes
            for (_channel, purpose), standing in self._own_standings()[self].items()
        )
        if is_refused == bool(self._blacklisted()):
            return
        value = [self.value] if self.kind == "phone" else self.value
        blacklist = self.env[self._blacklist_model()].with_context(**{OWN_CHANGE: True})
        (blacklist._add if is_refused else blacklist._remove)(value)

    def _blacklist_model(self):
        return "phone.blacklist" if self.kind == "phone" else "mail.blacklist"

    def _is_listable(self):
        """Tell whether Odoo's blacklist takes this address.

        That of phone numbers refuses short codes and names with an error, or takes them for a
        national number of somebody else. The wish stands in the ledger all the same.
        """
        if self.kind == "email":
            return True
        number = self.value
        return number.startswith("+") and self.env.user._phone_format(number=number) == number

    # === TO THE LEDGER === #

    @api.model
    def _note_listed(self, kind, values, is_listed):
        """Note that addresses were put on one of Odoo's blacklists, or taken off it.

        That of e-mail addresses is about mailings, that of numbers about everything.
        """
        if self.env.context.get(OWN_CHANGE) or not values:
            return
        # sudo: who may change the blacklist need not be an agent
        identities_sudo = self.sudo().search(
            [("kind", "=", kind), ("value", "in", list(values)), ("trust", "!=", "claimed")]
        )
        purposes = (MARKETING,) if kind == "email" else BOTH
        state = "refused" if is_listed else "lifted"
        for identity_sudo in identities_sudo:
            for channel in identity_sudo._messaging_channels():
                self.env["omnichannel.consent"]._record(
                    identity_sudo, channel, purposes, state, "blacklist"
                )
