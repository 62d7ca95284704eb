from odoo.http import request

from odoo.addons.mail.controllers.webclient import WebclientController
from odoo.addons.mail.tools.discuss import Store

UNASSIGNED_LIMIT = 50


class OmnichannelWebclientController(WebclientController):
    @classmethod
    def _process_request_for_internal_user(cls, store, name, params):
        """Give Discuss the newest open conversations that nobody has taken."""
        super()._process_request_for_internal_user(store, name, params)
        if name != "/omnichannel/unassigned":
            return
        if not request.env.user.has_group("omnichannel_connector.omnichannel_group_agent"):
            return
        conversations = request.env["omnichannel.conversation"].search(
            [("state", "=", "open"), ("user_id", "=", False), ("channel_id", "!=", False)],
            limit=UNASSIGNED_LIMIT,
        )
        channels = conversations.channel_id
        # the list replaces the client's: who is taken or closed meanwhile disappears
        store.add_global_values(omnichannel_unassigned=Store.Many(channels, []))
        # as im_livechat does: other code reads the channels to send from the context
        request.update_context(
            channels=request.env.context["channels"] | channels, add_channels_last_message=True
        )
