import re

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..channels.addresses import normalize_email, normalize_phone
from .res_partner import AGENT

SHORTEST_NUMBER = 4  # fewer digits are in everybody's number
DIALLED_NUMBER = 7
_NUMBER = re.compile(r"[\d\s()+./-]+")


class OmnichannelIdentity(models.Model):
    """Finding customers by what somebody types: an address or a handle, or a piece of one."""

    _inherit = "omnichannel.identity"

    # trigram: pieces are found quickly where PostgreSQL has the extension, and slowly elsewhere
    value = fields.Char(index="trigram")
    username = fields.Char(index="trigram")

    _value_idx = models.Index("(value)")
    _username_idx = models.Index("(username) WHERE username IS NOT NULL")

    @api.model
    def _typed_domain(self, text):
        """Return the domain of the identities that somebody means by `text`.

        A whole address or a @handle that exists means that one; anything else also those that
        contain it. Numbers are understood in any format, addresses in any case.
        """
        text = (text or "").strip()
        handle = text.removeprefix("@")
        if not handle:
            return Domain.FALSE
        exact = self._whole_domain(text)
        if exact and self.search_count(exact, limit=1):
            return exact
        parts = Domain("value", "ilike", handle) | Domain("username", "ilike", handle)
        digits = re.sub(r"\D", "", text)
        if _NUMBER.fullmatch(text) and len(digits) >= SHORTEST_NUMBER:
            # what comes first of a whole number is dialled, and not stored: 00 351, 0 912
            is_dialled = len(digits) >= DIALLED_NUMBER
            parts |= Domain("value", "ilike", digits.lstrip("0") if is_dialled else digits)
        return parts

    def _whole_domain(self, text):
        """Return the domain for a text that is a whole address by itself, else None."""
        if text.startswith("@"):
            return Domain("username", "in", list({text[1:], text[1:].lower()}))
        if email := normalize_email(text):
            return Domain("value", "=", email)
        if _NUMBER.fullmatch(text) and (numbers := self._possible_numbers(text)):
            return Domain("value", "in", numbers)
        return None

    def _possible_numbers(self, text):
        """Return the numbers in E.164 that somebody may mean by these digits."""
        country = self.env.company.country_id.code or ""
        texts = [text, "+" + text.lstrip()[2:]] if text.startswith("00") else [text]
        numbers = {normalize_phone(one, country) for one in texts}
        return sorted(number for number in numbers if number.startswith("+"))


class ResPartner(models.Model):
    _inherit = "res.partner"

    omnichannel_candidate_identity_ids = fields.Many2many(
        "omnichannel.identity",
        "omnichannel_identity_candidate_rel",
        string="Shared Addresses",
        groups=AGENT,
        readonly=True,
    )
    omnichannel_address = fields.Char(
        "Address or Handle",
        compute="_compute_omnichannel_address",
        search="_search_omnichannel_address",
        groups=AGENT,
        help="Finds a customer by any address on any channel, in any format.",
    )

    @api.depends("omnichannel_identity_ids.display_name")
    def _compute_omnichannel_address(self):
        for partner in self:
            names = partner.omnichannel_identity_ids.mapped("display_name")
            partner.omnichannel_address = ", ".join(dict.fromkeys(names))

    def _search_omnichannel_address(self, operator, value):
        if operator not in ("ilike", "like", "=ilike", "in"):
            return NotImplemented
        texts = [value] if isinstance(value, str) else [text for text in value if text]
        identities = self.env["omnichannel.identity"]
        meant = identities._search(Domain.OR(identities._typed_domain(text) for text in texts))
        # Asked from the address to the customer, in one: otherwise each customer is looked at.
        # A shared address has no owner, only those whose records carry it.
        return Domain(
            "id",
            "any",
            SQL(
                """
                (%s UNION ALL
                 SELECT res_partner_id FROM omnichannel_identity_candidate_rel
                  WHERE omnichannel_identity_id IN %s)
                """,
                meant.select(identities._field_to_sql(meant.table, "partner_id", meant)),
                meant.subselect(),
            ),
        )
