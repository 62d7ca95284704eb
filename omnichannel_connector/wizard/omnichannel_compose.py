from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.omnichannel_conversation_seen import UnseenMessages
from ..models.res_partner import AGENT

FORM = "omnichannel_connector.mail_compose_message_view_form_omnichannel"


class MailComposeMessage(models.TransientModel):
    """Odoo's composer for rich text, as one more way to write an e-mail of a conversation.

    Sends through the same door as the small composer: to the one address, never to followers.
    """

    _name = "mail.compose.message"
    _inherit = ["mail.compose.message", "omnichannel.named.records"]

    omnichannel_conversation_id = fields.Many2one(
        "omnichannel.conversation", readonly=True, groups=AGENT
    )
    omnichannel_key = fields.Char()
    omnichannel_address = fields.Char("To", compute="_compute_omnichannel_address", groups=AGENT)
    omnichannel_seen_ids = fields.Json()
    omnichannel_also_to = fields.Json()
    omnichannel_others = fields.Char("Also To", compute="_compute_omnichannel_others")
    omnichannel_news = fields.Char(readonly=True)

    def _compute_omnichannel_address(self):
        """Show to whom it goes."""
        for wizard in self:
            conversation = wizard.omnichannel_conversation_id
            conversation.check_access("read")
            choice = conversation and conversation._find_choice(wizard.omnichannel_key)
            wizard.omnichannel_address = choice.identity.display_name if choice else False

    @api.depends("omnichannel_also_to")
    def _compute_omnichannel_others(self):
        for wizard in self:
            wizard.omnichannel_others = ", ".join(wizard.omnichannel_also_to or [])

    def action_send_omnichannel(self):
        """Send it as the composer of the thread does.

        Raise UserError when it can't be sent that way. When somebody wrote meanwhile, show it and
        let the author send again.
        """
        self.ensure_one()
        conversation = self.omnichannel_conversation_id
        if not conversation or not self.omnichannel_key:
            raise UserError(self.env._("Open this from a conversation."))
        conversation.check_access("write")
        try:
            # sudo: as the thread controller does after it checked access
            conversation.sudo().channel_id.message_post(
                body=self.body,
                message_type="comment",
                omnichannel_key=self.omnichannel_key,
                omnichannel_seen_ids=self.omnichannel_seen_ids or [],
                omnichannel_is_held=True,
                omnichannel_subject=self.subject,
                omnichannel_also_to=self.omnichannel_also_to or [],
                attachment_ids=self.attachment_ids.ids,
                parent_id=self.parent_id.id,
            )
        except UnseenMessages as refusal:
            return self._show_news(refusal)
        return {"type": "ir.actions.act_window_close"}

    def _show_news(self, refusal):
        """Show who wrote what meanwhile; it counts as seen from now on."""
        unseen_ids = refusal.context["omnichannel_unseen_ids"]
        # sudo: who may answer here may read the thread
        unseen_sudo = self.env["mail.message"].sudo().browse(unseen_ids)
        texts = [f"“{preview}”" for preview in unseen_sudo.mapped("preview") if preview]
        self.write(
            {
                "omnichannel_news": " ".join([str(refusal), *texts]),
                "omnichannel_seen_ids": [*(self.omnichannel_seen_ids or []), *unseen_ids],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(self.env.ref(FORM).id, "form")],
            "target": "new",
            "name": self.env._("E-mail"),
        }


class OmnichannelConversation(models.Model):
    _inherit = "omnichannel.conversation"

    def action_compose_email(self, key, values):
        """Open Odoo's composer for an e-mail. `values` are its defaults: body, subject, files, …"""
        self.ensure_one()
        self.check_access("write")
        names = (
            "body",
            "subject",
            "attachment_ids",
            "omnichannel_seen_ids",
            "omnichannel_also_to",
            "parent_id",
        )
        context = {f"default_{name}": values[name] for name in names if name in values}
        channel_id = self.sudo().channel_id.id
        return {
            "type": "ir.actions.act_window",
            "res_model": "mail.compose.message",
            "views": [(self.env.ref(FORM).id, "form")],
            "target": "new",
            "name": self.env._("E-mail"),
            "context": {
                **context,
                "default_composition_mode": "comment",
                "default_model": "discuss.channel",
                "default_res_ids": [channel_id],
                "default_email_add_signature": False,
                "default_omnichannel_conversation_id": self.id,
                "default_omnichannel_key": key,
            },
        }
