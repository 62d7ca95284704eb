from odoo import fields, models

from .timing import to_naive_utc
from .working_time import WorkingTime


class OmnichannelConversation(models.Model):
    """When the episodes of a conversation begin, are answered, and end."""

    _inherit = "omnichannel.conversation"

    episode_ids = fields.One2many("omnichannel.episode", "conversation_id", "Episodes")

    def _open_episodes(self, items):
        """Open an episode for each customer who writes and has none. Called with a batch's items.

        Before the clocks are brought up to date: the answer may stand in the same batch.
        """
        openings = {}
        for item in items:
            moment = to_naive_utc(item.inbound.occurred_at)
            is_said = not item.inbound.is_echo and not item.is_automatic
            if is_said and item.conversation._is_newest(moment, "answered_at"):
                openings.setdefault(item.conversation, (moment, item.account.channel))
        self.env["omnichannel.episode"]._open(openings)

    def _note_answer(self, moment, message):
        """Note who answers, and how long the customer waited: on the message and in the episode.

        Called before the clocks are brought up to date. `message` may be empty.
        """
        self.ensure_one()
        user = self._answering_user(message)
        if message and message.direction == "outbound":
            message.user_id = user
        if not self.waiting_since or moment < self.waiting_since:
            return
        if message and message.direction == "outbound":
            message._note_response(self.waiting_since, moment, self.team_id)
        due = self.response_due_at
        episode = self.env["omnichannel.episode"]._open_of(self)
        if episode:
            episode._note_response(moment, user, is_missed=bool(due and due < moment))

    def _answering_user(self, message):
        """Return whose answer it is: nobody knows who wrote in the provider's app."""
        is_typed = message and message.origin == "agent"
        return self.env.user if is_typed and self._is_person() else self.env["res.users"]

    def _is_person(self):
        return self.env.user._is_internal() and not self.env.user._is_superuser()

    # === ENDS === #

    def write(self, vals):
        if vals.get("state") == "closed":
            # before it is written: what was due is empty afterwards
            self.filtered(lambda c: c.state != "closed")._close_episodes()
        return super().write(vals)

    def _close_episodes(self):
        # sudo: nobody writes episodes but what happens to conversations
        episodes_sudo = self.env["omnichannel.episode"].sudo()._open_of(self)
        episodes_sudo._close(self.env.user if self._is_person() else self.env["res.users"])

    # === MOVES === #

    def _settle_belongings(self):
        """Bring the episodes, too, in step with where messages went.

        Who waits is in an episode; one that nobody answered and where nobody waits is forgotten.
        """
        changed = super()._settle_belongings()
        episodes = self.env["omnichannel.episode"]
        opened = episodes._open_of(self)
        opened.filtered(
            lambda e: not e.first_response_at and not e.conversation_id.waiting_since
        ).unlink()
        waiting = self.filtered(lambda c: c.waiting_since and c.state != "closed")
        episodes._open(
            {
                conversation: (conversation.waiting_since, conversation.last_channel)
                for conversation in waiting
            }
        )
        return changed

    def _merge_into(self, target):
        """Bring the episodes along: of several open ones the oldest stays open."""
        self._merge_episodes(target)
        return super()._merge_into(target)

    def _merge_episodes(self, target):
        opened = self.env["omnichannel.episode"]._open_of(self | target).sorted("opened_at")
        extra = opened[1:]
        extra.filtered("first_response_at")._close(self.env["res.users"])
        extra.filtered(lambda e: not e.closed_at).unlink()
        self.env["omnichannel.episode"].flush_model()
        self.episode_ids.conversation_id = target


class OmnichannelMessage(models.Model):
    """How long the customer waited for an answer, and who gave it."""

    _inherit = "omnichannel.message"

    user_id = fields.Many2one(
        "res.users", "Agent", readonly=True, ondelete="set null", help="Who of us wrote it."
    )
    response_minutes = fields.Float(
        "Response (min)", readonly=True, aggregator="avg", digits=(16, 1)
    )
    response_working_minutes = fields.Float(
        "Response (working min)", readonly=True, aggregator="avg", digits=(16, 1)
    )

    def _note_response(self, since, moment, team):
        clock = WorkingTime()
        self.write(
            {
                "response_minutes": clock.between(None, since, moment),
                "response_working_minutes": clock.between(
                    team.calendar_id, since, moment, team.company_id
                ),
            }
        )
