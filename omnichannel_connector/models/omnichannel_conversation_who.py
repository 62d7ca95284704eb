from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class OmnichannelConversation(models.Model):
    """Who is this? Asked where the address that somebody wrote from is on several records.

    An agent says it, nobody guesses; what was said can be undone as every link.
    """

    _inherit = "omnichannel.conversation"

    candidate_ids = fields.Many2many(
        "res.partner",
        string="May Be",
        compute="_compute_candidates",
        help="Whose records carry the shared address, as far as you may see them.",
    )
    is_unclear = fields.Boolean(
        "Who Is This?", compute="_compute_candidates", search="_search_is_unclear"
    )
    is_household = fields.Boolean("A Household", compute="_compute_candidates")

    @api.depends_context("uid")
    @api.depends(
        "partner_id.name",
        "partner_id.omnichannel_identity_ids.is_shared",
        "partner_id.omnichannel_identity_ids.is_household",
        "partner_id.omnichannel_identity_ids.candidate_ids",
        "partner_id.omnichannel_identity_ids.link_ids.state",
    )
    def _compute_candidates(self):
        for conversation in self:
            # sudo: that there is a question is no secret; the candidates are filtered below
            identities_sudo = conversation.sudo().partner_id.omnichannel_identity_ids
            households_sudo = identities_sudo.filtered("is_household")
            asked_sudo = identities_sudo.filtered(lambda i: i._is_unclear())
            candidates = (asked_sudo or households_sudo)._other_candidates().with_env(self.env)
            conversation.candidate_ids = candidates._filtered_access("read")
            conversation.is_unclear = bool(asked_sudo)
            conversation.is_household = bool(households_sudo)

    @api.model
    def _search_is_unclear(self, operator, value):
        if operator != "in":
            return NotImplemented
        # as _is_unclear of the identities tells it, in one query that the ORM can't flush for
        fields_read = {
            "omnichannel.identity": ["partner_id", "value", "is_shared", "is_household"],
            "omnichannel.conversation": ["partner_id"],
            "omnichannel.link": ["identity_id", "state"],
            "res.partner": ["name"],
        }
        for model, names in fields_read.items():
            self.env[model].flush_model(names)
        unclear = SQL(
            """(
            SELECT conversation.id
              FROM omnichannel_conversation AS conversation
              JOIN omnichannel_identity AS identity USING (partner_id)
              JOIN res_partner AS partner ON partner.id = identity.partner_id
             WHERE identity.is_shared AND identity.is_household IS NOT TRUE
               AND partner.name = identity.value
               AND EXISTS (SELECT 1 FROM omnichannel_identity_candidate_rel AS candidate
                            WHERE candidate.omnichannel_identity_id = identity.id
                              AND candidate.res_partner_id <> identity.partner_id)
               AND NOT EXISTS (SELECT 1 FROM omnichannel_link AS link
                                WHERE link.identity_id = identity.id AND link.state = 'linked')
            )"""
        )
        return [("id", "in" if True in value else "not in", unclear)]

    # === ANSWERS === #

    def action_is_candidate(self, partner_id):
        """Say that this is one of the candidates. Return the action that shows their thread.

        Moves what was written from the shared address. Locks the conversations.
        """
        self.ensure_one()
        self.check_access("write")
        partner = self.candidate_ids.filtered(lambda candidate: candidate.id == partner_id)
        # sudo: who may answer this customer may say who it is; only candidates can be chosen
        identities_sudo = self.sudo()._unclear_identities()
        identities_sudo = identities_sudo.filtered(lambda i: partner in i.candidate_ids)
        if not partner or not identities_sudo:
            raise UserError(
                self.env._("This is no candidate any more. Open the conversation again.")
            )
        return self._say_who(identities_sudo, partner.sudo())

    def action_is_somebody_else(self):
        """Say that this is none of the candidates: a new customer, whose thread is shown."""
        self.ensure_one()
        self.check_access("write")
        # sudo: as above; the new customer is as empty as any stranger's record
        identities_sudo = self.sudo()._unclear_identities()
        if not identities_sudo:
            raise UserError(self.env._("Somebody has said already who this is."))
        identity_sudo = identities_sudo[:1]
        values = identity_sudo._prepare_partner_values(
            identity_sudo.kind, identity_sudo.value, name=None
        )
        values["company_id"] = identity_sudo.company_id.id
        return self._say_who(identities_sudo, identities_sudo._create_records([values]))

    def action_is_household(self):
        """Say that several people use the address: it stays shared, and nobody is asked again."""
        self.ensure_one()
        self.check_access("write")
        # sudo: as above
        self.sudo()._unclear_identities().is_household = True
        return True

    def action_ask_again(self):
        """Take back that this is a household."""
        self.ensure_one()
        self.check_access("write")
        # sudo: as above
        conversation_sudo = self.sudo()
        conversation_sudo.partner_id.omnichannel_identity_ids.is_household = False
        return True

    def _unclear_identities(self):
        return self.partner_id.omnichannel_identity_ids.filtered(lambda i: i._is_unclear())

    def _say_who(self, identities_sudo, partner_sudo):
        evidence = self.env._("Said by %(user)s", user=self.env.user.name)
        identities_sudo._link(partner_sudo, "staff", evidence)
        identities_sudo._raise_trust("confirmed", evidence)
        identities_sudo.trust_evidence = evidence
        # sudo: only to find it; whether the user may see it is asked below
        conversations_sudo = self.sudo()._for_partners(self.company_id, partner_sudo)
        conversation = conversations_sudo[partner_sudo].with_env(self.env)
        if conversation.has_access("read"):
            return conversation.action_open_in_discuss()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "The messages are in the conversation of %(customer)s now, which a colleague"
                    " handles.",
                    customer=partner_sudo.display_name,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }


class OmnichannelIdentity(models.Model):
    _inherit = "omnichannel.identity"

    _shared_idx = models.Index("(partner_id) WHERE is_shared")

    def _is_unclear(self):
        """Tell whether a person should say whose this address is.

        Not while a link is in force, and not where its record has got the name of somebody.
        """
        self.ensure_one()
        return (
            self.is_shared
            and not self.is_household
            and self.partner_id.name == self._stranger_name(self.kind, self.value)
            and bool(self._other_candidates())
            and not any(link.state == "linked" for link in self.link_ids)
        )

    def _other_candidates(self):
        return self.candidate_ids - self.partner_id


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_omnichannel_is_this(self):
        """Say that this candidate is who wrote in the conversation that the context names."""
        self.ensure_one()
        conversation_id = self.env.context.get("omnichannel_conversation_id")
        conversation = self.env["omnichannel.conversation"].browse(conversation_id)
        return conversation.action_is_candidate(self.id)
