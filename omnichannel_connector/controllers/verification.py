import psycopg2

from odoo import SUPERUSER_ID, http
from odoo.exceptions import ConcurrencyError
from odoo.http import request

PAGE = "omnichannel_connector.verification_page"
HEADERS = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),  # the address is the secret
    ("X-Robots-Tag", "noindex, nofollow"),
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'",
    ),
]


class OmnichannelVerificationPage(http.Controller):
    """The page behind a link that asks whether an address is somebody's.

    The token in the address is the authority: there is no login, no session and no cookie that
    another site could misuse. Programs that look into mails open links, so only the form confirms.
    Whatever is wrong with a link, its page is the same.
    """

    @http.route(
        "/omnichannel/verify/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        save_session=False,
        sitemap=False,
    )
    def show(self, token, **_params):
        """Ask the reader of the mail. Changes nothing."""
        verification_sudo = self._find(token)
        if not verification_sudo:
            return self._page("over", status=404)
        return self._page(
            "ask",
            address=verification_sudo.claim_id._mask(),
            channel=verification_sudo._channel_label(),
            company=verification_sudo.conversation_id.company_id.name,
        )

    @http.route(
        "/omnichannel/verify/<string:token>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,  # nobody is logged in: the token is all that counts
        save_session=False,
        readonly=False,
        sitemap=False,
        max_content_length=4096,
    )
    def answer(self, token, answer="", **_params):
        """Take the answer of the reader of the mail, once."""
        verification_sudo = self._find(token)
        if not verification_sudo:
            return self._page("over", status=404)
        try:
            if answer == "confirm":
                verification_sudo._confirm()
            elif answer == "deny":
                verification_sudo._deny()
            else:
                verification_sudo._use_attempts(1)
                return self._page("over", status=404)
        except psycopg2.errors.UniqueViolation:
            # the address came to belong to somebody in this moment: look again
            raise ConcurrencyError from None
        return self._page(answer)

    def _find(self, token):
        # As the system, in its language: what follows are notes for the agents.
        # sudo: nobody is logged in, and whoever has the token reads the mail of the address
        verifications_sudo = request.env["omnichannel.verification"].with_user(SUPERUSER_ID)
        return verifications_sudo.with_context(lang=None)._find_link(token)

    def _page(self, step, status=200, **values):
        # sudo: public users read no templates of ours, this one holds what is passed only
        content = (
            request.env["ir.qweb"]
            .sudo()
            ._render(PAGE, {"step": step, "lang": request.env.lang or "en_US", **values})
        )
        return request.make_response(f"<!DOCTYPE html>\n{content}", HEADERS, status=status)
