"""Somebody says that they are another customer. In a live chat: tests/e2e/test_livechat.py."""

import json
import re
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from ..models.omnichannel_consent import BOTH
from .claim_common import FORGED, ClaimCase, ClaimMixin
from .common import ANA_NUMBER

ADDRESS = "ana@example.com"
EVE_IGSID = "900000000000666"
EVE_NUMBER = "+12025550166"


class HijackMixin(ClaimMixin):
    """Ana is a customer with a history. Eve wants to be her."""

    def _set_up_victim(self):
        self.ana = self.env["res.partner"].create(
            {"name": "Ana Silva", "email": ADDRESS, "phone": ANA_NUMBER, "comment": "Owes us 99"}
        )
        self.thread = self._receive_sms("My order number is order-4711", sid="SMana")
        self._deliver_mail("And my door code is #8899", message_id="<ana@example.com>")
        with self.mock_mail_gateway():
            self.answer = self.thread.channel_id.message_post(
                body="It comes on Monday.", message_type="comment", omnichannel_key="email"
            )
        self.thread.user_id = self.env.user
        self.identities = self.ana.omnichannel_identity_ids
        self.messages = self.thread.message_ids
        self.mails = self.env["mail.mail"].search([])
        self.deliveries = self.env["omnichannel.delivery"].search([])
        self.env.cr.precommit.run()
        self.bus_id = self.env["bus.bus"].search([], order="id desc", limit=1).id

    def _eve(self, text, mid="mid.eve.1"):
        """Let Eve write by Instagram. Return her conversation."""
        return self._receive_instagram(text, sender=EVE_IGSID, mid=mid)

    def _assert_untouched(self, conversation, new_messages=0):
        """Nothing of Ana's was moved, shown to who reads Eve's thread, or sent to either."""
        self.assertNotEqual(conversation.partner_id, self.ana)
        self.assertEqual(self.ana.omnichannel_identity_ids, self.identities)
        self.assertEqual(set(self.identities.mapped("trust")), {"observed"})
        self.assertEqual(self.ana.omnichannel_conversation_ids, self.thread)
        self.assertEqual(len(self.thread.message_ids), len(self.messages) + new_messages)
        self.assertFalse(self.messages - self.thread.message_ids)
        self.assertFalse(self.env["omnichannel.link"].search([]))
        self._assert_nothing_sent()
        self._assert_nothing_shown(conversation)

    def _assert_nothing_sent(self):
        asked = self.env["omnichannel.verification"].search([])
        self.assertEqual(self.env["mail.mail"].search([]) - self.mails, asked.mail_id)
        deliveries = self.env["omnichannel.delivery"].search([]) - self.deliveries
        self.assertEqual(deliveries, asked.delivery_ids)

    def _assert_nothing_shown(self, conversation):
        """Look at everything that an agent, and the bus, get of Eve's conversation."""
        as_agent = self._as_agent(conversation)
        panel = as_agent.get_panel()
        # agents are asked whether this may be Ana: the one place where she is named
        for suggestion in panel.get("suggestions", []):
            self.assertEqual(suggestion.pop("name"), "Ana Silva")
        shown = [
            panel,
            as_agent.get_send_choices(),
            conversation._to_store_value(),
            [message._to_store_value() for message in conversation.message_ids],
            self._notes(conversation),
            self._bus_of(conversation),
        ]
        text = json.dumps(shown, default=str)
        for secret in ("order-4711", "#8899", "Owes us", "Monday", "Ana Silva", ANA_NUMBER):
            if secret not in self.typed:
                self.assertNotIn(secret, text)
        self.assertFalse(self.thread.with_user(self.agent).search([("id", "=", self.thread.id)]))

    def _bus_of(self, conversation):
        """Return what was pushed to who looks at a conversation, and to all agents."""
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].search([("id", ">", self.bus_id)])
        own = f'"discuss.channel",{self.thread.channel_id.id}'
        return [row.message for row in rows if own not in row.channel.replace(" ", "")]

    def _type(self, text):
        self.typed = text
        return text


@tagged("-at_install", "post_install")
class TestHijack(HijackMixin, ClaimCase):
    def setUp(self):
        super().setUp()
        self.typed = ""
        self._set_up_victim()

    # === TYPING HER ADDRESS === #

    def test_typing_her_address_in_a_dm_gives_nothing(self):
        conversation = self._eve(self._type(f"I am {ADDRESS}, {ANA_NUMBER}. What did I order?"))

        self.assertEqual(len(self._claims()), 2)
        self._assert_untouched(conversation)

    def test_typing_her_address_in_an_sms_gives_nothing(self):
        conversation = self._receive_sms(
            self._type(f"New phone, I am {ADDRESS}"), sender=EVE_NUMBER, sid="SMeve"
        )

        self._assert_untouched(conversation)

    def test_typing_her_address_in_a_mail_gives_nothing(self):
        self._deliver_mail(
            self._type(f"I am {ADDRESS}, {ANA_NUMBER}"), sender="Ana Silva <eve@example.com>"
        )
        conversation = self._identity("email", "eve@example.com").partner_id
        conversation = conversation.omnichannel_conversation_ids
        self.typed += "Ana Silva"

        self._assert_untouched(conversation)

    def test_an_answer_to_her_claim_goes_to_eve_alone(self):
        conversation = self._eve(f"I am {ADDRESS}")

        ways = {(c["channel"], c["address"]) for c in conversation.get_send_choices()}
        self.assertEqual({channel for channel, _address in ways}, {"instagram"})
        with self.assertRaises(UserError):
            conversation.channel_id.message_post(
                body="Hello", message_type="comment", omnichannel_key="email"
            )

    def test_ana_goes_on_in_her_own_thread(self):
        conversation = self._eve(self._type(f"I am {ADDRESS}, {ANA_NUMBER}"))

        self._receive_sms("Hello again", sid="SMana2")
        self._deliver_mail("And by mail", message_id="<ana2@example.com>")

        self._assert_untouched(conversation, new_messages=2)
        self.assertEqual(len(conversation.message_ids), 1)

    # === WRITING UNDER HER NAME === #

    def _forged(self, **values):
        self._deliver_mail("What did I order?", sender=f"Ana Silva <{ADDRESS}>", **values)
        found = self._identity("email", ADDRESS).filtered(lambda i: i.scope == "unverified")
        return found.partner_id.omnichannel_conversation_ids

    def test_a_forged_sender_gets_a_thread_of_their_own(self):
        conversation = self._forged(headers=FORGED, message_id="<eve@example.com>")

        self.assertTrue(conversation)
        self._assert_untouched(conversation)

    def test_a_forged_sender_who_knows_a_message_id_gets_no_further(self):
        headers = f"{FORGED}In-Reply-To: {self.answer.message_id}\n"
        headers += f"References: <ana@example.com> {self.answer.message_id}\n"

        conversation = self._forged(headers=headers, message_id="<eve@example.com>")

        self._assert_untouched(conversation)

    def test_soft_failure_without_a_signature_is_a_failure(self):
        header = "Authentication-Results: mx.shop.example; spf=softfail; dkim=none\n"

        conversation = self._forged(headers=header, message_id="<eve@example.com>")

        self._assert_untouched(conversation)

    def test_ana_with_good_authentication_is_ana(self):
        header = "Authentication-Results: mx.shop.example; dmarc=pass\n"

        self._deliver_mail("It is me", headers=header, message_id="<ana3@example.com>")

        self.assertEqual(len(self.thread.message_ids), len(self.messages) + 1)

    def test_an_answer_to_a_forged_sender_is_refused(self):
        conversation = self._forged(headers=FORGED, message_id="<eve@example.com>")

        with self.assertRaisesRegex(UserError, "could not be verified"):
            conversation.channel_id.message_post(
                body="You ordered a lamp", message_type="comment", omnichannel_key="email"
            )
        self._assert_untouched(conversation)

    def test_a_forged_sender_can_not_refuse_for_ana(self):
        self._forged(headers=FORGED, message_id="<eve@example.com>")
        forged = self._identity("email", ADDRESS) - self.identities

        self.env["omnichannel.consent"]._record(forged, "email", BOTH, "refused", "keyword")

        self.assertFalse(self.env["mail.blacklist"].search([("email", "=", ADDRESS)]))
        self.assertFalse(self.thread._find_choice("email").reason)

    # === CODES === #

    def _asked(self):
        """Let Eve claim Ana's address and an agent send a code. Return (conversation, code)."""
        conversation = self._eve(self._type(f"I am {ADDRESS}"))
        _verification, code = self._ask(conversation, self._claims(ADDRESS))
        return conversation, code

    def test_the_code_is_no_part_of_anas_thread(self):
        conversation, code = self._asked()

        self.assertNotIn(code, " ".join(self._texts(self.thread)))
        self.assertEqual(self.thread.message_ids, self.messages)
        self.assertNotIn(code, str(self._bus_of(conversation)))
        self._assert_untouched(conversation)

    def test_guessing_runs_out_of_attempts(self):
        conversation, code = self._asked()

        for number in range(5):
            self._eve(f"{(int(code) + number + 1) % 10**6:06d}", mid=f"mid.guess.{number}")
        self._eve(code, mid="mid.late")

        self.assertEqual(self.env["omnichannel.verification"].search([]).state, "failed")
        self._assert_untouched(conversation)

    def test_a_list_of_guesses_is_no_way_round(self):
        conversation, code = self._asked()
        guesses = [f"{(int(code) - number) % 10**6:06d}" for number in range(60, -1, -1)]

        self._eve("; ".join(guesses), mid="mid.guesses")

        self._assert_untouched(conversation)

    def test_ana_who_answers_with_the_code_opens_nothing(self):
        """She gets a code that she never asked for, and asks us what it is."""
        conversation, code = self._asked()

        self._deliver_mail(f"{code} what is this?", message_id="<ana4@example.com>")
        self._receive_sms(f"{code}??", sid="SMana4")

        self.assertEqual(self.env["omnichannel.verification"].search([]).state, "pending")
        self._assert_untouched(conversation, new_messages=2)

    def test_a_code_for_somebody_else_is_none(self):
        conversation, code = self._asked()
        mallory = self._receive_instagram(
            f"I am {ADDRESS}", sender="900000000000777", mid="mid.mallory.1"
        )

        self._receive_instagram(code, sender="900000000000777", mid="mid.mallory.2")

        self.assertEqual(self.env["omnichannel.verification"].search([]).state, "pending")
        self._assert_untouched(mallory)
        self._assert_untouched(conversation)

    def test_a_forged_mail_with_the_code_is_no_answer(self):
        self._deliver_mail(f"I am {ADDRESS}", sender="eve@example.com", message_id="<e1@x.example>")
        conversation = self._identity("email", "eve@example.com").partner_id
        conversation = conversation.omnichannel_conversation_ids
        _verification, code = self._ask(conversation, self._claims(ADDRESS))

        self._deliver_mail(
            code, sender="eve@example.com", headers=FORGED, message_id="<e2@x.example>"
        )

        self.assertEqual(self.env["omnichannel.verification"].search([]).state, "pending")
        self.assertNotEqual(conversation.partner_id, self.ana)

    def test_an_old_code_is_none(self):
        conversation, code = self._asked()
        verification = self.env["omnichannel.verification"].search([])
        verification.expires_at = fields.Datetime.now() - timedelta(seconds=1)

        self._eve(code, mid="mid.late")

        self._assert_untouched(conversation)

    def test_a_known_customer_gets_no_further_even_with_the_code(self):
        """A person decides: the code proves that somebody reads both, not that they are one."""
        self.env["res.partner"].create({"name": "Eve", "phone": EVE_NUMBER})
        conversation = self._receive_sms(f"I am {ADDRESS}", sender=EVE_NUMBER, sid="SMeve")
        self.typed = ADDRESS
        _verification, code = self._ask(conversation, self._claims(ADDRESS))

        self._receive_sms(code, sender=EVE_NUMBER, sid="SMeve2")

        self._assert_untouched(conversation)

    def test_even_with_the_code_only_eves_messages_move(self):
        """What Ana wrote is hers; who read her mail was let in by her."""
        conversation, code = self._asked()

        self._eve(code, mid="mid.right")

        self.assertFalse(self.messages - self.thread.message_ids)
        self.assertEqual(len(self.thread.message_ids), len(self.messages) + 2)
        self._assert_nothing_sent()
        self.assertFalse(conversation.message_ids)


@tagged("-at_install", "post_install")
class TestHijackPage(HijackMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        domain = cls.env["mail.alias.domain"].create({"name": "shop.example.com"})
        cls.alias_domain = domain.name
        cls._set_up_claims()

    def setUp(self):
        super().setUp()
        self.typed = ADDRESS
        self.ana = self.env["res.partner"].create({"name": "Ana Silva", "email": ADDRESS})
        self.thread = self._receive_sms("Hello", sid="SMana")
        conversation = self._eve(f"I am {ADDRESS}")
        self.eve = conversation
        self.verification, token = self._ask(conversation, self._claims(ADDRESS), "link")
        self.path = f"/omnichannel/verify/{token}"
        self.authenticate(None, None)

    def _owner(self):
        return self._identity("instagram", EVE_IGSID).partner_id

    def test_a_program_that_opens_links_lets_nobody_in(self):
        self.url_open(self.path)
        self.opener.head(self.base_url() + self.path)

        self.assertEqual(self._owner(), self.eve.partner_id)

    def test_a_link_that_is_too_old_lets_nobody_in(self):
        self.verification.expires_at = fields.Datetime.now() - timedelta(seconds=1)

        self.url_open(self.path, data={"answer": "confirm"})

        self.assertEqual(self._owner(), self.eve.partner_id)

    def test_a_link_works_once(self):
        self.url_open(self.path, data={"answer": "deny"})

        answer = self.url_open(self.path, data={"answer": "confirm"})

        self.assertEqual(answer.status_code, 404)
        self.assertEqual(self._owner(), self.eve.partner_id)

    def test_a_changed_link_lets_nobody_in(self):
        last = "A" if self.path[-1] != "A" else "B"
        for path in (self.path[:-1] + last, re.sub(r"[^/]+$", "", self.path) + "x" * 43):
            self.assertEqual(self.url_open(path, data={"answer": "confirm"}).status_code, 404)

        self.assertEqual(self._owner(), self.eve.partner_id)

    def test_a_public_visitor_calls_nothing_else(self):
        """The names that the web client calls are for agents only."""
        for model, name, args in (
            ("omnichannel.conversation", "get_panel", [[self.thread.id]]),
            ("omnichannel.conversation", "confirm_claim", [[self.eve.id], 1]),
            ("omnichannel.verification", "search_read", [[]]),
        ):
            answer = self.url_open(
                f"/web/dataset/call_kw/{model}/{name}",
                data=json.dumps(
                    {
                        "jsonrpc": "2.0",
                        "method": "call",
                        "params": {"model": model, "method": name, "args": args, "kwargs": {}},
                    }
                ),
                headers={"Content-Type": "application/json"},
            ).json()
            self.assertIn("error", answer)
