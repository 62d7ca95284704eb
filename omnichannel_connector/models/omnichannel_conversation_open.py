from odoo import api, models
from odoo.exceptions import AccessError, UserError

from .res_partner import AGENT

# These have a button of their own.
OWN_BUTTON = ("res.partner", "crm.lead")


class OmnichannelConversation(models.Model):
    """The way from a record of any app to the thread of its customer."""

    _inherit = "omnichannel.conversation"

    @api.model
    def open_from(self, model, record_id):
        """Return the action that opens the thread of a record's customer. For the web client.

        With the user's own rights on the record and the thread. Raise UserError when it has none.
        """
        record = self.env[model].browse(record_id) if model in self.env else None
        if record is None or not isinstance(record, self.env.registry["mail.thread"]):
            raise AccessError(self.env._("There is no such record for you."))
        record.check_access("read")
        partner = record._omnichannel_customer()
        if not partner:
            raise UserError(self.env._("This has no customer yet. Choose one first."))
        company = record["company_id"] if "company_id" in record._fields else self.env.company
        if company and company in self.env.companies:
            partner = partner.with_company(company)
        return partner.action_open_conversation()


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _omnichannel_customer(self):
        """Return the customer of a record, as its own model tells it, or an empty one.

        To be overridden by models that know better. People of ours are nobody's customers.
        """
        self.ensure_one()
        partners = self._mail_get_partners()[self.id]._filtered_access("read")
        # sudo: only whether they are ours
        return partners.filtered(
            lambda partner: not any(user._is_internal() for user in partner.sudo().user_ids)
        )[:1]

    def _thread_to_store(self, store, fields, *, request_list=None):
        """Tell agents, with a record's chatter, whether there is a customer to talk with."""
        result = super()._thread_to_store(store, fields, request_list=request_list)
        is_asked = request_list is not None and store.target.is_current_user(self.env)
        if is_asked and self._name not in OWN_BUTTON and self.env.user.has_group(AGENT):
            for record in self.sudo(False):
                customer = record.has_access("read") and record._omnichannel_customer()
                store.add(record, {"hasOmnichannelCustomer": bool(customer)}, as_thread=True)
        return result
