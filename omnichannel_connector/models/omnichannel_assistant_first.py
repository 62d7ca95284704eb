from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..assistant.rank import confidence
from .omnichannel_account import lines
from .timing import utc_now

MARGIN = 0.1  # by which the best answer has to be better than any other
THRESHOLD = 0.75
CRON = "omnichannel_connector.ir_cron_omnichannel_first"
REASONS = [
    ("person", "They asked for a person"),
    ("complaint", "It sounds like a complaint, or urgent"),
    ("long", "It says more than one question"),
    ("several", "It asks several things"),
    ("unclear", "Nothing fits well enough"),
    ("ambiguous", "Several answers fit"),
    ("human", "A person takes care of it"),
    ("once", "They got an automatic answer in this matter already"),
    ("superseded", "They wrote again"),
    ("late", "It was too long ago"),
    ("consent", "A wish of theirs about messages waits for a decision"),
    ("closed", "They can't be written to that way now"),
    ("off", "First answers were switched off, or the message was taken back"),
    ("failed", "An error, which is in the server's log"),
]


class OmnichannelFirstAnswer(models.Model):
    """A canned response that may go out by itself from an account, and to which questions."""

    _name = "omnichannel.first.answer"
    _description = "First Answer"
    _order = "account_id, sequence, id"
    _rec_name = "canned_response_id"

    account_id = fields.Many2one(
        "omnichannel.account", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    canned_response_id = fields.Many2one(
        "mail.canned.response", "Answer", required=True, ondelete="cascade"
    )
    text = fields.Text(
        compute="_compute_text",
        store=True,
        help="What goes out: as it was when it was chosen. To release a change of the canned "
        "response choose it again.",
    )
    questions = fields.Text(
        "What Customers Ask",
        required=True,
        help="Examples, one per line. What a customer writes has to say the same as one of them.",
    )

    # not on the text: whoever may write the canned response doesn't release it
    @api.depends("canned_response_id")
    def _compute_text(self):
        for rule in self:
            rule.text = rule.canned_response_id.substitution

    @api.constrains("canned_response_id")
    def _check_placeholders(self):
        for rule in self:
            if rule._has_placeholders():
                raise ValidationError(
                    self.env._(
                        "“%(name)s” has placeholders. What goes out by itself says the same to "
                        "everybody: choose a text without them.",
                        name=rule.canned_response_id.source,
                    )
                )

    def _has_placeholders(self):
        return "{{" in (self.sudo().canned_response_id.substitution or "")

    def _confidence(self, text):
        """Return how sure it is that a text asks what this answers: 0 to 1."""
        return max((confidence(text, line) for line in lines(self.questions)), default=0)

    def _best(self, text):
        """Return (rule, its confidence, how good the best of the others is)."""
        scored = sorted(
            ((rule._confidence(text), -rule.sequence, rule) for rule in self),
            key=lambda item: item[:2],
            reverse=True,
        )
        best = scored[0]
        others = [
            sure
            for sure, _order, rule in scored
            if rule.canned_response_id != best[2].canned_response_id
        ]
        return best[2], best[0], max(others, default=0)


class OmnichannelAccount(models.Model):
    _inherit = "omnichannel.account"

    is_first_answer = fields.Boolean(
        "First Answers",
        copy=False,
        help="Chosen canned responses answer customers by themselves, once in each matter, as long "
        "as no person does.",
    )
    first_answer_ids = fields.One2many("omnichannel.first.answer", "account_id", "Answers")
    first_answer_threshold = fields.Float(
        "As Sure As",
        default=THRESHOLD,
        help="0.5: answers often, and wrongly at times. 1: only "
        "what says exactly the same as an example.",
    )
    first_answer_notice = fields.Char(
        "Tell the Customer",
        default=lambda self: self.env._(
            "This is an automatic answer. Write “person”, and one of us takes over."
        ),
        help="Stands below each automatic answer. Empty: nothing.",
    )

    _first_answer_threshold = models.Constraint(
        "CHECK (first_answer_threshold IS NULL OR first_answer_threshold BETWEEN 0.5 AND 1)",
        "How sure it has to be is a number from 0.5 to 1.",
    )


class OmnichannelFirstDecision(models.Model):
    """Whether a customer's message was answered by itself, and why. One for each such message.

    It is made in the transaction that brings the message, and decided in one of its own: what is
    sent and that it was sent are written together.
    """

    _name = "omnichannel.first.decision"
    _description = "First Answer Decision"
    _order = "id desc"
    _rec_name = "outcome"

    message_id = fields.Many2one(
        "omnichannel.message", "Question", required=True, readonly=True, ondelete="cascade"
    )
    conversation_id = fields.Many2one(related="message_id.conversation_id")
    episode_id = fields.Many2one(
        "omnichannel.episode", readonly=True, ondelete="set null", index="btree_not_null"
    )
    outcome = fields.Selection(
        [
            ("waiting", "To decide"),
            ("sent", "Answered"),
            ("left", "Left to a person"),
            ("handed_over", "Handed over"),
        ],
        required=True,
        readonly=True,
        default="waiting",
    )
    reason = fields.Selection(REASONS, readonly=True)
    detail = fields.Char(readonly=True)
    confidence = fields.Float("How Sure", readonly=True, digits=(3, 2))
    first_answer_id = fields.Many2one(
        "omnichannel.first.answer", readonly=True, ondelete="set null"
    )
    answer_id = fields.Many2one(
        "omnichannel.message", "Answer", readonly=True, ondelete="set null", index="btree_not_null"
    )
    decided_at = fields.Datetime("When", readonly=True)

    _message_unique = models.UniqueIndex("(message_id)")
    # whatever crashes or races, a matter is answered by itself once
    _episode_unique = models.UniqueIndex(
        "(episode_id) WHERE outcome = 'sent'", "This matter was answered already."
    )
    _waiting_idx = models.Index("(id) WHERE outcome = 'waiting'")

    @api.model
    def _note(self, messages):
        """Note what is to be decided. A message that is noted already is left alone."""
        rows = [
            SQL("(%s, 'waiting', %s, %s, %s, %s)", message.id, *(self.env.uid, utc_now()) * 2)
            for message in messages
        ]
        if not rows:
            return
        messages.flush_recordset()
        self.env.execute_query(
            SQL(
                """
                INSERT INTO omnichannel_first_decision
                       (message_id, outcome, create_uid, create_date, write_uid, write_date)
                VALUES %s
                    ON CONFLICT DO NOTHING
             RETURNING id
                """,
                SQL(", ").join(rows),
            )
        )
        # sudo: whoever lets a message in may wake it
        self.env.ref(CRON).sudo()._trigger()

    def _decide(self, outcome, reason=False, **values):
        self.write({"outcome": outcome, "reason": reason, "decided_at": utc_now(), **values})

    def _lock_waiting(self):
        """Lock the conversation, then this row. Return whether it still waits."""
        self.invalidate_recordset()
        if not self.exists():
            return False
        self.conversation_id._lock()
        rows = self.env.execute_query(
            SQL("SELECT outcome FROM omnichannel_first_decision WHERE id = %s FOR UPDATE", self.id)
        )
        self.conversation_id.invalidate_recordset()
        return rows == [("waiting",)]


class OmnichannelConversation(models.Model):
    _inherit = "omnichannel.conversation"

    @api.model
    def _follow_wishes(self, items, messages):
        """Note, too, what may be answered by itself."""
        result = super()._follow_wishes(items, messages)
        asked = messages.browse(
            message.id
            for item, message in zip(items, messages, strict=True)
            if item.account.is_first_answer and self._is_told(item)
        )
        self.env["omnichannel.first.decision"]._note(asked)
        return result
