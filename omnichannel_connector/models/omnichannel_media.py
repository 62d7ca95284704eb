import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..channels.errors import FetchError, MediaGone, MediaRefused
from ..channels.events import MediaRef
from .media_file import MAX_BYTES, is_link, safe_name, safe_type
from .timing import commit_repeatedly

_logger = logging.getLogger(__name__)

# What the providers call a file. Anything else is a thing that was shared: it stays a link.
FILE_KINDS = frozenset({"image", "video", "audio", "file", "document", "sticker", "voice"})
STATES = [
    ("pending", "Waiting"),
    ("done", "In the thread"),
    ("gone", "No longer available"),
    ("refused", "Not allowed"),
    ("failed", "Not available"),
    ("kept_out", "Never kept"),
]
WORKERS = 4  # how many files are downloaded at once
BATCH_SIZE = 8  # each is in memory as a whole
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440)]


class OmnichannelMedia(models.Model):
    """A file in a message, from the moment when the provider names it.

    It is downloaded by a scheduled action. Whatever happens to it, the message stays.
    """

    _name = "omnichannel.media"
    _description = "Customer's File"
    _order = "id desc"
    _rec_name = "kind"

    message_id = fields.Many2one("omnichannel.message", required=True, ondelete="cascade")
    account_id = fields.Many2one(related="message_id.account_id")
    position = fields.Integer(required=True, readonly=True)
    kind = fields.Char(required=True, readonly=True, help="The provider's own word.")
    url = fields.Char("Address", readonly=True)
    external_id = fields.Char("Provider's ID", readonly=True)
    content_type = fields.Char("Type", readonly=True, help="As the provider says.")
    name = fields.Char(readonly=True)
    is_fleeting = fields.Boolean(
        readonly=True, help="May be looked at as long as the provider shows it, but not be kept."
    )
    state = fields.Selection(STATES, required=True, default="pending", readonly=True)
    attempts = fields.Integer(readonly=True)
    next_attempt_at = fields.Datetime("Next Attempt", readonly=True)
    attachment_id = fields.Many2one("ir.attachment", readonly=True, ondelete="set null")
    error = fields.Char("What is wrong", readonly=True)

    _position_unique = models.UniqueIndex("(message_id, position)")
    _due_idx = models.Index("(next_attempt_at, id) WHERE state = 'pending'")

    # === NOTE === #

    @api.model
    def _note(self, messages, items):
        """Write down the files of new messages, to be fetched after the commit.

        Called with omnichannel.message records and their `Incoming` items, in the same order.
        """
        now = fields.Datetime.now()
        media = self.create(
            [
                {
                    "message_id": message.id,
                    "position": position,
                    "kind": ref.kind,
                    "url": ref.url,
                    "external_id": ref.external_id,
                    "content_type": ref.content_type,
                    "name": ref.name,
                    "is_fleeting": ref.is_fleeting,
                    "state": "kept_out" if ref.is_fleeting else "pending",
                    "next_attempt_at": now,
                }
                for message, item in zip(messages, items, strict=True)
                for position, ref in enumerate(item.inbound.attachments)
                if self._is_file(ref) and not message.retracted_at
            ]
        )
        if media.filtered(lambda medium: medium.state == "pending"):
            self._cron()._trigger()

    @api.model
    def _is_file(self, ref):
        """Tell whether there is something to download behind what the customer sent."""
        is_known = is_link(ref.url) or bool(ref.external_id)
        return is_known and (ref.kind in FILE_KINDS or ref.is_fleeting)

    @api.model
    def _cron(self):
        return self.env.ref("omnichannel_connector.ir_cron_omnichannel_media")

    # === FETCH === #

    @api.model
    def _cron_fetch(self):
        """Download the files that are due, several at once. Commits before and after each batch.

        Nothing is locked and no transaction is open while a provider is asked. A batch that a
        crash interrupts is fetched again after a pause.
        """
        while media := self._claim_batch():
            requests = [(medium._adapter(), medium._ref()) for medium in media]
            self.env["ir.cron"]._commit_progress()  # ends what reading the settings began
            with ThreadPoolExecutor(WORKERS) as pool:
                for medium, outcome in zip(media, pool.map(_fetch, requests), strict=True):
                    commit_repeatedly(self.env, lambda m=medium, o=outcome: m._settle(o))
            if not self.env["ir.cron"]._commit_progress(len(media), remaining=1):
                return
        self.env["ir.cron"]._commit_progress(remaining=0)

    @api.model
    def _claim_batch(self):
        """Return the next files that are due, each with its next attempt noted. Commits."""
        batch = []
        commit_repeatedly(self.env, lambda: batch.append(self._claim()))
        return batch[-1]

    @api.model
    def _claim(self):
        """Return the next files, what is new before what failed already."""
        media = self.search(
            [
                ("state", "=", "pending"),
                ("next_attempt_at", "<=", fields.Datetime.now()),
                ("message_id.account_id.active", "=", True),
            ],
            order="attempts nulls first, next_attempt_at, id",
            limit=BATCH_SIZE,
        )
        for medium in media:
            pause = PAUSES[min(medium.attempts, len(PAUSES) - 1)]
            medium.write(
                {
                    "attempts": medium.attempts + 1,
                    "next_attempt_at": fields.Datetime.now() + pause,
                }
            )
        return media

    def _adapter(self):
        return self.account_id._adapter()

    def _ref(self):
        return MediaRef(
            kind=self.kind,
            url=self.url or "",
            content_type=self.content_type or "",
            name=self.name or "",
            external_id=self.external_id or "",
        )

    def _settle(self, outcome):
        """Write down what came of an attempt: a channels.events.Media, or a FetchError.

        Locks the row: the customer may be taking the message back at this moment.
        """
        if not self._lock() or self.state != "pending":
            return
        if isinstance(outcome, FetchError):
            self._note_failure(outcome)
        else:
            self._attach(outcome)
        if self.state != "pending":
            self._show()

    def _lock(self):
        """Lock the row and read it anew. Return whether it is still there."""
        self.invalidate_recordset()
        return bool(
            self.env.execute_query(
                SQL("SELECT id FROM omnichannel_media WHERE id = %s FOR NO KEY UPDATE", self.id)
            )
        )

    def _note_failure(self, error):
        _logger.info("File %s: not fetched (%s)", self.id, type(error).__name__)
        if isinstance(error, MediaGone):
            state = "gone"
        elif isinstance(error, MediaRefused):
            state = "refused"
        else:
            state = "failed" if self.attempts > len(PAUSES) else "pending"
        self.write({"state": state, "error": error.text})

    def _attach(self, media):
        """Store a file with the message. What it claims to be is not believed."""
        mimetype = safe_type(media.content, media.content_type or self.content_type or "")
        channel = self.message_id.conversation_id.channel_id
        # postprocessing would open pictures, however they are made, to make them smaller
        attachment = (
            self.env["ir.attachment"]
            .with_context(image_no_postprocess=True, attachments_mime_plainxml=True)
            .create(
                {
                    "name": safe_name(media.name or self.name or self.kind, mimetype),
                    "raw": media.content,
                    "mimetype": mimetype,
                    "res_model": "discuss.channel",
                    "res_id": channel.id,
                }
            )
        )
        self.message_id.mail_message_id.attachment_ids += attachment
        self.write({"state": "done", "attachment_id": attachment.id, "error": False})

    def action_retry(self):
        """Fetch again what could not be fetched, for instance after the cause was removed."""
        lost = self.filtered(lambda m: m.state in ("gone", "refused", "failed"))
        # sudo: administrators read these rows, only the scheduled action writes them
        lost.sudo().write(
            {"state": "pending", "attempts": 0, "next_attempt_at": fields.Datetime.now()}
        )
        if lost:
            self._cron().sudo()._trigger()

    # === DROP === #

    @api.model
    def _drop(self, messages):
        """Forget the files of messages that the customer took back, fetched or not."""
        media = self.search([("message_id", "in", messages.ids)])
        attachments = media.attachment_id | messages.mail_message_id.attachment_ids
        media.unlink()
        attachments.unlink()


def _fetch(request):
    """Return what the provider answers, the error included. Runs in a thread, without Odoo."""
    adapter, ref = request
    try:
        media = adapter.fetch(ref)
    except FetchError as error:
        return error
    if not media.content:
        return FetchError("the file is empty")
    if len(media.content) > MAX_BYTES:
        return MediaRefused("the file is too big")
    return media
