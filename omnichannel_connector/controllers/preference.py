from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request

from ..models.omnichannel_consent import BOTH, MARKETING
from ..models.omnichannel_preference import FORM, PAGE, UNSUBSCRIBE

MAX_BODY = 16 * 1024
HEADERS = [
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Robots-Tag", "noindex, nofollow"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
        "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
]
ROUTE = {
    "type": "http",
    "auth": "public",
    "csrf": False,  # the link is the authority, there is no session that could be ridden
    "save_session": False,
    "readonly": False,
    "max_content_length": MAX_BODY,
}


class OmnichannelPreference(http.Controller):
    """Where a customer says what to send to the one address whose link they hold.

    The link is the authority: no login, no cookie. A link that is forged, revoked or too old looks
    like one that never existed.
    """

    @http.route("/omnichannel/preferences/<string:token>", methods=["GET", "POST"], **ROUTE)
    def preferences(self, token, **params):
        identity_sudo, account_sudo, _purpose = self._read(token, PAGE)
        status = ""
        if request.httprequest.method == "POST":
            status = self._save(identity_sudo, params)
        return self._render(identity_sudo, account_sudo, status)

    @http.route("/omnichannel/unsubscribe/<string:token>", methods=["GET", "POST"], **ROUTE)
    def unsubscribe(self, token, **params):
        """Unsubscribe at the one click of a mail program (RFC 8058); show the page to a person.

        Scanners open every link in a mail, so that opening it does nothing.
        """
        identity_sudo, account_sudo, purpose = self._read(token, UNSUBSCRIBE)
        is_click = params.get("List-Unsubscribe") == "One-Click"
        if request.httprequest.method == "GET" or not is_click:
            return self._render(identity_sudo, account_sudo)
        request.env["omnichannel.consent"]._record(
            identity_sudo,
            "email",
            sorted({MARKETING, purpose}),
            "refused",
            "unsubscribe",
            evidence=account_sudo.name,
        )
        return request.make_response("", [("Cache-Control", "no-store")])

    def _read(self, token, scope):
        # sudo: nobody is logged in; the signature proves who may see and change this address
        found = request.env["omnichannel.identity"].sudo()._read_token(token, scope)
        if not found:
            raise NotFound
        return found

    def _save(self, identity_sudo, params):
        """Record what a form says. Return how it came out, a word for the page."""
        if not identity_sudo._is_own_form(params.get("form") or ""):
            return "again"
        evidence = request.env._("Preference page")
        if "stop" in params:
            identity_sudo._stop_everything("page", evidence)
        else:
            identity_sudo._save_preferences(self._chosen(identity_sudo, params), evidence)
        return "saved"

    def _chosen(self, identity_sudo, params):
        return {
            (channel, purpose)
            for channel in identity_sudo._messaging_channels()
            for purpose in BOTH
            if params.get(f"{channel}-{purpose}")
        }

    def _render(self, identity_sudo, account_sudo, status=""):
        company_sudo = account_sudo.company_id or identity_sudo.company_id
        company_sudo = company_sudo or request.env.company.sudo()
        sender = account_sudo.sender or ""
        values = {
            "status": status,
            "address": identity_sudo._masked(),
            "company": company_sudo.name,
            "rows": identity_sudo._preference_rows(),
            "texts": identity_sudo._preference_texts(),
            # a messaging service has many numbers, and an id that nobody can text to
            "number": sender if sender.startswith("+") else "",
            "form": identity_sudo._sign(FORM, account_sudo),
            "action": f"/omnichannel/preferences/{identity_sudo._sign(PAGE, account_sudo)}",
            "language": (request.env.lang or "en_US").split("_")[0],
        }
        response = request.render("omnichannel_connector.omnichannel_preference_page", values)
        response.headers.extend(HEADERS)
        return response
