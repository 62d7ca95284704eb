from odoo import models
from odoo.tools import SQL

# What hangs on a customer record in Odoo and says nothing that another app needs.
HARMLESS_TABLES = (
    "res_partner_res_partner_category_rel",
    "mail_followers",
    "mail_notification",
    "mail_message_res_partner_rel",
    "mail_message_res_partner_starred_rel",
    "discuss_channel_member",
)
KEPT_TEXTS = ("name", "lang", "tz")
TEXTS = ("char", "text", "html", "binary", "image")


class OmnichannelPrivacy(models.AbstractModel):
    """What becomes of the records of other apps that are about somebody who is erased."""

    _inherit = "omnichannel.privacy"

    def _origins(self, person):
        """Return the records from which the person's addresses were linked to theirs.

        Only those that a channel made: without an address or a message of their own.
        """
        addresses = {(identity.kind, identity.value) for identity in person.identities}
        model = person.partner.env["omnichannel.identity"]
        return (person.identities.home_partner_id - person.partner).filtered(
            lambda origin: (
                not origin.omnichannel_identity_ids
                and not origin.omnichannel_conversation_ids.message_ids
                and set(model._partner_addresses(origin)) <= addresses
            )
        )

    def _leads(self, person):
        return self._leads_of(person.conversations)

    def _leads_of(self, conversations):
        domain = [("omnichannel_conversation_id", "in", conversations.ids)]
        return conversations.lead_id | conversations.env["crm.lead"].search(domain)

    def _anonymise_leads(self, leads):
        """Leave leads of the person's conversations in their pipeline, without the person."""
        for lead in leads:
            self._wipe(lead, self.env._("Lead of an erased person"))

    def _forget_partner(self, partner, leads):
        """Delete the customer record, or empty and archive it where another app needs it.

        Return whether it was deleted.
        """
        self._delete_chatter(partner)
        if self._is_needed(partner, leads):
            self._wipe(partner, self.env._("Erased person"))
            partner.active = False
            return False
        leads.partner_id = False
        partner.unlink()
        return True

    def _delete_chatter(self, record):
        """Delete what people wrote about a record, and what its fields said before."""
        about = [("model", "=", record._name), ("res_id", "in", record.ids)]
        self._delete(record.env["mail.message"].search(about))
        record.activity_ids.unlink()
        of_record = [("res_model", "=", record._name), ("res_id", "in", record.ids)]
        # also those of fields, which Odoo hides: the picture
        of_record += ["|", ("res_field", "=", False), ("res_field", "!=", False)]
        record.env["ir.attachment"].search(of_record).unlink()

    def _wipe(self, record, name):
        """Take everything that people wrote out of a record, and what its fields said before."""
        self._delete_chatter(record)
        values = {
            field_name: False
            for field_name, field in record._fields.items()
            if field.type in TEXTS
            and field.store
            and not (field.related or field.required)
            and not (field.compute and field.readonly)
            and field_name not in KEPT_TEXTS
        }
        record.with_context(tracking_disable=True).write({**values, "name": name})

    def _is_needed(self, partner, leads):
        """Tell whether a record of another app refers to the customer, by any foreign key."""
        self.env.flush_all()
        harmless = {model._table for model in self.env.values() if model._transient}
        harmless |= set(HARMLESS_TABLES)
        for table, column in self._foreign_keys():
            if table in harmless or "omnichannel_" in (table[:12], column[:12]):
                continue
            own = partner.ids if table == "res_partner" else leads.ids
            is_spared = table in ("res_partner", "crm_lead")
            rows = self.env.execute_query(
                SQL(
                    "SELECT 1 FROM %s WHERE %s = %s AND %s LIMIT 1",
                    SQL.identifier(table),
                    SQL.identifier(column),
                    partner.id,
                    SQL("id NOT IN %s", tuple(own) or (0,)) if is_spared else SQL("TRUE"),
                )
            )
            if rows:
                return True
        return False

    def _foreign_keys(self):
        """Return [(table, column)] of what refers to customer records."""
        return self.env["base.partner.merge.automatic.wizard"]._get_fk_on("res_partner")
