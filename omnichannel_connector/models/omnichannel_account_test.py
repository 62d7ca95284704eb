import logging
import secrets
from urllib.parse import urlsplit

from odoo import models
from odoo.tools import LazyTranslate

from ..channels.errors import SendError
from ..channels.events import Finding, Level
from ..channels.reach import handshake, reach
from .omnichannel_account_check import Row

_lt = LazyTranslate(__name__)
_logger = logging.getLogger(__name__)

# {word of a Finding: (name, what works, what to do when it does not)}
FINDINGS = {
    "credentials": (
        _lt("Credentials"),
        _lt("The provider accepts them."),
        _lt("Copy the account ID and the access token from the provider again."),
    ),
    "sender": (
        _lt("Sender"),
        _lt("It belongs to the account."),
        _lt("Copy the sender (number, service or page) from the provider again."),
    ),
    "permissions": (
        _lt("Permissions"),
        _lt("The token has all that are needed."),
        _lt("Give the app the permissions of the set-up guide and make a new token."),
    ),
    "subscription": (
        _lt("Subscription"),
        _lt("The provider tells us about new messages."),
        _lt("Subscribe the account to the webhook at the provider, as the set-up guide says."),
    ),
    "webhook": (
        _lt("Webhook at the provider"),
        _lt("The provider has our address."),
        _lt("Copy the webhook address to the provider, as the set-up guide says."),
    ),
}


class OmnichannelAccount(models.Model):
    """The self-test's questions to the provider and to our own public address."""

    _inherit = "omnichannel.account"

    # === PROVIDER === #

    def _test_provider(self):
        """Ask the provider, and subscribe when it says that we are not."""
        adapter = self._adapter()
        findings = list(adapter.check())
        rows = []
        for finding in findings:
            row = self._finding_row(finding)
            if finding.check == "subscription" and finding.level is not Level.OK:
                row = self._test_subscribe(adapter)
            rows.append(row)
        return rows

    def _finding_row(self, finding):
        if finding.check not in FINDINGS:
            return Row(finding.check, finding.level.value, finding.detail)
        name, good, advice = (self.env._(text) for text in FINDINGS[finding.check])
        detail = finding.detail or (good if finding.level is Level.OK else "")
        return Row(name, finding.level.value, detail, advice)

    def _test_subscribe(self, adapter):
        """Subscribe at the provider and return what came of it as a row."""
        try:
            adapter.subscribe()
        except SendError as error:
            _logger.info("Account %s: subscribing was refused (%s)", self.id, error.code)
            detail = self.env._("The provider refused: %(reason)s", reason=error.text)
            return self._finding_row(Finding("subscription", Level.FAILED, detail))
        detail = self.env._("It was missing and has been made now.")
        return self._finding_row(Finding("subscription", Level.OK, detail))

    # === WEBHOOK === #

    def _test_webhook(self):
        """Ask for our own webhook address as a provider would."""
        rows = [self._test_public_address()]
        # sudo: only administrators run tests, who may read the address
        url = self.sudo().webhook_url
        found = reach(url)
        name = self.env._("Webhook address")
        if problem := self._reach_problem(found):
            return [*rows, Row(name, "failed", *problem)]
        if found.status == 403 and reach(self._other_url(url)).status == 403:
            return [*rows, Row(name, "failed", *self._refused_in_front())]
        good = self.env._("This Odoo answers there.")
        rows.append(Row(name, "ok", good))
        if "verify_token" in self._adapter_class().required_settings:
            rows.append(self._test_handshake(url))
        return rows

    def _other_url(self, url):
        """Return a webhook address that nobody has: Odoo answers 404 there, a firewall does not."""
        return f"{url.rpartition('/')[0]}/{secrets.token_urlsafe(16)}"

    def _refused_in_front(self):
        return (
            self.env._("Something in front of Odoo refuses the request (403)."),
            self.env._(
                "Let the firewall, proxy or bot protection pass requests to /omnichannel/ "
                "without a login."
            ),
        )

    def _test_public_address(self):
        """Judge the address by its looks: providers call it from the internet, by https."""
        name = self.env._("Public address")
        parts = urlsplit(self.public_url or "")
        host = parts.hostname or ""
        if (
            host == "localhost"
            or host.endswith((".localhost", ".local", ".internal"))
            or (host.startswith(("127.", "10.", "192.168.")))
        ):
            return Row(
                name,
                "warning",
                self.env._("%(host)s is reached from this network only.", host=host),
                self.env._("Enter the address under which the internet reaches Odoo."),
            )
        if parts.scheme != "https":
            return Row(
                name,
                "failed",
                self.env._("The address does not begin with https://."),
                self.env._("Set up https with a certificate of a known authority and enter it."),
            )
        return Row(name, "ok", self.env._("It is an https address."))

    def _reach_problem(self, found):
        """Return (what is wrong, what to do), or nothing when our webhook answered."""
        if found.problem:
            return self._connection_problem(found.problem)
        if found.status in (200, 403):  # 200: a channel without a handshake may say hello
            return None
        if found.status == 404:
            return (
                self.env._("The server answers, but knows no such address (404)."),
                self.env._(
                    "Check that the public address leads to this database (Settings: db_name or "
                    "dbfilter) and that the proxy passes /omnichannel/ on."
                ),
            )
        if 300 <= found.status < 400:
            return (
                self.env._("The address redirects (%(status)s).", status=found.status),
                self.env._("Providers follow no redirect: enter the address it leads to."),
            )
        return (
            self.env._("The server answers with an error (%(status)s).", status=found.status),
            self.env._("Look into the logs of Odoo and of the proxy in front of it."),
        )

    def _connection_problem(self, problem):
        certificate = (
            self.env._("The certificate is not valid."),
            self.env._(
                "Use a certificate of a known authority, with all intermediate certificates; "
                "providers refuse self-signed ones."
            ),
        )
        problems = {
            "certificate": certificate,
            "timeout": (
                self.env._("Nobody answered in time."),
                self.env._(
                    "Open the firewall for https. If Odoo has one worker only, give it two."
                ),
            ),
            "malformed": (
                self.env._("The address can't be read."),
                self.env._("Correct the public address of Odoo."),
            ),
        }
        unreachable = (
            self.env._("Nothing can be reached there."),
            self.env._("Check the name, the port and the firewall of the public address."),
        )
        return problems.get(problem, unreachable)

    def _test_handshake(self, url):
        """Greet our own webhook as Meta does when the address is saved there."""
        name = self.env._("Handshake with the verify token")
        query = handshake(self.sudo().verify_token or "")
        found = reach(url, query)
        if found.body == query["hub.challenge"]:
            return Row(name, "ok", self.env._("Odoo answers as the provider expects."))
        return Row(
            name,
            "failed",
            self.env._(
                "Odoo does not answer as the provider expects (%(status)s).", status=found.status
            ),
            self.env._("Save the account; the proxy has to pass the query on as it is."),
        )
