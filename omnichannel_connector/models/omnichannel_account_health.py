from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models

from .timing import commit_repeatedly

SUPERVISOR = "omnichannel_connector.omnichannel_group_supervisor"
HEALTH = [("ok", "✓ Healthy"), ("warning", "⚠ Warning"), ("error", "✗ Not healthy")]
ICONS = {
    "warning": "fa-exclamation-triangle text-warning",
    "error": "fa-times-circle text-danger",
}

# Beyond these a finding is a warning, or an error.
LAG = (timedelta(minutes=3), timedelta(minutes=15))  # of the oldest event that waits
QUEUE = (timedelta(minutes=15), timedelta(hours=1))  # of the oldest message that is due
GAP = timedelta(hours=6)  # since the last complete look for missed messages
TOKEN_DAYS = (14, 7, 1)  # warned of at each of these; the last one is an error

COUNTED = {"compute": "_compute_counts", "compute_sudo": True, "groups": SUPERVISOR}


class OmnichannelDelivery(models.Model):
    _inherit = "omnichannel.delivery"

    # counted for every account every few minutes, in a table that only grows
    _open_idx = models.Index("(account_id, state) WHERE state IN ('queued', 'sending', 'unknown')")


class OmnichannelAccount(models.Model):
    """Whether an account works right now, and what is wrong when it does not.

    `health_findings` is [[level, code, values]]: the sentences are made when somebody reads them,
    in the reader's language.
    """

    _inherit = "omnichannel.account"

    health = fields.Selection(HEALTH, readonly=True, copy=False, index=True, tracking=True)
    # how much there is, and when, tells of teams that an agent is not of
    health_findings = fields.Json(readonly=True, copy=False, groups=SUPERVISOR)
    health_text = fields.Text("Findings", compute="_compute_health_text", groups=SUPERVISOR)
    health_panel = fields.Html(
        "Health Panel", compute="_compute_health_text", sanitize=False, groups=SUPERVISOR
    )
    subscription_error = fields.Char(readonly=True, copy=False)
    last_event_at = fields.Datetime("Last Event", **COUNTED)
    last_error = fields.Char(**COUNTED)
    failed_event_count = fields.Integer("Failed Events", **COUNTED)
    recovered_event_count = fields.Integer("Recovered Events", **COUNTED)
    queued_count = fields.Integer("Queued", **COUNTED)
    unknown_count = fields.Integer("Unknown", **COUNTED)

    def _compute_counts(self):
        own, events = [("account_id", "in", self.ids)], self.env["omnichannel.event"]
        deliveries = self.env["omnichannel.delivery"]
        last = dict(events._read_group(own, ["account_id"], ["received_at:max"]))
        failed = self._count_by_account(events, [("state", "=", "failed")])
        recovered = self._count_by_account(events, [("is_recovered", "=", True)])
        queued = self._count_by_account(deliveries, [("state", "in", ["queued", "sending"])])
        unknown = self._count_by_account(deliveries, [("state", "=", "unknown")])
        for account in self:
            account.last_event_at = last.get(account)
            account.failed_event_count = failed.get(account, 0)
            account.recovered_event_count = recovered.get(account, 0)
            account.queued_count = queued.get(account, 0)
            account.unknown_count = unknown.get(account, 0)
            account.last_error = account.error or account._last_event_error()

    def _count_by_account(self, records, domain):
        domain = [("account_id", "in", self.ids), *domain]
        return dict(records._read_group(domain, ["account_id"], ["__count"]))

    def _last_event_error(self):
        """Return the last line of the newest failed event's traceback."""
        domain = [("account_id", "in", self.ids), ("state", "=", "failed")]
        event = self.env["omnichannel.event"].search(domain, order="id desc", limit=1)
        lines = (event.error or "").strip().splitlines()
        return lines[-1] if lines else False

    # === WATCH === #

    @api.model
    def _cron_health(self):
        """Bring the health of all accounts up to date and alarm those who can cure it. Commits."""
        accounts = self.search([("active", "=", True)])
        for account in accounts:
            commit_repeatedly(self.env, account._update_health)
        self.env["ir.cron"]._commit_progress(len(accounts), remaining=0)

    def _update_health(self):
        """Look at the account, write what changed, tell the administrators when it turns red."""
        self.ensure_one()
        self.invalidate_recordset()
        findings = self._find_problems() if self.state != "draft" else []
        levels = {level for level, _code, _values in findings}
        health = next((level for level in ("error", "warning") if level in levels), "ok")
        if self.state == "draft":
            health = False
        if (self.health or False) != health or (self.health_findings or []) != findings:
            self.write({"health": health, "health_findings": findings})
        self._update_alarm()

    def _find_problems(self):
        """Return [[level, code, values]], values being plain JSON. Another addon adds its own."""
        findings = [
            *self._find_account_problems(),
            *self._find_event_problems(),
            *self._find_delivery_problems(),
            *self._find_token_problems(),
            *self._find_silence(),
        ]
        return [list(finding) for finding in findings]

    def _find_account_problems(self):
        if self.state == "error":
            yield "error", "account", {"reason": self.error or ""}
        if self.subscription_error:
            yield "error", "subscription", {"reason": self.subscription_error}
        is_listed = self.can_list and self.state == "connected" and self.checked_until
        if is_listed and fields.Datetime.now() - self.checked_until > GAP:
            yield "warning", "gap", {"since": fields.Datetime.to_string(self.checked_until)}

    def _find_event_problems(self):
        if self.failed_event_count:
            yield "error", "failed_events", {"count": self.failed_event_count}
        domain = [("account_id", "=", self.id), ("state", "=", "new")]
        oldest = self.env["omnichannel.event"].search(domain, order="id", limit=1)
        if oldest and (level := self._level_of_age(oldest.received_at, LAG)):
            yield level, "lag", {"since": fields.Datetime.to_string(oldest.received_at)}

    def _find_delivery_problems(self):
        if self.unknown_count:
            yield "warning", "unknown_deliveries", {"count": self.unknown_count}
        now = fields.Datetime.now()
        domain = [
            ("account_id", "=", self.id),
            ("state", "=", "queued"),
            *("|", ("next_attempt_at", "=", False), ("next_attempt_at", "<=", now)),
        ]
        oldest = self.env["omnichannel.delivery"].search(domain, order="id", limit=1)
        if oldest and (level := self._level_of_age(oldest.create_date, QUEUE)):
            values = {"count": self.queued_count}
            yield level, "queue", {**values, "since": fields.Datetime.to_string(oldest.create_date)}

    def _find_token_problems(self):
        if not self.token_expires_at:
            return
        days = (self.token_expires_at - fields.Datetime.now()) / timedelta(days=1)
        passed = [limit for limit in TOKEN_DAYS if days <= limit]
        if not passed:
            return
        level = "error" if min(passed) == TOKEN_DAYS[-1] else "warning"
        values = {"moment": fields.Datetime.to_string(self.token_expires_at)}
        yield level, "token_dead" if days <= 0 else "token", {**values, "days": min(passed)}

    def _level_of_age(self, moment, limits):
        """Return the level of something that is as old as this, limits being (warning, error)."""
        age, (warning, error) = fields.Datetime.now() - moment, limits
        return "error" if age > error else "warning" if age > warning else None

    # === SHOW === #

    @api.depends("health_findings")
    @api.depends_context("lang", "tz")
    def _compute_health_text(self):
        for account in self:
            lines = [
                (level, account._finding_text(code, values))
                for level, code, values in account.health_findings or []
            ]
            account.health_text = "\n".join(text for _level, text in lines)
            account.health_panel = Markup().join(self._panel_line(*line) for line in lines)

    def _panel_line(self, level, text):
        title = dict(self._fields["health"]._description_selection(self.env))[level]
        return Markup('<div class="mb-1"><i class="fa %s me-2" title="%s"></i>%s</div>') % (
            ICONS[level],
            title,
            text,
        )

    def _finding_text(self, code, values):
        """Return the sentence of a finding in the reader's language and time zone."""
        values = {
            name: self._local_time(value) if name in ("since", "moment") else value
            for name, value in values.items()
        }
        texts = {**self._connection_texts(values), **self._traffic_texts(values)}
        return texts.get(code, code)

    def _connection_texts(self, values):
        return {
            "account": self.env._("Nothing is sent: %(reason)s", reason=values.get("reason")),
            "subscription": self.env._(
                "The provider no longer tells us about new messages: %(reason)s",
                reason=values.get("reason"),
            ),
            "gap": self.env._(
                "Missed messages could not be looked for since %(since)s.",
                since=values.get("since"),
            ),
            "token": self.env._(
                "The access token expires on %(moment)s and could not be renewed yet.",
                moment=values.get("moment"),
            ),
            "token_dead": self.env._(
                "The access token expired on %(moment)s. Enter a new one and connect again.",
                moment=values.get("moment"),
            ),
        }

    def _traffic_texts(self, values):
        return {
            "failed_events": self.env._(
                "Failed events: %(count)s. Open them, and try again when the cause is gone.",
                count=values.get("count"),
            ),
            "lag": self.env._(
                "Incoming messages wait since %(since)s: do the scheduled actions run?",
                since=values.get("since"),
            ),
            "queue": self.env._(
                "Messages that wait to be sent: %(count)s, the oldest since %(since)s.",
                count=values.get("count"),
                since=values.get("since"),
            ),
            "unknown_deliveries": self.env._(
                "Messages of which nobody knows whether they arrived: %(count)s.",
                count=values.get("count"),
            ),
            "silence": self.env._(
                "Silence since %(since)s, when usually about %(count)s customers write.",
                since=values.get("since"),
                count=values.get("count"),
            ),
        }

    def _local_time(self, text):
        moment = fields.Datetime.context_timestamp(self, fields.Datetime.to_datetime(text))
        return moment.strftime("%Y-%m-%d %H:%M")

    def action_open_events(self):
        """Open the event log of this account."""
        self.ensure_one()
        return self._open_events([("account_id", "=", self.id)])

    def action_open_failed_events(self):
        """Open the events of this account that failed."""
        self.ensure_one()
        return self._open_events([("account_id", "=", self.id), ("state", "=", "failed")])

    def _open_events(self, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "omnichannel_connector.omnichannel_event_action"
        )
        return {**action, "domain": domain, "context": {}}
