from datetime import timedelta

from odoo import fields, models

from .omnichannel_consent import BOTH, MARKETING, SERVICE
from .omnichannel_identity_validity import REPEATED

# https://www.ecfr.gov/current/title-47/section-64.1200#p-64.1200(a)(12)
CONFIRMATION_TIME = timedelta(minutes=5)


class OmnichannelDelivery(models.Model):
    """Consent right before the call, and what the call tells about it."""

    _inherit = "omnichannel.delivery"

    def _refusals(self):
        """Return {delivery: why the customer does not want it}, in a few queries for many."""
        found = {}
        for is_human in (True, False):
            group = self.filtered(lambda d, is_human=is_human: d._is_human() == is_human)
            keys = {delivery: delivery._consent_key() for delivery in group}
            refusals = self.env["omnichannel.identity"]._refusals(set(keys.values()), is_human)
            for delivery, key in keys.items():
                if reason := delivery._obstacle(refusals.get(key, "")):
                    found[delivery] = reason
        return found

    def _consent_key(self):
        return self.identity_id, self.account_id.channel, self.message_id._purpose()

    def _obstacle(self, refusal):
        refused = self.message_id.confirms_id
        if self.kind == "message" and refused:
            is_due = refused.occurred_at > fields.Datetime.now() - CONFIRMATION_TIME
            return "" if is_due else self.env._("Too late to confirm that we write no more.")
        return refusal or ("" if self._is_human() else self.identity_id._validity_sentence())

    def _note_refusal(self, error):
        """Note that the provider sends nothing to this customer any more."""
        self.env["omnichannel.consent"]._record(
            self.identity_id,
            self.account_id.channel,
            BOTH,
            "refused",
            "provider",
            evidence=f"{error.code} {error.text}".strip(),
        )

    def _note_failure(self, code):
        """Note that an address can't be reached, when this error says so or keeps saying so."""
        account = self.account_id
        adapter_class = account._adapter_classes().get(account.channel)
        if self.kind != "message" or not adapter_class or not code:
            return
        is_dead = code in adapter_class.dead_codes
        if is_dead or (code in adapter_class.doubtful_codes and self._is_in_vain(adapter_class)):
            reason = f"{code} {self.error or ''}".strip()
            self.identity_id._note_invalid("unreachable", reason)

    def _is_in_vain(self, adapter_class):
        """Tell whether the last messages to this address all failed in the same doubtful way."""
        last = self.search(
            [
                ("identity_id", "=", self.identity_id.id),
                ("kind", "=", "message"),
                ("state", "in", ("sent", "delivered", "read", "failed")),
            ],
            order="id desc",
            limit=REPEATED,
        )
        codes = last.mapped(lambda delivery: delivery.error_code)
        return len(last) == REPEATED and all(code in adapter_class.doubtful_codes for code in codes)


class OmnichannelMessage(models.Model):
    _inherit = "omnichannel.message"

    confirms_id = fields.Many2one(
        "omnichannel.consent",
        "Confirms",
        ondelete="set null",
        readonly=True,
        help="The refusal that this message confirms. It is exempt from it, once.",
    )

    _confirms_unique = models.UniqueIndex(
        "(confirms_id) WHERE confirms_id IS NOT NULL", "This was confirmed already."
    )

    def _purpose(self):
        """Return what a customer has to allow for this message to be sent."""
        if self.origin != "sequence":
            return SERVICE
        # whose plan is gone counts as the stricter
        return self.enrollment_id.sequence_id.purpose or MARKETING
