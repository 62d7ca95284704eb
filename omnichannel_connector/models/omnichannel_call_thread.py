from markupsafe import Markup, escape

from odoo import api, models

from ..channels.events import CallState
from .omnichannel_call import TALKED

VOICE_TALKED = tuple(state.value for state in TALKED)


class OmnichannelCall(models.Model):
    """How a call looks in the thread."""

    _inherit = "omnichannel.call"

    @api.model
    def _render(self, facts):
        """Return the body of a call's message, from a channels.events.Call."""
        lines = [Markup("<b>%s</b>") % self._headline(facts)]
        if facts.answered_by:
            lines.append(escape(self.env._("Answered by %(number)s", number=facts.answered_by)))
        if facts.recording_url:
            lines.append(self._render_recording(facts))
        if facts.transcript:
            lines += [
                escape(self.env._("Transcript:")),
                *map(escape, facts.transcript.splitlines()),
            ]
        return Markup("<br>").join(lines)

    def _headline(self, facts):
        """Return what became of a call, in a few words."""
        if facts.state in TALKED and facts.seconds:
            duration = self._duration(facts.seconds)
            if facts.is_outbound:
                return self.env._("Outgoing call, %(duration)s", duration=duration)
            return self.env._("Incoming call, %(duration)s", duration=duration)
        if facts.is_outbound:
            return {
                CallState.RINGING: self.env._("Outgoing call, ringing"),
                CallState.ANSWERED: self.env._("Outgoing call, in progress"),
                CallState.MISSED: self.env._("Outgoing call, not answered"),
                CallState.ENDED: self.env._("Outgoing call"),
            }[facts.state]
        return {
            CallState.RINGING: self.env._("Incoming call, ringing"),
            CallState.ANSWERED: self.env._("Incoming call, in progress"),
            CallState.MISSED: self.env._("Missed call"),
            CallState.ENDED: self.env._("Incoming call"),
        }[facts.state]

    def _duration(self, seconds):
        """Return a length of time as people say it: 3 min 20 s."""
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        if hours:
            return self.env._("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes)
        if minutes:
            return self.env._("%(minutes)s min %(seconds)s s", minutes=minutes, seconds=seconds)
        return self.env._("%(seconds)s s", seconds=seconds)

    def _render_recording(self, facts):
        label = self.env._("Recording")
        if facts.recording_seconds:
            duration = self._duration(facts.recording_seconds)
            label = self.env._("Recording, %(duration)s", duration=duration)
        if not facts.recording_url.startswith("https://"):
            return escape(label)
        return Markup('<a href="%s" target="_blank" rel="noreferrer noopener">%s</a>') % (
            facts.recording_url,
            label,
        )

    def action_open_conversation(self):
        """Open the thread that the call stands in."""
        self.ensure_one()
        return self.conversation_id.action_open_in_discuss()

    def _to_store_value(self):
        """Return what the bubble of a call shows beside its text, or None without a call."""
        if not self:
            return None
        labels = dict(self._fields["state"]._description_selection(self.env))
        return {
            "state": self.state,
            "stateLabel": labels[self.state],
            "seconds": self.seconds,
            "recordingUrl": self.recording_url or "",
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
        moment, identity = message.occurred_at, message.identity_id
        if not call.is_outbound:
            if is_new:
                self._note_message(moment, message.channel, "inbound", identity)
            if call.state in VOICE_TALKED and self.last_message_at <= moment:
                self.waiting_for = False
        elif call.state in VOICE_TALKED:
            self._note_message(moment, message.channel, "outbound", identity)
        elif not self.last_message_at or moment > self.last_message_at:
            self.write({"last_message_at": moment, "last_channel": message.channel})
