from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

SUPERVISOR = "omnichannel_connector.omnichannel_group_supervisor"


class OmnichannelIdentity(models.Model):
    """Which addresses an agent may see.

    The customer's record is everybody's. What only a conversation tells is not: what somebody
    typed there, who they are in another company's accounts and, where a company keeps its teams
    apart, another team's customers, for when and by what they wrote is written on their addresses.
    """

    _inherit = "omnichannel.identity"

    is_visible = fields.Boolean(compute="_compute_is_visible", search="_search_is_visible")
    # its name is the subject of a mail
    claim_message_id = fields.Many2one(groups=SUPERVISOR)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_is_visible(self):
        # sudo: this is what says who may see what
        domain = Domain("id", "in", self.ids) & self._visible()
        visible = self.browse(self.sudo().with_context(active_test=False).search(domain).ids)
        visible.is_visible = True
        (self - visible).is_visible = False

    def _search_is_visible(self, operator, value):
        if operator != "in":
            return NotImplemented
        visible = self._visible()
        return visible if True in value else ~visible

    @api.model
    def _visible(self):
        """Return the domain. It is looked up row by row, in indexes: nobody reads all."""
        domain = Domain.custom(to_sql=self._visible_claim_sql)
        domain &= Domain.custom(to_sql=self._visible_scope_sql)
        # sudo: whether there is a private company is no secret
        companies_sudo = self.env["res.company"].sudo()
        is_private = Domain("omnichannel_is_team_private", "=", True)
        if not self._is_supervisor() and companies_sudo.search_count(is_private, limit=1):
            domain &= Domain.custom(to_sql=self._visible_customer_sql)
        return domain

    @api.model
    def _is_supervisor(self):
        return self.env.user.has_group(SUPERVISOR)

    @api.model
    def _visible_claim_sql(self, _model, alias, _query):
        """What was typed is known to who may read where."""
        claimed_in = SQL.identifier(alias, "claim_message_id")
        return SQL(
            """(
            %s <> 'claimed' OR %s IS NULL OR EXISTS (
                SELECT 1 FROM omnichannel_message AS typed WHERE typed.id = %s AND %s))""",
            SQL.identifier(alias, "trust"),
            claimed_in,
            claimed_in,
            self._conversation_exists("id", SQL("typed.conversation_id"), self._seen()),
        )

    @api.model
    def _visible_scope_sql(self, _model, alias, _query):
        """What is valid in one account only is known in its company only."""
        account = SQL.identifier(alias, "account_id")
        return SQL(
            """(
            %s = '' OR %s IS NULL OR EXISTS (
                SELECT 1 FROM omnichannel_account AS own
                 WHERE own.id = %s AND own.company_id IN %s))""",
            SQL.identifier(alias, "scope"),
            account,
            account,
            tuple(self.env.companies.ids) or (0,),
        )

    @api.model
    def _visible_customer_sql(self, _model, alias, _query):
        """Who is another team's alone, where teams are kept apart, is not seen."""
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
        """Return which conversations the user reads, as the access rules have it."""
        domain = Domain("company_id", "in", self.env.companies.ids)
        if not self._is_supervisor():
            domain &= self.env["omnichannel.conversation"]._visible_domain()
        return domain

    @api.model
    def _conversation_exists(self, name, value, domain):
        """Return the SQL that asks for a conversation with this value of a column, in a domain."""
        # sudo: this is what says who may see what
        conversations_sudo = self.env["omnichannel.conversation"].sudo()
        query = conversations_sudo._search(domain)
        query.add_where(SQL("%s = %s", SQL.identifier(query.table, name), value))
        return SQL("EXISTS (%s)", query.select(SQL("1")))
