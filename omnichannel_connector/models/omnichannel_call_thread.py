import re

from markupsafe import Markup, escape

from odoo import api, models

from ..channels.events import CallState
from .omnichannel_call import TALKED

# how channels/calls.py writes pieces of a transcript: number, who speaks, text
_PIECE = re.compile(r"\d{1,9}\. ([◂▸]?) ?(.*)")


class OmnichannelCall(models.Model):
    """How a call looks in the thread."""

    _inherit = "omnichannel.call"

    @api.model
    def _render(self, facts):
        """Return the body of a call's message, from a channels.events.Call.

        It can be searched and quoted; the bubble shows the same from `_to_store_value`.
        """
        lines = [escape(self._headline(facts))]
        if facts.recording_url:
            lines.append(escape(self._recording_label(facts)))
        lines += [*self._render_taker(facts), *self._render_transcript(facts)]
        return Markup("<br>").join(lines)

    def _headline(self, facts):
        """Return what became of a call, with its length, in a few words."""
        text = self._state_text(facts.state or CallState.RINGING, facts.is_outbound)
        if facts.state in TALKED and facts.seconds:
            return f"{text}, {self._duration(facts.seconds)}"
        return text

    @api.model
    def _state_text(self, state, is_outbound):
        if is_outbound:
            return {
                CallState.RINGING: self.env._("Outgoing call, ringing"),
                CallState.ANSWERED: self.env._("Outgoing call, in progress"),
                CallState.MISSED: self.env._("Outgoing call, not answered"),
                CallState.ENDED: self.env._("Outgoing call"),
            }[state]
        return {
            CallState.RINGING: self.env._("Incoming call, ringing"),
            CallState.ANSWERED: self.env._("Incoming call, in progress"),
            CallState.MISSED: self.env._("Missed call"),
            CallState.ENDED: self.env._("Incoming call"),
        }[state]

    def _duration(self, seconds):
        """Return a length of time as people say it: 3 min 20 s."""
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        if hours:
            return self.env._("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes)
        if minutes:
            return self.env._("%(minutes)s min %(seconds)s s", minutes=minutes, seconds=seconds)
        return self.env._("%(seconds)s s", seconds=seconds)

    def _recording_label(self, facts):
        is_voicemail = facts.state is CallState.MISSED
        label = self.env._("Voice message") if is_voicemail else self.env._("Recording")
        if not facts.recording_seconds:
            return label
        return f"{label}, {self._duration(facts.recording_seconds)}"

    def _render_taker(self, facts):
        # the id of a leg stands where the number that took the call is not known
        if facts.answered_by.startswith("+") and not facts.is_outbound:
            yield escape(self.env._("Answered by %(number)s", number=facts.answered_by))

    def _render_transcript(self, facts):
        speakers = {"◂": self.env._("Customer:"), "▸": self.env._("We:"), "": ""}
        for line in facts.transcript.splitlines():
            piece = _PIECE.fullmatch(line)
            speaker, text = (speakers[piece[1]], piece[2]) if piece else ("", line)
            yield escape(f"{speaker} {text}".strip())

    def action_open_conversation(self):
        """Open the thread that the call stands in."""
        self.ensure_one()
        return self.conversation_id.action_open_in_discuss()

    def _to_store_value(self):
        """Return what the bubble of a call shows beside its text, or None without a call."""
        if not self:
            return None
        labels = dict(self._fields["state"]._description_selection(self.env))
        is_unreached = self.is_outbound and self.state == CallState.MISSED.value
        return {
            "state": self.state,
            "stateLabel": self.env._("Not answered") if is_unreached else labels[self.state],
            "seconds": self.seconds,
            "recordingUrl": f"/omnichannel/recording/{self.id}" if self.recording_url else "",
            "hasTranscript": bool(self.transcript),
        }


class OmnichannelConversation(models.Model):
    """Calls are traffic of the conversation like messages."""

    _inherit = "omnichannel.conversation"

    @api.model
    def _receive_calls(self, items):
        """Make the messages of calls that are in no thread yet. Return them in the same order."""
        for company, company_items in self._by_company(items).items():
            self._attach(company, company_items)
        self.browse(dict.fromkeys(item.conversation.id for item in items))._ensure_channels()
        messages = self._create_messages(items)
        # no app of the provider: one of us spoke on the phone
        messages.filtered(lambda message: message.direction == "outbound").origin = "agent"
        return messages

    def _render_body(self, inbound):
        if inbound.call:
            return self.env["omnichannel.call"]._render(inbound.call)
        return super()._render_body(inbound)

    def _note_call(self, call, is_new):
        """Note a call as it is known now. Only a new one reopens the conversation.

        A customer whom nobody answered waits for us, one who was spoken to waits for nobody. Whom
        we called and reached got an answer; whom we did not reach still waits as before.
        """
        self.ensure_one()
        message = call.message_id
        if is_new and not call.is_outbound:
            self.env["omnichannel.episode"]._open({self: (message.occurred_at, message.channel)})
            self._note_message(message.occurred_at, message.channel, "inbound", message.identity_id)
        if call.state in TALKED:
            self._note_answer(message.occurred_at, message)
        self._touch()
        self._derive_clocks()
