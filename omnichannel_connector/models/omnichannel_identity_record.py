from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ..channels.addresses import is_unusable_sender, match_key, normalize_email, normalize_phone

RECORDED_KINDS = ("email", "phone")  # named as the fields of customer records
ROW = ("kinds", "scopes", "values", "companies", "partners", "shared", "raw", "match_keys")


class OmnichannelIdentity(models.Model):
    """The identities that come from customer records: their e-mail address and phone number."""

    _inherit = "omnichannel.identity"

    @api.model
    def _sync_partners(self, partners):
        """Bring the identities in step with e-mail and phone of these customer records.

        Called by res.partner on create and write. An address that several records carry is shared:
        nobody is matched by it without a person's choice, and they are its candidates.
        """
        self._sync_addresses(partners, self._addresses_of(partners))

    @api.model
    def _addresses_of(self, partners):
        """Return {(kind, scope, value): [partner]}, the addresses on these customer records."""
        wanted = defaultdict(list)
        for partner in partners:
            for kind, value in self._partner_addresses(partner):
                wanted[kind, "", value].append(partner)
        for key in self._own_addresses(wanted):
            del wanted[key]
        return wanted

    def _partner_addresses(self, partner):
        if partner.active:
            country = self._country_of(partner.country_id, partner.company_id)
            yield from self._usable_addresses(partner.email_normalized, partner.phone, country)

    @api.model
    def _country_of(self, country, company):
        """Return the code of the country whose numbers a record's phone number is read as."""
        return (country or company.country_id or self.env.company.country_id).code or ""

    @api.model
    def _usable_addresses(self, email_normalized, phone, country_code):
        """Yield (kind, value) of what customers can be recognised by."""
        email = normalize_email(email_normalized or "")
        if email and not is_unusable_sender(email):
            yield "email", email
        phone = normalize_phone(phone or "", country_code)
        if phone.startswith("+"):
            yield "phone", phone

    @api.model
    def _own_addresses(self, keys):
        """Return which of these addresses are our own: they are no customer's."""
        values = defaultdict(list)
        for kind, _scope, value in keys:
            values[kind].append(value)
        own = set()
        # sudo: whoever writes contacts need not be allowed to read aliases and accounts
        if emails := values["email"]:
            aliases_sudo = self.env["mail.alias"].sudo().search([("alias_full_name", "in", emails)])
            domains = list({value.rpartition("@")[2] for value in emails})
            domains_sudo = self.env["mail.alias.domain"].sudo().search([("name", "in", domains)])
            own |= {("email", "", value) for value in aliases_sudo.mapped("alias_full_name")}
            for name in ("bounce_email", "catchall_email", "default_from_email"):
                own |= {("email", "", value) for value in domains_sudo.mapped(name)}
        if phones := values["phone"]:
            accounts_sudo = self.env["omnichannel.account"].sudo().with_context(active_test=False)
            accounts_sudo = accounts_sudo.search(
                ["|", ("sender", "in", phones), ("forward_to", "in", phones)]
            )
            for name in ("sender", "forward_to"):
                own |= {("phone", "", value) for value in accounts_sudo.mapped(name)}
        return own & set(keys)

    @api.model
    def _sync_addresses(self, partners, wanted):
        """Make `wanted` the recorded addresses of these partners, as `_addresses_of` returns them.

        Return (how many identities are new, how many became shared). Safe in parallel: what a
        transaction that began later than ours wrote first is a conflict, and the caller repeats.
        """
        carried = defaultdict(self.env["res.partner"].browse)
        for key, owners in wanted.items():
            for partner in owners:
                carried[(*key, partner.company_id.id)] |= partner
        known = self._search_records(wanted)
        concerned = self._search_holdings(partners).union(*known.values())
        shared = concerned._settle_holders(partners, carried)
        missing = {key: holders for key, holders in carried.items() if key not in known}
        created = self._insert_records(missing)
        return len(created), shared + len(created.filtered("is_shared"))

    def _search_records(self, keys):
        """Return {(kind, scope, value, company id): identity} of what is known at addresses."""
        found = self._search_recorded([("value", "in", [key[2] for key in keys])]) if keys else self
        return {identity._record_key(): identity for identity in found}

    def _search_holdings(self, partners):
        """Return the identities that these partners had so far, alone or with others."""
        found = self._search_recorded([("partner_id", "in", partners.ids)])
        return found | self._search_recorded([("candidate_ids", "in", partners.ids)])

    def _search_recorded(self, domain):
        recorded = [
            ("kind", "in", RECORDED_KINDS),
            ("scope", "=", ""),
            ("trust", "!=", "claimed"),
        ]
        # sudo: whoever writes contacts need not be an agent
        return self.sudo().search([*recorded, *domain])

    def _record_key(self):
        return self.kind, self.scope, self.value, self.company_id.id

    # === NEW ONES === #

    @api.model
    def _insert_records(self, missing):
        """Insert the identities of {(kind, scope, value, company id): holders}; return them."""
        if not missing:
            return self
        settled = {key: self._whose(key[0], key[2], holders) for key, holders in missing.items()}
        rows = [
            self._prepare_row(key, missing[key], owner, is_shared)
            for key, (owner, is_shared, _candidates) in settled.items()
        ]
        created = self._insert_rows(rows)
        self._insert_candidates(
            [
                (identity_id, partner.id)
                for identity_id, *key in created
                for partner in settled[(*key[:3], key[3] or False)][2]
            ]
        )
        return self.sudo().browse([row[0] for row in created])

    @api.model
    def _insert_rows(self, rows):
        """Insert what `_prepare_row` returns; return [(id, kind, scope, value, company id or 0)].

        Those that exist already are missing in the answer.
        """
        # ON CONFLICT: a message from the same address may be creating its identity right now
        created = self.env.execute_query(
            SQL(
                """
                INSERT INTO omnichannel_identity
                       (kind, scope, value, company_id, partner_id, is_shared, raw_value,
                        match_key, trust_evidence, trust, source, validity,
                        create_uid, create_date, write_uid, write_date)
                SELECT row.*, %(evidence)s, 'observed', 'record', 'valid',
                       %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
                  FROM unnest(%(kinds)s::varchar[], %(scopes)s::varchar[], %(values)s::varchar[],
                              %(companies)s::int[], %(partners)s::int[], %(shared)s::bool[],
                              %(raw)s::varchar[], %(match_keys)s::varchar[]) AS row
                    ON CONFLICT DO NOTHING
             RETURNING id, kind, scope, value, COALESCE(company_id, 0)
                """,
                evidence=self.env._("On a customer record"),
                uid=self.env.uid,
                **dict(zip(ROW, map(list, zip(*rows, strict=True)), strict=True)),
            )
        )
        self.env["res.partner"].invalidate_model(["omnichannel_identity_ids"])
        return created

    @api.model
    def _prepare_row(self, key, holders, owner, is_shared):
        """Return the values of an identity that records carry, in the order of ROW."""
        kind, scope, value, company_id = key
        raw = holders[:1][kind] or value
        company, partner = company_id or None, owner.id or None
        return (kind, scope, value, company, partner, is_shared, raw, match_key(kind, value))
