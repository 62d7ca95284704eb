from odoo import api, fields, models

from ..channels.events import CallState


class OmnichannelConversation(models.Model):
    """Which team a conversation comes to, and when it looks for an agent.

    What comes in only notes that; a scheduled action of the teams gives the conversations out, in
    transactions of its own, so that no inbound message waits for it.
    """

    _inherit = "omnichannel.conversation"

    is_looking = fields.Boolean(
        "Looks for an Agent",
        readonly=True,
        help="The team's scheduled action gives it to a member as soon as one is online.",
    )

    _looking_idx = models.Index("(team_id, last_inbound_at, id) WHERE is_looking")

    # === TRAFFIC === #

    @api.model
    def _attach(self, company, items):
        """Give conversations without a team that of the account on which they go on."""
        result = super()._attach(company, items)
        joining = {}
        for item in items:
            team = item.account.team_id
            if team.active and not item.conversation.team_id:
                joining.setdefault(item.conversation, team)
        for team in self.env["omnichannel.team"].union(*joining.values()):
            of_team = [c.id for c, own in joining.items() if own == team]
            self.browse(of_team).write({"team_id": team.id})
        return result

    def _note_traffic(self, items, messages):
        result = super()._note_traffic(items, messages)
        spoken = [item for item in items if not (item.inbound.is_echo or item.is_automatic)]
        self.browse(dict.fromkeys(item.conversation.id for item in spoken))._look_for_agent()
        return result

    def _note_message(self, moment, channel, direction, identity, is_automatic=False, **kwargs):
        """Note a message. Who got an answer from a person looks for nobody any more."""
        result = super()._note_message(
            moment, channel, direction, identity, is_automatic=is_automatic, **kwargs
        )
        if direction == "outbound" and not is_automatic and self.is_looking:
            self.is_looking = False
        return result

    def _note_call(self, call, is_new):
        """Note a call. Who called and was not answered looks for somebody."""
        result = super()._note_call(call, is_new)
        if not call.is_outbound and call.state == CallState.MISSED.value:
            self._look_for_agent()
        elif self.is_looking and self.waiting_for != "us":
            self.is_looking = False
        return result

    def _look_for_agent(self):
        """Note which of these want an agent of their team, and wake who gives them out.

        Teams that assign by hand and reassign nobody cost nothing here.
        """
        looking = self.filtered(lambda c: not c.is_looking and c._wants_agent())
        if looking:
            looking.write({"is_looking": True})
            self.env["omnichannel.team"]._wake()

    def _wants_agent(self):
        team = self.team_id
        if self.state != "open" or self.waiting_for != "us" or not team.active:
            return False
        if self.user_id:
            return team.is_reassigning and not team._is_on_duty(self.user_id)
        return team.assignment != "manual"

    def _take_over_from(self, source, is_link):
        """Go on with the team, too, of what messages came from, where there is none yet."""
        result = super()._take_over_from(source, is_link)
        if source.team_id and not self.team_id:
            self.team_id = source.team_id
        if source.is_looking and not self.moved_to_id:
            self._look_for_agent()
        return result

    def _prepare_merged(self, target):
        both = target | self
        values = super()._prepare_merged(target)
        is_looking = not values["user_id"] and any(both.mapped("is_looking"))
        return {**values, "team_id": both.team_id[:1].id, "is_looking": is_looking}

    # === CHANGES === #

    def write(self, vals):
        """Keep up who looks for an agent, and show a change of team to those who see it."""
        is_settled = "user_id" in vals or vals.get("state", "open") != "open"
        if is_settled and "is_looking" not in vals:
            vals = {**vals, "is_looking": False}
        if "team_id" not in vals:
            return super().write(vals)
        shown = self.filtered("channel_id")  # of what has no thread yet nobody knows
        audience = shown._audience()
        result = super().write(vals)
        shown._push_header(audience)
        # sudo: who gives it to a team that keeps to itself does not see it any more
        self.sudo()._look_for_agent()
        return result

    def _note_reassigned(self, former):
        """Say in the thread, inside only, who had it and why somebody else has it now."""
        text = self.env._(
            "%(former)s was not there when the customer wrote: %(new)s has it now.",
            former=former.name,
            new=self.user_id.name,
        )
        self._post_notice(text, fields.Datetime.now())
