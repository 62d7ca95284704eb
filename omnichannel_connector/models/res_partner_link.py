from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .res_partner import AGENT

# What follows from a customer's messages is no reason of its own to keep the record.
OWN_TABLES = ("omnichannel_", "mail_", "bus_", "discuss_", "base_partner_merge_")


class ResPartner(models.Model):
    """Customers who come and go with their addresses: strangers, and deleted records."""

    _inherit = "res.partner"

    omnichannel_is_stranger = fields.Boolean(
        "Made From a Message",
        readonly=True,
        copy=False,
        groups=AGENT,
        help="The record was made when somebody unknown wrote.",
    )

    # === STRANGERS === #

    def write(self, vals):
        """Write; a record on which a person worked is no stranger's any more."""
        if not self.env.su and vals.keys() - {"active", "omnichannel_is_stranger"}:
            # sudo: who edits contacts may be no agent, and does not decide this
            self_sudo = self.sudo()
            self_sudo.filtered("omnichannel_is_stranger").omnichannel_is_stranger = False
        return super().write(vals)

    def _is_disposable_stranger(self):
        """Tell whether we made this record and nothing but messages ever referred to it."""
        self.ensure_one()
        if not self.omnichannel_is_stranger or not self.active:
            return False
        self.env.flush_all()
        references = [
            SQL(
                "EXISTS (SELECT FROM %(table)s WHERE %(column)s = %(id)s %(other)s)",
                table=SQL.identifier(table),
                column=SQL.identifier(column),
                id=self.id,
                other=SQL("AND id <> %s", self.id) if table == self._table else SQL(),
            )
            for table, column in self._omnichannel_references()
        ]
        return not self.env.execute_query(SQL("SELECT %s", SQL(" OR ").join(references)))[0][0]

    @api.model
    def _omnichannel_references(self):
        """Return the (table, column) of other records that point to a customer.

        Only those with an index: nobody waits for whole tables to be read.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT con.conrelid::regclass::text, att.attname
                  FROM pg_constraint AS con
                  JOIN pg_attribute AS att
                    ON att.attrelid = con.conrelid AND att.attnum = con.conkey[1]
                 WHERE con.contype = 'f' AND con.confrelid = 'res_partner'::regclass
                   AND EXISTS (SELECT FROM pg_index AS idx
                                WHERE idx.indrelid = con.conrelid AND idx.indkey[0] = att.attnum)
                """
            )
        )
        return [row for row in rows if not row[0].startswith(OWN_TABLES)]

    # === DELETION === #

    def unlink(self):
        """Delete what of ours goes with a customer; refuse while there are messages."""
        self._omnichannel_check_deletion()
        # sudo: who may delete the customer may delete what is only about them
        partners_sudo = self.sudo().with_context(active_test=False)
        links_sudo = partners_sudo.env["omnichannel.link"].search(
            [("to_partner_id", "in", self.ids), ("state", "=", "linked")]
        )
        links_sudo._undo()
        conversations_sudo = partners_sudo.omnichannel_conversation_ids
        channels_sudo = conversations_sudo.channel_id
        conversations_sudo.unlink()
        channels_sudo.unlink()
        return super().unlink()

    def _omnichannel_check_deletion(self):
        """Raise UserError when messages are, or would be without links, of these customers."""
        # sudo: the answer is the same for everybody
        messages_sudo = self.env["omnichannel.message"].sudo()
        in_force = [("to_partner_id", "in", self.ids), ("state", "=", "linked")]
        own = fields.Domain("identity_id.home_partner_id", "in", self.ids)
        own |= fields.Domain("identity_id.partner_id", "in", self.ids) & fields.Domain(
            "identity_id.link_ids", "not any", in_force
        )
        message_sudo = self.ids and messages_sudo.search(own, limit=1)
        if message_sudo:
            identity_sudo = message_sudo.identity_id
            raise UserError(
                self.env._(
                    "%(name)s wrote to us or was written to, and that is kept. Archive the record "
                    "instead. If the law asks for it, use the privacy erasure.",
                    name=(identity_sudo.home_partner_id or identity_sudo.partner_id).display_name,
                )
            )
