import logging

from odoo import api, fields, models

from ..channels.errors import Rejected, SendError
from ..channels.events import Profile, RawEvent

_logger = logging.getLogger(__name__)


class OmnichannelIdentity(models.Model):
    """The names behind addresses, which providers tell when they are asked."""

    _inherit = "omnichannel.identity"

    @api.model
    def _cron_read_profiles(self):
        """Ask providers for the names behind new addresses. Commits after each one.

        One attempt each time: a profile is a nicety, its failure touches no message. The answer is
        stored as an event of the customer, so that nobody but the customer's processor ever
        writes to the row that every message of theirs updates.
        """
        last_id = 0
        while identity := self._next_pending(last_id):
            last_id = identity.id
            if identity._is_profile_stored():
                continue
            account, profile = identity.account_id, identity._fetch_profile()
            if profile:
                self.env["omnichannel.event"]._store(account.id, [identity._raw_profile(profile)])
            if not self.env["ir.cron"]._commit_progress(1, remaining=1):
                return
        self.env["ir.cron"]._commit_progress(remaining=0)

    @api.model
    def _next_pending(self, last_id):
        domain = [("is_profile_pending", "=", True), ("account_id.state", "=", "connected")]
        return self.search([*domain, ("id", ">", last_id)], order="id", limit=1)

    def _fetch_profile(self):
        """Return the provider's Profile, or None when it may be had later.

        Makes the call outside of any transaction. Empty where the provider tells nothing.
        """
        adapter, value = self.account_id._adapter(), self.value
        self.env["ir.cron"]._commit_progress()
        try:
            return adapter.profile(value)
        except Rejected as error:
            _logger.info("Identity %s: no profile (%s)", self.id, error.code)
            return Profile()
        except SendError as error:
            _logger.info("Identity %s: no profile now (%s)", self.id, error.code)
            return None

    def _profile_key(self):
        return f"profile:{self.id}:{fields.Date.today()}"

    def _is_profile_stored(self):
        """Tell whether the provider answered already and the processor has not come to it yet."""
        domain = [("account_id", "=", self.account_id.id), ("key", "=", self._profile_key())]
        return bool(self.env["omnichannel.event"].search_count(domain, limit=1))

    def _raw_profile(self, profile):
        payload = {"name": profile.name, "username": profile.username}
        return RawEvent(self._profile_key(), self.value, {"profile": payload})

    @api.model
    def _receive_profiles(self, items):
        """Write down what providers told about customers. Called by the event processor."""
        for item in items:
            key = self.env["omnichannel.conversation"]._identity_key(item)
            if identity := self._find(item.account.company_id, [key]).get(key):
                identity._take_profile(item.inbound)

    def _take_profile(self, inbound):
        """Write down a profile. A name that a person gave the customer stays."""
        if inbound.username:
            self.username = inbound.username
        name = inbound.profile_name or inbound.username
        if name and self.partner_id.name == self._stranger_name(self.kind, self.value):
            self.partner_id.name = name
        self.is_profile_pending = False
