from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

SUPERVISOR = "omnichannel_connector.omnichannel_group_supervisor"


class OmnichannelIdentity(models.Model):
    """Which addresses an agent may see.

    The customer's record is everybody's. What only a conversation tells is not: what somebody
    typed there, and, where a company keeps its teams apart, the addresses of another team's
    customers, for when they wrote and by what is written on them.
    """

    _inherit = "omnichannel.identity"

    is_visible = fields.Boolean(compute="_compute_is_visible", search="_search_is_visible")
    # its name is the subject of a mail
    claim_message_id = fields.Many2one(groups=SUPERVISOR)

    @api.depends_context("uid")
    def _compute_is_visible(self):
        if self.env.user.has_group(SUPERVISOR):
            self.is_visible = True
            return
        # sudo: this is what says who may see what
        for identity_sudo in self.sudo():
            identity_sudo.is_visible = identity_sudo._is_visible_claim() and (
                identity_sudo._is_visible_customer()
            )

    def _is_visible_claim(self):
        conversation = self.claim_message_id.conversation_id
        return self.trust != "claimed" or not conversation or conversation.is_visible

    def _is_visible_customer(self):
        """Tell whether no private team keeps this customer, or one that the user is of."""
        conversations = self.partner_id.omnichannel_conversation_ids
        visible = conversations.filtered("is_visible")
        return bool(visible) or not conversations.company_id.filtered("omnichannel_is_team_private")

    def _search_is_visible(self, operator, value):
        if operator != "in":
            return NotImplemented
        visible = Domain.TRUE
        if not self.env.user.has_group(SUPERVISOR):
            visible = self._visible_domain()
        return visible if True in value else ~visible

    @api.model
    def _visible_domain(self):
        """Return the same as a domain. Looked up row by row, in indexes: nobody reads all."""
        domain = Domain.custom(to_sql=self._visible_claim_sql)
        # sudo: whether there is a private company is no secret
        companies_sudo = self.env["res.company"].sudo()
        if companies_sudo.search_count([("omnichannel_is_team_private", "=", True)], limit=1):
            domain &= Domain.custom(to_sql=self._visible_customer_sql)
        return domain

    @api.model
    def _visible_claim_sql(self, _model, alias, _query):
        def column(name):
            return SQL.identifier(alias, name)

        return SQL(
            """(
            %s <> 'claimed' OR %s IS NULL OR EXISTS (
                SELECT 1 FROM omnichannel_message AS typed WHERE typed.id = %s AND %s))""",
            column("trust"),
            column("claim_message_id"),
            column("claim_message_id"),
            self._conversation_exists("id", SQL("typed.conversation_id"), self._seen()),
        )

    @api.model
    def _visible_customer_sql(self, _model, alias, _query):
        customer = SQL.identifier(alias, "partner_id")
        is_private = Domain("company_id.omnichannel_is_team_private", "=", True)
        return SQL(
            "(%s IS NULL OR %s OR NOT %s)",
            customer,
            self._conversation_exists("partner_id", customer, self._seen()),
            self._conversation_exists("partner_id", customer, is_private),
        )

    @api.model
    def _seen(self):
        return self.env["omnichannel.conversation"]._visible_domain()

    @api.model
    def _conversation_exists(self, name, value, domain):
        """Return the SQL that asks for a conversation with this value of a column, in a domain."""
        # sudo: this is what says who may see what
        conversations_sudo = self.env["omnichannel.conversation"].sudo()
        query = conversations_sudo._search(domain)
        query.add_where(SQL("%s = %s", SQL.identifier(query.table, name), value))
        return SQL("EXISTS (%s)", query.select(SQL("1")))
