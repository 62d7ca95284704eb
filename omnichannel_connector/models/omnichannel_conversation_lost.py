from odoo import models


class OmnichannelConversation(models.Model):
    """An answer that failed or was canceled is none: the customer waits for us again.

    It counts again when it is sent again, or when the provider tells that it arrived after all.
    """

    _inherit = "omnichannel.conversation"

    def _follow_losses(self):
        """Bring these in step with messages that got lost, or arrived after all, and show it.

        Locks them. A conversation that a person closed or put off because it was answered is open
        again: nobody would look there.
        """
        if not self:
            return
        self._lock()
        waiting = self.filtered("waiting_since")
        for conversation in self:
            conversation._touch()  # the customer who writes meanwhile makes us repeat, or repeats
        self._derive_clocks()
        returned = (self - waiting).filtered("waiting_since")
        self._follow_losses_in_episodes(returned)
        # again, because the target of a first answer is another
        self.env.add_to_compute(self._fields["response_due_at"], self)
        if hidden := returned.filtered(lambda c: c.state != "open"):
            hidden.action_reopen()
        returned._look_for_agent()
        self._push_header()

    def _follow_losses_in_episodes(self, returned):
        """Find the first answers again; whose matter was closed with a lost one has it open again.

        `returned` are those who wait for us again.
        """
        episodes = self.env["omnichannel.episode"]
        closed = returned - episodes._open_of(returned).conversation_id
        episodes.search([("conversation_id", "in", closed.ids)])._reopen_last()
        episodes._open_of(self)._derive_response()
        missing = returned - episodes._open_of(returned).conversation_id
        episodes._open({c: (c.waiting_since, c.last_channel) for c in missing})
