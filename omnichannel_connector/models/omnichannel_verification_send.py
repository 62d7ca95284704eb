import uuid

from odoo import api, fields, models
from odoo.tools import formataddr

from ..channels.errors import AccountError, SendError
from .omnichannel_conversation_choice import EMAIL
from .omnichannel_verification import LIFE

VERIFICATION = "verification"


class OmnichannelVerification(models.Model):
    """How the question reaches the claimed address: by Odoo's mail queue, or by our own.

    It is no message of any thread. It says who we are and on which channel somebody wrote to us;
    of the conversation and of who claims the address it tells nothing.
    """

    _inherit = "omnichannel.verification"

    def _send_secret(self, secret):
        """Queue the question, and tell the agents. Keeps the secret in the queued text only."""
        self.ensure_one()
        lang = (
            self.conversation_id.partner_id.lang or self.conversation_id.company_id.partner_id.lang
        )
        localized = self.with_context(lang=lang)
        if self.account_id.channel == EMAIL:
            self.mail_id = localized._mail_secret(secret)
        else:
            localized._text_secret(secret)
        address = self.claim_id._mask()
        if self.method == "code":
            note = self.env._("A code was sent to %(address)s.", address=address)
        else:
            note = self.env._("A link was sent to %(address)s.", address=address)
        self._post_note(note)

    def _channel_label(self):
        """Return on which channel the address was typed."""
        message = self.claim_id.claim_message_id
        return dict(message._get_channels()).get(message.channel, "")

    def _text_secret(self, code):
        text = self.env._(
            "%(company)s: %(code)s is your code, valid for %(minutes)s minutes. Somebody gave us "
            "this number on %(channel)s. If it was you, answer with the code there. If you did not "
            "ask for this, ignore it.",
            company=self.conversation_id.company_id.name,
            code=code,
            minutes=LIFE.seconds // 60,
            channel=self._channel_label(),
        )
        self.env["omnichannel.delivery"].create(
            {
                "uuid": str(uuid.uuid4()),
                "kind": VERIFICATION,
                "verification_id": self.id,
                "text": text,
            }
        )
        self.env.ref("omnichannel_connector.ir_cron_omnichannel_delivery")._trigger()

    def _mail_secret(self, secret):
        company = self.conversation_id.company_id
        account = self.account_id
        address = formataddr((account.name, account.alias_email))
        is_code = self.method == "code"
        body = self.env["ir.qweb"]._render(
            "omnichannel_connector.verification_mail",
            {
                "company": company.name,
                "channel": self._channel_label(),
                "minutes": LIFE.seconds // 60,
                "code": secret if is_code else "",
                "url": "" if is_code else f"{account.public_url}/omnichannel/verify/{secret}",
            },
        )
        mail = self.env["mail.mail"].create(
            {
                "subject": self.env._(
                    "Is this your address? %(company)s asks", company=company.name
                ),
                "body_html": body,
                "email_from": address,
                "reply_to": address,
                "email_to": self.value,
                "author_id": company.partner_id.id,
                "auto_delete": True,
                # RFC 3834: nobody's absence note should answer it
                "headers": repr(
                    {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
                ),
            }
        )
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
        return mail

    def _forget_secret(self):
        """Take back what was not sent yet, and wipe what the queues still hold of it."""
        self.mail_id.unlink()
        for verification in self.filtered("delivery_ids"):
            verification.delivery_ids._withdraw()
            state = "delivered" if verification.state == "verified" else "canceled"
            for delivery in verification.delivery_ids.filtered(lambda d: d.state == "unknown"):
                delivery._move(state)
            # what is on its way now is wiped when its outcome is known
            verification.delivery_ids.filtered(lambda d: d.state != "sending").text = False

    def _note_not_sent(self, reason):
        """The question did not reach the address."""
        for verification in self.filtered(lambda verification: verification.state == "pending"):
            verification._settle("failed", reason)
            verification._post_note(
                self.env._(
                    "Nothing could be sent to %(address)s: %(reason)s",
                    address=verification.claim_id._mask(),
                    reason=reason,
                )
            )


class OmnichannelDelivery(models.Model):
    """A code on its way to a claimed address: a delivery without a message and without a thread.

    It is claimed, committed and sent like a message; what is unknown is never sent again. Its text
    is wiped as soon as it is settled.
    """

    _inherit = "omnichannel.delivery"

    kind = fields.Selection(
        selection_add=[(VERIFICATION, "Verification")], ondelete={VERIFICATION: "cascade"}
    )
    verification_id = fields.Many2one(
        "omnichannel.verification", readonly=True, ondelete="cascade", index="btree_not_null"
    )

    _message_or_verification = models.Constraint(
        "CHECK(message_id IS NOT NULL OR verification_id IS NOT NULL)",
        "A delivery belongs to a message or to a verification.",
    )

    @api.depends("verification_id")
    def _compute_way(self):
        result = super()._compute_way()
        for delivery in self.filtered("verification_id"):
            delivery.account_id = delivery.verification_id.account_id
            delivery.identity_id = delivery.verification_id.claim_id
        return result

    def _is_signal(self):
        return super()._is_signal() and self.kind != VERIFICATION

    def _is_human(self):
        if self.kind == VERIFICATION:
            return not self.verification_id.is_automatic
        return super()._is_human()

    def _check_passage(self, refusal):
        """Send nothing for a verification that is over, and no message to a mere claim."""
        if self.kind == VERIFICATION and not self.verification_id._is_open():
            return self.env._("Nobody asks for it any more."), False
        if self.kind != VERIFICATION and self.identity_id.trust == "claimed":
            return self.env._("Nobody knows whether this address is the customer's."), False
        return super()._check_passage(refusal)

    def _prepare_state(self, state, moment=None):
        values = super()._prepare_state(state, moment)
        if self.kind == VERIFICATION:
            # no provider is asked about it, and nobody has to know the code any more
            values.update(text=False, look_up_at=False)
        return values

    def _move(self, state, external_id=None, error=None, code=None, moment=None):
        has_moved = super()._move(state, external_id, error, code, moment)
        if has_moved and self.kind == VERIFICATION and self.state in ("failed", "canceled"):
            self.verification_id._note_not_sent(error or self.env._("It was not sent."))
        return has_moved

    def _take_outcome(self, outcome, blocked_until):
        if self.kind != VERIFICATION:
            return super()._take_outcome(outcome, blocked_until)
        if not isinstance(outcome, SendError):
            self._move(outcome.status.value, external_id=outcome.external_id)
        elif isinstance(outcome, AccountError):  # a code would be out of date later
            self._flag_account(outcome)
            self._move("failed", error=outcome.text, code=outcome.code)
        else:
            super()._take_outcome(outcome, blocked_until)
        return None


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Tell the thread of a claim that its code did not leave."""
        # sudo: the mail queue runs as whoever sends
        asked_sudo = self.env["omnichannel.verification"].sudo()
        failed_sudo = (
            asked_sudo.search([("mail_id", "in", self.ids)])
            if failure_type or failure_reason
            else asked_sudo
        )
        result = super()._postprocess_sent_message(
            success_pids,
            success_emails,
            failure_reason=failure_reason,
            failure_type=failure_type,
        )
        failed_sudo._note_not_sent(failure_reason or failure_type)
        return result
