import psycopg2

from odoo import http
from odoo.exceptions import ConcurrencyError
from odoo.http import request

from odoo.addons.mail.tools.discuss import add_guest_to_context


class OmnichannelVisitor(http.Controller):
    """Where our own website says who chats on it."""

    @http.route(
        "/omnichannel/livechat/identify",
        type="jsonrpc",
        auth="public",
        methods=["POST"],
        cors="*",
        save_session=False,
        readonly=False,
        max_content_length=16384,
    )
    @add_guest_to_context
    def identify(self, channel_id, token, guest_token=None, **_params):
        """Tell whether a signed token was taken for a chat that the visitor is in.

        `guest_token` is what Odoo's chat window has instead of a cookie on another site. Says
        nothing about whom the token names.
        """
        if guest_token:
            guest = request.env["mail.guest"]._get_guest_from_token(str(guest_token))
            if guest:
                request.update_context(guest=guest)
        # with the visitor's own rights: nobody else's chat is found
        chat = request.env["discuss.channel"].search([("id", "=", int(channel_id))])
        try:
            # sudo: the token proves what it says, see there
            return bool(chat) and chat.sudo()._omnichannel_identify(token)
        except psycopg2.errors.UniqueViolation:
            # the customer wrote their first mail in this moment: look again
            raise ConcurrencyError from None
