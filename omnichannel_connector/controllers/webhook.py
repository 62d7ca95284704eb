import hashlib
import logging

from werkzeug.exceptions import Forbidden, NotFound

from odoo import http
from odoo.http import request

from ..channels.base import WebhookRequest
from ..channels.errors import PayloadError, SignatureError
from ..channels.events import RawEvent
from ..models.omnichannel_account_route import UnknownAccountError

_logger = logging.getLogger(__name__)

MAX_BODY = 1024 * 1024
FORM = "application/x-www-form-urlencoded"


class OmnichannelWebhook(http.Controller):
    """One door for all providers: find the account, verify, split, store, answer.

    No network and no ORM create in here. Whatever is refused is refused by raising, because Odoo
    commits what a controller wrote before it returned an error.
    """

    @http.route(
        "/omnichannel/<string:channel>/<string:token>",
        type="http",
        auth="none",
        methods=["GET", "POST"],
        csrf=False,
        save_session=False,
        readonly=False,
        max_content_length=MAX_BODY,
    )
    def webhook(self, channel, token, **_params):
        account_id, adapter = self._find_adapter(channel, token)
        webhook_request = self._read_request(adapter)
        try:
            if webhook_request.method == "GET":
                return self._answer(adapter.challenge(webhook_request), "text/plain")
            adapter.verify(webhook_request)
        except SignatureError:
            _logger.warning("Webhook of account %s: signature refused", account_id)
            raise Forbidden from None
        answering = self._store(account_id, adapter, webhook_request)
        return self._answer(*answering.acknowledgement(webhook_request))

    def _find_adapter(self, channel, token):
        try:
            # sudo: the token in the address is what names the account, nobody is logged in
            return request.env["omnichannel.account"].sudo()._webhook_adapter(channel, token)
        except UnknownAccountError:
            raise NotFound from None

    def _read_request(self, adapter):
        http_request = request.httprequest
        query = http_request.query_string.decode("latin-1")
        is_form = http_request.mimetype == FORM
        return WebhookRequest(
            method=http_request.method,
            url=adapter.account.webhook_url + (f"?{query}" if query else ""),
            query=http_request.args.to_dict(),
            headers={name.lower(): value for name, value in http_request.headers.items()},
            body=b"" if is_form else http_request.get_data(),
            form=tuple(http_request.form.items(multi=True)) if is_form else (),
        )

    def _store(self, account_id, adapter, webhook_request):
        """Store the events and return the adapter that answers: of whose account they are."""
        # sudo: nobody is logged in; the signature proved who is speaking
        events_sudo = request.env["omnichannel.event"].sudo()
        try:
            raw_events = adapter.split(webhook_request)
        except PayloadError as error:
            _logger.warning("Webhook of account %s: unreadable body kept as failed", account_id)
            events_sudo._store(account_id, [self._unreadable(webhook_request)], error=error.text)
            return adapter
        except SignatureError:
            _logger.warning("Webhook of account %s: meant for another account", account_id)
            raise Forbidden from None
        accounts_sudo = request.env["omnichannel.account"].sudo()
        routed = accounts_sudo._route(account_id, adapter, webhook_request, raw_events)
        for owner_id, (_owner, owner_events) in routed.items():
            events_sudo._store(owner_id, owner_events, is_urgent=not adapter.needs_order)
        return next(iter(routed.values()))[0] if len(routed) == 1 else adapter

    def _unreadable(self, webhook_request):
        content = webhook_request.body or repr(webhook_request.form).encode()
        text = content.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
        return RawEvent(f"unreadable:{hashlib.sha256(content).hexdigest()}", "", {"body": text})

    def _answer(self, body, content_type):
        return request.make_response(body, [("Content-Type", content_type)])
