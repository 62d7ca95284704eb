from odoo import models


class OmnichannelScheduled(models.Model):
    """Messages that are to leave later stay with their address, whosever it becomes."""

    _inherit = "omnichannel.scheduled"

    def unlink(self):
        """Delete these, and addresses of nobody that were only kept for them."""
        identities = self.identity_id
        result = super().unlink()
        identities.exists()._forget_nobodys()
        return result

    def _move_to(self, conversation):
        """Bring these to another conversation of the same company, with their to-dos.

        The caller locks the conversations.
        """
        moving = self.filtered(lambda message: message.conversation_id != conversation)
        if not moving:
            return
        touched = moving.conversation_id | conversation
        conversation._ensure_channels()
        moving.conversation_id = conversation
        for message in moving.filtered(lambda message: message.state == "held_back"):
            message._remind(message.reason)
        for each in touched:
            each._end_reminders()
            each._push_scheduled()


class OmnichannelIdentity(models.Model):
    _inherit = "omnichannel.identity"

    def _place(self, is_link=False):
        """Bring what is to leave through these identities, too."""
        return super()._place(is_link) | self._place_scheduled()

    def _place_scheduled(self):
        """Return the conversations between which something moved."""
        conversations = touched = self.env["omnichannel.conversation"]
        scheduled = self.env["omnichannel.scheduled"].search(
            [("identity_id", "in", self.filtered("partner_id").ids)]
        )
        groups = scheduled.grouped(lambda m: (m.conversation_id, m.identity_id.partner_id))
        for (source, partner), moving in groups.items():
            target = conversations._for_partners(source.company_id, partner)[partner]
            if target != source:
                moving._move_to(target)
                touched |= source | target
        return touched

    def _forget_nobodys(self):
        """Delete those of nobody to which nothing refers."""
        nobodys = self.filtered(
            lambda i: not i.partner_id and not i.home_partner_id and not i.candidate_ids
        )
        nobodys -= nobodys._proven()
        (nobodys - nobodys._referred_to()).unlink()


class OmnichannelConversation(models.Model):
    _inherit = "omnichannel.conversation"

    def _leave_for(self, target):
        """Leave nothing behind that nobody could decide there."""
        result = super()._leave_for(target)
        self.scheduled_ids._move_to(target)
        return result
