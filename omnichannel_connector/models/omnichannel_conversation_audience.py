from odoo import api, models

from .res_partner import AGENT

SUPERVISOR = "omnichannel_connector.omnichannel_group_supervisor"
# The bus channels below a company's or a team's record. Who listens: `_omnichannel_channels`
AGENTS = "omnichannel_agents"
SUPERVISORS = "omnichannel_supervisors"


class OmnichannelConversation(models.Model):
    """Who is told that a conversation changed: those who may see it, and nobody else.

    `_visible_domain` says the same for searches. A channel of the bus for each company, its
    supervisors and each team keeps this at a row or two for any number of agents.
    """

    _inherit = "omnichannel.conversation"

    def _listeners(self):
        """Return the bus channels, (record, subchannel), of those who may see this conversation."""
        self.ensure_one()
        company, team, user = self.company_id, self.team_id, self.user_id
        if not user and not (team and company.omnichannel_is_team_private):
            return {(company, AGENTS)}
        listeners = {(company, SUPERVISORS)}
        if team:
            listeners.add((team, AGENTS))
        if user:
            listeners.add((user.partner_id, None))
        return listeners

    def _audience(self):
        """Return {bus channel: ids of the conversations that are told there}."""
        told = {}
        for conversation in self.sudo():  # sudo: who is told does not depend on who tells
            for channel in conversation._listeners():
                told.setdefault(channel, set()).add(conversation.id)
        return told

    def _push_inbox(self, former=None):
        """Tell those who may see them that lists of conversations changed. Ids only.

        `former` is the `_audience` before the change: who may not see them any more is told once,
        to leave them out.
        """
        told = self._audience()
        for channel, ids in (former or {}).items():
            told.setdefault(channel, set()).update(ids)
        for channel, ids in told.items():
            self._tell(channel, "omnichannel/inbox", {"conversation_ids": sorted(ids)})

    def _push_sight(self):
        """Let everybody who has these threads open ask whether they still may see them."""
        for conversation in self.sudo():  # sudo: who changed it may not see it any more
            if channel := conversation.channel_id:
                channel._bus_send(
                    "omnichannel/sight", {"channel_id": channel.id}, subchannel="internal_users"
                )

    @api.model
    def _tell(self, channel, kind, payload):
        """Send a notice to a bus channel of `_listeners`."""
        record, subchannel = channel
        target = (record, subchannel) if subchannel else record
        self.env["bus.bus"]._sendone(target, kind, payload)

    def _is_seen_by(self, user):
        """Tell whether another user may see this conversation: what the rules say, for one user."""
        self.ensure_one()
        self_sudo, user_sudo = self.sudo(), user.sudo()  # sudo: to ask about somebody else
        if not user_sudo.has_group(AGENT) or self_sudo.company_id not in user_sudo.company_ids:
            return False
        channels = set(user_sudo._omnichannel_channels()) | {(user_sudo.partner_id, None)}
        return bool(channels & self_sudo._listeners())


class ResUsers(models.Model):
    _inherit = "res.users"

    def _omnichannel_channels(self):
        """Return the bus channels on which this user is told of conversations."""
        self.ensure_one()
        if not self.has_group(AGENT):
            return []
        user_sudo = self.sudo()  # sudo: which companies and teams are the user's own
        companies = user_sudo.company_ids
        teams = user_sudo.with_context(active_test=False).omnichannel_team_ids
        channels = [(company, AGENTS) for company in companies]
        channels += [(team, AGENTS) for team in teams if team.company_id in companies]
        if self.has_group(SUPERVISOR):
            channels += [(company, SUPERVISORS) for company in companies]
        return channels

    def _omnichannel_listen_again(self):
        """Let the open clients of these users ask again what they may listen to and see."""
        for user in self:
            # sudo: users tell each other nothing; this only says that their own rights changed
            user.sudo().partner_id._bus_send("omnichannel/rights", {})


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Let agents listen to what they may see: their companies' and their teams'."""
        return [*super()._build_bus_channel_list(channels), *self.env.user._omnichannel_channels()]


class OmnichannelTeam(models.Model):
    """Who joins or leaves a team listens to other channels from now on."""

    _inherit = "omnichannel.team"

    @api.model_create_multi
    def create(self, vals_list):
        teams = super().create(vals_list)
        teams.member_ids._omnichannel_listen_again()
        return teams

    def write(self, vals):
        before = {team: team.member_ids for team in self} if "member_ids" in vals else {}
        result = super().write(vals)
        for team, members in before.items():
            ((members | team.member_ids) - (members & team.member_ids))._omnichannel_listen_again()
        return result

    def unlink(self):
        members = self.member_ids
        result = super().unlink()
        members._omnichannel_listen_again()
        return result
