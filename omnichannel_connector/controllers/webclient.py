from odoo.http import request

from odoo.addons.mail.controllers.webclient import WebclientController
from odoo.addons.mail.tools.discuss import Store

UNASSIGNED_LIMIT = 50


class OmnichannelWebclientController(WebclientController):
    @classmethod
    def _process_request_for_internal_user(cls, store, name, params):
        """Give Discuss the newest open conversations that nobody has taken.

        `params` may tell which channels the client knows and which conversations changed since:
        then only the list, and what is new in it, is sent.
        """
        super()._process_request_for_internal_user(store, name, params)
        if name != "/omnichannel/unassigned":
            return
        if not request.env.user.has_group("omnichannel_connector.omnichannel_group_agent"):
            return
        conversations = request.env["omnichannel.conversation"].search(
            [("state", "=", "open"), ("user_id", "=", False), ("channel_id", "!=", False)],
            limit=UNASSIGNED_LIMIT,
        )
        # the list replaces the client's: who is taken or closed meanwhile disappears
        store.add_global_values(omnichannel_unassigned=Store.Many(conversations.channel_id, []))
        known = set((params or {}).get("known_channel_ids", ()))
        changed = set((params or {}).get("changed_conversation_ids", ()))
        news = conversations.filtered(
            lambda conversation: (
                conversation.channel_id.id not in known or conversation.id in changed
            )
        )
        # as im_livechat does: other code reads the channels to send from the context
        request.update_context(
            channels=request.env.context["channels"] | news.channel_id,
            add_channels_last_message=True,
        )
