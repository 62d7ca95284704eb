import logging

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, html2plaintext

from odoo.addons.mail.tools.discuss import Store

from .timing import commit_repeatedly, rollback

_logger = logging.getLogger(__name__)

ACTIVITY_TYPE = "omnichannel_connector.mail_activity_type_scheduled"
BATCH_SIZE = 50


class OmnichannelScheduled(models.Model):
    """A message that an agent wrote now and that is to leave later, in their name.

    It leaves in the transaction that deletes this row, so that no crash sends it twice or loses it.
    What may not leave at its moment is held back and waits for a person.
    """

    _name = "omnichannel.scheduled"
    _description = "Scheduled Message"
    _order = "scheduled_at, id"
    _rec_name = "conversation_id"

    conversation_id = fields.Many2one(
        "omnichannel.conversation", required=True, readonly=True, ondelete="cascade", index=True
    )
    user_id = fields.Many2one("res.users", "Author", required=True, readonly=True)
    account_id = fields.Many2one(
        "omnichannel.account", required=True, readonly=True, ondelete="cascade"
    )
    identity_id = fields.Many2one(
        "omnichannel.identity", required=True, readonly=True, ondelete="restrict", index=True
    )
    scheduled_at = fields.Datetime("When", required=True, readonly=True)
    body = fields.Html(readonly=True, sanitize_style=True)
    subject = fields.Char(readonly=True)
    also_to = fields.Json(readonly=True, help="Who else gets an e-mail.")
    attachment_ids = fields.Many2many("ir.attachment", readonly=True, bypass_search_access=True)
    parent_id = fields.Many2one("mail.message", "Answers", readonly=True, ondelete="set null")
    seen_ids = fields.Json(readonly=True, help="What its author had seen of the thread.")
    state = fields.Selection(
        [("waiting", "Scheduled"), ("held_back", "Held back")],
        required=True,
        readonly=True,
        default="waiting",
    )
    reason = fields.Char("Why It Was Held Back", readonly=True)

    _due_idx = models.Index("(scheduled_at, id) WHERE state = 'waiting'")

    # === AT ITS MOMENT === #

    @api.model
    def _cron_send_due(self):
        """Send what is due, each in a transaction of its own. Commits."""
        while True:
            due = self.search(
                [("state", "=", "waiting"), ("scheduled_at", "<=", fields.Datetime.now())],
                limit=BATCH_SIZE,
            )
            for scheduled in due:
                scheduled._send_safely()
            time_left = self.env["ir.cron"]._commit_progress(len(due), remaining=len(due))
            if not due or not time_left:
                break

    def _send_safely(self):
        """Send this, or hold it back and tell its author why. Commits."""
        reason = ""
        try:
            commit_repeatedly(self.env, self._send_due)
        except (UserError, AccessError) as refusal:
            rollback(self.env)
            reason = str(refusal) or self.env._("It was refused.")
        except Exception:  # one message must not stop the others
            rollback(self.env)
            _logger.exception("Scheduled message %s failed", self.id)
            reason = self.env._("An error occurred. It is in the server's log.")
        if reason:
            commit_repeatedly(self.env, lambda: self._hold_back(reason))

    def _send_due(self):
        """Send this in its author's name unless somebody did or took it back meanwhile."""
        if self._lock_waiting():
            if not self.user_id.active:
                raise UserError(self.env._("Its author is no longer active."))
            self._send(self.user_id)

    def _lock_waiting(self):
        """Lock the conversation and this row. Return whether it is there and still waits."""
        return self._lock_state() == "waiting"

    def _lock_state(self):
        """Lock the conversation and this row. Return its state, or None when it is gone.

        Who began before it went repeats the transaction, and finds it gone then.
        """
        self.invalidate_recordset()
        if not self.exists():
            return None
        self.conversation_id._lock()
        self.flush_recordset()
        query = SQL(
            "SELECT state FROM %s WHERE id = %s FOR UPDATE", SQL.identifier(self._table), self.id
        )
        rows = self.env.execute_query(query)
        return rows[0][0] if rows else None

    def _send(self, user, seen_ids=None):
        """Post it as a user, through all checks, and be gone. Raise what `message_post` raises."""
        self.ensure_one()
        conversation = self.conversation_id.with_user(user).with_context(lang=user.lang, tz=user.tz)
        conversation.check_access("write")
        files_sudo, channel_sudo = self.sudo().attachment_ids, conversation.sudo().channel_id
        files_sudo.write({"res_model": "discuss.channel", "res_id": channel_sudo.id})
        # sudo: as the thread controller does after it checked access
        channel_sudo.message_post(
            body=self.body or Markup(),
            message_type="comment",
            omnichannel_key=self._key(),
            omnichannel_seen_ids=seen_ids or self.seen_ids or [],
            omnichannel_subject=self.subject or "",
            omnichannel_also_to=self.also_to or [],
            attachment_ids=files_sudo.ids,
            parent_id=self.parent_id.id,
        )
        self._vanish()

    def _key(self):
        return f"{self.account_id.id}:{self.identity_id.id}"

    def _hold_back(self, reason):
        """Keep it for a person to decide, and tell its author."""
        if not self._lock_waiting():
            return
        self.write({"state": "held_back", "reason": reason})
        self.conversation_id._push_scheduled()
        self._remind(reason)

    def _remind(self, reason):
        """Give whose it is to decide a to-do on the conversation, which strangers do not read."""
        user = self._who_decides()
        if not user:
            return
        summary = self.with_context(lang=user.lang).env._(
            "Not sent as scheduled: message to %(customer)s", customer=self.conversation_id.name
        )
        self.conversation_id.with_context(mail_activity_quick_update=True).activity_schedule(
            ACTIVITY_TYPE, user_id=user.id, summary=summary, note=reason
        )

    def _who_decides(self):
        """Return its author, or the assignee where the author sees nothing any more."""
        conversation = self.conversation_id
        return (self.user_id | conversation.user_id).filtered(
            lambda user: (
                user.active
                and conversation.with_user(user)
                .with_context(allowed_company_ids=user.company_ids.ids)
                .has_access("read")
            )
        )[:1]

    def _vanish(self):
        """Delete this row, take it from everybody's screen, and end the to-do."""
        conversation = self.conversation_id
        self.unlink()
        conversation._push_scheduled()
        conversation._end_reminders()

    # === DECISIONS === #

    def action_send_now(self, seen_ids=None):
        """Send it at once, in the name of who decides. Raise UserError when it can't be sent.

        `seen_ids` are what stands on the screen, see `_check_seen`.
        """
        scheduled_sudo = self._take()
        scheduled_sudo._send(self.env.user, seen_ids)
        return True

    def action_take_back(self):
        """Return what the composer needs to write on at it, and be gone.

        `attachments` are for the web client's store.
        """
        scheduled_sudo = self._take()
        files_sudo = scheduled_sudo.attachment_ids
        files_sudo.write({"res_model": "mail.compose.message", "res_id": 0})
        draft = {
            "key": scheduled_sudo._key(),
            "body": scheduled_sudo.body or "",
            "subject": scheduled_sudo.subject or "",
            "also_to": scheduled_sudo.also_to or [],
            "parent_id": scheduled_sudo.parent_id.id,
            "attachment_ids": files_sudo.ids,
            "store_data": files_sudo._omnichannel_draft_data(),
        }
        scheduled_sudo._vanish()
        return draft

    def action_discard(self):
        """Forget it."""
        self._take()._vanish()
        return True

    def _take(self):
        """Return this one as superuser, locked. Raise UserError when it is gone already.

        What was held back waits for this decision, too.
        """
        self.ensure_one()
        if self.exists():
            self.check_access("read")
            self.conversation_id.check_access("write")
        # sudo: nobody writes these but the methods here, after these checks
        scheduled_sudo = self.sudo()
        if not scheduled_sudo._lock_state():
            raise UserError(self.env._("It was sent or taken back already."))
        return scheduled_sudo

    # === CLIENT === #

    def _to_client_value(self):
        """Return what is shown above the composer."""
        channel = self.account_id.channel
        return {
            "id": self.id,
            "author": self.user_id.name,
            "channel": channel,
            "channelLabel": dict(self.conversation_id._get_channels()).get(channel, channel),
            "address": self.identity_id.display_name,
            "scheduledAt": fields.Datetime.to_string(self.scheduled_at),
            "preview": html2plaintext(self.body or "", include_references=False).strip(),
            "fileCount": len(self.attachment_ids),
            "state": self.state,
            "reason": self.reason or "",
        }


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def _omnichannel_draft_data(self):
        """Return these files for the web client's store, as its own uploads."""
        fields_of_owner = self._get_store_ownership_fields()
        return Store().add(self, extra_fields=fields_of_owner).get_result()
