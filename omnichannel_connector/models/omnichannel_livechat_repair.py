from datetime import timedelta

from odoo import api, models

from .omnichannel_account import LIVECHAT
from .timing import utc_now

FARTHEST = timedelta(days=1)


class OmnichannelAccount(models.Model):
    """What a fault of ours kept out of the threads is in Odoo still: it is fetched from there."""

    _inherit = "omnichannel.account"

    @api.model
    def _cron_repair_gaps(self):
        """Look for messages of live chats, too, that were not taken over when they were written."""
        result = super()._cron_repair_gaps()
        since = utc_now() - FARTHEST
        recent = [("channel_type", "=", LIVECHAT), ("last_interest_dt", ">", since)]
        for chat in self.env["discuss.channel"].search(recent):
            chat._omnichannel_take_missed(since)
        return result


class DiscussChannel(models.Model):
    _inherit = "discuss.channel"

    def _omnichannel_take_missed(self, since):
        """Store the messages of a live chat again; those that are known change nothing."""
        account, visitor = self._omnichannel_chat_account(), self._omnichannel_visitor()
        if not account or not visitor:
            return
        since = max(since, account.create_date)
        messages = self.message_ids.sorted("id").filtered(
            lambda one: one.message_type == "comment" and one.create_date >= since
        )
        events = [
            self._omnichannel_chat_event("message", one, visitor, is_recovered=True)
            for one in messages
            if self._omnichannel_news("message", one)
        ]
        self.env["omnichannel.event"]._store(account.id, events)
