from odoo import models
from odoo.tools import SQL

from .omnichannel_privacy import Section


class OmnichannelPrivacy(models.AbstractModel):
    """What providers told about a person, as it is stored."""

    _inherit = "omnichannel.privacy"

    def _raw_sections(self, person):
        yield Section(
            "events",
            "omnichannel.event",
            [("id", "in", person.events.ids)],
            ("channel", "key", "customer", "kind", "state", "received_at", "payload"),
        )

    def _find_events(self, person):
        """Return what providers told about a person, as far as it is kept.

        What they did is filed under their address, what became of our messages to them under the
        ids of the messages; a call under its own. Reads the whole table: it is done rarely, and
        an index would cost every message something.
        """
        self.env.flush_all()
        identities = person.identities
        messages = identities.env["omnichannel.message"]._search(self._message_domain(person))
        values = identities.mapped("value") + identities.mapped("raw_value")
        rows = self.env.execute_query(
            SQL(
                """
                WITH message AS (
                    SELECT id, account_id, external_id FROM omnichannel_message
                     WHERE id IN %(messages)s
                ), named AS (
                    SELECT account_id, external_id FROM message WHERE external_id IS NOT NULL
                     UNION
                    SELECT delivery.account_id, delivery.external_id
                      FROM omnichannel_delivery delivery
                      JOIN message ON message.id = delivery.message_id
                     WHERE delivery.external_id IS NOT NULL
                )
                SELECT id FROM omnichannel_event
                 WHERE (customer IN %(values)s AND account_id IN %(accounts)s)
                    OR (account_id, customer) IN (SELECT * FROM named)
                    OR (account_id, split_part(key, ':', 2)) IN (SELECT * FROM named)
                    OR (account_id, target) IN (SELECT * FROM named)
                """,
                messages=messages.subselect(),
                values=tuple(filter(None, values)) or ("-",),
                accounts=tuple(self._accounts_of(identities).ids) or (0,),
            )
        )
        return person.events.browse([row[0] for row in rows])

    def _accounts_of(self, identities):
        """Return the accounts on which a customer of these addresses is this person."""
        accounts = identities.env["omnichannel.account"].search([("active", "in", [True, False])])
        return accounts.filtered(
            lambda account: any(account._can_reach(identity) for identity in identities)
        )
