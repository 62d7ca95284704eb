import os
from datetime import timedelta
from urllib.parse import urlsplit

from odoo import fields, models
from odoo.http import db_list, request
from odoo.tools import config

from .omnichannel_account_check import Row
from .omnichannel_event import SHARDS

CRON_LATE = timedelta(minutes=10)
MAIL_RECENT = timedelta(days=30)


class OmnichannelAccount(models.Model):
    """The self-test's look at the server, and at the mail gateway for e-mail accounts."""

    _inherit = "omnichannel.account"

    def _test_server(self):
        """Return the rows about this server. They are the same for every account."""
        rows = [self._test_crons(), self._test_cron_workers(), self._test_waking()]
        if not self.is_native:
            rows += [self._test_database(), self._test_proxy()]
        return rows

    def _test_database(self):
        """Tell whether a request that names no database finds this one: webhooks name none."""
        name = self.env._("Choice of the database")
        host = urlsplit(self.public_url or "").hostname or ""
        visible = db_list(force=True, host=host)
        if visible != [self.env.cr.dbname]:
            return Row(
                name,
                "failed",
                self.env._(
                    "%(count)s databases answer under %(host)s, so webhooks do not find this one.",
                    count=len(visible),
                    host=host,
                ),
                self.env._(
                    "Set db_name = %(database)s in Odoo's configuration, or a dbfilter that "
                    "leaves this database only.",
                    database=self.env.cr.dbname,
                ),
            )
        if config["dbfilter"]:
            return Row(
                name,
                "warning",
                self.env._("A dbfilter makes every webhook 2 to 4 times slower."),
                self.env._(
                    "Set db_name instead, or let the proxy send the header X-Odoo-Database."
                ),
            )
        return Row(name, "ok", self.env._("Webhooks find this database."))

    def _test_proxy(self):
        """Tell whether Odoo knows about the proxy that this very request came through."""
        name = self.env._("Proxy")
        environ = request.httprequest.environ if request else {}
        is_behind = "HTTP_X_FORWARDED_FOR" in environ or "HTTP_X_FORWARDED_PROTO" in environ
        if is_behind and not config["proxy_mode"]:
            return Row(
                name,
                "warning",
                self.env._("Odoo is behind a proxy and does not know it."),
                self.env._("Set proxy_mode = True in Odoo's configuration."),
            )
        return Row(name, "ok", self.env._("As it should be."))

    def _omnichannel_crons(self):
        """Return the scheduled actions of this addon, also those that were switched off."""
        # sudo: administrators of the connector need not be administrators of Odoo
        data_sudo = self.env["ir.model.data"].sudo()
        ids = data_sudo.search(
            [("module", "=", "omnichannel_connector"), ("model", "=", "ir.cron")]
        ).mapped("res_id")
        return self.env["ir.cron"].sudo().with_context(active_test=False).browse(ids).exists()

    def _test_crons(self):
        name = self.env._("Scheduled actions")
        crons_sudo = self._omnichannel_crons()
        if off := crons_sudo.filtered(lambda cron: not cron.active):
            return Row(
                name,
                "failed",
                self.env._("Switched off: %(names)s", names=", ".join(off.mapped("name"))),
                self.env._("Switch them on in Settings → Technical → Scheduled Actions."),
            )
        overdue = fields.Datetime.now() - CRON_LATE
        if late := crons_sudo.filtered(lambda cron: cron.nextcall < overdue):
            return Row(
                name,
                "failed",
                self.env._("They do not run: %(names)s", names=", ".join(late.mapped("name"))),
                self.env._("Start Odoo with max_cron_threads above 0 and look into its log."),
            )
        return Row(name, "ok", self.env._("All of them are on and run in time."))

    def _test_cron_workers(self):
        """Compare how many scheduled actions run at once with how many of ours want to."""
        name = self.env._("Workers for scheduled actions")
        wanted, running = SHARDS + 2, config["max_cron_threads"]
        if running >= wanted:
            return Row(name, "ok", self.env._("%(count)s may run at once.", count=running))
        return Row(
            name,
            "warning",
            self.env._("%(count)s may run at once on this server.", count=running),
            self.env._(
                "Set max_cron_threads = %(count)s, so that a burst of messages does not hold up "
                "other work.",
                count=wanted,
            ),
        )

    def _test_waking(self):
        name = self.env._("Waking")
        if os.environ.get("ODOO_NOTIFY_CRON_CHANGES"):
            return Row(name, "ok", self.env._("A long backlog is worked off without a pause."))
        return Row(
            name,
            "warning",
            self.env._("A long backlog pauses for up to a minute now and then."),
            self.env._("Set ODOO_NOTIFY_CRON_CHANGES=1 in the environment that Odoo runs in."),
        )

    # === E-MAIL === #

    def _test_mail(self):
        return [self._test_mail_in(), self._test_mail_out()] if self.alias_email else []

    def _test_mail_in(self):
        """Tell whether mail gets here: some came lately, or a server is asked for it."""
        name = self.env._("Incoming mail")
        recent = [
            ("account_id", "=", self.id),
            ("received_at", ">", fields.Datetime.now() - MAIL_RECENT),
        ]
        # sudo: administrators of the connector need not be administrators of Odoo
        if self.env["omnichannel.event"].sudo().search_count(recent, limit=1):
            return Row(name, "ok", self.env._("Mail came in within the last 30 days."))
        servers_sudo = self.env["fetchmail.server"].sudo()
        if servers_sudo.search_count([("state", "=", "done"), ("active", "=", True)], limit=1):
            return Row(name, "ok", self.env._("An incoming mail server is asked for mail."))
        return Row(
            name,
            "warning",
            self.env._("No mail came to %(address)s yet.", address=self.alias_email),
            self.env._(
                "Add an incoming mail server or let the domain's mail server pass mail to Odoo, "
                "then write a mail to this address."
            ),
        )

    def _test_mail_out(self):
        """Tell whether a server may send under the account's address."""
        name = self.env._("Outgoing mail")
        # sudo: administrators of the connector need not be administrators of Odoo
        servers_sudo = self.env["ir.mail_server"].sudo().search([("active", "=", True)])
        if not servers_sudo and config["smtp_server"] in (False, "", "localhost"):
            return Row(
                name,
                "failed",
                self.env._("There is no outgoing mail server."),
                self.env._("Add one in Settings → Technical → Outgoing Mail Servers."),
            )
        filters = [server.from_filter for server in servers_sudo] or [config["from_filter"]]
        match = self.env["ir.mail_server"]._match_from_filter
        if not any(match(self.alias_email, pattern) for pattern in filters):
            return Row(
                name,
                "warning",
                self.env._("No outgoing server sends under %(address)s.", address=self.alias_email),
                self.env._(
                    "Add %(domain)s to its FROM Filtering, or Odoo replaces the sender.",
                    domain=self.alias_domain,
                ),
            )
        return Row(name, "ok", self.env._("A server sends under this address."))
