from odoo import api, models
from odoo.tools import SQL, email_normalize

WIZARD = "privacy.lookup.wizard"


class OmnichannelPrivacy(models.AbstractModel):
    """Odoo's privacy look-up, where it is installed, finds people by all their addresses.

    It is no dependency, so nothing can inherit from its models: the two methods are replaced when
    the registry is ready.
    """

    _inherit = "omnichannel.privacy"

    def _register_hook(self):
        super()._register_hook()
        if WIZARD not in self.env:
            return
        wizard_class = self.env.registry[WIZARD]
        query, skipped = wizard_class._get_query, wizard_class._get_query_models_blacklist
        if hasattr(query, "origin"):
            return

        def _get_query(wizard):
            found = wizard.env["omnichannel.privacy"]._lookup_query(wizard.name, wizard.email)
            return SQL("%s UNION ALL %s", query(wizard), found)

        def _get_query_models_blacklist(wizard):
            ours = [name for name in wizard.env if name.startswith("omnichannel.")]
            return [*skipped(wizard), *ours]

        _get_query.origin = query
        wizard_class._get_query = _get_query
        wizard_class._get_query_models_blacklist = _get_query_models_blacklist

    @api.model
    def _lookup_query(self, name, email):
        """Return the query of what of ours the look-up shows: customers and their conversations.

        Customers whom Odoo does not find itself, because the address is none of their record.
        Everything else hangs on these, and goes with the erasure that their form offers.
        """
        model_id = self.env["ir.model"]._get_id
        return SQL(
            """
            SELECT %(partner_model)s AS res_model_id, id AS res_id, active AS is_active
              FROM res_partner
             WHERE id IN (%(known)s)
               AND email_normalized IS DISTINCT FROM %(email)s AND NOT name ILIKE %(name)s
             UNION ALL
            SELECT %(conversation_model)s AS res_model_id, id AS res_id, TRUE AS is_active
              FROM omnichannel_conversation
             WHERE partner_id IN (
                   %(known)s
                    UNION
                   SELECT id FROM res_partner
                    WHERE email_normalized = %(email)s OR name ILIKE %(name)s)
            """,
            partner_model=model_id("res.partner"),
            conversation_model=model_id("omnichannel.conversation"),
            known=self._lookup_owners(email_normalize(email.strip()) or ""),
            email=email_normalize(email.strip()) or "",
            name=name.strip(),
        )

    def _lookup_owners(self, email):
        """Return the query of the customers who have an e-mail address, or typed it."""
        return SQL(
            """
            SELECT partner_id FROM omnichannel_identity
             WHERE kind = 'email' AND value = %s AND partner_id IS NOT NULL
            """,
            email,
        )


class OmnichannelConversation(models.Model):
    _inherit = "omnichannel.conversation"

    def unlink(self):
        """Delete what stands in the threads, too: nobody could find it any more."""
        channels = self.channel_id
        result = super().unlink()
        channels.exists().unlink()
        return result
