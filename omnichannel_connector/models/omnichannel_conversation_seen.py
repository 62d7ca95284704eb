from odoo import models
from odoo.exceptions import UserError

FEW = 50  # of a thread that nobody has looked at, no more are named


class UnseenMessages(UserError):
    """Somebody wrote meanwhile: who answers should read it first.

    The web client knows this by its name. It gets the ids of the mail.message records in `context`.
    """

    def __init__(self, message, mail_messages):
        super().__init__(message)
        self.context = {"omnichannel_unseen_ids": mail_messages.ids}


class OmnichannelConversation(models.Model):
    """Nobody answers past a message that they have not seen."""

    _inherit = "omnichannel.conversation"

    def _check_seen(self, seen_ids):
        """Raise UnseenMessages when somebody else wrote what is not among these.

        `seen_ids` are the newest mail.message ids on the screen, notes included: several, because
        messages do not become visible in the order of their ids. The caller holds the lock of the
        conversation, without which a message could still slip in.
        """
        messages = self._unseen_messages(seen_ids)
        if not messages:
            return
        newest = messages[-1]
        channel = dict(self._get_channels()).get(newest.channel, newest.channel)
        raise UnseenMessages(
            self.env._(
                "New message from %(name)s by %(channel)s meanwhile: read it, then send again.",
                name=newest.mail_message_id.author_id.name or self.name,
                channel=channel,
            ),
            messages.mail_message_id,
        )

    def _check_closable(self, seen_ids):
        """Raise UserError when the customer wrote what is not among these mail.message ids.

        Locks the conversation.
        """
        self.ensure_one()
        self.check_access("write")
        self._lock()
        if "inbound" in self._unseen_messages(seen_ids).mapped("direction"):
            raise UserError(
                self.env._("The customer wrote meanwhile: read it before you close this.")
            )

    def _unseen_messages(self, seen_ids):
        """Return the messages of others that came after the oldest of these and are none of them.

        What failed or was canceled reached nobody.
        """
        is_list = isinstance(seen_ids, list | tuple)
        seen = {seen_id for seen_id in seen_ids if isinstance(seen_id, int)} if is_list else set()
        # sudo: who may answer here may read the thread
        newer_sudo = (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", "discuss.channel"),
                    ("res_id", "=", self.sudo().channel_id.id),
                    ("id", ">", min(seen, default=0)),
                    ("id", "not in", sorted(seen)),
                ],
                order="id desc",
                limit=FEW,
            )
        )
        author = self.env.user.partner_id
        return newer_sudo.omnichannel_message_ids.filtered(
            lambda message: (
                message.state not in ("failed", "canceled")
                and (message.origin != "agent" or message.mail_message_id.author_id != author)
            )
        ).sorted("mail_message_id")
