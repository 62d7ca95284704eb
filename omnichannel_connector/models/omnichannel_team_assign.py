import logging
from collections import Counter
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .timing import commit_repeatedly, utc_now

_logger = logging.getLogger(__name__)

BATCH_SIZE = 20  # conversations stay locked while these are given out
RETRY = timedelta(seconds=2)
CRON = "omnichannel_connector.ir_cron_omnichannel_team"


class OmnichannelTeam(models.Model):
    """Giving conversations that look for an agent to members who are online.

    Locks: the team's row, then conversations, and it waits for neither. Whoever holds one of them
    is left alone and it is tried again, so that this can take part in no deadlock whatever order
    others lock in. Nobody else locks teams; a second assigner of the same team goes away.
    """

    _inherit = "omnichannel.team"

    last_assigned_id = fields.Many2one(
        "res.users", readonly=True, help="Who got a conversation last: the next one is the next's."
    )

    @api.model
    def _wake(self, at=None):
        """Let the scheduled action of the teams run after the commit."""
        # sudo: whoever writes or comes online may wake it
        self.env.ref(CRON).sudo()._trigger(at=at)

    @api.model
    def _cron_attend(self):
        """Say that teams are closed, and assign what looks for an agent. Commits in small steps."""
        self.env["omnichannel.conversation"]._reply_closed_all()
        for team in self._looking():
            while team._assign_batch():
                pass

    @api.model
    def _looking(self):
        """Return the teams that have conversations which look for an agent."""
        rows = self.env.execute_query(
            SQL("SELECT DISTINCT team_id FROM omnichannel_conversation WHERE is_looking")
        )
        return self.search([("id", "in", [row[0] for row in rows if row[0]])])

    def _assign_batch(self):
        """Decide about some conversations and commit. Return whether there may be more."""
        decided = []
        commit_repeatedly(self.env, lambda: decided.append(self._assign(BATCH_SIZE)))
        return decided[-1]

    def _assign(self, limit):
        """Give out conversations that look for an agent, at most `limit`. Does not commit.

        Return how many were decided. Locks as the class says. Those for whom nobody is there stay.
        """
        self.ensure_one()
        if not self._lock_or_leave():
            self._wake(utc_now() + RETRY)
            return 0
        online = self._online_members() if self._is_open() else self.env["res.users"]
        conversations = self._take_looking(limit, is_anybody_there=bool(online))
        loads = self._loads(online) if conversations else Counter()
        decided = [c for c in conversations if self._decide(c, online, loads)]
        if online and not decided and self._count_looking():
            self._wake(utc_now() + RETRY)  # all of them are locked by others at this moment
        return len(decided)

    def _lock_or_leave(self):
        """Lock the team's row. Return False when somebody else has it: they assign now."""
        self.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM omnichannel_team WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED",
                self.id,
            )
        )
        return bool(rows)

    def _take_looking(self, limit, is_anybody_there):
        """Lock and return conversations that look for an agent, who waits longest first.

        While nobody is there only those that have an agent: it is to be said that they stay.
        """
        self.env["omnichannel.conversation"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM omnichannel_conversation
                 WHERE is_looking AND team_id = %s AND (user_id IS NOT NULL OR %s)
              ORDER BY last_inbound_at, id
                 LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
                """,
                self.id,
                is_anybody_there,
                limit,
            )
        )
        return self.env["omnichannel.conversation"].browse([row[0] for row in rows])

    def _count_looking(self):
        looking = [("is_looking", "=", True), ("team_id", "=", self.id)]
        return self.env["omnichannel.conversation"].search_count(looking, limit=1)

    # === WHO === #

    def _online_members(self):
        """Return the members who are at their screens: not away, not busy, not on leave."""
        return self.sudo().member_ids.filtered(self._is_on_duty)

    def _is_on_duty(self, user):
        """Tell whether a user may be given conversations of this team now."""
        # sudo: whether a colleague is there may be asked by who can't read presences
        user_sudo = user.sudo()
        return self._is_able(user_sudo) and user_sudo.im_status == "online"

    def _is_able(self, user):
        """Tell whether a user could answer this team's customers at all."""
        return user._answers_customers_of(self.company_id)

    @api.model
    def _loads(self, users):
        """Return how many open conversations each of these users has: a Counter."""
        rows = self.env["omnichannel.conversation"]._read_group(
            [("state", "=", "open"), ("user_id", "in", users.ids)], ["user_id"], ["__count"]
        )
        return Counter(dict(rows))

    def _decide(self, conversation, online, loads):
        """Give a locked conversation to one of those online, or leave it. Return whether decided.

        Undecided is what has no agent, or one who is gone for good, while nobody else is there.
        """
        former, others = conversation.user_id, online - conversation.user_id
        if self._is_cared_for(conversation):
            conversation.is_looking = False
        elif others:
            conversation.user_id = self._next(others, loads)
            if former:
                conversation._note_reassigned(former)
        elif former and self._is_able(former):
            conversation.is_looking = False  # nobody else: it stays with whom the customer knows
        else:
            return False
        return True

    def _is_cared_for(self, conversation):
        """Tell whether nothing is to be assigned: the agent is there, or people assign by hand."""
        if not conversation.user_id:
            return self.assignment == "manual"
        return not self.is_reassigning or self._is_on_duty(conversation.user_id)

    def _next(self, users, loads):
        """Return who of these users is next, and note it.

        In turn: the first behind the last one by number, whoever is away is passed over. Among
        equally loaded ones it goes in turn, too.
        """
        last = self.last_assigned_id.id or 0
        ordered = users.sorted(lambda user: (user.id <= last, user.id))
        chosen = ordered[0]
        if self.assignment == "least_loaded":
            chosen = min(ordered, key=lambda user: loads[user])
        loads[chosen] += 1
        self.last_assigned_id = chosen
        return chosen

    # === WHEN === #

    @api.model
    def _note_online(self, users):
        """Assign what looks for an agent in these users' teams, who just came online."""
        waiting = users and self.env.execute_query(
            SQL(
                """
                SELECT 1 FROM omnichannel_team_user_rel AS member
                  JOIN omnichannel_conversation AS c ON c.team_id = member.team_id AND c.is_looking
                 WHERE member.user_id IN %s LIMIT 1
                """,
                tuple(users.ids),
            )
        )
        if waiting:
            self._wake()

    def write(self, vals):
        before = {team: team.assignment for team in self}
        result = super().write(vals)
        changed = self.filtered(lambda team: team.assignment != before[team])
        if changed or vals.get("active"):
            self._look_again()
        return result

    def _look_again(self):
        """Bring what looks for an agent in step with how these teams assign now."""
        # sudo: who may set up a team may have all of its conversations assigned
        conversations_sudo = self.env["omnichannel.conversation"].sudo()
        unassigned = [("state", "=", "open"), ("user_id", "=", False), ("waiting_for", "=", "us")]
        for team in self:
            found = conversations_sudo.search([("team_id", "=", team.id), *unassigned])
            found.write({"is_looking": team.assignment != "manual"})
        self._wake()


class MailPresence(models.Model):
    _inherit = "mail.presence"

    @api.model_create_multi
    def create(self, vals_list):
        presences = super().create(vals_list)
        presences._note_omnichannel_online()
        return presences

    def write(self, vals):
        arriving = self.filtered(lambda presence: presence.status != "online")
        result = super().write(vals)
        if "status" in vals:
            arriving._note_omnichannel_online()
        return result

    def _note_omnichannel_online(self):
        online = self.filtered(lambda presence: presence.status == "online")
        self.env["omnichannel.team"]._note_online(online.user_id)


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        """Give work to who is available again after having been busy or away on purpose."""
        result = super().write(vals)
        if "manual_im_status" in vals and not vals["manual_im_status"]:
            self.env["omnichannel.team"]._note_online(self)
        return result
