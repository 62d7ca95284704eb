from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..channels.addresses import has_spellings, match_key
from .omnichannel_identity import NATIVE_KINDS

VARIANT_SCORE = 60
SPELLING_SCORE = 50
MAX_SUGGESTIONS = 5  # of one new address


class OmnichannelIdentity(models.Model):
    """Whose address it is that a message came from."""

    _inherit = "omnichannel.identity"

    @api.model
    def _resolve(self, company, wanted):
        """Return {(kind, scope, value): identity} for inbound traffic, one query for the batch.

        `wanted` is {(kind, scope, value): {"name":, "raw":, "account_id":}}. Addresses that nobody
        has get a new customer, save for another spelling of one customer's phone number: that is
        theirs, by a link that can be undone. An address that several customers share resolves to
        nobody of them: it gets a record of its own, named after it. Safe against parallel first
        messages: the unique index decides, a concurrent twin raises a database error and the
        caller repeats its batch.
        """
        found, relatives = self._look_up(company, wanted)
        unknown = {key: hint for key, hint in wanted.items() if key not in found}
        if unknown:
            found.update(self._create_unknown(unknown, relatives))
        orphans = {key: identity for key, identity in found.items() if not identity.partner_id}
        names = {identity: wanted[key].get("name") for key, identity in orphans.items()}
        for identity, partner in (
            self.browse().union(*orphans.values())._create_homes(names).items()
        ):
            identity.partner_id = partner
        return found

    @api.model
    def _find(self, company, keys):
        """Return {(kind, scope, value): identity} of these addresses in a company."""
        return self._look_up(company, keys)[0]

    @api.model
    def _look_up(self, company, keys):
        """Return ({(kind, scope, value): identity}, {(kind, match key): others like these})."""
        if not keys:
            return {}, {}
        self.flush_model()
        domain = Domain.custom(to_sql=self._address_condition(keys))
        domain &= Domain("company_id", "in", [company.id, False])
        # sudo: whose address it is does not depend on who asks
        rows = self.sudo().search_fetch(domain).sudo(self.env.su)
        found, relatives = {}, defaultdict(self.browse)
        # the company's own before everybody's
        for identity in rows.sorted(lambda row: (bool(row.company_id), row.id)):
            key = (identity.kind, identity.scope, identity.value)
            if key in keys:
                found[key] = identity
            else:
                relatives[identity.kind, identity.match_key] |= identity
        return found, relatives

    def _address_condition(self, keys):
        """Return what Domain.custom takes: these addresses, and those with the same match key."""
        spellings = {
            (kind, match_key(kind, value))
            for kind, scope, value in keys
            if not scope and kind in NATIVE_KINDS
        }
        # a number and a mailbox never have the same key
        spellings = [key for kind, key in spellings if kind == "email" or has_spellings(key)]
        # unnest: with hundreds of rows in an IN, planning takes longer than searching
        return lambda _model, alias, _query: SQL(
            """
            %(id)s IN (
                SELECT id FROM omnichannel_identity
                  JOIN unnest(%(kinds)s::varchar[], %(scopes)s::varchar[], %(values)s::varchar[])
                    AS wanted (kind, scope, value) USING (kind, scope, value)
                 WHERE trust <> 'claimed' OR scope = 'unverified'
             UNION ALL
                SELECT id FROM omnichannel_identity
                 WHERE match_key = ANY(%(spellings)s) AND trust <> 'claimed'
            )
            """,
            id=SQL.identifier(alias, "id"),
            kinds=[key[0] for key in keys],
            scopes=[key[1] for key in keys],
            values=[key[2] for key in keys],
            spellings=spellings,
        )

    # === WHAT NOBODY HAS === #

    @api.model
    def _create_unknown(self, unknown, relatives):
        """Create the identities of addresses that nobody has; suggest whose they may be."""
        like = {
            (kind, scope, value): relatives.get((kind, match_key(kind, value)))
            for kind, scope, value in unknown
            if not scope
        }
        owners = {key: others._sole_owner() for key, others in like.items() if others}
        variants = {key: owners[key] for key in owners if key[0] == "phone" and owners[key]}
        created = self._create_strangers({k: h for k, h in unknown.items() if k not in variants})
        created.update(self._create_variants({k: unknown[k] for k in variants}, variants))
        for key in owners.keys() - variants.keys():
            created[key]._suggest_owners(like[key])
        return created

    def _sole_owner(self):
        """Return the one customer of these addresses; none when there may be another."""
        owner = self.partner_id
        is_clear = len(owner) == 1 and owner.active and not any(self.mapped("is_shared"))
        return owner if is_clear else owner.browse()

    def _suggest_owners(self, like):
        self.ensure_one()
        reason, score = ("variant", VARIANT_SCORE)
        if self.kind == "email":
            reason, score = ("spelling", SPELLING_SCORE)
        partners = like.partner_id | like.candidate_ids
        for partner in (partners - self.partner_id)[:MAX_SUGGESTIONS]:
            self.env["omnichannel.suggestion"]._propose(self, partner, reason, score)

    @api.model
    def _create_variants(self, unknown, owners):
        """Create other spellings of customers' numbers, each linked to its customer."""
        identities = self.create(
            [self._prepare_identity(key, hint) for key, hint in unknown.items()]
        )
        created = dict(zip(unknown, identities, strict=True))
        for key, identity in created.items():
            evidence = self.env._("Another spelling of the number %(key)s", key=identity.match_key)
            identity._link(owners[key], "variant", evidence)
        return created

    @api.model
    def _create_strangers(self, unknown):
        partners = self._create_partners(unknown)
        identities = self.create(
            [
                {**self._prepare_identity(key, hint), "partner_id": partner.id}
                for (key, hint), partner in zip(unknown.items(), partners, strict=True)
            ]
        )
        if identities.filtered("is_profile_pending"):
            self.env.ref("omnichannel_connector.ir_cron_omnichannel_upkeep")._trigger()
        return dict(zip(unknown, identities, strict=True))

    @api.model
    def _prepare_identity(self, key, hint):
        """Return the values of an identity that a channel told us."""
        kind, scope, value = key
        classes = self.env["omnichannel.account"]._adapter_classes().values()
        kinds_with_profile = {cls.identity_kind for cls in classes if cls.has_profiles}
        account = self.env["omnichannel.account"].browse(hint["account_id"])
        return {
            "kind": kind,
            "scope": scope,
            "value": value,
            "raw_value": hint.get("raw") or value,
            "username": hint.get("username") or False,
            "is_profile_pending": kind in kinds_with_profile,
            "account_id": account.id,
            "trust_evidence": self._delivered_by(account),
        }

    # === CUSTOMER RECORDS === #

    @api.model
    def _create_partners(self, unknown):
        return self._create_records(
            self._prepare_partner_values(kind, value, hint.get("name"))
            for (kind, _scope, value), hint in unknown.items()
        )

    @api.model
    def _create_records(self, vals_list):
        partners = self.env["res.partner"].with_context(
            omnichannel_skip_sync=True, mail_create_nolog=True, mail_create_nosubscribe=True
        )
        return partners.create(list(vals_list))

    def _create_homes(self, names=None):
        """Return {identity: new customer record} for these identities. Changes no identity.

        `names` is what a person or profile said, by identity. The record of a shared address is
        only named after it: it is nobody's.
        """
        names = names or {}
        homes = self._create_records(i._prepare_home_values(names.get(i)) for i in self)
        return dict(zip(self, homes, strict=True))

    def _prepare_home_values(self, name):
        self.ensure_one()
        if self.is_shared:
            name = self._stranger_name(self.kind, self.value)
            values = {"name": name, "omnichannel_is_stranger": True}
        else:
            values = self._prepare_partner_values(self.kind, self.value, name)
        return {**values, "company_id": self.company_id.id}

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
        return self.source == "channel" and not self.first_seen_at and not self.link_ids
