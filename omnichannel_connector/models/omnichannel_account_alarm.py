from odoo import models

ACTIVITY_TYPE = "omnichannel_connector.mail_activity_type_health"


class OmnichannelAccount(models.Model):
    """An account that turned red is a to-do of those who can cure it, until it is green again."""

    _inherit = "omnichannel.account"

    def _update_alarm(self):
        """Give every administrator one activity while the account is red, and end it afterwards.

        A warning changes nothing: it neither alarms nor calms.
        """
        self.ensure_one()
        if self.health == "error":
            alarmed = self.activity_search([ACTIVITY_TYPE]).user_id
            for user in self._administrators() - alarmed:
                self.activity_schedule(
                    ACTIVITY_TYPE,
                    user_id=user.id,
                    summary=self.env._("%(account)s needs attention", account=self.name),
                    note=self.with_context(lang=user.lang, tz=user.tz).health_panel,
                )
        elif self.health != "warning":
            self.activity_feedback([ACTIVITY_TYPE])

    def _administrators(self):
        """Return the people who may cure accounts of this company."""
        group = self.env.ref("omnichannel_connector.omnichannel_group_administrator")
        return group.all_user_ids.filtered(
            lambda user: user.active and self.company_id in user.company_ids
        )
