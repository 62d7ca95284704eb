from datetime import timedelta
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..assistant.endpoint import Server
from .timing import utc_now

ADMINISTRATOR = "omnichannel_connector.omnichannel_group_administrator"
PAUSE = timedelta(seconds=60)
LONGEST = 60  # seconds


class OmnichannelEndpoint(models.Model):
    """An OpenAI-compatible server that a company uses for summaries and drafts. Off by default.

    A person asks for each of them, reads it, and sends it or not.
    """

    _name = "omnichannel.endpoint"
    _description = "Writing Service"
    _order = "company_id, id"

    name = fields.Char(required=True, default="Writing service")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    is_used = fields.Boolean("In Use", copy=False, help="Off: nothing is ever sent there.")
    url = fields.Char(
        "Address", required=True, help="Base address with its version: https://api.example.com/v1"
    )
    model = fields.Char(
        required=True, help="The name of the language model, as the server knows it."
    )
    key = fields.Char("API Key", groups=ADMINISTRATOR, copy=False)
    is_masked = fields.Boolean(
        "Hide Personal Data",
        default=True,
        help="Names, addresses, numbers and links are taken out before anything is sent there.",
    )
    seconds = fields.Integer("Time Limit (s)", default=15, required=True)
    paused_until = fields.Datetime(
        readonly=True, copy=False, help="After a failure nobody waits for it again for a minute."
    )
    last_error = fields.Char("Last Failure", readonly=True, copy=False)

    _company_unique = models.UniqueIndex(
        "(company_id) WHERE is_used AND active", "This company uses another service already."
    )
    _seconds_sane = models.Constraint(
        f"CHECK (seconds BETWEEN 1 AND {LONGEST})", "The time limit is from 1 to 60 seconds."
    )

    @api.constrains("url")
    def _check_url(self):
        for endpoint in self:
            parts = urlsplit(endpoint.url or "")
            is_plain = not (parts.username or parts.query or parts.fragment)
            if parts.scheme not in ("http", "https") or not parts.hostname or not is_plain:
                raise ValidationError(
                    self.env._(
                        "The address has to look like https://api.example.com/v1, without a "
                        "password or a query in it."
                    )
                )

    @api.model
    def _of(self, company):
        """Return the service that a company uses, or none."""
        return self.sudo().search(
            [("company_id", "=", company.id), ("is_used", "=", True)], limit=1
        )

    def _server(self):
        """Return where it is. Contains a secret: never log it."""
        self.ensure_one()
        # sudo: agents ask it, and may not read the key
        return Server(self.url, self.sudo().key or "")

    def _is_paused(self):
        return bool(self.paused_until and self.paused_until > utc_now())

    def _note_failure(self, code):
        """Let nobody wait for it again for a while."""
        # sudo: agents ask it, and may not write it
        self.sudo().write({"paused_until": utc_now() + PAUSE, "last_error": code})
