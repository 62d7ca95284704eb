from odoo import api, models

from .omnichannel_message import LOST


class OmnichannelDelivery(models.Model):
    """Locks for what gets lost: who waits for us follows from it."""

    _inherit = "omnichannel.delivery"

    @api.model
    def _lock_for(self, moves):
        """Lock the conversations whose clocks may follow from these moves, {delivery: state}.

        Called before the deliveries' own rows are written, which is the order of locks. What left
        and arrives costs nothing here.
        """
        turning = self.browse(
            delivery.id
            for delivery, state in moves.items()
            if not delivery._is_signal() and (state in LOST or delivery.message_id._is_lost())
        )
        turning.conversation_id._lock()
