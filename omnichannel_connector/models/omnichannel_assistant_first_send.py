import logging
from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import plaintext2html

from ..assistant.doubt import doubt, is_complaint, wants_person
from .omnichannel_assistant_first import MARGIN
from .omnichannel_conversation_outbound import SendPlan
from .timing import commit_repeatedly, rollback, utc_now

_logger = logging.getLogger(__name__)

BATCH_SIZE = 50
LATE = timedelta(hours=1)
MOST_ASKED = 20  # messages of a matter that are looked at


class OmnichannelFirstDecision(models.Model):
    """Deciding, and what follows: in doubt nothing is sent, and a person answers as always."""

    _inherit = "omnichannel.first.decision"

    @api.model
    def _cron_decide(self):
        """Decide what waits, each in a transaction of its own. Commits."""
        while True:
            waiting = self.search([("outcome", "=", "waiting")], order="id", limit=BATCH_SIZE)
            for decision in waiting:
                decision._settle_safely()
            time_left = self.env["ir.cron"]._commit_progress(len(waiting), remaining=len(waiting))
            if not waiting or not time_left:
                break

    def _settle_safely(self):
        try:
            commit_repeatedly(self.env, self._settle)
        except Exception:  # one customer's question must not stop the others
            rollback(self.env)
            _logger.exception("No first answer decided for %s", self.id)
            commit_repeatedly(self.env, lambda: self._decide("left", "failed"))

    def _settle(self):
        """Answer, hand over, or leave it to a person. Locks the conversation. Does not commit."""
        if not self._lock_waiting():
            return
        message, conversation = self.message_id, self.conversation_id
        self.episode_id = self.env["omnichannel.episode"]._open_of(conversation)[:1]
        text = message._own_text()
        if wants_person(text) and not (self._is_off() or self._is_late()):
            self._hand_over()
        elif reason := self._obstacle(text):
            self._decide("left", reason)
        else:
            self._answer(text)

    # === WHY NOT === #

    def _obstacle(self, text):
        """Return why nothing may be answered, or "". Cheap reasons first.

        A complaint comes before what ends with its message: it counts for the whole matter.
        """
        checks = (
            ("off", self._is_off),
            ("complaint", lambda: is_complaint(text)),
            ("late", self._is_late),
            ("superseded", self._is_superseded),
            ("human", self._has_human),
            ("once", lambda: self._was_decided("outcome", "sent")),
            ("person", lambda: self._was_decided("outcome", "handed_over")),
            ("complaint", lambda: self._was_decided("reason", "complaint")),
            ("consent", self._has_open_wish),
        )
        return next((code for code, check in checks if check()), "") or self._doubt()

    def _doubt(self):
        """Return what makes a person necessary in all that was asked in this matter, or ""."""
        asked = self._asked()
        if any(map(wants_person, asked)):
            return "person"
        return doubt("\n".join(asked))

    def _asked(self):
        """Return what the customer wrote since the matter began, oldest first."""
        earlier = self.search(
            [
                ("message_id.conversation_id", "=", self.conversation_id.id),
                ("message_id.occurred_at", ">=", self.episode_id.opened_at),
                ("episode_id", "not in", [False, self.episode_id.id]),
            ]
        )
        messages = self.env["omnichannel.message"].search(
            [
                ("conversation_id", "=", self.conversation_id.id),
                ("direction", "=", "inbound"),
                ("is_automatic", "=", False),
                ("retracted_at", "=", False),
                ("call_ids", "=", False),
                ("occurred_at", ">=", self.episode_id.opened_at),
                ("id", "not in", earlier.message_id.ids),
            ],
            order="occurred_at desc, id desc",
            limit=MOST_ASKED,
        )
        return [message._own_text() for message in messages[::-1]]

    def _is_off(self):
        message = self.message_id
        return bool(
            not message.account_id.is_first_answer
            or not message.account_id.first_answer_ids
            or message.retracted_at
            or message.is_automatic
            or message.identity_id.trust == "claimed"
            or not self.episode_id
        )

    def _is_late(self):
        return self.message_id.occurred_at < utc_now() - LATE

    def _is_superseded(self):
        newer = [
            ("conversation_id", "=", self.conversation_id.id),
            ("direction", "=", "inbound"),
            ("is_automatic", "=", False),
            ("id", ">", self.message_id.id),
        ]
        return bool(self.env["omnichannel.message"].search_count(newer, limit=1))

    def _has_human(self):
        """Tell whether one of us has the customer, answered in this matter, or is about to."""
        conversation, episode = self.conversation_id, self.episode_id
        is_answered = episode.first_response_at or (
            conversation.last_outbound_at and conversation.last_outbound_at >= episode.opened_at
        )
        scheduled = [("conversation_id", "=", conversation.id)]
        return bool(
            conversation.user_id
            or is_answered
            or self.env["omnichannel.scheduled"].search_count(scheduled, limit=1)
        )

    def _was_decided(self, field_name, value):
        """Tell whether anything in this matter was decided so, wherever it was asked first.

        By the messages, not by the episode alone: links and merges begin episodes anew.
        """
        decided = Domain(field_name, "=", value) & (
            Domain("episode_id", "=", self.episode_id.id)
            | Domain("episode_id", "=", False)
            & Domain("message_id.conversation_id", "=", self.conversation_id.id)
            & Domain("message_id.occurred_at", ">=", self.episode_id.opened_at)
        )
        return bool(self.episode_id and self.search_count(decided, limit=1))

    def _has_open_wish(self):
        proposals = [
            ("message_id.conversation_id", "=", self.conversation_id.id),
            ("state", "=", "open"),
        ]
        return bool(self.env["omnichannel.consent.proposal"].search_count(proposals, limit=1))

    # === WHAT FOLLOWS === #

    def _hand_over(self):
        """Stop answering by itself in this matter, and tell those who look."""
        is_first = not self._was_decided("outcome", "handed_over")
        self._decide("handed_over", "person")
        if is_first:
            self.conversation_id._ask_for_person()

    def _answer(self, text):
        account = self.message_id.account_id
        rule, sure, other = account.first_answer_ids._best(text)
        facts = {"confidence": sure, "first_answer_id": rule.id}
        if sure < account.first_answer_threshold or rule._has_placeholders():
            self._decide("left", "unclear", **facts)
        elif other > sure - MARGIN:
            self._decide("left", "ambiguous", **facts)
        else:
            self._send(rule, facts)

    def _send(self, rule, facts):
        """Queue the answer where the customer asked, through the door that all messages take."""
        message, conversation = self.message_id, self.conversation_id
        key = f"{message.account_id.id}:{message.identity_id.id}"
        choice = conversation._find_choice(key, is_human=False)
        if not choice or choice.reason:
            self._decide("left", "closed", detail=choice and choice.reason, **facts)
            return
        plan = SendPlan(conversation, choice, is_first_answer=True, keeps_turn=True)
        parts = [rule.text, message.account_id.first_answer_notice]
        body = plaintext2html("\n\n".join(filter(None, parts)))
        author = conversation.company_id.partner_id
        sent = conversation._send(plan, body, author_id=author.id)
        self._decide("sent", answer_id=sent.omnichannel_message_ids.id, **facts)
        self.flush_recordset()  # the index says here whether this matter was answered already

    # === LINKS AND MERGES === #

    @api.model
    def _adopt(self, conversations):
        """Note answers, too, in the episodes that links and merges began: one in each."""
        for episode in self.env["omnichannel.episode"]._open_of(conversations):
            of_matter = Domain(
                "message_id.conversation_id", "=", episode.conversation_id.id
            ) & Domain("message_id.occurred_at", ">=", episode.opened_at)
            answered = self.search(Domain("outcome", "=", "sent") & of_matter)
            if episode not in answered.episode_id:
                answered.filtered(lambda d: not d.episode_id)[:1].episode_id = episode


class OmnichannelConversation(models.Model):
    _inherit = "omnichannel.conversation"

    def _settle_belongings(self):
        """Keep in mind, too, what was answered by itself: the episode may be another one now."""
        changed = super()._settle_belongings()
        # sudo: nobody writes decisions but what happens to conversations
        self.env["omnichannel.first.decision"].sudo()._adopt(self)
        return changed

    def _ask_for_person(self):
        """Say in the thread that the customer wants a person, and look for one."""
        self.ensure_one()
        if not self.user_id and self.team_id.assignment not in (False, "manual"):
            self.is_looking = True
            self.env["omnichannel.team"]._wake()
        self._post_notice(
            self.env._("The customer asks for a person. Nothing is answered by itself any more."),
            utc_now(),
        )
