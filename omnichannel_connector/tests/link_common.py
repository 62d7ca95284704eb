from .common import OmnichannelCase

CLOCKS = (
    "last_message_at",
    "last_inbound_at",
    "last_outbound_at",
    "last_channel",
    "last_inbound_identity_id",
    "turn_at",
    "waiting_for",
    "answered_at",
    "waiting_since",
    "unread_count",
)


class LinkCase(OmnichannelCase):
    """Customers with addresses and messages, made without going through a webhook."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.partner"].search([("omnichannel_is_stranger", "=", True)]).active = False

    def _links(self):
        return self.env["omnichannel.link"].search([], order="id")

    def _link(self, identities, partner, reason="staff"):
        links = identities._link(partner, reason)
        self.env.invalidate_all()
        return links

    def _undo(self, links):
        links._undo()
        self.env.invalidate_all()

    def _note(self, conversation, body="A note"):
        return conversation.channel_id.message_post(body=body, message_type="comment")

    def _clocks(self, conversation):
        return {name: conversation[name] for name in CLOCKS}

    def _merge(self, partners, target):
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            partners.ids, target, extra_checks=False
        )
        self.env.invalidate_all()
