from odoo import api, models
from odoo.tools import SQL

# What refers to an identity and has to stay: table and column
REFERENCES = (
    ("omnichannel_message", "identity_id"),
    ("omnichannel_conversation", "last_inbound_identity_id"),
    ("omnichannel_consent", "identity_id"),
    ("omnichannel_link", "identity_id"),
    ("omnichannel_scheduled", "identity_id"),
)


class OmnichannelIdentity(models.Model):
    """Identities follow their customer to another company."""

    _inherit = "omnichannel.identity"

    @api.model
    def _make_way(self, partners, company_id):
        """Clear the addresses of partners that move to a company where the same ones exist.

        In a company an address exists once. Called before the partners change.
        """
        # sudo: whoever moves contacts need not be an agent
        identities_sudo = self.sudo()
        movers = identities_sudo.search(
            [
                ("partner_id", "in", partners.ids),
                ("company_id", "!=", company_id),
                ("trust", "!=", "claimed"),
            ]
        )
        if not movers:
            return
        residents = identities_sudo.search(
            [
                ("company_id", "=", company_id),
                ("value", "in", movers.mapped("value")),
                ("trust", "!=", "claimed"),
            ]
        )
        known = {identity._record_key()[:3]: identity for identity in residents}
        for mover in movers:
            resident = known.setdefault(mover._record_key()[:3], mover)
            if resident != mover:
                mover._become(resident)

    def _become(self, twin):
        """Hand everything that refers to this identity to its twin, and delete this one.

        Both are the same address. Opt-outs stay in force.
        """
        self.ensure_one()
        self.env.flush_all()
        for table, column in REFERENCES:
            # raw: the consent ledger, for one, lets nobody change a line
            self.env.execute_query(
                SQL(
                    "UPDATE %(table)s SET %(column)s = %(twin)s"
                    " WHERE %(column)s = %(own)s RETURNING 1",
                    table=SQL.identifier(table),
                    column=SQL.identifier(column),
                    twin=twin.id,
                    own=self.id,
                )
            )
        self.env.invalidate_all()
        for name in ("last_seen_at", "last_inbound_at"):
            twin[name] = max(filter(None, [self[name], twin[name]]), default=False)
        moments = filter(None, [self.first_seen_at, twin.first_seen_at])
        twin.first_seen_at = min(moments, default=False)
        self.unlink()


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        if "company_id" in vals and not self.env.context.get("omnichannel_keep_apart"):
            self.env["omnichannel.identity"]._make_way(self, vals["company_id"])
        return super().write(vals)

    def unlink(self):
        # sudo: whoever deletes contacts need not be an agent
        identities_sudo = self.env["omnichannel.identity"].sudo()
        shared_sudo = identities_sudo.search([("candidate_ids", "in", self.ids)])
        result = super().unlink()
        shared_sudo.exists()._settle_holders(self.browse(), {})
        return result
