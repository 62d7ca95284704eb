from odoo import fields, models


class OmnichannelConversation(models.Model):
    _inherit = "omnichannel.conversation"

    is_private = fields.Boolean(
        "Private",
        help="Nothing is learned from this conversation for suggested replies, and what was is "
        "forgotten.",
    )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("is_private"):
            # sudo: nobody deletes learned answers but administrators, and who may write this one
            learned = self.env["omnichannel.answer"].sudo()
            learned.search([("message_id.conversation_id", "in", self.ids)]).unlink()
        return result

    def _take_over_from(self, source, is_link):
        """Keep private what was: who is linked takes the wish along."""
        result = super()._take_over_from(source, is_link)
        if is_link and source.is_private and not self.is_private:
            self.is_private = True
        return result

    def _prepare_merged(self, target):
        values = super()._prepare_merged(target)
        return {**values, "is_private": any((target | self).mapped("is_private"))}


class OmnichannelMessage(models.Model):
    _inherit = "omnichannel.message"

    def unlink(self):
        """Delete, too, what was learned from any of these."""
        # sudo: nobody deletes learned answers but administrators, and who may delete these
        self.env["omnichannel.answer"].sudo().search([("question_ids", "in", self.ids)]).unlink()
        return super().unlink()
