from odoo import api, models

from ..assistant.body import body_text
from ..assistant.rank import Candidate, rank
from ..assistant.words import terms
from .omnichannel_conversation_template import CANNED

MOST_CANNED = 200
MOST_FOUND = 60
SHOWN = 3
MOST_MESSAGES = 4  # of the customer that are still to be answered


class OmnichannelConversation(models.Model):
    """Suggested replies: text for the composer, and nothing more. Sending stays with the person."""

    _inherit = "omnichannel.conversation"

    @api.readonly
    def get_suggested_replies(self):
        """Return {replies, canWrite}: what may answer the customer's last words, best first.

        Replies are [{key, id, text, source, name}], `source` "canned" or "learned". Only canned
        responses and learned answers that the user may read, and of this conversation's company;
        none when the customer waits for nothing. `canWrite`: a writing service can be asked.
        """
        self.ensure_one()
        self.check_access("read")
        asked = self._asked_last()
        return {
            "replies": self._suggest_replies("\n".join(asked)) if asked else [],
            "canWrite": bool(asked and self.env["omnichannel.endpoint"]._of(self.company_id)),
        }

    def _asked_last(self):
        """Return what the customer wrote since our last answer, oldest first."""
        messages = self.env["omnichannel.message"].search(
            [("conversation_id", "=", self.id), ("is_automatic", "=", False)],
            order="occurred_at desc, id desc",
            limit=MOST_MESSAGES,
        )
        asked = []
        for message in messages:
            if message.direction == "outbound":
                break
            if not message.retracted_at and not message.call_ids:
                asked.append(message._own_text())
        return asked[::-1]

    def _suggest_replies(self, text):
        found = rank(text, [*self._canned_candidates(), *self._learned_candidates(text)], SHOWN)
        return [self._prepare_reply(candidate) for _score, candidate in found]

    def _canned_candidates(self):
        canned = self.env[CANNED].search(
            [], order="last_used desc nulls last, id desc", limit=MOST_CANNED
        )
        return [
            Candidate((CANNED, response), response.source, response.substitution)
            for response in canned
        ]

    def _learned_candidates(self, text):
        answers = self.env["omnichannel.answer"]
        return [
            Candidate((answers._name, answer_id), question, answer, similarity)
            for question, answer, similarity, answer_id in answers._find(
                self.company_id, terms(text), MOST_FOUND
            )
        ]

    def _prepare_reply(self, candidate):
        model, record = candidate.key
        if model == CANNED:
            # filled in for the customer when it is inserted: see render_prepared_text
            return {
                "key": f"{model},{record.id}",
                "id": record.id,
                "source": "canned",
                "name": record.source,
                "text": candidate.answer,
            }
        return {
            "key": f"{model},{record}",
            "id": record,
            "source": "learned",
            "name": candidate.question,
            "text": candidate.answer,
        }


class OmnichannelMessage(models.Model):
    _inherit = "omnichannel.message"

    def _own_text(self):
        """Return what stands in a message without what it quotes, as plain text."""
        return body_text(self.mail_message_id.body)
