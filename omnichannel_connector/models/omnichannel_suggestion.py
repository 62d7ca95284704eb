from odoo import api, fields, models
from odoo.tools import SQL

TYPED_SCORE = 50  # what it says that somebody typed another customer's address


class OmnichannelSuggestion(models.Model):
    """An identity that may belong to another customer. Nothing moves until a person says so."""

    _name = "omnichannel.suggestion"
    _description = "Link Suggestion"
    _order = "score desc, id desc"
    _rec_name = "identity_id"

    identity_id = fields.Many2one(
        "omnichannel.identity", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner",
        "May Be",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    reasons = fields.Json(readonly=True, help="{reason: points}")
    score = fields.Integer(readonly=True)
    state = fields.Selection(
        [("open", "To decide"), ("linked", "Linked"), ("rejected", "Not the same")],
        required=True,
        readonly=True,
        default="open",
    )

    _pair_unique = models.UniqueIndex("(identity_id, partner_id)")
    _open_idx = models.Index("(score DESC, id DESC) WHERE state = 'open'")

    @api.model
    def _propose(self, identity, partner, reason, score):
        """Suggest that an identity belongs to a customer, unless a person said no.

        `reason` is a word: typed, variant, spelling, shared, handle, name, domain, company, zip.
        Several add up to at most 100. Safe in parallel and when repeated.
        """
        self.env.execute_query(
            SQL(
                """
                INSERT INTO omnichannel_suggestion AS s
                       (identity_id, partner_id, reasons, score, state,
                        create_uid, create_date, write_uid, write_date)
                VALUES (%(identity)s, %(partner)s, jsonb_build_object(%(reason)s::text, %(score)s),
                        %(score)s, 'open', %(uid)s, now() AT TIME ZONE 'UTC',
                        %(uid)s, now() AT TIME ZONE 'UTC')
                    ON CONFLICT (identity_id, partner_id) DO UPDATE
                   SET reasons = s.reasons || excluded.reasons,
                       score = LEAST(100, (
                           SELECT sum(value::int)
                             FROM jsonb_each_text(s.reasons || excluded.reasons)))
                 WHERE s.state = 'open'
             RETURNING id
                """,
                identity=identity.id,
                partner=partner.id,
                reason=reason,
                score=score,
                uid=self.env.uid,
            )
        )
        self.invalidate_model()
