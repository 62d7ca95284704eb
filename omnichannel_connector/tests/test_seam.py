from datetime import datetime, timezone
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..channels.base import ChannelAdapter
from ..channels.events import InboundEvent, Kind, OutboundPart, RawEvent, SendResult
from .common import OmnichannelCase


class PigeonAdapter(ChannelAdapter):
    """A channel that another addon might bring."""

    code = "pigeon"
    label = "Pigeon Post"
    identity_kind = "phone"
    required_settings = frozenset({"external_id"})
    sent = ()

    def verify(self, request):
        """Pigeons are trusted."""

    def split(self, request):
        return []

    def parse(self, payload):
        return InboundEvent(
            kind=Kind.MESSAGE,
            occurred_at=datetime.now(timezone.utc),
            identity=payload["loft"],
            external_id=payload["ring"],
            text=payload["note"],
        )

    def normalize(self, address):
        return address

    def parts(self, text, media=()):
        return [OutboundPart(text)]

    def send(self, message):
        PigeonAdapter.sent += (message.part.text,)
        return SendResult("ring-2")


@tagged("-at_install", "post_install")
class TestSeam(OmnichannelCase):
    """Another addon adds a channel by overriding one model method."""

    def setUp(self):
        super().setUp()
        accounts = type(self.env["omnichannel.account"])
        self.startPatcher(
            patch.object(accounts, "_adapter_classes", lambda _self: {"pigeon": PigeonAdapter})
        )
        self.pigeon = self.env["omnichannel.account"].create(
            {"name": "Our loft", "channel": "pigeon", "external_id": "loft-1"}
        )
        self.pigeon.action_connect()

    def test_a_foreign_channel_works_both_ways(self):
        raw = RawEvent("ring-1", "loft-9", {"loft": "loft-9", "ring": "ring-1", "note": "Coo"})
        self.env["omnichannel.event"]._store(self.pigeon.id, [raw])
        self.env["omnichannel.event"].search([])._process()
        conversation = self.env["omnichannel.conversation"].search([])
        self.assertEqual(self._texts(conversation), ["Coo"])

        conversation.channel_id.message_post(
            body="Coo back", message_type="comment", omnichannel_key="pigeon"
        )
        self._run_cron("ir_cron_omnichannel_delivery")

        self.assertEqual(PigeonAdapter.sent, ("Coo back",))
        self.assertEqual(conversation.message_ids[0].state, "sent")

    def test_an_unknown_channel_is_refused(self):
        with self.assertRaises(ValidationError):
            self.env["omnichannel.account"].create({"name": "X", "channel": "no_such_channel"})
