from datetime import timedelta

import psycopg2

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .claim_common import FORGED, ClaimCase, ClaimMixin
from .common import ANA_IGSID, ANA_NUMBER, TWILIO_SID
from .delivery_common import TIMEOUT, created

STOPPED = (400, {"code": 21610, "message": "Attempt to send to unsubscribed recipient"})


@tagged("-at_install", "post_install")
class TestVerification(ClaimCase):
    def _owner(self, **values):
        return self.env["res.partner"].create({"name": "Ana Silva", **values})

    def _verifications(self):
        return self.env["omnichannel.verification"].search([])

    def _backdate(self, **kwargs):
        """Let everything that was asked have been asked so long before."""
        for verification in self._verifications():
            started_at = verification.started_at - timedelta(**kwargs)
            verification.write(
                {
                    "started_at": started_at,
                    "expires_at": verification.expires_at - timedelta(**kwargs),
                    "day": started_at.date(),
                }
            )

    # === SENDING === #

    def test_a_code_goes_by_mail_to_the_claimed_address_and_tells_nothing(self):
        conversation, claim = self._claim_on_instagram("My secret wish. I am ana@example.com")
        conversation.partner_id.name = "Evil Eve"
        verification, code = self._ask(conversation, claim)

        with self.mock_mail_gateway():
            verification.mail_id.send()

        (mail,) = self._mails
        self.assertEqual(mail["email_to"], ["ana@example.com"])
        self.assertIn(code, mail["body"])
        self.assertIn(self.env.company.name, mail["body"])
        self.assertIn("Instagram", mail["body"])
        self.assertIn("ignore it", mail["body"])
        self.assertEqual(mail["headers"]["Auto-Submitted"], "auto-generated")
        for secret in ("Eve", "secret wish", ANA_IGSID):
            self.assertNotIn(secret, mail["body"] + mail["subject"])

    def test_nothing_of_the_code_is_kept(self):
        conversation, claim = self._claim_on_instagram()
        verification, code = self._ask(conversation, claim)
        mail_message = verification.mail_id.mail_message_id

        with self.mock_mail_gateway(mail_unlink_sent=True):
            verification.mail_id.send()

        self.assertFalse(mail_message.exists())
        self.assertNotIn(code, str(verification.read()))
        self.assertNotIn(code, " ".join(self._notes(conversation)))
        self.assertEqual(self._notes(conversation), ["A code was sent to a…@example.com."])

    def test_a_code_by_sms_is_sent_by_our_queue_once_and_wiped(self):
        conversation, claim = self._claim_on_instagram(f"Call {ANA_NUMBER}")
        verification, code = self._ask(conversation, claim)

        made = self._send_sms_queue()
        self._send_sms_queue()

        self.assertEqual(len(made), 1)
        self.assertIn(TWILIO_SID, made[0].url)
        self.assertIn(code, made[0].body.read().decode())
        delivery = verification.delivery_ids
        self.assertEqual((delivery.state, delivery.text), ("sent", False))
        self.assertEqual(len(conversation.message_ids), 1)
        self.assertFalse(delivery.conversation_id)

    def test_agents_see_no_delivery_of_a_code(self):
        conversation, claim = self._claim_on_instagram(f"Call {ANA_NUMBER}")
        self._ask(conversation, claim)

        deliveries = self.env["omnichannel.delivery"]
        self.assertTrue(deliveries.search([("kind", "=", "verification")]))
        for user in (self.agent, self.env.ref("base.user_admin")):
            found = deliveries.with_user(user).search([("kind", "=", "verification")])
            self.assertFalse(found)

    def test_a_code_whose_outcome_is_unknown_is_not_sent_again(self):
        conversation, claim = self._claim_on_instagram(f"Call {ANA_NUMBER}")
        verification, code = self._ask(conversation, claim)

        self._send_sms_queue(TIMEOUT())
        made = self._send_sms_queue()
        self._run_cron("ir_cron_omnichannel_reconcile")

        self.assertFalse(made)
        delivery = verification.delivery_ids
        self.assertEqual((delivery.state, delivery.text), ("unknown", False))
        self._receive_instagram(code, mid="mid.2")
        self.assertEqual(verification.state, "verified")
        self.assertEqual(delivery.state, "delivered")

    def test_a_crash_while_sending_sends_nothing_twice(self):
        conversation, claim = self._claim_on_instagram(f"Call {ANA_NUMBER}")
        verification, _code = self._ask(conversation, claim)
        past = fields.Datetime.now() - timedelta(minutes=5)
        verification.delivery_ids.write({"state": "sending", "lease_until": past})

        made = self._send_sms_queue()

        self.assertFalse(made)
        self.assertEqual(verification.delivery_ids.state, "unknown")

    def test_a_code_that_the_provider_refuses_fails_with_a_note(self):
        conversation, claim = self._claim_on_instagram(f"Call {ANA_NUMBER}")
        verification, _code = self._ask(conversation, claim)

        self._send_sms_queue(STOPPED)

        self.assertEqual(verification.state, "failed")
        self.assertFalse(verification.delivery_ids.text)
        self.assertIn("Nothing could be sent", self._notes(conversation)[-1])
        with self.assertRaises(UserError):
            self._ask(conversation, claim)

    def test_a_mail_that_can_not_be_sent_fails_with_a_note(self):
        conversation, claim = self._claim_on_instagram()
        verification, _code = self._ask(conversation, claim)
        mail = verification.mail_id

        mail._postprocess_sent_message(
            [], [], failure_reason="Mailbox unknown", failure_type="mail_smtp"
        )

        self.assertEqual((verification.state, verification.reason), ("failed", "Mailbox unknown"))
        self.assertFalse(mail.exists())
        self.assertIn("Mailbox unknown", self._notes(conversation)[-1])

    def test_a_code_that_waited_too_long_is_not_sent(self):
        conversation, claim = self._claim_on_instagram(f"Call {ANA_NUMBER}")
        verification, _code = self._ask(conversation, claim)
        self._backdate(minutes=31)

        made = self._send_sms_queue()

        self.assertFalse(made)
        self.assertEqual(verification.delivery_ids.state, "canceled")

    # === REFUSALS === #

    def test_an_address_without_an_account_is_refused(self):
        self.email.action_disconnect()
        conversation, claim = self._claim_on_instagram()

        with self.assertRaisesRegex(UserError, "No connected account"):
            self._ask(conversation, claim)

    def test_who_wants_no_messages_is_not_asked(self):
        self.env["mail.blacklist"]._add("ana@example.com")
        conversation, claim = self._claim_on_instagram()
        with self.assertRaisesRegex(UserError, "no messages"):
            self._ask(conversation, claim)

        self._receive_sms("STOP", OptOutType="STOP")
        self._receive_instagram(f"Then call {ANA_NUMBER}", mid="mid.2")
        with self.assertRaisesRegex(UserError, "no messages"):
            self._ask(conversation, self._claims(ANA_NUMBER))

    def test_a_link_goes_by_mail_only(self):
        conversation, claim = self._claim_on_instagram(f"Call {ANA_NUMBER}")

        with self.assertRaisesRegex(UserError, "e-mail only"):
            self._ask(conversation, claim, "link")

    def test_an_address_is_asked_three_times_a_day_over_all_conversations(self):
        """Else anybody could use us to bother a stranger."""
        for number in range(3):
            sender = f"90000000000000{number}"
            conversation = self._receive_instagram(
                "I am ana@example.com", mid=f"mid.{number}", sender=sender
            )
            claim = self._claims().filtered(
                lambda c, of=conversation: c.partner_id == of.partner_id
            )
            self._ask(conversation, claim)
        other = self._receive_sms("I am ana@example.com")
        claim = self._claims().filtered(lambda c: c.partner_id == other.partner_id)

        with self.assertRaisesRegex(UserError, "Too many"):
            self._ask(other, claim)

        self._backdate(days=1, minutes=1)
        self.assertTrue(self._ask(other, claim))

    def test_a_conversation_asks_five_times_a_day(self):
        for number in range(6):
            conversation = self._receive_instagram(
                f"I am a{number}@example.com", mid=f"mid.{number}"
            )
        claims = self._claims().sorted("id")
        for claim in claims[:5]:
            self._ask(conversation, claim)

        with self.assertRaisesRegex(UserError, "Too many"):
            self._ask(conversation, claims[5])

    def test_an_account_has_an_hourly_cap(self):
        conversation, claim = self._claim_on_instagram()
        verification, _code = self._ask(conversation, claim)
        values = verification.copy_data()[0]
        self.env["omnichannel.verification"].create(
            [
                {
                    **values,
                    "nonce": "n",
                    "secret_hash": f"h{number}",
                    "value": f"x{number}@example.com",
                    "state": "canceled",
                    "conversation_id": self._receive_sms(
                        "Hi", sender=f"+1202555{number:04d}", sid=f"SM{number}"
                    ).id,
                }
                for number in range(100, 160)
            ]
        )
        other = self._receive_sms("I am bob@example.com", sid="SMx")

        with self.assertRaisesRegex(UserError, "Too many"):
            self._ask(other, self._claims("bob@example.com"))

    def test_two_at_the_same_moment_can_not_both_be_the_last_one(self):
        conversation, claim = self._claim_on_instagram()
        verification, _code = self._ask(conversation, claim)
        values = {**verification.copy_data()[0], "nonce": "n", "secret_hash": "h"}

        twice = self.assertRaises(psycopg2.errors.UniqueViolation)
        with mute_logger("odoo.sql_db"), twice, self.cr.savepoint():
            self.env["omnichannel.verification"].create({**values, "state": "canceled"})

    def test_a_new_code_voids_the_one_before(self):
        conversation, claim = self._claim_on_instagram()
        first, code = self._ask(conversation, claim)

        second, _other = self._ask(conversation, claim)
        self._receive_instagram(code, mid="mid.2")

        self.assertEqual((first.state, second.state), ("canceled", "pending"))
        self.assertEqual(second.attempts_left, 4)
        self.assertFalse(first.mail_id)

    # === ANSWERS === #

    def test_the_right_code_makes_a_free_address_theirs(self):
        conversation, claim = self._claim_on_instagram()
        verification, code = self._ask(conversation, claim)

        self._receive_instagram(f"It is {code[:3]} {code[3:]}!", mid="mid.2")

        self.assertEqual(verification.state, "verified")
        self.assertEqual((claim.trust, claim.partner_id), ("attested", conversation.partner_id))
        self.assertIn("code", claim.trust_evidence)
        self.assertIn("proved", self._notes(conversation)[-1])
        channels = {choice["channel"] for choice in conversation.get_send_choices()}
        self.assertIn("email", channels)
        self._deliver_mail("And this is me")
        self.assertEqual(conversation.message_ids.sorted("id")[-1].channel, "email")

    def test_the_code_counts_from_any_channel_of_the_claimant(self):
        conversation = self._receive_sms("I am ana@example.com", sid="SM1")
        _verification, code = self._ask(conversation, self._claims())
        self._identity("phone", ANA_NUMBER)
        self._receive_instagram("Hello")
        self._identity("instagram", ANA_IGSID)._link(conversation.partner_id, "staff")

        self._receive_instagram(code, mid="mid.2")

        self.assertEqual(self._verifications().state, "verified")

    def test_a_stranger_who_proves_a_customers_address_becomes_that_customer(self):
        owner = self._owner(email="ana@example.com")
        conversation, claim = self._claim_on_instagram()
        verification, code = self._ask(conversation, claim)

        self._receive_instagram(code, mid="mid.2")

        identity = self._identity("instagram", ANA_IGSID)
        self.assertEqual(identity.partner_id, owner)
        self.assertEqual(identity.link_ids.reason, "verification")
        own = owner.omnichannel_identity_ids.filtered(lambda i: i.kind == "email")
        self.assertEqual(own.trust, "attested")
        target = owner.omnichannel_conversation_ids
        self.assertEqual(len(target.message_ids), 2)
        self.assertIn("added to this thread", self._notes(target)[-1])
        self.assertNotIn("Ana Silva", " ".join(self._notes(conversation)))
        self.assertEqual(verification.state, "verified")

    def test_the_link_of_a_verification_can_be_undone(self):
        self._owner(email="ana@example.com")
        conversation, claim = self._claim_on_instagram()
        _verification, code = self._ask(conversation, claim)
        self._receive_instagram(code, mid="mid.2")
        identity = self._identity("instagram", ANA_IGSID)

        identity.link_ids._undo()

        self.assertEqual(identity.partner_id, conversation.partner_id)
        self.assertEqual(len(conversation.message_ids), 2)

    def test_somebody_who_is_known_already_is_a_suggestion_for_a_person(self):
        owner = self._owner(email="ana@example.com")
        bob = self._owner(name="Bob", phone=ANA_NUMBER)
        conversation = self._receive_sms("I am ana@example.com", sid="SM1")
        _verification, code = self._ask(conversation, self._claims())

        self._receive_sms(code, sid="SM2")

        suggestion = self.env["omnichannel.suggestion"].search([])
        self.assertEqual((suggestion.partner_id, suggestion.score), (owner, 90))
        self.assertEqual(self._identity("phone", ANA_NUMBER).partner_id, bob)
        self.assertEqual(len(conversation.message_ids), 2)

    def test_a_shared_or_office_address_proves_nobody(self):
        for address in ("a@example.com", "info@example.com"):
            self._owner(name="A", email=address)
        self._owner(name="B", email="a@example.com")
        for number, address in enumerate(("a@example.com", "info@example.com")):
            sender = f"90000000000000{number}"
            conversation = self._receive_instagram(
                f"I am {address}", sender=sender, mid=f"mid.{number}"
            )
            _verification, code = self._ask(conversation, self._claims(address))

            self._receive_instagram(code, sender=sender, mid=f"mid.code.{number}")

            identity = self._identity("instagram", sender)
            self.assertFalse(identity.link_ids)
            self.assertEqual(len(conversation.message_ids), 2)

    def test_an_address_that_became_somebodys_meanwhile_is_not_taken(self):
        conversation, claim = self._claim_on_instagram()
        _verification, code = self._ask(conversation, claim)
        self._deliver_mail("I am the real one")
        real = self.env["omnichannel.identity"]._find(
            self.env.company, [("email", "", "ana@example.com")]
        )["email", "", "ana@example.com"]
        conversation.partner_id.phone = "+12025550188"

        self._receive_instagram(code, mid="mid.2")

        self.assertEqual(claim.trust, "claimed")
        self.assertNotEqual(real.partner_id, conversation.partner_id)
        self.assertEqual(self.env["omnichannel.suggestion"].search([]).score, 90)

    def test_wrong_codes_use_up_the_attempts(self):
        conversation, claim = self._claim_on_instagram()
        verification, code = self._ask(conversation, claim)

        for number in range(5):
            self._receive_instagram(self._wrong(code), mid=f"mid.wrong.{number}")
        self._receive_instagram(code, mid="mid.right")

        self.assertEqual((verification.state, verification.attempts_left), ("failed", 0))
        self.assertEqual(claim.trust, "claimed")
        self.assertIn("wrong too often", self._notes(conversation)[-1])

    def test_many_guesses_in_one_message_are_many_attempts(self):
        conversation, claim = self._claim_on_instagram()
        verification, code = self._ask(conversation, claim)
        guesses = ", ".join(f"{(int(code) - number) % 10**6:06d}" for number in range(7, -1, -1))

        self._receive_instagram(guesses, mid="mid.2")

        self.assertEqual(verification.state, "failed")

    def test_an_expired_code_is_no_answer(self):
        conversation, claim = self._claim_on_instagram()
        verification, code = self._ask(conversation, claim)
        self._backdate(minutes=31)

        self._receive_instagram(code, mid="mid.2")
        verification._gc_expired()

        self.assertEqual(verification.state, "expired")
        self.assertFalse(verification.mail_id)
        self.assertEqual(claim.trust, "claimed")

    def test_a_dismissed_claim_is_answered_in_vain(self):
        conversation, claim = self._claim_on_instagram()
        _verification, code = self._ask(conversation, claim)
        self._as_agent(conversation).dismiss_claim(claim.id)

        self._receive_instagram(code, mid="mid.2")

        self.assertEqual((claim.trust, claim.claim_state), ("claimed", "dismissed"))

    def test_what_is_asked_goes_along_when_conversations_become_one(self):
        conversation, claim = self._claim_on_instagram()
        verification, code = self._ask(conversation, claim)
        ana = self._owner(phone=ANA_NUMBER)
        target = self._receive_sms("Hello")

        self.env["base.partner.merge.automatic.wizard"]._merge(
            (ana | conversation.partner_id).ids, ana
        )
        self._receive_instagram(code, mid="mid.2")

        self.assertEqual(verification.conversation_id, target)
        self.assertEqual(verification.state, "verified")
        self.assertEqual((claim.trust, claim.partner_id), ("attested", ana))

    def test_the_panel_tells_how_far_it_is(self):
        conversation, claim = self._claim_on_instagram()
        _verification, code = self._ask(conversation, claim)
        self._receive_instagram(self._wrong(code), mid="mid.2")

        (shown,) = self._as_agent(conversation).get_panel()["claims"]["claims"]

        self.assertEqual(shown["verification"]["state"], "pending")
        self.assertEqual(shown["verification"]["attemptsLeft"], 4)
        self.assertNotIn(code, str(shown))

    # === ON OUR OWN ACCORD === #

    def test_an_account_may_verify_by_itself(self):
        self.instagram.is_auto_verification = True

        conversation, claim = self._claim_on_instagram()

        verification = self._verifications()
        self.assertTrue(verification.is_automatic)
        self.assertEqual(verification.claim_id, claim)
        self.assertEqual(self._notes(conversation), ["A code was sent to a…@example.com."])

    def test_by_itself_it_writes_to_no_office_and_to_nobody_who_refused(self):
        self.instagram.is_auto_verification = True
        self.env["mail.blacklist"]._add("ana@example.com")

        self._receive_instagram("I am info@example.com, ana@example.com")

        self.assertEqual(len(self._claims()), 2)
        self.assertFalse(self._verifications())

    def test_who_failed_authentication_is_not_verified(self):
        self.email.is_auto_verification = True
        self._deliver_mail("I am also eve@example.com", headers=FORGED)
        claim = self._claims("eve@example.com")
        conversation = claim.partner_id.omnichannel_conversation_ids

        self.assertFalse(self._verifications())
        with self.assertRaisesRegex(UserError, "not verified"):
            self._ask(conversation, claim)

    def test_the_status_of_a_code_is_followed(self):
        conversation, claim = self._claim_on_instagram(f"Call {ANA_NUMBER}")
        verification, _code = self._ask(conversation, claim)
        self._send_sms_queue(created("SM900"))
        delivery = verification.delivery_ids

        params = {"MessageSid": "SM900", "AccountSid": TWILIO_SID, "MessageStatus": "delivered"}
        params |= {"From": self.sms.sender, "To": ANA_NUMBER}
        self._store_sms(params, {"delivery": delivery.uuid}, "status:SM900:delivered")._process()

        self.assertEqual(delivery.state, "delivered")
        self.assertFalse(self._identity("phone", ANA_NUMBER).last_seen_at)


@tagged("-at_install", "post_install")
class TestVerificationPage(ClaimMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["mail.alias.domain"].create({"name": "shop.example.com"})
        cls._set_up_claims()

    def setUp(self):
        super().setUp()
        self.conversation, self.claim = self._claim_on_instagram()
        self.verification, self.token = self._ask(self.conversation, self.claim, "link")
        self.path = f"/omnichannel/verify/{self.token}"
        self.authenticate(None, None)

    def _answer(self, answer, path=None):
        return self.url_open(path or self.path, data={"answer": answer})

    def test_looking_changes_nothing(self):
        """Programs that check mails open every link in them."""
        for _ in range(3):
            page = self.url_open(self.path)
            self.assertEqual(page.status_code, 200)
        self.assertEqual(self.opener.head(self.base_url() + self.path).status_code, 200)

        self.assertEqual(self.verification.state, "pending")
        self.assertEqual(self.claim.trust, "claimed")

    def test_the_page_names_the_channel_and_a_masked_address_only(self):
        self.conversation.partner_id.name = "Evil Eve"

        page = self.url_open(self.path)

        self.assertIn("Instagram", page.text)
        self.assertIn("a…@example.com", page.text)
        for secret in ("ana@example.com", "Eve", ANA_IGSID, self.token):
            self.assertNotIn(secret, page.text)

    def test_the_page_gives_its_address_to_nobody(self):
        page = self.url_open(self.path)

        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self.assertIn("noindex", page.headers["X-Robots-Tag"])
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        self.assertIn("default-src 'none'", page.headers["Content-Security-Policy"])
        self.assertNotIn("<script", page.text)
        self.assertNotIn("http", page.text.split("<body>")[1])

    def test_confirming_once_proves_the_address(self):
        page = self._answer("confirm")

        self.assertIn("Thank you", page.text)
        self.assertEqual(self.verification.state, "verified")
        self.assertEqual(self.claim.trust, "attested")
        self.assertIn("link", self.claim.trust_evidence)

        again = self._answer("deny")
        self.assertEqual(again.status_code, 404)
        self.assertEqual(self.claim.claim_state, "settled")

    def test_not_me_ends_it_and_tells_the_agents(self):
        page = self._answer("deny")

        self.assertIn("Thank you for telling us", page.text)
        self.assertEqual(self.verification.state, "canceled")
        self.assertEqual(self.claim.claim_state, "dismissed")
        self.assertIn("did not write to us", self._notes(self.conversation)[-1])
        with self.assertRaises(UserError):
            self._ask(self.conversation, self.claim, "link")
        self._receive_instagram("I am ana@example.com!", mid="mid.2")
        self.assertNotIn("claims", self.conversation.get_panel())

    def test_every_bad_link_looks_the_same(self):
        unknown = self.url_open("/omnichannel/verify/unknown")
        self.verification.expires_at = fields.Datetime.now() - timedelta(minutes=1)
        expired = self.url_open(self.path)
        confirmed = self._answer("confirm")
        self.verification.state = "canceled"
        canceled = self.url_open(self.path)

        pages = [unknown, expired, confirmed, canceled]
        self.assertEqual({page.status_code for page in pages}, {404})
        self.assertEqual(len({page.text for page in pages}), 1)
        self.assertEqual(self.claim.trust, "claimed")

    def test_other_answers_use_up_the_attempts(self):
        for _ in range(5):
            self._answer("guess")

        self.assertEqual(self.verification.state, "failed")
        self.assertEqual(self._answer("confirm").status_code, 404)

    def test_the_token_is_kept_nowhere_but_in_the_mail(self):
        self.assertNotIn(self.token, str(self.verification.read()))
        self._answer("confirm")
        self.assertFalse(self.verification.mail_id)

    def test_a_code_is_no_link(self):
        _verification, code = self._ask(self.conversation, self.claim, "code")

        self.assertEqual(self.url_open(f"/omnichannel/verify/{code}").status_code, 404)

    def test_the_page_of_a_customer_with_that_address_links_the_stranger(self):
        owner = self.env["res.partner"].create({"name": "Ana Silva", "email": "ana@example.com"})

        page = self._answer("confirm")

        self.assertNotIn("Ana Silva", page.text)
        self.assertEqual(self._identity("instagram", ANA_IGSID).partner_id, owner)
