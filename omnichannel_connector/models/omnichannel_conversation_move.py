from odoo import fields, models
from odoo.exceptions import UserError


class OmnichannelConversation(models.Model):
    """What becomes of a conversation whose customer's every address was linked to somebody else.

    It has nothing to show: its notes and leads go where the messages went, it is closed and left
    out of lists. It comes back, with what is its own, as soon as one address does.
    """

    _inherit = "omnichannel.conversation"

    moved_to_id = fields.Many2one(
        "omnichannel.conversation",
        "Went To",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Where everything of this customer is while their addresses are linked to another.",
    )
    resume_state = fields.Char(readonly=True, help="The state to come back to.")
    is_customer_archived = fields.Boolean(
        readonly=True, help="The customer was made by us, and archived with the conversation."
    )

    def _take_over_from(self, source, is_link):
        """Care for what the conversation did from which messages came; nothing open gets lost.

        A link hands the assignee on to whom has none. What comes back is open when the customer
        waits for us there.
        """
        self.ensure_one()
        values = {}
        if is_link and source.user_id and not self.user_id:
            values["user_id"] = source.user_id.id
        is_open = source.state == "open" and (is_link or self.waiting_for == "us")
        state = "open" if is_open else self._own_state()
        if self.moved_to_id:
            values["resume_state"] = state
        elif state != self.state:
            values.update(state=state, resume_state=False)
        if values:
            self.write(values)

    def _own_state(self):
        """Return the state without what links did to it."""
        return self.resume_state or self.state

    # === LEAVING AND COMING BACK === #

    def _settle_belongings(self):
        """Send these conversations after their customers' addresses, or bring them back.

        Follows from the links in force alone, in whatever order they were made and undone. Return
        the conversations that look different now. The caller locks the conversations.
        """
        changed = self.browse()
        for conversation in self:
            target = conversation._successor()
            former = conversation.moved_to_id | conversation._belongings().place_id
            if target and target != conversation.moved_to_id:
                conversation._leave_for(target)
                changed |= conversation | former | target
            elif not target and former:
                conversation._come_back()
                changed |= conversation | former
        return changed

    def _successor(self):
        """Return where this customer's addresses went, empty while there is one left."""
        identities = self.env["omnichannel.identity"]
        if self.partner_id.omnichannel_identity_ids.filtered(lambda i: i.trust != "claimed"):
            return self.browse()
        linked = identities.search([("home_partner_id", "=", self.partner_id.id)])
        newest = linked.link_ids.filtered(lambda link: link.state == "linked").sorted("id")[-1:]
        if not newest:
            return self.browse()
        partner = newest.to_partner_id
        return self._for_partners(self.company_id, partner)[partner]

    def _belongings(self):
        return self.env["omnichannel.belonging"].search([("home_id", "=", self.id)])

    def _leave_for(self, target):
        is_leaving_home = not self.moved_to_id
        if is_leaving_home:
            self.env["omnichannel.enrollment"]._stop_for(self, "human")
            self._note_belongings()
            self.resume_state = self._own_state()
        self._belongings()._bring_to(target)
        self.write({"moved_to_id": target.id, "state": "closed"})
        if is_leaving_home and self.partner_id._is_disposable_stranger():
            self.is_customer_archived = True
            self.partner_id.active = False

    def _come_back(self):
        self._belongings()._bring_to(self)
        self._belongings().unlink()
        if self.is_customer_archived:
            self.partner_id.active = True
        self.write(
            {
                "moved_to_id": False,
                "is_customer_archived": False,
                "resume_state": False,
                "state": "open" if self._is_open_again() else self._own_state(),
            }
        )

    def _is_open_again(self):
        """Tell whether the customer waits for us in what came back from an open conversation."""
        return self.waiting_for == "us" and self.moved_to_id.state == "open"

    def _note_belongings(self):
        """Note which notes and leads are this customer's own, before they go along."""
        belongings = self.env["omnichannel.belonging"]
        others = belongings.search([("place_id", "=", self.id)])
        notes = self._find_notes()
        leads = self.env["crm.lead"].with_context(active_test=False).search(self._own_leads())
        own = {"home_id": self.id, "place_id": self.id}
        belongings.create(
            [{**own, "mail_message_id": note.id} for note in notes - others.mail_message_id]
            + [{**own, "lead_id": lead.id} for lead in leads - others.lead_id]
        )

    def _find_notes(self):
        """Return the lines of the thread that are no messages of the customer's or to them."""
        of_stream = [("model", "=", "discuss.channel"), ("res_id", "=", self.channel_id.id)]
        messages = self.env["mail.message"]
        if not self.channel_id:
            return messages
        return messages.search([*of_stream, ("omnichannel_message_ids", "=", False)])

    def _own_leads(self):
        """Return the domain of the leads that are this customer's."""
        of_partner = fields.Domain("partner_id", "=", self.partner_id.id)
        of_company = fields.Domain("company_id", "in", [False, self.company_id.id])
        unattached = fields.Domain("omnichannel_conversation_id", "=", False)
        return fields.Domain("omnichannel_conversation_id", "=", self.id) | (
            of_partner & of_company & unattached
        )

    def _close_empty(self):
        """Close what was left without anything: there is nothing to answer, or to send."""
        kept = self.filtered(lambda c: c.state == "closed" or not c.channel_id or c.scheduled_ids)
        for conversation in self - kept:
            notes = conversation._find_notes().filtered(lambda note: not note.omnichannel_card_ids)
            if not conversation.last_message_at and not notes:
                conversation.write({"state": "closed", "resume_state": conversation.state})

    # === CLIENT === #

    def action_open_in_discuss(self):
        """Open the thread: where it went to, while it is with another customer's."""
        self.ensure_one()
        # sudo: only to know where it is; the rights on that are checked there
        if target_sudo := self.sudo().moved_to_id:
            return target_sudo.sudo(False).action_open_in_discuss()
        return super().action_open_in_discuss()

    def _push_moved(self):
        """Let everybody who has these threads open read them again, and the lists too."""
        self.env.flush_all()
        for channel in self.channel_id:
            channel._bus_send("omnichannel/moved", {"channel_id": channel.id})
        self._push_header()


class DiscussChannel(models.Model):
    _inherit = "discuss.channel"

    def message_post(self, *, message_type="notification", **kwargs):
        """Post, but nothing into a thread that went to another customer's: nobody looks there."""
        # sudo: who posts here may know that nobody reads it
        conversation_sudo = self.sudo().omnichannel_conversation_id
        if conversation_sudo.moved_to_id and message_type == "comment":
            raise UserError(
                self.env._(
                    "Everything of this customer was linked to another one. Write there, or undo "
                    "the link first."
                )
            )
        message = super().message_post(message_type=message_type, **kwargs)
        if conversation_sudo:
            # a note, too, has to be noticed by who moves the thread at this moment
            conversation_sudo._touch()
        return message
