"""A lead of Ana's that writes to her by e-mail and text message, and her answers."""

from datetime import timedelta

from odoo.addons.sms.tests.common import SMSCommon

from .common import ANA_NUMBER, OmnichannelMixin

ANSWER = """From: {sender}
To: catchall@{domain}
Subject: Re: Offer
Message-ID: {message_id}
In-Reply-To: {parent}
{headers}MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

{body}
"""
EMAIL = "ana.lima@example.com"


class DocumentCase(OmnichannelMixin, SMSCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_accounts()
        cls.ana = cls.env["res.partner"].create(
            {"name": "Ana Lima", "phone": ANA_NUMBER, "email": EMAIL}
        )
        cls.lead = cls._make_lead("Ten lamps", cls.ana)

    @classmethod
    def _make_lead(cls, name, partner):
        return (
            cls.env["crm.lead"]
            .with_context(omnichannel_no_card=True)
            .create({"name": name, "partner_id": partner.id, "user_id": cls.user_employee.id})
        )

    def _receive_sms(self, *args, **kwargs):
        """Return the conversation of a text message that came an hour ago."""
        conversation = super()._receive_sms(*args, **kwargs)
        newest = conversation.message_ids.sorted("id")[-1:]
        newest.occurred_at -= timedelta(hours=1)
        conversation._derive_clocks()
        return conversation

    def _send(self, document=None, partners=None, body="Our offer: 40 EUR", **values):
        """Let a document write to its customer, as its chatter does."""
        document = self.lead if document is None else document
        values = {"subtype_xmlid": "mail.mt_comment", **values}
        with self.mock_mail_gateway():
            return document.with_user(self.env.ref("base.user_admin")).message_post(
                body=body,
                subject="Offer",
                message_type="comment",
                partner_ids=(self.ana if partners is None else partners).ids,
                **values,
            )

    def _answer(self, sent, body="I take it", sender=f"Ana <{EMAIL}>", headers="", number=1):
        """Let an answer to a document's mail come through Odoo's gateway."""
        raw = ANSWER.format(
            sender=sender,
            domain=self.alias_domain,
            message_id=f"<answer{number}@example.com>",
            parent=sent.message_id,
            headers=headers,
            body=body,
        )
        with self.mock_mail_gateway():
            self.env["mail.thread"].with_user(self.env.ref("base.user_root")).message_process(
                None, raw.replace("\n", "\r\n").encode()
            )
        return self.env["mail.message"].search(
            [("message_id", "=", f"<answer{number}@example.com>")]
        )

    def _cards(self, conversation=None):
        domain = [("res_model", "=", "mail.message")]
        if conversation:
            domain.append(("conversation_id", "=", conversation.id))
        return self.env["omnichannel.card"].search(domain, order="id")

    def _show(self, user=None):
        user = user or self.env.ref("base.user_admin")
        return self.env["omnichannel.card"].with_user(user).read_cards(self._cards().ids)
