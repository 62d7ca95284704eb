import logging

from werkzeug.exceptions import NotFound, ServiceUnavailable

from odoo import http
from odoo.http import content_disposition, request

from ..channels.errors import FetchError, MediaGone, MediaRefused
from ..channels.events import MediaRef
from ..models.media_file import safe_name, safe_type

_logger = logging.getLogger(__name__)


class OmnichannelRecording(http.Controller):
    """Recordings of calls stay at the provider; whoever may read the call may listen."""

    @http.route("/omnichannel/recording/<int:call_id>", type="http", auth="user", readonly=True)
    def recording(self, call_id):
        """Return a call's recording, fetched with the account's credentials. Keeps nothing.

        404 for who may not read the call, as for one that does not exist.
        """
        calls = request.env["omnichannel.call"]
        if not calls.has_access("read"):
            raise NotFound
        call = calls.search([("id", "=", call_id)])
        if not call.recording_url:
            raise NotFound
        adapter = call.account_id._adapter()
        try:
            media = adapter.fetch(MediaRef("audio", call.recording_url))
        except (MediaGone, MediaRefused):
            raise NotFound from None
        except FetchError as error:
            _logger.info("Recording of call %s: not fetched (%s)", call.id, type(error).__name__)
            raise ServiceUnavailable from None
        mimetype = safe_type(media.content, media.content_type)
        name = safe_name(f"call-{call.id}", mimetype)
        disposition = "inline" if mimetype.startswith("audio/") else "attachment"
        return request.make_response(
            media.content,
            [
                ("Content-Type", mimetype),
                ("X-Content-Type-Options", "nosniff"),
                ("Content-Disposition", content_disposition(name, disposition)),
                ("Cache-Control", "private, no-store"),
            ],
        )
