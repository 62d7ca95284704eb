from collections.abc import Set

from odoo import fields
from odoo.fields import Domain
from odoo.tools import SQL


class VisibleList(fields.One2many):
    """A list that searching tells no more of than reading shows.

    Odoo looks for records by id, or for any at all, without the access rules of what is listed:
    whoever reads customers could find out which of them have conversations.
    """

    def condition_to_sql(self, field_expr, operator, value, model, alias, query):
        """Return the condition, with the access rules for everybody but the superuser."""
        is_by_id = operator in ("in", "not in") and isinstance(value, (list, tuple, Set))
        if model.env.su or not is_by_id:
            return super().condition_to_sql(field_expr, operator, value, model, alias, query)

        def ask(word, domain):
            return super(VisibleList, self).condition_to_sql(
                field_expr, word, domain, model, alias, query
            )

        found = ask("any", Domain("id", "in", [id_ for id_ in value if id_]))
        if False in value:
            found = SQL("(%s OR %s)", found, ask("not any", Domain.TRUE))
        return found if operator == "in" else SQL("(NOT %s)", found)
