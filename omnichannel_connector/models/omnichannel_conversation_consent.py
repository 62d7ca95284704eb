from odoo import api, fields, models

from ..channels.events import Kind, OptOut, OptOutBy
from .omnichannel_consent import BOTH
from .omnichannel_conversation_choice import SendChoice
from .omnichannel_conversation_outbound import SendPlan
from .omnichannel_delivery_consent import CONFIRMATION_TIME
from .timing import to_naive_utc


class OmnichannelConversation(models.Model):
    """What customers say about being written to."""

    _inherit = "omnichannel.conversation"

    # === INBOUND === #

    @api.model
    def _follow_wishes(self, items, messages):
        """Record keywords, lift blocks of who writes again, propose what else was asked for.

        `messages` are those of the items, in the same order.
        """
        written = [
            (item, message)
            for item, message in zip(items, messages, strict=True)
            if not item.inbound.is_echo and not item.is_automatic
        ]
        self._lift_blocks([item for item, _message in written])
        for item, message in written:
            if item.inbound.opt_out is OptOut.HELP:
                item.conversation._answer_help(item)
            elif item.inbound.opt_out is not OptOut.NOTHING:
                item.conversation._follow_keyword(item, message)
        self.env["omnichannel.consent.proposal"]._propose(written)

    def _follow_keyword(self, item, message):
        inbound, account = item.inbound, item.account
        is_told = inbound.opt_out_by is OptOutBy.PROVIDER or (
            inbound.opt_out_by is OptOutBy.DEFAULT and not account.confirms_opt_out
        )
        is_stop = inbound.opt_out is OptOut.STOP
        entries = self.env["omnichannel.consent"]._record(
            item.identity,
            account.channel,
            BOTH,
            "refused" if is_stop else "lifted",
            "provider" if is_told else "keyword",
            words=inbound.text,
            evidence=account.name,
            message=message,
            occurred_at=to_naive_utc(inbound.occurred_at),
        )
        if is_stop and entries and not is_told:
            self._confirm_stop(account, entries[:1])

    @api.model
    def _lift_blocks(self, items):
        """Lift the blocks of customers who write again, where that is what lifts them."""
        writing = {
            item.identity: item
            for item in items
            if item.adapter
            and item.adapter.is_block_lifted_by_writing
            and item.inbound.kind is not Kind.COMMENT
        }
        identities = self.env["omnichannel.identity"].union(*writing)
        for identity, standings in identities._own_standings().items():
            item = writing[identity]
            channel = item.account.channel
            locked = [key for key, standing in standings.items() if standing.is_locked]
            self.env["omnichannel.consent"]._record(
                identity,
                channel,
                [purpose for code, purpose in locked if code == channel],
                "lifted",
                "provider",
                evidence=self.env._("The customer wrote again."),
                occurred_at=to_naive_utc(item.inbound.occurred_at),
            )

    # === NOTICES === #

    def _confirm_stop(self, account, refusal):
        """Confirm a STOP once, where the account does so and it is not too late.

        Providers that answer STOP themselves would refuse it as the second message after it.
        """
        is_due = refusal.occurred_at > fields.Datetime.now() - CONFIRMATION_TIME
        if not account.confirms_opt_out or not is_due:
            return
        company = self.company_id.name
        text = self.with_context(lang=self.partner_id.lang or self.env.lang).env._(
            "%(company)s: you will get no more messages here. Reply START to get them again.",
            company=company,
        )
        self._send_notice(account, refusal.identity_id, text, confirms=refusal)

    def _answer_help(self, item):
        """Answer HELP with the account's text, unless the provider did or nothing is wanted."""
        account = item.account
        text = account.with_context(lang=self.partner_id.lang or self.env.lang).help_text
        if not text or item.inbound.opt_out_by is OptOutBy.PROVIDER:
            return
        if not item.identity._refusal(account.channel, "service", is_human=False):
            self._send_notice(account, item.identity, text)

    def _send_notice(self, account, identity, text, confirms=None):
        """Queue an automatic message. The caller has checked that it may be sent."""
        choice = SendChoice(account.channel, account, identity)
        plan = SendPlan(self, choice, confirms=confirms, is_notice=True)
        if account.state == "connected":
            self._send(plan, text, author_id=self.company_id.partner_id.id)


class OmnichannelAccount(models.Model):
    _inherit = "omnichannel.account"

    confirms_opt_out = fields.Boolean(
        "Confirm STOP",
        help="Answer STOP with one confirmation. Twilio answers STOP by itself and then refuses "
        "any further message (error 21610): turn this on only where Twilio's own handling of "
        "STOP is switched off.",
    )
    help_text = fields.Text(
        "Answer to HELP",
        translate=True,
        help="Sent when a customer writes HELP or INFO. Leave empty for no automatic answer: "
        "Twilio answers HELP by itself unless that is switched off.",
    )
