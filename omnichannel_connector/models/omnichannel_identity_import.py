import functools
from collections import Counter, defaultdict
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..channels.addresses import is_role_address, match_key
from .omnichannel_identity_record import RECORDED_KINDS

READ_FIELDS = (
    "active",
    "company_id",
    "country_id",
    "email",
    "email_normalized",
    "is_company",
    "phone",
)


class Contact(NamedTuple):
    """Columns of a customer record. An empty one is None."""

    id: int
    company_id: int
    country_id: int
    email: str
    email_normalized: str
    phone: str


class OmnichannelIdentity(models.Model):
    """The identities of many customer records at once, nearly all of them new."""

    _inherit = "omnichannel.identity"

    @api.model
    def _import_contacts(self, contacts):
        """Bring the identities in step with these customer records, as `_sync_partners` does.

        Return (how many are new, how many became shared, {kind: how many addresses are unusable}).
        What one record carries and nobody has goes straight into the table. The ORM takes half a
        millisecond for each, so it is left to what has to be decided. Same conflicts as
        `_sync_addresses`.
        """
        carried = self._carried_by(contacts)
        wanted = defaultdict(set)
        for key, holders in carried.items():
            for contact in holders:
                wanted[contact.id].add((*key, contact.company_id or 0))
        held = self._held_by(contacts)
        inserted = self._insert_plain(carried, held)
        undecided = [
            contact
            for contact in contacts
            if held.get(contact.id, set()) | inserted[contact.id] != wanted[contact.id]
        ]
        created, shared = self._decide_contacts(undecided, carried)
        created += sum(map(len, inserted.values()))
        return created, shared, self._count_unusable(contacts, carried)

    def _carried_by(self, contacts):
        """Return {(kind, scope, value): [contact]} of these records' addresses."""
        country_code = functools.cache(self._country_code)
        carried = defaultdict(list)
        for contact in contacts:
            country = country_code(contact.country_id, contact.company_id)
            for kind, value in self._usable_addresses(
                contact.email_normalized, contact.phone, country
            ):
                carried[kind, "", value].append(contact)
        for key in self._own_addresses(carried):
            del carried[key]
        return carried

    def _country_code(self, country_id, company_id):
        country = self.env["res.country"].browse(country_id)
        return self._country_of(country, self.env["res.company"].browse(company_id))

    def _held_by(self, contacts):
        """Return {contact id: {(kind, scope, value, company id or 0)}} of what they have now.

        A set with None in it is that of a contact with a share in an address of several.
        """
        held = defaultdict(set)
        for partner_id, *key in self.env.execute_query(
            SQL(
                """
                SELECT partner_id, kind, scope, value, COALESCE(company_id, 0)
                  FROM omnichannel_identity
                 WHERE partner_id = ANY(%(ids)s) AND kind = ANY(%(kinds)s) AND scope = ''
                   AND trust <> 'claimed'
             UNION ALL
                SELECT res_partner_id, NULL, NULL, NULL, NULL
                  FROM omnichannel_identity_candidate_rel WHERE res_partner_id = ANY(%(ids)s)
                """,
                ids=[contact.id for contact in contacts],
                kinds=list(RECORDED_KINDS),
            )
        ):
            held[partner_id].add(tuple(key) if key[0] else None)
        return held

    def _insert_plain(self, carried, held):
        """Insert what one contact without any identity carries; return as `_held_by` does."""
        rows, carriers = [], {}
        for key, holders in carried.items():
            (contact, *others) = holders
            if others or contact.id in held or is_role_address(key[2]):
                continue
            kind, _scope, value = key
            raw = getattr(contact, kind)
            company, owner = contact.company_id, contact.id
            rows.append((*key, company, owner, False, raw, match_key(kind, value)))
            carriers[(*key, company or 0)] = owner
        inserted = defaultdict(set)
        for _id, *key in self._insert_rows(rows) if rows else ():
            inserted[carriers[tuple(key)]].add(tuple(key))
        return inserted

    def _decide_contacts(self, contacts, carried):
        """Let the rules for shared and known addresses decide about these contacts'."""
        if not contacts:
            return 0, 0
        partners = self.env["res.partner"].browse([contact.id for contact in contacts])
        partners.fetch(READ_FIELDS)  # else the ORM reads a hundred
        by_id = {partner.id: partner for partner in partners}
        wanted = {
            key: [by_id[contact.id] for contact in holders if contact.id in by_id]
            for key, holders in carried.items()
        }
        wanted = {key: owners for key, owners in wanted.items() if owners}
        return self._sync_addresses(partners, wanted)

    @api.model
    def _count_unusable(self, contacts, carried):
        counts = Counter()
        for kind in RECORDED_KINDS:
            written = sum(bool((getattr(contact, kind) or "").strip()) for contact in contacts)
            used = sum(len(holders) for key, holders in carried.items() if key[0] == kind)
            counts[kind] = written - used
        return +counts
