from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ..channels.addresses import normalize_email, normalize_phone


class OmnichannelIdentity(models.Model):
    """The identities that come from customer records: their e-mail address and phone number."""

    _inherit = "omnichannel.identity"

    @api.model
    def _sync_partners(self, partners):
        """Bring the identities in step with e-mail and phone of these customer records.

        Called by res.partner on create and write. An address that another customer has already
        becomes shared: from then on nobody is matched by it without a person's choice.
        """
        self._sync_addresses(partners, self._addresses_of(partners))

    @api.model
    def _addresses_of(self, partners):
        """Return {(kind, scope, value): [partner]}, the addresses on these customer records."""
        wanted = defaultdict(list)
        for partner in partners:
            for kind, value in self._partner_addresses(partner):
                wanted[kind, "", value].append(partner)
        return wanted

    @api.model
    def _sync_addresses(self, partners, wanted):
        """Make `wanted` the recorded addresses of these partners, as `_addresses_of` returns them.

        Return (how many identities are new, how many became shared). Safe in parallel: what a
        transaction that began later than ours wrote first is a conflict, and the caller repeats.
        """
        self._drop_stale(partners, wanted)
        known = self._search_records(wanted) if wanted else {}
        missing, shared = {}, 0
        for key, owners in wanted.items():
            for partner in owners:
                if identity := known.get((*key, partner.company_id.id)):
                    shared += identity._add_owner(partner)
                else:
                    self._note_missing(missing, (*key, partner.company_id.id), partner)
        self._insert_records(missing)
        return len(missing), shared + sum(not partner for partner in missing.values())

    def _note_missing(self, missing, key, partner):
        """Note whose new address it is: nobody's, when two records bring the same one."""
        owner = missing.setdefault(key, partner)
        if owner != partner:
            missing[key] = self.env["res.partner"]

    def _search_records(self, keys):
        identities = self.sudo().search(
            [
                ("kind", "in", list({key[0] for key in keys})),
                ("scope", "=", ""),
                ("value", "in", [key[2] for key in keys]),
                ("trust", "!=", "claimed"),
            ]
        )
        return {(i.kind, i.scope, i.value, i.company_id.id): i for i in identities}

    def _insert_records(self, owners):
        """Insert {(kind, scope, value, company id): partner, or none where several share it}."""
        if not owners:
            return
        rows = [
            (kind, scope, value, company_id or None, partner.id or None, not partner)
            for (kind, scope, value, company_id), partner in owners.items()
        ]
        # ON CONFLICT: a message from the same address may be creating its identity right now
        self.env.execute_query(
            SQL(
                """
                INSERT INTO omnichannel_identity
                       (kind, scope, value, company_id, partner_id, is_shared, trust, source,
                        validity, create_uid, create_date, write_uid, write_date)
                SELECT kind, scope, value, company_id::int, partner_id::int, is_shared,
                       'observed', 'record', 'valid', %(uid)s, now() AT TIME ZONE 'UTC',
                       %(uid)s, now() AT TIME ZONE 'UTC'
                  FROM (VALUES %(rows)s)
                    AS row (kind, scope, value, company_id, partner_id, is_shared)
                    ON CONFLICT DO NOTHING
             RETURNING id
                """,
                uid=self.env.uid,
                rows=SQL(", ").join(SQL("%s", row) for row in rows),
            )
        )
        self.env["res.partner"].invalidate_model(["omnichannel_identity_ids"])

    def _partner_addresses(self, partner):
        if not partner.active:
            return
        if email := normalize_email(partner.email_normalized or ""):
            yield "email", email
        country = partner.country_id or partner.company_id.country_id or self.env.company.country_id
        phone = normalize_phone(partner.phone or "", country.code or "")
        if phone.startswith("+"):
            yield "phone", phone

    def _add_owner(self, partner):
        """Note that a second customer record carries this address; return whether that is news."""
        self.ensure_one()
        if partner in (self.partner_id, self.home_partner_id):
            return False
        if not self.partner_id and not self.is_shared:
            self.partner_id = partner
            return False
        is_news = not self.is_shared
        if is_news:
            self.is_shared = True
        if self.partner_id and not self.last_seen_at:
            # nobody has written from it yet, so nothing tells which of them it is
            self.partner_id = False
        return is_news

    def _drop_stale(self, partners, wanted):
        """Forget recorded addresses that the record no longer has and nobody ever wrote from.

        What was linked stays where a person put it.
        """
        recorded = self.sudo().search(
            [
                ("partner_id", "in", partners.ids),
                ("source", "=", "record"),
                ("last_seen_at", "=", False),
                ("home_partner_id", "=", False),
            ]
        )
        recorded.filtered(
            lambda i: i.partner_id not in wanted.get((i.kind, i.scope, i.value), ())
        ).unlink()
