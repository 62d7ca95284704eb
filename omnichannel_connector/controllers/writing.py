from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request


class OmnichannelWriting(http.Controller):
    """Summaries and drafts of a writing service, for who may read the conversation."""

    @http.route("/omnichannel/writing", type="jsonrpc", auth="user")
    def write_text(self, conversation_id, task):
        """Return {text, hint}: what the service wrote as plain text, or why there is nothing.

        Nothing is locked and no transaction is open while the service thinks.
        """
        conversation = request.env["omnichannel.conversation"].browse(int(conversation_id))
        if not conversation.has_access("read") or not conversation.exists():
            raise NotFound
        endpoint, body = conversation._prepare_writing(task)
        if body is None:
            return {"text": "", "hint": conversation._writing_hint("paused")}
        server, seconds = endpoint._server(), endpoint.seconds
        request.env.cr.rollback()  # it only read; ends the transaction
        text, failure = conversation._ask_writing(server, body, seconds)
        if failure:
            if failure != "busy":  # with others' questions: it does not fail
                endpoint._note_failure(failure)
            return {"text": "", "hint": conversation._writing_hint(failure)}
        return {"text": text, "hint": ""}
