from odoo import fields, models
from odoo.tools import SQL

from .res_partner import AGENT


def _flag(wanted, condition):
    """Return the domain of a flag that is only searched: `condition(alias)` is its SQL."""
    return fields.Domain.custom(
        to_sql=lambda model, alias, query: SQL(
            "%s IS TRUE" if wanted else "%s IS NOT TRUE", condition(alias)
        )
    )


def _wanted(operator, value):
    """Return what a search for a boolean asks for, or None when it asks for no such thing."""
    if operator not in ("in", "not in") or set(value) not in ({True}, {False}):
        return None
    return (True in value) == (operator == "in")


class OmnichannelIdentity(models.Model):
    """What the connection audit finds addresses by."""

    _inherit = "omnichannel.identity"

    has_twin = fields.Boolean(
        compute="_compute_has_twin",
        search="_search_has_twin",
        help="Another customer has an address that may be the same, written in another way.",
    )

    # rare rows among millions; none of these columns changes with a message
    _claimed_idx = models.Index("(id) WHERE trust = 'claimed'")
    _invalid_idx = models.Index("(id) WHERE validity IN ('bounced', 'unreachable')")

    def _compute_has_twin(self):
        found = self.search([("id", "in", self.ids), ("has_twin", "=", True)])
        for identity in self:
            identity.has_twin = identity in found

    def _search_has_twin(self, operator, value):
        wanted = _wanted(operator, value)
        if wanted is None:
            return NotImplemented
        return _flag(
            wanted,
            lambda alias: SQL(
                """(%(trust)s <> 'claimed' AND %(key)s IS NOT NULL AND %(key)s IN (
                    SELECT match_key FROM omnichannel_identity
                     WHERE match_key IS NOT NULL AND trust <> 'claimed'
                  GROUP BY match_key HAVING min(partner_id) <> max(partner_id)))""",
                key=SQL.identifier(alias, "match_key"),
                trust=SQL.identifier(alias, "trust"),
            ),
        )


class OmnichannelAccount(models.Model):
    _inherit = "omnichannel.account"

    def _is_silent(self):
        """Tell whether the last look at the account's health found it silent."""
        self.ensure_one()
        return any(code == "silence" for _level, code, _values in self.health_findings or [])


class ResPartner(models.Model):
    """What the connection audit finds customers by: whoever has an address.

    The conditions are written so that the database looks up customer by customer and stops as soon
    as enough are found, or starts from an index of rare rows.
    """

    _inherit = "res.partner"

    omnichannel_is_unreachable = fields.Boolean(
        "No Address Works",
        compute="_compute_omnichannel_flags",
        search="_search_omnichannel_is_unreachable",
        groups=AGENT,
    )
    omnichannel_is_without_consent = fields.Boolean(
        "Nothing Allowed or Refused",
        compute="_compute_omnichannel_flags",
        search="_search_omnichannel_is_without_consent",
        groups=AGENT,
    )
    omnichannel_is_single_channel = fields.Boolean(
        "Known in One Channel",
        compute="_compute_omnichannel_flags",
        search="_search_omnichannel_is_single_channel",
        groups=AGENT,
    )

    def _compute_omnichannel_flags(self):
        for name in (
            "omnichannel_is_unreachable",
            "omnichannel_is_without_consent",
            "omnichannel_is_single_channel",
        ):
            found = self.search([("id", "in", self.ids), (name, "=", True)])
            for partner in self:
                partner[name] = partner in found

    def _search_omnichannel_is_unreachable(self, operator, value):
        return self._search_flag(
            operator,
            value,
            """
            %(id)s IN (SELECT i.partner_id FROM omnichannel_identity i WHERE i.trust = 'claimed'
                        UNION
                       SELECT i.partner_id FROM omnichannel_identity i
                        WHERE i.validity IN ('bounced', 'unreachable'))
            AND NOT EXISTS (SELECT 1 FROM omnichannel_identity i
                             WHERE i.partner_id = %(id)s
                               AND i.trust <> 'claimed' AND i.validity = 'valid')
            """,
        )

    def _search_omnichannel_is_without_consent(self, operator, value):
        return self._search_flag(
            operator,
            value,
            """
            EXISTS (SELECT 1 FROM omnichannel_identity i
                     WHERE i.partner_id = %(id)s AND i.trust <> 'claimed')
            AND NOT EXISTS (SELECT 1 FROM omnichannel_identity i
                              JOIN omnichannel_consent c ON c.identity_id = i.id
                             WHERE i.partner_id = %(id)s)
            """,
        )

    def _search_omnichannel_is_single_channel(self, operator, value):
        return self._search_flag(
            operator,
            value,
            """
            (SELECT min(i.kind) = max(i.kind) FROM omnichannel_identity i
              WHERE i.partner_id = %(id)s AND i.trust <> 'claimed')
            """,
        )

    def _search_flag(self, operator, value, condition):
        """Return the domain of a flag whose SQL names the customer as %(id)s."""
        wanted = _wanted(operator, value)
        if wanted is None:
            return NotImplemented
        return _flag(wanted, lambda alias: SQL(f"({condition})", id=SQL.identifier(alias, "id")))
