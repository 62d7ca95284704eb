import logging
from dataclasses import dataclass

from lxml import html

from odoo import api, fields, models
from odoo.tools import SQL, html2plaintext

from ..channels.address_finder import (
    LONGEST,
    Found,
    find_addresses,
    find_codes,
    is_role_address,
    mask,
    written_part,
)
from ..channels.addresses import match_key
from ..channels.events import Kind
from .timing import CONFLICTS

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Words:
    """What a customer's message says that we heed: addresses, and what may be a code."""

    message: models.Model
    addresses: list[Found]
    codes: list[str]


class OmnichannelIdentity(models.Model):
    """Addresses that customers typed: somebody's word, and nothing more.

    A claim resolves to nobody, is never written to as a customer's address and tells nothing about
    who else has it. Verification, or a person, makes more of it.
    """

    _inherit = "omnichannel.identity"

    claim_state = fields.Selection(
        [("open", "To decide"), ("settled", "Settled"), ("dismissed", "Not theirs")],
        "Claim",
        readonly=True,
        help="Of an address that was typed in a message. One that is not theirs is not asked "
        "about again.",
    )
    claim_message_id = fields.Many2one(
        "omnichannel.message",
        "Typed In",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )

    _claim_unique = models.UniqueIndex(
        "(kind, scope, value, partner_id) WHERE trust = 'claimed' AND scope <> 'unverified'",
        "This customer said that already.",
    )

    @api.model
    def _insert_claims(self, rows):
        """Insert claims from [(kind, value, raw value, message, evidence)], return the new ones.

        What the customer said before, or has already, stays as it is. Safe in parallel.
        """
        if not rows:
            return self.browse()
        self.env.flush_all()
        values = [
            (
                kind,
                value,
                raw,
                match_key(kind, value) or None,
                message.identity_id.partner_id.id,
                message.id,
                evidence,
            )
            for kind, value, raw, message, evidence in rows
        ]
        inserted = self.env.execute_query(
            SQL(
                """
                INSERT INTO omnichannel_identity
                       (kind, scope, value, raw_value, match_key, partner_id, company_id, trust,
                        source, validity, trust_evidence, claim_state, claim_message_id,
                        create_uid, create_date, write_uid, write_date)
                SELECT kind, '', value, raw, match_key, p.id, p.company_id, 'claimed',
                       'typed', 'valid', evidence, 'open', message_id,
                       %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
                  FROM (VALUES %(rows)s)
                    AS row (kind, value, raw, match_key, partner_id, message_id, evidence)
                  JOIN res_partner p ON p.id = row.partner_id
                 WHERE NOT EXISTS (
                       SELECT 1 FROM omnichannel_identity own
                        WHERE own.partner_id = p.id AND own.kind = row.kind
                          AND own.scope = '' AND own.value = row.value)
                    ON CONFLICT DO NOTHING
             RETURNING id
                """,
                uid=self.env.uid,
                rows=SQL(", ").join(SQL("%s", row) for row in values),
            )
        )
        self.env["res.partner"].invalidate_model(["omnichannel_identity_ids"])
        return self.browse(row[0] for row in inserted)

    def _is_staff_address(self):
        """Tell whether this address belongs to us: a company of ours or somebody who works here."""
        # sudo: whoever works here is no secret to the program
        partner_sudo = self.sudo().partner_id
        users_sudo = partner_sudo.with_context(active_test=False).user_ids
        companies_sudo = self.env["res.company"].sudo()
        is_company = companies_sudo.search_count([("partner_id", "=", partner_sudo.id)], limit=1)
        return bool(is_company) or any(not user.share for user in users_sudo)

    def _is_public(self):
        """Tell whether nobody can be recognised by this address: an office's, or of several."""
        is_role = self.kind == "email" and is_role_address(self.value)
        return is_role or self.is_shared or self.is_household

    def _is_open_claim(self):
        return self._is_typed() and self.claim_state == "open"

    def _mask(self):
        """Return the address so that only who knows it recognises it."""
        return mask(self.kind, self.value)

    def _find_owner(self, company):
        """Return the identity of whoever has the address of this claim, empty for nobody."""
        key = (self.kind, self.scope, self.value)
        return self._find(company, [key]).get(key, self.browse())

    def _dismiss(self, company):
        """Note that a claim is not true: neither it nor whoever has the address is suggested."""
        self.claim_state = "dismissed"
        owner = self._find_owner(company).partner_id
        suggested = self.env["omnichannel.suggestion"].search(
            [
                ("identity_id.partner_id", "=", self.partner_id.id),
                ("partner_id", "=", owner.id),
                ("state", "=", "open"),
            ]
        )
        # what else speaks for it stays
        suggested.filtered(lambda s: set(s.reasons) == {"typed"}).state = "rejected"

    def _promote(self, trust, evidence):
        """Make a claim the customer's own address.

        Raise a unique violation when the address came to belong to somebody in this moment: the
        caller repeats its transaction, and finds them then.
        """
        values = {"trust": trust, "trust_evidence": evidence, "claim_state": "settled"}
        self.write(values)
        self.flush_recordset()


class OmnichannelConversation(models.Model):
    """What customers type besides what they want to say."""

    _inherit = "omnichannel.conversation"

    @api.model
    def _receive(self, items):
        messages = super()._receive(items)
        self._heed_words(messages, items)
        return messages

    @api.model
    def _heed_words(self, messages, items):
        """Note the addresses and take the codes that these new messages contain.

        Whatever goes wrong here costs no message: it is undone and logged. What conflicts with
        another transaction is raised, as everywhere.
        """
        try:
            words = self._find_words(messages, items)
            if words:
                with self.env.cr.savepoint():
                    self._note_claims(words)
                    self.env["omnichannel.verification"]._take_answers(words)
        except CONFLICTS:
            raise
        except Exception as error:  # noqa: BLE001  a message is worth more than what it mentions
            # without a traceback: errors of the database quote what customers wrote
            _logger.error("What %s messages say was not noted: %s", len(messages), type(error))  # noqa: TRY400

    @api.model
    def _find_words(self, messages, items):
        """Return the Words of each message that has some. Of mails only what was written now."""
        by_id = {
            (item.account.id, item.inbound.external_id): item
            for item in items
            if item.inbound.kind in (Kind.MESSAGE, Kind.COMMENT)
            and item.inbound.external_id
            and not (item.inbound.is_echo or item.is_automatic)
        }
        found = []
        for message in messages:
            item = by_id.get((message.account_id.id, message.external_id))
            if not item or message.direction != "inbound":
                continue
            text = item.inbound.text
            if item.mail:
                text = written_text(message.mail_message_id.body)
            country = item.account.company_id.country_id.code or ""
            words = Words(message, find_addresses(text, country), find_codes(text))
            if words.addresses or words.codes:
                found.append(words)
        return found

    @api.model
    def _note_claims(self, words):
        """Keep the addresses that customers typed as their claims, in bulk."""
        keys = {(found.kind, "", found.value) for entry in words for found in entry.addresses}
        if not keys:
            return
        identities = self.env["omnichannel.identity"]
        ours = identities._own_addresses(keys)
        rows = [
            (found.kind, found.value, found.raw, entry.message, entry.message._claim_evidence())
            for entry in words
            for found in entry.addresses
            if (found.kind, "", found.value) not in ours
        ]
        claims = identities._insert_claims(rows)
        for company, of_company in claims.grouped(
            lambda claim: claim.claim_message_id.conversation_id.company_id
        ).items():
            self._follow_claims(company, of_company)

    @api.model
    def _follow_claims(self, company, claims):
        """Suggest what follows from new claims of customers of a company; verify where wanted."""
        keys = [(claim.kind, claim.scope, claim.value) for claim in claims]
        owners = self.env["omnichannel.identity"]._find(company, keys)
        for claim, key in zip(claims, keys, strict=True):
            owner = owners.get(key, claim.browse())
            claim._suggest_owner(owner)
            message = claim.claim_message_id
            if claim.claim_state == "open" and message.account_id.is_auto_verification:
                self.env["omnichannel.verification"]._start_unasked(claim, owner)

    @api.model
    def _merge_partners(self, src_partners, dst_partner):
        """Keep one claim of each address: two customers who become one may both have typed it."""
        claims = self.env["omnichannel.identity"].search(
            [
                ("partner_id", "in", (src_partners | dst_partner).ids),
                ("trust", "=", "claimed"),
                ("scope", "=", ""),
            ],
            order="id",
        )
        for same in claims.grouped(lambda claim: (claim.kind, claim.value)).values():
            kept = same.filtered(lambda claim: claim.partner_id == dst_partner)[:1] or same[:1]
            (same - kept).unlink()
        return super()._merge_partners(src_partners, dst_partner)


def written_text(body):
    """Return what the writer of an e-mail typed, from its HTML, without what it answers."""
    if not body:
        return ""
    root = html.fromstring(f"<div>{body[: 20 * LONGEST]}</div>")
    for quote in root.xpath("//*[@data-o-mail-quote] | //blockquote"):
        quote.drop_tree()
    text = html2plaintext(html.tostring(root, encoding="unicode"), include_references=False)
    return written_part(text)
