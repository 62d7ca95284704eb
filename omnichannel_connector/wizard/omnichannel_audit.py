from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools.misc import format_datetime, formatLang

from ..models.omnichannel_identity_anonymous import ANONYMOUS

SEVERITIES = [
    ("error", "✗ Fix now"),
    ("warning", "⚠ To decide"),
    ("info", "ℹ Good to know"),
]
# Nothing is counted beyond this: what is common is found at once, what is rare has an index.
MOST = 10_000
TOO_LONG = timedelta(days=1)  # that a customer waits for an answer


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that may be wrong: the records with it, and how people are told.

    `severity` may be a function of the records' model, and `detail` returns what is added to the
    sentence. `one` and `many` are the sentence; it follows the number.
    """

    code: str
    severity: str | Callable
    model: str
    domain: list
    one: str
    many: str
    detail: Callable = lambda records: ""


class OmnichannelAudit(models.TransientModel):
    """How well customers are connected: what is wrong, how much of it, what to fix first.

    The lines are made anew each time somebody opens the page, with their own rights and for the
    companies that they have selected.
    """

    _name = "omnichannel.audit"
    _description = "Connection Audit"
    _order = "sequence, id"
    _rec_name = "text"

    sequence = fields.Integer(readonly=True)
    code = fields.Char(readonly=True)
    severity = fields.Selection(SEVERITIES, readonly=True)
    count = fields.Integer(readonly=True)
    count_text = fields.Char("How Many", compute="_compute_count_text")
    text = fields.Char("What", readonly=True)

    @api.depends("count")
    @api.depends_context("lang")
    def _compute_count_text(self):
        for line in self:
            number = formatLang(self.env, min(line.count, MOST), digits=0)
            line.count_text = f"{number}+" if line.count > MOST else number

    @api.model
    def action_audit(self):
        """Count everything anew and show it."""
        # sudo: lines of a page that nobody looks at any more; only this user's own
        self.sudo().search([("create_uid", "=", self.env.uid)]).unlink()
        lines = self._create_lines()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "omnichannel_connector.omnichannel_audit_action"
        )
        # without its id: reloading the page counts again, it does not show lines that are gone
        return {**action, "id": False, "domain": [("id", "in", lines.ids)]}

    def _create_lines(self):
        """Create a line for each check that finds something: the worst first, then the most."""
        found = []
        for check in self._checks():
            records = self.env[check.model]
            count = records.search_count(check.domain, limit=MOST + 1)
            if not count:
                continue
            severity = check.severity
            severity = severity(records) if callable(severity) else severity
            text = (check.one if count == 1 else check.many) + check.detail(records)
            found.append({"code": check.code, "severity": severity, "count": count, "text": text})
        ranks = [severity for severity, _label in SEVERITIES]
        found.sort(key=lambda line: (ranks.index(line["severity"]), -line["count"]))
        return self.create([{**line, "sequence": rank} for rank, line in enumerate(found)])

    def action_open(self):
        """Open exactly the records that were counted, as far as they are still so."""
        self.ensure_one()
        check = next(check for check in self._checks() if check.code == self.code)
        return {
            "type": "ir.actions.act_window",
            "name": check.many,
            "res_model": check.model,
            "domain": check.domain,
            "views": [(False, "list"), (False, "form")],
            "context": {"create": False},
        }

    # === CHECKS === #

    @api.model
    def _checks(self):
        """Return the Checks that this user may see. To be extended: another addon adds its own."""
        checks = [
            *self._traffic_checks(),
            *self._identity_checks(),
            *self._customer_checks(),
        ]
        return [check for check in checks if self.env[check.model].has_access("read")]

    def _traffic_checks(self):
        waiting = [("state", "=", "open"), ("waiting_for", "=", "us")]
        silent = self.env["omnichannel.account"].search([("health", "in", ["warning", "error"])])
        silent = silent.filtered(lambda account: account._is_silent())
        yield Check(
            "waiting",
            lambda records: "error" if self._waits_too_long(records, waiting) else "warning",
            "omnichannel.conversation",
            waiting,
            self.env._("customer waits for an answer"),
            self.env._("customers wait for an answer"),
            lambda records: self._since(records, waiting),
        )
        yield Check(
            "failed_events",
            "error",
            "omnichannel.event",
            [("state", "=", "failed")],
            self.env._("event of a provider could not be understood"),
            self.env._("events of a provider could not be understood"),
        )
        yield Check(
            "silent_accounts",
            "error",
            "omnichannel.account",
            [("id", "in", silent.ids)],
            self.env._("account is silent for longer than usual: look at its health"),
            self.env._("accounts are silent for longer than usual: look at their health"),
        )
        yield Check(
            "unknown",
            "warning",
            "omnichannel.delivery",
            [("state", "=", "unknown"), ("is_discarded", "=", False)],
            self.env._("message of which nobody knows whether it arrived"),
            self.env._("messages of which nobody knows whether they arrived"),
        )

    def _oldest(self, records, domain):
        return records.search(domain, order="last_inbound_at, id", limit=1).last_inbound_at

    def _waits_too_long(self, records, domain):
        oldest = self._oldest(records, domain)
        return bool(oldest) and fields.Datetime.now() - oldest > TOO_LONG

    def _since(self, records, domain):
        oldest = self._oldest(records, domain)
        if not oldest:
            return ""
        moment = format_datetime(self.env, oldest, dt_format="short")
        return self.env._(", the first since %(moment)s", moment=moment)

    def _identity_checks(self):
        yield Check(
            "suggestions",
            "warning",
            "omnichannel.suggestion",
            [("state", "=", "open")],
            self.env._("suggestion that an address belongs to another customer"),
            self.env._("suggestions that an address belongs to another customer"),
        )
        yield Check(
            "twins",
            "warning",
            "omnichannel.identity",
            [("has_twin", "=", True)],
            self.env._("address that another customer has too, written in another way"),
            self.env._("addresses that another customer has too, written in another way"),
        )
        yield Check(
            "shared",
            "warning",
            "omnichannel.conversation",
            [("is_unclear", "=", True)],
            self.env._("address that several customers use: who is writing?"),
            self.env._("addresses that several customers use: who is writing?"),
        )
        yield Check(
            "claims",
            "warning",
            "omnichannel.identity",
            [("trust", "=", "claimed"), ("claim_state", "=", "open")],
            self.env._("address that somebody typed and nobody checked"),
            self.env._("addresses that somebody typed and nobody checked"),
        )
        yield Check(
            "invalid",
            "warning",
            "omnichannel.identity",
            [("validity", "in", ["bounced", "unreachable"])],
            self.env._("address that messages no longer reach"),
            self.env._("addresses that messages no longer reach"),
        )
        yield Check(
            "strangers",
            "info",
            "omnichannel.identity",
            self._stranger_domain(),
            self.env._("address of a customer whom nobody has named or linked yet"),
            self.env._("addresses of customers whom nobody has named or linked yet"),
        )

    def _stranger_domain(self):
        """Return the addresses whose customer a channel made and no person touched since."""
        return [
            ("source", "=", "channel"),
            ("trust", "=", "observed"),
            ("scope", "!=", ANONYMOUS[1]),
            ("home_partner_id", "=", False),
            ("partner_id.omnichannel_is_stranger", "=", True),
        ]

    def _customer_checks(self):
        yield Check(
            "unreachable",
            "warning",
            "res.partner",
            [("omnichannel_is_unreachable", "=", True)],
            self.env._("customer without any address that works"),
            self.env._("customers without any address that works"),
        )
        yield Check(
            "no_consent",
            "info",
            "res.partner",
            [("omnichannel_is_without_consent", "=", True)],
            self.env._("customer who neither allowed nor refused anything"),
            self.env._("customers who neither allowed nor refused anything"),
        )
        yield Check(
            "single_channel",
            "info",
            "res.partner",
            [("omnichannel_is_single_channel", "=", True)],
            self.env._("customer who is known in one channel only"),
            self.env._("customers who are known in one channel only"),
        )
