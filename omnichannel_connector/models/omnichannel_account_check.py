from dataclasses import dataclass

from odoo import fields, models

LEVELS = [("ok", "✓ Works"), ("warning", "⚠ Look at this"), ("failed", "✗ Does not work")]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a self-test, before it is stored. `advice` says what to do next."""

    name: str
    level: str
    detail: str = ""
    advice: str = ""


class OmnichannelAccountCheck(models.Model):
    """One line of the last self-test of an account."""

    _name = "omnichannel.account.check"
    _description = "Self-test Result"
    _order = "account_id, sequence, id"

    account_id = fields.Many2one(
        "omnichannel.account", required=True, readonly=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(readonly=True)
    name = fields.Char("Checked", required=True, readonly=True)
    level = fields.Selection(LEVELS, "Result", required=True, readonly=True)
    detail = fields.Char("Found", readonly=True)
    advice = fields.Char("What to do", readonly=True)


class OmnichannelAccount(models.Model):
    _inherit = "omnichannel.account"

    check_ids = fields.One2many("omnichannel.account.check", "account_id", "Self-test")
    tested_at = fields.Datetime("Last Test", compute="_compute_test_result")
    test_result = fields.Selection(LEVELS, compute="_compute_test_result")

    def _compute_test_result(self):
        for account in self:
            levels = set(account.check_ids.mapped("level"))
            account.tested_at = max(account.check_ids.mapped("create_date"), default=False)
            account.test_result = next(
                (level for level in ("failed", "warning", "ok") if level in levels), False
            )

    # === TEST === #

    def action_test(self):
        """Test the account and the server and keep the result in `check_ids`.

        Asks the provider and our own public address: up to a minute, before anything is written,
        so that nobody waits for a lock meanwhile. A subscription that the provider does not have
        is made again, and the result says so.
        """
        self.check_access("write")
        rows = {account: account._run_test() for account in self}
        # sudo: nobody writes results by hand
        checks_sudo = self.env["omnichannel.account.check"].sudo()
        checks_sudo.search([("account_id", "in", self.ids)]).unlink()
        checks_sudo.create(
            [
                {
                    "account_id": account.id,
                    "sequence": number,
                    "name": row.name,
                    "level": row.level,
                    "detail": row.detail,
                    "advice": row.advice if row.level != "ok" else "",
                }
                for account, account_rows in rows.items()
                for number, row in enumerate(account_rows)
            ]
        )
        self.invalidate_recordset(["tested_at", "test_result", "check_ids"])
        return self._test_notification()

    def action_test_and_connect(self):
        """Test the account, and connect it when nothing failed."""
        self.ensure_one()
        if self._missing_settings():
            return self.action_connect()  # refuses, naming what is missing
        notification = self.action_test()
        if self.test_result != "failed":
            self.action_connect()
        return notification

    def _run_test(self):
        """Return the rows of the self-test. Writes nothing. Another addon adds its own."""
        self.ensure_one()
        rows = [self._test_settings()]
        if self.is_native:
            rows += self._test_mail()
        elif rows[0].level == "ok":
            rows += self._test_provider()
        if not self.is_native:
            rows += self._test_webhook()
        return rows + self._test_server()

    def _test_settings(self):
        missing = self._missing_settings()
        return Row(
            self.env._("Settings"),
            "failed" if missing else "ok",
            self.env._("Missing: %(fields)s", fields=", ".join(missing))
            if missing
            else self.env._("Everything that the channel needs is filled in."),
            self.env._("Fill it in as the set-up guide says, save and test again."),
        )

    def _test_notification(self):
        texts = {
            "ok": self.env._("Everything works."),
            "warning": self.env._("It works. Have a look at the warnings."),
            "failed": self.env._("Something does not work. Below it says what to do."),
        }
        kinds = {"ok": "success", "warning": "warning", "failed": "danger"}
        found = set(self.mapped("test_result"))
        result = next((level for level in ("failed", "warning") if level in found), "ok")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kinds[result],
                "message": texts[result],
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
