import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..assistant.body import body_text
from ..assistant.mask import GAP, mask, own_names, without_closing
from ..assistant.words import terms
from .omnichannel_message import LOST
from .timing import utc_now

_logger = logging.getLogger(__name__)

BATCH_SIZE = 200
SETTLED = timedelta(minutes=15)  # until then an answer may be taken back, or turn out lost
MEMORY = timedelta(days=730)
LEARNED_UNTIL = "omnichannel_connector.assistant_learned_until"
# as the index has it, or it is not used
_DOCUMENT = (
    "to_tsvector('simple', coalesce(question_terms, '') || ' ' || coalesce(answer_terms, ''))"
)
DOCUMENT = SQL(_DOCUMENT)
MOST_QUESTIONS = 4  # messages before an answer that it answers
NEWEST = 2000  # answers that are compared, however many there are
LONGEST_QUESTION, LONGEST_ANSWER = 500, 1500
MOST_GAPS = 3  # an answer with more of them is about one customer only


class OmnichannelAnswer(models.Model):
    """What a customer once asked and a person answered, without what tells who they were.

    Made from messages by a scheduled action, never from notes. It goes with its messages: when a
    customer is erased nothing of it is left.
    """

    _name = "omnichannel.answer"
    _description = "Learned Answer"
    _order = "id desc"
    _rec_name = "question"

    message_id = fields.Many2one(
        "omnichannel.message", "Answer Sent", required=True, readonly=True, ondelete="cascade"
    )
    question_id = fields.Many2one(
        "omnichannel.message",
        "Question Asked",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    question_ids = fields.Many2many(
        "omnichannel.message",
        "omnichannel_answer_question_rel",
        "answer_id",
        "message_id",
        "All Questions Asked",
        readonly=True,
        help="All messages whose words are in the question.",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    conversation_id = fields.Many2one(related="message_id.conversation_id")
    question = fields.Text(required=True, readonly=True)
    answer = fields.Text(required=True, readonly=True)
    question_terms = fields.Char(readonly=True)
    answer_terms = fields.Char(readonly=True)
    answered_at = fields.Datetime(readonly=True)

    _message_unique = models.UniqueIndex("(message_id)", "This answer was learned already.")
    _terms_idx = models.Index(f"USING gin ({_DOCUMENT})")
    _newest_idx = models.Index("(company_id, id DESC)")

    # === LEARNING === #

    @api.model
    def _cron_learn(self):
        """Learn from what was answered since the last time, and forget what is not to be kept."""
        self._forget()
        while True:
            count = self._learn_batch()
            time_left = self.env["ir.cron"]._commit_progress(count, remaining=count)
            if not count or not time_left:
                break

    @api.model
    def _learn_batch(self):
        """Look at the next answers, in the order of their ids. Return how many."""
        parameters = self.env["ir.config_parameter"].sudo()
        until = int(parameters.get_param(LEARNED_UNTIL, 0))
        answers = self.env["omnichannel.message"].search(
            Domain("id", ">", until)
            & Domain("create_date", "<", utc_now() - SETTLED)
            & Domain("occurred_at", ">", utc_now() - MEMORY),
            order="id",
            limit=BATCH_SIZE,
        )
        if answers:
            self._learn(answers)
            parameters.set_param(LEARNED_UNTIL, answers[-1].id)
        return len(answers)

    @api.model
    def _learn(self, messages):
        """Keep what can be learned of these messages, each once."""
        vals_list = [
            values
            for message in messages.filtered(self._is_learnable)
            if (values := self._prepare_answer(message))
        ]
        known = self.search([("message_id", "in", messages.ids)]).message_id.ids
        self.create([values for values in vals_list if values["message_id"] not in known])

    @api.model
    def _is_learnable(self, message):
        """Tell whether a person of ours wrote this to somebody who does not mind."""
        is_written = message.direction == "outbound" and message.origin in ("agent", "app")
        return (
            is_written
            and message.state not in LOST
            and not (message.is_automatic or message.comment_id or message.call_ids)
            and not (message.retracted_at or message.edited_at)
            and not message.conversation_id.is_private
            and not message.identity_id.is_opted_out
        )

    @api.model
    def _prepare_answer(self, message):
        questions = self._questions_before(message)
        if not questions or any(questions.mapped("edited_at")):
            return None
        texts = [body_text(question.mail_message_id.body) for question in questions]
        names = [*self._names(message), *(name for text in texts for name in own_names(text))]
        question = mask("\n".join(texts), names)[:LONGEST_QUESTION]
        said = without_closing(body_text(message.mail_message_id.body))
        answer = mask(said, names)
        is_told = len(answer) <= LONGEST_ANSWER and answer.count(GAP) <= MOST_GAPS
        if not is_told or len(terms(question)) < 2 or len(terms(answer)) < 2:
            return None
        return {
            "message_id": message.id,
            "question_id": questions[-1].id,
            "question_ids": [(6, 0, questions.ids)],
            "company_id": message.conversation_id.company_id.id,
            "question": question,
            "answer": answer,
            "question_terms": " ".join(terms(question)),
            "answer_terms": " ".join(terms(answer)),
            "answered_at": message.occurred_at,
        }

    @api.model
    def _questions_before(self, message):
        """Return what its addressee wrote right before an answer, oldest first.

        No other address: it may be another person's, and be unlinked or erased one day.
        """
        before = self.env["omnichannel.message"].search(
            [
                ("conversation_id", "=", message.conversation_id.id),
                ("occurred_at", "<=", message.occurred_at),
                ("id", "<", message.id),
                ("is_automatic", "=", False),
            ],
            order="occurred_at desc, id desc",
            limit=MOST_QUESTIONS,
        )
        asked = before.browse()
        for earlier in before:
            if earlier.direction == "outbound":
                break
            is_of_another = earlier.identity_id != message.identity_id
            is_said = not (earlier.retracted_at or earlier.call_ids or earlier.is_comment)
            if is_said and not is_of_another:
                asked |= earlier
        return asked[::-1]

    @api.model
    def _names(self, message):
        """Return the names of those who wrote: no other customer is to read them."""
        partner = message.conversation_id.partner_id
        identities = partner.omnichannel_identity_ids
        author = message.mail_message_id.author_id
        return [
            partner.name,
            partner.street,
            partner.street2,
            partner.city,
            partner.zip,
            partner.parent_id.name,
            *identities.mapped("username"),
            message.identity_id.partner_id.name,
            author.name if author.user_ids else "",
        ]

    # === FORGETTING === #

    @api.model
    def _forget(self):
        """Delete what is too old, and what its customer or we do not want to be kept any more."""
        unwanted = Domain("answered_at", "<", utc_now() - MEMORY)
        unwanted |= Domain("message_id.conversation_id.is_private", "=", True)
        for moment in ("retracted_at", "edited_at"):
            unwanted |= Domain(f"message_id.{moment}", "!=", False)
            unwanted |= Domain(f"question_ids.{moment}", "!=", False)
        unwanted |= Domain("message_id.state", "in", LOST)
        unwanted |= Domain("message_id.identity_id.is_opted_out", "=", True)
        while found := self.search(unwanted, limit=BATCH_SIZE):
            found.unlink()
            self.env["ir.cron"]._commit_progress(0)

    # === FINDING === #

    @api.model
    def _find(self, company, words, limit):
        """Return (question, answer, similarity, id) of what may fit some terms.

        Of this company only, and what the user may read. PostgreSQL's full text; similarity of
        letters, too, where it has pg_trgm, for what is mistyped.
        """
        if not words:
            return []
        self.flush_model()
        readable = self._search(
            [("company_id", "=", company.id), ("conversation_id.is_private", "=", False)]
        )
        own = SQL("company_id = %s AND id IN %s", company.id, readable.subselect())
        found, similarity = self._select_by_words(own, words, limit), SQL("0")
        if self.env.registry.has_trigram:
            similarity = SQL("similarity(question_terms, %s)", " ".join(words))
            found = SQL("(%s) UNION (%s)", found, self._select_alike(own, similarity))
        return self.env.execute_query(
            SQL(
                "SELECT question, answer, %s, id FROM omnichannel_answer WHERE id IN (%s)",
                similarity,
                found,
            )
        )

    @api.model
    def _select_by_words(self, own, words, limit):
        """Return the query for those of the newest that have most of the words."""
        return SQL(
            """
            SELECT id FROM (
                SELECT id, question_terms, answer_terms FROM omnichannel_answer
                 WHERE %(own)s AND %(document)s @@ %(words)s
              ORDER BY id DESC LIMIT %(newest)s
            ) AS found
          ORDER BY ts_rank(%(document)s, %(words)s) DESC, id DESC LIMIT %(limit)s
            """,
            own=own,
            document=DOCUMENT,
            words=SQL("to_tsquery('simple', %s)", " | ".join(words)),  # letters and digits only
            newest=NEWEST,
            limit=limit,
        )

    @api.model
    def _select_alike(self, own, similarity):
        """Return the query for those of the newest whose letters are the most alike."""
        return SQL(
            """
            SELECT id FROM (
                SELECT id, question_terms FROM omnichannel_answer
                 WHERE %(own)s ORDER BY id DESC LIMIT %(newest)s
            ) AS newest
             WHERE %(similarity)s > 0.2 ORDER BY %(similarity)s DESC LIMIT 20
            """,
            own=own,
            newest=NEWEST,
            similarity=similarity,
        )
