from odoo import fields, models

PURPOSES = [("service", "Service"), ("marketing", "Marketing")]


class OmnichannelConsent(models.Model):
    """What a customer allowed or refused: append-only, one line for each time they said so.

    A refusal holds until it is lifted or followed by a grant. Marketing needs a grant; service is
    allowed unless refused. Of one customer's addresses on a channel the most restrictive counts
    for marketing.
    """

    _name = "omnichannel.consent"
    _description = "Consent"
    _order = "id desc"
    _rec_name = "identity_id"

    identity_id = fields.Many2one(
        "omnichannel.identity", required=True, readonly=True, ondelete="restrict"
    )
    channel = fields.Selection(selection="_get_channels", required=True, readonly=True)
    purpose = fields.Selection(PURPOSES, required=True, readonly=True)
    state = fields.Selection(
        [("granted", "Granted"), ("refused", "Refused"), ("lifted", "Refusal lifted")],
        required=True,
        readonly=True,
    )
    source = fields.Selection(
        [
            ("keyword", "The customer's words"),
            ("provider", "Told by the provider"),
            ("page", "Preference page"),
            ("unsubscribe", "Unsubscribe in an e-mail"),
            ("blacklist", "Odoo's blacklist"),
            ("staff", "Noted by a person"),
        ],
        required=True,
        readonly=True,
    )
    words = fields.Text(readonly=True, help="What exactly was said.")
    evidence = fields.Char(readonly=True, help="Where it was said.")
    message_id = fields.Many2one(
        "omnichannel.message", readonly=True, ondelete="set null", index="btree_not_null"
    )
    user_id = fields.Many2one("res.users", "Noted By", readonly=True, ondelete="set null")
    occurred_at = fields.Datetime("When", required=True, readonly=True)

    _current_idx = models.Index("(identity_id, channel, purpose, id DESC)")

    def _get_channels(self):
        return self.env["omnichannel.account"]._get_channels()
