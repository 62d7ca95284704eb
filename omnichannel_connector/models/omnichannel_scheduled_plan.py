from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime, html2plaintext

from odoo.addons.mail.tools.discuss import Store

from .omnichannel_scheduled import ACTIVITY_TYPE


class OmnichannelConversation(models.Model):
    """Messages that are to leave later."""

    _inherit = "omnichannel.conversation"

    scheduled_ids = fields.One2many("omnichannel.scheduled", "conversation_id", "Scheduled")

    @api.readonly
    def get_scheduled(self):
        """Return what waits to be sent later, for the web client: a list of dicts."""
        self.ensure_one()
        self.check_access("read")
        return self._scheduled_values()

    def schedule_message(self, key, body, moment, **values):
        """Have a message sent later, in the name of the current user. Return its id.

        `key` as in `message_post`, `moment` UTC as text. `values` may have `subject`, `also_to`,
        `attachment_ids` with their `attachment_tokens`, `parent_id` and `seen_ids`. Raise UserError
        when it can't be sent that way, now or at that moment.
        """
        self.ensure_one()
        self.check_access("write")
        options = {name: values.get(name) for name in ("seen_ids", "also_to")}
        plan = self._plan_send(key, **options)
        moment = fields.Datetime.to_datetime(moment)
        self._check_moment(plan.choice, moment)
        files = self._own_files(values.get("attachment_ids"), values.get("attachment_tokens"))
        self._check_draft(plan.choice, body, files)
        # sudo: nobody creates these but this method, after these checks
        scheduled = (
            self.env["omnichannel.scheduled"]
            .sudo()
            .create(
                {
                    "conversation_id": self.id,
                    "user_id": self.env.uid,
                    "account_id": plan.choice.account.id,
                    "identity_id": plan.choice.identity.id,
                    "scheduled_at": moment,
                    "body": body,
                    "subject": values.get("subject"),
                    "also_to": list(plan.also_to),
                    "parent_id": self._own_message(values.get("parent_id")).id,
                    "seen_ids": values.get("seen_ids") or self._newest_ids(),
                    "attachment_ids": files.ids,
                }
            )
        )
        files.sudo().write({"res_model": scheduled._name, "res_id": scheduled.id})
        # sudo: agents have no rights on scheduled actions
        self.env.ref("omnichannel_connector.ir_cron_omnichannel_scheduled").sudo()._trigger(moment)
        self._push_scheduled()
        return scheduled.id

    def _check_moment(self, choice, moment):
        """Raise UserError when a choice will be closed at a moment, or the moment is over."""
        if not moment or moment <= fields.Datetime.now():
            raise UserError(self.env._("Choose a time in the future."))
        until = self._open_until(choice)
        if until and moment >= until:
            raise UserError(
                self.env._(
                    "%(channel)s is open until %(time)s only: choose an earlier time.",
                    channel=dict(self._get_channels())[choice.channel],
                    time=format_datetime(self.env, until),
                )
            )

    def _open_until(self, choice):
        """Return until when a person may write that way if nothing else comes in, or None."""
        late = choice.account._window(is_late=True)
        if choice.comment or choice.until is None or late is None:
            return choice.until
        return max(choice.until, choice.identity._window_until(late))

    def _check_draft(self, choice, body, files):
        """Raise UserError for nothing at all, and for files that the channel does not take."""
        if not files and not html2plaintext(body or "").strip():
            raise UserError(self.env._("Write something first, or attach a file."))
        if not choice.account.is_native:
            limits = choice.account._adapter_class().limits
            self._check_files(files, limits.media, choice)

    def _own_files(self, attachment_ids, tokens):
        """Return attachments that the current user uploaded. Raise UserError for others."""
        files = self.env["ir.attachment"].browse(map(int, attachment_ids or ()))
        if files and not files._has_attachments_ownership(tokens):
            raise UserError(
                self.env._("One or more files do not exist, or you have no rights to them.")
            )
        return files.sudo()

    def _own_message(self, message_id):
        """Return the message of this thread that an answer quotes, or none."""
        # sudo: who may read the conversation may read its thread
        return (
            self.env["mail.message"]
            .sudo()
            .search([*self._stream_terms(), ("id", "=", message_id or 0)])
        )

    def _newest_ids(self):
        # sudo: who may read the conversation may read its thread
        messages_sudo = self.env["mail.message"].sudo()
        return messages_sudo.search(self._stream_terms(), order="id desc", limit=30).ids

    def _stream_terms(self):
        channel_id = self.sudo().channel_id.id
        return [("model", "=", "discuss.channel"), ("res_id", "=", channel_id)]

    def _end_reminders(self):
        """End the to-dos of those who have nothing to decide here any more."""
        held_back = self.scheduled_ids.filtered(lambda message: message.state == "held_back")
        users = held_back.user_id.browse().union(*(m._who_decides() for m in held_back))
        activities = self.activity_search([ACTIVITY_TYPE])
        activities.filtered(lambda activity: activity.user_id not in users).unlink()

    # === CLIENT === #

    def _scheduled_values(self):
        # sudo: the names of authors and accounts are no secret for who may read the conversation
        scheduled = self.sudo().scheduled_ids
        return [message._to_client_value() for message in scheduled]

    def _push_scheduled(self):
        """Show what is scheduled to everybody who has this conversation open."""
        channel_sudo = self.sudo().channel_id
        Store(bus_channel=channel_sudo, bus_subchannel="internal_users").add(
            channel_sudo, {"omnichannelScheduled": self._scheduled_values()}
        ).bus_send()
