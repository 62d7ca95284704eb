from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from .omnichannel_consent import MARKETING, SERVICE

# These ask for no more mailings. They stop automations, not a person's answer.
MAILING_SOURCES = ("unsubscribe", "blacklist")


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds at one address for a channel and purpose, and the line that says so.

    `is_locked`: the provider told the refusal, so that only the customer can end it.
    """

    state: str
    channel: str
    source: str
    words: str
    since: datetime
    is_locked: bool = False

    @property
    def is_about_mailings(self):
        """Tell whether it was said about mailings, which no person's answer is."""
        return self.channel == "email" and self.source in MAILING_SOURCES


def fold(lines):
    """Return the Standing that lines of one address, channel and purpose lead to, or None.

    Oldest first. A lifted refusal leaves what was before it.
    """
    granted = refused = None
    for line in lines:
        if line.state == "refused":
            is_better = refused is None or (line.is_locked and not refused.is_locked)
            refused = line if is_better else refused
        else:
            refused = None
            granted = line if line.state == "granted" else granted
    return refused or granted


class OmnichannelIdentity(models.Model):
    """What may be sent to an address, as the ledger and Odoo's blacklists say."""

    _inherit = "omnichannel.identity"

    consent_ids = fields.One2many("omnichannel.consent", "identity_id", "Consent")
    is_opted_out = fields.Boolean(
        "Wants No Messages", compute="_compute_is_opted_out", search="_search_is_opted_out"
    )

    @api.depends("consent_ids")
    def _compute_is_opted_out(self):
        standings = self._own_standings()
        for identity in self:
            identity.is_opted_out = any(
                purpose == SERVICE and standing.state == "refused"
                for (_channel, purpose), standing in standings.get(identity, {}).items()
            )

    def _search_is_opted_out(self, operator, value):
        if operator != "in":
            return NotImplemented
        refused = SQL(
            """
            SELECT c.identity_id FROM omnichannel_consent c
             WHERE c.purpose = 'service' AND c.state = 'refused'
               AND NOT EXISTS (
                    SELECT 1 FROM omnichannel_consent newer
                     WHERE newer.identity_id = c.identity_id AND newer.channel = c.channel
                       AND newer.purpose = c.purpose AND newer.state <> 'refused'
                       AND (newer.occurred_at, newer.id) > (c.occurred_at, c.id))
            """
        )
        self.env["omnichannel.consent"].flush_model()
        return [("id", "in" if True in value else "not in", refused)]

    # === LEDGER === #

    def _own_standings(self):
        """Return {identity: {(channel, purpose): Standing}} of exactly these addresses."""
        found = defaultdict(dict)
        for (identity, is_same, _address), by_purpose in self._standings().items():
            if is_same:
                found[identity] = by_purpose
        return found

    def _standings(self, joining=None):
        """Return {(identity, is it that address, id of the address): {(channel, purpose): ..}}.

        In one query: of these addresses, and of the same customers' others of the same kind;
        `joining` are addresses that count as theirs, too. Several records of one address (of
        other companies) count as one.
        """
        # also lines that the user may not read: what was said in a colleague's thread holds
        lines = defaultdict(list)
        for own, other, is_same, channel, purpose, *told in self._ledger_rows(joining):
            state, source, words, since = told
            line = Standing(state, channel, source, words, since, source == "provider")
            address = own if is_same else other
            lines[own, is_same, address, (channel, purpose)].append(line)
        found = defaultdict(dict)
        for (own, is_same, address, key), of_key in lines.items():
            if standing := fold(of_key):
                found[self.browse(own), is_same, address][key] = standing
        return found

    def _ledger_rows(self, joining=None):
        if not self.ids:
            return []
        self.env["omnichannel.consent"].flush_model()
        self.flush_model(["kind", "scope", "value", "trust", "company_id", "partner_id"])
        query = SQL(
            """
            WITH own AS (SELECT * FROM omnichannel_identity WHERE id IN %(own)s),
            relative AS (
                SELECT id AS own_id, id AS other_id, TRUE AS is_same FROM own
                 UNION ALL
                SELECT own.id, other.id, TRUE
                  FROM own JOIN omnichannel_identity other USING (kind, scope, value)
                 WHERE other.id <> own.id AND other.trust <> 'claimed' AND own.trust <> 'claimed'
                   AND (own.company_id IS NULL OR other.company_id IS NULL
                        OR own.company_id = other.company_id)
                 UNION ALL
                SELECT own.id, other.id, FALSE
                  FROM own JOIN omnichannel_identity other USING (partner_id, kind)
                 WHERE (other.scope, other.value) <> (own.scope, own.value)
                 UNION
                SELECT own.id, other.id, FALSE
                  FROM own JOIN omnichannel_identity other USING (kind)
                 WHERE (other.scope, other.value) <> (own.scope, own.value)
                   AND other.id IN %(joining)s)
            SELECT r.own_id, r.other_id, r.is_same, c.channel, c.purpose, c.state, c.source,
                   c.words, c.occurred_at
              FROM relative r JOIN omnichannel_consent c ON c.identity_id = r.other_id
          ORDER BY c.occurred_at, c.id
            """,
            own=tuple(self.ids),
            joining=tuple(joining.ids if joining else ()) or (0,),
        )
        return self.env.execute_query(query)

    # === MAY WE? === #

    def _refusal(self, channel, purpose, is_human=True):
        """Return why nothing may be sent to this address by a channel, or an empty string."""
        self.ensure_one()
        key = (self, channel, purpose)
        return self._refusals([key], is_human).get(key, "")

    @api.model
    def _refusals(self, keys, is_human=True, joining=None):
        """Return {key: sentence that says why nothing may be sent}, for many in a few queries.

        A key is (identity, channel, purpose); those that are allowed are missing. For service the
        exact address counts; for marketing all of the customer's of that kind, and it needs a
        grant. What is unclear is refused. `joining` are addresses that count as theirs, too.
        """
        identities = self.union(*(key[0] for key in keys))
        standings = defaultdict(list)
        for (identity, is_same, _address), by_purpose in identities._standings(joining).items():
            for key, standing in by_purpose.items():
                standings[(identity, *key)].append((is_same, standing))
        listed = identities._blacklisted()
        held = identities._held_channels() if not is_human else set()
        found = {}
        for key in keys:
            reason = self._refusal_by_ledger(key[2], standings[key], is_human)
            reason = reason or self._refusal_by_list(key, standings, listed, is_human)
            if not reason and key[2] == MARKETING and (key[0], key[1]) in held:
                reason = self.env._("The customer seems to have asked to stop. Decide that first.")
            if reason:
                found[key] = reason
        return found

    def _refusal_by_ledger(self, purpose, standings, is_human):
        is_granted = False
        for is_same, standing in standings:
            if standing.state == "granted":
                is_granted = is_granted or is_same
            elif purpose == MARKETING or (
                is_same and not (is_human and standing.is_about_mailings)
            ):
                return self._refusal_sentence(standing, is_same)
        if purpose == MARKETING and not is_granted:
            return self.env._("Never agreed to offers and news here.")
        return ""

    def _refusal_sentence(self, standing, is_same=True):
        values = {
            "channel": self._channel_label(standing.channel),
            "date": format_date(self.env, standing.since, date_format="d MMM y"),
            "words": standing.words or "",
        }
        if not is_same:
            return self.env._(
                "Refused by %(channel)s on %(date)s, at another address of this customer.",
                **values,
            )
        if standing.words:
            return self.env._("Refused by %(channel)s on %(date)s: “%(words)s”", **values)
        sources = dict(self.env["omnichannel.consent"]._fields["source"]._description_selection(
            self.env
        ))  # fmt: skip
        return self.env._(
            "Refused by %(channel)s on %(date)s (%(origin)s).",
            **values,
            origin=sources[standing.source],
        )

    def _refusal_by_list(self, key, standings, listed, is_human):
        """Return why Odoo's blacklist stands against it, where the ledger does not say more.

        A row that stands there because of what the ledger knows says nothing beyond the ledger,
        which has purposes.
        """
        identity, _channel, wanted = key
        is_answer = identity.kind == "email" and is_human and wanted == SERVICE
        if identity not in listed or is_answer:
            return ""
        is_explained = any(
            is_same and standing.state == "refused" and standing.source != "blacklist"
            for (other, *_of), found in standings.items()
            for is_same, standing in found
            if other == identity
        )
        if is_explained:
            return ""
        return self.env._("On Odoo's blacklist: the customer asked for no messages.")

    def _blacklisted(self):
        """Return those of these that Odoo's blacklists have. Agents can't read the lists."""
        found = self.browse()
        for kind, query in (
            ("phone", "SELECT number FROM phone_blacklist WHERE active AND number IN %s"),
            ("email", "SELECT email FROM mail_blacklist WHERE active AND email IN %s"),
        ):
            of_kind = self.filtered(lambda identity, kind=kind: identity.kind == kind)
            if of_kind:
                self.env["phone.blacklist"].flush_model()
                self.env["mail.blacklist"].flush_model()
                rows = self.env.execute_query(SQL(query, tuple(of_kind.mapped("value"))))
                listed = {row[0] for row in rows}
                found |= of_kind.filtered(lambda identity, listed=listed: identity.value in listed)
        return found
