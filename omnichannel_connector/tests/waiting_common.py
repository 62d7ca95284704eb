"""Customers who write, and agents who answer, at moments that the test says."""

from datetime import datetime, timedelta, timezone

from odoo.tests import freeze_time

from ..channels.events import InboundEvent, Kind
from ..models.omnichannel_event_process import Incoming
from .common import ANA_NUMBER, OmnichannelCase

# a Monday in winter; no test says what time it is now
START = datetime(2031, 1, 6, 8, 0, tzinfo=timezone.utc)


class WaitingCase(OmnichannelCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.count = 0
        cls.team = cls.env["omnichannel.team"].create(
            {"name": "Sales", "member_ids": cls.agent.ids, "company_id": cls.env.company.id}
        )

    def _at(self, minutes):
        """Return a moment as Odoo stores it."""
        return (START + timedelta(minutes=minutes)).replace(tzinfo=None)

    def _item(self, minutes, sender=ANA_NUMBER, is_echo=False, is_automatic=False):
        type(self).count += 1
        inbound = InboundEvent(
            kind=Kind.MESSAGE,
            identity=sender,
            external_id=f"w{self.count}",
            occurred_at=START + timedelta(minutes=minutes),
            text=f"w{self.count}",
            is_echo=is_echo,
        )
        return Incoming(None, self.sms, inbound, is_automatic=is_automatic)

    def _receive(self, *items):
        """Let these arrive in one batch. Return their conversations."""
        messages = self.env["omnichannel.conversation"]._receive(list(items))
        self.env.flush_all()
        return messages.conversation_id

    def _says(self, minutes, **kwargs):
        return self._receive(self._item(minutes, **kwargs))

    def _freeze(self, minutes):
        return freeze_time(START + timedelta(minutes=minutes))

    def _answer(self, conversation, minutes, body="Yes"):
        """Answer as the agent. Return the omnichannel.message."""
        with self._freeze(minutes):
            mail_message = conversation.channel_id.with_user(self.agent).message_post(
                body=body, message_type="comment", omnichannel_key="sms"
            )
        self.env.flush_all()
        return mail_message.sudo().omnichannel_message_ids

    def _noted(self, conversation):
        self.env.flush_all()
        names = ("waiting_for", "waiting_since", "unread_count", "answered_at")
        return {name: conversation[name] for name in names}

    def _assert_derived(self, conversation):
        """What is noted message by message is what follows from all of them."""
        noted = self._noted(conversation)
        conversation._derive_clocks()
        self.assertEqual(self._noted(conversation), noted)
