from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import ANA_NUMBER, OmnichannelCase
from .link_common import LinkCase

ADMINISTRATOR = "omnichannel_connector.omnichannel_group_administrator"


class WhyMixin:
    def _why(self, message, user=None):
        """Return {section: its sentences as one text} of what a user gets."""
        why = message.with_user(user or self.agent).get_why()
        return {section["key"]: "\n".join(section["lines"]) for section in why["sections"]}

    def _answer(self, conversation, key="sms"):
        channel = conversation.with_user(self.agent).channel_id
        posted = channel.message_post(
            body="Here we are", message_type="comment", omnichannel_key=key
        )
        return self.env["omnichannel.message"].search([("mail_message_id", "=", posted.id)])


@tagged("-at_install", "post_install")
class TestWhy(WhyMixin, OmnichannelCase):
    """The answer to "Why is this here?"."""

    def test_a_strangers_message_tells_account_address_and_trust(self):
        message = self._receive_sms("Hello").message_ids

        why = self._why(message)

        self.assertEqual(list(why), ["origin", "address", "customer"])
        self.assertIn("through our account “Shop number”", why["origin"])
        self.assertIn(message.external_id, why["origin"])
        self.assertIn(ANA_NUMBER, why["address"])
        self.assertIn("Observed", why["address"])
        self.assertIn("How we know: Delivered by", why["address"])
        self.assertIn("was new when it first wrote", why["customer"])

    def test_an_address_of_a_record_says_so(self):
        self.env["res.partner"].create({"name": "Ana Lima", "phone": ANA_NUMBER})

        why = self._why(self._receive_sms("Hello").message_ids)

        self.assertIn("on the record of Ana Lima", why["customer"])

    def test_what_is_special_about_a_message_is_told(self):
        message = self._receive_instagram("Hello").message_ids
        message.write({"is_recovered": True, "is_comment": True, "is_automatic": True})
        message.occurred_at = self._ago(days=2).replace(tzinfo=None)

        origin = self._why(message)["origin"]

        for words in ("never announced it", "public comment", "machine wrote", "reached us later"):
            self.assertIn(words, origin)

    def test_an_answer_tells_who_wrote_it_and_what_became_of_it(self):
        message = self._answer(self._receive_sms("Hello"))
        message.delivery_ids._move("failed", external_id="SM9", error="No such number", code="21")

        why = self._why(message)

        self.assertIn("Agent Ada wrote it", why["origin"])
        self.assertIn("It went to", why["address"])
        self.assertIn("allowed until they refuse", why["consent"])
        self.assertIn("Failed", why["deliveries"])
        self.assertIn("SM9", why["deliveries"])
        self.assertIn("21 No such number", why["deliveries"])

    def test_a_follow_up_names_its_sequence_step_and_consent(self):
        conversation = self._receive_instagram("Hello")
        template = self.env["mail.template"].create(
            {
                "name": "Still there?",
                "model_id": self.env["ir.model"]._get_id("omnichannel.conversation"),
                "body_html": "<p>Still there?</p>",
            }
        )
        sequence = self.env["omnichannel.sequence"].create(
            {
                "name": "Nurture",
                "purpose": "marketing",
                "quiet_for": "never",
                "step_ids": [
                    (0, 0, {"channel": "instagram", "template_id": template.id}),
                ],
            }
        )
        identity = conversation.partner_id.omnichannel_identity_ids
        self.env["omnichannel.consent"]._record(
            identity, "instagram", ("marketing",), "granted", "keyword", words="Yes, offers please"
        )
        enrollment = self.env["omnichannel.enrollment"].create(
            {
                "sequence_id": sequence.id,
                "conversation_id": conversation.id,
                "step_id": sequence.step_ids.id,
            }
        )
        enrollment._run_step()
        message = conversation.message_ids.filtered("enrollment_id")

        why = self._why(message)

        self.assertIn("“Nurture”", why["origin"])
        self.assertIn("Still there?", why["origin"])
        self.assertIn("Decided on", why["origin"])
        self.assertIn("Yes, offers please", why["consent"])

    def test_what_was_said_afterwards_is_no_reason_for_what_was_sent(self):
        message = self._answer(self._receive_sms("Hello"))
        message.occurred_at = self._ago(minutes=1).replace(tzinfo=None)
        self._receive_sms("STOP", sid="SM2")

        self.assertIn("they had not", self._why(message)["consent"])

    def test_only_administrators_get_to_the_raw_event(self):
        administrator = new_test_user(self.env, "administrator", ADMINISTRATOR)
        message = self._receive_sms("Hello").message_ids
        event = self.env["omnichannel.event"].search([("account_id", "=", self.sms.id)])

        self.assertEqual(message.with_user(administrator).get_why()["eventId"], event.id)
        self.assertFalse(message.with_user(self.agent).get_why()["eventId"])

    def test_no_secret_is_told(self):
        message = self._receive_instagram("my cat is called Mitzi").message_ids

        told = str(message.with_user(self.agent).get_why())

        for secret in ("instagram-token", "instagram-app-secret", "Mitzi"):
            self.assertNotIn(secret, told)

    def test_who_may_not_read_the_thread_gets_no_answer(self):
        conversation = self._receive_sms("Hello")
        conversation.user_id = new_test_user(
            self.env, "colleague", "omnichannel_connector.omnichannel_group_agent"
        )
        employee = new_test_user(self.env, "employee", "base.group_user")
        portal = new_test_user(self.env, "visitor", "base.group_portal")

        for user in (self.agent, employee, portal):
            with self.assertRaises(AccessError):
                conversation.message_ids.with_user(user).get_why()


@tagged("-at_install", "post_install")
class TestWhyLinked(WhyMixin, LinkCase):
    def test_a_linked_message_tells_who_linked_it_and_where_it_was(self):
        message = self._receive_instagram("Hello").message_ids
        former = message.conversation_id.partner_id
        ana = self.env["res.partner"].create({"name": "Ana Lima"})
        self.env.cr.execute(  # the transaction's clock stands: the message came before
            "UPDATE omnichannel_message SET create_date = create_date - interval '1 hour'"
        )
        links = message.identity_id.with_user(self.agent).sudo()._link(ana, "staff", "she told me")
        self.env.invalidate_all()

        why = self._why(message)

        self.assertIn("Agent Ada linked this address to Ana Lima", why["customer"])
        self.assertIn("she told me", why["customer"])
        self.assertIn(f"in the thread of {former.display_name} before", why["customer"])
        self.assertIn("Confirmed", why["address"])

        self._undo(links)

        why = self._why(message)
        self.assertIn("was new when it first wrote", why["customer"])
        self.assertIn("A link to Ana Lima, made by Agent Ada", why["customer"])
        self.assertIn("was undone on", why["customer"])
