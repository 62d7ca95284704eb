from datetime import timedelta

from odoo import api, fields, models

STATES = [
    ("queued", "Queued"),
    ("sending", "Sending"),
    ("sent", "Sent"),
    ("delivered", "Delivered"),
    ("read", "Read"),
    ("unknown", "Unknown"),
    ("failed", "Failed"),
    ("canceled", "Canceled"),
]
KINDS = [
    ("message", "Message"),
    ("reaction", "Reaction"),
    ("seen", "Seen"),
    ("typing", "Typing"),
]
# States move forward only, whatever the order in which the provider tells them. A failure beats
# everything but a proof of delivery; `unknown` is no knowledge and gives way to any.
RANK = {
    "queued": 0,
    "sending": 1,
    "unknown": 2,
    "sent": 3,
    "failed": 4,
    "canceled": 4,
    "delivered": 5,
    "read": 6,
}
PROVEN = ("sent", "delivered", "read")
FIRST_LOOK_UP = timedelta(seconds=5)  # most callbacks and echoes are here by then


class OmnichannelDelivery(models.Model):
    """One provider call: a part of an outbound message, or a signal (reaction, seen, typing).

    A signal hangs on the customer's message that it is about. It never influences the state of a
    message, keeps no order with messages and is given up soon.
    """

    _name = "omnichannel.delivery"
    _description = "Delivery"
    _order = "id"
    _rec_name = "uuid"

    uuid = fields.Char("UUID", required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, default="message", readonly=True)
    message_id = fields.Many2one(
        "omnichannel.message", readonly=True, ondelete="cascade", index=True
    )
    conversation_id = fields.Many2one(
        related="message_id.conversation_id", store=True, index=True, readonly=True
    )
    account_id = fields.Many2one("omnichannel.account", compute="_compute_way", store=True)
    identity_id = fields.Many2one(
        "omnichannel.identity", compute="_compute_way", store=True, index=True
    )
    position = fields.Integer(readonly=True)
    text = fields.Text(readonly=True)
    media = fields.Json(readonly=True)
    target_external_id = fields.Char(
        "Target's ID", readonly=True, help="The message that this answers, or is a signal about."
    )
    reaction = fields.Char(readonly=True)
    mail_id = fields.Many2one(
        "mail.mail", readonly=True, ondelete="set null", index="btree_not_null"
    )
    state = fields.Selection(STATES, required=True, default="queued", readonly=True)
    external_id = fields.Char("Provider's ID", readonly=True)
    attempts = fields.Integer(readonly=True, help="How many calls were made.")
    refusals = fields.Integer(
        readonly=True, help="How many times the provider could not take this very one."
    )
    attempted_at = fields.Datetime("Last Attempt", readonly=True)
    next_attempt_at = fields.Datetime("Next Attempt", readonly=True)
    lease_until = fields.Datetime(readonly=True)
    error_code = fields.Char(readonly=True)
    error = fields.Char(readonly=True)
    sent_at = fields.Datetime("Sent", readonly=True)
    look_ups = fields.Integer(
        readonly=True, help="How many times the provider was asked and had none."
    )
    look_up_at = fields.Datetime("Next Look-up", readonly=True)
    is_confirmed_missing = fields.Boolean(
        "Not Known at the Provider", readonly=True, help="The provider has no record of it."
    )
    is_discarded = fields.Boolean(
        "Given Up", readonly=True, help="A person gave it up without knowing what became of it."
    )
    retry_id = fields.Many2one(
        "omnichannel.delivery", "Replaced By", readonly=True, index="btree_not_null"
    )

    _uuid_unique = models.Constraint("UNIQUE(uuid)", "A delivery is unique.")
    _external_unique = models.UniqueIndex("(account_id, external_id) WHERE external_id IS NOT NULL")
    _queue_idx = models.Index("(account_id, id) WHERE state = 'queued' AND mail_id IS NULL")
    _order_idx = models.Index(
        "(conversation_id, id) WHERE state IN ('queued', 'sending') AND mail_id IS NULL"
    )
    _lease_idx = models.Index("(lease_until) WHERE state = 'sending'")
    _look_up_idx = models.Index("(look_up_at) WHERE state = 'unknown' AND look_up_at IS NOT NULL")

    @api.depends("message_id.account_id", "message_id.identity_id")
    def _compute_way(self):
        """Set through which account to which address it goes."""
        for delivery in self:
            delivery.account_id = delivery.message_id.account_id
            delivery.identity_id = delivery.message_id.identity_id

    def _is_signal(self):
        """Tell whether this is no message that the customer could miss."""
        return self.kind != "message"

    # === STATES === #

    def _advance(self, state, external_id=None, error=None, code=None, moment=None):
        """Move to a state unless that would be backwards, and show it."""
        self.ensure_one()
        self._lock_for({self: state})
        if self._move(state, external_id, error, code, moment):
            self.message_id._update_state()

    def _move(self, state, external_id=None, error=None, code=None, moment=None):
        """Move to a state unless that would be backwards. Return whether anything changed.

        The only way in which a state goes forward. The caller calls `_update_state` of the
        messages, for many at a time.
        """
        values = {}
        if external_id and not self.external_id:
            values["external_id"] = external_id
        if RANK[state] > self._rank():
            values.update(self._prepare_state(state, moment), error=error, error_code=code)
        if values:
            self.write(values)
            if state in PROVEN and self.retry_id:
                self._prove_late()
            elif values.get("state") == "failed":
                self._note_failure(code)
        return bool(values)

    def _rank(self):
        # what a person gave up without knowledge is still open to any
        return RANK["unknown" if self.is_discarded else self.state]

    def _prepare_state(self, state, moment=None):
        values = {"state": state, "lease_until": False, "look_up_at": False}
        if state in PROVEN:
            sent_at = self.sent_at or moment or fields.Datetime.now()
            values.update(sent_at=sent_at, is_confirmed_missing=False, is_discarded=False)
        elif state == "unknown":
            values["look_up_at"] = fields.Datetime.now() + FIRST_LOOK_UP
            self._wake_reconciliation()
        return values
