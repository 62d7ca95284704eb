import logging

from odoo import api, fields, models
from odoo.tools import plaintext2html

from ..channels.events import Kind, OptOut
from .omnichannel_conversation_outbound import SendPlan
from .timing import commit_repeatedly, rollback, utc_now

_logger = logging.getLogger(__name__)

BATCH_SIZE = 100


class OmnichannelConversation(models.Model):
    """Saying that nobody is there, once to each customer who writes while their team is closed.

    What comes in only notes which message is to be answered, on the row of the conversation:
    two transactions that note it at once conflict, and the second one finds it noted.
    """

    _inherit = "omnichannel.conversation"

    closed_since = fields.Datetime(
        readonly=True, help="When the closed period began in which the customer was last told so."
    )
    closed_message_id = fields.Many2one(
        "omnichannel.message",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The message that is still to be answered with the out-of-hours reply.",
    )

    # === INBOUND === #

    @api.model
    def _follow_wishes(self, items, messages):
        """Note, too, to whom it is to be said that we are closed."""
        result = super()._follow_wishes(items, messages)
        began = {}
        for item, message in zip(items, messages, strict=True):
            team = item.conversation.team_id
            if not team._says_closed() or not self._is_told(item):
                continue
            if team not in began:
                began[team] = team._closed_since()
            if began[team]:
                item.conversation._note_closed(began[team], message)
        return result

    @api.model
    def _is_told(self, item):
        """Tell whether a person wrote this to us now, and wants an answer."""
        inbound = item.inbound
        is_person = not (inbound.is_echo or item.is_automatic or item.is_unverified)
        return (
            is_person
            and not item.wants_no_answer
            and inbound.kind is not Kind.COMMENT
            and inbound.opt_out is OptOut.NOTHING
            and not inbound.is_recovered
        )

    def _note_closed(self, began, message):
        if self.closed_since == began or message.occurred_at < began:
            return
        self.write({"closed_since": began, "closed_message_id": message.id})
        self.env["omnichannel.team"]._wake()

    # === REPLY === #

    @api.model
    def _reply_closed_all(self):
        """Send the out-of-hours replies that are noted. Commits customer by customer."""
        waiting = self.search([("closed_message_id", "!=", False)], limit=BATCH_SIZE)
        for conversation in waiting:
            conversation._reply_closed_safely()
        if len(waiting) == BATCH_SIZE:
            self.env["omnichannel.team"]._wake()

    def _reply_closed_safely(self):
        try:
            commit_repeatedly(self.env, self._reply_closed)
        except Exception:  # one customer's reply must not stop the others
            rollback(self.env)
            _logger.exception("No out-of-hours reply in conversation %s", self.id)
            self.closed_message_id = False
            self.env["ir.cron"]._commit_progress()

    def _reply_closed(self):
        """Send the out-of-hours reply if it is still due. Locks the conversation."""
        self._lock()
        self.invalidate_recordset()
        message = self.closed_message_id
        if not message:
            return
        self.closed_message_id = False
        choice = self._is_reply_due(message) and self._find_choice(
            f"{message.account_id.id}:{message.identity_id.id}", is_human=False
        )
        if not choice or choice.reason:
            return
        lang = self.partner_id.lang or self.company_id.partner_id.lang or self.env.lang
        text = self.team_id.with_context(lang=lang).closed_reply
        plan = SendPlan(self, choice, is_notice=True, keeps_turn=True)
        self._send(plan, plaintext2html(text), author_id=self.company_id.partner_id.id)

    def _is_reply_due(self, message):
        """Tell whether the team is still in that closed period, and nobody has answered in it."""
        is_answered = self.last_outbound_at and self.last_outbound_at >= self.closed_since
        is_closed = self.team_id._says_closed() and self.team_id._closed_since(utc_now())
        return is_closed == self.closed_since and not is_answered and not message.retracted_at


class OmnichannelTeam(models.Model):
    _inherit = "omnichannel.team"

    def _says_closed(self):
        """Tell whether customers who write out of hours are told so."""
        return self.active and self.calendar_id and bool((self.closed_reply or "").strip())
