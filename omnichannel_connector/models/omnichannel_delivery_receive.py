from datetime import timedelta

from odoo import api, models

from ..channels.events import Kind, OptOut, Status
from .omnichannel_delivery import RANK
from .timing import to_naive_utc

STATUS_STATES = {
    Status.SENT: "sent",
    Status.DELIVERED: "delivered",
    Status.READ: "read",
    Status.FAILED: "failed",
}
SKEW = timedelta(seconds=5)  # by which the provider's clock may be behind ours


def _state_of(item):
    return STATUS_STATES[item.inbound.status]


class OmnichannelDelivery(models.Model):
    """What providers tell about our own messages: statuses, read receipts, echoes."""

    _inherit = "omnichannel.delivery"

    @api.model
    def _receive_statuses(self, items):
        """Apply what providers say about our own messages. Called by the event processor.

        Return the items about messages that are not known here (yet): the call that would tell
        their id may not have returned. Applying an item again changes nothing.
        """
        found = self._find_all([item for item in items if item.inbound.kind is Kind.STATUS])
        self._lock_for({delivery: _state_of(item) for item, delivery in found.items()})
        moved, unmatched = self.browse(), []
        for item in items:
            if item.inbound.kind is Kind.READ:
                is_known = self._receive_read(item)
            elif delivery := found.get(item) or self._find(item):
                is_known, moved = True, moved | delivery._take_status(item.inbound)
            else:
                is_known = self._find_foreign(item)._advance_foreign(_state_of(item))
            if not is_known:
                unmatched.append(item)
        moved.message_id._update_state()
        return unmatched

    def _take_status(self, inbound):
        """Apply one status. Return this delivery when that changed anything."""
        if inbound.opt_out is OptOut.STOP:
            self._note_refusal(inbound.error)
        has_moved = self._move(
            STATUS_STATES[inbound.status],
            external_id=inbound.target_id or None,
            error=inbound.error and inbound.error.text,
            code=inbound.error and inbound.error.code,
        )
        return self if has_moved else self.browse()

    def _find_all(self, items):
        """Return {item: delivery} for many statuses at once: our UUID first, then the id."""
        uuids = [item.inbound.delivery_uuid for item in items if item.inbound.delivery_uuid]
        ids = [item.inbound.target_id for item in items if item.inbound.target_id]
        accounts = [("account_id", "in", list({item.account.id for item in items}))]
        by_uuid = self.search([*accounts, ("uuid", "in", uuids)]).grouped(
            lambda delivery: (delivery.account_id, delivery.uuid)
        )
        by_id = self.search([*accounts, ("external_id", "in", ids)]).grouped(
            lambda delivery: (delivery.account_id, delivery.external_id)
        )
        found = {
            item: by_uuid.get((item.account, item.inbound.delivery_uuid))
            or by_id.get((item.account, item.inbound.target_id))
            for item in items
        }
        return {item: delivery for item, delivery in found.items() if delivery}

    def _find(self, item):
        """Return the delivery that an item is about, by our UUID or by the provider's id."""
        account = [("account_id", "=", item.account.id)]
        if item.inbound.delivery_uuid:
            found = self.search([*account, ("uuid", "=", item.inbound.delivery_uuid)], limit=1)
            if found:
                return found
        if not item.inbound.target_id:
            return self.browse()
        return self.search([*account, ("external_id", "=", item.inbound.target_id)], limit=1)

    def _find_foreign(self, item):
        """Return the message of ours that was written in the provider's app."""
        return self.env["omnichannel.message"].search(
            [
                ("account_id", "=", item.account.id),
                ("external_id", "=", item.inbound.target_id),
                ("external_id", "!=", False),
            ],
            limit=1,
        )

    def _receive_read(self, item):
        """The customer has seen everything that left before this moment, or before the target.

        Return False when the target may be a message whose call is still under way.
        """
        identity = self._find_identity(item)
        if not identity:
            return True
        target = self._find(item)
        domain = [("identity_id", "=", identity.id), ("kind", "=", "message")]
        moment = to_naive_utc(item.inbound.occurred_at)
        seen = self.search(
            [
                *domain,
                ("state", "in", ("sent", "delivered")),
                "|",
                ("sent_at", "<=", moment),
                ("id", "<=", target.id or 0),
            ]
        )
        for delivery in seen:
            delivery._move("read")
        seen.message_id._update_state()
        if target or not item.inbound.target_id or self._find_foreign(item):
            return True
        under_way = [*domain, ("state", "in", ("sending", "unknown")), ("external_id", "=", False)]
        return not self.search_count(under_way, limit=1)

    def _find_identity(self, item):
        if not item.inbound.identity:
            return self.env["omnichannel.identity"]
        key = self.env["omnichannel.conversation"]._identity_key(item)
        return self.env["omnichannel.identity"]._find(item.account.company_id, [key]).get(key)

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
        delivery = self.search([*account, ("external_id", "=", external_id)], limit=1)
        delivery = delivery or self._match_by_content(item, account)
        if not delivery:
            return False
        delivery._advance("sent", external_id=external_id)
        return True

    def _match_by_content(self, item, account):
        """Return the delivery without id that an echo repeats.

        When the same was tried several times it is the last attempt before the echo.
        """
        pending = self.search(
            [
                *account,
                ("identity_id.value", "=", item.inbound.identity),
                ("kind", "=", "message"),
                "|",
                ("state", "in", ("sending", "unknown")),
                ("is_discarded", "=", True),
                ("external_id", "=", False),
            ],
            order="id",
        ).filtered(lambda delivery: delivery._has_content(item.inbound))
        moment = to_naive_utc(item.inbound.occurred_at) + SKEW
        before = pending.filtered(lambda d: d.attempted_at and d.attempted_at <= moment)
        return before.sorted("attempted_at")[-1:] or pending[:1]

    def _has_content(self, inbound):
        # providers trim and fold white space
        is_same_text = (self.text or "").split() == inbound.text.split()
        return is_same_text and bool(self.media) == bool(inbound.attachments)


class OmnichannelMessage(models.Model):
    _inherit = "omnichannel.message"

    def _advance_foreign(self, state):
        """Move a message that has no deliveries forward. Return whether there is one."""
        message = self.filtered(lambda message: message.direction == "outbound")
        if message and RANK[state] > RANK.get(message.state, 0):
            was_lost = message._is_lost()
            message.state = state
            if message._is_lost() != was_lost:
                message.conversation_id._follow_losses()
            message._push_state()
        return bool(self)
