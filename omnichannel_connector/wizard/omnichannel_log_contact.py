from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.omnichannel_account import IN_PERSON
from ..models.omnichannel_logbook import REACHED, VOICE
from ..models.timing import utc_now

SLACK = timedelta(minutes=5)  # clocks differ


class OmnichannelLogContact(models.TransientModel):
    """A call or a visit, logged by who made it. Its outcome is the button that closes the form."""

    _name = "omnichannel.log.contact"
    _inherit = "omnichannel.named.records"
    _description = "Log a Call or Visit"

    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    conversation_id = fields.Many2one("omnichannel.conversation", readonly=True)
    call_id = fields.Many2one("omnichannel.call", readonly=True)
    way = fields.Selection(
        [("call", "Call"), ("visit", "Visit")], string="What", required=True, default="call"
    )
    is_outbound = fields.Selection(
        [("ours", "We did"), ("theirs", "The customer did")],
        string="Who Began",
        required=True,
        default="ours",
    )
    happened_at = fields.Datetime("When", help="Empty: just now.")
    minutes = fields.Integer("Minutes")
    note = fields.Text(help="Stays inside: the customer never sees it.")
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        "Next Activity",
        domain="[('res_model', 'in', (False, 'omnichannel.conversation'))]",
    )
    activity_date = fields.Date("Due", default=lambda self: self._default_activity_date())

    @api.model
    def _default_activity_date(self):
        return fields.Date.context_today(self) + timedelta(days=1)

    # === OUTCOMES === #

    def action_reached(self):
        """Log that they were spoken to: who waited has their answer."""
        return self._log(REACHED)

    def action_message(self):
        """Log that a message was left. The customer waits as before."""
        return self._log("message")

    def action_nobody(self):
        """Log that nobody was there. The customer waits as before."""
        return self._log("nobody")

    def _log(self, outcome):
        self.ensure_one()
        moment = utc_now()
        if self.happened_at:
            moment = min(moment, self.happened_at)
        if self.happened_at and self.happened_at > fields.Datetime.now() + SLACK:
            raise UserError(self.env._("This is still to come: plan an activity instead."))
        conversation_sudo = self._conversation_sudo()
        calls_sudo = conversation_sudo.env["omnichannel.call"]
        facts = calls_sudo._prepare_logged(
            self.is_outbound == "ours", outcome, self.minutes, self.note
        )
        if self.call_id:
            self.call_id._check_may_correct()
            # sudo: nobody writes calls but these methods, after this check
            self.call_id.sudo()._correct(moment, facts)
        else:
            channel = IN_PERSON if self.way == "visit" else VOICE
            calls_sudo._log(conversation_sudo, channel, moment, facts)
        if self.activity_type_id and not self.call_id:
            conversation_sudo.sudo(False).activity_schedule(
                activity_type_id=self.activity_type_id.id,
                date_deadline=self.activity_date,
                user_id=self.env.uid,
            )
        return {"type": "ir.actions.act_window_close"}

    def _conversation_sudo(self):
        """Return the conversation as superuser, for who may answer in it."""
        conversation = self.conversation_id
        if not conversation:
            self.partner_id.check_access("read")
            # sudo: agents create conversations through doors like this one only
            conversations_sudo = self.env["omnichannel.conversation"].sudo()
            found_sudo = conversations_sudo._for_partners(self.env.company, self.partner_id)
            conversation = found_sudo[self.partner_id].sudo(False)
        conversation.check_access("write")
        return conversation.sudo()
