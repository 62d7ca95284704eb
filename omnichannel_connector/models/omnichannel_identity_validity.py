from odoo import fields, models
from odoo.tools import format_date

REPEATED = 3  # this many times in a row in vain, and a doubtful number counts as unreachable


class OmnichannelIdentity(models.Model):
    """Whether messages arrive at an address at all."""

    _inherit = "omnichannel.identity"

    def _note_invalid(self, validity, reason):
        """Note that nothing arrives here (bounced, unreachable), with the provider's words."""
        news = self.filtered(lambda identity: identity.validity == "valid")
        news.write(
            {
                "validity": validity,
                "validity_reason": reason,
                "validity_at": fields.Datetime.now(),
            }
        )

    def _prepare_seen(self, moment):
        """Return what changes when the customer writes from here: the address works."""
        if self.validity == "valid" or (self.validity_at and moment < self.validity_at):
            return {}
        return {"validity": "valid", "validity_reason": False, "validity_at": False}

    def _validity_sentence(self):
        """Return why a message may not arrive here, or an empty string.

        It warns a person, who may know better, and stops automations.
        """
        self.ensure_one()
        if self.validity == "valid":
            return ""
        values = {
            "date": format_date(self.env, self.validity_at, date_format="d MMM y"),
            "reason": self.validity_reason or "",
        }
        if self.validity == "bounced":
            return self.env._("The last e-mail came back on %(date)s: %(reason)s", **values)
        return self.env._("Unreachable since %(date)s: %(reason)s", **values)
