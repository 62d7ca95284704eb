import uuid
from dataclasses import dataclass

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, html2plaintext

from ..channels.events import OutboundMedia
from .timing import utc_now

EMAIL = "email"


@dataclass(frozen=True, slots=True)
class SendChoice:
    """One way to write to a customer now: through which account, to which address.

    `reason` is empty when the way is open, else a sentence that says why it is not. `until` is
    when an open window closes (naive UTC), or None.
    """

    channel: str
    account: models.Model
    identity: models.Model
    reason: str = ""
    until: object = None


@dataclass(frozen=True, slots=True)
class SendPlan:
    """A checked intention to send, on its way through `message_post`.

    It travels in the context. A client can put anything into a context, but only JSON: nobody but
    this module can make one of these, so that no request can turn a note into a delivery.
    """

    conversation: models.Model
    choice: SendChoice
    subject: str = ""
    enrollment: models.Model | None = None

    @property
    def is_human(self):
        return not self.enrollment


class OmnichannelConversation(models.Model):
    _inherit = "omnichannel.conversation"

    # === CHOICES === #

    def _send_choices(self, is_human=True):
        """Return every SendChoice of this conversation, open or not, best first.

        Best is where the customer wrote last.
        """
        self.ensure_one()
        # sudo: which accounts and addresses exist is no secret for whoever may answer here
        conversation_sudo = self.sudo()
        accounts = conversation_sudo.env["omnichannel.account"].search(
            [("company_id", "=", self.company_id.id), ("state", "!=", "draft")]
        )
        # the addon that brought a channel may be gone
        known = dict(self._get_channels())
        choices = [
            conversation_sudo._make_choice(account, identity, is_human)
            for account in accounts.filtered(lambda account: account.channel in known)
            for identity in conversation_sudo._reachable_identities(account)[:1]
        ]
        last = conversation_sudo.last_inbound_identity_id
        return sorted(
            choices,
            key=lambda choice: (
                bool(choice.reason),
                choice.identity != last,
                choice.channel != conversation_sudo.last_channel,
                choice.identity.account_id != choice.account,
                choice.account.id,
            ),
        )

    def _reachable_identities(self, account):
        """Return the customer's addresses that an account can write to, last used first."""
        identities = self.partner_id.omnichannel_identity_ids.filtered(
            lambda identity: identity.trust != "claimed" and account._can_reach(identity)
        )
        return identities.sorted(
            lambda identity: (
                identity == self.last_inbound_identity_id,
                identity.account_id == account,
                identity.last_seen_at or identity.create_date,
            ),
            reverse=True,
        )

    def _make_choice(self, account, identity, is_human):
        window = account._window()
        until = identity._window_until(window)
        reason = ""
        if account.state != "connected":
            reason = self.env._("%(account)s needs attention.", account=account.name)
        elif not identity._is_window_open(window):
            reason = self.env._("Closed: the customer's last message is too long ago.")
        elif identity._is_opted_out(is_human):
            reason = self.env._("The customer asked for no messages here.")
        elif identity.is_shared and not identity.last_seen_at:
            reason = self.env._("Several customers share this address.")
        return SendChoice(account.channel, account, identity, reason, until)

    @api.readonly
    def get_send_choices(self):
        """Return what the composer offers, for the web client: a list of dicts, best first."""
        self.ensure_one()
        self.check_access("read")
        labels = dict(self._get_channels())
        return [
            {
                "key": f"{choice.account.id}:{choice.identity.id}",
                "channel": choice.channel,
                "label": labels[choice.channel],
                "account": choice.account.name,
                "address": choice.identity.display_name,
                "reason": choice.reason,
                "until": fields.Datetime.to_string(choice.until) if choice.until else False,
            }
            for choice in self._send_choices()
        ]

    # === SENDING === #

    def _plan_send(self, key, subject="", enrollment=None):
        """Return the SendPlan for a choice. Raise UserError when it can't be sent that way.

        `key` is a choice's key, or a channel code for the best choice of that channel. Locks the
        conversation's row: what a customer writes meanwhile makes this transaction repeat, so
        that the checks hold when the message is queued.
        """
        self.ensure_one()
        self._lock()
        wanted = str(key)
        for choice in self._send_choices(is_human=not enrollment):
            if wanted in (choice.channel, f"{choice.account.id}:{choice.identity.id}"):
                if choice.reason:
                    raise UserError(choice.reason)
                return SendPlan(self, choice, subject, enrollment)
        raise UserError(
            self.env._(
                "This customer can't be reached that way. Choose another channel, or write a note."
            )
        )

    def _lock(self):
        """Lock the rows of these conversations until the transaction ends, waiting if need be.

        Not `lock_for_update`, which refuses instead of waiting: an agent's answer should not fail
        because a message of the customer is being written at this moment.
        """
        self.flush_recordset()
        self.env.execute_query(
            SQL(
                """
                SELECT id FROM omnichannel_conversation
                 WHERE id IN %s ORDER BY id FOR NO KEY UPDATE
                """,
                tuple(self.ids),
            )
        )

    def _send(self, plan, body, **post_values):
        """Post a message in the thread and queue it for the customer, in this transaction.

        `body` is Markup or plain text. Returns the mail.message. Sends nothing by itself: the
        delivery queue and, for e-mail, Odoo's mail queue do after the commit.
        """
        self.ensure_one()
        self.sudo()._ensure_channels()
        # sudo: as the thread controller does after it checked access
        return (
            self.sudo()
            .channel_id.with_context(omnichannel_plan=plan)
            .message_post(body=body, message_type="comment", **post_values)
        )

    def _queue(self, mail_message, plan):
        """Make the deliveries of a posted message. Called by discuss.channel's post hook only."""
        self.ensure_one()
        # provider clocks may run ahead of ours; an answer is never older than the question
        now = max(utc_now(), self.last_message_at or utc_now())
        choice = plan.choice
        message = self.env["omnichannel.message"].create(
            {
                "mail_message_id": mail_message.id,
                "conversation_id": self.id,
                "identity_id": choice.identity.id,
                "account_id": choice.account.id,
                "channel": choice.channel,
                "direction": "outbound",
                "origin": "agent" if plan.is_human else "sequence",
                "enrollment_id": plan.enrollment.id if plan.enrollment else False,
                "step_id": plan.enrollment.step_id.id if plan.enrollment else False,
                "occurred_at": now,
                "state": "queued",
            }
        )
        if choice.channel == EMAIL:
            self._queue_mail(message, plan)
        else:
            self._queue_parts(message, plan)
        self._note_message(
            now, choice.channel, "outbound", choice.identity, is_automatic=not plan.is_human
        )
        if plan.is_human:
            self._take_over()
        return message

    def _take_over(self):
        """A person answers: the conversation is theirs, and automations stop."""
        if not self.user_id and not self.env.user.share:
            self.user_id = self.env.user
        self.env["omnichannel.enrollment"]._stop_for(self, "human")

    def _queue_parts(self, message, plan):
        mail_message = message.mail_message_id
        text = html2plaintext(mail_message.body, include_references=False).strip()
        media = self._outbound_media(mail_message, plan.choice.account.public_url)
        parts = plan.choice.account._adapter().parts(text, media)
        if not parts:
            raise UserError(self.env._("Write something first, or attach a file."))
        self.env["omnichannel.delivery"].create(
            [
                {
                    "uuid": str(uuid.uuid4()),
                    "message_id": message.id,
                    "position": position,
                    "text": part.text,
                    "media": part.media
                    and {
                        "url": part.media.url,
                        "content_type": part.media.content_type,
                        "name": part.media.name,
                    },
                }
                for position, part in enumerate(parts)
            ]
        )
        self.env.ref("omnichannel_connector.ir_cron_omnichannel_delivery")._trigger()

    def _outbound_media(self, mail_message, public_url):
        """Return the message's files as addresses that the provider can download."""
        media = []
        for attachment in mail_message.attachment_ids:
            token = attachment.generate_access_token()[0]
            media.append(
                OutboundMedia(
                    url=f"{public_url}/web/content/{attachment.id}?access_token={token}",
                    content_type=attachment.mimetype,
                    name=attachment.name,
                )
            )
        return tuple(media)
