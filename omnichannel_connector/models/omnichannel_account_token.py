import logging
from datetime import timedelta

from odoo import api, fields, models

from ..channels.errors import AccountError, SendError
from ..channels.events import Level
from .timing import commit_repeatedly, to_naive_utc, utc_now

_logger = logging.getLogger(__name__)

# A token is renewed long before it dies, so that a month of failures passes without harm. Meta
# renews tokens that are 24 hours old at least and have not expired.
# https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token
RENEW_BEFORE = timedelta(days=45)


class OmnichannelAccount(models.Model):
    """The daily care: a fresh access token, and a provider that still tells us everything."""

    _inherit = "omnichannel.account"

    @api.model
    def _cron_daily(self):
        """Renew tokens and look after subscriptions. Commits after each account.

        Providers are called outside of any transaction. What they refuse is shown on the account.
        """
        for account in self.search([("state", "!=", "draft")]):
            if account.channel in self._adapter_classes():
                account._renew_token()
                account._keep_subscribed()
        self.env["ir.cron"]._commit_progress(remaining=0)
        self.env.ref("omnichannel_connector.ir_cron_omnichannel_health")._trigger()

    # === TOKEN === #

    def _renew_token(self):
        """Replace the access token by a fresh one when it is time. Commits."""
        self.ensure_one()
        expires_at = self.token_expires_at
        if not self.access_token or (expires_at and expires_at - utc_now() > RENEW_BEFORE):
            return
        adapter, used = self._adapter(), self.access_token
        self.env["ir.cron"]._commit_progress()
        try:
            token = adapter.renew()
        except AccountError as error:
            self._note_refusal(error, used)
        except SendError as error:
            _logger.warning("Account %s: its token was not renewed (%s)", self.id, error.code)
        else:
            if token:
                commit_repeatedly(self.env, lambda: self._take_token(token, used))

    def _take_token(self, token, used):
        """Write down a renewed token, unless an administrator entered another one meanwhile."""
        self.invalidate_recordset()
        if not self.exists() or self.access_token != used:
            return
        self.write(
            {
                "access_token": token.access_token,
                "token_expires_at": token.expires_at and to_naive_utc(token.expires_at),
            }
        )
        _logger.info("Account %s: its token was renewed", self.id)

    def _note_refusal(self, error, used):
        """Pause the account when the provider refuses its present token. Commits.

        It goes on receiving: webhooks need no token.
        """
        _logger.warning("Account %s: its token is refused (%s)", self.id, error.code)

        def flag():
            self.invalidate_recordset()
            if self.exists() and self.state == "connected" and self.access_token == used:
                self._flag_error(error.text)

        commit_repeatedly(self.env, flag)

    def write(self, vals):
        """A token that a person enters has a life of its own, which is asked for again."""
        if "access_token" in vals and "token_expires_at" not in vals:
            vals = {**vals, "token_expires_at": False}
        return super().write(vals)

    # === SUBSCRIPTION === #

    def _keep_subscribed(self):
        """Subscribe again where the provider says that we are not. Commits.

        Meta unsubscribes an account whose webhook failed for about an hour, without a word.
        """
        self.ensure_one()
        if self.state != "connected":
            return
        adapter = self._adapter()
        self.env["ir.cron"]._commit_progress()
        lost = [
            finding
            for finding in adapter.check()
            if finding.check == "subscription" and finding.level is Level.FAILED
        ]
        problem = self._subscribe_again(adapter) if lost else False
        commit_repeatedly(self.env, lambda: self._note_subscription(bool(lost), problem))

    def _subscribe_again(self, adapter):
        """Return why subscribing failed, or False."""
        try:
            adapter.subscribe()
        except SendError as error:
            return error.text
        return False

    def _note_subscription(self, was_lost, problem):
        self.invalidate_recordset()
        if not self.exists():
            return
        if (self.subscription_error or False) != problem:
            self.subscription_error = problem
        if was_lost and not problem:
            _logger.warning("Account %s: was no longer subscribed, and is again", self.id)
            self.message_post(
                body=self.env._(
                    "The provider had stopped telling us about new messages at some time before "
                    "%(moment)s. We subscribed again and look for what was missed.",
                    moment=fields.Datetime.to_string(fields.Datetime.now()),
                )
            )
            self.env.ref("omnichannel_connector.ir_cron_omnichannel_gap")._trigger()
