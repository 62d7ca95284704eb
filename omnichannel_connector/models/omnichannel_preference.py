from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import hmac

from . import preference_token
from .omnichannel_consent import BOTH, MARKETING, SERVICE

GENERATION = "omnichannel_connector.preference_generation"
PAGE, UNSUBSCRIBE, FORM = "page", "unsubscribe", "form"
FORM_LIFE = timedelta(days=1)


class OmnichannelIdentity(models.Model):
    """The links by which a customer says what to send here, without a login.

    A link is the authority for exactly one address. It ends after two years, or for all when an
    administrator revokes them.
    """

    _inherit = "omnichannel.identity"

    # === LINKS === #

    @api.model
    def _preference_key(self):
        # sudo: the key is made of a secret that nobody reads
        env_sudo = self.sudo().env
        generation = env_sudo["ir.config_parameter"].get_param(GENERATION, "1")
        return hmac(env_sudo, "omnichannel_preference", generation).encode()

    def _sign(self, scope, account, purpose=SERVICE):
        self.ensure_one()
        values = (self.id, account.id or 0, BOTH.index(purpose))
        key = self._preference_key()
        return preference_token.issue(key, scope, values, fields.Date.today())

    @api.model
    def _read_token(self, token, *scopes):
        """Return (identity, account, purpose) of a link, or None. The caller is the superuser."""
        for scope in scopes:
            key = self._preference_key()
            values = preference_token.read(key, scope, token, fields.Date.today())
            if values:
                identity_id, account_id, purpose = map(int, values)
                identity = self.browse(identity_id).exists()
                account = self.env["omnichannel.account"].browse(account_id).exists()
                return (identity, account, BOTH[purpose]) if identity else None
        return None

    def _is_own_form(self, nonce):
        """Tell whether a form came from a page that was made for this address within a day."""
        key, today = self._preference_key(), fields.Date.today()
        values = preference_token.read(key, FORM, nonce, today, FORM_LIFE)
        return bool(values) and values[0] == str(self.id)

    def _preference_url(self, account):
        """Return the address of the preference page of this address."""
        return f"{self._base_url(account)}/omnichannel/preferences/{self._sign(PAGE, account)}"

    def _base_url(self, account):
        # sudo: everybody who gets a message may know where Odoo is
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        return (account.public_url or parameters_sudo.get_param("web.base.url") or "").rstrip("/")

    def _unsubscribe_headers(self, account, purpose):
        """Return the headers of an automatic e-mail by which mail programs unsubscribe (RFC 8058).

        One click needs https. Whoever signs the mails (DKIM) has to sign both headers.
        """
        token = self._sign(UNSUBSCRIBE, account, purpose)
        url = f"{self._base_url(account)}/omnichannel/unsubscribe/{token}"
        headers = {"List-Unsubscribe": f"<{url}>"}
        if url.startswith("https://"):
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        return headers

    # === PAGE === #

    def _masked(self):
        """Return so much of this address that its owner knows it, and nobody else learns it."""
        if self.kind == "email":
            name, _at, domain = self.value.rpartition("@")
            return f"{name[:1]}•••@{domain}"
        if self.username:
            return f"@{self.username[:2]}•••"
        return f"•••{self.value[-3:]}"

    def _preference_rows(self):
        """Return what the page shows: one dict for each channel that writes to this address."""
        standings = self._own_standings()[self]
        refused = {key for key, standing in standings.items() if standing.state == "refused"}
        granted = {key for key, standing in standings.items() if standing.state == "granted"}
        return [
            {
                "channel": channel,
                "label": self._channel_label(channel),
                SERVICE: (channel, SERVICE) not in refused,
                MARKETING: (channel, MARKETING) in granted,
                "is_locked": any(
                    standing.is_locked and key[0] == channel for key, standing in standings.items()
                ),
            }
            for channel in self._shown_channels(standings)
        ]

    def _save_preferences(self, chosen, evidence):
        """Record what was chosen on the page: {(channel, purpose)} of what is wanted.

        What did not change is not recorded, and what the provider blocks stays blocked.
        """
        texts = self._preference_texts()
        for row in self._preference_rows():
            for purpose in BOTH:
                is_wanted = (row["channel"], purpose) in chosen
                if row["is_locked"] or is_wanted == row[purpose]:
                    continue
                state = "refused"
                if is_wanted:
                    state = "granted" if purpose == MARKETING else "lifted"
                self.env["omnichannel.consent"]._record(
                    self,
                    row["channel"],
                    (purpose,),
                    state,
                    "page",
                    words=f"{'☑' if is_wanted else '☐'} {row['label']}: {texts[purpose]}",
                    evidence=evidence,
                )

    def _stop_everything(self, source, evidence):
        for channel in self._messaging_channels():
            self.env["omnichannel.consent"]._record(
                self, channel, BOTH, "refused", source, evidence=evidence
            )

    def _preference_texts(self):
        return {
            SERVICE: self.env._("Messages about my questions, orders and appointments"),
            MARKETING: self.env._("Offers and news"),
        }


class OmnichannelConversation(models.Model):
    _inherit = "omnichannel.conversation"

    preference_url = fields.Char(
        "Preference Page",
        compute="_compute_preference_url",
        help="For templates: where the customer chooses what to get at the address written to.",
    )

    @api.depends("last_inbound_identity_id")
    @api.depends_context("omnichannel_way")
    def _compute_preference_url(self):
        """The page of the address that a follow-up goes to, else of where they wrote last."""
        for conversation in self:
            # sudo: who may read the conversation may give its customer the link
            identity_sudo, account_sudo = conversation.sudo()._preference_way()
            conversation.preference_url = (
                identity_sudo._preference_url(account_sudo) if identity_sudo else False
            )

    def _preference_way(self):
        """Return (identity, account) of the context's choice, never of another customer."""
        account_id, _colon, identity_id = str(
            self.env.context.get("omnichannel_way") or ""
        ).partition(":")
        identities = self.partner_id.omnichannel_identity_ids
        chosen = identities.filtered(lambda identity: str(identity.id) == identity_id)
        if not chosen:
            identity = self.last_inbound_identity_id
            return identity, identity.account_id
        accounts = chosen.account_id.search([("company_id", "=", self.company_id.id)])
        account = accounts.filtered(lambda account: str(account.id) == account_id)
        return chosen, account or chosen.account_id


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    def action_omnichannel_revoke_preference_links(self):
        """Make every preference and unsubscribe link that was sent so far useless."""
        self.check_access("write")
        # sudo: parameters are the system's, this button is for who may change settings
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        generation = int(parameters_sudo.get_param(GENERATION, "1"))
        parameters_sudo.set_param(GENERATION, str(generation + 1))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("The links that were sent so far work no more."),
            },
        }
