from datetime import timedelta

from odoo import api, fields, models

from ..channels.events import CallState
from .omnichannel_conversation_audience import AGENTS
from .timing import utc_now

RINGING = CallState.RINGING.value
# What is older is told by the thread: nobody can pick it up any more.
RINGS_FOR = timedelta(seconds=60)
QUOTE_LENGTH = 160


class OmnichannelCall(models.Model):
    """A call that rings is shown to the agents while it rings."""

    _inherit = "omnichannel.call"

    def _is_news(self, item):
        """Tell whether a new call, put together from `item`, may still be picked up."""
        age, inbound = utc_now() - self.started_at, item.inbound
        is_ringing = inbound.call.state is CallState.RINGING and not self.is_outbound
        return is_ringing and age < RINGS_FOR and not inbound.is_recovered

    def _ring(self):
        """Tell who may pick up that these calls ring. Ids only."""
        for call in self:
            payload = {
                "call_id": call.id,
                "conversation_id": call.conversation_id.id,
                "account_id": call.account_id.id,
            }
            call._tell_all(call._notified(), "omnichannel/ringing", payload)

    def _stop_ringing(self):
        """Take back the notice: somebody answered, or it is over."""
        for call in self.filtered(lambda call: not call.is_outbound):
            listeners = call._notified() | call._notified_before()
            call._tell_all(listeners, "omnichannel/ringing_end", {"call_id": call.id})

    def _tell_all(self, listeners, kind, payload):
        for listener in listeners:
            self.conversation_id._tell(listener, kind, payload)

    def _notified(self):
        """Return the bus channels of who is told of this call: those who may see the conversation.

        Where the account names its agents, only theirs.
        """
        conversation, users = self.conversation_id, self.account_id.user_ids
        if not users:
            return conversation._listeners()
        seeing = users.filtered(conversation._is_seen_by)
        return {(user.partner_id, None) for user in seeing}

    def _notified_before(self):
        """Return the bus channels of who was told of this call before somebody took it.

        Where teams are kept apart they see it still: taking it hides it from nobody of the team.
        """
        company = self.conversation_id.company_id
        if company.omnichannel_is_team_private:
            return set()
        # sudo: what an account's agents may do is asked by the program, for whoever calls
        users_sudo = self.sudo().account_id.user_ids
        if not users_sudo:
            return {(company, AGENTS)}
        able_sudo = users_sudo.filtered(lambda user: user._answers_customers_of(company))
        return {(user.partner_id, None) for user in able_sudo}

    @api.model
    @api.readonly
    def get_ringing(self, call_id):
        """Return what an agent sees while a call rings, or False when it rings no more.

        Raise AccessError for who may not read the customer's conversation.
        """
        call = self.search([("id", "=", call_id), ("state", "=", RINGING)])
        if not call:
            # forbidden is told from over, so that who tries does not get an answer
            self.browse(call_id).exists().check_access("read")
            return False
        conversation, last = call.conversation_id, call._last_written()
        labels = dict(conversation._get_channels())
        return {
            "call_id": call.id,
            "conversation_id": conversation.id,
            "channel_id": conversation.channel_id.id,
            "customer": conversation.name,
            "number": call._shown_number(),
            "account": call.account_id.name,
            "last_text": (last.preview or "")[:QUOTE_LENGTH],
            "last_channel": labels.get(last.channel, ""),
            "last_at": fields.Datetime.to_string(last.occurred_at) if last else False,
        }

    def _last_written(self):
        """Return the last message that the customer wrote, on whatever channel."""
        return self.env["omnichannel.message"].search(
            [
                ("conversation_id", "=", self.conversation_id.id),
                ("direction", "=", "inbound"),
                ("call_ids", "=", False),
                ("retracted_at", "=", False),
            ],
            order="occurred_at desc, id desc",
            limit=1,
        )

    def _shown_number(self):
        identity = self.identity_id
        return "" if identity._is_anonymous() else identity.display_name
