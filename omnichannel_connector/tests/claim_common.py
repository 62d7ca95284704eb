"""What the tests of claims, verification and hijacks share."""

import re

from odoo.addons.mail.tests.common import MailCommon

from .common import OmnichannelMixin
from .delivery_common import created

MAIL = """From: {sender}
To: hello@{domain}
Subject: Question
Message-ID: {message_id}
Date: Sat, 21 Nov 2026 10:00:00 +0000
{headers}MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

{body}
"""
FORGED = "Authentication-Results: mx.shop.example; spf=fail; dmarc=fail\n"
CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
TOKEN = re.compile(r"/omnichannel/verify/([\w-]+)")


class ClaimMixin(OmnichannelMixin):
    """A stranger on Instagram, an e-mail account, and what is sent to claimed addresses."""

    @classmethod
    def _set_up_claims(cls):
        cls._set_up_accounts()
        cls.email = cls.env["omnichannel.account"].create(
            {"name": "Our Shop", "channel": "email", "alias_name": "hello"}
        )
        cls.email.action_connect()

    def _claims(self, *values):
        """Return the claims of these addresses, of all without any."""
        domain = [("trust", "=", "claimed"), ("scope", "=", "")]
        if values:
            domain.append(("value", "in", values))
        return self.env["omnichannel.identity"].search(domain)

    def _claim_on_instagram(self, text="I am ana@example.com"):
        """Let a stranger type an address. Return (conversation, claim)."""
        conversation = self._receive_instagram(text)
        return conversation, self._claims()

    def _ask(self, conversation, claim, method="code"):
        """Have an agent ask a claimed address. Return (verification, the secret that was sent)."""
        self._as_agent(conversation).verify_claim(claim.id, method)
        verification = self.env["omnichannel.verification"].search([], limit=1)
        text = verification.mail_id.body_html or verification.delivery_ids.text
        pattern = CODE if method == "code" else TOKEN
        found = pattern.findall(re.sub(r"font-size: \d+|style=\"[^\"]*\"", "", str(text)))
        return verification, found[0]

    def _as_agent(self, records):
        return records.with_user(self.agent)

    def _wrong(self, code):
        return f"{(int(code) + 1) % 10**6:06d}"

    def _notes(self, conversation):
        """Return the texts of the thread that are no messages."""
        return [
            message.preview
            for message in self.env["mail.message"].search(
                [
                    ("model", "=", "discuss.channel"),
                    ("res_id", "=", conversation.channel_id.id),
                    ("message_type", "=", "notification"),
                    ("omnichannel_card_ids", "=", False),
                ],
                order="id",
            )
        ]

    def _deliver_mail(self, body="Hello", **values):
        """Let a mail come through Odoo's real gateway and be processed. Return the events."""
        raw = MAIL.format(
            **{
                "sender": "Ana Silva <ana@example.com>",
                "domain": self.alias_domain,
                "message_id": f"<{self.env['omnichannel.event'].search_count([])}@example.com>",
                "headers": "",
                "body": body,
                **values,
            }
        )
        before = self.env["omnichannel.event"].search([])
        gateway = self.env["mail.thread"].with_user(self.env.ref("base.user_root"))
        gateway.message_process(None, raw.replace("\n", "\r\n").encode())
        events = self.env["omnichannel.event"].search([]) - before
        events._process()
        return events

    def _send_sms_queue(self, *answers):
        with self._provider(*(answers or [created("SM900")])) as made:
            self._run_cron("ir_cron_omnichannel_delivery")
        return made


class ClaimCase(ClaimMixin, MailCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_claims()
