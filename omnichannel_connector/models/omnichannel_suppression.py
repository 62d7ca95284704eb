from odoo import api, fields, models
from odoo.tools import SQL, hmac

from .omnichannel_consent import PURPOSES


class OmnichannelSuppression(models.Model):
    """That somebody who was erased had refused, without telling who it was.

    The law asks for both: to forget a person, and never to write to them again where they refused
    it. So all that is left is a keyed hash of the address. It can't be turned back, and it is
    recognised when the same address comes again: by a message, a contact or an import.
    """

    _name = "omnichannel.suppression"
    _description = "Refusal of an Erased Person"
    _order = "id desc"
    _rec_name = "digest"

    digest = fields.Char("Keyed Hash", required=True, readonly=True)
    channel = fields.Char(required=True, readonly=True)
    purpose = fields.Selection(PURPOSES, required=True, readonly=True)

    _refusal_unique = models.UniqueIndex("(digest, channel, purpose)")

    @api.model
    def _digest(self, kind, scope, value):
        """Return the keyed hash of an address. The key is the database's own secret."""
        # sudo: the key is nobody's to read
        return hmac(self.env(su=True), "omnichannel-suppression", (kind, scope, value))

    @api.model
    def _keep(self, identities):
        """Remember what these addresses refuse now; return how many refusals that are."""
        rows = []
        for identity in identities:
            digest = self._digest(identity.kind, identity.scope, identity.value)
            rows += [(digest, *refusal) for refusal in self._refusals(identity)]
        if rows:
            values = SQL(", ").join(
                SQL("(%s, %s, %s, now() AT TIME ZONE 'UTC')", *row) for row in rows
            )
            self.env.execute_query(
                SQL(
                    """
                    INSERT INTO omnichannel_suppression (digest, channel, purpose, create_date)
                    VALUES %s ON CONFLICT DO NOTHING RETURNING id
                    """,
                    values,
                )
            )
        return len(rows)

    def _refusals(self, identity):
        """Return {(channel, purpose)} of which the last word of this address is a refusal."""
        lines = self.env["omnichannel.consent"].search(
            [("identity_id", "=", identity.id)], order="occurred_at, id"
        )
        last = {(line.channel, line.purpose): line.state for line in lines}
        return {key for key, state in last.items() if state == "refused"}

    @api.model
    def _restore(self, keys, find):
        """Let new addresses refuse what an erased person with the same address refused.

        Called with the (kind, scope, value) of every new identity, whatever made it: two queries
        at most. `find(key)` returns the new identities of one that is recognised.
        """
        if not keys or not self.search_count([], limit=1):
            return  # hashing takes longer than to see that nobody was erased yet
        by_digest = {self._digest(*key): key for key in keys}
        for refusal in self.search([("digest", "in", list(by_digest))]):
            for identity in find(by_digest[refusal.digest]):
                refusal._apply(identity)

    def _apply(self, identity):
        self.env["omnichannel.consent"].create(
            {
                "identity_id": identity.id,
                "channel": self.channel,
                "purpose": self.purpose,
                "state": "refused",
                "source": "staff",
                "evidence": self.env._("Refused before all else about this person was erased."),
                "occurred_at": self.create_date,
            }
        )


class OmnichannelIdentity(models.Model):
    _inherit = "omnichannel.identity"

    @api.model_create_multi
    def create(self, vals_list):
        identities = super().create(vals_list)
        by_key = identities.sudo().grouped(lambda i: (i.kind, i.scope, i.value))
        # sudo: nobody reads refusals of erased people but this line
        self.env["omnichannel.suppression"].sudo()._restore(by_key, by_key.get)
        return identities

    def _insert_rows(self, rows):
        created = super()._insert_rows(rows)
        keys = {row[1:4] for row in created}
        # sudo: as above
        self.env["omnichannel.suppression"].sudo()._restore(
            keys, lambda key: self._search_records([key]).values()
        )
        return created
