from odoo import api, models

from ..channels.events import Kind, Status
from .timing import to_naive_utc

STATUS_STATES = {
    Status.SENT: "sent",
    Status.DELIVERED: "delivered",
    Status.READ: "read",
    Status.FAILED: "failed",
}


class OmnichannelDelivery(models.Model):
    """What providers tell about our own messages: statuses, read receipts, echoes."""

    _inherit = "omnichannel.delivery"

    @api.model
    def _receive_statuses(self, items):
        """Apply what providers say about our own messages. Called by the event processor."""
        for item in items:
            if item.inbound.kind is Kind.READ:
                self._receive_read(item)
            elif delivery := self._find(item):
                error = item.inbound.error
                delivery._advance(
                    STATUS_STATES[item.inbound.status],
                    external_id=item.inbound.target_id or None,
                    error=error and error.text,
                    code=error and error.code,
                )

    def _find(self, item):
        """Return the delivery that a status is about, by our UUID or by the provider's id."""
        account = [("account_id", "=", item.account.id)]
        if item.inbound.delivery_uuid:
            found = self.search([*account, ("uuid", "=", item.inbound.delivery_uuid)], limit=1)
            if found:
                return found
        return self.search([*account, ("external_id", "=", item.inbound.target_id)], limit=1)

    def _receive_read(self, item):
        """The customer has seen everything that left before this moment."""
        if not item.inbound.identity:
            return
        key = self.env["omnichannel.conversation"]._identity_key(item)
        identity = self.env["omnichannel.identity"]._find(item.account.company_id, [key]).get(key)
        if not identity:
            return
        seen = self.search(
            [
                ("identity_id", "=", identity.id),
                ("state", "in", ("sent", "delivered")),
                ("sent_at", "<=", to_naive_utc(item.inbound.occurred_at)),
            ]
        )
        for delivery in seen:
            delivery._advance("read")

    # === ECHOES === #

    @api.model
    def _match_echoes(self, items):
        """Take the echoes of our own deliveries out of these items; what is left is news.

        An echo may come before the call returned: then it is known by its text, and proves that
        the call was processed. What nobody here sent was answered in the provider's own app.
        """
        return [item for item in items if not (item.inbound.is_echo and self._match_echo(item))]

    def _match_echo(self, item):
        external_id = item.inbound.external_id
        account = [("account_id", "=", item.account.id)]
        if delivery := self.search([*account, ("external_id", "=", external_id)], limit=1):
            delivery._advance("sent", external_id=external_id)
            return True
        pending = self.search(
            [
                *account,
                ("identity_id.value", "=", item.inbound.identity),
                ("state", "in", ("sending", "unknown")),
                ("external_id", "=", False),
            ],
            order="id",
        )
        delivery = pending.filtered(lambda d: (d.text or "") == item.inbound.text)[:1]
        if not delivery:
            return False
        delivery._advance("sent", external_id=external_id)
        return True
