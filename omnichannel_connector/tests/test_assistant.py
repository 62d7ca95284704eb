"""Catching up, and suggested replies: from what was written, with the user's rights, never sent."""

import time
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .delivery_common import DeliveryCase

GROUP = "omnichannel_connector.omnichannel_group_"


class AssistantCase(DeliveryCase):
    def _say(self, conversation, text, **values):
        """Let an agent answer by SMS, and the message arrive."""
        message = self._answer(conversation, body=text, **values)
        message.delivery_ids._move("sent", external_id=f"SM{message.id}")
        message._update_state()
        return message

    def _note(self, conversation, text):
        stream = conversation.channel_id.with_user(self.agent)
        return stream.message_post(body=text, message_type="comment")

    def _catch_up(self, conversation):
        return conversation.with_user(self.agent).get_catch_up()

    def _learn(self):
        """Let the scheduled action run when all of it is settled."""
        hour_ago = fields.Datetime.now() - timedelta(hours=1)
        self.env.flush_all()
        self.env.cr.execute("UPDATE omnichannel_message SET create_date = %s", [hour_ago])
        self.env.invalidate_all()
        self._run_cron("ir_cron_omnichannel_learn")

    def _talk(self, question, answer, number, **values):
        """Let somebody ask and be answered. Return the conversation."""
        conversation = self._receive_sms(question, sender=number, sid=f"SMq{number}")
        self._say(conversation, answer, **values)
        return conversation

    def _replies(self, conversation, user=None):
        return conversation.with_user(user or self.agent).get_suggested_replies()["replies"]


@tagged("-at_install", "post_install")
class TestCatchUp(AssistantCase):
    def test_what_was_answered_is_not_open_and_the_rest_is(self):
        conversation = self._receive_sms("Do you ship to Spain? What does the blue lamp cost?")
        self._say(conversation, "Yes, we ship to Spain every day.")
        self._receive_sms("And is it dimmable?", sid="SM2")

        found = self._catch_up(conversation)

        self.assertEqual(
            [line["text"] for line in found["questions"]],
            ["And is it dimmable?", "What does the blue lamp cost?"],
        )
        newest = conversation.message_ids.sorted("id")[-1].mail_message_id
        self.assertEqual(found["questions"][0]["messageId"], newest.id)

    def test_promises_of_both_sides_are_told_until_they_are_kept(self):
        conversation = self._receive_sms("I'll send you the measures tomorrow")
        self._say(conversation, "Fine. I will send you the quote on Friday.")

        promised = {line["by"]: line["text"] for line in self._catch_up(conversation)["promises"]}
        self._say(conversation, "Here is the quote.")
        left = {line["by"] for line in self._catch_up(conversation)["promises"]}

        self.assertEqual(promised["customer"], "I'll send you the measures tomorrow")
        self.assertEqual(promised["us"], "I will send you the quote on Friday.")
        self.assertEqual(left, {"customer"})

    def test_putting_off_answers_nothing(self):
        conversation = self._receive_sms("Is the lamp dimmable?")
        self._say(conversation, "I'll ask my colleague and come back to you.")

        self.assertEqual(len(self._catch_up(conversation)["questions"]), 1)

    def test_what_stands_in_a_note_is_marked(self):
        conversation = self._receive_sms("Hello")
        self._note(conversation, "I will offer her ten percent tomorrow")

        (promise,) = self._catch_up(conversation)["promises"]

        self.assertTrue(promise["isInternal"])

    def test_each_channel_tells_its_last_state(self):
        conversation = self._receive_sms("Hello")
        self._say(conversation, "Good morning")

        (channel,) = self._catch_up(conversation)["channels"]

        self.assertEqual((channel["channel"], channel["direction"]), ("sms", "outbound"))
        self.assertEqual((channel["preview"], channel["stateLabel"]), ("Good morning", "Sent"))

    def _log_call(self, conversation, note, is_outbound=False):
        calls = self.env["omnichannel.call"].with_user(self.agent).sudo()
        facts = calls._prepare_logged(is_outbound, "reached", 5, note)
        return calls._log(conversation.sudo(), "voice", fields.Datetime.now(), facts)

    def test_the_note_on_a_call_stays_inside(self):
        conversation = self._receive_sms("How much is shipping?", sender="+12025550201")
        self._log_call(conversation, "Is zebrawood shipping free?")
        self.env["omnichannel.endpoint"].create(
            {"url": "https://writing.example.com/v1", "model": "small", "is_used": True}
        )

        found = self._catch_up(conversation)
        prepared = conversation.with_user(self.agent)._prepare_writing("draft")[1]
        asked = conversation._asked_last()
        self._say(conversation, "Shipping is 5 euros.")
        self._log_call(conversation, "Zebrawood shipping was promised", is_outbound=True)
        self._learn()
        learned = self.env["omnichannel.answer"].search([])

        self.assertEqual(learned.mapped("answer"), ["Shipping is 5 euros."])
        told = (found, prepared, asked, learned.mapped("question"), self._catch_up(conversation))
        self.assertNotIn("zebrawood", str(told).lower())
        (call,) = (line for line in found["channels"] if line["channel"] == "voice")
        self.assertEqual(
            (call["preview"], call["isInternal"]), ("They called: spoke to them", True)
        )
        self.assertEqual([line["text"] for line in found["questions"]], ["How much is shipping?"])

    def test_who_may_not_read_the_conversation_gets_nothing(self):
        conversation = self._receive_sms("Is it dimmable?")
        conversation.user_id = self.agent
        other = new_test_user(self.env, "bea", f"{GROUP}agent")

        for method in ("get_catch_up", "get_suggested_replies"):
            with self.assertRaises(AccessError):
                getattr(conversation.with_user(other), method)()

    def test_a_thousand_messages_are_read_at_once(self):
        conversation = self._receive_sms("Do you ship to Spain?")
        message = conversation.message_ids
        bodies = [
            {
                "model": "discuss.channel",
                "res_id": conversation.channel_id.id,
                "message_type": "comment",
                "body": f"<p>Number {number}: could you tell me more about the lamp?</p>",
            }
            for number in range(1000)
        ]
        mails = self.env["mail.message"].create(bodies)
        values = message.copy_data()[0]
        self.env["omnichannel.message"].create(
            [
                {**values, "mail_message_id": mail.id, "external_id": False, "state": "received"}
                for mail in mails
            ]
        )
        self._catch_up(conversation)

        start = time.perf_counter()
        with self.assertQueryCount(15):
            found = self._catch_up(conversation)

        self.assertLess(time.perf_counter() - start, 2)
        self.assertEqual(found["count"], 1001)


@tagged("-at_install", "post_install")
class TestSuggestedReplies(AssistantCase):
    def setUp(self):
        super().setUp()
        self.env["mail.canned.response"].search([]).unlink()

    def test_an_earlier_answer_is_offered_to_who_asks_the_same(self):
        self._talk("How much is shipping?", "Shipping is 5.90 euros.", "+12025550201")
        self._talk("When are you open?", "We are open from ten to six.", "+12025550202")
        self._learn()

        conversation = self._receive_sms("What does delivery cost?")

        self.assertEqual(self._replies(conversation)[0]["text"], "Shipping is 5.90 euros.")
        self.assertEqual(len(conversation.message_ids), 1, "nothing is sent")

    def test_canned_responses_are_offered_as_far_as_the_user_may_read_them(self):
        canned = self.env["mail.canned.response"]
        own = canned.with_user(self.agent).create(
            {"source": "opening hours", "substitution": "We are open from ten to six."}
        )
        other = new_test_user(self.env, "bea", f"{GROUP}agent")
        canned.with_user(other).create(
            {"source": "opening hours", "substitution": "Hers: we open at noon."}
        )

        replies = self._replies(self._receive_sms("When do you open?"))

        self.assertEqual(
            [(reply["source"], reply["id"]) for reply in replies], [("canned", own.id)]
        )

    def test_nothing_is_offered_once_it_was_answered(self):
        self._talk("How much is shipping?", "Shipping is 5.90 euros.", "+12025550201")
        self._learn()
        conversation = self._receive_sms("How much is shipping?")
        self._say(conversation, "It is free for you.")

        self.assertEqual(self._replies(conversation), [])

    def test_the_data_of_the_earlier_customer_stays_behind(self):
        conversation = self._receive_sms(
            "Where is my order S00042? Call me at +1 202 555 0147, "
            "Mitzi Kestrel, mitzi@example.com",
            sender="+12025550201",
        )
        conversation.partner_id.name = "Mitzi Kestrel"
        self._say(
            conversation,
            "Dear Mitzi,\nyour order S00042 left today, track it at "
            "https://post.example.com/t/991. We wrote to mitzi@example.com.\nKind regards,\nAda",
        )
        self._learn()

        learned = self.env["omnichannel.answer"].search([])

        text = f"{learned.question} {learned.answer}"
        for secret in ("Mitzi", "Kestrel", "S00042", "0147", "example.com", "991", "Ada"):
            self.assertNotIn(secret, text)
        self.assertIn("left today", learned.answer)

    def test_nothing_is_learned_from_notes_automations_and_private_conversations(self):
        conversation = self._receive_sms("How much is shipping?", sender="+12025550201")
        self._note(conversation, "Shipping is free for friends")
        automatic = self._receive_sms("How much is delivery?", sender="+12025550202", sid="SM2")
        self._say(automatic, "Shipping is automatic").is_automatic = True
        private = self._talk("How much is shipping?", "Shipping is private", "+12025550203")
        private.is_private = True
        lost = self._talk("How much is shipping?", "Shipping is lost", "+12025550204")
        lost.message_ids.filtered(lambda m: m.direction == "outbound").state = "failed"
        self._learn()

        self.assertFalse(self.env["omnichannel.answer"].search([]))

    def test_what_was_learned_is_forgotten_with_the_wish(self):
        private = self._talk("How much is shipping?", "Shipping is 5 euros.", "+12025550201")
        refusing = self._talk("How much is delivery?", "Delivery is 6 euros.", "+12025550202")
        self._learn()
        self.assertEqual(self.env["omnichannel.answer"].search_count([]), 2)

        private.with_user(self.agent).is_private = True
        self.env["omnichannel.consent"]._record(
            refusing.partner_id.omnichannel_identity_ids,
            "sms",
            ("service",),
            "refused",
            "staff",
            words="No",
            evidence="Said so",
        )
        self._learn()

        self.assertFalse(self.env["omnichannel.answer"].search([]))

    def test_private_stays_private_when_customers_become_one(self):
        private = self._talk("How much is shipping?", "Shipping is 5 euros.", "+12025550201")
        private.is_private = True
        merged, linked = (
            self.env["res.partner"].create({"name": name}) for name in ("Mitzi", "Mila")
        )
        conversations = private._for_partners(private.company_id, merged | linked)

        private.partner_id.omnichannel_identity_ids._link(linked, "staff")
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (linked | merged).ids, merged, extra_checks=False
        )
        self._learn()

        self.assertTrue(conversations[merged].is_private)
        self.assertFalse(self.env["omnichannel.answer"].search([]))

    def test_what_is_taken_back_or_changed_is_forgotten_whichever_message_it_was(self):
        for number, values in enumerate(
            ({"retracted_at": fields.Datetime.now()}, {"edited_at": fields.Datetime.now()})
        ):
            with self.subTest(values=list(values)):
                sender = f"+1202555021{number}"
                conversation = self._receive_sms(
                    "About the vase", sender=sender, sid=f"SMv{number}"
                )
                first = conversation.message_ids
                self._talk("How much is shipping?", "Shipping is 5 euros.", sender)
                self._learn()
                learned = self.env["omnichannel.answer"].search([])
                self.assertEqual(len(learned.question_ids), 2)
                self.assertIn("vase", learned.question)

                first.write(values)
                self._learn()

                self.assertFalse(learned.exists())

    def test_it_goes_with_any_message_that_it_was_learned_from(self):
        conversation = self._receive_sms("About the vase", sender="+12025550211", sid="SMv")
        first = conversation.message_ids
        self._talk("How much is shipping?", "Shipping is 5 euros.", "+12025550211")
        self._learn()
        first.unlink()

        self.assertFalse(self.env["omnichannel.answer"].search([]))

    def test_another_address_of_the_customer_teaches_nothing_here(self):
        other = self._receive_sms("My secret vase", sender="+12025550212", sid="SMv")
        known = self._receive_sms("Hello", sender="+12025550211", sid="SMw").partner_id
        other.partner_id.omnichannel_identity_ids._link(known, "staff")
        self.env.invalidate_all()
        self._talk("How much is shipping?", "Shipping is 5 euros.", "+12025550211")
        self._learn()

        learned = self.env["omnichannel.answer"].search([])

        self.assertIn("shipping", learned.question)
        self.assertNotIn("secret", learned.question)

    def test_learning_again_changes_nothing(self):
        self._talk("How much is shipping?", "Shipping is 5 euros.", "+12025550201")
        self._learn()
        self.env["ir.config_parameter"].set_param(
            "omnichannel_connector.assistant_learned_until", 0
        )
        self._learn()

        self.assertEqual(self.env["omnichannel.answer"].search_count([]), 1)

    def test_it_goes_with_the_customer(self):
        conversation = self._talk("How much is shipping?", "Shipping is 5 euros.", "+12025550201")
        self._learn()
        boss = new_test_user(self.env, "boss", f"{GROUP}administrator,base.group_partner_manager")

        self.env["omnichannel.privacy"].with_user(boss)._erase(
            conversation.partner_id.with_user(boss)
        )

        self.assertFalse(self.env["omnichannel.answer"].search([]))

    def test_other_companies_and_hidden_conversations_teach_nothing(self):
        hidden = self._talk("How much is shipping?", "Shipping is 5 euros.", "+12025550201")
        foreign = self._talk("How much is postage?", "Postage is 6 euros.", "+12025550202")
        self._learn()
        hidden.user_id = new_test_user(self.env, "bea", f"{GROUP}agent")
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.agent.company_ids |= elsewhere
        answers = self.env["omnichannel.answer"].search([])
        answers.filtered(lambda answer: answer.conversation_id == foreign).company_id = elsewhere

        conversation = self._receive_sms("What does delivery cost?")

        self.assertEqual(self._replies(conversation), [])
        self.assertEqual(len(self._replies(conversation, self.env.user)), 1)

    def test_it_works_without_the_extension_for_trigrams(self):
        self._talk("How much is shipping?", "Shipping is 5 euros.", "+12025550201")
        self._learn()
        conversation = self._receive_sms("What does delivery cost?")

        with patch.object(self.env.registry, "has_trigram", False):
            self.assertEqual(len(self._replies(conversation)), 1)

    def test_a_mistyped_question_is_found_too(self):
        if not self.env.registry.has_trigram:
            self.skipTest("PostgreSQL has no pg_trgm here")
        self._talk("Is the glazing dangerous?", "It is harmless for everybody.", "+12025550201")
        self._learn()

        conversation = self._receive_sms("is teh glazin dangeruos")

        self.assertEqual(len(self._replies(conversation)), 1)

    def test_only_administrators_delete_what_was_learned(self):
        self._talk("How much is shipping?", "Shipping is 5 euros.", "+12025550201")
        self._learn()
        answer = self.env["omnichannel.answer"].search([])
        boss = new_test_user(self.env, "boss", f"{GROUP}administrator")

        with self.assertRaises(AccessError):
            answer.with_user(self.agent).unlink()
        answer.with_user(boss).unlink()

        self.assertFalse(answer.exists())
