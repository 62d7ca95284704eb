from collections import defaultdict
from dataclasses import replace

from odoo import api, fields, models
from odoo.tools import SQL

from ..channels.calls import fold
from ..channels.events import Call, CallState
from .timing import to_naive_utc

STATES = [
    (CallState.RINGING.value, "Ringing"),
    (CallState.ANSWERED.value, "In progress"),
    (CallState.MISSED.value, "Missed"),
    (CallState.ENDED.value, "Ended"),
]
TALKED = (CallState.ANSWERED, CallState.ENDED)


class OmnichannelCall(models.Model):
    """A phone call with a customer: what its message in the thread tells, as far as it is known.

    The provider tells it in several events that come in any order; the message fills in.
    """

    _name = "omnichannel.call"
    _description = "Phone Call"
    _order = "started_at desc, id desc"
    _rec_name = "message_id"

    message_id = fields.Many2one("omnichannel.message", required=True, ondelete="cascade")
    conversation_id = fields.Many2one(related="message_id.conversation_id", store=True, index=True)
    account_id = fields.Many2one(related="message_id.account_id")
    identity_id = fields.Many2one(related="message_id.identity_id", string="Number")
    state = fields.Selection(STATES, required=True, readonly=True)
    is_outbound = fields.Boolean("We Called", readonly=True)
    started_at = fields.Datetime("Started", required=True, readonly=True)
    seconds = fields.Integer("Seconds of Talking", readonly=True)
    answered_by = fields.Char(readonly=True, help="The number of ours that took the call.")
    recording_url = fields.Char("Recording", readonly=True)
    recording_seconds = fields.Integer("Seconds Recorded", readonly=True)
    transcript = fields.Text(readonly=True)

    _message_unique = models.UniqueIndex("(message_id)")

    # === RECEIVE === #

    @api.model
    def _receive(self, items):
        """Write down what providers tell about calls. Return the items that came too early.

        Called by the event processor with `Incoming` items of one shard in provider-time order.
        An item comes early when its call is not known yet and it does not say whose it is: the
        message with the call's external id will appear, then it has its effect. Does not commit.
        Safe to run twice. Locks the rows of the conversations it changes.
        """
        groups = defaultdict(list)
        for item in items:
            groups[item.account.id, item.inbound.call.external_id].append(item)
        known = self._find(groups)
        early, openings = [], []
        for key, group in groups.items():
            if key in known:
                continue
            named = next((item for item in group if item.inbound.identity), None)
            if named:
                openings.append(self._opening(named, group))
            else:
                early += [self._postpone(item) for item in group]
        known = {key: call for key, call in known.items() if call._learn(groups[key])}
        self.browse([call.id for call in known.values()])._show_news()
        self._open(openings)
        return early

    @api.model
    def _postpone(self, item):
        """Note which message an item waits for."""
        item.inbound = replace(item.inbound, target_id=item.inbound.call.external_id)
        return item

    @api.model
    def _find(self, keys):
        """Return {(account id, external id): call} of those that are in a thread already."""
        if not keys:
            return {}
        self.env["omnichannel.message"].flush_model(["account_id", "external_id"])
        self.flush_model(["message_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT message.account_id, message.external_id, call.id
                  FROM omnichannel_message AS message
                  JOIN omnichannel_call AS call ON call.message_id = message.id
                 WHERE (message.account_id, message.external_id) IN %s
                """,
                tuple(keys),
            )
        )
        return {(account_id, sid): self.browse(call_id) for account_id, sid, call_id in rows}

    def _opening(self, named, group):
        """Return the item that stands for a call that is not in a thread yet.

        `named` says whose call it is and in which direction; the others add what they know.
        """
        call = named.inbound.call
        for item in group:
            call = fold(call, item.inbound.call)
        inbound = replace(
            named.inbound,
            external_id=call.external_id,
            occurred_at=min(item.inbound.occurred_at for item in group),
            is_echo=call.is_outbound,
            call=call,
        )
        return replace(named, inbound=inbound)

    @api.model
    def _open(self, items):
        """Put calls that are not known yet into their customers' threads."""
        if not items:
            return
        conversations = self.env["omnichannel.conversation"]
        messages = conversations._receive_calls(items)
        calls = self.create(
            [
                {
                    "message_id": message.id,
                    "is_outbound": item.inbound.call.is_outbound,
                    "started_at": to_naive_utc(item.inbound.occurred_at),
                    **self._prepare_values(item.inbound.call),
                }
                for message, item in zip(messages, items, strict=True)
            ]
        )
        calls._note_traffic(is_new=True)
        # locks the conversations before their enrollments: one order for all
        calls.conversation_id.flush_recordset()
        calls._follow_consequences(items)
        self.env.flush_all()
        messages._push_new()
        calls.conversation_id._push_inbox()
        calls.browse(
            [call.id for call, item in zip(calls, items, strict=True) if call._is_news(item)]
        )._ring()
        keys = [(message.account_id.id, message.external_id) for message in messages]
        self.env["omnichannel.event"]._early_for(keys)._wake()

    # === FACTS === #

    def _prepare_values(self, call):
        return {
            "state": (call.state or CallState.RINGING).value,
            "seconds": call.seconds or 0,
            "answered_by": call.answered_by,
            "recording_url": call.recording_url,
            "recording_seconds": call.recording_seconds or 0,
            "transcript": call.transcript,
        }

    def _facts(self):
        """Return what is known of the call in the adapters' vocabulary."""
        self.ensure_one()
        return Call(
            external_id=self.message_id.external_id,
            state=CallState(self.state),
            is_outbound=self.is_outbound,
            seconds=self.seconds or None,
            answered_by=self.answered_by or "",
            recording_url=self.recording_url or "",
            recording_seconds=self.recording_seconds or None,
            transcript=self.transcript or "",
        )

    def _learn(self, items):
        """Add what these items tell. Return whether any of it was new."""
        self.ensure_one()
        facts = self._facts()
        before = self._prepare_values(facts)
        for item in items:
            facts = fold(facts, item.inbound.call)
        after = self._prepare_values(facts)
        if after == before:
            return False
        self.write(after)
        return True

    def _show_news(self):
        """Show what these calls became, in the threads and to whom they ring."""
        if not self:
            return
        self._note_traffic()
        self.conversation_id.flush_recordset()
        self.filtered(lambda call: call.state != CallState.RINGING.value)._stop_ringing()
        self.env.flush_all()
        for call in self:
            call.message_id._show_body(call._render(call._facts()))

    # === CONSEQUENCES === #

    def _note_traffic(self, is_new=False):
        """Bring the clocks of identities and conversations up to date."""
        for call in self:
            message = call.message_id
            message.identity_id._note_seen(
                message.occurred_at, message.account_id, inbound=not call.is_outbound
            )
            message.conversation_id._note_call(call, is_new)

    def _follow_consequences(self, items):
        """Stop the follow-ups of whom somebody speaks to; make leads of strangers who called."""
        enrollments = self.env["omnichannel.enrollment"]
        called_us = self.filtered(lambda call: not call.is_outbound)
        enrollments._stop_for(called_us.conversation_id, "replied")
        enrollments._stop_for((self - called_us).conversation_id, "human")
        self.conversation_id._ensure_leads(items)
