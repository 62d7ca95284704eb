import uuid
from dataclasses import dataclass, replace

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL, html2plaintext
from odoo.tools.misc import human_size

from ..channels.events import OutboundMedia
from .omnichannel_consent import SERVICE
from .omnichannel_conversation_choice import EMAIL, SendChoice
from .timing import utc_now


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
    confirms: models.Model | None = None  # the refusal that a notice confirms
    is_notice: bool = False
    is_first_answer: bool = False  # a canned response that goes out by itself
    keeps_turn: bool = False  # no answer: the customer waits for us as before
    is_held: bool = False  # its author may take it back for some seconds
    also_to: tuple[str, ...] = ()  # who else gets an e-mail

    def with_others(self, also_to):
        """Return this plan for others on the e-mail, too."""
        return replace(self, also_to=tuple(also_to))

    @property
    def is_human(self):
        return self.origin == "agent"

    @property
    def origin(self):
        """Return who writes, as the message's `origin` has it."""
        if self.is_first_answer:
            return "assistant"
        if self.is_notice:
            return "notice"
        return "sequence" if self.enrollment else "agent"


class OmnichannelConversation(models.Model):
    _inherit = "omnichannel.conversation"

    # === SENDING === #

    def _plan_send(self, key, subject="", enrollment=None, seen_ids=None, is_held=False):
        """Return the SendPlan for a choice. Raise UserError when it can't be sent that way.

        `key` is a choice's key, or a channel code for the best choice of that channel. With
        `seen_ids` (see `_check_seen`) raise UnseenMessages when somebody else wrote meanwhile.
        Locks the conversation's row: what is written meanwhile makes this transaction repeat, so
        that the checks hold when the message is queued.
        """
        self.ensure_one()
        self._lock()
        if seen_ids is not None:
            self._check_seen(seen_ids)
        purpose = enrollment.sequence_id.purpose if enrollment else SERVICE
        choice = self._find_choice(key, is_human=not enrollment, purpose=purpose)
        if choice and choice.reason:
            raise UserError(choice.reason)
        if choice:
            subject = " ".join(str(subject or "").split())  # of one line, whoever asks
            return SendPlan(self, choice, subject, enrollment, is_held=is_held)
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
        if not self:
            return
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
                "origin": plan.origin,
                "confirms_id": plan.confirms.id if plan.confirms else False,
                "enrollment_id": plan.enrollment.id if plan.enrollment else False,
                "step_id": plan.enrollment.step_id.id if plan.enrollment else False,
                "comment_id": choice.comment.id if choice.comment else False,
                "is_automatic": not plan.is_human,
                "keeps_turn": plan.keeps_turn,
                "occurred_at": now,
                "held_until": self._held_until(plan),
                "state": "queued",
            }
        )
        if choice.channel == EMAIL:
            self._queue_mail(message, plan)
        else:
            self._queue_parts(message, plan)
        self._note_message(
            now,
            choice.channel,
            "outbound",
            choice.identity,
            is_automatic=not plan.is_human,
            keeps_turn=plan.keeps_turn,
            message=message,
        )
        if plan.is_human:
            self._take_over()
            self._push_header()
        return message

    def _take_over(self):
        """A person answers: the conversation is theirs, and automations stop."""
        if not self.user_id and not self.env.user.share:
            self.user_id = self.env.user
        self.env["omnichannel.enrollment"]._stop_for(self, "human")

    def _queue_parts(self, message, plan):
        mail_message, choice = message.mail_message_id, plan.choice
        adapter = choice.account._adapter_class()(choice.account._settings(), None)
        text = html2plaintext(mail_message.body, include_references=False).strip()
        self._check_files(mail_message.attachment_ids, adapter.limits.media, choice)
        media = self._outbound_media(mail_message, choice.account.public_url)
        parts = adapter.parts(text, media)
        if not parts:
            raise UserError(self.env._("Write something first, or attach a file."))
        if choice.comment and (media or len(parts) > 1):
            raise UserError(self.env._("A comment is answered with one short text, without files."))
        values = [self._prepare_part(message, *numbered) for numbered in enumerate(parts)]
        if adapter.can_reply:
            values[0]["target_external_id"] = message._quoted_external_id()
        self.env["omnichannel.delivery"].create(values)
        cron = self.env.ref("omnichannel_connector.ir_cron_omnichannel_delivery")
        cron._trigger(message.held_until or None)

    def _prepare_part(self, message, position, part):
        media = part.media and {
            "url": part.media.url,
            "content_type": part.media.content_type,
            "name": part.media.name,
        }
        return {
            "uuid": str(uuid.uuid4()),
            "message_id": message.id,
            "position": position,
            "text": part.text,
            "media": media,
            "next_attempt_at": message.held_until,
        }

    def _check_files(self, attachments, limits, choice):
        """Raise UserError for a file that the channel does not take.

        `limits` is {content type or its first part: most bytes}; empty when nothing is known.
        """
        label = dict(self._get_channels())[choice.channel]
        for attachment in attachments if limits else ():
            kind = attachment.mimetype or ""
            most = limits.get(kind, limits.get(kind.partition("/")[0]))
            if most is None:
                raise UserError(
                    self.env._(
                        "%(channel)s does not take files like %(name)s (%(type)s).",
                        channel=label,
                        name=attachment.name,
                        type=kind,
                    )
                )
            if attachment.file_size > most:
                raise UserError(
                    self.env._(
                        "%(name)s is too big: %(channel)s takes %(limit)s at most.",
                        name=attachment.name,
                        channel=label,
                        limit=human_size(most),
                    )
                )

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


class OmnichannelMessage(models.Model):
    _inherit = "omnichannel.message"

    def _quoted_external_id(self):
        """Return the provider's id of the message that this one answers inline, or False.

        Only of the same account and customer: providers know no other in this thread.
        """
        quoted = self.mail_message_id.parent_id.omnichannel_message_ids
        if quoted.account_id != self.account_id or quoted.identity_id != self.identity_id:
            return False
        sent = quoted.delivery_ids.filtered(lambda d: d.kind == "message" and d.external_id)
        return quoted.external_id or sent[:1].external_id
