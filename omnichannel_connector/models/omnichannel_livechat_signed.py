from contextlib import suppress
from datetime import datetime, timezone

from odoo import api, fields, models
from odoo.fields import NO_ACCESS

from ..channels.errors import SignatureError
from ..channels.events import RawEvent
from ..channels.visitor_token import read_visitor_token
from .omnichannel_account import LIVECHAT

OTHER = "other"  # the chat is of somebody else than who sits there now


class DiscussChannel(models.Model):
    """Visitors whom our own website knows: it signs who they are, for one chat."""

    _inherit = "discuss.channel"

    omnichannel_visitor_id = fields.Many2one(
        "res.partner", "Signed Visitor", index="btree_not_null", readonly=True, groups=NO_ACCESS
    )

    def _omnichannel_signed(self, guests):
        """Return whom the website signed these guests of the chat to be, if it did."""
        return self.omnichannel_visitor_id if guests else self.omnichannel_visitor_id.browse()

    def _omnichannel_identify(self, token):
        """Believe a token of our website. Return whether it is true, and nothing of whom it names.

        From now on what the browser writes in this chat is the customer's. What it wrote before
        stays where it is: somebody else may have sat there. A chat that was signed stays its
        person's and ends with them: OTHER for whoever sits there now, known or not. Called as
        superuser, for a visitor who is in the chat.
        """
        self.ensure_one()
        account = self._omnichannel_chat_account()
        visitor = self.channel_member_ids.filtered("is_self")
        is_chat = self.channel_type == LIVECHAT and account and not self.livechat_end_dt
        # who answers sees the chat on our website, too
        if not is_chat or visitor.livechat_member_type != "visitor":
            return False
        identities, claim = self.env["omnichannel.identity"], None
        with suppress(SignatureError):
            secrets = account._settings().signing_secrets
            claim = read_visitor_token(token, secrets, datetime.now(timezone.utc))
        if self.omnichannel_visitor_id:
            person = claim and identities._signed_person(account, claim)
            return person == self.omnichannel_visitor_id or self._omnichannel_part(visitor)
        if not claim or not self._omnichannel_use_token(account, claim):
            return False
        self.omnichannel_visitor_id = identities._signed_person(account, claim)
        return True

    def _omnichannel_part(self, visitor):
        """End a chat whose person has gone, and let its browser see no more of it."""
        self._close_livechat_session()
        self._action_unfollow(visitor.partner_id, visitor.guest_id, post_leave_message=False)
        return OTHER

    def _omnichannel_use_token(self, account, claim):
        """Take a token for this chat. Return False when it was used in another one already."""
        events = self.env["omnichannel.event"]
        key = f"signed:{claim.token_id}"
        raw = RawEvent(key=key, customer="", payload={"what": "signed", "chat": self.id})
        if events._store(account.id, [raw]):
            return True
        used = events.search([("account_id", "=", account.id), ("key", "=", key)])
        return (used.payload or {}).get("chat") == self.id


class OmnichannelIdentity(models.Model):
    _inherit = "omnichannel.identity"

    @api.model
    def _signed_person(self, account, claim):
        """Return the customer whom a signed token means, made if need be; none if it is unclear.

        Nobody of ours, and nobody behind an address that several have.
        """
        if claim.partner_id:
            partner = self.env["res.partner"].browse(claim.partner_id).exists()
            return (
                partner if self._is_customer_of(account.company_id, partner) else partner.browse()
            )
        key = ("email", "", claim.email)
        if self._own_addresses([key]):
            return self.env["res.partner"]
        hint = {"name": claim.name, "account_id": account.id}
        identity = self._resolve(account.company_id, {key: hint})[key]
        if identity._is_public() or identity._is_staff_address():
            return self.env["res.partner"]
        evidence = self.env._("Signed by the website on %(day)s", day=fields.Date.today())
        identity._raise_trust("attested", evidence)
        return identity.partner_id

    @api.model
    def _is_customer_of(self, company, partner):
        """Tell whether a record is somebody's who may chat with a company as its customer."""
        is_ours = partner._omnichannel_staff() or self.env["res.company"].sudo().search_count(
            [("partner_id", "in", partner.ids)], limit=1
        )
        is_of_company = partner.company_id in (company, company.browse())
        return bool(partner.active and is_of_company and not is_ours)
