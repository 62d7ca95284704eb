from odoo import api, fields, models
from odoo.exceptions import UserError

from .omnichannel_suggestion import TYPED_SCORE


class OmnichannelConversation(models.Model):
    """What agents see of the addresses that a customer typed, and what they decide.

    Who else has such an address is shown to nobody here.
    """

    _inherit = "omnichannel.conversation"

    def _prepare_panel(self):
        sections = super()._prepare_panel()
        claims = self._open_claims()
        if not claims:
            return sections
        asked = self.env["omnichannel.verification"].search([("claim_id", "in", claims.ids)])
        latest = {verification.claim_id: verification for verification in asked.sorted("id")}
        values = [claim._prepare_claim(latest.get(claim)) for claim in claims]
        return {**sections, "claims": {"conversationId": self.id, "claims": values}}

    def _open_claims(self):
        """Return the addresses that this customer typed and nobody decided about yet."""
        identities = self.env["omnichannel.identity"]
        of_customer = [("partner_id", "=", self.partner_id.id), ("scope", "=", "")]
        claims = identities.search(
            [*of_customer, ("trust", "=", "claimed"), ("claim_state", "=", "open")], order="id"
        )
        own = identities.search(
            [*of_customer, ("trust", "!=", "claimed"), ("value", "in", claims.mapped("value"))]
        )
        known = {(identity.kind, identity.value) for identity in own}
        return claims.filtered(lambda claim: (claim.kind, claim.value) not in known)

    # === DECISIONS === #

    def verify_claim(self, claim_id, method):
        """Send a code or a link to an address that the customer typed. For the web client.

        Raise UserError with the reason when that may not be done.
        """
        if method not in ("code", "link"):
            raise UserError(self.env._("An address is asked by a code or by a link."))
        claim_sudo, conversation_sudo = self._take_claim(claim_id)
        self.env["omnichannel.verification"].sudo()._start(claim_sudo, conversation_sudo, method)
        return True

    def confirm_claim(self, claim_id):
        """Note that a person knows whose address it is. For the web client.

        Return the action that decides about a suggestion when somebody else has the address:
        then nothing is confirmed yet.
        """
        claim_sudo, conversation_sudo = self._take_claim(claim_id)
        owner_sudo = claim_sudo._find_owner(conversation_sudo.company_id)
        self.env["omnichannel.verification"].sudo()._search_pending(claim_sudo)._cancel()
        evidence = self.env._("Confirmed by %(user)s", user=self.env.user.name)
        if not owner_sudo:
            claim_sudo._promote("confirmed", evidence)
            return True
        if owner_sudo.partner_id == claim_sudo.partner_id:
            owner_sudo._raise_trust("confirmed", evidence)
            claim_sudo.claim_state = "settled"
            return True
        return conversation_sudo._propose_owner(claim_sudo, owner_sudo)

    def dismiss_claim(self, claim_id):
        """Note that an address is not the customer's: it is not asked about again."""
        claim_sudo, conversation_sudo = self._take_claim(claim_id)
        self.env["omnichannel.verification"].sudo()._search_pending(claim_sudo)._cancel()
        claim_sudo._dismiss(conversation_sudo.company_id)
        return True

    def _take_claim(self, claim_id):
        """Return (claim, conversation) as superuser, for who may answer in the conversation."""
        self.ensure_one()
        self.check_access("write")
        # sudo: nobody writes identities but these methods, after this check
        claim_sudo = self.env["omnichannel.identity"].sudo().browse(int(claim_id)).exists()
        if claim_sudo.partner_id != self.partner_id or not claim_sudo._is_open_claim():
            raise UserError(self.env._("Nothing is to be decided about this address any more."))
        return claim_sudo, self.sudo()

    def _propose_owner(self, claim, owner):
        """Suggest that the customer is who has the address, and return where it is decided."""
        source = claim.claim_message_id.identity_id or self._verifying_identities()[:1]
        if not owner.partner_id or not source or source.trust == "claimed":
            raise UserError(
                self.env._(
                    "Several customers share this address, or the sender is not known. Link the "
                    "customers by hand."
                )
            )
        suggestions = self.env["omnichannel.suggestion"]
        suggestions._propose(source, owner.partner_id, "typed", TYPED_SCORE)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Another customer has this address"),
            "res_model": "omnichannel.suggestion",
            "domain": [("identity_id", "=", source.id), ("partner_id", "=", owner.partner_id.id)],
            "views": [(False, "list"), (False, "form")],
        }


class OmnichannelIdentity(models.Model):
    _inherit = "omnichannel.identity"

    def _prepare_claim(self, verification):
        """Return what the panel shows of a claim, and of the last time that it was asked."""
        return {
            "id": self.id,
            "kind": self.kind,
            "value": self.value,
            "evidence": self.trust_evidence or "",
            "verification": verification._prepare_panel_value() if verification else False,
        }


class OmnichannelVerification(models.Model):
    _inherit = "omnichannel.verification"

    def _prepare_panel_value(self):
        state = "expired" if self.state == "pending" and not self._is_open() else self.state
        labels = dict(self._fields["state"]._description_selection(self.env))
        return {
            "method": self.method,
            "state": state,
            "stateLabel": labels[state],
            "reason": self.reason or "",
            "until": fields.Datetime.to_string(self.expires_at),
            "attemptsLeft": self.attempts_left,
        }


class OmnichannelMessage(models.Model):
    _inherit = "omnichannel.message"

    @api.model
    def _retract(self, message, inbound):
        """Forget the claims, too, of a message that is taken back."""
        result = super()._retract(message, inbound)
        self.env["omnichannel.identity"].search(
            [("claim_message_id", "=", message.id), ("trust", "=", "claimed")]
        ).unlink()
        return result

    def _claim_evidence(self):
        label = dict(self._get_channels()).get(self.channel, self.channel)
        return self.env._(
            "Typed in a message of %(date)s (%(channel)s)",
            date=fields.Date.to_string(self.occurred_at),
            channel=label,
        )
