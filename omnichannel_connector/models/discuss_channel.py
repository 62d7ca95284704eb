from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.mail.tools.discuss import Store

from .omnichannel_conversation_outbound import SendPlan

OMNICHANNEL = "omnichannel"

# What else a client may say about a message that leaves, and what it is called here.
SEND_OPTIONS = {
    "omnichannel_seen_ids": "seen_ids",
    "omnichannel_is_held": "is_held",
    "omnichannel_subject": "subject",
    "omnichannel_also_to": "also_to",
}


def is_omnichannel(channel):
    """Predicate for what only the message stream of a conversation has."""
    return channel.channel_type == OMNICHANNEL


def _keep_history(channels):
    """Keep the history of conversations when the addon is uninstalled, and keep it closed.

    Odoo's own choices would delete the messages or open them to all employees.
    """
    channels.env.execute_query(
        SQL(
            """
            UPDATE discuss_channel SET channel_type = 'group', active = FALSE
             WHERE id IN %s RETURNING id
            """,
            tuple(channels.ids) or (0,),
        )
    )
    channels.invalidate_recordset()


class DiscussChannel(models.Model):
    """The message stream of a conversation is a channel of type `omnichannel`.

    The customer is never a member: members receive everything, notes included.
    """

    _inherit = "discuss.channel"

    channel_type = fields.Selection(
        selection_add=[(OMNICHANNEL, "Customer Conversation")],
        ondelete={OMNICHANNEL: _keep_history},
    )
    omnichannel_conversation_id = fields.Many2one(
        "omnichannel.conversation", "Conversation", index="btree_not_null", readonly=True
    )

    # === POSTING === #

    def _get_allowed_message_params(self):
        return super()._get_allowed_message_params() | {"omnichannel_key", *SEND_OPTIONS}

    def message_post(self, *, message_type="notification", omnichannel_key=None, **kwargs):
        """Post in a conversation: to the customer when `omnichannel_key` names a way, else a note.

        `omnichannel_key` is a key of `omnichannel.conversation.get_send_choices` or a channel
        code. Raise UserError when it can't be sent that way. Nothing that comes without it ever
        leaves, whoever posts it and however. Further, for what leaves: `omnichannel_seen_ids`, with
        which it is refused when somebody else wrote meanwhile (UnseenMessages);
        `omnichannel_is_held`, whether its author may still take it back for some seconds;
        `omnichannel_subject` of an e-mail, and `omnichannel_also_to`, who else on the e-mail that
        is answered gets it.
        """
        options = {name: kwargs.pop(key) for key, name in SEND_OPTIONS.items() if key in kwargs}
        if self.channel_type != OMNICHANNEL or message_type != "comment":
            return super().message_post(message_type=message_type, **kwargs)
        kwargs.pop("subtype_id", None)
        plan = self.env.context.get("omnichannel_plan")
        if not isinstance(plan, SendPlan):
            plan = self._plan_send(omnichannel_key, **options)
        if not plan:
            kwargs["subtype_xmlid"] = "mail.mt_note"
            return super(DiscussChannel, self.with_context(omnichannel_plan=None)).message_post(
                message_type=message_type, **kwargs
            )
        # an e-mail's From is the account's address, its author the person who wrote it
        kwargs.setdefault("author_id", self.env.user.partner_id.id)
        kwargs.update(
            plan.conversation._prepare_post_values(plan),
            subtype_xmlid="mail.mt_comment",
            partner_ids=[],
        )
        return super(DiscussChannel, self.with_context(omnichannel_plan=plan)).message_post(
            message_type=message_type, **kwargs
        )

    def _plan_send(self, key, **options):
        return key and self.omnichannel_conversation_id._plan_send(key, **options)

    def _message_post_after_hook(self, message, msg_vals):
        plan = self.env.context.get("omnichannel_plan")
        if isinstance(plan, SendPlan) and plan.conversation == self.omnichannel_conversation_id:
            # The plan is for this message; what is posted while it is queued is none of it.
            # sudo: who may post here may send, and nobody creates deliveries in any other way
            plan.conversation.sudo().with_context(omnichannel_plan=None)._queue(message, plan)
        return super()._message_post_after_hook(message, msg_vals)

    def _check_can_update_message_content(self, message):
        if self.channel_type == OMNICHANNEL and message.sudo().omnichannel_message_ids:
            raise UserError(
                self.env._("This message has left already and can't be changed. Write another one.")
            )
        return super()._check_can_update_message_content(message)

    def _compute_is_editable(self):
        """Offer no renaming: the thread is named after its customer."""
        result = super()._compute_is_editable()
        self.filtered(is_omnichannel).is_editable = False
        return result

    # === MEMBERS === #

    def _find_or_create_member_for_self(self):
        """Make nobody a member who only looks or types: assignment does that."""
        if self.channel_type == OMNICHANNEL:
            return self.env["discuss.channel.member"].search(
                [("channel_id", "=", self.id), ("is_self", "=", True)]
            )
        return super()._find_or_create_member_for_self()

    def _types_allowing_unfollow(self):
        return [*super()._types_allowing_unfollow(), OMNICHANNEL]

    # === CLIENT === #

    def _to_store_defaults(self, target):
        return [
            *super()._to_store_defaults(target),
            # sudo: who may read the channel may read its header; members also in companies that
            # are not selected now
            Store.Attr(
                "omnichannel",
                lambda channel: channel.sudo().omnichannel_conversation_id._to_store_value(),
                predicate=is_omnichannel,
            ),
        ]

    def _notify_by_web_push_prepare_payload(self, message, msg_vals=False, force_record_name=False):
        payload = super()._notify_by_web_push_prepare_payload(
            message, msg_vals=msg_vals, force_record_name=force_record_name
        )
        if self.channel_type == OMNICHANNEL:
            payload["title"] = self.name
        return payload
