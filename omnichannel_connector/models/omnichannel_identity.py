import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..channels.events import Kind, OptOut

_logger = logging.getLogger(__name__)

NATIVE_KINDS = {"phone": "Phone", "email": "E-mail", "visitor": "Live chat visitor"}
TRUST_LEVELS = [
    ("claimed", "Claimed"),
    ("observed", "Observed"),
    ("attested", "Attested"),
    ("confirmed", "Confirmed by staff"),
]


class OmnichannelIdentity(models.Model):
    """An address of a customer: (kind, scope, normalised value) -> partner.

    `scope` is the account's external id where an address is valid in one account only
    (Instagram), else empty. A claimed identity is only somebody's word: it never resolves.
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
        index="btree_not_null",
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
    is_opted_out = fields.Boolean("Wants No Messages", readonly=True)
    is_standby = fields.Boolean(
        "Another App Answers", readonly=True, help="Another app of the provider has this thread."
    )
    is_profile_pending = fields.Boolean(help="The profile at the provider was not read yet.")
    account_id = fields.Many2one("omnichannel.account", "Last Account", ondelete="set null")
    first_seen_at = fields.Datetime("First Seen", readonly=True)
    last_seen_at = fields.Datetime("Last Seen", readonly=True)
    last_inbound_at = fields.Datetime("Last Message From Customer", readonly=True)

    _address_unique = models.UniqueIndex(
        "(kind, scope, value, COALESCE(company_id, 0)) WHERE trust <> 'claimed'",
        "This address already belongs to a customer.",
    )
    _profile_pending_idx = models.Index("(id) WHERE is_profile_pending")

    @api.depends("kind", "value", "username")
    def _compute_display_name(self):
        for identity in self:
            identity.display_name = f"@{identity.username}" if identity.username else identity.value

    @api.model
    def _get_kinds(self):
        """Return the kinds of address: Odoo's own, and those that only a channel has."""
        classes = self.env["omnichannel.account"]._adapter_classes().values()
        return list(({cls.identity_kind: cls.label for cls in classes} | NATIVE_KINDS).items())

    # === RESOLUTION === #

    @api.model
    def _resolve(self, company, wanted):
        """Return {(kind, scope, value): identity} for inbound traffic, one query for the batch.

        `wanted` is {(kind, scope, value): {"name":, "account_id":}}. Addresses that nobody has
        get a new customer. An address that several customers share resolves to nobody of them:
        it gets a customer of its own that a person can link. Safe against parallel first
        messages: the unique index decides, a concurrent twin raises a database error and the
        caller repeats its batch.
        """
        found = self._find(company, wanted)
        unknown = {key: hint for key, hint in wanted.items() if key not in found}
        if unknown:
            found.update(self._create_strangers(unknown))
        orphans = [key for key, identity in found.items() if not identity.partner_id]
        for key in orphans:
            found[key].partner_id = self._create_partners({key: wanted[key]})[0]
        return found

    @api.model
    def _find(self, company, keys):
        """Return the identities that these addresses resolve to in a company."""
        if not keys:
            return {}
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (kind, scope, value) id
                  FROM omnichannel_identity
                 WHERE (kind, scope, value) IN %s
                   AND trust <> 'claimed'
                   AND (company_id = %s OR company_id IS NULL)
              ORDER BY kind, scope, value, company_id NULLS LAST
                """,
                tuple(keys),
                company.id,
            )
        )
        identities = self.browse([row[0] for row in rows])
        return {(i.kind, i.scope, i.value): i for i in identities}

    def _create_strangers(self, unknown):
        classes = self.env["omnichannel.account"]._adapter_classes().values()
        kinds_with_profile = {cls.identity_kind for cls in classes if cls.has_profiles}
        partners = self._create_partners(unknown)
        identities = self.create(
            [
                {
                    "kind": kind,
                    "scope": scope,
                    "value": value,
                    "partner_id": partner.id,
                    "username": hint.get("username") or False,
                    "is_profile_pending": kind in kinds_with_profile,
                    "account_id": hint["account_id"],
                }
                for ((kind, scope, value), hint), partner in zip(
                    unknown.items(), partners, strict=True
                )
            ]
        )
        if identities.filtered("is_profile_pending"):
            self.env.ref("omnichannel_connector.ir_cron_omnichannel_upkeep")._trigger()
        return {(i.kind, i.scope, i.value): i for i in identities}

    def _create_partners(self, unknown):
        vals_list = [
            self._prepare_partner_values(kind, value, hint.get("name"))
            for (kind, _scope, value), hint in unknown.items()
        ]
        partners = self.env["res.partner"].with_context(
            omnichannel_skip_sync=True, mail_create_nolog=True, mail_create_nosubscribe=True
        )
        return partners.create(vals_list)

    def _prepare_partner_values(self, kind, value, name):
        values = {"name": name or self._stranger_name(kind, value), "omnichannel_is_stranger": True}
        if kind == "email":
            values["email"] = value
        elif kind == "phone" and value.startswith("+"):
            values["phone"] = value
        return values

    def _stranger_name(self, kind, value):
        if kind in NATIVE_KINDS:
            return value
        label = dict(self._get_kinds()).get(kind, kind)
        return self.env._("%(channel)s user %(digits)s", channel=label, digits=value[-4:])

    def _is_stranger(self):
        """Tell whether this customer was never heard of before this moment."""
        return self.source == "channel" and not self.first_seen_at

    def _note_seen(self, moment, account, inbound):
        """Note a message from or to this address. Late messages turn no clock back."""
        self.ensure_one()
        values = {"account_id": account.id} if self.account_id != account else {}
        if not self.first_seen_at or moment < self.first_seen_at:
            values["first_seen_at"] = moment
        if not self.last_seen_at or moment > self.last_seen_at:
            values["last_seen_at"] = moment
        if inbound and (not self.last_inbound_at or moment > self.last_inbound_at):
            values["last_inbound_at"] = moment
        if values:
            self.write(values)
        else:
            self._touch()

    def _touch(self):
        """Write the row without changing it, so that who links it meanwhile has to repeat."""
        self.env.execute_query(
            SQL(
                """
                UPDATE omnichannel_identity SET write_date = write_date
                 WHERE id = %s RETURNING id
                """,
                self.id,
            )
        )

    def _note_standby(self, inbound):
        """Note whether another app answers this customer now, from their last message."""
        is_from_thread = not inbound.is_echo and inbound.kind is not Kind.COMMENT
        if is_from_thread and self.is_standby != inbound.is_standby:
            self.is_standby = inbound.is_standby

    # === CONSENT === #

    def _note_opt_out(self, opt_out):
        """Follow a STOP or START of the customer, in Odoo's own blacklists too."""
        self.ensure_one()
        if opt_out is OptOut.HELP:
            return
        is_stop = opt_out is OptOut.STOP
        self.is_opted_out = is_stop
        # sudo: the blacklists are an administrator's, the wish is the customer's
        if self.kind == "phone":
            if not self._is_listable_number():
                return
            blacklist_sudo = self.env["phone.blacklist"].sudo()
        elif self.kind == "email":
            blacklist_sudo = self.env["mail.blacklist"].sudo()
        else:
            return
        values = [self.value] if self.kind == "phone" else self.value
        (blacklist_sudo._add if is_stop else blacklist_sudo._remove)(values)

    def _is_listable_number(self):
        """Tell whether Odoo's phone blacklist takes this address.

        It refuses short codes and names with an error, or takes them for a national number of
        somebody else. The wish stands on the identity all the same.
        """
        number = self.value
        return number.startswith("+") and self.env.user._phone_format(number=number) == number

    def _is_opted_out(self, is_human=True):
        """Tell whether nothing may be sent here.

        Odoo's e-mail blacklist is about mailings: it stops automations, not a person's answer.
        """
        self.ensure_one()
        if self.is_opted_out:
            return True
        # sudo: agents can't read the blacklists, and have to respect them
        if self.kind == "phone":
            domain = [("number", "=", self.value)]
            return bool(self.env["phone.blacklist"].sudo().search_count(domain, limit=1))
        if self.kind == "email" and not is_human:
            domain = [("email", "=", self.value)]
            return bool(self.env["mail.blacklist"].sudo().search_count(domain, limit=1))
        return False

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
