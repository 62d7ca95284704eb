"""First answers: off by default, once in a matter, and in doubt a person."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .delivery_common import DeliveryCase
from .race_common import RaceCase

HOURS = "We are open from ten to six, Tuesday to Saturday."
NOTICE = "This is an automatic answer."


class FirstAnswerMixin:
    def _allow(self, account, **values):
        """Let an account answer questions about opening hours by itself."""
        canned = self._canned("hours", HOURS, env=account.env)
        account.write(
            {
                "is_first_answer": True,
                "first_answer_notice": NOTICE,
                "first_answer_ids": [
                    (
                        0,
                        0,
                        {
                            "canned_response_id": canned.id,
                            "questions": "When are you open?\nWhat are your opening hours?",
                        },
                    )
                ],
                **values,
            }
        )

    def _canned(self, source, text, env=None):
        values = {"source": source, "substitution": text}
        return (env or self.env)["mail.canned.response"].create(values)


@tagged("-at_install", "post_install")
class TestFirstAnswer(FirstAnswerMixin, DeliveryCase):
    def setUp(self):
        super().setUp()
        self._allow(self.sms)

    def _decide(self):
        self._run_cron("ir_cron_omnichannel_first")

    def _ask(self, text="When are you open?", sid="SM1"):
        conversation = self._receive_sms(text, sid=sid)
        self._decide()
        return conversation

    def _sent(self, conversation):
        return conversation.message_ids.filtered(lambda m: m.origin == "assistant")

    def _decision(self, conversation):
        decisions = self.env["omnichannel.first.decision"]
        return decisions.search([("conversation_id", "=", conversation.id)], limit=1)

    def _assert_left(self, conversation, reason, sent=0):
        decision = self._decision(conversation)
        self.assertEqual((decision.outcome, decision.reason), ("left", reason))
        self.assertEqual(len(self._sent(conversation)), sent)

    def test_a_sure_question_is_answered_and_marked(self):
        conversation = self._ask()

        answer = self._sent(conversation)
        self.assertEqual(answer.mail_message_id.preview, f"{HOURS} {NOTICE}")
        self.assertTrue(answer.is_automatic)
        self.assertEqual(len(answer.delivery_ids), 1)
        decision = self._decision(conversation)
        self.assertEqual((decision.outcome, decision.answer_id), ("sent", answer))
        self.assertGreaterEqual(decision.confidence, 0.75)
        self.assertEqual(conversation.waiting_for, "us", "a person still looks at it")
        self.assertIn("went out by itself", str(answer.with_user(self.agent).get_why()))

    def test_it_is_off_by_default_and_nothing_is_noted(self):
        self.sms.is_first_answer = False

        conversation = self._ask()

        self.assertFalse(self._sent(conversation) or self._decision(conversation))
        self.assertFalse(self.instagram.is_first_answer)

    def test_a_matter_is_answered_once(self):
        conversation = self._ask()
        self._ask("What are your opening hours?", "SM2")

        self._assert_left(conversation, "once", sent=1)

    def test_the_next_matter_is_answered_again(self):
        conversation = self._ask()
        conversation.action_close()
        self._ask("What are your opening hours?", "SM2")

        self.assertEqual(len(self._sent(conversation)), 2)

    def test_who_asks_for_a_person_gets_one(self):
        conversation = self._ask()
        self._ask("I want a person", "SM2")

        self.assertEqual(self._decision(conversation).outcome, "handed_over")
        self.assertIn("asks for a person", " ".join(self._texts(conversation)))
        self._ask("When are you open?", "SM3")
        self.assertEqual(len(self._sent(conversation)), 1)

    def test_in_doubt_a_person_answers(self):
        for number, (text, reason) in enumerate(
            {
                "Is the lamp dimmable?": "unclear",
                "When are you open? This is unacceptable!": "complaint",
                "When are you open? And what does shipping cost?": "several",
                "When are you open? " + "I ask because " * 40: "long",
            }.items()
        ):
            with self.subTest(reason=reason):
                sender = f"+1202555030{number}"
                conversation = self._receive_sms(text, sender=sender, sid=f"SMd{number}")
                self._decide()
                self._assert_left(conversation, reason)

    def test_two_answers_that_fit_are_none(self):
        other = self._canned("holidays", "We are open on holidays, too.")
        self.sms.first_answer_ids.create(
            {
                "account_id": self.sms.id,
                "canned_response_id": other.id,
                "questions": "When are you open?",
            }
        )

        self._assert_left(self._ask(), "ambiguous")

    def test_nothing_is_answered_while_a_person_does(self):
        assigned = self._receive_sms("Hello")
        assigned.user_id = self.agent
        self._decide()
        self._ask(sid="SM2")
        self._assert_left(assigned, "human")

    def test_nothing_is_answered_after_a_person_did(self):
        conversation = self._receive_sms("Hello")
        self._decide()
        self._answer(conversation)
        conversation.user_id = False
        self._ask(sid="SM2")

        self._assert_left(conversation, "human")

    def test_refusals_and_open_wishes_are_respected(self):
        conversation = self._receive_sms("Hello")
        identity = conversation.partner_id.omnichannel_identity_ids
        self._decide()
        self._receive_sms("please stop texting me about offers", sid="SM2")
        self._decide()
        self._ask(sid="SM3")
        self._assert_left(conversation, "consent")

        self.env["omnichannel.consent.proposal"].search([]).action_ignore()
        self.env["omnichannel.consent"]._record(
            identity, "sms", ("service",), "refused", "staff", words="No", evidence="Said so"
        )
        self._ask(sid="SM4")
        self._assert_left(conversation, "closed")

    def test_automatic_late_and_withdrawn_questions_are_not_answered(self):
        for number, (values, reason) in enumerate(
            (
                ({"is_automatic": True}, "off"),
                ({"retracted_at": fields.Datetime.now()}, "off"),
                ({"occurred_at": fields.Datetime.now() - timedelta(hours=2)}, "late"),
            )
        ):
            with self.subTest(reason=reason, values=list(values)):
                conversation = self._receive_sms(
                    "When are you open?", sender=f"+1202555040{number}", sid=f"SMa{number}"
                )
                conversation.message_ids.write(values)
                self._decide()
                self._assert_left(conversation, reason)

    def test_only_the_newest_question_counts(self):
        conversation = self._receive_sms("When are you open?")
        self._receive_sms("Never mind, I found it", sid="SM2")
        self._decide()

        decisions = self.env["omnichannel.first.decision"].search(
            [("conversation_id", "=", conversation.id)]
        )
        self.assertEqual(set(decisions.mapped("reason")), {"superseded", "unclear"})

    def test_a_complaint_in_the_bubble_before_is_not_answered_over(self):
        conversation = self._receive_sms("My vase arrived broken, this is unacceptable")
        self._receive_sms("When are you open?", sid="SM2")
        self._decide()

        self._assert_left(conversation, "complaint")

    def test_a_complaint_counts_for_the_whole_matter(self):
        conversation = self._ask("My vase arrived broken, this is unacceptable")
        conversation.message_ids.retracted_at = fields.Datetime.now()
        self._ask(sid="SM2")

        self._assert_left(conversation, "complaint")

    def test_two_questions_in_two_bubbles_are_several(self):
        conversation = self._receive_sms("Is the blue lamp dimmable?")
        self._receive_sms("When are you open?", sid="SM2")
        self._decide()

        self._assert_left(conversation, "several")

    def test_who_asked_for_a_person_too_late_to_be_handed_over_gets_no_machine(self):
        conversation = self._receive_sms("I want a person")
        conversation.message_ids.occurred_at -= timedelta(hours=2)
        self.env["omnichannel.episode"].search([]).opened_at -= timedelta(hours=3)
        self._decide()
        self._assert_left(conversation, "late")
        self._ask(sid="SM2")

        self._assert_left(conversation, "person")

    def test_who_took_it_back_is_not_handed_over(self):
        conversation = self._receive_sms("I want a person")
        conversation.message_ids.retracted_at = fields.Datetime.now()
        self._decide()

        self._assert_left(conversation, "off")
        self.assertNotIn("asks for a person", " ".join(self._texts(conversation)))

    def _known(self):
        return self.env["res.partner"].create({"name": "Mitzi Kestrel", "phone": "+12025550999"})

    def test_a_link_does_not_forget_who_wants_a_person(self):
        stranger = self._ask("I want a person")
        known = self._known()
        stranger.partner_id.omnichannel_identity_ids._link(known, "staff")
        self.env.invalidate_all()
        conversation = self._ask(sid="SM2")

        self.assertEqual(conversation.partner_id, known)
        self._assert_left(conversation, "person")

    def test_a_link_does_not_forget_what_was_answered(self):
        stranger = self._ask()
        known = self._known()
        stranger.partner_id.omnichannel_identity_ids._link(known, "staff")
        self.env.invalidate_all()
        conversation = self._receive_sms("What are your opening hours?", sid="SM2")
        episode = self.env["omnichannel.episode"]._open_of(conversation)
        answered = self.env["omnichannel.first.decision"].search([("outcome", "=", "sent")])
        self.assertEqual(answered.episode_id, episode, "the index guards the new one")
        self._decide()

        self.assertEqual(conversation.partner_id, known)
        self._assert_left(conversation, "once", sent=1)

    def test_a_merge_does_not_forget_what_was_answered(self):
        stranger = self._ask()
        other = self._receive_sms("Hello", sender="+12025550777", sid="SM7")
        self._decide()
        target = other.partner_id
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (stranger.partner_id | target).ids, target, extra_checks=False
        )
        self.env.invalidate_all()
        conversation = self._ask("What are your opening hours?", "SM2")

        self.assertEqual(conversation.partner_id, target)
        self._assert_left(conversation, "once", sent=1)

    def test_a_text_with_placeholders_can_not_be_chosen(self):
        personal = self._canned("mine", "Your address is {{ object.partner_id.email }}")

        with self.assertRaises(ValidationError):
            self.sms.first_answer_ids.canned_response_id = personal

    def test_a_text_that_got_placeholders_since_is_not_sent(self):
        canned = self.sms.first_answer_ids.canned_response_id
        canned.substitution = "Your address is {{ object.partner_id.email }}"

        self._assert_left(self._ask(), "unclear")

    def test_a_text_that_was_changed_since_goes_out_as_it_was_released(self):
        rule = self.sms.first_answer_ids
        self.env.flush_all()
        rule.canned_response_id.substitution = "We are closed for ever."

        self.assertIn(HOURS, self._sent(self._ask()).mail_message_id.preview)

    def test_deciding_again_sends_nothing_again(self):
        conversation = self._ask()
        decision = self._decision(conversation)
        decision._settle()
        decision._note(decision.message_id)
        self._decide()

        self.assertEqual(len(self._sent(conversation)), 1)


@tagged("-at_install", "post_install")
class TestFirstAnswerRace(FirstAnswerMixin, RaceCase):
    """Two transactions decide about the same customer at once."""

    def setUp(self):
        super().setUp()
        self._allow(self.one["omnichannel.account"].browse(self.account_id))
        self.one.cr.commit()

    def _remove(self, env):
        env["mail.canned.response"].search([("source", "=", "hours")]).unlink()
        return super()._remove(env)

    def _settle(self, env, decision_id):
        env["omnichannel.first.decision"].browse(decision_id)._settle()
        env.flush_all()

    def _count(self, env):
        env.invalidate_all()
        sent = [("conversation_id", "=", self._conversation(env).id), ("origin", "=", "assistant")]
        return env["omnichannel.message"].search_count(sent)

    def _ask(self, text, minute):
        self._receive(self.one, text, minute)
        self.one.cr.commit()
        found = self.one["omnichannel.first.decision"].search([], order="id desc", limit=1)
        self.assertEqual(found.conversation_id, self._conversation(self.one))
        return found.id

    def test_the_same_question_is_answered_once(self):
        decision_id = self._ask("When are you open?", 1)
        self.two["omnichannel.first.decision"].browse(decision_id).read(["outcome"])

        self._settle(self.one, decision_id)
        self._assert_blocked(lambda: self._settle(self.two, decision_id))
        self._forget(self.two)
        self.two["omnichannel.first.decision"].browse(decision_id).read(["outcome"])
        self.one.cr.commit()
        self._assert_conflict(lambda: self._settle(self.two, decision_id))
        self._forget(self.two)
        self._settle(self.two, decision_id)
        self.two.cr.commit()

        self.assertEqual(self._count(self.one), 1)
