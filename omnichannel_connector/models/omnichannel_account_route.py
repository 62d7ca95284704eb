from odoo import api, models
from odoo.tools import SQL

from ..channels.base import Account
from ..channels.errors import SignatureError
from .omnichannel_account import lines, webhook_url


class UnknownAccountError(LookupError):
    """No account has this webhook address."""


class OmnichannelAccount(models.Model):
    """Which account a webhook is for.

    Raw SQL: a webhook has to answer within milliseconds, these are look-ups in an index, and a
    secret that was changed counts at once on every worker, which Odoo's caches would not give
    without being emptied.
    """

    _inherit = "omnichannel.account"

    @api.model
    def _webhook_adapter(self, channel, token):
        """Return (account id, adapter) of a webhook address. Raise UnknownAccountError.

        The adapter has what it needs to verify, split and answer: no access token, no session.
        """
        found = self._webhook_adapters(
            channel, SQL("webhook_token = %s AND channel = %s AND active", token, channel)
        )
        if not found:
            raise UnknownAccountError
        return found[0]

    @api.model
    def _route(self, account_id, adapter, request, raw_events):
        """Return {account id: (adapter, [RawEvent])}: whom the events of a webhook are for.

        All accounts of one Meta app, and all numbers of one Twilio account, may be set to one
        webhook address. An event that names another account goes there when that account's own
        secret signs the request too: else one of them could write into the threads of another.
        What nobody here is named by stays with the account of the address.
        """
        own_ids = {adapter.account.external_id, adapter.account.sender} - {""}
        owners, routed = {}, {}
        for raw in raw_events:
            owner = (account_id, adapter)
            if raw.recipients and own_ids.isdisjoint(raw.recipients):
                if raw.recipients not in owners:
                    owners[raw.recipients] = self._find_owner(adapter, request, raw.recipients)
                owner = owners[raw.recipients] or owner
            routed.setdefault(owner[0], (owner[1], []))[1].append(raw)
        return routed

    @api.model
    def _find_owner(self, adapter, request, recipients):
        """Return (id, adapter) of whom these ids name and whose secret signs, or None."""
        channel = adapter.account.channel
        siblings = self._webhook_adapters(
            channel,
            SQL(
                "channel = %s AND active AND (external_id = ANY(%s) OR sender = ANY(%s))",
                channel,
                list(recipients),
                list(recipients),
            ),
        )
        for sibling_id, sibling in siblings:
            try:
                sibling.verify(request)
            except SignatureError:
                continue
            return sibling_id, sibling
        return None

    @api.model
    def _webhook_adapters(self, channel, condition):
        """Return [(account id, adapter)] of the accounts that meet a condition."""
        adapter_class = self._adapter_classes().get(channel)
        if not adapter_class:
            return []
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, external_id, sender, public_url, webhook_token, signing_secrets,
                       verify_token, forward_to, greeting
                  FROM omnichannel_account
                 WHERE %s
              ORDER BY id
                """,
                condition,
            )
        )
        return [(row[0], adapter_class(self._webhook_settings(channel, row), None)) for row in rows]

    def _webhook_settings(self, channel, row):
        external_id, sender, public_url, token, signing_secrets, verify_token = row[1:7]
        forward_to, greeting = row[7:]
        return Account(
            channel=channel,
            external_id=external_id or "",
            sender=sender or "",
            webhook_url=webhook_url(public_url, channel, token),
            forward_to=forward_to or "",
            greeting=greeting or "",
            signing_secrets=lines(signing_secrets),
            verify_token=verify_token or "",
        )
