import json
from unittest.mock import patch

from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import ANA_NUMBER
from .document_common import EMAIL, DocumentCase

AGENT = "omnichannel_connector.omnichannel_group_agent"
SHOW = "odoo.addons.omnichannel_connector.models.mail_thread_document"


@tagged("-at_install", "post_install")
class TestDocumentSent(DocumentCase):
    """Mails that other apps' documents send to customers, in the customers' conversations."""

    def test_a_mail_of_a_document_is_a_card_that_leads_to_it(self):
        conversation = self._receive_sms("Hello")

        sent = self._send()

        card = self._cards()
        self.assertEqual((card.conversation_id, card.res_id), (conversation, sent.id))
        self.assertEqual(card.direction, "outbound")
        (shown,) = self._show()
        self.assertEqual((shown["model"], shown["resId"]), ("crm.lead", self.lead.id))
        self.assertEqual(shown["title"], "Ten lamps")
        self.assertEqual(shown["subtitle"], "Our offer: 40 EUR")
        self.assertIn(sent.author_id.name, shown["noun"])

    def test_nothing_of_the_mail_is_copied(self):
        conversation = self._receive_sms("Hello")

        self._send()

        line = self._cards().mail_message_id
        self.assertEqual((line.model, line.res_id), ("discuss.channel", conversation.channel_id.id))
        self.assertNotIn("40 EUR", line.body)
        self.assertFalse(line.subject)
        self.assertFalse(self.env["omnichannel.delivery"].search_count([]))
        self.assertEqual(len(conversation.message_ids), 1)

    def test_a_card_comes_live_and_tells_nothing_over_the_bus(self):
        self._receive_sms("Hello")
        self.env.cr.precommit.run()
        self.env["bus.bus"].sudo().search([]).unlink()

        self._send()

        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].sudo().search([]).mapped("message")
        (push,) = [row for row in rows if '"omnichannelCard"' in row]
        (message,) = json.loads(push)["payload"]["data"]["mail.message"]
        self.assertEqual(message["omnichannelCard"], self._cards().id)
        self.assertNotIn("40 EUR", push)
        self.assertNotIn("Ten lamps", push)

    def test_of_a_mail_to_several_customers_each_has_a_card_in_their_own_thread(self):
        bo = self.env["res.partner"].create({"name": "Bo", "phone": "+12025550177"})
        bo.email = "bo@example.com"
        nobody = self.env["res.partner"].create({"name": "Cy", "email": "cy@example.com"})
        conversations = self._receive_sms("Hello")
        conversations |= self._receive_sms("Hi", sender="+12025550177", sid="SM2")

        sent = self._send(partners=self.ana | bo | nobody)

        self.assertEqual(self._cards().conversation_id, conversations)
        self.assertEqual(self._cards().mapped("res_id"), [sent.id] * 2)
        self.assertFalse(nobody.omnichannel_conversation_ids)

    def test_notes_and_mails_among_ourselves_are_none(self):
        self._receive_sms("Hello")

        self._send(subtype_xmlid="mail.mt_note")
        self._send(partners=self.user_employee.partner_id)

        self.assertFalse(self._cards())

    def test_a_mail_to_colleagues_costs_no_query(self):
        self._receive_sms("Hello")
        colleague = self.user_employee.partner_id
        self._send(partners=colleague)  # what is read once is in the caches now
        name = f"{SHOW}.MailThread._omnichannel_show"

        with patch(name, autospec=True) as shown:
            self._send(partners=colleague)

        shown.assert_not_called()

    def test_a_text_message_of_a_document_is_a_card_too(self):
        self._receive_sms("Hello")

        with self.mockSMSGateway():
            self.lead._message_sms("Your offer is ready", partner_ids=self.ana.ids)
            self.lead._message_sms("And again", sms_numbers=[ANA_NUMBER])

        shown = self._show()
        self.assertEqual([card["subtitle"] for card in shown], ["Your offer is ready", "And again"])
        self.assertIn("Text message", shown[0]["noun"])

    def test_a_mail_to_a_bare_address_that_we_know_is_a_card(self):
        conversation = self._receive_sms("Hello")
        nobody = self.env["res.partner"]

        self._send(partners=nobody, outgoing_email_to=f"Ana <{EMAIL.upper()}>")
        self._send(partners=nobody, outgoing_email_to="stranger@example.com")

        self.assertEqual(self._cards().conversation_id, conversation)
        self.assertEqual(len(self._cards()), 1)

    def test_what_is_sent_from_many_documents_at_once_is_shown_on_each_customers_thread(self):
        bo = self.env["res.partner"].create({"name": "Bo", "phone": "+12025550177"})
        bo.email = "bo@example.com"
        leads = self.lead | self._make_lead("Two shades", bo)
        own = self._receive_sms("Hello")
        bos = self._receive_sms("Hi", sender="+12025550177", sid="SM2")
        wizard = self.env["mail.compose.message"].create(
            {
                "composition_mode": "mass_mail",
                "model": "crm.lead",
                "res_ids": repr(leads.ids),
                "subject": "Offer",
                "body": "Our offer",
            }
        )

        with self.mock_mail_gateway():
            wizard.action_send_mail()

        self.assertEqual(self._cards().mapped("conversation_id"), own | bos)
        titles = {card["title"] for card in self._show()}
        self.assertEqual((len(self._cards()), titles), (2, {"Ten lamps", "Two shades"}))

    def test_another_companys_conversation_gets_none(self):
        conversation = self._receive_sms("Hello")
        conversation.company_id = self.env["res.company"].create({"name": "Other"})

        self._send()

        self.assertFalse(self._cards())

    def test_a_document_sends_its_mail_when_showing_it_fails(self):
        self._receive_sms("Hello")
        cards = self.env.registry["omnichannel.card"]

        for error in (ValueError("a bug"), RuntimeError("another")):
            with (
                patch.object(cards, "_follow_sent", side_effect=error),
                mute_logger(SHOW),
            ):
                sent = self._send()
            self.assertIn(EMAIL, self._new_mails.mapped("recipient_ids.email"))
            self.assertTrue(sent.exists())
        self.assertFalse(self._cards())

    def test_a_document_sends_its_mail_when_the_database_refuses_the_card(self):
        self._receive_sms("Hello")
        cards = self.env.registry["omnichannel.card"]

        def fail(model, *args):
            model.env.cr.execute("SELECT 1 / 0")

        with (
            patch.object(cards, "_follow_sent", fail),
            mute_logger(SHOW, "odoo.sql_db"),
        ):
            sent = self._send()

        self.assertIn(EMAIL, self._new_mails.mapped("recipient_ids.email"))
        self.assertEqual(sent.exists().res_id, self.lead.id)


@tagged("-at_install", "post_install")
class TestDocumentRights(DocumentCase):
    def test_who_may_not_see_the_document_sees_only_that_there_was_a_mail(self):
        conversation = self._receive_sms("Hello")
        self._answer(self._send())
        seller = new_test_user(self.env, "seller", f"{AGENT},sales_team.group_sale_salesman")
        conversation.user_id = self.agent

        locked = self._show(self.agent)

        self.assertEqual([card["isLocked"] for card in locked], [True, True])
        self.assertEqual([card["direction"] for card in locked], ["outbound", "inbound"])
        told = json.dumps(locked)
        for secret in ("Ten lamps", "40 EUR", "I take it", "Ana", "crm.lead", "Offer"):
            self.assertNotIn(secret, told)
        self.assertEqual(self._show(seller), [])  # not even the thread is theirs

    def test_a_mail_that_is_gone_is_hidden(self):
        self._receive_sms("Hello")
        sent = self._send()

        sent.sudo().unlink()

        self.assertEqual([card["isHidden"] for card in self._show()], [True])


@tagged("-at_install", "post_install")
class TestDocumentAnswered(DocumentCase):
    """Customers who answer a document by e-mail: the answer stays there, its card is here."""

    def test_an_answer_stays_on_the_document_and_its_card_is_in_the_thread(self):
        conversation = self._receive_sms("Hello")

        answer = self._answer(self._send())

        self.assertEqual((answer.model, answer.res_id), ("crm.lead", self.lead.id))
        self.assertEqual(self._cards(conversation).mapped("direction"), ["outbound", "inbound"])
        shown = self._show()[1]
        self.assertEqual((shown["noun"], shown["title"]), ("Ana Lima answered on", "Ten lamps"))
        self.assertEqual(shown["subtitle"], "I take it")
        self.assertEqual(len(conversation.message_ids), 1)

    def test_the_same_answer_again_changes_nothing(self):
        self._receive_sms("Hello")
        sent = self._send()

        self._answer(sent)
        self._answer(sent)

        self.assertEqual(len(self._cards()), 2)

    def test_an_answer_brings_a_closed_conversation_back_and_is_nobodys_to_answer(self):
        conversation = self._receive_sms("Hello")
        sent = self._send()
        conversation.action_close()
        before = conversation.last_message_at

        self._answer(sent)

        self.assertEqual(conversation.state, "open")
        self.assertFalse(conversation.waiting_since)
        self.assertGreaterEqual(conversation.last_message_at, before)
        self.assertEqual(conversation.last_message_at, self._cards()[1].occurred_at)
        (row,) = conversation._to_inbox_rows()
        self.assertEqual(row["preview"], "Answered on a document")

    def test_the_clocks_say_the_same_when_they_are_derived(self):
        conversation = self._receive_sms("Hello")
        self._answer(self._send())
        before = conversation.last_message_at

        conversation._derive_clocks()

        self.assertEqual(conversation.last_message_at, before)

    def test_a_machines_answer_is_shown_and_wakes_nobody(self):
        conversation = self._receive_sms("Hello")
        sent = self._send()
        conversation.action_close()

        self._answer(sent, "I am away", headers="Auto-Submitted: auto-replied\n")

        self.assertEqual(conversation.state, "closed")
        self.assertEqual(self._cards().mapped("direction"), ["outbound", "inbound"])

    def test_a_colleagues_answer_by_mail_is_no_customers(self):
        self._receive_sms("Hello")
        sent = self._send()

        self._answer(sent, "I call her", sender=self.user_employee.email_formatted)

        self.assertNotIn("inbound", self._cards().mapped("direction"))

    def test_an_answer_begins_the_conversation_with_what_was_sent_before(self):
        sent = self._send()
        self.assertFalse(self._cards())

        answer = self._answer(sent)

        conversation = self.ana.omnichannel_conversation_ids
        self.assertEqual(self._cards(conversation).mapped("res_id"), [sent.id, answer.id])
        self.assertIn(conversation, conversation.search(conversation._inbox_shown()))

    def test_an_answer_from_another_address_of_theirs_is_found_by_it(self):
        conversation = self._receive_sms("Hello")
        self.env["omnichannel.identity"].create(
            {
                "kind": "email",
                "value": "lima@studio.example",
                "partner_id": self.ana.id,
                "company_id": conversation.company_id.id,
            }
        )
        sent = self._send()
        conversation.action_close()

        self._answer(sent, sender='"Lima, Ana" <Lima@studio.example>')

        self.assertEqual(self._cards(conversation).mapped("direction"), ["outbound", "inbound"])
        self.assertEqual(conversation.state, "open")

    def test_a_document_of_no_company_finds_the_customer_in_any(self):
        conversation = self._receive_sms("Hello")
        other = self.env["res.company"].create({"name": "Other"})
        conversation.company_id = other
        self.lead.write({"user_id": False, "team_id": False, "company_id": False})
        self.assertFalse(self.lead.company_id)
        # known by an address that only the other company knows
        self.env["omnichannel.identity"].create(
            {
                "kind": "email",
                "value": "lima@studio.example",
                "partner_id": self.ana.id,
                "company_id": other.id,
            }
        )

        sent = self._send()
        self._answer(sent)
        self._answer(sent, sender="Ana <lima@studio.example>", number=2)

        self.assertEqual(self.ana.omnichannel_conversation_ids, conversation)
        self.assertEqual(
            self._cards(conversation).mapped("direction"), ["outbound", "inbound", "inbound"]
        )

    def test_a_document_of_no_company_begins_the_conversation_in_the_customers(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.lead.write({"user_id": False, "team_id": False, "company_id": False})
        sent = self._send()
        self.ana.company_id = other
        self.assertFalse(self.lead.company_id)

        self._answer(sent)

        self.assertEqual(self.ana.omnichannel_conversation_ids.company_id, other)

    def test_what_is_written_in_the_portal_is_an_answer_too(self):
        conversation = self._receive_sms("Hello")
        portal = new_test_user(self.env, "ana", "base.group_portal")
        portal.partner_id = self.ana
        vendor = self.env["res.partner"].create({"name": "A vendor"})
        comment = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}

        for document in (self.lead, vendor):
            # sudo: as the portal does after it checked access
            document.with_user(portal).sudo().message_post(
                body="I take it", author_id=self.ana.id, **comment
            )

        card = self._cards(conversation)
        self.assertEqual((card.direction, len(card)), ("inbound", 1))
        self.assertEqual(self._show()[0]["title"], "Ten lamps")

    def test_mail_on_what_is_no_customers_begins_none(self):
        sent = self._send(document=self.env["res.partner"].create({"name": "A vendor"}))

        self._answer(sent)

        self.assertFalse(self.ana.omnichannel_conversation_ids)

    def test_a_first_message_finds_what_documents_wrote_before(self):
        sent = self._send()
        self._send(subtype_xmlid="mail.mt_note", body="Difficult customer")

        conversation = self._receive_sms("About your offer")

        self.assertEqual(self._cards(conversation).mapped("res_id"), [sent.id])
        last = self.env["mail.message"].search(
            [("model", "=", "discuss.channel"), ("res_id", "=", conversation.channel_id.id)],
            order="id desc",
            limit=1,
        )
        self.assertEqual(last, conversation.message_ids.mail_message_id)

    def test_the_gateway_takes_the_answer_when_showing_it_fails(self):
        self._receive_sms("Hello")
        sent = self._send()
        cards = self.env.registry["omnichannel.card"]

        with (
            patch.object(cards, "_follow_answer", side_effect=ValueError("a bug")),
            mute_logger(SHOW),
        ):
            answer = self._answer(sent)

        self.assertEqual(answer.res_id, self.lead.id)

    def test_the_gateway_takes_a_mail_whose_headers_cannot_be_read(self):
        self._receive_sms("Hello")
        sent = self._send()

        with patch(f"{SHOW}.is_automatic", side_effect=ValueError("a bug")), mute_logger(SHOW):
            answer = self._answer(sent)

        self.assertEqual(answer.res_id, self.lead.id)
        self.assertEqual(self._cards()[1].res_id, answer.id)

    def test_follow_ups_end_with_an_answer_on_a_document(self):
        conversation = self._receive_sms("Hello")
        sequence = self.env["omnichannel.sequence"].create({"name": "Remind"})
        enrollment = self.env["omnichannel.enrollment"].create(
            {"sequence_id": sequence.id, "conversation_id": conversation.id}
        )
        sent = self._send()

        self._answer(sent)

        self.assertEqual((enrollment.state, enrollment.stop_reason), ("stopped", "replied"))


@tagged("-at_install", "post_install")
class TestDocumentPrivacy(DocumentCase):
    def test_a_person_is_told_of_the_cards_and_erased_with_them(self):
        conversation = self._receive_sms("Hello")
        answer = self._answer(self._send())
        administrator = self.env.ref("base.user_admin")
        privacy = self.env["omnichannel.privacy"].with_user(administrator)
        person = privacy._person(self.ana.with_user(administrator))
        (section,) = [s for s in privacy._privacy_sections(person) if s.name == "cards"]
        told = {"direction", "occurred_at", "res_model", "res_id"}
        self.assertEqual(told & set(section.fields), told)
        self.assertFalse([name for name in section.fields if "request" in name])
        found = self.env[section.model].search(section.domain)
        self.assertEqual(found, self._cards(conversation))

        privacy._erase(self.ana.with_user(administrator))

        self.assertFalse(self._cards())
        # what was written on a document is the document's
        self.assertTrue(answer.exists())
