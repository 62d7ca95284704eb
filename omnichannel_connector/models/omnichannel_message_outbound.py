from odoo import models

from odoo.addons.mail.tools.discuss import Store

from .omnichannel_delivery import PROVEN

# What a person sees of a message is as good as its worst part.
WORST_FIRST = ("failed", "unknown", "canceled", "queued", "sending", "sent", "delivered", "read")


class OmnichannelMessage(models.Model):
    """The state of our own messages, as their deliveries tell it."""

    _inherit = "omnichannel.message"

    # a public comment is answered in private once: the provider refuses a second time
    _comment_unique = models.UniqueIndex(
        "(comment_id) WHERE comment_id IS NOT NULL AND state NOT IN ('failed', 'canceled')",
        "This comment was answered already.",
    )

    def _update_state(self):
        """Take over the worst state of the deliveries and show what changed, for many at once.

        Who waits for us follows from what got lost, or arrived after all: then this locks the
        conversations. Who knows before that a delivery fails locks them first (`_lock_for`).
        """
        changed = turned = self.browse()
        for message, deliveries in self._current_deliveries().items():
            values = message._prepare_state(deliveries)
            if any(values[name] != message[name] for name in values):
                was_lost = message._is_lost()
                message.write(values)
                changed |= message
                if message._is_lost() != was_lost:
                    turned |= message
        turned.conversation_id._follow_losses()
        changed._push_state()

    def _current_deliveries(self):
        """Return {message: its deliveries}, without signals and what was sent again."""
        deliveries = self.env["omnichannel.delivery"].search(
            [("message_id", "in", self.ids), ("kind", "=", "message")]
        )
        return deliveries.grouped("message_id")

    def _prepare_state(self, deliveries):
        current = deliveries.filtered(lambda delivery: not delivery.retry_id)
        states = set(current.mapped("state"))
        state = next((state for state in WORST_FIRST if state in states), self.state)
        error = current.filtered("error")[:1].error
        if (deliveries - current).filtered(lambda delivery: delivery.state in PROVEN):
            error = self.env._("It was sent twice: the first attempt did arrive.")
        return {"state": state, "error": error}

    def _push_state(self):
        """Send the bubbles' states to everybody who has their threads open, once a thread."""
        for conversation, messages in self.grouped("conversation_id").items():
            store = Store(bus_channel=conversation.channel_id, bus_subchannel="internal_users")
            for message in messages:
                store.add(message.mail_message_id, {"omnichannel": message._to_store_value()})
            store.bus_send()

    def _to_store_value(self):
        """Add what a person may do about a message of ours."""
        is_ours = self.direction == "outbound" and self.origin != "app"
        return {
            **super()._to_store_value(),
            "canResend": is_ours and self.state in ("unknown", "failed"),
            "canCancel": is_ours and self.state == "queued",
        }
