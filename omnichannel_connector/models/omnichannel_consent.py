from odoo import api, fields, models
from odoo.exceptions import UserError

SERVICE, MARKETING = "service", "marketing"
PURPOSES = [(SERVICE, "Service"), (MARKETING, "Marketing")]
BOTH = (SERVICE, MARKETING)
# With this in the context the superuser may erase a person's lines; nobody else ever may.
ERASING = "omnichannel_erase_consent"


class OmnichannelConsent(models.Model):
    """What a customer allowed or refused: append-only, one line for each time they said so.

    A refusal holds until it is lifted or followed by a grant. Marketing needs a grant; service is
    allowed unless refused. Of one customer's addresses on a channel the most restrictive counts
    for marketing.
    """

    _name = "omnichannel.consent"
    _description = "Consent"
    _order = "occurred_at desc, id desc"
    _rec_name = "identity_id"

    identity_id = fields.Many2one(
        "omnichannel.identity", required=True, readonly=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(related="identity_id.partner_id")
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

    _current_idx = models.Index("(identity_id, channel, purpose, occurred_at DESC, id DESC)")

    def _get_channels(self):
        return self.env["omnichannel.account"]._get_channels()

    # === APPEND ONLY === #

    def write(self, vals):
        self._check_erasing()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _check_erasing(self):
        if not (self.env.su and self.env.context.get(ERASING)):
            raise UserError(
                self.env._("What was said stays as it was said. Add what holds now instead.")
            )

    # === RECORD === #

    @api.model
    def _record(
        self,
        identity,
        channel,
        purposes,
        state,
        source,
        words="",
        evidence="",
        message=None,
        occurred_at=None,
    ):
        """Write down what a customer allowed or refused here. Return the new lines.

        There are none when it says nothing new, so that repeated events have effect once, or when
        it would lift what only the customer can: a refusal that the provider told ends with the
        customer's own START, or for a block by writing again. The moment at which it was said
        decides, not the one at which we heard of it. Brings Odoo's blacklists in step, unless
        they are the source. The caller has checked the rights.
        """
        told = {"state": state, "source": source, "words": words or False}
        standings = identity._own_standings()[identity]
        moment = occurred_at or fields.Datetime.now()
        vals = {
            **told,
            "identity_id": identity.id,
            "channel": channel,
            "evidence": evidence or False,
            "message_id": message.id if message else False,
            "user_id": self._person().id,
            "occurred_at": moment,
        }
        # sudo: nobody may write lines but this method
        entries = self.sudo().create(
            [
                {**vals, "purpose": purpose}
                for purpose in purposes
                if self._is_news(standings.get((channel, purpose)), told)
            ]
        )
        if entries and source != "blacklist":
            identity.sudo()._sync_blacklist()
        return entries

    def _person(self):
        """Return who of us says it, nobody when the customer or a machine does."""
        user = self.env.user
        is_person = user._is_internal() and user != self.env.ref("base.user_root")
        return user if is_person else user.browse()

    def _is_news(self, standing, told):
        """Tell whether this changes what holds, or is better evidence for it."""
        state, source = told["state"], told["source"]
        is_refused = bool(standing and standing.state == "refused")
        if state == "refused":
            return not is_refused or (source == "provider" and not standing.is_locked)
        if is_refused:
            is_by_customer = source == "provider" or (source == "keyword" and not self._person())
            return is_by_customer or not standing.is_locked
        if state == "lifted" or not standing:
            return state == "granted"
        return standing.words != told["words"] or standing.source != source
