from odoo import models
from odoo.exceptions import UserError

from .discuss_channel import is_omnichannel

ACTIVITIES = ("viewing", "typing", "left")
NOTE = "note"
TOKEN_LENGTH = 16


class DiscussChannel(models.Model):
    """Which colleagues look at a customer's thread, and who is writing an answer there."""

    _inherit = "discuss.channel"

    def notify_omnichannel_presence(self, activity, way=False, is_new=False, tab=""):
        """Tell the colleagues who have this thread open what the user does there now.

        `activity` is viewing, typing or left; `way` is what is being written: "note" or the code
        of a channel. `is_new` asks the others to say that they are there. `tab` tells the user's
        own browser tabs apart. Who hears nothing for a while forgets it, so nothing is stored
        and nothing is locked. Nothing of it reaches a customer. Raise AccessError for who may not
        read the thread, UserError for what makes no sense.
        """
        self.ensure_one()
        self.check_access("read")
        labels = {NOTE: "", **dict(self.env["omnichannel.account"]._get_channels())}
        is_known = activity in ACTIVITIES and (not way or way in labels)
        if not is_known or not is_omnichannel(self) or self.env.user.share:
            raise UserError(self.env._("Only what somebody does in a customer's thread is told."))
        # those who may read the thread subscribe to it, and only employees to this part of it
        self._bus_send(
            "omnichannel/presence",
            {
                "channel_id": self.id,
                "partner_id": self.env.user.partner_id.id,
                "name": self.env.user.name,
                "tab": str(tab)[:TOKEN_LENGTH],
                "activity": activity,
                "way": way or "",
                "way_label": labels.get(way, ""),
                "is_new": bool(is_new),
            },
            subchannel="internal_users",
        )
        return True
