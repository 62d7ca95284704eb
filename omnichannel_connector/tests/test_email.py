from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCommon

from ..models.omnichannel_conversation_outbound import SendPlan
from .common import ANA_NUMBER, OmnichannelMixin

MAIL = """From: {sender}
To: hello@{domain}
Subject: {subject}
Message-ID: {message_id}
Date: Sat, 21 Nov 2026 10:00:00 +0000
{headers}MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

{body}
"""


@tagged("-at_install", "post_install")
class TestEmail(OmnichannelMixin, MailCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_accounts()
        cls.email = cls.env["omnichannel.account"].create(
            {"name": "Our Shop", "channel": "email", "alias_name": "hello"}
        )
        cls.email.action_connect()
        cls.address = f"hello@{cls.alias_domain}"

    def _mail(self, body="Hello", **values):
        return MAIL.format(
            **{
                "sender": "Ana Silva <ana@example.com>",
                "domain": self.alias_domain,
                "subject": "Blue lamp",
                "message_id": "<one@example.com>",
                "headers": "",
                "body": body,
                **values,
            }
        )

    def _deliver(self, *args, **values):
        """Let a mail come through Odoo's real gateway and be processed. Return the events."""
        raw = self._mail(*args, **values).replace("\n", "\r\n").encode()
        before = self.env["omnichannel.event"].search([])
        self.env["mail.thread"].with_user(self.env.ref("base.user_root")).message_process(None, raw)
        events = self.env["omnichannel.event"].search([]) - before
        events._process()
        return events

    def _conversation(self, address="ana@example.com"):
        return self._identity("email", address).partner_id.omnichannel_conversation_ids

    def test_a_mail_to_the_account_starts_a_conversation(self):
        self._deliver("Is it dimmable?")

        conversation = self._conversation()
        message = conversation.message_ids
        self.assertEqual(conversation.partner_id.name, "Ana Silva")
        self.assertEqual((message.channel, message.direction), ("email", "inbound"))
        self.assertEqual(message.mail_message_id.subject, "Blue lamp")
        self.assertIn("Is it dimmable?", message.mail_message_id.body)
        self.assertTrue(conversation.lead_id)

    def test_a_mail_joins_the_conversation_of_the_other_channels(self):
        ana = self.env["res.partner"].create(
            {"name": "Ana", "phone": ANA_NUMBER, "email": "ana@example.com"}
        )
        conversation = self._receive_sms("By SMS")

        self._deliver("By e-mail")

        self.assertEqual(self._conversation(), conversation)
        self.assertEqual(conversation.partner_id, ana)
        self.assertEqual(conversation.message_ids.sorted("id").mapped("channel"), ["sms", "email"])

    def test_the_same_mail_again_changes_nothing(self):
        self._deliver("Hello")
        self._deliver("Hello")
        raw = self._mail("Hello").replace("\n", "\r\n").encode()
        self.env["mail.message"].search([("message_id", "=", "<one@example.com>")]).write(
            {"message_id": "<changed@example.com>"}
        )
        self.env["mail.thread"].message_process(None, raw)

        self.assertEqual(self.env["omnichannel.event"].search_count([]), 1)
        self.assertEqual(len(self._conversation().message_ids), 1)
        eml = [("res_model", "=", "omnichannel.event")]
        self.assertEqual(self.env["ir.attachment"].search_count(eml), 1)

    def _answer(self, conversation, body="Yes, it is."):
        with self.mock_mail_gateway():
            return conversation.channel_id.message_post(
                body=body, message_type="comment", omnichannel_key="email"
            )

    def test_an_answer_leaves_through_odoos_mail_queue_in_the_mails_thread(self):
        self._deliver("Is it dimmable?")
        message = self._answer(self._conversation())
        self.assertEqual(message.author_id, self.env.user.partner_id)
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        self.assertEqual(mail.state, "outgoing")

        with self.mock_mail_gateway():
            mail.send()

        (sent,) = self._mails
        self.assertIn("ana@example.com", sent["email_to"][0])
        self.assertEqual(sent["subject"], "Re: Blue lamp")
        self.assertEqual(sent["message_id"], message.message_id)
        self.assertIn(self.address, sent["reply_to"])
        self.assertIn(self.address, sent["email_from"])
        self.assertIn("<one@example.com>", sent["references"])
        self.assertEqual(sent["headers"]["In-Reply-To"], "<one@example.com>")
        self.assertEqual(message.omnichannel_message_ids.state, "sent")

    def test_a_first_answer_says_that_it_replies_by_itself(self):
        self._deliver("When are you open?")
        conversation = self._conversation()
        key = f"{self.email.id}:{conversation.message_ids.identity_id.id}"
        choice = conversation._find_choice(key, is_human=False)

        plan = SendPlan(conversation, choice, is_first_answer=True, keeps_turn=True)
        sent = conversation._send(plan, "Open", author_id=self.env.company.partner_id.id)

        headers = sent.omnichannel_message_ids.delivery_ids.mail_id.headers
        self.assertIn("'Auto-Submitted': 'auto-replied'", headers)

    def test_a_mail_that_can_not_be_sent_says_so_on_the_bubble(self):
        self._deliver("Hello")
        message = self._answer(self._conversation())
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])

        mail._postprocess_sent_message(
            [], [], failure_reason="Mailbox unknown", failure_type="mail_smtp"
        )

        self.assertEqual(message.omnichannel_message_ids.state, "failed")
        self.assertEqual(message.omnichannel_message_ids.error, "Mailbox unknown")

    def test_a_reply_comes_back_into_the_conversation(self):
        self._deliver("Is it dimmable?")
        conversation = self._conversation()
        ours = self._answer(conversation)

        self._deliver(
            "Great, thanks",
            message_id="<two@example.com>",
            headers=f"In-Reply-To: {ours.message_id}\nReferences: {ours.message_id}\n",
        )

        self.assertEqual(len(conversation.message_ids), 3)

    def test_a_reply_shows_what_it_answers_in_its_own_thread_only(self):
        self._deliver("Is it dimmable?")
        ours = self._answer(self._conversation())
        with self.mock_mail_gateway():
            self.env["mail.mail"].search([("mail_message_id", "=", ours.id)]).send()
        headers = f"In-Reply-To: {ours.message_id}\n"

        self._deliver("Thanks", message_id="<two@example.com>", headers=headers)
        self._deliver(
            "Let me see it",
            sender="Eve <eve@example.com>",
            message_id="<eve@example.com>",
            headers=headers,
        )

        thanks = self.env["mail.message"].search([("message_id", "=", "<two@example.com>")])
        stranger = self.env["mail.message"].search([("message_id", "=", "<eve@example.com>")])
        self.assertEqual(thanks.parent_id, ours)
        self.assertFalse(stranger.parent_id)

    def test_a_stranger_who_knows_a_message_id_lands_in_their_own_conversation(self):
        self._deliver("My order number is 4711")
        conversation = self._conversation()
        ours = self._answer(conversation)

        self._deliver(
            "Let me in",
            sender="Eve <eve@example.com>",
            message_id="<eve@example.com>",
            headers=f"In-Reply-To: {ours.message_id}\nReferences: {ours.message_id}\n",
        )

        self.assertEqual(len(conversation.message_ids), 2)
        self.assertEqual(len(self._conversation("eve@example.com").message_ids), 1)
        self.assertNotEqual(self._conversation("eve@example.com"), conversation)

    def test_a_reply_that_misses_our_address_still_arrives(self):
        self._deliver("Is it dimmable?")
        ours = self._answer(self._conversation())
        raw = self._mail(
            "Thanks",
            message_id="<three@example.com>",
            headers=f"In-Reply-To: {ours.message_id}\n",
        ).replace(f"To: hello@{self.alias_domain}", "To: somebody@elsewhere.example.com")

        self.env["mail.thread"].message_process(None, raw.encode())
        self.env["omnichannel.event"].search([("state", "=", "new")])._process()

        self.assertEqual(len(self._conversation().message_ids), 3)

    def _proposals(self):
        return self.env["omnichannel.consent.proposal"].search([])

    def test_a_wish_in_the_customers_own_words_is_proposed(self):
        self._deliver("Thanks, but no more e-mails please.")

        proposal = self._proposals()
        self.assertEqual((proposal.channel, proposal.wants), ("email", "stop"))
        self.assertIn("no more e-mails please", proposal.words)

    def test_a_mail_whose_subject_says_it_is_proposed_too(self):
        self._deliver("(sent from my phone)", subject="unsubscribe")

        self.assertTrue(self._proposals().is_marketing)

    def test_what_an_answer_repeats_of_ours_is_no_wish(self):
        quote = "On Mon, 2 Nov 2026 at 10:00, Our Shop wrote:\n> Unsubscribe me: click here"
        self._deliver(f"It fits, thanks.\n\n{quote}", subject="Re: unsubscribe from dark rooms")
        self._deliver(
            "Please unsubscribe me",
            message_id="<list@example.com>",
            headers="List-Id: <news.example.com>\n",
        )

        self.assertFalse(self._proposals())

    def test_an_out_of_office_note_reopens_nothing(self):
        self._deliver("Hello")
        conversation = self._conversation()
        self._answer(conversation)
        conversation.action_close()

        self._deliver(
            "I am away",
            message_id="<away@example.com>",
            headers="Auto-Submitted: auto-replied\n",
        )

        self.assertEqual(conversation.state, "closed")
        self.assertEqual(conversation.waiting_for, "customer")
        self.assertEqual(len(conversation.message_ids), 3)

    def test_a_mail_with_an_attachment_keeps_it(self):
        raw = (
            self._mail()
            .replace("Content-Type: text/plain; charset=utf-8\n", "")
            .replace(
                "\n\nHello",
                "\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n"
                "See file\n--b\nContent-Type: application/pdf; name=plan.pdf\n"
                "Content-Disposition: attachment; filename=plan.pdf\n"
                "Content-Transfer-Encoding: base64\n\nJVBERi0xLjQ=\n--b--",
            )
        )
        self.env["mail.thread"].message_process(None, raw.encode())
        self.env["omnichannel.event"].search([])._process()

        attachment = self._conversation().message_ids.mail_message_id.attachment_ids
        self.assertEqual(attachment.name, "plan.pdf")
        self.assertEqual(attachment.raw, b"%PDF-1.4")

    def test_a_mail_without_subject_and_date_arrives(self):
        raw = self._mail().replace("Subject: Blue lamp\n", "")
        raw = raw.replace("Date: Sat, 21 Nov 2026 10:00:00 +0000\n", "")

        self.env["mail.thread"].message_process(None, raw.encode())
        self.env["omnichannel.event"].search([])._process()

        message = self._conversation().message_ids
        self.assertFalse(message.mail_message_id.subject)
        self.assertEqual(message.occurred_at, self.env["omnichannel.event"].search([]).received_at)

    def test_a_mail_from_the_future_does_not_outrun_what_comes_after_it(self):
        raw = self._mail().replace("2026 10:00:00", "2099 10:00:00")

        self.env["mail.thread"].message_process(None, raw.encode())
        self.env["omnichannel.event"].search([])._process()

        self.assertLess(self._conversation().last_message_at.year, 2099)

    def test_the_account_that_was_written_to_answers(self):
        other = self.email.copy({"name": "Other", "alias_name": "other"})
        other.action_connect()
        self._deliver("Hello")
        conversation = self._conversation()
        for account in (other, self.email):
            conversation.last_inbound_identity_id.account_id = account
            choice = conversation.get_send_choices()[0]
            self.assertEqual(choice["account"], account.name)

    def test_other_mail_is_left_to_odoo(self):
        partner = self.env["res.partner"].create({"name": "Doc"})
        message = partner.message_post(body="Hi", message_type="comment")
        raw = self._mail(
            "Reply to a document",
            message_id="<doc@example.com>",
            headers=f"In-Reply-To: {message.message_id}\n",
        ).replace(f"To: hello@{self.alias_domain}", f"To: x@{self.alias_domain}")

        self.env["mail.thread"].message_process(None, raw.encode())

        self.assertIn("Reply to a document", partner.message_ids[0].body)
        self.assertFalse(self.env["omnichannel.event"].search([]))
