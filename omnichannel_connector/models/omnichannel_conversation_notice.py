from markupsafe import Markup

from odoo import api, models

from ..channels.events import Kind
from .timing import to_naive_utc


class OmnichannelConversation(models.Model):
    """Lines in a thread that nobody wrote: what happened to the conversation itself."""

    _inherit = "omnichannel.conversation"

    @api.model
    def _receive_notices(self, items):
        """Show hand-overs and referrals in the threads of known customers.

        Called by the event processor with items in provider-time order. Nobody becomes a customer
        by clicking on a link.
        """
        keys = {self._identity_key(item) for item in items if item.inbound.identity}
        by_company = self._by_company(items)
        for company, company_items in by_company.items():
            identities = self.env["omnichannel.identity"]._find(company, keys)
            for item in company_items:
                item.identity = identities.get(self._identity_key(item))
                conversation = item.identity and item.identity.partner_id.with_company(
                    company
                ).omnichannel_conversation_ids.filtered(lambda c, own=company: c.company_id == own)
                if conversation:
                    conversation._show_notice(item)

    def _show_notice(self, item):
        self.ensure_one()
        moment = to_naive_utc(item.inbound.occurred_at)
        if item.inbound.kind is Kind.REFERRAL:
            # coming back through a link lets us write again, as a message does
            item.identity._note_seen(moment, item.account, inbound=True)
            text = self._describe_referral(item.inbound.referral)
        else:
            text = self._describe_handover(item.inbound)
        self._post_notice(text, moment)

    def _describe_referral(self, referral):
        name = referral.get("ad_title") or referral.get("ref") or referral.get("product_id")
        if name:
            return self.env._("The customer came through the link or advert “%(name)s”.", name=name)
        return self.env._("The customer came through a link or an advert.")

    def _describe_handover(self, inbound):
        """Say who answers now. The events of another app still arrive, as standby."""
        app = inbound.text or self.env._("another app")
        if inbound.context.get("control") == "request":
            return self.env._("Another app asks to answer this customer: %(app)s", app=app)
        return self.env._("The right to answer this customer moved. It has now: %(app)s", app=app)

    def _post_notice(self, text, moment):
        """Add a line to the thread that is no message: it counts nowhere and reaches nobody."""
        self.ensure_one()
        self._ensure_channels()
        # sudo: nobody posts such lines but the system
        channels_sudo = self.env["discuss.channel"].sudo()
        mail_message = channels_sudo._message_create([self._prepare_notice(text, moment)])
        self.env["omnichannel.message"]._push_mail_messages(mail_message)

    def _prepare_notice(self, text, moment):
        """Return the values of the mail.message of such a line."""
        return {
            "model": "discuss.channel",
            "res_id": self.channel_id.id,
            "message_type": "notification",
            "subtype_id": self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_note"),
            "author_id": self.company_id.partner_id.id,
            "email_from": False,
            "reply_to": False,
            "body": Markup('<div class="o_mail_notification">%s</div>') % text,
            "date": moment,
            "record_company_id": self.company_id.id,
        }
