from odoo import fields, models
from odoo.exceptions import UserError


class OmnichannelConversation(models.Model):
    """Who of a household is speaking. Known until it changes or the conversation closes."""

    _inherit = "omnichannel.conversation"

    speaker_id = fields.Many2one(
        "res.partner",
        "Speaking Now",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Who of the people with a shared address writes now.",
    )

    def action_set_speaker(self, partner_id):
        """Say who of a household is speaking from now on; nobody in particular without an id."""
        self.ensure_one()
        self.check_access("write")
        speaker = self.candidate_ids.filtered(lambda candidate: candidate.id == partner_id)
        if not self.is_household or (partner_id and not speaker):
            raise UserError(
                self.env._("This person is not known to use the address. Change a record first.")
            )
        self.speaker_id = speaker
        return True

    def write(self, vals):
        if vals.get("state") == "closed":
            vals = {**vals, "speaker_id": False}
        return super().write(vals)

    def _speaker_of(self, identity):
        """Return who speaks in a message that comes from, or goes to, an identity now."""
        return self.speaker_id if identity.is_household else self.speaker_id.browse()

    def _prepare_message(self, item):
        speaker = item.conversation._speaker_of(item.identity)
        return {**super()._prepare_message(item), "speaker_id": speaker.id}

    def _queue(self, mail_message, plan):
        message = super()._queue(mail_message, plan)
        message.speaker_id = self._speaker_of(message.identity_id)
        return message


class OmnichannelMessage(models.Model):
    _inherit = "omnichannel.message"

    speaker_id = fields.Many2one(
        "res.partner",
        "Spoken By",
        index="btree_not_null",
        ondelete="set null",
        help="Who of a household it was, as an agent said.",
    )

    def _to_store_value(self):
        # sudo: who may read the message may read whom it is from or for
        speaker_sudo = self.sudo().speaker_id
        return {**super()._to_store_value(), "speaker": speaker_sudo.display_name or ""}
