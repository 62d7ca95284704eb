from odoo import api, models
from odoo.tools import SQL

from .timing import commit_repeatedly

BATCH_SIZE = 5000  # identities looked at in one transaction
NEIGHBOURS = 5  # more of the same key are no person but a switchboard
POINTER = "omnichannel_connector.suggestions_looked_at"

# Everybody may have an address there: it tells nothing about an organisation.
PUBLIC_MAIL = (
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "live.com",
    "msn.com",
    "yahoo.com",
    "ymail.com",
    "icloud.com",
    "me.com",
    "mac.com",
    "aol.com",
    "gmx.de",
    "gmx.net",
    "web.de",
    "t-online.de",
    "mail.ru",
    "yandex.ru",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "163.com",
    "orange.fr",
    "free.fr",
    "laposte.net",
    "libero.it",
    "uol.com.br",
    "bol.com.br",
    "terra.com.br",
    "comcast.net",
    "verizon.net",
    "zoho.com",
)


class OmnichannelSuggestion(models.Model):
    """Who may be the same: looked for every night, set by set."""

    _inherit = "omnichannel.suggestion"

    @api.model
    def _cron_suggest(self):
        """Look through all identities for customers who may be one. Commits after each batch.

        Goes on where it was stopped, the next night from the beginning.
        """
        parameters = self.env["ir.config_parameter"]
        after = int(parameters.get_param(POINTER, 0))
        while last := self._batch_end(after):
            time_left = commit_repeatedly(
                self.env, lambda after=after, last=last: self._suggest_batch(after, last), 1
            )
            after = last
            if not time_left:
                break
        is_done = not self._batch_end(after)
        parameters.set_param(POINTER, 0 if is_done else after)
        self.env["ir.cron"]._commit_progress(remaining=0 if is_done else 1)

    @api.model
    def _batch_end(self, after):
        """Return the id of the last identity of the batch that follows, None after the last."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT max(id) FROM (
                    SELECT id FROM omnichannel_identity WHERE id > %s ORDER BY id LIMIT %s
                ) AS batch
                """,
                after,
                BATCH_SIZE,
            )
        )
        return rows[0][0]

    @api.model
    def _suggest_batch(self, after, last):
        """Propose what the identities after an id, up to another one, have in common with others.

        Does not commit. Repeating it changes nothing.
        """
        self.env.flush_all()
        for reasons, pairs in (
            (self._key_reasons(), self._pairs_by_key(after, last)),
            (SQL("jsonb_build_object('handle', 30)"), self._pairs_by_handle(after, last)),
            (self._name_reasons(), self._pairs_by_name(after, last)),
        ):
            self._propose_all(reasons, pairs)
        self.env["ir.config_parameter"].set_param(POINTER, last)
        self.invalidate_model()

    @api.model
    def _propose_all(self, reasons, pairs):
        """Insert proposals for `pairs`, a query of identities `i` and partners `own` and `other`.

        Whom a person said not to be the same is not proposed by another address either.
        """
        # Raw SQL: one statement however many, and ON CONFLICT where it was proposed already
        self.env.execute_query(
            SQL(
                """
                WITH found AS (
                    SELECT DISTINCT ON (i.id, other.id)
                           i.id AS identity_id, own.id AS own_id, other.id AS partner_id,
                           %(reasons)s AS reasons
                      FROM %(pairs)s
                     WHERE own.active AND other.active AND own.id <> other.id
                       AND (own.company_id IS NULL OR other.company_id IS NULL
                            OR own.company_id = other.company_id)
                  ORDER BY i.id, other.id)
                INSERT INTO omnichannel_suggestion AS s
                       (identity_id, partner_id, reasons, score, state,
                        create_uid, create_date, write_uid, write_date)
                SELECT identity_id, partner_id, reasons,
                       LEAST(100, (SELECT sum(value::int) FROM jsonb_each_text(reasons))), 'open',
                       %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
                  FROM found
                 WHERE NOT EXISTS (
                       SELECT FROM omnichannel_suggestion AS refused
                         JOIN omnichannel_identity AS ri ON ri.id = refused.identity_id
                        WHERE refused.state = 'rejected'
                          AND (refused.partner_id, ri.partner_id) IN (
                              (found.partner_id, found.own_id), (found.own_id, found.partner_id)))
                    ON CONFLICT (identity_id, partner_id) DO UPDATE
                   SET reasons = s.reasons || excluded.reasons,
                       score = LEAST(100, (
                           SELECT sum(value::int)
                             FROM jsonb_each_text(s.reasons || excluded.reasons)))
                 WHERE s.state = 'open' AND NOT s.reasons @> excluded.reasons
             RETURNING id
                """,
                reasons=reasons,
                pairs=pairs,
                uid=self.env.uid,
            )
        )

    # === WHAT THEY HAVE IN COMMON === #

    @api.model
    def _key_reasons(self):
        return SQL(
            """
            CASE WHEN i.kind = 'email' THEN jsonb_build_object('spelling', 40)
                 ELSE jsonb_build_object('variant', 60) END
            """
        )

    @api.model
    def _pairs_by_key(self, after, last):
        """Two spellings that may be one address. The younger record is proposed for the older."""
        return SQL(
            """
            omnichannel_identity AS i
            JOIN res_partner AS own ON own.id = i.partner_id
            JOIN LATERAL (
                SELECT n.partner_id FROM omnichannel_identity AS n
                 WHERE n.match_key = i.match_key AND n.kind = i.kind AND n.id <> i.id
                   AND n.trust <> 'claimed' AND n.partner_id < i.partner_id
              ORDER BY n.id LIMIT %(most)s) AS near ON TRUE
            JOIN res_partner AS other
              ON other.id = near.partner_id AND i.id > %(after)s AND i.id <= %(last)s
             AND i.trust <> 'claimed'
            """,
            most=NEIGHBOURS,
            after=after,
            last=last,
        )

    @api.model
    def _pairs_by_handle(self, after, last):
        """The same handle at another provider, or of another account of ours."""
        return SQL(
            """
            omnichannel_identity AS i
            JOIN res_partner AS own ON own.id = i.partner_id
            JOIN LATERAL (
                SELECT n.partner_id FROM omnichannel_identity AS n
                 WHERE lower(n.username) = lower(i.username) AND n.id <> i.id
                   AND n.partner_id < i.partner_id
              ORDER BY n.id LIMIT %(most)s) AS near ON TRUE
            JOIN res_partner AS other
              ON other.id = near.partner_id AND i.id > %(after)s AND i.id <= %(last)s
             AND i.username <> ''
            """,
            most=NEIGHBOURS,
            after=after,
            last=last,
        )

    @api.model
    def _name_reasons(self):
        return SQL(
            """
            jsonb_strip_nulls(jsonb_build_object(
                'name', 20,
                'domain', CASE WHEN near.is_same_domain THEN 20 END,
                'company', CASE WHEN near.is_same_company THEN 20 END,
                'zip', CASE WHEN near.is_same_zip THEN 10 END))
            """
        )

    @api.model
    def _pairs_by_name(self, after, last):
        """The same name, with something else in common: a name alone is no reason.

        Of a customer's addresses the one that was used last is proposed.
        """
        return SQL(
            """
            omnichannel_identity AS i
            JOIN res_partner AS own ON own.id = i.partner_id
            JOIN LATERAL (
                SELECT p.id, p.is_same_domain, p.is_same_company, p.is_same_zip
                  FROM (SELECT p.id, %(domain)s AS is_same_domain, %(company)s AS is_same_company,
                               p.zip = own.zip AND p.zip <> '' AS is_same_zip
                          FROM res_partner AS p
                         WHERE p.name = own.name AND p.id < own.id AND p.active
                      ORDER BY p.id LIMIT %(most)s) AS p
                 WHERE p.is_same_domain OR p.is_same_company OR p.is_same_zip) AS near ON TRUE
            JOIN res_partner AS other
              ON other.id = near.id AND i.id > %(after)s AND i.id <= %(last)s
             AND i.trust <> 'claimed' AND length(own.name) > 3
             AND EXISTS (SELECT FROM omnichannel_identity AS theirs
                          WHERE theirs.partner_id = other.id)
             AND NOT EXISTS (SELECT FROM omnichannel_identity AS later
                              WHERE later.partner_id = own.id AND later.trust <> 'claimed'
                                AND (COALESCE(later.last_seen_at, '-infinity'), later.id)
                                  > (COALESCE(i.last_seen_at, '-infinity'), i.id))
            """,
            domain=SQL(
                """
                split_part(p.email_normalized, '@', 2) = split_part(own.email_normalized, '@', 2)
                AND split_part(p.email_normalized, '@', 2) NOT IN %s
                """,
                ("", *PUBLIC_MAIL),
            ),
            company=SQL(
                """
                p.parent_id = own.parent_id
                OR lower(p.commercial_company_name) = lower(own.commercial_company_name)
                AND p.commercial_company_name <> ''
                """
            ),
            most=NEIGHBOURS,
            after=after,
            last=last,
        )


class OmnichannelIdentity(models.Model):
    _inherit = "omnichannel.identity"

    _handle_idx = models.Index("(lower(username)) WHERE username IS NOT NULL")
