from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.mail.tools.discuss import Store


class OmnichannelConversation(models.Model):
    """The one thread of a customer in a company, across all channels.

    Its message stream is a discuss.channel, made with the first message. What changes with every
    message stands here, so that the channel's row stays cold.
    """

    _name = "omnichannel.conversation"
    _description = "Conversation"
    _order = "last_message_at desc, id desc"

    partner_id = fields.Many2one("res.partner", "Customer", required=True, ondelete="restrict")
    name = fields.Char(related="partner_id.display_name", string="Conversation")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    channel_id = fields.Many2one(
        "discuss.channel", "Message Stream", readonly=True, index="btree_not_null"
    )
    state = fields.Selection(
        [("open", "Open"), ("snoozed", "Snoozed"), ("closed", "Closed")],
        required=True,
        default="open",
    )
    user_id = fields.Many2one(
        "res.users", "Assigned To", index="btree_not_null", domain=[("share", "=", False)]
    )
    waiting_for = fields.Selection([("us", "Us"), ("customer", "Customer")], readonly=True)
    last_message_at = fields.Datetime("Last Message", readonly=True)
    last_inbound_at = fields.Datetime("Last From Customer", readonly=True)
    last_outbound_at = fields.Datetime(
        "Last Answer", readonly=True, help="When a person of ours wrote last, no automation."
    )
    last_channel = fields.Selection(selection="_get_channels", readonly=True)
    last_inbound_identity_id = fields.Many2one(
        "omnichannel.identity", "Last Written From", readonly=True, ondelete="set null"
    )
    lead_id = fields.Many2one("crm.lead", "Lead", readonly=True, index="btree_not_null")
    message_ids = fields.One2many("omnichannel.message", "conversation_id", "Messages")
    enrollment_ids = fields.One2many("omnichannel.enrollment", "conversation_id", "Follow-ups")
    identity_ids = fields.One2many(related="partner_id.omnichannel_identity_ids")
    last_inbound_text = fields.Text(compute="_compute_last_inbound")
    last_inbound_channel = fields.Char(compute="_compute_last_inbound")

    _partner_company_unique = models.UniqueIndex(
        "(partner_id, company_id)", "This customer already has a conversation."
    )
    _open_idx = models.Index("(user_id, last_message_at DESC, id DESC) WHERE state = 'open'")
    _silent_idx = models.Index("(last_outbound_at) WHERE waiting_for = 'customer'")

    @api.model
    def _get_channels(self):
        return self.env["omnichannel.account"]._get_channels()

    @api.depends("message_ids")
    def _compute_last_inbound(self):
        """What templates quote: the customer's last words and where they were written.

        No call or visit: what stands there are our own notes about it, which never leave.
        """
        labels = dict(self._get_channels())
        for conversation in self:
            message = conversation.message_ids.search(
                [
                    ("conversation_id", "=", conversation.id),
                    ("direction", "=", "inbound"),
                    ("call_ids", "=", False),
                ],
                order="occurred_at desc, id desc",
                limit=1,
            )
            conversation.last_inbound_text = message.mail_message_id.preview
            conversation.last_inbound_channel = labels.get(message.channel)

    # === STREAM === #

    @api.model
    def _for_partners(self, company, partners):
        """Return {partner: conversation} in a company, creating what is missing.

        A concurrent twin raises a database error; the caller repeats its transaction.
        """
        found = self.search(
            [("company_id", "=", company.id), ("partner_id", "in", partners.ids)]
        ).grouped("partner_id")
        missing = partners.filtered(lambda partner: partner not in found)
        created = self.create(
            [{"partner_id": partner.id, "company_id": company.id} for partner in missing]
        )
        return {**found, **created.grouped("partner_id")}

    def _ensure_channels(self):
        """Create the message streams that these conversations do not have yet."""
        missing = self.filtered(lambda conversation: not conversation.channel_id)
        if not missing:
            return
        # install_mode: the one way to tell Odoo not to make the current user a member.
        # sudo: nobody may create such channels but this line
        channels = (
            self.env["discuss.channel"]
            .sudo()
            .with_context(install_mode=True)
            .create(
                [
                    {
                        "name": conversation.partner_id.name
                        or conversation.partner_id.display_name,
                        "channel_type": "omnichannel",
                        "omnichannel_conversation_id": conversation.id,
                    }
                    for conversation in missing
                ]
            )
        )
        for conversation, channel in zip(missing, channels, strict=True):
            conversation.channel_id = channel

    # === STATES === #

    def write(self, vals):
        if "user_id" not in vals and "state" not in vals:
            return super().write(vals)
        before = {conversation: conversation._channel_user() for conversation in self}
        audience = self._audience()
        result = super().write(vals)
        for conversation, user in before.items():
            conversation._move_membership(user, conversation._channel_user())
        self._push_header(audience)
        return result

    def _channel_user(self):
        """Return who should have this conversation among their pinned ones."""
        return self.user_id if self.state == "open" else self.env["res.users"]

    def _move_membership(self, old_user, new_user):
        """Keep assignee and channel member the same person.

        Each pinned channel costs every page load of its members, so only the assignee of an open
        conversation is one; everybody else reads by the access rules.
        """
        # sudo: agents have no write access to channels, and may assign their conversations
        channel_sudo = self.sudo().channel_id
        if old_user == new_user or not channel_sudo:
            return
        if old_user:
            channel_sudo._action_unfollow(old_user.partner_id, post_leave_message=False)
        if new_user:
            channel_sudo._add_members(users=new_user, post_joined_message=False)

    def action_assign_to_me(self):
        self.write({"user_id": self.env.uid})

    def action_unassign(self):
        self.write({"user_id": False})

    def action_close(self, seen_ids=None):
        """Close these. What waits in them is settled by it.

        `seen_ids` are the mail.message ids on the screen, see `_check_seen`: raise UserError when
        the customer wrote what is not among them. Locks the conversation then.
        """
        if seen_ids is not None:
            self._check_closable(seen_ids)
        self.write({"state": "closed", "resume_state": False})

    def action_reopen(self):
        self.write({"state": "open", "resume_state": False})

    # === NAVIGATION === #

    def action_open_in_discuss(self):
        """Open the thread."""
        self.ensure_one()
        self.check_access("read")
        self.sudo()._ensure_channels()
        action = self.env["ir.actions.client"]._for_xml_id("mail.action_discuss")
        return {
            **action,
            "context": {"active_id": f"discuss.channel_{self.channel_id.id}"},
            "params": {"active_id": f"discuss.channel_{self.channel_id.id}"},
        }

    def action_open_lead(self):
        self.ensure_one()
        if not self.lead_id:
            raise UserError(
                self.env._("This conversation has no lead. Create one from the CRM app.")
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.lead",
            "res_id": self.lead_id.id,
            "views": [(False, "form")],
        }

    # === E-MAIL GATEWAY === #

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Exist, because the mail gateway asks whether it does.

        Mail to an account's address never gets here: models/mail_gateway.py stores it as an event.
        """
        raise NotImplementedError

    # === CLIENT === #

    def _to_store_value(self):
        """Return what the web client shows of this conversation around its thread."""
        self.ensure_one()
        # sudo: the name of the assignee is no secret for those who may read the conversation
        user_sudo = self.sudo().user_id
        return {
            "id": self.id,
            "state": self.state,
            "partner_id": self.partner_id.id,
            "lead_id": self.lead_id.id,
            "user_id": user_sudo.id,
            "user_name": user_sudo.name or "",
            "waiting_for": self.waiting_for or "",
        }

    def _push_header(self, former=None):
        """Tell everybody who has these conversations open that assignee, team or state changed.

        `former` is the `_audience` before: who may not see them any more leaves them.
        """
        for conversation in self.sudo():
            if channel := conversation.channel_id:
                Store(bus_channel=channel, bus_subchannel="internal_users").add(
                    channel, {"omnichannel": conversation._to_store_value()}
                ).bus_send()
        self._push_inbox(former)
        if former and former != self._audience():
            self._push_sight()
