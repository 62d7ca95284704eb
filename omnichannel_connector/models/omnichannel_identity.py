import logging
from datetime import timedelta

from odoo import api, fields, models

from ..channels.addresses import match_key
from ..channels.events import Kind
from .timing import touch

_logger = logging.getLogger(__name__)

NATIVE_KINDS = {
    "phone": "Phone",
    "email": "E-mail",
    "visitor": "Live chat visitor",
    "in_person": "In person",
}
TRUST_LEVELS = [
    ("claimed", "Claimed"),
    ("observed", "Observed"),
    ("attested", "Attested"),
    ("confirmed", "Confirmed by staff"),
]


class OmnichannelIdentity(models.Model):
    """An address of a customer: (kind, scope, normalised value) -> partner.

    `scope` is the account's external id where an address is valid in one account only
    (Instagram), else empty. A claimed identity is only somebody's word: it never resolves, save
    in the scope of those who can't prove who they are, which leads to nobody else.
    """

    _name = "omnichannel.identity"
    _description = "Customer Identity"
    _order = "kind, id"
    _rec_name = "value"

    kind = fields.Selection(selection="_get_kinds", required=True)
    scope = fields.Char(required=True, default="")
    value = fields.Char("Address", required=True)
    raw_value = fields.Char("As Written", help="The address as it first came to us.")
    match_key = fields.Char(
        compute="_compute_match_key",
        store=True,
        precompute=True,
        help="The same for spellings that may be one address. It suggests, it proves nothing.",
    )
    username = fields.Char("Handle")
    partner_id = fields.Many2one("res.partner", "Customer", index=True, ondelete="cascade")
    company_id = fields.Many2one(
        "res.company", compute="_compute_company_id", store=True, index="btree_not_null"
    )
    home_partner_id = fields.Many2one(
        "res.partner",
        "Customer Before Linking",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Whose it is when no link is in force any more. Empty while none is.",
    )
    link_ids = fields.One2many("omnichannel.link", "identity_id", "Links")
    trust = fields.Selection(TRUST_LEVELS, required=True, default="observed")
    trust_evidence = fields.Char("Evidence", readonly=True, help="How we know.")
    source = fields.Selection(
        [
            ("channel", "Delivered by the channel"),
            ("record", "Customer record"),
            ("typed", "Typed in a message"),
            ("merged", "Record that was merged into the customer's"),
        ],
        required=True,
        default="channel",
    )
    validity = fields.Selection(
        [("valid", "Works"), ("bounced", "Bounced"), ("unreachable", "Unreachable")],
        required=True,
        default="valid",
    )
    validity_reason = fields.Char(readonly=True, help="What the provider said.")
    validity_at = fields.Datetime("Since", readonly=True)
    is_shared = fields.Boolean(
        help="More than one customer uses this address. Nobody is matched by it on their own."
    )
    candidate_ids = fields.Many2many(
        "res.partner",
        "omnichannel_identity_candidate_rel",
        string="May Belong To",
        help="Whose records carry a shared address.",
    )
    is_household = fields.Boolean(
        help="A person said that several people use it: nobody is asked again whose it is."
    )
    is_standby = fields.Boolean(
        "Another App Answers", readonly=True, help="Another app of the provider has this thread."
    )
    is_profile_pending = fields.Boolean(help="The profile at the provider was not read yet.")
    account_id = fields.Many2one("omnichannel.account", "Last Account", ondelete="set null")
    first_seen_at = fields.Datetime("First Seen", readonly=True)
    last_seen_at = fields.Datetime("Last Seen", readonly=True)
    last_inbound_at = fields.Datetime("Last Message From Customer", readonly=True)

    _address_unique = models.UniqueIndex(
        "(kind, scope, value, COALESCE(company_id, 0)) "
        "WHERE trust <> 'claimed' OR scope = 'unverified'",
        "This address already belongs to a customer.",
    )
    _match_key_idx = models.Index(
        "(match_key, partner_id) WHERE match_key IS NOT NULL AND trust <> 'claimed'"
    )
    _profile_pending_idx = models.Index("(id) WHERE is_profile_pending")

    @api.depends("kind", "value", "username")
    def _compute_display_name(self):
        for identity in self:
            identity.display_name = f"@{identity.username}" if identity.username else identity.value

    @api.depends("kind", "value")
    def _compute_match_key(self):
        for identity in self:
            identity.match_key = match_key(identity.kind, identity.value) or False

    @api.depends("partner_id.company_id", "home_partner_id.company_id")
    def _compute_company_id(self):
        """It is that of whose it is without links; while it is nobody's, it stays where it was.

        If a link changed it, what another company's customers write would go elsewhere while it is
        in force, and an undone link could meet the same address that came in between.
        """
        for identity in self:
            is_linked = any(link.state == "linked" for link in identity.link_ids)
            owner = identity.home_partner_id or (identity.partner_id if not is_linked else None)
            identity.company_id = owner.company_id if owner else identity.company_id

    @api.model
    def _get_kinds(self):
        """Return the kinds of address: Odoo's own, and those that only a channel has."""
        classes = self.env["omnichannel.account"]._adapter_classes().values()
        return list(({cls.identity_kind: cls.label for cls in classes} | NATIVE_KINDS).items())

    # === TRUST === #

    def _raise_trust(self, level, evidence):
        """Note how sure we are of these addresses, and why. Never lowers what is known already.

        A claimed address that becomes more raises a database error when somebody else has it.
        """
        order = [name for name, _label in TRUST_LEVELS]
        weaker = self.filtered(lambda identity: order.index(identity.trust) < order.index(level))
        weaker.write({"trust": level, "trust_evidence": evidence})

    def _note_seen(self, moment, account, inbound):
        """Note a message from or to this address. Late messages turn no clock back."""
        self.ensure_one()
        values = {"account_id": account.id} if self.account_id != account else {}
        if not self.first_seen_at or moment < self.first_seen_at:
            values["first_seen_at"] = moment
        if inbound and not self.last_inbound_at and self.trust == "observed":
            values["trust_evidence"] = self._delivered_by(account)
        if not self.last_seen_at or moment > self.last_seen_at:
            values["last_seen_at"] = moment
        if inbound and (not self.last_inbound_at or moment > self.last_inbound_at):
            values["last_inbound_at"] = moment
        if inbound:
            values.update(self._prepare_seen(moment))
        if values:
            self.write(values)
        else:
            self._touch()

    def _touch(self):
        """Write the row without changing it, so that who links it meanwhile has to repeat."""
        touch(self)

    def _delivered_by(self, account):
        """Return the evidence of an address that a channel told us."""
        label = dict(account._get_channels()).get(account.channel, account.channel)
        return self.env._("Delivered by %(channel)s", channel=label)

    def _note_standby(self, inbound):
        """Note whether another app answers this customer now, from their last message."""
        is_from_thread = not inbound.is_echo and inbound.kind is not Kind.COMMENT
        if is_from_thread and self.is_standby != inbound.is_standby:
            self.is_standby = inbound.is_standby

    # === WINDOW === #

    def _window_until(self, window):
        """Return until when `window` (timedelta or None) lets us write, or None for no limit."""
        self.ensure_one()
        if window is None:
            return None
        return (self.last_inbound_at or fields.Datetime.to_datetime("1970-01-01")) + window

    def _is_window_open(self, window, now=None):
        until = self._window_until(window)
        return until is None or until > (now or fields.Datetime.now()) + timedelta(seconds=5)
