from odoo import models

from ..channels.events import Action
from .omnichannel_consent import BOTH


class OmnichannelIdentity(models.Model):
    """What people see of consent."""

    _inherit = "omnichannel.identity"

    def _channel_label(self, channel):
        return dict(self.env["omnichannel.account"]._get_channels()).get(channel, channel)

    def _messaging_channels(self):
        """Return the codes of the channels that write to this kind of address."""
        self.ensure_one()
        classes = self.env["omnichannel.account"]._adapter_classes()
        if self.kind == "email":
            return ["email"]
        return [
            code
            for code, cls in classes.items()
            if cls.identity_kind == self.kind and Action.MESSAGE in cls.actions
        ]

    def _shown_channels(self, standings):
        """Return the channels of this address that are connected, or spoken of in the ledger."""
        # sudo: customers and agents see which channels there are, nothing of the accounts
        accounts_sudo = self.env["omnichannel.account"].sudo().search([("state", "!=", "draft")])
        known = {*accounts_sudo.mapped("channel"), *(channel for channel, _purpose in standings)}
        return [channel for channel in self._messaging_channels() if channel in known]

    def _consent_lines(self, joining=None):
        """Return what holds at these addresses, for views and previews: a list of dicts.

        {identity, address, channel, purpose, allowed, reason, words, since, isLocked}; `since` is
        a naive UTC datetime or None. Says what holds for automations: the stricter answer.
        `joining` are addresses that count as of the same customers, as if they were linked.
        """
        own = self._own_standings()
        keys = [
            (identity, channel, purpose)
            for identity in self
            for channel in identity._shown_channels(own[identity])
            for purpose in BOTH
        ]
        refusals = self._refusals(keys, is_human=False, joining=joining)
        lines = []
        for identity, channel, purpose in keys:
            standing = own[identity].get((channel, purpose))
            reason = refusals.get((identity, channel, purpose), "")
            lines.append(
                {
                    "identity": identity.id,
                    "address": identity.display_name,
                    "channel": channel,
                    "purpose": purpose,
                    "allowed": not reason,
                    "reason": reason,
                    "words": (standing and standing.words) or "",
                    "since": standing.since if standing else None,
                    "isLocked": bool(standing and standing.is_locked),
                }
            )
        return lines

    def _consent_preview(self, partner):
        """Return what would change if these addresses were this customer's: a list of lines.

        As `_consent_lines` has them, of both sides, with what holds afterwards.
        """
        theirs = partner.omnichannel_identity_ids.filtered(lambda i: i.trust != "claimed") - self
        changes = []
        for side, joining in ((self, theirs), (theirs, self)):
            after = side._consent_lines(joining)
            pairs = zip(side._consent_lines(), after, strict=True)
            changes += [new for old, new in pairs if old["allowed"] != new["allowed"]]
        return changes
