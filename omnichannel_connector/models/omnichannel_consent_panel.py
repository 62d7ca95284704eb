from odoo import fields, models
from odoo.exceptions import AccessError


class OmnichannelConversation(models.Model):
    """The consent of a customer beside the thread."""

    _inherit = "omnichannel.conversation"

    def _prepare_panel(self):
        """Add `consent`: what holds at each address, and what waits for a decision."""
        identities = self._consent_identities()
        purposes = dict(self.env["omnichannel.consent"]._fields["purpose"]._description_selection(
            self.env
        ))  # fmt: skip
        lines = [
            {
                **line,
                "since": fields.Datetime.to_string(line["since"]) if line["since"] else False,
                "channelLabel": identities._channel_label(line["channel"]),
                "purposeLabel": purposes[line["purpose"]],
            }
            for line in identities._consent_lines()
        ]
        waiting = self.env["omnichannel.consent.proposal"].search(
            [("message_id.conversation_id", "=", self.id), ("state", "=", "open")]
        )
        consent = {"lines": lines, "proposals": waiting._to_client()}
        return {**super()._prepare_panel(), "consent": consent}

    def _consent_identities(self):
        return self.partner_id.omnichannel_identity_ids.filtered(
            lambda identity: identity.trust != "claimed"
        )

    def get_preference_link(self, identity_id):
        """Return the address of the preference page of one of this customer's addresses."""
        self.ensure_one()
        self.check_access("read")
        identity = self._own_identity(identity_id)
        return identity._preference_url(identity.account_id)

    def send_preference_link(self, identity_id):
        """Send the customer the link of an address, to that very address, as the user.

        Raise UserError when nothing may be sent there.
        """
        self.ensure_one()
        self.check_access("write")
        identity = self._own_identity(identity_id)
        choices = [choice for choice in self._send_choices() if choice.identity == identity]
        key = choices[0].key if choices else f"0:{identity_id}"
        plan = self._plan_send(key, also_to=())
        link = identity._preference_url(plan.choice.account)
        text = self.with_context(lang=self.partner_id.lang or self.env.lang).env._(
            "Choose here what you want to get from us: %(link)s", link=link
        )
        self._send(plan, text)
        return True

    def _own_identity(self, identity_id):
        identity = self._consent_identities().filtered(lambda i: i.id == identity_id)
        if not identity:
            raise AccessError(self.env._("This address is not one of this customer."))
        return identity
