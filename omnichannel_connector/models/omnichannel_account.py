import secrets

import requests

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..channels import ADAPTERS
from ..channels.base import Account

# Channels that Odoo itself carries: they have no adapter, their bridges enter at the same door.
LIVECHAT = "livechat"
IN_PERSON = "in_person"
NATIVE_CHANNELS = {"email": "E-mail", LIVECHAT: "Live chat", IN_PERSON: "In person"}


def webhook_url(public_url, channel, token):
    """Return the address that a provider calls."""
    return f"{(public_url or '').rstrip('/')}/omnichannel/{channel}/{token}"


def lines(text):
    """Return the non-empty lines of a field that holds one value on each."""
    return tuple(filter(None, map(str.strip, (text or "").splitlines())))


class OmnichannelAccount(models.Model):
    """One number, page or mailbox of ours at one provider. The files beside this one add how it
    is set up, tested, watched and kept alive."""

    _name = "omnichannel.account"
    _description = "Connected Account"
    _inherit = ["mail.alias.mixin.optional", "mail.thread", "mail.activity.mixin"]
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    channel = fields.Selection(selection="_get_channels", required=True, index=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    state = fields.Selection(
        [("draft", "Not connected"), ("connected", "Connected"), ("error", "Needs attention")],
        required=True,
        default="draft",
        copy=False,
        tracking=True,
    )
    error = fields.Char("What is wrong", readonly=True, copy=False)
    external_id = fields.Char(
        "Account ID",
        help="Instagram: the ID of the professional account. Twilio: the Account SID. "
        "Live chat: the ID of the live chat channel, empty for all of them.",
    )
    sender = fields.Char(
        help="Twilio: the phone number (+15550001111) or the Messaging Service SID (MG...) "
        "that messages are sent from. Instagram through a Facebook Page: the ID of the Page.",
    )
    forward_to = fields.Char(help="The phone number (+15550001111) where calls are put through to.")
    greeting = fields.Char(help="What a caller hears before the call is put through.")
    rate_limit = fields.Float(
        "Messages per Second",
        help="The most that is sent from this account. Leave empty for the channel's own limit.",
    )
    user_ids = fields.Many2many(
        "res.users",
        string="Notify of Calls",
        help="Agents who see when a call comes in. Leave empty for all agents of the company.",
    )
    api_url = fields.Char(
        "API Address",
        help="Base address of the provider's API. Leave empty for the provider's own.",
    )
    access_token = fields.Char(
        groups="omnichannel_connector.omnichannel_group_administrator",
        copy=False,
        help="Instagram: the access token. Twilio: the Auth Token.",
    )
    signing_secrets = fields.Text(
        groups="omnichannel_connector.omnichannel_group_administrator",
        copy=False,
        help="What the provider signs webhooks with, one per line; any of them is accepted. "
        "Instagram: the app secret. Twilio: the Auth Token. Live chat: any long random text, "
        "with which your own website signs who its visitor is.",
    )
    verify_token = fields.Char(
        groups="omnichannel_connector.omnichannel_group_administrator",
        copy=False,
        default=lambda self: secrets.token_urlsafe(24),
        help="Instagram: the word that you type at Meta when you save the webhook address.",
    )
    token_expires_at = fields.Datetime("Token Expires", readonly=True, copy=False)
    checked_until = fields.Datetime(
        "Complete Until",
        readonly=True,
        copy=False,
        help="Up to here the provider was asked for messages that it never told us.",
    )
    public_url = fields.Char(
        "Public Address of Odoo",
        required=True,
        default=lambda self: self.env["ir.config_parameter"].sudo().get_param("web.base.url"),
        help="How providers reach this Odoo, for instance https://odoo.example.com. "
        "Some sign it: webhooks are refused when it differs from what the provider calls.",
    )
    webhook_token = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: secrets.token_urlsafe(24),
        groups="omnichannel_connector.omnichannel_group_administrator",
    )
    webhook_url = fields.Char(
        "Webhook Address",
        compute="_compute_webhook_url",
        compute_sudo=True,
        groups="omnichannel_connector.omnichannel_group_administrator",
        help="Give this address to the provider.",
    )
    is_native = fields.Boolean(compute="_compute_is_native")
    trusted_authserv = fields.Char(
        "Authentication Server",
        help="The name with which your mail server begins its Authentication-Results headers, "
        "for instance mx.example.com. Empty: the topmost header counts. Mail without a header "
        "of that name is taken for unverified.",
    )
    is_auto_verification = fields.Boolean(
        "Verify Typed Addresses",
        help="Send a code at once to an e-mail address or phone number that a customer types in "
        "a message to this account.",
    )

    _webhook_token_unique = models.Constraint(
        "UNIQUE(webhook_token)", "Another account already has this webhook address."
    )
    _external_unique = models.UniqueIndex(
        "(channel, external_id, COALESCE(sender, '')) WHERE external_id IS NOT NULL AND active",
        "This account is already connected.",
    )

    # === ADAPTERS === #

    @api.model
    def _adapter_classes(self):
        """Return {channel code: adapter class}. Another addon adds its channel here."""
        return dict(ADAPTERS)

    @api.model
    def _get_channels(self):
        adapters = {code: cls.label for code, cls in self._adapter_classes().items()}
        return [*adapters.items(), *NATIVE_CHANNELS.items()]

    def _adapter_class(self):
        self.ensure_one()
        return self._adapter_classes()[self.channel]

    def _adapter(self):
        """Return the adapter of this account, ready to parse and to make one call."""
        self.ensure_one()
        return self._adapter_class()(self._settings(), requests.Session())

    def _settings(self):
        """Return the settings in the shape that adapters take. Contains secrets: never log it."""
        self.ensure_one()
        # sudo: adapters run for agents too, who may use the account but not read its secrets
        account_sudo = self.sudo()
        return Account(
            channel=self.channel,
            external_id=self.external_id or "",
            sender=self.sender or "",
            api_url=(self.api_url or self._default_api_url()).rstrip("/"),
            webhook_url=account_sudo.webhook_url or "",
            country=self.company_id.sudo().country_id.code or "",
            forward_to=self.forward_to or "",
            greeting=self.greeting or "",
            access_token=account_sudo.access_token or "",
            signing_secrets=lines(account_sudo.signing_secrets),
            verify_token=account_sudo.verify_token or "",
        )

    def _identity_kind(self):
        return self.channel if self.is_native else self._adapter_class().identity_kind

    def _identity_scope(self):
        is_scoped = not self.is_native and self._adapter_class().identity_scoped
        return self.external_id if is_scoped else ""

    def _can_reach(self, identity):
        """Tell whether this account speaks to that kind of address."""
        key = (self._identity_kind(), self._identity_scope())
        return key == (identity.kind, identity.scope)

    def _default_api_url(self):
        adapter_class = self._adapter_classes().get(self.channel)
        return adapter_class.default_api_url if adapter_class else ""

    # === FIELDS === #

    @api.depends("channel", "public_url", "webhook_token")
    def _compute_webhook_url(self):
        for account in self:
            account.webhook_url = (
                bool(account.channel)
                and not account.is_native
                and webhook_url(account.public_url, account.channel, account.webhook_token)
            )

    @api.depends("channel")
    def _compute_is_native(self):
        for account in self:
            account.is_native = account.channel in NATIVE_CHANNELS

    @api.constrains("channel")
    def _check_channel(self):
        known = dict(self._get_channels())
        for account in self:
            # Odoo does not validate a selection whose values come from a method
            if account.channel not in known:
                raise ValidationError(self.env._("Unknown channel %(code)s.", code=account.channel))

    # === E-MAIL === #

    def _alias_get_creation_values(self):
        return {
            **super()._alias_get_creation_values(),
            "alias_model_id": self.env["ir.model"]._get_id("omnichannel.conversation"),
            "alias_defaults": {"account_id": self.id},
        }

    def _require_new_alias(self, record_vals):
        return record_vals.get("channel") == "email" and super()._require_new_alias(record_vals)
