from odoo import api, models
from odoo.tools import SQL

from ..channels.addresses import is_role_address


class OmnichannelIdentity(models.Model):
    """Addresses that several customer records carry, and whose they are."""

    _inherit = "omnichannel.identity"

    def _settle_holders(self, partners, carried):
        """Decide whose these addresses are, now that `partners` carry what `carried` tells.

        `carried` is {(kind, scope, value, company id): partners}. What nobody carries and nothing
        refers to is deleted. Return how many became shared.
        """
        before = self.filtered("is_shared")
        identities = self.with_context(active_test=False)
        proven = identities._proven()
        changes, forgotten = {}, self.browse()
        for identity in identities:
            holders = identity._holders(partners)
            holders |= carried.get(identity._record_key(), partners[:0])
            candidates = identity._decide(holders, identity in proven)
            if candidates != identity.candidate_ids:
                changes[identity] = candidates
            if not holders and identity not in proven:
                forgotten |= identity
        self._write_candidates(changes)
        (forgotten - forgotten._referred_to()).unlink()
        return len(self.exists().filtered("is_shared") - before)

    def _proven(self):
        """Return those of which more is known than that a record carries them."""
        is_seen = self.filtered(lambda i: i.source != "record" or i.last_seen_at)
        rest = self - is_seen
        if not rest:
            return is_seen
        messages = self.env["omnichannel.message"]._read_group(
            [("identity_id", "in", rest.ids)], ["identity_id"]
        )
        return is_seen.union(*(row[0] for row in messages))

    def _referred_to(self):
        """Return those that have to stay: in force or evidence, or to be written to later."""
        if not self:
            return self
        kept = self.browse()
        of_these = [("identity_id", "in", self.ids)]
        for model, domain in (
            ("omnichannel.consent", of_these),
            ("omnichannel.link", [*of_these, ("state", "=", "linked")]),
            ("omnichannel.scheduled", of_these),
        ):
            rows = self.env[model]._read_group(domain, ["identity_id"])
            kept = kept.union(*(row[0] for row in rows))
        return kept

    def _holders(self, changed):
        """Return whose records carry the address, as far as known, without `changed` partners."""
        self.ensure_one()
        owner = self[self._owner_field()] - changed
        if owner and owner not in self.candidate_ids:
            is_carried = (self.kind, self.value) in self._partner_addresses(owner)
            owner = owner if is_carried else owner.browse()
        return (self.candidate_ids - changed) | owner

    def _decide(self, holders, is_proven):
        """Set owner and sharing; return the candidates."""
        self.ensure_one()
        current = self[self._owner_field()] if is_proven else None
        owner, is_shared, candidates = self._whose(self.kind, self.value, holders, current)
        name = self._owner_field()
        if name == "home_partner_id" and not holders:
            owner = self[name]  # whose record it left; has its effect when the link is undone
        if owner != self[name] or is_shared != self.is_shared:
            self.write({name: owner.id, "is_shared": is_shared})
        if self.is_household and not is_shared:
            self.is_household = False
        return candidates

    def _owner_field(self):
        """Return where records say whose it is: a link in force only covers that."""
        return "home_partner_id" if self._links_in_force() else "partner_id"

    @api.model
    def _whose(self, kind, value, holders, current=None):
        """Return (owner, whether it is shared, candidates) of an address that `holders` carry.

        `current` is its owner when more than records says so: that does not change. The mailbox of
        a function is its company's; never a person's, be they the only one who has it.
        """
        is_role = kind == "email" and is_role_address(value)
        matching = holders.filtered("is_company") if is_role else holders
        if current is not None:
            owner, is_shared = current, bool((matching or holders) - current)
        else:
            owner = matching if len(matching) == 1 else matching[:0]
            is_shared = bool(holders) and not owner
        return owner, is_shared, holders if is_shared or len(holders) > 1 else holders[:0]

    @api.model
    def _write_candidates(self, changes):
        """Write {identity: candidates}, for all in two statements."""
        added, removed = [], []
        for identity, candidates in changes.items():
            before = identity.candidate_ids
            added += [(identity.id, partner.id) for partner in candidates - before]
            removed += [(identity.id, partner.id) for partner in before - candidates]
        self._insert_candidates(added)
        if removed:
            # raw: the ORM takes a statement for each identity
            self.env.execute_query(
                SQL(
                    """
                    DELETE FROM omnichannel_identity_candidate_rel
                     WHERE (omnichannel_identity_id, res_partner_id) IN %s RETURNING 1
                    """,
                    tuple(removed),
                )
            )
        if changes:
            self.invalidate_model(["candidate_ids"])
            self.union(*changes).modified(["candidate_ids"])

    @api.model
    def _insert_candidates(self, pairs):
        if pairs:
            # raw: as above, and a parallel transaction may have said the same
            self.env.execute_query(
                SQL(
                    """
                    INSERT INTO omnichannel_identity_candidate_rel
                           (omnichannel_identity_id, res_partner_id)
                    VALUES %s ON CONFLICT DO NOTHING RETURNING 1
                    """,
                    SQL(", ").join(SQL("%s", pair) for pair in pairs),
                )
            )
