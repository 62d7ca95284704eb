from email.utils import getaddresses

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import formataddr

from ..channels.addresses import normalize_email
from .omnichannel_conversation_choice import EMAIL

MOST = 20  # others on one e-mail: what has more is a mailing


class OmnichannelAccount(models.Model):
    _inherit = "omnichannel.account"

    is_answering_all = fields.Boolean(
        "Answer to All",
        help="Answers to an e-mail go to the others on it, too, unless their author leaves them "
        "out. Automatic messages never do.",
    )


class OmnichannelMessage(models.Model):
    """Who else an e-mail went to. They are shown, and nothing else is known about them: being in
    somebody's Cc makes nobody a customer, and nobody the owner of an address."""

    _inherit = "omnichannel.message"

    also_to = fields.Char("Also To", readonly=True, help="The others on an e-mail.")

    def _others(self):
        """Return the addresses of the others on these e-mails."""
        listed = filter(None, self.mapped("also_to"))
        return {normalize_email(address) for _name, address in getaddresses(list(listed))}

    def _to_store_value(self):
        return {**super()._to_store_value(), "alsoTo": self.also_to or ""}


class OmnichannelConversation(models.Model):
    """The others on an e-mail, in and out."""

    _inherit = "omnichannel.conversation"

    def _prepare_message(self, item):
        values = super()._prepare_message(item)
        if item.mail:
            values["also_to"] = ", ".join(self._others_on(item)) or False
        return values

    def _others_on(self, item):
        """Return whom else an e-mail went to: neither us nor its writer."""
        listed = ",".join((item.mail["to_filtered"], item.mail["cc_filtered"]))
        pairs = [(name, normalize_email(address)) for name, address in getaddresses([listed])]
        others = {address: formataddr((name, address)) for name, address in pairs if address}
        own = self.env["mail.thread"]._omnichannel_own_addresses(others)
        known = own | {item.inbound.identity}
        return sorted(text for address, text in others.items() if address not in known)[:MOST]

    # === ANSWER === #

    def _others_of(self, choice):
        """Return whom else an answer may go to: the others on the last e-mail of that address."""
        if choice.channel != EMAIL:
            return []
        last = self.env["omnichannel.message"].search(
            [
                ("conversation_id", "=", self.id),
                ("identity_id", "=", choice.identity.id),
                ("channel", "=", EMAIL),
                ("direction", "=", "inbound"),
                ("is_automatic", "=", False),
            ],
            order="id desc",
            limit=1,
        )
        return [formataddr(pair) for pair in getaddresses([last.also_to or ""]) if pair[1]]

    def _prepare_choice(self, choice):
        """Add who else an e-mail may go to, and whether it does unless somebody says otherwise."""
        others = self.sudo()._others_of(choice)
        is_kept = bool(others and choice.account.is_answering_all)
        return {**super()._prepare_choice(choice), "others": others, "isToAll": is_kept}

    def _plan_send(self, key, also_to=None, **options):
        """Add who else gets an e-mail: `also_to`, or what the account says when it is None.

        Raise UserError for somebody who was not on the e-mail that is answered.
        """
        plan = super()._plan_send(key, **options)
        others = self.sudo()._others_of(plan.choice)
        if also_to is None:
            also_to = others if plan.is_human and plan.choice.account.is_answering_all else []
        if any(address not in others for address in also_to):
            raise UserError(self.env._("Somebody there is not on the e-mail that you answer."))
        return plan.with_others(also_to)

    def _queue_mail(self, message, plan):
        message.also_to = ", ".join(plan.also_to) or False
        return super()._queue_mail(message, plan)
