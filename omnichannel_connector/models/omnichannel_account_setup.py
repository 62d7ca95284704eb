from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

# The settings that an adapter may ask for (`required_settings`, `optional_settings`).
SETTING_LABELS = {
    "external_id": _lt("Account ID"),
    "sender": _lt("Sender"),
    "access_token": _lt("Access Token"),
    "signing_secrets": _lt("Signing Secrets"),
    "verify_token": _lt("Verify Token"),
    "forward_to": _lt("Forward To"),
    "greeting": _lt("Greeting"),
}


def _is_address(text):
    """Tell whether a text is an http(s) address without a query, as other systems can call it."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    is_plain = not (parts.query or parts.fragment or parts.username or any(map(str.isspace, text)))
    return parts.scheme in ("http", "https") and bool(parts.hostname) and is_plain


class OmnichannelAccount(models.Model):
    """How an account is set up: what its channel asks for, the guide, connecting."""

    _inherit = "omnichannel.account"

    shown_settings = fields.Char(
        compute="_compute_shown_settings", help="The settings that the channel knows."
    )
    required_settings = fields.Char(compute="_compute_shown_settings")
    scopes = fields.Char(
        "Permissions",
        compute="_compute_shown_settings",
        help="What the access token has to be allowed to do at the provider.",
    )
    can_list = fields.Boolean(compute="_compute_shown_settings")
    setup_guide = fields.Html(
        "Set-up Guide",
        compute="_compute_setup_guide",
        sanitize=False,  # a template of this addon, values escaped by QWeb
        groups="omnichannel_connector.omnichannel_group_administrator",
    )

    @api.depends("channel")
    def _compute_shown_settings(self):
        for account in self:
            adapter_class = self._adapter_classes().get(account.channel)
            required = adapter_class.required_settings if adapter_class else frozenset()
            optional = adapter_class.optional_settings if adapter_class else frozenset()
            account.required_settings = ",".join(sorted(required))
            account.shown_settings = ",".join(sorted(required | optional))
            account.scopes = ", ".join(adapter_class.scopes) if adapter_class else ""
            account.can_list = bool(adapter_class and adapter_class.can_list)

    @api.depends("channel", "api_url", "public_url", "alias_email", "webhook_url")
    @api.depends_context("lang")
    def _compute_setup_guide(self):
        for account in self:
            account.setup_guide = account.channel and account._render_setup_guide()

    def _render_setup_guide(self):
        """Return the channel's guide, or the one that fits every channel.

        Another addon brings its own as the QWeb template
        `omnichannel_connector.setup_guide_<channel code>`.
        """
        values = {
            "account": self,
            "is_page": "graph.facebook.com" in (self.api_url or ""),
            "labels": {name: self.env._(label) for name, label in SETTING_LABELS.items()},
        }
        render = self.env["ir.qweb"]._render
        name = f"omnichannel_connector.setup_guide_{self.channel}"
        # sudo: which templates there are is no secret, and administrators read no views
        views_sudo = self.env["ir.ui.view"].sudo()
        if not views_sudo._get_template_view(name, raise_if_not_found=False):
            name = "omnichannel_connector.setup_guide"
        return render(name, values, minimal_qcontext=True)

    @api.constrains("public_url", "api_url")
    def _check_addresses(self):
        for account in self:
            for name in ("public_url", "api_url"):
                if account[name] and not _is_address(account[name]):
                    raise ValidationError(
                        self.env._(
                            "%(field)s has to look like https://odoo.example.com, without spaces, "
                            "a password or a query.",
                            field=account._fields[name]._description_string(self.env),
                        )
                    )

    # === STATES === #

    def action_connect(self):
        """Mark the account as ready to send. Raise UserError naming what is missing.

        Asks nobody: whether the provider agrees is told by `action_test`.
        """
        for account in self:
            if missing := account._missing_settings():
                raise UserError(
                    self.env._(
                        "Fill in %(fields)s first, then connect %(account)s.",
                        fields=", ".join(missing),
                        account=account.name,
                    )
                )
        self.write({"state": "connected", "error": False})
        self.filtered(
            lambda account: not account.checked_until
        ).checked_until = fields.Datetime.now()
        for name in ("delivery", "upkeep", "health"):
            self.env.ref(f"omnichannel_connector.ir_cron_omnichannel_{name}")._trigger()

    def action_disconnect(self):
        """Stop sending. What customers write still arrives."""
        self.write({"state": "draft"})

    def _missing_settings(self):
        if self.is_native:
            return [] if self.alias_email else [self.env._("the e-mail alias")]
        settings = self._settings()
        required = sorted(self._adapter_class().required_settings)
        return [
            self.env._(SETTING_LABELS[name]) for name in required if not getattr(settings, name)
        ]

    def _flag_error(self, text):
        """Pause the account: the queue is kept, nothing is sent until a person reconnects it."""
        self.ensure_one()
        self.write({"state": "error", "error": text})
